package dbt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestHostileFiles is not parallel: it measures memory. Anchors are what leads from one place to another here, and a
// test of accepted values is the enum.
func TestHostileFiles(t *testing.T) {
	const model = "models:\n  - name: m\n    columns:\n"
	h := schematest.Hostile{
		Parse: Parse, File: "m.yml", Pad: "# words\n", Before: "models: ", Open: "[",
		Nest: func(n int) string {
			return model + "      - {name: a, data_type: '" + strings.Repeat("array<", n) + "int64" + strings.Repeat(">", n) + "'}\n"
		},
		Doubling: func(n int) string {
			return "anchors:\n  - &a0 [x]\n" + schematest.Lines(n, func(i int) string { return fmt.Sprintf("  - &a%d [*a%d, *a%d]\n", i+1, i, i) }) + model + "      - {name: a}\n"
		},
		Enum: func(n int, name string) string {
			return model + "      - name: a\n        data_tests:\n          - accepted_values:\n              values: [\n" +
				schematest.Lines(n, func(i int) string { return fmt.Sprintf("%s%d,\n", name, i) }) + "]\n"
		},
		Wide: func(n int, name string) string {
			return model + schematest.Lines(n, func(i int) string { return fmt.Sprintf("      - {name: %s%d}\n", name, i) })
		},
	}
	if err := h.Attack(); err != nil {
		t.Error(err)
	}
}
