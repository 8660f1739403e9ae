package sql

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/schema"
)

// TestFormattingIsNoChange writes the files of the cases anew, with other spaces, comments and upper or lower
// case, and holds that nothing changed.
func TestFormattingIsNoChange(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		dialect, files := "", []File(nil)
		for _, f := range a.Files {
			if name, ok := strings.CutPrefix(f.Name, "in/"); ok {
				files = append(files, File{Path: name, Content: f.Data})
			} else if f.Name == "dialect" {
				dialect = strings.TrimSpace(string(f.Data))
			}
		}
		before, err := Parse(files, dialect)
		if err != nil {
			continue // a case of an error
		}
		for seed := range uint64(8) {
			other := reformatted(t, files, dialect, rand.New(rand.NewPCG(seed, 1)))
			after, err := Parse(other, dialect)
			if err != nil {
				t.Fatalf("%s: %v in\n%s", path, err, other[0].Content)
			}
			for _, c := range schema.Diff(before, after, schema.Declarations{}) {
				t.Errorf("%s: %s in\n%s", path, c.Message, other[0].Content)
			}
			tried++
		}
	}
	if tried < 100 {
		t.Errorf("only %d files were written anew", tried)
	}
}

func reformatted(t *testing.T, files []File, dialect string, r *rand.Rand) []File {
	var out []File
	for _, f := range files {
		canonical, _ := Dialect(dialect)
		src := upOnly(string(f.Content))
		s := scanner{path: f.Path, src: src, t: traitsOf(canonical), dialect: canonical}
		if err := s.scan(); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		at := 0
		for _, tok := range s.tokens {
			b.WriteString(otherSpace(src[at:tok.start], tok.first, r))
			b.WriteString(otherCase(src[tok.start:tok.end], tok, canonical, r))
			at = tok.end
		}
		out = append(out, File{Path: f.Path, Content: []byte(b.String())})
	}
	return out
}

// otherSpace changes spaces where there are some. What says something, and where lines begin, stays.
func otherSpace(gap string, first bool, r *rand.Rand) string {
	if gap == "" || strings.Contains(gap, "@") || strings.Contains(gap, "/*!") {
		return gap
	}
	if first {
		return []string{"\n", "\r\n", "\n\n\t", " -- words\n", "\n/* words, more */ "}[r.IntN(5)]
	}
	return []string{" ", "\t", "   ", " /* words */ ", " /* ' */ "}[r.IntN(5)]
}

func otherCase(text string, tok token, dialect string, r *rand.Rand) string {
	if tok.kind != word || dialect == "clickhouse" || dialect == "bigquery" || strings.ContainsAny(text, "{$") {
		return text
	}
	return []string{text, strings.ToUpper(text), strings.ToLower(text)}[r.IntN(3)]
}
