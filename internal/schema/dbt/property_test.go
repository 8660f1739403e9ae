package dbt

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestDiffTellsAll holds that the reported changes, applied to the old schema, give the new one.
func TestDiffTellsAll(t *testing.T) {
	t.Parallel()
	types := schematest.Words("int", "bigint", "text", "varchar(20)", "varchar(30)", "numeric(10, 2)", "double precision", "date", "timestamp", "boolean", "bytea")
	f := schematest.Format{Parse: Parse, Print: printed, Maker: schematest.Maker{Types: types, Enum: &schema.Type{Kind: "scalar", Physical: "text"}}}
	f.TellsAll(t, 300, schema.FieldReordered, schema.PrecisionChanged, schema.EnumValueAdded, schema.EnumValueRemoved, schema.DocChanged)
}

// printed writes all models into one file, or each into its own; members are columns with dots in their names.
func printed(s schema.Schema, r *rand.Rand) []schema.File {
	var models []string
	for _, d := range s.Datasets {
		var b strings.Builder
		fmt.Fprintf(&b, "  - name: %s\n    description: %q\n    columns:\n", d.Name, d.Doc)
		printColumns(&b, d.Fields, "", r)
		models = append(models, b.String())
	}
	if r.IntN(2) == 0 {
		return []schema.File{{Path: "schema.yml", Content: []byte("# all\nmodels:\n" + strings.Join(models, "\n"))}}
	}
	var out []schema.File
	for i, m := range models {
		out = append(out, schema.File{Path: strconv.Itoa(i) + ".yml", Content: []byte("models:\r\n" + strings.ReplaceAll(m, "\n", "\r\n"))})
	}
	return out
}

func printColumns(b *strings.Builder, fields []schema.Field, parent string, r *rand.Rand) {
	for _, f := range fields {
		keys := []string{"name: " + parent + f.Name}
		if f.Type.Kind != "struct" {
			word := f.Type.Physical
			if r.IntN(2) == 0 {
				word = strings.ToUpper(word)
			}
			keys = append(keys, "data_type: "+word)
		}
		if f.Doc != "" {
			keys = append(keys, []string{"description: " + f.Doc, "description: >-\n          " + f.Doc}[r.IntN(2)])
		}
		if f.Renamed != "" {
			keys = append(keys, []string{"meta: {renamed_from: " + f.Renamed + "}", "config:\n          meta:\n            renamed_from: " + f.Renamed}[r.IntN(2)])
		}
		if !f.Nullable {
			keys = append(keys, []string{"data_tests: [not_null]", "constraints:\n          - type: not_null"}[r.IntN(2)])
		}
		if len(f.Enum) > 0 {
			keys = append(keys, "tests:\n          - accepted_values: {values: ["+strings.Join(f.Enum, ", ")+"]}")
		}
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		b.WriteString("      - " + strings.Join(keys, "\n        ") + "\n")
		printColumns(b, f.Fields, parent+f.Name+".", r)
	}
}
