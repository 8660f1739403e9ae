package avro

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
)

// doubling is a chain of records of which each holds the next one twice: 2^n fields.
func doubling(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprintf(`{"type": "record", "name": "R%d", "fields": [{"name": "a", "type": "R%d"}, {"name": "b", "type": "R%d"}]}`, i, i+1, i+1))
	}
	return "[" + strings.Join(parts, ",") + fmt.Sprintf(`, {"type": "record", "name": "R%d", "fields": []}]`, n)
}

func TestHostile(t *testing.T) {
	t.Parallel()
	symbols := func(n int) string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("%q", fmt.Sprint("S", i)))
		}
		return strings.Join(names, ",")
	}
	fields := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`{"name": "f%d", "type": "E"}`, i))
		}
		return strings.Join(all, ",")
	}
	for _, c := range []struct{ name, path, src, want string }{
		{"deep types", "a.avsc", `{"type": "record", "name": "R", "fields": [{"name": "a", "type": ` + strings.Repeat(`{"type": "array", "items": `, 150) + `"int"` + strings.Repeat("}", 150) + "}]}", "types within types more than 100 deep"},
		{"deep unions", "a.avdl", "protocol P { record R { " + strings.Repeat("union{", 200_000), "more than 100 deep"},
		{"deep default", "a.avdl", "protocol P { record R { int a = " + strings.Repeat("[", 200_000), "more than 200 deep"},
		{"huge enum, often", "a.avsc", `[{"type": "enum", "name": "E", "symbols": [` + symbols(5000) + `]}, {"type": "record", "name": "R", "fields": [` + fields(2000) + "]}]", "more than 200000 fields"},
		{"open backtick", "a.avdl", "protocol `P {", "this ` is never closed"},
		{"not UTF-8", "a.avdl", "protocol \xff {", "not UTF-8"},
		{"an odd sign", "a.avdl", "%", `found "%" where a declaration belongs`},
		{"two protocols in words", "a.avdl", "protocol P protocol Q", "needs a \"{\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]schema.File{{Path: c.path, Content: []byte(c.src)}})
			var at *schema.ParseError
			if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 300 || at.File != c.path {
				t.Errorf("error %.300v, want %q", err, c.want)
			}
		})
	}
}

// TestSelfImport holds that files which import each other, or themselves, come to an end.
func TestSelfImport(t *testing.T) {
	t.Parallel()
	s, err := Parse([]schema.File{
		{Path: "a.avdl", Content: []byte(`protocol A { import idl "b.avdl"; import idl "a.avdl"; record RA { RB b; } }`)},
		{Path: "b.avdl", Content: []byte(`protocol B { import idl "a.avdl"; record RB { RA a; } }`)},
	})
	if err != nil || len(s.Datasets) != 2 {
		t.Fatalf("%d datasets: %v", len(s.Datasets), err)
	}
	if f := s.Datasets[0].Fields[0].Fields[0]; f.Type.Physical != "RA" || len(f.Fields) != 0 {
		t.Errorf("the circle does not end: %+v", f)
	}
}

// TestRawBytes holds what a case file cannot show: a byte order mark, CRLF, no end of line.
func TestRawBytes(t *testing.T) {
	t.Parallel()
	for path, src := range map[string]string{
		"a.avdl": "\ufeffprotocol P {\r\n  record R {\r\n    int /* é */ x;\r\n} }",
		"a.avsc": "\ufeff{\"type\": \"record\",\r\n \"name\": \"R\", \"fields\": [\r\n{\"doc\": \"é\", \"n\": 1, \"name\": \"x\", \"type\": \"int\"}]}",
	} {
		s, err := Parse([]schema.File{{Path: path, Content: []byte(src)}})
		if err != nil || len(s.Datasets) != 1 {
			t.Fatalf("%s: %+v, %v", path, s, err)
		}
		f := s.Datasets[0].Fields[0]
		line := strings.Split(src, "\n")[f.Pos.Line-1]
		if f.Pos.Line != 3 || !strings.HasPrefix(strings.Trim(line[f.Pos.Column-1:], `"`), "x") {
			t.Errorf("%s: x stands at %s", path, f.Pos)
		}
	}
}
