package tree

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/schema"
)

func file(text string) schema.File { return schema.File{Path: "f", Content: []byte(text)} }

// show writes a tree with the place of every key and value.
func show(n *Node) string {
	at := fmt.Sprintf("%d:%d", n.Pos.Line, n.Pos.Column)
	switch n.Kind {
	case List:
		var parts []string
		for _, i := range n.Items {
			parts = append(parts, show(i))
		}
		return at + "[" + strings.Join(parts, " ") + "]"
	case Map:
		var parts []string
		for _, e := range n.Entries {
			parts = append(parts, show(e.Key)+"="+show(e.Value))
		}
		return at + "{" + strings.Join(parts, " ") + "}"
	case Null:
		return at + " null"
	case Bool, Number, String:
	}
	return at + " " + n.Text
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src, want string
		read            func(schema.File) (*Node, error)
	}{
		{"JSON", "{\n  \"ä\": [1, -2.5e3, true, null],\r\n\t\"b\": \"x\" }", "1:1{2:3 ä=2:9[2:10 1 2:13 -2.5e3 2:21 true 2:27 null] 3:2 b=3:7 x}", JSON},
		{"JSON with a mark", "\ufeff[1]", "1:4[1:5 1]", JSON},
		{"comments", "// a\n[ /* b\n */ 1 ]", "2:1[3:5 1]", JSON},
		{"escapes", `"a\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00\ud83dz"`, "1:1 a\"\\/\b\f\n\r\tAé😀\ufffdz", JSON},
		{"YAML", "# c\na: 1\nb:\n  - ä: x\n    y: ~\n", "2:1{2:1 a=2:4 1 3:1 b=4:3[4:5{4:5 ä=4:9 x 5:5 y=5:8 null}]}", YAML},
		{"YAML with a mark", "\ufeffa: 1", "1:4{1:4 a=1:7 1}", YAML},
		{"flow and quotes", "{ä: 'x', b: [\"y\"]}", "1:1{1:2 ä=1:6 x 1:11 b=1:14[1:15 y]}", YAML},
		{"CRLF", "a: 1\r\nb: 2\r\n", "1:1{1:1 a=1:4 1 2:1 b=2:4 2}", YAML},
		{"an alias", "a: &x {k: 1}\nb: *x", "1:1{1:1 a=1:4{1:8 k=1:11 1} 2:1 b=1:4{1:8 k=1:11 1}}", YAML},
		{"merge", "a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}", "1:1{1:1 a=1:4{1:8 k=1:11 1 1:14 l=1:17 2} 2:1 b=2:4{2:13 l=2:16 3 1:8 k=1:11 1}}", YAML},
		{"nothing", "", "1:1 null", YAML},
		{"kinds", "[yes, 1.5, 0x1f, true, 2020-01-01, '1']", "1:1[1:2 yes 1:7 1.5 1:12 0x1f 1:18 true 1:24 2020-01-01 1:36 1]", YAML},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, err := c.read(file(c.src))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, show(n)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		was := string(c - 1)
		bomb += fmt.Sprintf("%c: &%c [*%s, *%s, *%s, *%s, *%s, *%s, *%s, *%s, *%s, *%s]\n", c, c, was, was, was, was, was, was, was, was, was, was)
	}
	for _, c := range []struct {
		name, src, want string
		read            func(schema.File) (*Node, error)
	}{
		{"nothing", "", "f:1:1: found the end of the file where a JSON value belongs", JSON},
		{"two values", "1 2", "f:1:3: found \"2\" after the end", JSON},
		{"open object", `{"a": 1`, `f:1:8: found the end of the file where a "," or the closing "}"`, JSON},
		{"open list", "[1\n", `f:2:1: found the end of the file where a "," or the closing "]"`, JSON},
		{"open text", "[\"a\n\"]", "f:1:2: this text is never closed", JSON},
		{"open comment", "/* x", "f:1:1: this comment is never closed", JSON},
		{"a key twice", `{"a": 1, "a": 2}`, `f:1:10: the key "a" stands here a second time`, JSON},
		{"no quotes", "{a: 1}", `f:1:2: found "a" where an object needs a key`, JSON},
		{"no colon", `{"a" 1}`, `f:1:6: found "1" where a ":" belongs`, JSON},
		{"trailing comma", "[1,]", `f:1:4: found "]" where a JSON value belongs`, JSON},
		{"leading zero", "01", "is no number", JSON},
		{"lone minus", "-", "is no number", JSON},
		{"bad escape", `"\x"`, "f:1:2: unknown escape", JSON},
		{"half an escape", `"\u12`, "f:1:2: unknown escape", JSON},
		{"escape at the end", `"\`, "f:1:2: unknown escape", JSON},
		{"escape at the end of a key", `{"\`, "f:1:3: unknown escape", JSON},
		{"control character", "\"\x01\"", "f:1:2: a control character", JSON},
		{"not UTF-8", "\"\xff\"", "f:1:1: this text is not UTF-8", JSON},
		{"deep", strings.Repeat("[", 500_000), "more than 200 deep", JSON},
		{"deep objects", strings.Repeat(`{"a":`, 100_000), "more than 200 deep", JSON},
		{"many", "[" + strings.Repeat("1,", 2<<20) + "1]", "more than 1048576 values", JSON},
		{"large", strings.Repeat(" ", 9<<20), "f: too large", JSON},
		{"bad YAML", "a: [", "f:1:", YAML},
		{"a tab", "a:\n\t- b", "a tab cannot indent YAML", YAML},
		{"two documents", "a: 1\n---\nb: 2\n", "f:2:1: a second YAML document", YAML},
		{"YAML key twice", "a: 1\na: 2", `f:2:1: the key "a" stands here a second time`, YAML},
		{"bomb", bomb, "aliases counted each time", YAML},
		{"own anchor", "a: &x [*x]", "f:1:8: alias *x stands inside its own anchor", YAML},
		{"merge of text", "a: {<<: x}", "f:1:9: << needs an object", YAML},
		{"deep YAML", strings.Repeat("[", 500_000), "brackets nest deeper", YAML},
		{"deeper than known", strings.Repeat("[", 300) + strings.Repeat("]", 300), "more than 200 deep", YAML},
		{"deep dashes", strings.Repeat("- ", 100_000), "f:1:", YAML},
		{"not UTF-8 YAML", "a: \xff", "not UTF-8", YAML},
		{"large YAML", strings.Repeat(" ", 3<<20), "too large", YAML},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.read(file(c.src))
			var at *schema.ParseError
			if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 300 {
				t.Errorf("error %.300v, want %q", err, c.want)
			}
		})
	}
}

// FuzzJSON holds our reader against the library's: what it takes, we take, and it says the same.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a": [1, 2.5, null, true, "x\u00e9\n"]}`, "[[[]]]", `{"a":{"b":{}}}`, "-0.1e-5", `"\ud83d\ude00"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		n, err := JSON(schema.File{Path: "f", Content: src})
		var at *schema.ParseError
		if err != nil && !errors.As(err, &at) {
			t.Fatalf("no place: %v", err)
		}
		if err != nil {
			return
		}
		if again, err := JSON(file(n.JSON())); err != nil || again.JSON() != n.JSON() {
			t.Fatalf("%q written down is %q: %v", src, n.JSON(), err)
		}
		var v any
		if json.Unmarshal(src, &v) == nil && !json.Valid([]byte(n.JSON())) {
			t.Fatalf("%q became %q", src, n.JSON())
		}
	})
}

func FuzzYAML(f *testing.F) {
	for _, s := range []string{"a: &x [1, *y]\n", "a: &x {k: 1}\nb: {<<: *x}", "- |\n  a\n- >\n b", "? a\n: b", "\ufeffä: \"\\u00e9\"", "%YAML 1.2\n---\na: !!str 1\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		n, err := YAML(schema.File{Path: "f", Content: src})
		if err != nil {
			if _, ok := errors.AsType[*schema.ParseError](err); !ok {
				t.Fatalf("no place: %v", err)
			}
			return
		}
		within(t, n, strings.Split(string(src), "\n"))
	})
}

// within holds that every value stands at a place of the file.
func within(t *testing.T, n *Node, lines []string) {
	if p := n.Pos; p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
		t.Fatalf("%s %q stands outside the file", p, n.Text)
	}
	for _, i := range n.Items {
		within(t, i, lines)
	}
	for _, e := range n.Entries {
		within(t, e.Key, lines)
		within(t, e.Value, lines)
	}
}
