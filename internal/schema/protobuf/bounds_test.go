package protobuf

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
)

// doubling is a chain of messages of which each holds the next one twice: 2^n fields.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("syntax = \"proto3\";\n")
	for i := range n {
		fmt.Fprintf(&b, "message M%d { M%d a = 1; M%d b = 2; }\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "message M%d {}\n", n)
	return b.String()
}

func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "message M%d { optional M%d a = 1; }\n", i, i+1)
	}
	fmt.Fprintf(&b, "message M%d {}\n", n)
	return b.String()
}

// wide is a message of so many fields of one enum of so many values.
func wide(fields, values int) string {
	var b strings.Builder
	b.WriteString("syntax = \"proto3\";\nmessage M {\n")
	for i := range fields {
		fmt.Fprintf(&b, "E f%d = %d;\n", i, 20_000+i)
	}
	b.WriteString("}\nenum E {\n")
	for i := range values {
		fmt.Fprintf(&b, "V%d = %d;\n", i, i)
	}
	return b.String() + "}\n"
}

func TestHostile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want string }{
		{"a long line", "message M {" + strings.Repeat(" ", 1<<20) + "}", "a line of 1048588 bytes"},
		{"messages in messages", strings.Repeat("message M {\n", 40) + strings.Repeat("}", 40), "message nesting depth"},
		{"deep options", "option (a) = " + strings.Repeat("{ a:\n", 100_000), "more than 64 deep"},
		{"deep lists", "option (a) = { b: " + strings.Repeat("[\n", 100_000), "more than 64 deep"},
		{"a huge enum, often", wide(5000, 5000), "more than 200000 fields"},
		{"an open comment", "/* never", "never terminates"},
		{"an open text", "syntax = \"proto3", "unexpected EOF"},
		{"not UTF-8", "message \xff {}", "not UTF-8"},
		{"a long name", "message M { optional " + strings.Repeat("x", 9000) + " a = 1; }", "declared in none"},
		{"a huge number", "message M { optional int32 a = 99999999999999999999; }", "expecting int literal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]schema.File{{Path: "a.proto", Content: []byte(c.src)}})
			var at *schema.ParseError
			if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 || at.File != "a.proto" {
				t.Errorf("error %.400v, want %q", err, c.want)
			}
		})
	}
}

// TestHugeEnum holds that 50,000 values are not compared with each other one by one, which would take minutes.
func TestHugeEnum(t *testing.T) {
	t.Parallel()
	before, err := Parse([]schema.File{{Path: "a.proto", Content: []byte(wide(1, 50_000))}})
	if err != nil {
		t.Fatal(err)
	}
	after, err := Parse([]schema.File{{Path: "a.proto", Content: []byte(strings.ReplaceAll(wide(1, 50_000), "V", "W"))}})
	if err != nil {
		t.Fatal(err)
	}
	changes := schema.Diff(before, after, schema.Declarations{})
	if len(changes) != 50_000 || changes[0].Kind != schema.EnumValueRenamed {
		t.Errorf("%d changes, the first %+v", len(changes), changes[0])
	}
}

// TestRawBytes holds what a case file cannot show: a byte order mark, CRLF, no end of line.
func TestRawBytes(t *testing.T) {
	t.Parallel()
	src := "\ufeffsyntax = \"proto3\";\r\nmessage M {\r\n  int32 /* é */ x = 1;}"
	s, err := Parse([]schema.File{{Path: "a.proto", Content: []byte(src)}})
	if err != nil || len(s.Datasets) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	if p := s.Datasets[0].Fields[0].Pos; p.Line != 3 || p.Column != 18 {
		t.Errorf("x stands at %s", p)
	}
}

func BenchmarkParse(b *testing.B) {
	src := []byte(wide(2000, 50))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Parse([]schema.File{{Path: "a.proto", Content: src}}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	before, err := Parse([]schema.File{{Path: "a.proto", Content: []byte(wide(2000, 50))}})
	if err != nil {
		b.Fatal(err)
	}
	after, err := Parse([]schema.File{{Path: "a.proto", Content: []byte(strings.ReplaceAll(wide(2000, 50), "f19", "g19"))}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if len(schema.Diff(before, after, schema.Declarations{})) == 0 {
			b.Fatal("nothing changed")
		}
	}
}
