package sql

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"path/filepath"

	"github.com/skein-bot/skein/internal/schema"
)

// FuzzParse holds Parse to its word: no panic, the same answer twice, every fault with its place, and every
// position inside the file.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			f.Add(file.Data, uint8(len(file.Data)))
		}
	}
	dialects := []string{"ansi", "postgres", "mysql", "bigquery", "snowflake", "databricks", "tsql", "clickhouse", "duckdb", "sqlite", "redshift", "trino"}
	f.Fuzz(func(t *testing.T, src []byte, d uint8) {
		files := []File{{Path: "1.sql", Content: src}, {Path: "2.sql", Content: src}}
		dialect := dialects[int(d)%len(dialects)]
		got, err := Parse(files, dialect)
		again, _ := Parse(files, dialect)
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("two answers:\n%s", diff)
		}
		var at *schema.ParseError
		if err != nil && (!errors.As(err, &at) || at.File == "" || at.Line < 1 || at.Column < 1 || at.Msg == "") {
			t.Fatalf("a fault without its place: %#v", err)
		}
		for _, d := range got.Datasets {
			checkPositions(t, d.Fields)
		}
		if changes := schema.Diff(got, again, schema.Declarations{}); len(changes) != 0 {
			t.Fatalf("a schema differs from itself: %+v", changes)
		}
	})
}

func checkPositions(t *testing.T, fields []schema.Field) {
	for _, f := range fields {
		if f.Pos.File == "" || f.Pos.Line < 1 || f.Pos.Column < 1 {
			t.Fatalf("%s stands at %v", f.Name, f.Pos)
		}
		checkPositions(t, f.Fields)
	}
}
