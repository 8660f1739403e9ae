package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/checkout"
	"github.com/skein-bot/skein/internal/draft"
	"github.com/skein-bot/skein/internal/schema/sql"
)

// initOptions is what the command line of skein init says.
type initOptions struct {
	io      streams
	dialect string
	print   bool
	force   bool
}

func newInitCmd(io streams) *cobra.Command {
	o := initOptions{io: io}
	cmd := &cobra.Command{
		Use:   "init [PATH]",
		Short: "Write a first config for a repository by looking at its files",
		Long: `Write a first .github/skein.yml for the repository at PATH (here, when left out).

Schema files (Avro, Protobuf, SQL tables and migrations, BigQuery, dbt, JSON Schema)
become datasets; tables that its queries read and that are not its own become what it
consumes. It is a draft: look through it before you commit it. What git ignores, and
folders such as vendor and node_modules, are not looked at.

An existing config stays as it is unless you say --force. The draft is checked before
it is written.

Exit codes: 0 done, 1 error, 64 wrong usage.`,
		Example: `  skein init
  skein init ../sales-data --print
  skein init --dialect snowflake`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return misused("init takes one folder, but got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd.Context(), append(args, ".")[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.dialect, "dialect", "", "the dialect of its SQL; guessed when left out")
	f.BoolVar(&o.print, "print", false, "print the config and write nothing")
	f.BoolVar(&o.force, "force", false, "replace an existing config")
	return cmd
}

func (o initOptions) run(ctx context.Context, at string) error {
	if _, ok := sql.Dialect(o.dialect); o.dialect != "" && !ok {
		return misused("--dialect %q is unknown; choose one of %s", o.dialect, sql.Dialects())
	}
	tree, err := checkout.Open(ctx, at)
	if err != nil {
		return err
	}
	if !tree.OnDisk() {
		return misused("%s: give the folder of a repository", at)
	}
	target := filepath.Join(at, filepath.FromSlash(config.RepoPath))
	if _, err := os.Lstat(target); !o.print && !o.force && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already; --force replaces it, --print shows what would stand there", target)
	}
	files, skipped, err := tree.Files(ctx, checkout.Query{Want: draft.Wants})
	if err != nil {
		return err
	}
	d := draft.Look(files, o.dialect)
	for _, s := range skipped {
		d.Left = append(d.Left, s.Path+": "+s.Reason)
	}
	return o.finish(d, target)
}

// finish checks the draft, writes it, and tells what stands in it.
func (o initOptions) finish(d draft.Draft, target string) error {
	for _, left := range d.Left {
		fmt.Fprintf(o.io.Err, "left out: %s\n", clean(left))
	}
	if len(d.Datasets)+len(d.Consumes) == 0 {
		return errors.New("no schema file and no query that reads a table was found here; docs/using.md shows what a config says")
	}
	text := d.Config()
	_, findings := config.ParseRepo(config.RepoPath, []byte(text))
	for _, f := range findings {
		if f.Severity == config.Error {
			return fmt.Errorf("the draft would not be valid: %s: %s", f.Position, f.Message)
		}
	}
	if o.print {
		_, err := fmt.Fprint(o.io.Out, text)
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // a folder of a repository
		return err
	}
	if err := os.WriteFile(target, []byte(text), 0o644); err != nil { //nolint:gosec // a file of a repository
		return err
	}
	_, err := fmt.Fprintf(o.io.Out, "%s: %s, %s\nLook through it, then check it with: skein validate %s\n", target,
		count(len(d.Datasets), "dataset"), count(len(d.Consumes), "table")+" consumed", target)
	return err
}
