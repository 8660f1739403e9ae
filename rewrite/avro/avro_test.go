package avro

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/rewrite"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

// TestCases runs testdata: a schema file, changes one a line, and what becomes of the file.
func TestCases(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d cases: %v", len(paths), err)
	}
	for _, p := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(p), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runCase(t, p)
		})
	}
}

func runCase(t *testing.T, path string) {
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var src []byte
	var req rewrite.Request
	want := ""
	kept := a.Files[:0:0]
	for _, f := range a.Files {
		switch f.Name {
		case "in.avsc":
			src = f.Data
		case "changes":
			req = request(t, string(f.Data))
		case "want", "out.avsc":
			want += fmt.Sprintf("-- %s --\n%s", f.Name, f.Data)
			continue
		default:
			t.Fatalf("unknown section %q", f.Name)
		}
		kept = append(kept, f)
	}
	res := New().Rewrite(rewrite.File{Path: "in.avsc", Content: src}, req)
	got := "-- want --\n" + shown(res)
	if len(res.Edits) > 0 {
		got += "-- out.avsc --\n" + string(sound(t, src, res, req))
	}
	if *update {
		a.Files = append(kept, txtar.Parse([]byte(got)).Files...)
		if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// request reads changes: a kind, the dataset, and for most kinds two names.
func request(t *testing.T, text string) rewrite.Request {
	var req rewrite.Request
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		w := append(strings.Fields(line), "", "", "", "")
		c := rewrite.Change{Kind: rewrite.Kind(w[0]), Dataset: w[1], From: w[2], To: w[3], Index: i}
		switch c.Kind {
		case rewrite.RenameDataset, rewrite.ReplaceDataset:
			c.From, c.To = w[1], w[2]
		case rewrite.RenameEnum:
			c.To, c.OldValue, c.NewValue = "", w[3], w[4]
		case "read_as":
			req.ReadAs = map[string][]string{w[1]: {w[2]}}
			continue
		case "table":
			req.Catalog.Tables = append(req.Catalog.Tables, rewrite.Table{Dataset: w[1], Names: []string{w[2]}})
			continue
		case rewrite.RenameField, rewrite.Cast, rewrite.DropField, rewrite.Review, rewrite.Reshape:
		default:
			t.Fatalf("unknown kind %q", c.Kind)
		}
		req.Mapping.Changes = append(req.Mapping.Changes, c)
	}
	return req
}

func shown(res rewrite.Result) string {
	var b strings.Builder
	for _, e := range res.Edits {
		fmt.Fprintf(&b, "edit %d:%d %s: %s\n", e.Line, e.Column, e.New, e.Reason)
	}
	for _, r := range res.Refusals {
		fmt.Fprintf(&b, "refuse %d:%d %s: %s\n", r.Line, r.Column, r.Code, r.Message)
	}
	for _, u := range res.Unrelated {
		fmt.Fprintf(&b, "unrelated %d:%d %s\n", u.Line, u.Column, u.Reason)
	}
	fmt.Fprintf(&b, "verified %t\n", res.Verified)
	return b.String()
}

// sound holds what must be true of every rewrite: it applies, it is JSON, it is proven, and it is done once.
func sound(t *testing.T, src []byte, res rewrite.Result, req rewrite.Request) []byte {
	t.Helper()
	out, err := rewrite.Apply(src, res.Edits)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(bytes.TrimPrefix(out, []byte("\ufeff"))) || !res.Verified {
		t.Errorf("not verified, or no JSON:\n%s", out)
	}
	if again := New().Rewrite(rewrite.File{Path: "in.avsc", Content: out}, req); len(again.Edits) > 0 {
		t.Errorf("a second run edits again: %+v", again.Edits)
	}
	return out
}

func TestHandles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a/b.avsc": true, "B.AVSC": true, "p.avpr": true, "a.avdl": false, "a.json": true, "avsc": false} {
		if New().Handles(name) != want {
			t.Errorf("%s: want %t", name, want)
		}
	}
}

func TestRecognizes(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]bool{
		`{"type": "record", "name": "Order", "fields": []}`: true, `[{"type": "record", "name": "Order"}]`: true,
		`{"protocol": "P", "types": [{"type": "error", "name": "E"}]}`: true, `{"type": "object", "properties": {}}`: false, `{`: false, `"long"`: false,
		`{"record": {"type": "record"}}`: false,
	} {
		if New().Recognizes(rewrite.File{Path: "a.json", Content: []byte(src)}) != want {
			t.Errorf("%s: want %t", src, want)
		}
		if !New().Recognizes(rewrite.File{Path: "a.avsc", Content: []byte(src)}) {
			t.Errorf("%s: an .avsc is Avro whatever it holds", src)
		}
	}
}

// TestRawBytes holds that a byte order mark, CRLF and a missing last line end stay.
func TestRawBytes(t *testing.T) {
	t.Parallel()
	src := []byte("\ufeff{\"type\": \"record\",\r\n\t\"name\": \"Order\", \"fields\": [{\"type\": \"int\", \"name\":\"cust_id\"}]}")
	req := request(t, "rename_field Order cust_id customer_id")
	res := New().Rewrite(rewrite.File{Path: "o.avsc", Content: src}, req)
	want := strings.Replace(string(src), `"cust_id"`, `"customer_id", "aliases": ["cust_id"]`, 1)
	if got := string(sound(t, src, res, req)); got != want {
		t.Errorf("got %q", got)
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	req := request(t, "rename_field Order cust_id customer_id\nrename_dataset Order Purchase")
	for name, src := range map[string]string{
		"deep": strings.Repeat("[", 1<<20), "large": strings.Repeat(" ", 9<<20) + `"cust_id"`, "open": `{"name": "cust_id`,
		"types in circles": `{"type": {"type": {"type": "record", "name": "Order", "fields": 5}}}`, "nothing": "", "a word": "cust_id",
		"odd fields":  `{"type": "record", "name": "Order", "fields": [1, null, {"name": 5}, {"name": "cust_id"}]}`,
		"odd aliases": `{"type": "record", "name": "Order", "fields": [{"name": "cust_id", "type": "int", "aliases": "x"}]}`,
		"twice":       `{"type": "record", "name": "Order", "name": "Order", "fields": [{"name": "cust_id", "type": "int"}], "fields": []}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := New().Rewrite(rewrite.File{Path: "o.avsc", Content: []byte(src)}, req)
			if _, err := rewrite.Apply([]byte(src), res.Edits); err != nil {
				t.Error(err)
			}
			if strings.Contains(src, "cust_id") && len(res.Edits)+len(res.Refusals)+len(res.Unrelated) == 0 {
				t.Error("the name is not accounted for")
			}
		})
	}
}

// FuzzRewrite holds that no file makes the rewriter panic, that what it edits is proven, and that it is done once.
func FuzzRewrite(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		a, err := txtar.ParseFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		req := rewrite.Request{Mapping: rewrite.Mapping{Changes: []rewrite.Change{
			{Kind: rewrite.RenameField, Dataset: "Order", From: "cust_id", To: "customer_id"},
			{Kind: rewrite.RenameField, Dataset: "Order", From: "items.sku", To: "items.code"},
			{Kind: rewrite.RenameDataset, Dataset: "Order", From: "Order", To: "Purchase"},
		}}}
		res := New().Rewrite(rewrite.File{Path: "o.avsc", Content: src}, req)
		out, err := rewrite.Apply(src, res.Edits)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Edits) == 0 || !res.Verified {
			return
		}
		if again := New().Rewrite(rewrite.File{Path: "o.avsc", Content: out}, req); len(again.Edits) > 0 {
			t.Fatalf("a second run edits again: %+v in\n%s", again.Edits, out)
		}
	})
}
