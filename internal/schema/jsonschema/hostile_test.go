package jsonschema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestHostileFiles is not parallel: it measures memory.
func TestHostileFiles(t *testing.T) {
	list := func(n int, one func(i int) string) string {
		return strings.TrimSuffix(schematest.Lines(n, func(i int) string { return one(i) + "," }), ",")
	}
	linked := func(n int, one func(i int) string) string {
		return `{"$ref": "#/$defs/d0", "$defs": {` + list(n, func(i int) string { return fmt.Sprintf(`"d%d": %s`, i, one(i)) }) + "}}"
	}
	h := schematest.Hostile{
		Parse: parse, File: "a.json", Pad: " ", Open: `{"items": `,
		Nest: func(n int) string { return strings.Repeat(`{"items": `, n) + "true" + strings.Repeat("}", n) },
		Cycle: func(n int) string {
			return linked(n, func(i int) string { return fmt.Sprintf(`{"$ref": "#/$defs/d%d"}`, (i+1)%n) })
		},
		Chain: func(n int) string {
			return linked(n+1, func(i int) string {
				if i == n {
					return "true"
				}
				return fmt.Sprintf(`{"properties": {"p": {"$ref": "#/$defs/d%d"}}}`, i+1)
			})
		},
		Doubling: func(n int) string {
			return linked(n+1, func(i int) string {
				if i == n {
					return `{"type": "string"}`
				}
				return fmt.Sprintf(`{"properties": {"a": {"$ref": "#/$defs/d%d"}, "b": {"$ref": "#/$defs/d%d"}}}`, i+1, i+1)
			})
		},
		Enum: func(n int, name string) string {
			return `{"enum": [` + list(n, func(i int) string { return fmt.Sprintf(`"%s%d"`, name, i) }) + "]}"
		},
		Wide: func(n int, name string) string {
			return `{"type": "object", "properties": {` + list(n, func(i int) string { return fmt.Sprintf(`"%s%d":true`, name, i) }) + "}}"
		},
	}
	if err := h.Attack(); err != nil {
		t.Error(err)
	}
}
