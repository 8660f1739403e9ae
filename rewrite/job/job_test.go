package job_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/job"
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

// A case is prose, in.yml, want.yml if it changes, and what is refused and left. The keys are query and sql.
func TestCases(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			runCase(t, path, a)
		})
	}
}

func runCase(t *testing.T, path string, a *txtar.Archive) {
	section := map[string]string{}
	for _, f := range a.Files {
		section[f.Name] = string(f.Data)
	}
	src := []byte(section["in.yml"])
	w, req := job.New(sql.New()), request("query", "sql")
	res := w.Rewrite(rewrite.File{Path: "in.yml", Content: src}, req)
	out, err := rewrite.Apply(src, res.Edits)
	if err != nil {
		t.Fatal(err)
	}
	if again := w.Rewrite(rewrite.File{Path: "in.yml", Content: out}, req); len(again.Edits) > 0 {
		t.Errorf("a second run edits again: %+v", again.Edits)
	}
	if res.Verified != (len(res.Edits) > 0 && len(res.Refusals) == 0) {
		t.Errorf("verified is %v", res.Verified)
	}
	got := map[string]string{"refuse": "", "leave": ""}
	for _, f := range res.Refusals {
		got["refuse"] += fmt.Sprintf("%d:%d: %s: %s\n", f.Line, f.Column, f.Code, f.Message)
	}
	for _, u := range res.Unrelated {
		got["leave"] += fmt.Sprintf("%d:%d: %s\n", u.Line, u.Column, u.Reason)
	}
	if !bytes.Equal(out, src) {
		got["want.yml"] = string(out)
	}
	if *update {
		write(t, path, a, section["in.yml"], got)
		return
	}
	for _, name := range []string{"want.yml", "refuse", "leave"} {
		if diff := cmp.Diff(section[name], got[name]); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func write(t *testing.T, path string, a *txtar.Archive, in string, got map[string]string) {
	t.Helper()
	out := &txtar.Archive{Comment: a.Comment, Files: []txtar.File{{Name: "in.yml", Data: []byte(in)}}}
	for _, name := range []string{"want.yml", "refuse", "leave"} {
		if got[name] != "" {
			out.Files = append(out.Files, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	if err := os.WriteFile(path, txtar.Format(out), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLineEndings(t *testing.T) {
	t.Parallel()
	src := "\xef\xbb\xbfa: 1\r\nquery: |\r\n  SELECT b\r\n  FROM sales.t\r\n  WHERE c = 1\r\n"
	res := job.New(sql.New()).Rewrite(rewrite.File{Path: "a.yaml", Content: []byte(src)}, request("query"))
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
	if w.Serves(request()) || !w.Serves(request("query")) {
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
	w, req := job.New(sql.New()), request("query")
	f.Fuzz(func(t *testing.T, src []byte) {
		res := w.Rewrite(rewrite.File{Path: "a.yml", Content: src}, req)
		if _, err := rewrite.Apply(src, res.Edits); err != nil {
			t.Fatal(err)
		}
	})
}
