package dbt_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/rewritetest"
	"github.com/skein-bot/skein/rewrite/sql"
)

var update = flag.Bool("update", false, "write what the rewriter does into the cases")

// A case is one file: prose, then
//
//	change    what rewritetest.Request reads; rename t.c -> n if left out
//	catalog   likewise; t and u if left out
//	dialect   bigquery if left out
//	in/PATH   a file of the project; files that do not change and have no finding may be many
//	want/PATH the file afterwards; left out if it stays
//	refuse    path:line:column: code: message
//	leave     path:line:column: reason
type dbtCase struct {
	prose   string
	section map[string]string
	files   []rewrite.File
	want    map[string]string
}

func loadCase(t *testing.T, path string) dbtCase {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := dbtCase{prose: string(a.Comment), section: map[string]string{}, want: map[string]string{}}
	for _, f := range a.Files {
		switch dir, rest, _ := strings.Cut(f.Name, "/"); dir {
		case "in":
			c.files = append(c.files, rewrite.File{Path: rest, Content: f.Data})
		case "want":
			c.want[rest] = string(f.Data)
		case "change", "catalog", "dialect", "refuse", "leave":
			c.section[f.Name] = string(f.Data)
		default:
			t.Fatalf("%s: unknown section %q: a comment in the SQL may look like a marker", path, f.Name)
		}
	}
	if len(strings.TrimSpace(c.prose)) == 0 {
		t.Fatalf("%s: say in prose what the case is about", path)
	}
	return c
}

func TestCases(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < minCases {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runCase(t, loadCase(t, path), path)
		})
	}
}

func runCase(t *testing.T, c dbtCase, path string) {
	req := caseRequest(t, c)
	got := rewriteAll(t, c.files, req)
	if *update {
		writeCase(t, c, path, got)
		return
	}
	if diff := cmp.Diff(c.want, got.files); diff != "" {
		t.Errorf("files: -want +got\n%s", diff)
	}
	for name, have := range map[string]string{"refuse": got.refuse, "leave": got.leave} {
		if diff := cmp.Diff(c.section[name], have); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

// outcome is what a project looks like afterwards.
type outcome struct {
	files         map[string]string // those that changed
	refuse, leave string
	all           []rewrite.File
}

// rewriteAll rewrites a project and checks what holds for every file.
func rewriteAll(t testing.TB, files []rewrite.File, req rewrite.Request) outcome {
	t.Helper()
	w := dbt.New(sql.New()).Prepare(withProject(files))
	follow := w.For(req)
	got := outcome{files: map[string]string{}}
	for _, f := range files {
		if !w.Handles(f.Path) {
			got.all = append(got.all, f)
			continue
		}
		res := follow(f)
		out := applied(t, f, res)
		got.all = append(got.all, rewrite.File{Path: f.Path, Content: out})
		if !bytes.Equal(out, f.Content) {
			got.files[f.Path] = string(out)
		}
		got.refuse += rewritetest.Refusals(res, f.Path+":")
		got.leave += rewritetest.Unrelated(res, f.Path+":")
		if !strings.Contains(f.Path, "dbt_packages/") {
			accounted(t, f, res, req)
		}
	}
	again := dbt.New(sql.New()).Prepare(withProject(got.all))
	for _, f := range got.all {
		if !again.Handles(f.Path) {
			continue
		}
		if res := again.For(req)(f); len(res.Edits) > 0 && got.files[f.Path] != "" {
			t.Errorf("%s: a second run edits again: %+v", f.Path, res.Edits)
		}
	}
	return got
}

// withProject makes files a project at the root, if they are none.
func withProject(files []rewrite.File) []rewrite.File {
	if slices.ContainsFunc(files, func(f rewrite.File) bool { return filepath.Base(f.Path) == "dbt_project.yml" }) {
		return files
	}
	return append(slices.Clip(files), rewrite.File{Path: "dbt_project.yml", Content: []byte("name: shop\n")})
}

// applied checks the edits of one file and makes them.
func applied(t testing.TB, f rewrite.File, res rewrite.Result) []byte {
	t.Helper()
	out, err := rewrite.Apply(f.Content, res.Edits)
	if err != nil {
		t.Fatalf("%s: edits do not apply: %v", f.Path, err)
	}
	if want := len(res.Edits) > 0 && len(res.Refusals) == 0; res.Verified != want {
		t.Errorf("%s: verified is %v with %d edits and %d refusals", f.Path, res.Verified, len(res.Edits), len(res.Refusals))
	}
	return out
}

// accounted: every place of a changed field's name is edited, refused or listed.
func accounted(t testing.TB, f rewrite.File, res rewrite.Result, req rewrite.Request) {
	t.Helper()
	for _, place := range rewritetest.Unaccounted(f.Content, res, req.Mapping, "") {
		t.Errorf("%s: %s", f.Path, place)
	}
}

func writeCase(t *testing.T, c dbtCase, path string, got outcome) {
	t.Helper()
	a := &txtar.Archive{Comment: []byte(c.prose)}
	add := func(name, data string) {
		if data != "" {
			a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(data)})
		}
	}
	for _, name := range []string{"change", "catalog", "dialect"} {
		add(name, c.section[name])
	}
	for _, f := range c.files {
		add("in/"+f.Path, string(f.Content))
	}
	for _, f := range c.files {
		add("want/"+f.Path, got.files[f.Path])
	}
	add("refuse", got.refuse)
	add("leave", got.leave)
	if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The datasets of most cases: t is read as ref('t') and source('s','t'), u stays as it is.
const usualCatalog = "t = sales.t; ref('t'); source('s','t'): c b k d\nu = ref('u'); source('s','u'): c b k m\n"

func caseRequest(t testing.TB, c dbtCase) rewrite.Request {
	t.Helper()
	req, err := rewritetest.Request(orElse(c.section["change"], "rename t.c -> n\n"), orElse(c.section["catalog"], usualCatalog),
		orElse(strings.TrimSpace(c.section["dialect"]), "bigquery"))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
