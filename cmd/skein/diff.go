package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/format"
	"github.com/skein-bot/skein/internal/schema/sql"
)

// diffOptions is what the command line of skein diff says.
type diffOptions struct {
	io        streams
	old, next string
	format    string
	dialect   string
	output    string
	exitCode  bool
}

func newDiffCmd(io streams) *cobra.Command {
	o := diffOptions{io: io}
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show what changed between two versions of a schema, and whom it breaks",
		Long: `Show the typed changes between two versions of a schema, with their places and verdicts.

OLD and NEW are schema files, folders of them (migrations are run in the natural
order of their names), or PATH@REV in a git checkout. Read are SQL DDL, Avro
(.avsc, .avpr, .avdl), Protobuf, JSON Schema, BigQuery table schemas in JSON and
dbt's property files. A rename counts only when it is declared:

    SQL          RENAME COLUMN, or customer_id BIGINT, -- @renamed from=cust_id
    Avro         "aliases": ["cust_id"] at the new field
    Protobuf     the same number under the new name
    JSON Schema  "x-renamed-from": "cust_id" at the new property
    BigQuery     "renamed_from": "cust_id" at the new field
    dbt          meta: {renamed_from: cust_id} at the new column

Each change has two verdicts: what old readers make of new data (forward), and
new readers of old data (backward): ok, breaks, or silent, which reads without an
error but means something else.

Exit codes: 0 done, 1 error, 2 changes found (with --exit-code), 64 wrong usage.`,
		Example: `  skein diff orders.sql@main orders.sql
  skein diff schemas@HEAD~1 schemas --format avro
  skein diff migrations@v1.2.0 migrations --dialect postgres --exit-code
  skein diff old.sql new.sql --output json | jq '.changes[] | select(.forward == "breaks")'`,
		Args: diffArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.old, o.next = args[0], args[1]
			return runDiff(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.format, "format", "", "format of the schema: "+format.Names()+" (inferred from name and content when left out)")
	cmd.Flags().StringVar(&o.dialect, "dialect", "", "SQL dialect, also of the types in dbt: "+sql.Dialects()+" (default ansi)")
	cmd.Flags().StringVar(&o.output, "output", "text", "text or json")
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", false, "exit with 2 when there are changes")
	return cmd
}

func diffArgs(_ *cobra.Command, args []string) error {
	if len(args) != 2 {
		return misused("diff needs two versions of a schema, OLD and NEW, but got %d; for example: skein diff orders.sql@main orders.sql", len(args))
	}
	return nil
}

func runDiff(ctx context.Context, o diffOptions) error {
	if !slices.Contains([]string{"text", "json"}, o.output) {
		return misused("--output %q is unknown; choose text or json", o.output)
	}
	if _, ok := sql.Dialect(o.dialect); !ok {
		return misused("--dialect %q is unknown; choose one of %s", o.dialect, sql.Dialects())
	}
	if err := o.checkFormat(); err != nil {
		return err
	}
	before, after, err := o.read(ctx)
	if err != nil {
		return err
	}
	changes := schema.Diff(before, after, schema.Declarations{})
	if err := o.write(after.Format, changes); err != nil {
		return fmt.Errorf("write the changes: %w", err)
	}
	if o.exitCode && len(changes) > 0 {
		return exitError{code: exitFound}
	}
	return nil
}

func (o diffOptions) checkFormat() error {
	if _, ok := format.Named(o.format); ok || o.format == "" {
		return nil
	}
	return misused("--format %q is unknown; choose one of %s", o.format, format.Names())
}

// read finds the files of both sides and parses them.
func (o diffOptions) read(ctx context.Context) (before, after schema.Schema, err error) {
	old, err := readSource(ctx, o.old, o.format)
	if err != nil {
		return before, after, err
	}
	next, err := readSource(ctx, o.next, o.format)
	if err != nil {
		return before, after, err
	}
	if old.format.Name != next.format.Name {
		return before, after, fmt.Errorf("%s is %s and %s is %s; compare two versions of one format, or say --format", o.old, old.format.Name, o.next, next.format.Name)
	}
	if before, err = old.parse(o.dialect); err != nil {
		return before, after, err
	}
	after, err = next.parse(o.dialect)
	return before, after, err
}

func (o diffOptions) write(name string, changes []schema.Change) error {
	forward, backward := schema.Compatible(changes)
	if o.output == "text" {
		return newDiffText(o.io.Out, o.old, o.next).write(changes, forward, backward)
	}
	type compatible struct {
		Forward  bool `json:"forward"`
		Backward bool `json:"backward"`
	}
	if changes == nil {
		changes = []schema.Change{}
	}
	return writeJSON(o.io.Out, struct {
		Format     string          `json:"format"`
		Changes    []schema.Change `json:"changes"`
		Compatible compatible      `json:"compatible"`
	}{name, changes, compatible{forward, backward}})
}
