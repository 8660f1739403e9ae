package job_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/job"
	"github.com/skein-bot/skein/rewrite/rewritetest"
	"github.com/skein-bot/skein/rewrite/sql"
)

var update = flag.Bool("update", false, "write what the rewriter does into the cases")

// request is the one that every case is about: t.c becomes t.n. The keys are the caller's.
func request(keys ...string) rewrite.Request {
	columns := func(names ...string) (out []rewrite.Column) {
		for _, n := range names {
			out = append(out, rewrite.Column{Name: n})
		}
		return out
	}
	return rewrite.Request{
		Dialect: "bigquery", SQLKeys: keys,
		Mapping: rewrite.Mapping{Changes: []rewrite.Change{{Kind: rewrite.RenameField, Dataset: "t", From: "c", To: "n"}}},
		Catalog: rewrite.Catalog{Tables: []rewrite.Table{
			{Dataset: "t", Names: []string{"sales.t"}, Before: columns("c", "b"), After: columns("n", "b")},
			{Dataset: "u", Before: columns("c", "k"), After: columns("c", "k")},
		}},
	}
}

// cases are YAML files, whose keys query and sql hold SQL.
func cases() rewritetest.Cases {
	return rewritetest.Cases{
		Rewriter: job.New(sql.New()),
		Request:  func(map[string]string) (rewrite.Request, error) { return request("query", "sql"), nil },
		Letters:  "$",
	}
}

func TestCases(t *testing.T) {
	t.Parallel()
	rewritetest.Run(t, cases(), 8, *update)
}

func TestLineEndings(t *testing.T) {
	t.Parallel()
	src := "\xef\xbb\xbfa: 1\r\nquery: |\r\n  SELECT b\r\n  FROM sales.t\r\n  WHERE c = 1\r\n"
	res := job.New(sql.New()).For(request("query"))(rewrite.File{Path: "a.yaml", Content: []byte(src)})
	out, err := rewrite.Apply([]byte(src), res.Edits)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(src, "c = 1", "n = 1", 1); string(out) != want {
		t.Errorf("got %q, want %q, refusals %+v", out, want, res.Refusals)
	}
}

func TestServes(t *testing.T) {
	t.Parallel()
	w := job.New(sql.New())
	if w.For(request()) != nil || w.For(request("query")) == nil {
		t.Error("a job is read only where keys are named")
	}
	if !w.Handles("a/b.YAML") || !w.Handles("b.yml") || w.Handles("b.json") {
		t.Error("YAML files are handled, no others")
	}
}

func FuzzRewrite(f *testing.F) {
	for _, s := range []string{"query: |\n  SELECT c FROM t\n", "query: 'SELECT c FROM t'\nc: &a [*a]\n", "query: [SELECT c FROM t, >\n  x\n", "query: \"SELECT \\\n  c FROM t\"", "{{ c }}: t"} {
		f.Add([]byte(s))
	}
	rewritetest.Fuzz(f, cases(), "a.yml", request("query", "sql"))
}
