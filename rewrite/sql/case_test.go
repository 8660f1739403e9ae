package sql_test

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
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

var update = flag.Bool("update", false, "write what the rewriter does into the cases")

// A case is one file: prose, then
//
//	change   rename t.c -> t.n | coexist t.c -> t.n | move t -> t2 | replace t -> t2 c=n | drop t.c |
//	         review t.c because … | gone t because … | reshape t |
//	         cast t.c -> CAST({} AS …) | enum t.c -> old => new
//	catalog  dataset [= name; name …]: columns, structs as s(f g); a second line “after …” is the new schema, and
//	         “read_as …” gives the consumer's own names for it, with ; between them
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
	req, changed := caseRequest(t, c, dialect)
	src := []byte(c.section["in.sql"])
	res := skeinsql.New().Rewrite(rewrite.File{Path: "in.sql", Content: src}, req)
	out := invariants(t, src, res, req, changed)
	got := map[string]string{"refuse": refusals(res), "leave": unrelated(res)}
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

// invariants is what holds for every file, whatever it says.
func invariants(t *testing.T, src []byte, res rewrite.Result, req rewrite.Request, changed []string) []byte {
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
	again := skeinsql.New().Rewrite(rewrite.File{Path: "in.sql", Content: out}, req)
	if len(again.Edits) > 0 && !bytes.Equal(out, src) {
		t.Errorf("a second run edits again: %+v", again.Edits)
	}
	for _, name := range changed {
		for _, at := range occurrences(src, name) {
			if !accounted(res, at, at+len(name)) {
				t.Errorf("%q at byte %d is neither edited, refused nor listed", name, at)
			}
		}
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

// occurrences finds a word in any case, by hand, so that the rewriter's own scan is not trusted.
func occurrences(src []byte, word string) (at []int) {
	text := []byte(string(src))
	for i, b := range text { // not strings.ToLower, which may change the length of bad UTF-8
		if b >= 'A' && b <= 'Z' {
			text[i] = b + 'a' - 'A'
		}
	}
	isWord := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] == '_' || text[i] == '$' || text[i] == '#' || text[i] >= '0' && text[i] <= '9' || text[i] >= 'a' && text[i] <= 'z' || text[i] >= 0x80)
	}
	for i := 0; i+len(word) <= len(text); i++ {
		if string(text[i:i+len(word)]) == strings.ToLower(word) && !isWord(i-1) && !isWord(i+len(word)) {
			at = append(at, i)
		}
	}
	return at
}

func accounted(res rewrite.Result, start, end int) bool {
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

func refusals(res rewrite.Result) string {
	var b strings.Builder
	for _, f := range res.Refusals {
		fmt.Fprintf(&b, "%d:%d: %s: %s\n", f.Line, f.Column, f.Code, f.Message)
	}
	return b.String()
}

func unrelated(res rewrite.Result) string {
	var b strings.Builder
	for _, u := range res.Unrelated {
		fmt.Fprintf(&b, "%d:%d: %s\n", u.Line, u.Column, u.Reason)
	}
	return b.String()
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

// caseRequest reads the change and the catalog; changed are the old names that must be accounted for.
func caseRequest(t *testing.T, c sqlCase, dialect string) (req rewrite.Request, changed []string) {
	t.Helper()
	req.Dialect = dialect
	lines := strings.Split(strings.TrimSpace(c.section["catalog"]), "\n")
	after := map[string][]rewrite.Column{}
	for _, line := range lines {
		head, cols, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("catalog line %q", line)
		}
		if rest, isAfter := strings.CutPrefix(head, "after "); isAfter {
			after[rest] = columnsOf(cols)
			continue
		}
		if dataset, isName := strings.CutPrefix(head, "read_as "); isName {
			req.ReadAs = map[string][]string{dataset: strings.Split(strings.TrimSpace(cols), "; ")}
			continue
		}
		dataset, names, _ := strings.Cut(head, " = ")
		table := rewrite.Table{Dataset: dataset, Names: []string{dataset}, Dialect: dialect, Before: columnsOf(cols), After: columnsOf(cols)}
		for n := range strings.SplitSeq(names, "; ") {
			if n != "" {
				table.Names = append(table.Names, n)
			}
		}
		req.Catalog.Tables = append(req.Catalog.Tables, table)
	}
	for i, line := range strings.Split(strings.TrimSpace(c.section["change"]), "\n") {
		ch := changeOf(t, line)
		ch.Index = i
		req.Mapping.Changes = append(req.Mapping.Changes, ch)
		if ch.From != "" && ch.Kind != rewrite.RenameDataset && ch.Kind != rewrite.ReplaceDataset {
			changed = append(changed, ch.From[strings.LastIndexByte(ch.From, '.')+1:])
		}
		for k := range req.Catalog.Tables {
			applyChange(&req.Catalog.Tables[k], ch)
		}
	}
	for i := range req.Catalog.Tables {
		if cols, ok := after[req.Catalog.Tables[i].Dataset]; ok {
			req.Catalog.Tables[i].After = cols
		}
	}
	return req, changed
}

// columnsOf reads a b:int s(f g).
func columnsOf(s string) []rewrite.Column {
	cols, _ := columnList(strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s)))
	return cols
}

func columnList(words []string) (cols []rewrite.Column, rest []string) {
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		switch w {
		case "(":
			cols[len(cols)-1].Fields, words = columnList(words)
		case ")":
			return cols, words
		default:
			column, kind, _ := strings.Cut(w, ":")
			cols = append(cols, rewrite.Column{Name: column, Type: kind})
		}
	}
	return cols, nil
}

func changeOf(t *testing.T, line string) rewrite.Change {
	t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	left, right, _ := strings.Cut(rest, " -> ")
	dataset, field, _ := strings.Cut(left, ".")
	_, to, _ := strings.Cut(right, ".")
	switch verb {
	case "rename", "coexist":
		return rewrite.Change{Kind: rewrite.RenameField, Dataset: dataset, From: field, To: to, Coexists: verb == "coexist"}
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
		field, reason, _ := strings.Cut(field, " because ")
		return rewrite.Change{Kind: rewrite.Review, Dataset: dataset, From: field, Reason: reason}
	case "cast":
		return rewrite.Change{Kind: rewrite.Cast, Dataset: dataset, From: field, Expr: right}
	case "enum":
		before, after, _ := strings.Cut(right, " => ")
		return rewrite.Change{Kind: rewrite.RenameEnum, Dataset: dataset, From: field, OldValue: before, NewValue: after}
	case "gone":
		dataset, reason, _ := strings.Cut(rest, " because ")
		return rewrite.Change{Kind: rewrite.Review, Dataset: dataset, Reason: reason}
	case "reshape":
		return rewrite.Change{Kind: rewrite.Reshape, Dataset: left}
	}
	t.Fatalf("change %q", line)
	return rewrite.Change{}
}

// applyChange gives a table the columns that it has afterwards.
func applyChange(table *rewrite.Table, ch rewrite.Change) {
	if table.Dataset != ch.Dataset {
		return
	}
	path := strings.Split(ch.From, ".")
	switch ch.Kind {
	case rewrite.RenameField:
		if ch.Coexists {
			copied := rewrite.Column{Name: ch.To}
			for _, c := range table.Before {
				if c.Name == ch.From {
					copied.Type = c.Type
				}
			}
			table.After = append(table.After, copied)
			return
		}
		to := ch.To[strings.LastIndexByte(ch.To, '.')+1:]
		was, cols := table.Before, table.After // two columns may exchange their names
		for i, seg := range path {
			for k := range was {
				if was[k].Name == seg && i == len(path)-1 {
					cols[k].Name = to
				} else if was[k].Name == seg {
					was, cols = was[k].Fields, cols[k].Fields
					break
				}
			}
		}
	case rewrite.DropField:
		for k := range table.After {
			if table.After[k].Name == ch.From {
				table.After = append(table.After[:k:k], table.After[k+1:]...)
				return
			}
		}
	}
}
