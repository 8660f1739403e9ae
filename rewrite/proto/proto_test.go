package proto

import (
	"errors"
	"flag"
	"strconv"
	"strings"
	"testing"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/rewritetest"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

// cases are a .proto file, and changes and a catalog as rewritetest reads them, but that a column's type is its number
// and, after a stroke, its name in JSON.
func cases() rewritetest.Cases {
	return rewritetest.Cases{Rewriter: New(), Request: asked}
}

func TestCases(t *testing.T) {
	t.Parallel()
	rewritetest.Run(t, cases(), 40, *update)
}

func asked(said map[string]string) (rewrite.Request, error) {
	req, err := rewritetest.Request(said["changes"], said["catalog"], "")
	for _, table := range req.Catalog.Tables {
		err = errors.Join(err, numbered(table.Before), numbered(table.After))
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

func numbered(cols []rewrite.Column) (err error) {
	for i := range cols {
		number, label, _ := strings.Cut(cols[i].Type, "/")
		if number != "" {
			cols[i].Label = label
			if cols[i].Number, err = strconv.Atoi(number); err != nil {
				return err
			}
		}
		if err := numbered(cols[i].Fields); err != nil {
			return err
		}
	}
	return nil
}

func TestHandles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a/b.proto": true, "B.PROTO": true, "a.proto.txt": false, "proto": false} {
		if New().Handles(name) != want {
			t.Errorf("%s: want %t", name, want)
		}
	}
}

// TestRawBytes holds that a byte order mark, CRLF and a missing last line end stay.
func TestRawBytes(t *testing.T) {
	t.Parallel()
	src := "\ufeffsyntax = \"proto3\";\r\nmessage Order {\r\n\tint32 /* é */ cust_id=1;}"
	req := request(t, "rename orders.cust_id -> customer_id", "orders = acme.Order: ")
	_, out := cases().Sound(t, rewrite.File{Path: "o.proto", Content: []byte(src)}, req)
	if got := string(out); got != strings.Replace(src, "cust_id", "customer_id", 1) {
		t.Errorf("got %q", got)
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	req := request(t, "rename orders.cust_id -> customer_id\nrename orders.items.sku -> items.code", "orders = acme.Order: ")
	for name, src := range map[string]string{
		"deep": strings.Repeat("message cust_id {\n", 1<<16), "large": strings.Repeat("//\n", 2<<20) + "cust_id",
		"a long line": "message cust_id {" + strings.Repeat(" ", 1<<20) + "}", "not UTF-8": "message \xff { int32 cust_id = 1; }",
		"open text": "syntax = \"cust_id", "open comment": "/* cust_id", "no number": "message Order { int32 cust_id; }",
		"a huge number": "message Order { int32 cust_id = 99999999999999999999; }", "recursive": "message Order { Order items = 1; Order cust_id = 2; }",
		"twice": "message Order { int32 cust_id = 1; } message Order { int32 cust_id = 1; }", "a word": "cust_id",
		"no options": "message Order { string cust_id = 1 []; }", "many": "message Order {\n" + strings.Repeat("int32 cust_id = 1;\n", 20_000) + "}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cases().Survives(t, rewrite.File{Path: "o.proto", Content: []byte(src)}, req)
		})
	}
}

func FuzzRewrite(f *testing.F) {
	req, err := asked(map[string]string{
		"changes": "rename orders.cust_id -> customer_id\nrename orders.items.sku -> items.code\nenum orders.state -> DONE => CLOSED",
		"catalog": "orders = acme.Order:\nafter orders: id:1 customer_id:0/custId items(code)",
	})
	if err != nil {
		f.Fatal(err)
	}
	rewritetest.Fuzz(f, cases(), "o.proto", req)
}
