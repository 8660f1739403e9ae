package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/store"
	"github.com/skein-bot/skein/rewrite"
)

// dataRepo is a dataset repository before and after cust_id became customer_id, and note went.
func dataRepo() (before, after map[string]string) {
	cfg := `version: 1
datasets:
  - name: sales.orders
    schema: {path: schemas/orders.sql, dialect: postgres}
    consumers: [org, {repo: acme/listed, paths: ["*.sql"], dialect: postgres}]
`
	before = map[string]string{config.RepoPath: cfg, "schemas/orders.sql": oldOrders}
	after = map[string]string{config.RepoPath: cfg, "schemas/orders.sql": newOrders}
	return before, after
}

func reportsRepo() map[string]string {
	return map[string]string{
		config.RepoPath: "version: 1\nconsumes: [{dataset: sales.orders, dialect: postgres}]\nignore: [vendor/**]\n",
		"sql/a.sql":     "select cust_id,\n  count(*)\nfrom sales.orders\ngroup by cust_id\n",
		"sql/b.sql":     "select\r\n\to.cust_id -- cust_id\r\nfrom orders o, elsewhere e\r\nwhere note = 'x'",
		"sql/c.sql":     "select cust_id\nfrom billing.invoices\n",
		"sql/d.sql":     "with x as (\n  select id, cust_id as c from sales.orders\n)\nselect * from x\n\n\n\n\n\n\nunion all\nselect 1, cust_id from orders",
		"vendor/v.sql":  "select cust_id from sales.orders",
		"job.py":        "import x\nprint(row['cust_id'])\n",
		"README.md":     "cust_id",
	}
}

// previewArgs writes the repositories below a new folder and returns the folder and the command line.
func previewArgs(t *testing.T) (dir string, args []string) {
	t.Helper()
	dir = t.TempDir()
	before, after := dataRepo()
	writeTree(t, filepath.Join(dir, "before"), before)
	writeTree(t, filepath.Join(dir, "after"), after)
	writeTree(t, filepath.Join(dir, "reports"), reportsRepo())
	return dir, []string{"preview", "--from", filepath.Join(dir, "before"), "--to", filepath.Join(dir, "after"), "--consumer", filepath.Join(dir, "reports")}
}

func skein(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), streams{strings.NewReader(""), &out, &errs}, args)
	return out.String(), errs.String(), code
}

func TestPreviewText(t *testing.T) {
	t.Parallel()
	dir, args := previewArgs(t)
	out, errs, code := skein(t, args...)
	if code != exitDone || errs != "" {
		t.Fatalf("code %d: %s", code, errs)
	}
	golden(t, "testdata/preview.txt", strings.ReplaceAll(out, dir+"/", ""))
}

// golden compares with a file, or writes it where SKEIN_UPDATE is set.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("SKEIN_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestPreviewJSON holds the document to the published contract.
func TestPreviewJSON(t *testing.T) {
	t.Parallel()
	_, args := previewArgs(t)
	out, _, code := skein(t, append(args, "--output", "json", "--exit-code")...)
	if code != exitFound {
		t.Errorf("code %d with refusals", code)
	}
	var doc struct {
		Changes   []map[string]any
		Consumers []struct {
			Path, Repo, Note string
			Files            []struct {
				Path                       string
				Edits, Refusals, Unrelated *[]map[string]any
			}
		}
		Summary map[string]int
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Changes[0]["dataset"] != "sales.orders" || doc.Changes[0]["kind"] != "field_renamed" {
		t.Errorf("changes: %v", doc.Changes)
	}
	if c := doc.Consumers[0]; c.Path != args[len(args)-1] || c.Note != "" || c.Repo != "" {
		t.Errorf("consumer: %+v", c)
	}
	var paths []string
	edits, refusals := 0, 0
	for _, f := range doc.Consumers[0].Files {
		paths = append(paths, f.Path)
		if f.Edits == nil || f.Refusals == nil || f.Unrelated == nil {
			t.Fatalf("%s: a list is missing", f.Path)
		}
		edits += len(*f.Edits)
		refusals += len(*f.Refusals)
	}
	if diff := cmp.Diff([]string{"job.py", "sql/a.sql", "sql/b.sql", "sql/d.sql"}, paths); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"consumers": 1, "files": 4, "edits": edits, "refusals": refusals}, doc.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	want := map[string]any{"start": 7.0, "end": 14.0, "new": "customer_id as cust_id", "line": 1.0, "column": 8.0, "dataset": "sales.orders", "change": 0.0}
	got := (*doc.Consumers[0].Files[1].Edits)[0]
	if delete(got, "reason"); cmp.Diff(want, got) != "" {
		t.Errorf("edit (-want +got):\n%s", cmp.Diff(want, got))
	}
	out, _, _ = skein(t, append(args, "--output", "json", "--all")...)
	for _, name := range []string{"sql/c.sql", "README.md", config.RepoPath} {
		if !strings.Contains(out, `"path": "`+name+`"`) {
			t.Errorf("--all leaves out %s", name)
		}
	}
	if strings.Contains(out, "vendor") || strings.Contains(out, "null") {
		t.Errorf("--all shows what is ignored, or null:\n%s", out)
	}
}

// TestPreviewPatch: git takes the patch, and it does what --apply --partial does.
func TestPreviewPatch(t *testing.T) {
	t.Parallel()
	dir, args := previewArgs(t)
	writeTree(t, filepath.Join(dir, "other one"), map[string]string{
		`odd "name" [x].sql`: "select cust_id as c from orders", "ü.sql": "select 1\n;\nselect cust_id as c from orders\n",
	})
	args = append(args, "--consumer", "acme/listed="+filepath.Join(dir, "other one"))
	patch, _, code := skein(t, append(args, "--output", "diff")...)
	if code != exitDone || strings.Count(patch, "diff --git ") != 4 && strings.Count(patch, "diff --git ") != 5 {
		t.Fatalf("code %d:\n%s", code, patch)
	}
	copied := filepath.Join(t.TempDir(), "copied")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("git", "apply", "--whitespace=nowarn", "-")
	cmd.Dir, cmd.Stdin = copied, strings.NewReader(patch)
	cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(copied))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s\n%s", err, out, patch)
	}
	if _, errs, code := skein(t, append(args, "--apply", "--partial")...); code != exitDone {
		t.Fatalf("code %d: %s", code, errs)
	}
	for _, root := range []string{"reports", "other one"} {
		if diff := cmp.Diff(contents(t, filepath.Join(dir, root)), contents(t, filepath.Join(copied, root))); diff != "" {
			t.Errorf("%s: --apply and the patch differ:\n%s", root, diff)
		}
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(at string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(at)
		rel, _ := filepath.Rel(dir, at)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPreviewApply(t *testing.T) {
	t.Parallel()
	dir, args := previewArgs(t)
	out, errs, code := skein(t, append(args, "--apply")...)
	if code != exitDone || !strings.HasSuffix(out, "2 files were edited in 1 consumer; 1 file waits for a person (or --partial); 2 places need a person.\n") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	want := reportsRepo()
	want["sql/a.sql"] = "select customer_id as cust_id,\n  count(*)\nfrom sales.orders\ngroup by customer_id\n"
	want["sql/d.sql"] = strings.ReplaceAll(want["sql/d.sql"], "cust_id", "customer_id")
	if diff := cmp.Diff(want, contents(t, filepath.Join(dir, "reports"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if out, _, code = skein(t, append(args, "--apply", "--exit-code")...); code != exitFound || !strings.Contains(out, "Nothing was edited; 1 file waits for a person (or --partial); 2 places need a person.") {
		t.Errorf("a second run: code %d: %s", code, out)
	}
}

func TestPreviewMisused(t *testing.T) {
	t.Parallel()
	dir, args := previewArgs(t)
	git(t, filepath.Join(dir, "reports"), "init", "-q", "-b", "main")
	git(t, filepath.Join(dir, "reports"), "add", ".")
	git(t, filepath.Join(dir, "reports"), "commit", "-qm", "one")
	bad := writeTree(t, filepath.Join(dir, "bad"), map[string]string{config.RepoPath: "version: 1\ndatasets:\n  - {name: a.b, schema: s.sql, colour: red}\n"})
	torn := writeTree(t, filepath.Join(dir, "torn"), map[string]string{config.RepoPath: "version: 1\ndatasets: [{name: a.b, schema: s.sql}]\n", "s.sql": "CREATE TABLE t (\n  a int,\n  a int\n);\n"})
	stranger := writeTree(t, filepath.Join(dir, "stranger"), map[string]string{"q.sql": "select cust_id from orders"})
	other := writeTree(t, filepath.Join(dir, "other"), map[string]string{config.RepoPath: "version: 1\nconsumes: [{dataset: sales.items}]\n"})
	from, to, reports := args[2], args[4], args[6]
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing":              {nil, exitMisused, "give both --from and --to"},
		"no consumer":          {args[1:5], exitMisused, "at least one --consumer"},
		"an argument":          {[]string{reports}, exitMisused, "did you mean --consumer"},
		"unknown output":       {append(slices.Clone(args[1:]), "--output", "xml"), exitMisused, "choose text, diff or json"},
		"partial alone":        {append(slices.Clone(args[1:]), "--partial"), exitMisused, "give both"},
		"unknown flag":         {[]string{"--form", "x"}, exitMisused, "unknown flag: --form"},
		"twice":                {append(slices.Clone(args[1:]), "--consumer", "a/b="+reports+"/."), exitMisused, "are one folder"},
		"applied to a commit":  {[]string{"--from", from, "--to", to, "--consumer", reports + "@main", "--apply"}, exitMisused, "give a folder on disk"},
		"no such consumer":     {[]string{"--from", from, "--to", to, "--consumer", "nowhere"}, exitFailed, "no such file or folder"},
		"no config":            {[]string{"--from", stranger, "--to", to, "--consumer", reports}, exitFailed, stranger + ": there is no .github/skein.yml"},
		"a fault in a config":  {[]string{"--from", from, "--to", bad, "--consumer", reports}, exitFailed, bad + "/.github/skein.yml:3:32: error: unknown key \"colour\""},
		"a fault in a schema":  {[]string{"--from", from, "--to", torn, "--consumer", reports}, exitFailed, torn + "/s.sql:3:3: error: t has a second column a, the first is at s.sql:2:3; rename or remove one [schema]\n    3 |   a int\n      |   ^"},
		"a fault in a catalog": {append(slices.Clone(args[1:]), "--catalog", torn), exitFailed, "second column"},
		"a consumer's config":  {[]string{"--from", from, "--to", to, "--consumer", bad}, exitFailed, "unknown key"},
		"nobody's consumer":    {[]string{"--from", from, "--to", to, "--consumer", stranger}, exitDone, "say --consumer OWNER/REPO="},
		"not a consumer":       {[]string{"--from", from, "--to", to, "--consumer", "x/y=" + stranger}, exitDone, "no dataset that changed lists x/y"},
		"another's consumer":   {[]string{"--from", from, "--to", to, "--consumer", other}, exitDone, "declares none of the datasets that changed"},
		"nothing changed":      {[]string{"--from", from, "--to", from, "--consumer", reports}, exitDone, "nothing changed that readers follow"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := skein(t, append([]string{"preview"}, c.args...)...)
			if code != c.code || !strings.Contains(out+errs, c.says) || code != exitDone && out != "" {
				t.Errorf("code %d, want %q in\n%s%s", code, c.says, out, errs)
			}
		})
	}
}

// TestPreviewRevisions reads both versions and the consumer from history, and knows the consumer by its remote.
func TestPreviewRevisions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, reports := filepath.Join(dir, "data"), filepath.Join(dir, "c")
	before, after := dataRepo()
	for at, trees := range map[string][]map[string]string{data: {before, after}, reports: {{"q.sql": "select cust_id as c from orders"}, {"q.sql": "select 1"}}} {
		for i, tree := range trees {
			writeTree(t, at, tree)
			if i == 0 {
				git(t, at, "init", "-q", "-b", "main")
			}
			git(t, at, "add", ".")
			git(t, at, "commit", "-qm", "x")
		}
	}
	git(t, reports, "remote", "add", "origin", "git@github.com:Acme/Listed.git")
	out, errs, code := skein(t, "preview", "--from", data+"@HEAD~1", "--to", data+"@main", "--consumer", reports+"@HEAD~1")
	if code != exitDone || !strings.Contains(out, "+select customer_id as c from orders") || !strings.Contains(out, "Acme/Listed") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}

// warehouseRepo is a dbt project below the root, of which the config names the models and their YAML.
func warehouseRepo() map[string]string {
	return map[string]string{
		config.RepoPath:                 "version: 1\nconsumes: [{dataset: sales.orders, dialect: postgres, paths: [\"dbt/models/**\"]}]\n",
		"dbt/dbt_project.yml":           "name: shop\nmodel-paths: [models]\n",
		"dbt/macros/cents.sql":          "{% macro cents(column) %}({{ column }} / 100){% endmacro %}",
		"dbt/macros/kept.sql":           "{% macro kept() %}{{ return(adapter.quote('x')) }}{% endmacro %}",
		"dbt/models/src.yml":            "sources:\n  - name: sales\n    tables:\n      - name: orders\n        columns: [{name: cust_id, tests: [unique]}]\n",
		"dbt/models/stg_orders.sql":     "select\n  id,\n  {{ cents('cust_id') }} as c,\n  cust_id\nfrom {{ source('sales', 'orders') }}\n{% if is_incremental() %} where cust_id > 0 {% endif %}\n",
		"dbt/models/orders_all.sql":     "select * from {{ source('sales', 'orders') }}\n",
		"dbt/models/daily.sql":          "select cust_id, count(*) as n from {{ ref('stg_orders') }} group by cust_id\n",
		"dbt/models/joined.sql":         "select cust_id, d.n from {{ source('sales', 'orders') }} join {{ ref('daily') }} as d on d.cust_id = id\n",
		"dbt/snapshots/orders_snap.sql": "{% snapshot orders_snap %}select cust_id from {{ source('sales', 'orders') }}{% endsnapshot %}",
		"dbt/tests/positive.sql":        "select cust_id from {{ source('sales', 'orders') }} where cust_id < 0",
		"jobs/load.sql":                 "select cust_id from sales.orders",
	}
}

// TestPreviewIsTheApp: the app reads an archive from GitHub, preview a checkout; what they find is the same.
func TestPreviewIsTheApp(t *testing.T) {
	t.Parallel()
	before, after := dataRepo()
	reports, warehouse := reportsRepo(), warehouseRepo()
	reports["big.sql"] = "select cust_id from orders -- " + strings.Repeat("x", 2<<20)
	reports["wide.sql"] = "\xff\xfec\x00u\x00s\x00t\x00_\x00i\x00d\x00"
	l := newLife(t, map[string]map[string]string{"before": before, "after": after, "reports": reports, "warehouse": warehouse})
	p := plan.Compare(l.version("before"), l.version("after"))
	dir := t.TempDir()
	o := previewOptions{from: writeTree(t, dir+"/before", before), to: writeTree(t, dir+"/after", after)}
	for name, files := range map[string]map[string]string{"reports": reports, "warehouse": warehouse} {
		want := l.proposed(p, name, files)
		o.consumers = []string{"acme/" + name + "=" + writeTree(t, dir+"/"+name, files)}
		got := o.results(t)
		if diff := cmp.Diff(want, got); diff != "" || len(got) < 6 {
			t.Errorf("%s: %d files (-app +preview):\n%s", name, len(got), diff)
		}
	}
}

// proposed is what the app finds in a consumer.
func (l *life) proposed(p plan.Plan, name string, files map[string]string) []rewrite.Result {
	own, _ := config.ParseRepo(config.RepoPath, []byte(files[config.RepoPath]))
	full := repo.Name{Owner: "acme", Name: name}
	all := consumer.Resolve(p.Listings(), plan.Declarations(full, own))
	c := all[slices.IndexFunc(all, func(c consumer.Consumer) bool { return c.Repo == full })]
	r := l.repo(name)
	head, err := l.app.forge.Head(l.Context(), r)
	l.check(err)
	in, skipped, err := l.app.forge.Archive(l.Context(), r, head, plan.Selects(c), forge.Limits{Also: plan.Helps(rewriters())})
	l.check(err)
	out := p.Rewrite(c, nil, in, rewriters())
	for _, s := range skipped {
		out = append(out, plan.Unreadable(s.Path, s.Reason))
	}
	slices.SortFunc(out, func(a, b rewrite.Result) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func (l *life) repo(name string) (found repo.Repo) {
	l.Helper()
	l.check(l.app.store.Update(l.Context(), func(tx *store.Tx) error {
		all, err := tx.Members(l.Context())
		for _, m := range all {
			if m.Repo.Name.Name == name {
				found = m.Repo
			}
		}
		return err
	}))
	return found
}

func (l *life) archive(name string, want func(string) bool) ([]rewrite.File, []forge.Skipped) {
	l.Helper()
	r := l.repo(name)
	head, err := l.app.forge.Head(l.Context(), r)
	l.check(err)
	files, skipped, err := l.app.forge.Archive(l.Context(), r, head, want, forge.Limits{})
	l.check(err)
	return files, skipped
}

func (l *life) version(name string) plan.Version {
	l.Helper()
	cfgs, _ := l.archive(name, func(p string) bool { return p == config.RepoPath })
	cfg, _ := config.ParseRepo(config.RepoPath, cfgs[0].Content)
	files, _ := l.archive(name, plan.Wants(cfg))
	v, err := plan.Read(cfg, "", files)
	l.check(err)
	return v
}

func (o previewOptions) results(t *testing.T) (out []rewrite.Result) {
	t.Helper()
	o.io = streams{strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}}
	p, err := o.plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	readers, err := o.readers(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	reports, err := o.rewrite(t.Context(), &readers[0], p, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		out = append(out, r.Result)
	}
	return out
}

// TestInParallelStops: an error of the reading side ends the workers.
func TestInParallelStops(t *testing.T) {
	t.Parallel()
	dir, args := previewArgs(t)
	o := previewOptions{from: args[2], to: args[4], consumers: []string{args[6]}, io: streams{nil, &bytes.Buffer{}, &bytes.Buffer{}}}
	ctx, cancel := context.WithCancel(t.Context())
	p, err := o.plan(ctx)
	if err != nil {
		t.Fatal(err)
	}
	readers, err := o.readers(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	before := runtime.NumGoroutine()
	if _, err := o.rewrite(ctx, &readers[0], p, nil); err == nil {
		t.Errorf("a cancelled preview of %s ended well", dir)
	}
	if after := runtime.NumGoroutine(); after > before+50 {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}
