package oracle

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPieces(t *testing.T) {
	t.Parallel()
	text := "SELECT a.\"b c\" -- d\n, 'it''s' /* x /* y */ z */ FROM t;SELECT 1"
	var got []string
	for _, p := range pieces(text) {
		got = append(got, p.text)
	}
	want := []string{"SELECT", "a", ".", `"b c"`, ",", "'it''s'", "FROM", "t", ";", "SELECT", "1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := Statements(text); len(got) != 2 || got[1] != "SELECT 1" {
		t.Errorf("%q", got)
	}
}

func TestOrdered(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"SELECT a FROM t ORDER BY a":                             true,
		"SELECT a FROM (SELECT a FROM t ORDER BY a) x":           false,
		"SELECT rank() OVER (ORDER BY a) FROM t":                 false,
		"SELECT 'order by' FROM t -- ORDER BY a":                 false,
		"SELECT a FROM t order /* */ by a LIMIT 2":               true,
		"CREATE TABLE x AS SELECT 1 ORDER BY 1; SELECT a FROM x": false,
	} {
		if ordered(text) != want {
			t.Errorf("%s: ordered is %v", text, !want)
		}
	}
}

// FuzzPieces: tokens stand in order, never overlap, and what is between them is blank or comment.
func FuzzPieces(f *testing.F) {
	f.Add("SELECT 'a' || \"b\" -- c\n/* d */")
	f.Add("'open /* \"")
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, p := range pieces(text) {
			if p.start < end || p.end <= p.start || text[p.start:p.end] != p.text {
				t.Fatalf("%+v after byte %d", p, end)
			}
			for at := end; at < p.start; at = next(text, at) {
				if !blank(text[at:next(text, at)]) {
					t.Fatalf("%q is lost", text[at:p.start])
				}
			}
			end = p.end
		}
		ordered(text)
		Statements(text)
	})
}

func TestCuts(t *testing.T) {
	t.Parallel()
	got := cuts("SELECT a FROM (SELECT b FROM t) x WHERE c")
	for _, want := range []string{"SELECT b FROM t", "SELECT a FROM SELECT b FROM t x WHERE c", "SELECT a FROM ( SELECT b FROM t ) x"} {
		if !strings.Contains(strings.Join(got, "\n")+"\n", want+"\n") {
			t.Errorf("%q is not tried", want)
		}
	}
	for _, text := range got {
		if strings.Count(text, "(") != strings.Count(text, ")") {
			t.Errorf("%q is not balanced", text)
		}
	}
}
