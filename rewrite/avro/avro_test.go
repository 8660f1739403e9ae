package avro

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

// cases are a schema file, and changes as asked reads them.
func cases() rewritetest.Cases {
	return rewritetest.Cases{Rewriter: New(), Request: asked, Valid: isJSON}
}

func isJSON(out []byte) bool { return json.Valid(bytes.TrimPrefix(out, []byte("\ufeff"))) }

func TestCases(t *testing.T) {
	t.Parallel()
	rewritetest.Run(t, cases(), 20, *update)
}

func request(t *testing.T, changes string) rewrite.Request {
	t.Helper()
	req, err := asked(map[string]string{"changes": changes})
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// asked reads changes: a kind, the dataset, and for most kinds two names. A dataset's name has dots here.
func asked(said map[string]string) (req rewrite.Request, err error) {
	for i, line := range strings.Split(strings.TrimSpace(said["changes"]), "\n") {
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
			return req, fmt.Errorf("unknown kind %q", c.Kind)
		}
		req.Mapping.Changes = append(req.Mapping.Changes, c)
	}
	return req, nil
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
	src := "\ufeff{\"type\": \"record\",\r\n\t\"name\": \"Order\", \"fields\": [{\"type\": \"int\", \"name\":\"cust_id\"}]}"
	req := request(t, "rename_field Order cust_id customer_id")
	_, out := cases().Sound(t, rewrite.File{Path: "o.avsc", Content: []byte(src)}, req)
	want := strings.Replace(src, `"cust_id"`, `"customer_id", "aliases": ["cust_id"]`, 1)
	if got := string(out); got != want {
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
			cases().Survives(t, rewrite.File{Path: "o.avsc", Content: []byte(src)}, req)
		})
	}
}

func FuzzRewrite(f *testing.F) {
	rewritetest.Fuzz(f, cases(), "o.avsc", rewrite.Request{Mapping: rewrite.Mapping{Changes: []rewrite.Change{
		{Kind: rewrite.RenameField, Dataset: "Order", From: "cust_id", To: "customer_id"},
		{Kind: rewrite.RenameField, Dataset: "Order", From: "items.sku", To: "items.code"},
		{Kind: rewrite.RenameDataset, Dataset: "Order", From: "Order", To: "Purchase"},
	}}})
}
