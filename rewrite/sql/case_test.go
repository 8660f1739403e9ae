package sql_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/rewritetest"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

var update = flag.Bool("update", false, "write what the rewriter does into the cases")

// A case is one file: prose, then
//
//	change   what rewritetest.Request reads
//	catalog  likewise
//	dialect  one or several, all with the same result
//	in.sql   the file
//	want.sql the file afterwards; left out if it stays
//	refuse   line:column: code: message
//	leave    line:column: reason
type sqlCase struct {
	archive *txtar.Archive
	section map[string]string
}

func loadCase(t *testing.T, path string) sqlCase {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := sqlCase{archive: a, section: map[string]string{}}
	for _, f := range a.Files {
		switch f.Name {
		case "change", "catalog", "dialect", "in.sql", "want.sql", "refuse", "leave":
			c.section[f.Name] = string(f.Data)
		default:
			t.Fatalf("%s: unknown section %q: a comment in the SQL may look like a marker", path, f.Name)
		}
	}
	if len(bytes.TrimSpace(a.Comment)) == 0 {
		t.Fatalf("%s: say in prose what the case is about", path)
	}
	return c
}

func TestCases(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 360 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := loadCase(t, path)
			for i, d := range strings.Fields(c.section["dialect"]) {
				runCase(t, c, d, path, *update && i == 0)
			}
		})
	}
}

func runCase(t *testing.T, c sqlCase, dialect, path string, write bool) {
	req := caseRequest(t, c, dialect)
	src := []byte(c.section["in.sql"])
	res := skeinsql.New().For(req)(rewrite.File{Path: "in.sql", Content: src})
	out := invariants(t, src, res, req)
	got := map[string]string{"refuse": rewritetest.Refusals(res, ""), "leave": rewritetest.Unrelated(res, "")}
	if !bytes.Equal(out, src) {
		got["want.sql"] = string(out)
	}
	if write {
		writeCase(t, c, path, got)
		return
	}
	for _, name := range []string{"want.sql", "refuse", "leave"} {
		if diff := cmp.Diff(c.section[name], got[name]); diff != "" {
			t.Errorf("%s, %s: -want +got\n%s", dialect, name, diff)
		}
	}
}

// letters are those of words in SQL that others do not have.
const letters = "$#"

// invariants is what holds for every file, whatever it says.
func invariants(t *testing.T, src []byte, res rewrite.Result, req rewrite.Request) []byte {
	t.Helper()
	out, err := rewrite.Apply(src, res.Edits)
	if err != nil {
		t.Fatalf("edits do not apply: %v", err)
	}
	if res.Verified != (len(res.Edits) > 0 && len(res.Refusals) == 0) {
		t.Errorf("verified is %v with %d edits and %d refusals", res.Verified, len(res.Edits), len(res.Refusals))
	}
	if chained(req.Mapping) {
		return out
	}
	again := skeinsql.New().For(req)(rewrite.File{Path: "in.sql", Content: out})
	if len(again.Edits) > 0 && !bytes.Equal(out, src) {
		t.Errorf("a second run edits again: %+v", again.Edits)
	}
	for _, place := range rewritetest.Unaccounted(src, res, req.Mapping, letters) {
		t.Error(place)
	}
	return out
}

// chained: one change's new name is another's old name, so a rewritten file reads like one to be rewritten.
func chained(m rewrite.Mapping) bool {
	for _, a := range m.Changes {
		for _, b := range m.Changes {
			if a.To == b.From && a.Dataset == b.Dataset {
				return true
			}
		}
	}
	return false
}

func writeCase(t *testing.T, c sqlCase, path string, got map[string]string) {
	t.Helper()
	a := &txtar.Archive{Comment: c.archive.Comment}
	for _, name := range []string{"change", "catalog", "dialect", "in.sql", "want.sql", "refuse", "leave"} {
		data := c.section[name]
		if name == "want.sql" || name == "refuse" || name == "leave" {
			data = got[name]
		}
		if data != "" {
			a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(data)})
		}
	}
	if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// caseRequest reads the change and the catalog, whose DDL is of the query's dialect.
func caseRequest(t *testing.T, c sqlCase, dialect string) rewrite.Request {
	t.Helper()
	req, err := rewritetest.Request(c.section["change"], c.section["catalog"], dialect)
	if err != nil {
		t.Fatal(err)
	}
	for i := range req.Catalog.Tables {
		req.Catalog.Tables[i].Dialect = dialect
	}
	return req
}
