package proto

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/rewritetest"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

// TestCases runs testdata: prose, a .proto file, changes and a catalog as rewritetest reads them, but that a column's
// type is its number and, after a stroke, its name in JSON.
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
		t.Fatalf("a case is prose, in.proto, changes and catalog: %v", err)
	}
	want := txtar.Format(&txtar.Archive{Files: a.Files[3:]})
	src, req := a.Files[0].Data, request(t, string(a.Files[1].Data), string(a.Files[2].Data))
	res := New().Rewrite(rewrite.File{Path: "in.proto", Content: src}, req)
	got := "-- want --\n" + shown(res)
	if len(res.Edits) > 0 {
		got += "-- out.proto --\n" + string(sound(t, src, res, req))
	}
	accounted(t, src, res, req)
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
		numbered(t, table.Before)
		numbered(t, table.After)
	}
	return req
}

func numbered(t *testing.T, cols []rewrite.Column) {
	t.Helper()
	for i := range cols {
		number, label, _ := strings.Cut(cols[i].Type, "/")
		if number != "" {
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			cols[i].Number, cols[i].Label = n, label
		}
		numbered(t, cols[i].Fields)
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

// sound holds what must be true of every rewrite: it applies, it is proven, and it is done once.
func sound(t *testing.T, src []byte, res rewrite.Result, req rewrite.Request) []byte {
	t.Helper()
	out, err := rewrite.Apply(src, res.Edits)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Verified {
		t.Errorf("not verified:\n%s", out)
	}
	if again := New().Rewrite(rewrite.File{Path: "in.proto", Content: out}, req); len(again.Edits) > 0 {
		t.Errorf("a second run edits again: %+v", again.Edits)
	}
	return out
}

// accounted holds that each place of a field's old name, and of a value's, is edited, refused or listed.
func accounted(t *testing.T, src []byte, res rewrite.Result, req rewrite.Request) {
	t.Helper()
	var m rewrite.Mapping
	for _, c := range req.Mapping.Changes {
		if c.Kind == rewrite.RenameEnum {
			c.From = c.OldValue
		}
		m.Changes = append(m.Changes, c)
	}
	for _, fault := range rewritetest.Unaccounted(src, res, m, "") {
		t.Error(fault)
	}
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
	res := New().Rewrite(rewrite.File{Path: "o.proto", Content: []byte(src)}, req)
	if got := string(sound(t, []byte(src), res, req)); got != strings.Replace(src, "cust_id", "customer_id", 1) {
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
			res := New().Rewrite(rewrite.File{Path: "o.proto", Content: []byte(src)}, req)
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
		req := request(t, "rename orders.cust_id -> customer_id\nrename orders.items.sku -> items.code\nenum orders.state -> DONE => CLOSED",
			"orders = acme.Order:\nafter orders: id:1 customer_id:0/custId items(code)")
		res := New().Rewrite(rewrite.File{Path: "o.proto", Content: src}, req)
		out, err := rewrite.Apply(src, res.Edits)
		if err != nil {
			t.Fatal(err)
		}
		accounted(t, src, res, req)
		if len(res.Edits) == 0 || !res.Verified {
			return
		}
		if again := New().Rewrite(rewrite.File{Path: "o.proto", Content: out}, req); len(again.Edits) > 0 {
			t.Fatalf("a second run edits again: %+v in\n%s", again.Edits, out)
		}
	})
}
