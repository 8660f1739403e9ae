package sql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestHostileFiles is not parallel: it measures memory. The types are PostgreSQL's, which
// may hold only those before them, and so no circle.
func TestHostileFiles(t *testing.T) {
	h := schematest.Hostile{
		Parse: func(files []File, _ string) (schema.Schema, error) { return Parse(files, "postgres") },
		File:  "t.sql", Pad: "-- words\n", Before: "CREATE TABLE t (a ", Open: "ARRAY<",
		Nest: func(n int) string {
			return "CREATE TABLE t (a " + strings.Repeat("ARRAY<", n) + "INT" + strings.Repeat(">", n) + ");"
		},
		Chain: func(n int) string {
			return "CREATE TYPE y0 AS (a int);\n" + schematest.Lines(n, func(i int) string { return fmt.Sprintf("CREATE TYPE y%d AS (a y%d);\n", i+1, i) }) + fmt.Sprintf("CREATE TABLE t (a y%d);", n)
		},
		Doubling: func(n int) string {
			return "CREATE TYPE y0 AS (a int);\n" + schematest.Lines(n, func(i int) string { return fmt.Sprintf("CREATE TYPE y%d AS (a y%d, b y%d);\n", i+1, i, i) }) + fmt.Sprintf("CREATE TABLE t (a y%d);", n)
		},
		Enum: func(n int, name string) string {
			values := schematest.Lines(n, func(i int) string { return fmt.Sprintf(",'%s%d'", name, i) })
			return "CREATE TYPE e AS ENUM (" + values[1:] + "); CREATE TABLE t (a e);"
		},
		Wide: func(n int, name string) string {
			return "CREATE TABLE t (" + schematest.Lines(n, func(i int) string { return fmt.Sprintf("%s%d int,\n", name, i) }) + "z int);"
		},
	}
	if err := h.Attack(); err != nil {
		t.Error(err)
	}
}
