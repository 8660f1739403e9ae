package jsonschema

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/rewritetest"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

// cases are a schema, and changes and a catalog as rewritetest reads them, but that a column's type is its name in JSON.
func cases() rewritetest.Cases {
	return rewritetest.Cases{Rewriter: New(), Request: asked, Valid: isJSON}
}

func isJSON(out []byte) bool { return json.Valid(bytes.TrimPrefix(out, []byte("\ufeff"))) }

func TestCases(t *testing.T) {
	t.Parallel()
	rewritetest.Run(t, cases(), 40, *update)
}

func asked(said map[string]string) (rewrite.Request, error) {
	req, err := rewritetest.Request(said["changes"], said["catalog"], "")
	for _, table := range req.Catalog.Tables {
		labelled(table.Before)
		labelled(table.After)
	}
	return req, err
}

func request(t *testing.T, changes, catalog string) rewrite.Request {
	t.Helper()
	req, err := asked(map[string]string{"changes": changes, "catalog": catalog})
	if err != nil {
		t.Fatal(err)
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
	_, out := cases().Sound(t, rewrite.File{Path: "o.json", Content: []byte(src)}, req)
	want := strings.NewReplacer(`"cust\u005fid"`, `"customer_id"`, `"cust_id"`, `"customer_id"`).Replace(src)
	if got := string(out); got != want {
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
			cases().Survives(t, rewrite.File{Path: "o.json", Content: []byte(src)}, req)
		})
	}
}

func FuzzRewrite(f *testing.F) {
	req, err := asked(map[string]string{
		"changes": "rename orders.cust_id -> customer_id\nrename orders.billing.zip -> billing.postcode\nenum orders.state -> shiped => shipped\nmove orders -> purchases",
		"catalog": "orders: cust_id billing(zip) state\nafter orders: customer_id billing(postcode) state",
	})
	if err != nil {
		f.Fatal(err)
	}
	rewritetest.Fuzz(f, cases(), "o.json", req)
}
