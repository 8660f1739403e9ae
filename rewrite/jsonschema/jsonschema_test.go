package jsonschema

import (
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
	"github.com/skein-bot/skein/rewrite/rewritetest"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

// TestCases runs testdata: prose, a schema under its name, changes and a catalog as rewritetest reads them.
func TestCases(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 40 {
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
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil || len(a.Comment) < 20 || len(a.Files) < 3 {
		t.Fatalf("a case is prose, a schema, changes and catalog: %v", err)
	}
	want := txtar.Format(&txtar.Archive{Files: a.Files[3:]})
	in, req := rewrite.File{Path: a.Files[0].Name, Content: a.Files[0].Data}, request(t, string(a.Files[1].Data), string(a.Files[2].Data))
	res := New().Rewrite(in, req)
	got := "-- want --\n" + shown(res)
	if len(res.Edits) > 0 {
		got += "-- out --\n" + string(sound(t, in, res, req))
	}
	accounted(t, in.Content, res, req)
	if *update {
		a.Files = append(a.Files[:3], txtar.Parse([]byte(got)).Files...)
		if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func request(t *testing.T, changes, catalog string) rewrite.Request {
	t.Helper()
	req, err := rewritetest.Request(changes, catalog, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range req.Catalog.Tables {
		labelled(table.Before)
		labelled(table.After)
	}
	return req
}

// labelled takes a column's type, where a case gives one, for its name in JSON.
func labelled(cols []rewrite.Column) {
	for i := range cols {
		cols[i].Label = cols[i].Type
		labelled(cols[i].Fields)
	}
}

func shown(res rewrite.Result) string {
	var b strings.Builder
	for _, e := range res.Edits {
		fmt.Fprintf(&b, "edit %d:%d %s: %s\n", e.Line, e.Column, e.New, e.Reason)
	}
	b.WriteString(rewritetest.Refusals(res, "refuse ") + rewritetest.Unrelated(res, "unrelated "))
	fmt.Fprintf(&b, "verified %t\n", res.Verified)
	return b.String()
}

// sound holds what must be true of every rewrite: it applies, it is JSON, it is proven, and it is done once.
func sound(t *testing.T, f rewrite.File, res rewrite.Result, req rewrite.Request) []byte {
	t.Helper()
	out, err := rewrite.Apply(f.Content, res.Edits)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid([]byte(strings.TrimPrefix(string(out), "\ufeff"))) || !res.Verified {
		t.Errorf("not verified, or no JSON:\n%s", out)
	}
	if again := New().Rewrite(rewrite.File{Path: f.Path, Content: out}, req); len(again.Edits) > 0 {
		t.Errorf("a second run edits again: %+v", again.Edits)
	}
	return out
}

// accounted holds that each place of a property's old name, and of a value's, is edited, refused or listed.
func accounted(t *testing.T, src []byte, res rewrite.Result, req rewrite.Request) {
	t.Helper()
	var m rewrite.Mapping
	for _, c := range req.Mapping.Changes {
		if c.Kind == rewrite.RenameEnum {
			c.From = c.OldValue
		}
		if c.Kind != rewrite.Reshape {
			m.Changes = append(m.Changes, c)
		}
	}
	for _, fault := range rewritetest.Unaccounted(src, res, m, "") {
		t.Error(fault)
	}
}

func TestHandles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a/b.json": true, "B.JSON": true, "a.schema.json": true, "a.jsonschema": true, "a.avsc": false, "json": false} {
		if New().Handles(name) != want {
			t.Errorf("%s: want %t", name, want)
		}
	}
}

func TestRecognizes(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]bool{
		`{"$schema": "https://json-schema.org/draft/2020-12/schema"}`: true, `{"$schema": "https://example.com/config.json", "properties": {}}`: false,
		`{"type": "object", "properties": {"a": {"type": "string"}, "b": true}}`: true, `{"properties": {"a": "x"}}`: false, `{"definitions": {"a": {}}}`: true,
		`{"$id": "https://example.com/a.json", "type": "string"}`: true, `{"$id": "x", "name": "y"}`: false, `{"name": "package", "version": "1"}`: false, `[]`: false, `{`: false,
	} {
		if New().Recognizes(rewrite.File{Path: "a.json", Content: []byte(src)}) != want {
			t.Errorf("%s: want %t", src, want)
		}
	}
	if !New().Recognizes(rewrite.File{Path: "a.jsonschema", Content: []byte("{")}) {
		t.Error("a .jsonschema is one whatever it holds")
	}
}

// TestRawBytes holds that a byte order mark, CRLF, escapes and a missing last line end stay.
func TestRawBytes(t *testing.T) {
	t.Parallel()
	src := "\ufeff{\"title\":\"orders\",\r\n\t\"properties\" : {\"cust\\u005fid\":{},\"\\u00e9\":true},\"required\":[ \"cust_id\"]}"
	req := request(t, "rename orders.cust_id -> customer_id", "orders: cust_id é")
	f := rewrite.File{Path: "o.json", Content: []byte(src)}
	want := strings.NewReplacer(`"cust\u005fid"`, `"customer_id"`, `"cust_id"`, `"customer_id"`).Replace(src)
	if got := string(sound(t, f, New().Rewrite(f, req), req)); got != want {
		t.Errorf("got %q", got)
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	req := request(t, "rename orders.cust_id -> customer_id\nrename orders.items.sku -> items.code\nenum orders.state -> open => closed", "orders: cust_id items(sku) state")
	lion := `{"title": "orders", "properties": {"cust_id": {"$ref": "#/$defs/a0"}}, "$defs": {`
	for i := range 40 {
		lion += fmt.Sprintf(`"a%d": {"properties": {"x": {"$ref": "#/$defs/a%d"}, "y": {"$ref": "#/$defs/a%d"}}},`, i, i+1, i+1)
	}
	many := `{"title": "orders", "allOf": [` + strings.Repeat(`{"required": ["cust_id"]},`, 50_000) + `{}]}`
	for name, src := range map[string]string{
		"deep": strings.Repeat(`{"properties":`, 1<<17) + `"cust_id"`, "large": strings.Repeat(" ", 9<<20) + `"cust_id"`, "open": `{"title": "cust_id`, "nothing": "", "a word": "cust_id",
		"laughs": lion + `"a40": {}}}`, "many": many, "loop": `{"title": "orders", "$ref": "#", "properties": {"cust_id": {"$ref": "#"}}}`,
		"loops": `{"title": "orders", "$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a", "required": ["cust_id"]}}}`,
		"odd":   `{"title": "orders", "properties": ["cust_id", 5], "required": {"cust_id": 1}, "enum": "cust_id", "allOf": {"required": ["cust_id", 7, null]}, "dependencies": "cust_id"}`,
		"twice": `{"title": "orders", "properties": {"cust_id": {}, "cust_id": true}}`, "a bad reference": `{"title": "orders", "$ref": "%zz#/%zz", "properties": {"cust_id": {"$ref": 7}}}`,
		"a huge enum": `{"title": "orders", "properties": {"state": {"enum": [` + strings.Repeat(`"open",`, 200_000) + `"cust_id"]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := New().Rewrite(rewrite.File{Path: "o.json", Content: []byte(src)}, req)
			if _, err := rewrite.Apply([]byte(src), res.Edits); err != nil {
				t.Error(err)
			}
			accounted(t, []byte(src), res, req)
		})
	}
}

// FuzzRewrite holds that no file makes the rewriter panic, that every place is accounted for, and that what it edits
// is done once.
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
		req := request(t, "rename orders.cust_id -> customer_id\nrename orders.billing.zip -> billing.postcode\nenum orders.state -> shiped => shipped\nmove orders -> purchases",
			"orders: cust_id billing(zip) state\nafter orders: customer_id billing(postcode) state")
		in := rewrite.File{Path: "o.json", Content: src}
		res := New().Rewrite(in, req)
		out, err := rewrite.Apply(src, res.Edits)
		if err != nil {
			t.Fatal(err)
		}
		accounted(t, src, res, req)
		if len(res.Edits) == 0 || !res.Verified {
			return
		}
		if again := New().Rewrite(rewrite.File{Path: in.Path, Content: out}, req); len(again.Edits) > 0 {
			t.Fatalf("a second run edits again: %+v in\n%s", again.Edits, out)
		}
	})
}
