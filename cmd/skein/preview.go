package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/internal/plan"
)

// previewOptions is what the command line of skein preview says.
type previewOptions struct {
	io                         streams
	from, to                   string
	consumers, catalogs        []string
	output                     string
	apply, partial, all, found bool
}

func newPreviewCmd(io streams) *cobra.Command {
	o := previewOptions{io: io}
	cmd := &cobra.Command{
		Use:   "preview --from PATH --to PATH --consumer [OWNER/REPO=]PATH ...",
		Short: "Show what a schema change would do to local checkouts, and do it",
		Long: `Show what a schema change would do to local checkouts: the edits that the app would
propose, the places that it refuses and why, and whether the result is proven.

--from and --to are two versions of a dataset repository, each a folder with a
.github/skein.yml, or PATH@REV in a git checkout. What --to declares counts.

--consumer is a checkout of a repository that reads the dataset. Its files are
those that its own .github/skein.yml declares, or those that the dataset lists
under OWNER/REPO, which is taken from the remote "origin" when left out. What git
ignores is not read. Give the option once for each consumer.

--catalog is a further dataset repository, whose tables help to tell which column
a name means. Repeatable.

A file with a refusal needs a person: --apply leaves it as it is, and with
--partial makes the edits that are certain. Nothing is written without --apply.

The patch of --output diff is for "git apply" in the folder that holds all of the
consumers: with one consumer, that one.

Exit codes: 0 done, 1 error, 2 refusals left (with --exit-code), 64 wrong usage.`,
		Example: `  skein preview --from data@main --to data --consumer ../reports
  skein preview --from data@HEAD~1 --to data@HEAD --consumer acme/reports=../reports --consumer ../ml --apply
  skein preview --from old --to new --consumer . --output diff | git apply
  skein preview --from old --to new --consumer . --output json | jq '.consumers[].files[].refusals[].message'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misused("preview takes no arguments, but got %q; did you mean --consumer %s?", args[0], args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "the dataset repository before: a folder, or PATH@REV")
	f.StringVar(&o.to, "to", "", "the dataset repository after: a folder, or PATH@REV")
	f.StringArrayVar(&o.consumers, "consumer", nil, "a consumer's checkout, [OWNER/REPO=]PATH; repeatable")
	f.StringArrayVar(&o.catalogs, "catalog", nil, "a further dataset repository; repeatable")
	f.BoolVar(&o.apply, "apply", false, "write the edits")
	f.BoolVar(&o.partial, "partial", false, "with --apply: also edit files that have refusals")
	f.BoolVar(&o.all, "all", false, "show files without edits or refusals, and occurrences that are unrelated")
	f.BoolVar(&o.found, "exit-code", false, "exit with 2 when refusals are left")
	f.StringVar(&o.output, "output", "text", "text, diff or json")
	return cmd
}

func (o previewOptions) check() error {
	switch {
	case o.from == "" || o.to == "":
		return misused("preview compares two versions of a dataset repository: give both --from and --to\nTry %q", "skein preview --help")
	case len(o.consumers) == 0:
		return misused("preview needs at least one --consumer: the checkout of a repository that reads the dataset")
	case !slices.Contains([]string{"text", "diff", "json"}, o.output):
		return misused("--output %q is unknown; choose text, diff or json", o.output)
	case o.partial && !o.apply:
		return misused("--partial says what --apply may write; give both")
	}
	return nil
}

func (o previewOptions) run(ctx context.Context) error {
	if err := o.check(); err != nil {
		return err
	}
	p, err := o.plan(ctx)
	if err != nil {
		return err
	}
	others, err := o.others(ctx)
	if err != nil {
		return err
	}
	readers, err := o.readers(ctx, p)
	if err != nil {
		return err
	}
	for i := range readers {
		r := &readers[i]
		if r.files, err = o.rewrite(ctx, r, p, others); err != nil {
			return err
		}
	}
	return o.finish(preview{plan: p, readers: readers, applied: o.apply, partial: o.partial, all: o.all})
}

// finish writes the edits and the report, in this order: the report tells what was done.
func (o previewOptions) finish(v preview) error {
	if o.apply {
		if err := v.apply(); err != nil {
			return err
		}
	}
	if err := o.write(v); err != nil {
		return fmt.Errorf("write the preview: %w", err)
	}
	if o.found && v.sum().refusals > 0 {
		return exitError{code: exitFound}
	}
	return nil
}

func (o previewOptions) write(v preview) error {
	switch o.output {
	case "json":
		return v.writeJSON(o.io.Out)
	case "diff":
		return v.writePatch(o.io.Out)
	}
	return newPreviewText(o.io.Out, v).write()
}

// preview is everything that was found.
type preview struct {
	plan                  plan.Plan
	readers               []reader
	applied, partial, all bool
}

// sums are the numbers of a preview.
type sums struct {
	files, edits, refusals, unrelated int
	edited, editedIn                  int // files that are, or would be, written, and their consumers
	waiting                           int // files with edits that a refusal holds back
}

func (v preview) sum() (s sums) {
	for _, r := range v.readers {
		before := s.edited
		for _, f := range r.files {
			if len(f.Edits)+len(f.Refusals) > 0 {
				s.files++
			}
			s.edits += len(f.Edits)
			s.refusals += len(f.Refusals)
			s.unrelated += len(f.Unrelated)
			switch {
			case v.writes(f):
				s.edited++
			case len(f.Edits) > 0:
				s.waiting++
			}
		}
		if s.edited > before {
			s.editedIn++
		}
	}
	return s
}

// writes reports whether --apply writes a file.
func (v preview) writes(f *fileReport) bool {
	return len(f.Edits) > 0 && (v.partial || len(f.Refusals) == 0)
}
