package avro

import (
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestHostileFiles is not parallel: it measures memory.
func TestHostileFiles(t *testing.T) {
	for _, h := range []schematest.Hostile{inJSON(), inIDL()} {
		if err := h.Attack(); err != nil {
			t.Errorf("%s: %v", h.File, err)
		}
	}
}

func inJSON() schematest.Hostile {
	list := func(n int, one func(i int) string) string {
		return strings.TrimSuffix(schematest.Lines(n, func(i int) string { return one(i) + "," }), ",")
	}
	record := func(name, fields string) string {
		return fmt.Sprintf(`{"type": "record", "name": %q, "fields": [%s]}`, name, fields)
	}
	return schematest.Hostile{
		Parse: parse, File: "a.avsc", Pad: " ", Open: `{"type": "array", "items": `,
		Nest: func(n int) string {
			return record("R", `{"name": "a", "type": `+strings.Repeat(`{"type": "array", "items": `, n)+`"int"`+strings.Repeat("}", n+1))
		},
		Cycle: func(n int) string {
			return "[" + list(n, func(i int) string {
				return record(fmt.Sprint("R", i), fmt.Sprintf(`{"name": "a", "type": "R%d"}`, (i+1)%n))
			}) + "]"
		},
		Chain: func(n int) string {
			return "[" + record(fmt.Sprint("R", n), "") + "," + list(n, func(i int) string {
				return record(fmt.Sprint("R", i), fmt.Sprintf(`{"name": "a", "type": "R%d"}`, i+1))
			}) + "]"
		},
		Doubling: doubling,
		Enum: func(n int, name string) string {
			return record("R", `{"name": "e", "type": {"type": "enum", "name": "E", "symbols": [`+list(n, func(i int) string { return fmt.Sprintf(`"%s%d"`, name, i) })+`]}}`)
		},
		Wide: func(n int, name string) string {
			return record("R", list(n, func(i int) string { return fmt.Sprintf(`{"name":"%s%d","type":"int","default":1}`, name, i) }))
		},
	}
}

func inIDL() schematest.Hostile {
	protocol := func(text string) string { return "protocol P {\n" + text + "}\n" }
	return schematest.Hostile{
		Parse: parse, File: "a.avdl", Pad: "// words\n", Before: "protocol P { record R {", Open: "array<",
		Nest: func(n int) string {
			return protocol("record R { " + strings.Repeat("array<", n) + "int" + strings.Repeat(">", n) + " a; }\n")
		},
		Cycle: func(n int) string {
			return protocol(schematest.Lines(n, func(i int) string { return fmt.Sprintf("record R%d { R%d a; }\n", i, (i+1)%n) }))
		},
		Chain: func(n int) string {
			return protocol(schematest.Lines(n, func(i int) string { return fmt.Sprintf("record R%d { R%d a; }\n", i, i+1) }) + fmt.Sprintf("record R%d { }\n", n))
		},
		Doubling: func(n int) string {
			return protocol(schematest.Lines(n, func(i int) string { return fmt.Sprintf("record R%d { R%d a; R%d b; }\n", i, i+1, i+1) }) + fmt.Sprintf("record R%d { }\n", n))
		},
		Enum: func(n int, name string) string {
			return protocol("enum E { " + schematest.Lines(n, func(i int) string { return fmt.Sprintf("%s%d, ", name, i) }) + "last }\nrecord R { E e; }\n")
		},
		Wide: func(n int, name string) string {
			return protocol("record R {\n" + schematest.Lines(n, func(i int) string { return fmt.Sprintf("int %s%d = 1;\n", name, i) }) + "}\n")
		},
	}
}
