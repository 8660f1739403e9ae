package config

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// A scalar's place is where its text begins in the file, in bytes.
func TestPlaces(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/findings/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	sources := []string{
		"a: [\"é\", \tx]\n", "\uFEFFa: b\n", "a:\r\n  - b # é\r\n  - 'c'\r\n", "é: {日本: 語, x: y}\n",
		"a: |\n  x\n  y\nb: c\n", "a: >-\n  é\nb: c\n", "a: plain\n  goes on\nb: c\n", "a: \"quoted\n  goes on\"\nb: c\n",
		"? a\n: b\n", "- - a\n  - b\n", "a: &x b\nc: *x\n", "a: # é\n  b\n", "{a: b, \"c\": d}\n", "a:   b\n", "a: 'it''s'\nb: c\n",
		"a: \"\\\"\" \nb: [c,d]\n", "# é\n\n\na: b\n", "a: b\r\n\r\n# é\r\nc: d # e\r\nf: [g,\r\n  h]\r\n",
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range archive.Files {
			sources = append(sources, string(c.Data))
		}
	}
	for _, src := range sources {
		r := &reader{file: "f"}
		if root := plant(r, []byte(src)); root != nil && len(r.findings) == 0 {
			checkPlaces(t, strings.Split(src, "\n"), root)
		}
	}
}

func checkPlaces(t *testing.T, lines []string, n *node) {
	t.Helper()
	if n.pos.Line < 1 || n.pos.Line > len(lines) || n.pos.Column < 1 || n.pos.Column > len(lines[n.pos.Line-1])+1 {
		t.Fatalf("%q stands at %v", n.text, n.pos)
	}
	if rest := lines[n.pos.Line-1][n.pos.Column-1:]; n.kind == text && !begins(rest, n.text) {
		t.Errorf("%q stands at %v, where the file says %q", n.text, n.pos, rest)
	}
	for _, e := range n.entries {
		checkPlaces(t, lines, e.key)
		checkPlaces(t, lines, e.value)
	}
	for _, i := range n.items {
		checkPlaces(t, lines, i)
	}
}

// begins reports whether a scalar may begin with this text of the file.
func begins(rest, scalar string) bool {
	if rest != "" && strings.ContainsRune(`"'|>`, rune(rest[0])) {
		return true
	}
	word, _, _ := strings.Cut(scalar, " ")
	return strings.HasPrefix(rest, word)
}
