package dbt_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/sql"
)

var update = flag.Bool("update", false, "write what the rewriter does into the cases")

// A case is one file: prose, then
//
//	change    rename t.c -> n | move t -> t2 | replace t -> t2 c=n | drop t.c | review t.c | enum t.c a -> b | cast t.c EXPR
//	catalog   dataset [= name; name …]: columns
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
	got := outcome{files: map[string]string{}}
	for _, f := range files {
		if !w.Handles(f.Path) {
			got.all = append(got.all, f)
			continue
		}
		res := w.Rewrite(f, req)
		out := applied(t, f, res)
		got.all = append(got.all, rewrite.File{Path: f.Path, Content: out})
		if !bytes.Equal(out, f.Content) {
			got.files[f.Path] = string(out)
		}
		for _, x := range res.Refusals {
			got.refuse += fmt.Sprintf("%s:%d:%d: %s: %s\n", f.Path, x.Line, x.Column, x.Code, x.Message)
		}
		for _, u := range res.Unrelated {
			got.leave += fmt.Sprintf("%s:%d:%d: %s\n", f.Path, u.Line, u.Column, u.Reason)
		}
		if !strings.Contains(f.Path, "dbt_packages/") {
			accounted(t, f, res, req)
		}
	}
	again := dbt.New(sql.New()).Prepare(withProject(got.all))
	for _, f := range got.all {
		if !again.Handles(f.Path) {
			continue
		}
		if res := again.Rewrite(f, req); len(res.Edits) > 0 && got.files[f.Path] != "" {
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
	for _, ch := range req.Mapping.Changes {
		if ch.Kind == rewrite.RenameDataset || ch.Kind == rewrite.ReplaceDataset {
			continue
		}
		name := ch.From[strings.LastIndexByte(ch.From, '.')+1:]
		for _, at := range occurrences(f.Content, name) {
			if !covers(res, at, at+len(name)) {
				t.Errorf("%s: %q at byte %d is neither edited, refused nor listed", f.Path, name, at)
			}
		}
	}
}

// occurrences finds a word in any case, by hand, so that the rewriter's own scan is not trusted.
func occurrences(src []byte, word string) (at []int) {
	text := []byte(string(src))
	for i, b := range text { // not bytes.ToLower, which may change the length of bad UTF-8
		if b >= 'A' && b <= 'Z' {
			text[i] = b + 'a' - 'A'
		}
	}
	isWord := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] == '_' || text[i] >= '0' && text[i] <= '9' || text[i] >= 'a' && text[i] <= 'z' || text[i] >= 0x80)
	}
	word = strings.ToLower(word)
	for i := 0; i+len(word) <= len(text); i++ {
		if string(text[i:i+len(word)]) == word && !isWord(i-1) && !isWord(i+len(word)) {
			at = append(at, i)
		}
	}
	return at
}

func covers(res rewrite.Result, start, end int) bool {
	for _, e := range res.Edits {
		if e.Start < end && start < e.End {
			return true
		}
	}
	for _, f := range res.Refusals {
		if f.Start < end && start < f.End || f.End == 0 {
			return true
		}
	}
	for _, u := range res.Unrelated {
		if u.Start < end && start < u.End {
			return true
		}
	}
	return false
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
	req := rewrite.Request{Dialect: orElse(strings.TrimSpace(c.section["dialect"]), "bigquery")}
	for line := range strings.Lines(orElse(c.section["catalog"], usualCatalog)) {
		head, cols, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			t.Fatalf("catalog line %q", line)
		}
		dataset, names, _ := strings.Cut(head, " = ")
		table := rewrite.Table{Dataset: dataset, Names: []string{dataset}, Before: columns(cols), After: columns(cols)}
		for n := range strings.SplitSeq(names, "; ") {
			if n != "" {
				table.Names = append(table.Names, n)
			}
		}
		req.Catalog.Tables = append(req.Catalog.Tables, table)
	}
	for line := range strings.Lines(orElse(c.section["change"], "rename t.c -> n\n")) {
		ch := changeOf(t, strings.TrimSpace(line))
		ch.Index = len(req.Mapping.Changes)
		req.Mapping.Changes = append(req.Mapping.Changes, ch)
		for k := range req.Catalog.Tables {
			afterwards(&req.Catalog.Tables[k], ch)
		}
	}
	return req
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func columns(s string) []rewrite.Column {
	var out []rewrite.Column
	for f := range strings.FieldsSeq(s) {
		name, fields, nested := strings.Cut(f, "(")
		col := rewrite.Column{Name: name}
		if nested {
			for part := range strings.SplitSeq(strings.TrimSuffix(fields, ")"), ",") {
				col.Fields = append(col.Fields, rewrite.Column{Name: part})
			}
		}
		out = append(out, col)
	}
	return out
}

func changeOf(t testing.TB, line string) rewrite.Change {
	t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	left, right, _ := strings.Cut(rest, " -> ")
	dataset, field, _ := strings.Cut(left, ".")
	switch verb {
	case "rename":
		return rewrite.Change{Kind: rewrite.RenameField, Dataset: dataset, From: field, To: right}
	case "move":
		return rewrite.Change{Kind: rewrite.RenameDataset, Dataset: left, From: left, To: right}
	case "replace":
		to, pairs, _ := strings.Cut(right, " ")
		ch := rewrite.Change{Kind: rewrite.ReplaceDataset, Dataset: left, From: left, To: to, Fields: map[string]string{}}
		for p := range strings.FieldsSeq(pairs) {
			a, b, _ := strings.Cut(p, "=")
			ch.Fields[a] = b
		}
		return ch
	case "drop":
		return rewrite.Change{Kind: rewrite.DropField, Dataset: dataset, From: field}
	case "review":
		return rewrite.Change{Kind: rewrite.Review, Dataset: dataset, From: field, Reason: "its meaning changes"}
	case "enum":
		field, old, _ := strings.Cut(field, " ")
		return rewrite.Change{Kind: rewrite.RenameEnum, Dataset: dataset, From: field, OldValue: old, NewValue: right}
	case "cast":
		field, expr, _ := strings.Cut(field, " ")
		return rewrite.Change{Kind: rewrite.Cast, Dataset: dataset, From: field, Expr: expr}
	}
	t.Fatalf("change %q", line)
	return rewrite.Change{}
}

// afterwards gives a table the columns that it has then.
func afterwards(table *rewrite.Table, ch rewrite.Change) {
	if table.Dataset != ch.Dataset {
		return
	}
	cols := append([]rewrite.Column(nil), table.After...)
	for i := range cols {
		switch parent, child, nested := strings.Cut(ch.From, "."); {
		case ch.Kind == rewrite.RenameField && cols[i].Name == ch.From:
			cols[i].Name = ch.To
		case ch.Kind == rewrite.RenameField && nested && cols[i].Name == parent:
			cols[i].Fields = append([]rewrite.Column(nil), cols[i].Fields...)
			for k := range cols[i].Fields {
				if cols[i].Fields[k].Name == child {
					cols[i].Fields[k].Name = ch.To[strings.LastIndexByte(ch.To, '.')+1:]
				}
			}
		case ch.Kind == rewrite.DropField && cols[i].Name == ch.From:
			cols = append(cols[:i:i], cols[i+1:]...)
			table.After = cols
			return
		}
	}
	table.After = cols
}
