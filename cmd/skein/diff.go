package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/internal/checkout"
	"github.com/skein-bot/skein/internal/schema"
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

OLD and NEW are schema files, folders of migrations (run in the natural order of
their names), or PATH@REV in a git checkout. A rename counts only when it is
declared: by RENAME COLUMN, or by a comment at the new name:

    customer_id BIGINT, -- @renamed from=cust_id

Each change has two verdicts: what old readers make of new data (forward), and
new readers of old data (backward): ok, breaks, or silent, which reads without an
error but means something else.

Exit codes: 0 done, 1 error, 2 changes found (with --exit-code), 64 wrong usage.`,
		Example: `  skein diff orders.sql@main orders.sql
  skein diff migrations@v1.2.0 migrations --dialect postgres --exit-code
  skein diff old.sql new.sql --output json | jq '.changes[] | select(.forward == "breaks")'`,
		Args: diffArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.old, o.next = args[0], args[1]
			return runDiff(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.format, "format", "", "format of the schema: sql (inferred from the name when left out)")
	cmd.Flags().StringVar(&o.dialect, "dialect", "", "SQL dialect: "+sql.Dialects()+" (default ansi)")
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
	before, err := o.read(ctx, o.old)
	if err != nil {
		return err
	}
	after, err := o.read(ctx, o.next)
	if err != nil {
		return err
	}
	changes := schema.Diff(before, after, schema.Declarations{})
	if err := o.write(changes); err != nil {
		return fmt.Errorf("write the changes: %w", err)
	}
	if o.exitCode && len(changes) > 0 {
		return exitError{code: exitFound}
	}
	return nil
}

// checkFormat takes sql. Formats that Skein knows by name but cannot read are told apart from mistakes.
func (o diffOptions) checkFormat() error {
	known := []string{"avro", "protobuf", "jsonschema", "dbt", "bigquery"}
	switch {
	case o.format == "sql":
		return nil
	case slices.Contains(known, o.format):
		return fmt.Errorf("--format %s cannot be read by this version of skein; only sql can", o.format)
	case o.format != "":
		return misused("--format %q is unknown; only sql can be read by this version of skein", o.format)
	}
	for _, arg := range []string{o.old, o.next} {
		path, _, _ := checkout.Split(arg)
		if f := inferFormat(path); f != "sql" {
			return fmt.Errorf("%s looks like %s, which this version of skein cannot read; only sql can. If it is SQL all the same, say --format sql", arg, f)
		}
	}
	return nil
}

func inferFormat(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".avsc", ".avdl", ".avpr":
		return "avro"
	case ".proto":
		return "protobuf"
	case ".json":
		return "a JSON schema"
	case ".yml", ".yaml":
		return "dbt"
	}
	return "sql"
}

// read finds the files of one side and parses them. A fault is shown with a path that an editor can open.
func (o diffOptions) read(ctx context.Context, arg string) (schema.Schema, error) {
	src, err := readSource(ctx, arg)
	if err != nil {
		return schema.Schema{}, err
	}
	s, err := sql.Parse(src.files, o.dialect)
	if fault, ok := errors.AsType[*schema.ParseError](err); ok {
		fault.File = src.tree.Show(fault.File)
		return s, fault
	}
	return s, err
}

func (o diffOptions) write(changes []schema.Change) error {
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
	enc := json.NewEncoder(o.io.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Format     string          `json:"format"`
		Changes    []schema.Change `json:"changes"`
		Compatible compatible      `json:"compatible"`
	}{"sql", changes, compatible{forward, backward}})
}
