package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	oldOrders = "CREATE TABLE orders (\n  id INT,\n  cust_id BIGINT,\n  note TEXT\n);\n"
	newOrders = "CREATE TABLE orders (\n  id INT,\n  customer_id BIGINT -- @renamed from=cust_id\n);\n"
)

// diffRun runs the command and returns what it wrote and the code that the process would end with.
func diffRun(t *testing.T, args ...string) (stdout string, code int, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := newDiffCmd(streams{strings.NewReader(""), &out, &errs})
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	err = cmd.Execute()
	var exit exitError
	switch {
	case errors.As(err, &exit):
		code = exit.code
	case err != nil:
		code = exitFailed
	}
	return out.String(), code, err
}

// write puts files below a new folder and returns it.
func writeTree(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDiffText(t *testing.T) {
	t.Parallel()
	dir := writeTree(t, t.TempDir(), map[string]string{"old.sql": oldOrders, "new.sql": newOrders})
	got, code, err := diffRun(t, filepath.Join(dir, "old.sql"), filepath.Join(dir, "new.sql"))
	if err != nil || code != exitDone {
		t.Fatalf("code %d: %v", code, err)
	}
	want := `orders
  ~ cust_id → customer_id  field_renamed
    forward breaks, backward breaks  new new.sql:3:3
    orders.cust_id is now called customer_id. Readers by the old name fail until they
    are rewritten; the values are the same.

  - note: text  field_removed
    forward breaks, backward ok  old old.sql:4:3
    orders.note is gone. Every place that reads it fails.

2 changes. old readers on new data: not compatible; new readers on old data: not compatible.
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// TestDiffJSON holds the document against the published contract.
func TestDiffJSON(t *testing.T) {
	t.Parallel()
	dir := writeTree(t, t.TempDir(), map[string]string{"old.sql": oldOrders, "new.sql": newOrders})
	got, _, err := diffRun(t, filepath.Join(dir, "old.sql"), filepath.Join(dir, "new.sql"), "--output", "json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Format     string
		Changes    []map[string]any
		Compatible map[string]any
	}
	if err := json.Unmarshal([]byte(got), &doc); err != nil {
		t.Fatal(err)
	}
	first := doc.Changes[0]
	if first["message"] == "" {
		t.Error("no message")
	}
	delete(first, "message")
	want := map[string]any{
		"dataset": "orders", "kind": "field_renamed", "rule": "field_renamed", "path": "cust_id", "to": "customer_id",
		"before": "bigint", "after": "bigint", "evidence": "declared", "forward": "breaks", "backward": "breaks",
		"side": "new", "file": "new.sql", "line": 3.0, "column": 3.0,
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("change (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"forward": false, "backward": false}, doc.Compatible); doc.Format != "sql" || diff != "" {
		t.Errorf("format %v, compatible (-want +got):\n%s", doc.Format, diff)
	}
}

func TestDiffNothing(t *testing.T) {
	t.Parallel()
	dir := writeTree(t, t.TempDir(), map[string]string{"a.sql": oldOrders, "empty.sql": ""})
	a, empty := filepath.Join(dir, "a.sql"), filepath.Join(dir, "empty.sql")
	for _, args := range [][]string{{a, a}, {empty, empty}} {
		got, code, err := diffRun(t, append(args, "--exit-code", "--output", "json")...)
		want := "{\n  \"format\": \"sql\",\n  \"changes\": [],\n  \"compatible\": {\n    \"forward\": true,\n    \"backward\": true\n  }\n}\n"
		if got != want || code != exitDone || err != nil {
			t.Errorf("%v: code %d, %v:\n%s", args, code, err, got)
		}
	}
}

func TestDiffFolders(t *testing.T) {
	t.Parallel()
	dir := writeTree(t, t.TempDir(), map[string]string{
		"old/db/1.sql": oldOrders, "old/README.md": "x", "old/.hidden/2.sql": "CREATE TABLE (",
		"new/db/1.sql": oldOrders, "new/db/10.sql": "ALTER TABLE orders DROP COLUMN n;",
		"new/db/2.sql": "ALTER TABLE orders RENAME COLUMN note TO n;",
	})
	got, code, err := diffRun(t, filepath.Join(dir, "old"), filepath.Join(dir, "new"), "--exit-code")
	if code != exitFound || !strings.Contains(got, "- note: text  field_removed") || !strings.Contains(got, "old db/1.sql:4:3") {
		t.Errorf("code %d, %v:\n%s", code, err, got)
	}
}

func TestDiffErrors(t *testing.T) {
	t.Parallel()
	dir := writeTree(t, t.TempDir(), map[string]string{
		"a.sql": oldOrders, "bad.sql": "CREATE TABLE t (\n  a int,\n  a int\n);\n", "a.avsc": "{}", "empty/x.txt": "",
		"mixed/a.sql": oldOrders, "mixed/b.avsc": "{}", "p.json": `{"name": "p"}`,
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no arguments":       {nil, exitMisused, "needs two versions"},
		"one argument":       {[]string{at("a.sql")}, exitMisused, "got 1"},
		"unknown output":     {[]string{at("a.sql"), at("a.sql"), "--output", "xml"}, exitMisused, "choose text or json"},
		"unknown dialect":    {[]string{at("a.sql"), at("a.sql"), "--dialect", "klingon"}, exitMisused, "choose one of bigquery"},
		"unknown format":     {[]string{at("a.sql"), at("a.sql"), "--format", "xml"}, exitMisused, "choose one of avro, bigquery, protobuf, jsonschema, dbt, sql"},
		"inferred format":    {[]string{at("a.avsc"), at("a.avsc")}, exitFailed, at("a.avsc") + ":1:1: this type says no"},
		"two formats":        {[]string{at("a.sql"), at("a.avsc")}, exitFailed, "compare two versions of one format"},
		"mixed folder":       {[]string{at("mixed"), at("a.sql")}, exitFailed, "say which format is meant, with --format"},
		"other JSON":         {[]string{at("p.json"), at("p.json")}, exitFailed, "looks like no schema"},
		"no such file":       {[]string{at("gone.sql"), at("a.sql")}, exitFailed, "no such file or folder"},
		"folder without":     {[]string{at("empty"), at("a.sql")}, exitFailed, "holds no schema file"},
		"a fault":            {[]string{at("a.sql"), at("bad.sql")}, exitFailed, at("bad.sql") + ":3:3: t has a second column a"},
		"no git checkout":    {[]string{at("a.sql") + "@main", at("a.sql")}, exitFailed, "no commit \"main\""},
		"option as a commit": {[]string{at("a.sql") + "@--help", at("a.sql")}, exitFailed, "no commit \"--help\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, code, err := diffRun(t, c.args...)
			if code != c.code || err == nil || !strings.Contains(err.Error(), c.says) || got != "" {
				t.Errorf("code %d, out %q, error %v", code, got, err)
			}
		})
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func TestDiffRevisions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	writeTree(t, dir, map[string]string{"db/orders.sql": oldOrders, "db/odd [name].sql": "CREATE TABLE odd (a int);", "gone/x.sql": oldOrders})
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	git(t, dir, "tag", "v1")
	writeTree(t, dir, map[string]string{"db/orders.sql": newOrders})
	git(t, dir, "rm", "-rq", "gone")
	git(t, dir, "commit", "-qam", "two")
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for name, c := range map[string]struct {
		old, next string
		want      string
	}{
		"file":           {at("db/orders.sql") + "@v1", at("db/orders.sql"), "cust_id → customer_id"},
		"parent":         {at("db/orders.sql") + "@HEAD~1", at("db/orders.sql") + "@main", "old orders.sql:4:3"},
		"folder":         {at("db") + "@v1", at("db") + "@HEAD", "new orders.sql:3:3"},
		"root":           {dir + "@v1:", dir, "no commit"},
		"deleted folder": {at("gone") + "@v1", at("db/orders.sql"), "cust_id → customer_id"},
		"odd name":       {at("db/odd [name].sql") + "@v1", at("db/odd [name].sql"), "no changes"},
		"never there":    {at("db/never.sql") + "@v1", at("db/orders.sql"), "no such file"},
		"reflog":         {at("db/orders.sql") + "@HEAD@{0}", at("db/orders.sql"), "no changes"},
		"unknown commit": {at("db/orders.sql") + "@v9", at("db/orders.sql"), "no commit \"v9\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := diffRun(t, c.old, c.next)
			if err != nil {
				got += err.Error()
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("want %q in:\n%s", c.want, got)
			}
		})
	}
}

// TestDiffFormats compares small schemas of every format, found out by name and content.
func TestDiffFormats(t *testing.T) {
	t.Parallel()
	avsc := func(field string) string {
		return `{"type": "record", "name": "Order", "namespace": "acme", "fields": [` + field + `]}`
	}
	for name, c := range map[string]struct {
		file, old, next string
		format, change  string
	}{
		"avsc":                {"o.avsc", avsc(`{"name": "a", "type": "int"}`), avsc(`{"name": "b", "type": "int", "aliases": ["a"]}`), "avro", "acme.Order a field_renamed b"},
		"avdl":                {"o.avdl", "protocol P { record R { int a; } }", "protocol P { record R { long a; } }", "avro", "R a type_widened "},
		"avpr":                {"o.avpr", `{"protocol": "P", "types": []}`, `{"protocol": "P", "types": [` + avsc("") + `]}`, "avro", "acme.Order  dataset_added "},
		"avro in json":        {"o.json", avsc(`{"name": "a", "type": "int"}`), avsc(""), "avro", "acme.Order a field_removed "},
		"bigquery":            {"orders.json", `[{"name": "a", "type": "STRING"}]`, `[{"name": "a", "type": "STRING", "mode": "REPEATED"}]`, "bigquery", "orders a cardinality_changed "},
		"bigquery show":       {"o.json", `{"schema": {"fields": []}, "tableReference": {"tableId": "t"}}`, `{"schema": {"fields": [{"name": "a", "type": "DATE"}]}, "tableReference": {"tableId": "t"}}`, "bigquery", "t a field_added "},
		"dbt":                 {"schema.yml", "models: [{name: m, columns: [{name: a}]}]", "models: [{name: m, columns: [{name: b, meta: {renamed_from: a}}]}]", "dbt", "m a field_renamed b"},
		"proto":               {"o.proto", `syntax = "proto3"; message Order { int32 a = 1; }`, `syntax = "proto3"; message Order { int64 b = 1; }`, "protobuf", "Order a field_renamed b"},
		"json schema":         {"o.json", `{"properties": {"a": {"type": "integer"}}}`, `{"properties": {"b": {"type": "integer", "x-renamed-from": "a"}}}`, "jsonschema", "o a field_renamed b"},
		"json schema says so": {"o.schema.json", `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "array"}`, `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "string"}`, "jsonschema", "o value type_changed "},
		"nothing but a word":  {"orders", oldOrders, newOrders, "sql", "orders cust_id field_renamed customer_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeTree(t, t.TempDir(), map[string]string{"old/" + c.file: c.old, "new/" + c.file: c.next, "old/package.json": "{}", "new/x.yml": "a: 1"})
			for _, sides := range [][]string{{"old/" + c.file, "new/" + c.file}, {"old", "new"}} {
				if c.format == "sql" && sides[0] == "old" {
					continue // in a folder a name says it
				}
				got, _, err := diffRun(t, filepath.Join(dir, sides[0]), filepath.Join(dir, sides[1]), "--output", "json")
				var doc struct {
					Format  string
					Changes []struct{ Dataset, Path, Kind, To string }
				}
				if err != nil || json.Unmarshal([]byte(got), &doc) != nil || len(doc.Changes) == 0 {
					t.Fatalf("%v: %v:\n%s", sides, err, got)
				}
				first := doc.Changes[0]
				if change := strings.Join([]string{first.Dataset, first.Path, first.Kind, first.To}, " "); doc.Format != c.format || change != c.change {
					t.Errorf("%v: %s: %q, want %s: %q", sides, doc.Format, change, c.format, c.change)
				}
			}
		})
	}
}
