package yaml_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// splice gives every scalar that is old the value next, and proves it.
func splice(t testing.TB, src, old, next string) (string, error) {
	t.Helper()
	docs, err := yaml.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	var edits []rewrite.Edit
	want := map[int]string{}
	yaml.Walk(docs, func(n *yaml.Node) {
		if n.Kind != yaml.Scalar || n.Value != old {
			return
		}
		if text, ok := n.Spell(next); ok {
			edits = append(edits, rewrite.Edit{Start: n.Start, End: n.End, New: text})
			want[n.Start] = next
		}
	})
	res := rewrite.Result{Edits: edits}
	res.Sort()
	out, err := rewrite.Apply([]byte(src), res.Edits)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), yaml.Prove([]byte(src), res.Edits, want)
}

func TestSplice(t *testing.T) {
	t.Parallel()
	tests := []struct{ why, src, next, want string }{
		{"comments and layout stay", "a:   # x\n  - c   # c\n  - d\n", "n", "a:   # x\n  - \"n\"   # c\n  - d\n"},
		{"quotes stay", "[ 'c', \"c\" , c ]", "new", "[ 'new', \"new\" , new ]"},
		{"keys", "{c: 1, 'c ': 2}", "new", "{new: 1, 'c ': 2}"},
		{"CRLF and no last newline", "a: c\r\nb: c", "new", "a: new\r\nb: new"},
		{"a BOM", "\ufeffc: c\n", "new", "\ufeffnew: new\n"},
		{"columns count characters", "'ä€😀': c # c\n", "new", "'ä€😀': new # c\n"},
		{"anchors and tags", "a: &x c\nb: *x\nd: !!str c\n", "new", "a: &x new\nb: *x\nd: !!str new\n"},
		{"several documents", "c\n---\n- c\n", "new", "new\n---\n- new\n"},
		{"on", "- c", "on", "- \"on\""},
		{"no", "- c", "No", "- \"No\""},
		{"null", "- c", "null", "- \"null\""},
		{"a number", "- c", "1e3", "- \"1e3\""},
		{"a colon", "- c", "a: b", "- \"a: b\""},
		{"single quotes", "- 'c'", "it's", "- 'it''s'"},
		{"double quotes", `- "c"`, `a"\b`, `- "a\"\\b"`},
		{"an empty value", "- c", "", `- ""`},
		{"block scalars stay", "a: |\n  c\n", "new", "a: |\n  c\n"},
		{"a tab after a value", "- c\t# c\n", "new", "- new\t# c\n"},
		{"a question mark key", "? c\n: d\n", "new", "? new\n: d\n"},
	}
	for _, tt := range tests {
		got, err := splice(t, tt.src, "c", tt.next)
		if err != nil {
			t.Errorf("%s: %v", tt.why, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.why, diff)
		}
	}
}

// TestBytes: the value's bytes are found in every style.
func TestBytes(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"q: a c b", "q: 'a c b'", `q: "a c b"`, "q: |\n  a\n  c b\n", "q: >-\n    a\n    c\n    b\n", "q: a\n  c\n  b\n",
		"q: \"a\n  c\\n b\"", "q: 'it''s c'", `q: "\"a\" c"`, "q: |2\n    a\n    c\n", "q: >\n  a\n\n\n  c\n    b\n", "q: \"a \\\n  c\"",
	} {
		docs, err := yaml.Parse([]byte(src))
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		n := docs[0].Get("q")
		if n.Bytes == nil {
			if !strings.Contains(src, "\\\n") { // a continued line is not followed
				t.Errorf("%q: not aligned", src)
			}
			continue
		}
		k := strings.IndexByte(n.Value, 'c')
		if at := n.Bytes[k]; at < 0 || src[at] != 'c' {
			t.Errorf("%q: the c of %q is at %d", src, n.Value, at)
		}
	}
}

func TestProveSeesADifference(t *testing.T) {
	t.Parallel()
	src := []byte("a: c\nb: &x d\ne: *x\n")
	tests := []struct {
		edit rewrite.Edit
		want map[int]string
		err  string
	}{
		{rewrite.Edit{Start: 3, End: 4, New: "n"}, map[int]string{3: "m"}, `byte 3: "n" instead of "m"`},
		{rewrite.Edit{Start: 3, End: 4, New: "[n]"}, map[int]string{3: "[n]"}, "byte 3: the structure differs"},
		{rewrite.Edit{Start: 3, End: 4, New: "1"}, map[int]string{3: "1"}, "byte 3: the structure differs"},
		{rewrite.Edit{Start: 0, End: 1, New: "z"}, map[int]string{3: "c"}, `byte 0: "z" instead of "a"`},
		{rewrite.Edit{Start: 3, End: 4, New: "c"}, map[int]string{2: "c"}, "no scalar begins at byte 2"},
		{rewrite.Edit{Start: 3, End: 4, New: "c\n---\nf: g"}, nil, "2 documents instead of 1"},
	}
	for _, tt := range tests {
		err := yaml.Prove(src, []rewrite.Edit{tt.edit}, tt.want)
		if err == nil || err.Error() != tt.err {
			t.Errorf("%+v: %v, want %s", tt.edit, err, tt.err)
		}
	}
	if yaml.Prove(src, []rewrite.Edit{{Start: 3, End: 4, New: "{"}}, nil) == nil {
		t.Error("no error for a file that does not parse")
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x]\n"
	for i := 1; i < 60; i++ {
		prev := "*a" + string(rune('0'+(i-1)/10)) + string(rune('0'+(i-1)%10))
		bomb += "a" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + ": &a" + string(rune('0'+i/10)) + string(rune('0'+i%10)) +
			" [" + prev + ", " + prev + "]\n"
	}
	bomb = strings.Replace(bomb, "&a0 ", "&a00 ", 1)
	for _, src := range []string{bomb, strings.Repeat("[", 100_000), strings.Repeat("- ", 100_000), "a: *missing", "\x00", "a: &x *x", "<<: 1"} {
		if docs, err := yaml.Parse([]byte(src)); err == nil {
			n := 0
			yaml.Walk(docs, func(*yaml.Node) { n++ })
			if n > len(src) {
				t.Errorf("%.10q: %d nodes", src, n)
			}
		}
	}
}

func FuzzSplice(f *testing.F) {
	f.Add("a: c\nb: [c, 'c', \"c\"]\n", "on")
	f.Add("\ufeffä: &x c # c\nd: *x\n---\n? c\n: |\n  c\n", "it's")
	f.Add("q: >-\n  a c\n\n  b\n", "n")
	f.Fuzz(func(t *testing.T, src, next string) {
		if strings.ContainsAny(next, "\x00\n\r\t\x7f") || !printable(next) {
			return
		}
		if _, err := yaml.Parse([]byte(src)); err != nil {
			return
		}
		out, err := splice(t, src, "c", next)
		if err != nil {
			t.Fatalf("%q -> %q: %v", src, out, err)
		}
	})
}

func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0xFFFD || r >= 0x7f && r < 0xa0 || r == 0xFEFF || r == 0x2028 || r == 0x2029 || r > 0x10FFFF || r >= 0xFFFE && r <= 0xFFFF {
			return false
		}
	}
	return true
}
