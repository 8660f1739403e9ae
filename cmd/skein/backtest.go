package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/backtest"
	"github.com/skein-bot/skein/internal/checkout"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/rewrite"
)

// backtestOptions is what the command line of skein backtest says.
type backtestOptions struct {
	io      streams
	since   string
	configs []string
	declare bool
	output  string
}

func newBacktestCmd(io streams) *cobra.Command {
	o := backtestOptions{io: io}
	cmd := &cobra.Command{
		Use:   "backtest --since DATE [OWNER/REPO=]PATH ...",
		Short: "Compare what Skein would have done with what people did",
		Long: `Replay the schema commits in the history of local checkouts, follow each into the
consumers as they were then, and compare what Skein would have written with what
people did afterwards. Nothing is written, and nothing but git is asked.

Each PATH is a git checkout of a dataset repository, of a consumer, or of both.
Its .github/skein.yml of today says which, and counts for all of its history; for a
repository without one, or to try another, say --config PATH=FILE. OWNER/REPO is
the name by which a dataset lists it, taken from the remote "origin" when left out.

For each file: same, outputs (the same, but people let an output's name change),
differs, partly and missed (the old names stand there to this day), gone (deleted)
and refused (Skein would have left it to people).

In a history nobody declared renames. With --declare a removed field beside a new one
like it counts as renamed, as if its owner had answered Skein's question with yes.

Exit codes: 0 done, 1 error, 64 wrong usage.`,
		Example: `  skein backtest --since 2026-01-01 ../sales-data ../reports ../ml
  skein backtest --since 2025-06-01 --declare --config ../etl=etl.yml ../etl --output json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misused("backtest needs the git checkout of a repository\nTry %q", "skein backtest --help")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.since, "since", "", "the first day to look at, YYYY-MM-DD")
	f.StringArrayVar(&o.configs, "config", nil, "use FILE as the configuration of a checkout, PATH=FILE; repeatable")
	f.BoolVar(&o.declare, "declare", false, "take likely renames for declared ones")
	f.StringVar(&o.output, "output", "text", "text or json")
	return cmd
}

// past is a schema commit and what came of it. The schemas themselves are not kept: there may be thousands in each.
type past struct {
	repo    string
	commit  checkout.Commit
	subject string
	changes []schema.Change
	fault   string // why the schemas could not be compared
	files   []pastFile
}

// pastFile is one file of a consumer that Skein would have edited, or refused.
type pastFile struct {
	consumer string
	base     string // the commit that it was read at
	path     string
	backtest.Finding
	refusals []rewrite.Refusal
}

func (o backtestOptions) run(ctx context.Context, args []string) error {
	since, err := time.Parse(time.DateOnly, o.since)
	switch {
	case err != nil:
		return misused("--since %q: write a day as YYYY-MM-DD", o.since)
	}
	if err := checkOutput(o.output); err != nil {
		return err
	}
	repos, err := o.open(ctx, args)
	if err != nil {
		return err
	}
	var all []past
	datasets := 0
	for _, r := range repos {
		if r.config == nil || len(r.config.Datasets) == 0 {
			continue
		}
		datasets++
		found, err := o.replay(ctx, r, since, repos)
		if err != nil {
			return fmt.Errorf("%s: %w", r.tree, err)
		}
		all = append(all, found...)
	}
	if datasets == 0 {
		return misused("none of these repositories declares datasets in its %s; say --config PATH=FILE", config.RepoPath)
	}
	if o.output == "json" {
		return writeBacktestJSON(o.io.Out, o.since, all)
	}
	return writeBacktestText(o.io.Out, o.since, all)
}

// open opens the checkouts, with the configurations that count for them.
func (o backtestOptions) open(ctx context.Context, args []string) ([]*reader, error) {
	given := map[string]string{}
	for _, c := range o.configs {
		at, file, ok := strings.Cut(c, "=")
		if !ok {
			return nil, misused("--config %q: write PATH=FILE", c)
		}
		given[at] = file
	}
	out := make([]*reader, 0, len(args))
	for _, arg := range args {
		r, err := openReader(ctx, arg)
		if err != nil {
			return nil, err
		}
		if !r.tree.OnDisk() {
			return nil, misused("%s: give the folder of a git checkout; its history is what is looked at", arg)
		}
		if file, ok := given[r.tree.String()]; ok {
			if r.config, err = readConfigFile(file); err != nil {
				return nil, err
			}
			delete(given, r.tree.String())
		}
		out = append(out, &r)
	}
	for at := range given {
		return nil, misused("--config %s=%s: %s is none of the checkouts", at, given[at], at)
	}
	return out, nil
}

func readConfigFile(file string) (*config.Repo, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	cfg, findings := config.ParseRepo(file, src)
	for _, f := range findings {
		if f.Severity == config.Error {
			return nil, fmt.Errorf("%s: %s", f.Position, f.Message)
		}
	}
	return cfg, nil
}

// replay goes through the schema commits of one dataset repository.
func (o backtestOptions) replay(ctx context.Context, r *reader, since time.Time, repos []*reader) (out []past, err error) {
	var paths []string
	for _, d := range r.config.Datasets {
		paths = append(paths, d.Schema.Path)
	}
	commits, err := r.tree.History(ctx, since, paths...)
	if err != nil {
		return nil, err
	}
	progress := newProgress(o.io.Err, r.title(), len(commits))
	defer progress.end()
	var from *plan.Version
	var versions plan.Reader
	told := "" // the fault of the commit before
	for _, c := range commits {
		progress.step()
		if from == nil {
			if from, err = beginning(ctx, r, &versions, c); err != nil {
				return nil, err
			}
		}
		to, err := versionAt(ctx, r, &versions, c.ID)
		faults := (*pastFault)(nil)
		switch {
		case errors.As(err, &faults):
			to = to.Keeping(*from)
			if faults.Error() != told {
				out = append(out, past{repo: r.title(), commit: c, fault: faults.Error()})
			}
			told = faults.Error()
		case err != nil:
			return nil, err
		default:
			told = ""
		}
		p := o.compare(*from, to)
		from = &to
		if !p.Affects() {
			continue
		}
		one := past{repo: r.title(), commit: c, subject: p.Subject(), changes: p.Changes}
		for _, reader := range repos {
			files, err := follow(ctx, reader, r, c, p)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", reader.tree, err)
			}
			one.files = append(one.files, files...)
		}
		out = append(out, one)
	}
	return out, nil
}

// pastFault is a schema of the past that cannot be read. The others of its commit are.
type pastFault struct{ error }

// Error is the first fault, for a schema file that many datasets share has many.
func (f *pastFault) Error() string {
	first, rest, _ := strings.Cut(f.error.Error(), "\n")
	if rest == "" {
		return first
	}
	return fmt.Sprintf("%s (and %d more)", first, 1+strings.Count(rest, "\n"))
}

// beginning is what the first commit is compared with: what was there before it, as far as it can be read.
func beginning(ctx context.Context, r *reader, versions *plan.Reader, c checkout.Commit) (*plan.Version, error) {
	nothing := &plan.Version{Config: r.config}
	if c.Parent == "" {
		return nothing, nil
	}
	v, err := versionAt(ctx, r, versions, c.Parent)
	if _, fault := errors.AsType[*pastFault](err); fault {
		return &v, nil
	}
	return &v, err
}

// compare finds the changes. A schema that cannot be read is passed over, so in from it may be older than the parent.
func (o backtestOptions) compare(from, to plan.Version) plan.Plan {
	p := plan.Compare(from, to)
	if questions := status.Questions(p.Changes); o.declare && len(questions) > 0 {
		for _, q := range questions {
			to.Answered.Renames = append(to.Answered.Renames, schema.Rename{Dataset: q.Dataset, From: q.From, To: q.To})
		}
		p = plan.Compare(from, to)
	}
	return p
}

// versionAt is a dataset repository at a commit, by the configuration of today. A schema or table that was not there
// yet is none.
func versionAt(ctx context.Context, r *reader, versions *plan.Reader, id string) (plan.Version, error) {
	tree, err := r.tree.At(ctx, id)
	if err != nil {
		return plan.Version{}, err
	}
	files, _, err := tree.Files(ctx, checkout.Query{Want: plan.Wants(r.config), Ignored: true})
	if err != nil {
		return plan.Version{}, err
	}
	v, err := versions.Read(r.config, repo.SHA(id), files)
	if faults := withoutAbsent(err); len(faults) > 0 {
		return v, &pastFault{errors.Join(faults...)}
	}
	return v, nil
}

// withoutAbsent lists the faults of a version that are not only schemas and tables which its files do not have.
func withoutAbsent(err error) (out []error) {
	if many, joined := err.(interface{ Unwrap() []error }); joined {
		for _, e := range many.Unwrap() {
			out = append(out, withoutAbsent(e)...)
		}
		return out
	}
	if fault, ok := errors.AsType[*plan.Error](err); err == nil || ok && fault.Absent {
		return nil
	}
	return []error{err}
}

// follow follows one schema commit into one consumer as it was then, and compares with what its people did since.
func follow(ctx context.Context, r, dataset *reader, c checkout.Commit, p plan.Plan) ([]pastFile, error) {
	r.resolve(p)
	if len(r.consumer.Reads) == 0 {
		return nil, nil
	}
	base := c.Parent
	if r != dataset {
		var err error
		if base, err = r.tree.Before(ctx, c.When); err != nil {
			return nil, err
		}
	}
	if base == "" {
		return nil, nil
	}
	tree, err := r.tree.At(ctx, base)
	if err != nil {
		return nil, err
	}
	files, _, err := tree.Files(ctx, checkout.Query{Want: plan.Selects(r.consumer), Also: plan.Helps(rewriters())})
	if err != nil {
		return nil, err
	}
	var out []pastFile
	for _, res := range p.Rewrite(r.consumer, nil, files, rewriters()) {
		if len(res.Edits)+len(res.Refusals) == 0 {
			continue
		}
		f := pastFile{consumer: r.title(), base: base, path: res.Path, refusals: res.Refusals, Finding: backtest.Finding{Outcome: backtest.Refused}}
		if len(res.Edits) > 0 {
			i := slices.IndexFunc(files, func(f rewrite.File) bool { return f.Path == res.Path })
			later, err := laterVersions(ctx, r.tree, base, res.Path)
			if err != nil {
				return nil, err
			}
			f.Finding = backtest.Judge(files[i].Content, res.Edits, later)
		}
		out = append(out, f)
	}
	return out, nil
}

// mostVersions is how many later versions of a file are looked at.
const mostVersions = 50

func laterVersions(ctx context.Context, tree *checkout.Tree, base, file string) ([]backtest.Version, error) {
	commits, err := tree.After(ctx, base, file)
	if err != nil {
		return nil, err
	}
	var out []backtest.Version
	for _, c := range commits[:min(len(commits), mostVersions)] {
		at, err := tree.At(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		content, err := at.File(ctx, file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		out = append(out, backtest.Version{Commit: c.ID, Content: content, Deleted: err != nil})
	}
	return out, nil
}
