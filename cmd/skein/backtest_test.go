package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/backtest"
)

// history makes a git checkout of commits, each on a day of March 2026.
func history(t *testing.T, dir string, commits ...pastCommit) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "init", "-q", "-b", "main")
	for _, c := range commits {
		writeTree(t, dir, c.files)
		for _, name := range c.remove {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				t.Fatal(err)
			}
		}
		git(t, dir, "add", "-A")
		when := "2026-03-" + c.day + "T12:00:00Z"
		cmd := exec.Command("git", "-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "--allow-empty", "-m", c.message)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_AUTHOR_DATE="+when, "GIT_COMMITTER_DATE="+when)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

type pastCommit struct {
	day, message string
	files        map[string]string
	remove       []string
}

// years is a dataset whose column got a new name on 5 March, and a consumer whose people followed, or did not.
func years(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	history(t, filepath.Join(dir, "sales-data"),
		pastCommit{day: "01", message: "begin", files: map[string]string{".github/skein.yml": datasetConfig, "schemas/orders.sql": ordersBefore}},
		pastCommit{day: "03", message: "say more", files: map[string]string{"schemas/orders.sql": ordersBefore + "\n-- orders\n"}},
		pastCommit{day: "05", message: "cust_id is customer_id", files: map[string]string{"schemas/orders.sql": ordersRenamed}},
		pastCommit{day: "09", message: "oops", files: map[string]string{"schemas/orders.sql": "CREATE TABLE sales.orders ("}},
		pastCommit{day: "10", message: "mend", files: map[string]string{"schemas/orders.sql": ordersRenamed}},
	)
	history(t, filepath.Join(dir, "reports"),
		pastCommit{day: "02", message: "begin", files: map[string]string{
			".github/skein.yml": consumerConfig, "same.sql": query, "outputs.sql": query, "differs.sql": query, "missed.sql": query,
			"gone.sql": query, "refused.sql": "SELECT cust_id FROM sales.orders, elsewhere.unknown;\n", "other.sql": "SELECT 1;\n",
		}},
		pastCommit{day: "06", message: "follow", remove: []string{"gone.sql"}, files: map[string]string{
			"same.sql": rewritten, "outputs.sql": strings.ReplaceAll(query, "cust_id", "customer_id"),
			"differs.sql": "SELECT c.id, c.total\nFROM sales.customers c\n",
		}},
		pastCommit{day: "07", message: "more", files: map[string]string{"late.sql": query}},
	)
	return dir
}

// Each file of the past gets the outcome that its history has; a schema that did not parse is told and passed over.
func TestBacktest(t *testing.T) {
	t.Parallel()
	dir := years(t)
	args := []string{"backtest", "--since", "2026-03-02", "--declare", filepath.Join(dir, "sales-data"), filepath.Join(dir, "reports")}
	out, errs, code := skein(t, args...)
	if code != exitDone || errs != "" {
		t.Fatalf("code %d: %s", code, errs)
	}
	golden(t, "testdata/backtest.txt", strings.ReplaceAll(out, dir+"/", ""))

	out, _, code = skein(t, append(args, "--output", "json")...)
	var doc struct {
		Since   string
		Summary map[backtest.Outcome]int
		Commits []struct {
			Subject, Fault string
			Files          []struct {
				Path, Outcome, Commit, Base string
				Old, Skein, People          []string
				Refusals                    []map[string]any
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitDone {
		t.Fatalf("code %d, %v: %s", code, err, out)
	}
	for _, o := range backtest.Outcomes() {
		if want := map[backtest.Outcome]int{backtest.Partly: 0}; doc.Summary[o] != 1 && o != backtest.Partly || o == backtest.Partly && doc.Summary[o] != want[o] {
			t.Errorf("%d files are %s, want one", doc.Summary[o], o)
		}
	}
	for _, c := range doc.Commits {
		for _, f := range c.Files {
			if strings.TrimSuffix(f.Path, ".sql") != f.Outcome {
				t.Errorf("%s is %s", f.Path, f.Outcome)
			}
		}
	}
}

// A schema that cannot be read is told once, and hides neither the others of its commit nor its own change later.
func TestBacktestBesideFault(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	both := "version: 1\ndatasets:\n  - {name: sales.later, schema: later.sql}\n  - {name: sales.orders, schema: a.sql}\n  - {name: sales.items, schema: b.sql}\n" +
		"consumes:\n  - {dataset: sales.orders, paths: [q.sql]}\n  - {dataset: sales.items, paths: [r.sql]}\n"
	history(t, dir,
		pastCommit{day: "01", message: "begin", files: map[string]string{".github/skein.yml": both, "a.sql": ordersBefore, "b.sql": "CREATE TABLE items (sku INT);", "q.sql": query,
			"r.sql": "SELECT i.sku AS x FROM sales.items i\n"}},
		pastCommit{day: "05", message: "rename and break", files: map[string]string{"a.sql": ordersRenamed, "b.sql": "CREATE TABLE items ("}},
		pastCommit{day: "06", message: "still broken", files: map[string]string{"a.sql": ordersRenamed + "\n", "q.sql": rewritten}},
		pastCommit{day: "07", message: "mend", files: map[string]string{"b.sql": "CREATE TABLE items (sku_id INT);", "r.sql": "SELECT i.sku_id AS x FROM sales.items i\n"}},
	)
	out, errs, code := skein(t, "backtest", "--since", "2026-03-01", "--declare", dir)
	if code != exitDone || strings.Count(out, "not compared") != 1 || !strings.Contains(out, "not compared: b.sql:1:") || !strings.Contains(out, "2 same") || errs != "" {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}

// A table that was not there from the beginning is none until then, and does not hide the others.
func TestBacktestTableComes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	both := "version: 1\ndatasets:\n  - {name: sales.later, schema: later.sql}\n  - {name: sales.orders, schema: {path: all.sql, table: sales.orders}}\n  - {name: sales.items, schema: {path: all.sql, table: sales.items}}\n" +
		"consumes:\n  - {dataset: sales.orders, paths: [q.sql]}\n"
	history(t, dir,
		pastCommit{day: "01", message: "begin", files: map[string]string{".github/skein.yml": both, "all.sql": ordersBefore, "q.sql": query}},
		pastCommit{day: "05", message: "rename", files: map[string]string{"all.sql": ordersRenamed}},
		pastCommit{day: "06", message: "items", files: map[string]string{"all.sql": ordersRenamed + "CREATE TABLE sales.items (id INT);\n", "q.sql": rewritten}},
	)
	out, errs, code := skein(t, "backtest", "--since", "2026-03-01", "--declare", dir)
	if code != exitDone || strings.Contains(out, "not compared") || !strings.Contains(out, "same") || errs != "" {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}

// Without --declare nothing is taken for a rename, and every reader of the removed column is for people.
func TestBacktestAsks(t *testing.T) {
	t.Parallel()
	dir := years(t)
	out, _, code := skein(t, "backtest", "--since", "2026-03-04", filepath.Join(dir, "sales-data"), filepath.Join(dir, "reports"))
	if code != exitDone || !strings.Contains(out, "6 refused") || strings.Contains(out, "  same ") {
		t.Errorf("code %d:\n%s", code, out)
	}
}

// A repository that is dataset and consumer at once is read as it was before the schema commit, and its configuration
// may come from elsewhere.
func TestBacktestOneRepository(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	history(t, filepath.Join(dir, "etl"),
		pastCommit{day: "01", message: "begin", files: map[string]string{"schemas/orders.sql": ordersBefore, "sql/top.sql": query}},
		pastCommit{day: "05", message: "all at once", files: map[string]string{"schemas/orders.sql": ordersRenamed, "sql/top.sql": rewritten}},
	)
	config := filepath.Join(dir, "etl.yml")
	text := strings.Replace(datasetConfig, "dialect: postgres}", "dialect: postgres}\n    consumers: [org]", 1) +
		"consumes: [{dataset: sales.orders, paths: [\"sql/**\"], dialect: postgres}]\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	etl := filepath.Join(dir, "etl")
	out, errs, code := skein(t, "backtest", "--since", "2026-03-01", "--declare", "--config", etl+"="+config, etl)
	if code != exitDone || !strings.Contains(out, "same") || !strings.Contains(out, "1 schema commit since 2026-03-01: 1 same") {
		t.Errorf("code %d: %s\n%s", code, errs, out)
	}
}

func TestBacktestMisused(t *testing.T) {
	t.Parallel()
	dir := years(t)
	data := filepath.Join(dir, "sales-data")
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no checkout":   {nil, exitMisused, "needs the git checkout"},
		"no day":        {[]string{data}, exitMisused, "YYYY-MM-DD"},
		"odd output":    {[]string{"--since", "2026-01-01", "--output", "xml", data}, exitMisused, "text or json"},
		"a revision":    {[]string{"--since", "2026-01-01", data + "@HEAD"}, exitMisused, "folder of a git checkout"},
		"odd config":    {[]string{"--since", "2026-01-01", "--config", "x", data}, exitMisused, "PATH=FILE"},
		"other config":  {[]string{"--since", "2026-01-01", "--config", "x=y", data}, exitMisused, "none of the checkouts"},
		"no dataset":    {[]string{"--since", "2026-01-01", filepath.Join(dir, "reports")}, exitMisused, "declares datasets"},
		"nowhere":       {[]string{"--since", "2026-01-01", filepath.Join(dir, "nowhere")}, exitFailed, "no such file"},
		"broken config": {[]string{"--since", "2026-01-01", "--config", data + "=" + filepath.Join(data, "schemas/orders.sql"), data}, exitFailed, "orders.sql"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, errs, code := skein(t, append([]string{"backtest"}, c.args...)...)
			if code != c.code || !strings.Contains(errs, c.says) {
				t.Errorf("code %d: %s", code, errs)
			}
		})
	}
}
