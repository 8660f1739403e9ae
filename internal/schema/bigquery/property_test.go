package bigquery

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
	types := schematest.Words("string", "string(20)", "bytes", "int64", "float64", "bool", "numeric(10, 2)", "numeric(12, 2)", "date", "timestamp", "datetime", "json", "geography")
	f := schematest.Format{Parse: parse, Print: printed, Maker: schematest.Maker{Types: types, Arrays: true, Defaults: []string{"f(1)", "f(2)"}}}
	f.TellsAll(t, 400, schema.FieldReordered, schema.PrecisionChanged, schema.CardinalityChanged, schema.DefaultChanged, schema.DocChanged)
}

// printed writes one file for each table, as bq show does, with spaces at random. JSON is YAML too, if it is called so.
func printed(s schema.Schema, r *rand.Rand) []schema.File {
	var out []schema.File
	for i, d := range s.Datasets {
		text := fmt.Sprintf(`{"tableReference": {"tableId": %q}, "description": %q, "schema": {"fields": %s}}`, d.Name, d.Doc, printedFields(d.Fields, r))
		out = append(out, schema.File{Path: strconv.Itoa(i) + []string{".json", ".yaml"}[r.IntN(2)], Content: []byte(text)})
	}
	return out
}

func printedFields(fields []schema.Field, r *rand.Rand) string {
	var parts []string
	for _, f := range fields {
		typ, m := f.Type, "REQUIRED"
		if f.Nullable {
			m = []string{"NULLABLE", "nullable"}[r.IntN(2)]
		}
		if typ.Elem != nil {
			typ, m = *typ.Elem, "REPEATED"
		}
		keys := []string{fmt.Sprintf(`"name": %q`, f.Name), fmt.Sprintf(`"mode": %q`, m), printedType(typ, r)}
		if f.Default != nil {
			keys = append(keys, fmt.Sprintf(`"defaultValueExpression": %q`, *f.Default))
		}
		if f.Doc != "" {
			keys = append(keys, fmt.Sprintf(`"description": %q`, f.Doc))
		}
		if f.Renamed != "" {
			keys = append(keys, fmt.Sprintf(`"renamed_from": %q`, f.Renamed))
		}
		if len(f.Fields) > 0 {
			keys = append(keys, `"fields": `+printedFields(f.Fields, r))
		}
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		parts = append(parts, "{"+strings.Join(keys, []string{",", ",\n\t"}[r.IntN(2)])+"}")
	}
	return "[" + strings.Join(parts, []string{", ", ",\n"}[r.IntN(2)]) + "]"
}

func printedType(t schema.Type, r *rand.Rand) string {
	word, rest, _ := strings.Cut(t.Physical, "(")
	if t.Kind == "struct" {
		word = []string{"RECORD", "STRUCT"}[r.IntN(2)]
	}
	if word == "int64" && r.IntN(2) == 0 {
		word = "INTEGER"
	}
	keys := fmt.Sprintf(`"type": %q`, strings.ToUpper(word))
	numbers := strings.Split(strings.TrimSuffix(rest, ")"), ", ")
	switch {
	case len(numbers) == 2:
		keys += fmt.Sprintf(`, "precision": %q, "scale": %s`, numbers[0], numbers[1])
	case rest != "":
		keys += fmt.Sprintf(`, "maxLength": %q`, numbers[0])
	}
	return keys
}
