package sql

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
)

// TestGrammarWords: every word in capitals that the parser's source has is one that a swap does not take for a
// plain name.
func TestGrammarWords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("parse*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no parser", err)
	}
	capitals, found := regexp.MustCompile(`^_?[A-Z][A-Z0-9_]*$`), 0
	for _, path := range append(files, "body.go") {
		f, err := goparser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			word, err := strconv.Unquote(lit.Value)
			if err == nil && capitals.MatchString(word) {
				found++
				if isPlainName(word) {
					t.Errorf("%s asks for %s, which grammarWord does not know", path, word)
				}
			}
			return true
		})
	}
	if found < 100 {
		t.Errorf("found only %d words", found)
	}
}

// TestSwapped: what the proof takes over is what it would have read.
func TestSwapped(t *testing.T) {
	t.Parallel()
	for _, d := range [...]string{"postgres", "bigquery", "snowflake", "tsql", "mysql", "duckdb", "clickhouse"} {
		d := dialectOf(d)
		for _, src := range [...]string{
			"select old, sum(old) /* old */ from t as x where x.old > 1 group by old -- end",
			"with c as (select a, old from t) select c.old+1 from c; update t set a = old where(old)=1",
			"-- é\nselect a, t.old||b from t join u on t.old=u.old order by old desc;",
			"do $$ begin select old from t; end $$ language plpgsql; select old from t",
			"select x'00', old from t where a = 'old' and b in (old, 2)",
		} {
			needles := needles{list: []needle{{word: "old", ch: &change{}, field: true}}}
			needles.prepare()
			first := read([]byte(src), &d, newMemory(), &needles)
			for _, name := range [...]string{"o", "another_name", "E", "N", "x1"} {
				compareSwap(t, src, first, name)
			}
		}
	}
}

// compareSwap swaps every old and compares what the proof takes over with what it would read.
func compareSwap(t *testing.T, src string, first *source, name string) {
	t.Helper()
	var edits []rewrite.Edit
	for i, tok := range first.toks {
		if r := first.list.roles[i]; tok.In(src) == "old" && (r == roleNone || r == roleTable) {
			edits = append(edits, rewrite.Edit{Start: int(tok.Start), End: int(tok.End), New: name})
		}
	}
	out, err := rewrite.Apply([]byte(src), edits)
	if err != nil || len(edits) == 0 {
		t.Fatal("no edits", err)
	}
	got := first.swapped(edits)
	if got == nil {
		t.Fatalf("%s: %s is not taken for a swap", src, name)
	}
	if diff := cmp.Diff(string(out), got.src); diff != "" {
		t.Errorf("%s: text (-applied +swapped):\n%s", src, diff)
	}
	want, inside := read(out, first.d, newMemory(), nil), cmp.Exporter(func(reflect.Type) bool { return true })
	if diff := cmp.Diff(want.toks, got.toks); diff != "" {
		t.Errorf("%s: tokens (-read +swapped):\n%s", src, diff)
	}
	if diff := cmp.Diff(want.list.side, got.list.side); diff != "" {
		t.Errorf("%s: comments (-read +swapped):\n%s", src, diff)
	}
	if diff := cmp.Diff(want.roles, got.roles); diff != "" {
		t.Errorf("%s: roles (-read +swapped):\n%s", src, diff)
	}
	if diff := cmp.Diff(want.stmts, got.stmts, inside); diff != "" {
		t.Errorf("%s: tree (-read +swapped):\n%s", src, diff)
	}
}
