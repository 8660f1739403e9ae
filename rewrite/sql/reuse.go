package sql

import (
	"maps"
	"slices"

	"github.com/skein-bot/skein/rewrite"
)

// kept is the catalog of a memory's last file with a copy of the request that it was made from. Files of one
// consumer share a request, so most find it ready; a request that says anything else makes a new one.
type kept struct {
	req rewrite.Request
	cat *catalog
}

// catalogFor is the catalog of a request: the last one if nothing changed, even in place.
func (m *memory) catalogFor(req *rewrite.Request) *catalog {
	if m.last.cat != nil && sameRequest(&m.last.req, req) {
		return m.last.cat.serve(req)
	}
	d := dialectOf(req.Dialect)
	m.last = kept{copyRequest(req), newCatalog(&d, req)}
	return m.last.cat
}

func sameRequest(a, b *rewrite.Request) bool {
	return a.Dialect == b.Dialect &&
		slices.EqualFunc(a.Mapping.Changes, b.Mapping.Changes, sameChange) &&
		slices.EqualFunc(a.Catalog.Tables, b.Catalog.Tables, sameTable) &&
		maps.EqualFunc(a.ReadAs, b.ReadAs, slices.Equal[[]string])
}

func sameChange(a, b rewrite.Change) bool {
	return a.Kind == b.Kind && a.Dataset == b.Dataset && a.From == b.From && a.To == b.To && maps.Equal(a.Fields, b.Fields) &&
		a.Expr == b.Expr && a.OldValue == b.OldValue && a.NewValue == b.NewValue && a.Reason == b.Reason &&
		a.Coexists == b.Coexists && a.Index == b.Index
}

func sameTable(a, b rewrite.Table) bool {
	return a.Dataset == b.Dataset && a.Dialect == b.Dialect && slices.Equal(a.Names, b.Names) &&
		sameColumns(a.Before, b.Before) && sameColumns(a.After, b.After)
}

// sameColumns compares what SQL sees of columns.
func sameColumns(a, b []rewrite.Column) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Type != b[i].Type || a[i].Array != b[i].Array || !sameColumns(a[i].Fields, b[i].Fields) {
			return false
		}
	}
	return true
}

func copyRequest(req *rewrite.Request) rewrite.Request {
	out := rewrite.Request{Dialect: req.Dialect, ReadAs: maps.Clone(req.ReadAs)}
	for dataset, names := range out.ReadAs {
		out.ReadAs[dataset] = slices.Clone(names)
	}
	out.Mapping.Changes = slices.Clone(req.Mapping.Changes)
	for i := range out.Mapping.Changes {
		out.Mapping.Changes[i].Fields = maps.Clone(out.Mapping.Changes[i].Fields)
	}
	out.Catalog.Tables = slices.Clone(req.Catalog.Tables)
	for i := range out.Catalog.Tables {
		t := &out.Catalog.Tables[i]
		t.Names, t.Before, t.After = slices.Clone(t.Names), copyColumns(t.Before), copyColumns(t.After)
	}
	return out
}

func copyColumns(cols []rewrite.Column) []rewrite.Column {
	out := slices.Clone(cols)
	for i := range out {
		out[i].Fields = copyColumns(out[i].Fields)
	}
	return out
}
