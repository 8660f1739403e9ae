package rewrite

import "testing"

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
