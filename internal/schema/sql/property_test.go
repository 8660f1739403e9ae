package sql

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestDiffTellsAll holds that the reported changes, applied to the old schema, give the new one.
func TestDiffTellsAll(t *testing.T) {
	t.Parallel()
	types := schematest.Words("string", "string(20)", "bytes", "int64", "float64", "bool", "numeric(10, 2)", "numeric(12, 2)", "date", "timestamp", "datetime", "json", "geography")
	f := schematest.Format{Parse: func(files []schema.File, _ string) (schema.Schema, error) { return Parse(files, "bigquery") },
		Print: printed, Maker: schematest.Maker{Types: types, Arrays: true, Defaults: []string{"f(1)", "f(2)"}}}
	f.TellsAll(t, 400, schema.FieldReordered, schema.PrecisionChanged, schema.CardinalityChanged, schema.DefaultChanged, schema.DocChanged)
}

// printed writes BigQuery's DDL, whose structs hold all that a column has, with spaces, comments and case at random.
func printed(s schema.Schema, r *rand.Rand) []schema.File {
	var b strings.Builder
	for _, d := range s.Datasets {
		fmt.Fprintf(&b, "%s %s (%s)", either(r, "CREATE TABLE", "create  table -- words\n"), d.Name, printedColumns(d.Fields, r))
		if d.Doc != "" {
			fmt.Fprintf(&b, " OPTIONS (description = %q)", d.Doc)
		}
		b.WriteString(";\n")
	}
	return []schema.File{{Path: "s.sql", Content: []byte(b.String())}}
}

func either(r *rand.Rand, a, b string) string { return []string{a, b}[r.IntN(2)] }

func printedColumns(fields []schema.Field, r *rand.Rand) string {
	var b strings.Builder
	for i, f := range fields {
		text := f.Name + " " + printedType(f, r)
		if !f.Nullable && f.Type.Elem == nil {
			text += either(r, " NOT NULL", " not /* words */ null")
		}
		if f.Default != nil {
			text += " DEFAULT " + *f.Default
		}
		if f.Doc != "" {
			text += fmt.Sprintf(" OPTIONS (description = %q)", f.Doc)
		}
		if i < len(fields)-1 {
			text += ","
		}
		if f.Renamed != "" {
			text += " -- @renamed from=" + f.Renamed + "\n"
		}
		b.WriteString(text + either(r, " ", "\n\t"))
	}
	return b.String()
}

func printedType(f schema.Field, r *rand.Rand) string {
	t := f.Type
	if t.Elem != nil {
		t = *t.Elem
	}
	text := either(r, t.Physical, strings.ToUpper(t.Physical))
	if t.Kind == "struct" {
		text = "STRUCT<" + printedColumns(f.Fields, r) + ">"
	}
	if f.Type.Elem != nil {
		return "ARRAY<" + text + ">"
	}
	return text
}
