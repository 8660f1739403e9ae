package dbt_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/sql"
)

// shop is a small project of our own: what people write, in the places where they write it.
func shop(t testing.TB) []rewrite.File {
	t.Helper()
	var files []rewrite.File
	root := os.DirFS("testdata/shop")
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, p)
		files = append(files, rewrite.File{Path: "warehouse/" + p, Content: content})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func shopRequest(t testing.TB) rewrite.Request {
	return caseRequest(t, dbtCase{section: map[string]string{
		"change": "rename orders.cust_id -> customer_id",
		"catalog": "orders = acme.sales.orders: order_id cust_id amount status updated_at\n" +
			"customers = acme.sales.customers: cust_id region",
	}})
}

// TestProject: the whole project against what was decided by hand. A file of the golden folder is what a file
// becomes; the others stay. Findings are in findings.txt.
func TestProject(t *testing.T) {
	t.Parallel()
	got := rewriteAll(t, shop(t), shopRequest(t))
	if *update {
		for p, content := range got.files {
			write(t, filepath.Join("testdata/shop_want", strings.TrimPrefix(p, "warehouse/")), content)
		}
		write(t, "testdata/shop_want/refusals.txt", got.refuse)
		return
	}
	want := map[string]string{}
	err := fs.WalkDir(os.DirFS("testdata/shop_want"), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join("testdata/shop_want", p))
		want[path.Join("warehouse", p)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got.files["warehouse/refusals.txt"] = got.refuse
	if diff := cmp.Diff(want, got.files); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestProjectBack renames there and back: only aliases may be left. Where such an alias is now in the way, the way
// back is refused.
func TestProjectBack(t *testing.T) {
	t.Parallel()
	there := rewriteAll(t, shop(t), shopRequest(t))
	back := caseRequest(t, dbtCase{section: map[string]string{
		"change": "rename orders.customer_id -> cust_id",
		"catalog": "orders = acme.sales.orders: order_id customer_id amount status updated_at\n" +
			"customers = acme.sales.customers: cust_id region",
	}})
	again := rewriteAll(t, there.all, back)
	for i, f := range shop(t) {
		if strings.Contains(again.refuse, f.Path+":") {
			continue
		}
		got := strings.ReplaceAll(string(again.all[i].Content), " as cust_id", "")
		if want := strings.ReplaceAll(string(f.Content), " as cust_id", ""); strings.ReplaceAll(got, " AS cust_id", "") != want {
			t.Errorf("%s: -there +back\n%s", f.Path, cmp.Diff(want, got))
		}
	}
}

// TestUnprepared: without the project every file is done by itself, and what needs the project is refused.
func TestUnprepared(t *testing.T) {
	t.Parallel()
	w := dbt.New(sql.New())
	f := rewrite.File{Path: "models/m.sql", Content: []byte("select o.c from {{ ref('t') }} as o")}
	req := caseRequest(t, dbtCase{section: map[string]string{}})
	if res := w.For(req)(f); len(res.Edits) != 1 || !res.Verified {
		t.Errorf("%+v", res)
	}
	if w.Handles("jobs/q.sql") || w.Handles("models/readme.md") {
		t.Error("handles files that are not dbt's")
	}
}

func FuzzModel(f *testing.F) {
	for _, file := range shop(f) {
		f.Add(string(file.Content))
	}
	f.Add("{% set k = ['cust_id'] %}{% for x in k %}{{ x|join }}{% endfor %}{{ dbt_utils.star(source('sales','orders')) }}")
	f.Fuzz(func(t *testing.T, src string) {
		fuzzed(t, "models/m.sql", src)
	})
}

func FuzzSchema(f *testing.F) {
	for _, file := range shop(f) {
		if path.Ext(file.Path) == ".yml" {
			f.Add(string(file.Content))
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		fuzzed(t, "models/schema.yml", src)
	})
}

// fuzzed holds whatever the file says: edits apply, a second run has none, and every place is accounted for.
func fuzzed(t *testing.T, name, src string) {
	files := []rewrite.File{{Path: name, Content: []byte(src)}, {Path: "dbt_project.yml", Content: []byte("name: shop")}, sources()}
	req := shopRequest(t)
	w := dbt.New(sql.New()).Prepare(files)
	res := w.For(req)(files[0])
	out := applied(t, files[0], res)
	accounted(t, files[0], res, req)
	if len(res.Edits) == 0 || strings.Contains(strings.ToLower(src), "customer_id") {
		return
	}
	files[0].Content = out
	if again := dbt.New(sql.New()).Prepare(files).For(req)(files[0]); len(again.Edits) > 0 {
		t.Errorf("a second run edits again: %q\n%q\n%+v", src, out, again.Edits)
	}
}

func sources() rewrite.File {
	return rewrite.File{Path: "models/sources.yml", Content: []byte("sources: [{name: sales, database: acme, tables: [{name: orders}, {name: customers}]}]")}
}
