package rewrite

import (
	"fmt"
	"testing"
)

func TestInPlace(t *testing.T) {
	t.Parallel()
	m := Mapping{Changes: []Change{
		{Kind: RenameField, Dataset: "t", From: "a", To: "b"}, {Kind: RenameField, Dataset: "t", From: "a.c", To: "b.d"}, {Kind: DropField, Dataset: "t", From: "g"},
	}}
	for _, c := range []struct {
		dataset, from, to string
		want              bool
	}{
		{"t", "x", "y", true}, {"t", "a.x", "a.y", true}, {"t", "a[].x", "b[].y", true}, {"t", "a.c.x", "b.d.y", true}, {"t", "a.e.x", "b.e.y", true},
		{"t", "a.e.x", "b.f.y", false}, {"t", "x", "b.y", false}, {"t", "b.x", "y", false}, {"u", "a.x", "b.y", false}, {"t", "g.x", "h.y", false}, {"t", "ab.x", "b.x", false},
	} {
		if got := m.InPlace(Change{Dataset: c.dataset, From: c.from, To: c.to}); got != c.want {
			t.Errorf("%s of %s to %s: %t", c.from, c.dataset, c.to, got)
		}
	}
}

func TestOldName(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Change{
		"b": {Kind: RenameField, From: `a[]."b"`}, "v": {Kind: RenameEnum, From: "a", OldValue: "v"}, "": {Kind: Reshape, From: "a"}, "orders": {Kind: RenameDataset, From: "sales.orders"},
	} {
		if got := c.OldName(); got != want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestCatalogLookups(t *testing.T) {
	t.Parallel()
	r := Request{ReadAs: map[string][]string{"t": {"c"}}, Catalog: Catalog{Tables: []Table{
		{Dataset: "u", Names: []string{"x.u"}},
		{Dataset: "t", Names: []string{"x.t"}, Before: []Column{{Name: "a", Fields: []Column{{Name: "b", Number: 7}}}}},
	}}}
	own, others := r.NamesOf("t")
	if len(own) != 3 || len(others) != 2 || own[1] != "c" || own[2] != "x.t" || others[1] != "x.u" {
		t.Errorf("own %v, others %v", own, others)
	}
	if c, known := r.Column("t", "a[].b", false); !known || c.Number != 7 {
		t.Errorf("%+v, %t", c, known)
	}
	for _, path := range []string{"a.c", "c", "a.b.d"} {
		if c, known := r.Column("t", path, false); known {
			t.Errorf("%s: %+v", path, c)
		}
	}
	if _, known := r.Column("t", "a", true); known {
		t.Error("it is gone after")
	}
}

// A name is a word of its own in any case, whatever stands beside it in whatever script.
func TestHasWord(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"cust_id": true, "the Cust_Id.": true, "(CUST_ID)": true, "xcust_id cust_id": true, "cust_ids": false, "écust_id": false, "cust_id2": false, "cust_idé": false, "": false,
	} {
		if HasWord(text, "cust_id") != want {
			t.Errorf("%q: want %t", text, want)
		}
	}
	if HasWord("text", "") {
		t.Error("no name stands nowhere")
	}
}

// Each field that holds a type is a way to it, and one that nobody holds is read by itself.
func TestWaysFrom(t *testing.T) {
	t.Parallel()
	in := map[string][]string{"b": {"a", "a"}, "c": {"b", "x"}, "ring": {"ring", "a"}}
	for i := range 64 {
		in[fmt.Sprint("d", i+1)] = []string{fmt.Sprint("d", i), fmt.Sprint("d", i)}
	}
	for _, c := range []struct {
		from, to string
		want     int
	}{{"a", "a", 1}, {"a", "b", 2}, {"a", "c", 3}, {"a", "ring", 1}, {"a", "alone", 1}, {"d0", "d64", 1 << 20}} {
		if got := WaysFrom(c.from, c.to, func(t string) []string { return in[t] }); got != c.want {
			t.Errorf("from %s to %s: %d, want %d", c.from, c.to, got, c.want)
		}
	}
}
