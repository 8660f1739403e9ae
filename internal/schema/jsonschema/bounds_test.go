package jsonschema

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
)

// laughs is a chain of definitions of which each holds the next one many times.
func laughs(n, times int, keyword string) string {
	var defs []string
	for i := range n {
		next := strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"$ref": "#/$defs/d%d"},`, i+1), times), ",")
		if keyword == "properties" {
			next = ""
			for k := range times {
				next += fmt.Sprintf(`,"p%d": {"$ref": "#/$defs/d%d"}`, k, i+1)
			}
			defs = append(defs, fmt.Sprintf(`"d%d": {"properties": {%s}}`, i, next[1:]))
			continue
		}
		defs = append(defs, fmt.Sprintf(`"d%d": {%q: [%s]}`, i, keyword, next))
	}
	return fmt.Sprintf(`{"$ref": "#/$defs/d0", "$defs": {%s, "d%d": {"type": "string"}}}`, strings.Join(defs, ","), n)
}

func TestHostile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want string }{
		{"laughs in properties", laughs(40, 10, "properties"), "more than 200000 parts"},
		{"laughs in allOf", laughs(40, 10, "allOf"), "more than 200000 parts"},
		{"laughs in oneOf", laughs(40, 10, "oneOf"), "more than 200000 parts"},
		{"laughs in not", `{"not": {"$ref": "#/$defs/d0"}, ` + strings.TrimPrefix(laughs(20, 10, "anyOf"), `{"$ref": "#/$defs/d0", `), "more than 200000 parts"},
		{"many values", `{"enum": [` + strings.Repeat("1,", 1<<20) + `1]}`, "more than 1048576 values"},
		{"a pointer through all", `{"$ref": "#` + strings.Repeat("/a", 100_000) + `"}`, "leads nowhere"},
		{"not UTF-8", "{\"type\": \"\xff\"}", "not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]schema.File{{Path: "a.json", Content: []byte(c.src)}})
			var at *schema.ParseError
			if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 || at.File != "a.json" {
				t.Errorf("error %.400v, want %q", err, c.want)
			}
		})
	}
}

// TestLoops holds that references which lead around come to an end.
func TestLoops(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"itself":        `{"$ref": "#"}`,
		"two":           `{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}`,
		"allOf":         `{"allOf": [{"$ref": "#"}]}`,
		"oneOf":         `{"oneOf": [{"$ref": "#"}, {"type": "string"}]}`,
		"one of one":    `{"oneOf": [{"$ref": "#"}]}`,
		"items":         `{"items": {"$ref": "#"}}`,
		"not":           `{"not": {"$ref": "#"}}`,
		"other names":   `{"additionalProperties": {"$ref": "#"}}`,
		"allOf in turn": `{"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}], "properties": {"x": {"$ref": "#/$defs/b"}}}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Parse([]schema.File{{Path: "a.json", Content: []byte(src)}})
			if err != nil || len(s.Datasets) != 1 {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// TestManyReferences holds that a reference into a large object is found without walking through it all.
func TestManyReferences(t *testing.T) {
	t.Parallel()
	const n = 50_000
	var properties, defs strings.Builder
	for i := range n {
		fmt.Fprintf(&properties, `"p%d": {"$ref": "#/$defs/d%d"},`, i, i)
		fmt.Fprintf(&defs, `"d%d": {"type": "string"},`, i)
	}
	src := fmt.Sprintf(`{"type": "object", "properties": {%s "q": true}, "$defs": {%s "e": true}}`, &properties, &defs)
	s, err := Parse([]schema.File{{Path: "a.json", Content: []byte(src)}})
	if err != nil || len(s.Datasets) != 1 || len(s.Datasets[0].Fields) != n+1 || s.Datasets[0].Fields[n-1].Type.Kind != "string" {
		t.Fatalf("%d datasets: %v", len(s.Datasets), err)
	}
}

// TestLongIf holds that an if of a megabyte is not written beside each of 50,000 properties of its then.
func TestLongIf(t *testing.T) {
	t.Parallel()
	var properties strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&properties, `"p%d": true,`, i)
	}
	src := fmt.Sprintf(`{"type": "object", "if": {"const": %q}, "then": {"properties": {%s "q": true}}}`, strings.Repeat("x", 1<<20), &properties)
	s, err := Parse([]schema.File{{Path: "a.json", Content: []byte(src)}})
	if err != nil || len(s.Datasets) != 1 {
		t.Fatalf("%d datasets: %v", len(s.Datasets), err)
	}
	total := 0
	for _, c := range s.Datasets[0].Constraints {
		total += len(c.Expr)
	}
	if total > 2*len(src) {
		t.Errorf("conditions of %d bytes from a file of %d", total, len(src))
	}
}

// TestNumbers holds that no number makes its spelling grow.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"1": "1", "1.0": "1", "10e-1": "1", "1E2": "100", "0.50": "0.5", "-0.0": "0", "1e999999999": "1e999999999",
		"1e-999999999": "1e-999999999", "1e99999999999999999999": "1e99999999999999999999"} {
		if got := number(text); got != want {
			t.Errorf("%s is spelled %s, want %s", text, got, want)
		}
	}
}

// wide is an object of so many properties.
func wide(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"type": "object", "properties": {`)
	for i := range n {
		fmt.Fprintf(&b, "\"p%d\": {\"type\": \"string\", \"maxLength\": %d, \"description\": \"words\"},\n", i, i)
	}
	return []byte(b.String() + `"last": {"type": "integer"}}}`)
}

func BenchmarkParse(b *testing.B) {
	src := wide(2000)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Parse([]schema.File{{Path: "a.json", Content: src}}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	before, err := Parse([]schema.File{{Path: "a.json", Content: wide(2000)}})
	if err != nil {
		b.Fatal(err)
	}
	after, err := Parse([]schema.File{{Path: "a.json", Content: []byte(strings.ReplaceAll(string(wide(2000)), `"p19`, `"q19`))}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if len(schema.Diff(before, after, schema.Declarations{})) == 0 {
			b.Fatal("nothing changed")
		}
	}
}
