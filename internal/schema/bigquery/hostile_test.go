package bigquery

import (
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestHostileFiles is not parallel: it measures memory. Tables have no enums, and no types that lead to each other.
func TestHostileFiles(t *testing.T) {
	const open = `[{"name": "a", "type": "RECORD", "fields": `
	h := schematest.Hostile{
		Parse: parse, File: "t.json", Pad: " ", Open: open,
		Nest: func(n int) string {
			return strings.Repeat(open, n) + `[{"name": "a", "type": "DATE"}]` + strings.Repeat("}]", n)
		},
		Wide: func(n int, name string) string {
			lines := schematest.Lines(n, func(i int) string { return fmt.Sprintf(",\n{\"name\":\"%s%d\",\"type\":\"DATE\"}", name, i) })
			return "[" + lines[1:] + "]"
		},
	}
	if err := h.Attack(); err != nil {
		t.Error(err)
	}
}

// TestHostileYAML is not parallel: it measures memory. Anchors are what leads from one place to another here.
func TestHostileYAML(t *testing.T) {
	const fields = "fields:\n"
	h := schematest.Hostile{
		Parse: parse, File: "schema.yaml", Pad: "# words\n", Before: "fields: ", Open: "[",
		Nest: func(n int) string {
			const open = "{name: a, type: RECORD, fields: ["
			return fields + "- " + strings.Repeat(open, n) + "{name: a, type: DATE}" + strings.Repeat("]}", n) + "\n"
		},
		Doubling: func(n int) string {
			return "anchors:\n  - &a0 [x]\n" + schematest.Lines(n, func(i int) string { return fmt.Sprintf("  - &a%d [*a%d, *a%d]\n", i+1, i, i) }) + fields + "- {name: a, type: DATE}\n"
		},
		Wide: func(n int, name string) string {
			return fields + schematest.Lines(n, func(i int) string { return fmt.Sprintf("- {name: %s%d, type: DATE}\n", name, i) })
		},
	}
	if err := h.Attack(); err != nil {
		t.Error(err)
	}
}
