package protobuf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestHostileFiles is not parallel: it measures memory. The number of an enum's value stays, so a new name is a rename.
func TestHostileFiles(t *testing.T) {
	const head = "syntax = \"proto3\";\n"
	h := schematest.Hostile{
		Parse: parse, File: "a.proto", Pad: "// words\n", Open: "message M {\n",
		Nest: func(n int) string {
			return head + strings.Repeat("message M {\n", n) + "int32 a = 1;\n" + strings.Repeat("}\n", n)
		},
		Cycle: func(n int) string {
			return head + schematest.Lines(n, func(i int) string { return fmt.Sprintf("message M%d { M%d a = 1; }\n", i, (i+1)%n) })
		},
		Chain:    func(n int) string { return head + chain(n) },
		Doubling: doubling,
		Enum: func(n int, name string) string {
			return head + "message M { E e = 1; }\nenum E {\n" + schematest.Lines(n, func(i int) string { return fmt.Sprintf("%s%d=%d;\n", name, i, i) }) + "}\n"
		},
		Wide: func(n int, name string) string {
			return head + "message M {\n" + schematest.Lines(n, func(i int) string { return fmt.Sprintf("int32 %s%d=%d;\n", name, i, 20_000+i) }) + "}\n"
		},
	}
	if err := h.Attack(); err != nil {
		t.Error(err)
	}
}
