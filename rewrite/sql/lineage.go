package sql

import (
	"cmp"
	"slices"

	"github.com/skein-bot/skein/rewrite"
)

// Source is a column that a value comes from. A table that the catalog does not know goes by its name in the query.
type Source struct{ Dataset, Column string }

// Output is one column of what a statement puts out: a query, what a table or view is created from, or what an
// INSERT takes its rows from.
type Output struct {
	Statement int    // from 0
	Name      string // empty if the engine makes one up, * if a star stands over a table that is not known
	Sources   []Source
	Plain     bool // the value is that of its only source, passed through
	Partial   bool // there may be further sources: a name that could belong to several tables, or that is not understood
}

// Lineage says where the outputs of a file come from. Conditions, groups and orders are no sources, but what a
// subquery in a select list reads is. Statements that are not understood have no outputs.
func Lineage(f rewrite.File, cat rewrite.Catalog, dialect string) []Output {
	if len(f.Content) > maxBytes {
		return nil
	}
	mem := newMemory()
	c := mem.catalogOf(&asked{req: rewrite.Request{Catalog: cat, Dialect: dialect}})
	src := read(f.Content, c.d, mem, c.needles)
	var t tracing
	src.trace(c, &t)
	return t.outputs
}

// tracing is what the resolver gathers for Lineage.
type tracing struct {
	seen    []Source // by the references so far
	flags   flags    // of the item that is being read
	outputs []Output
}

// flags is what is true of an item besides its sources.
type flags struct{ partial, computed bool }

// trace is where a column comes from.
type trace struct {
	sources []Source
	plain   bool
	partial bool
}

// saw notes what a reference reads.
func (t *tracing) saw(r *resolver, b *binding, path []name) {
	switch {
	case b.kind == isColumn && b.col != nil:
		t.add(traceOf(b.rel, b.col))
	case b.kind == isOpen && b.rel != nil && b.rel.from != nil && b.rel.from.kind == fromTable:
		t.seen = append(t.seen, Source{r.what(b.rel.from), path[min(b.part, len(path)-1)].String()})
	case b.kind == isOutput && b.out.trace != nil:
		t.add(*b.out.trace)
	case b.kind == isRow:
		for i := range b.rel.cols {
			t.add(traceOf(b.rel, &b.rel.cols[i]))
		}
	case b.kind != isParam:
		t.flags.partial = true
	}
}

func (t *tracing) add(from trace) {
	t.seen = append(t.seen, from.sources...)
	t.flags.partial = t.flags.partial || from.partial
	t.flags.computed = t.flags.computed || !from.plain
}

// subquery adds what a query in an expression puts out.
func (t *tracing) subquery(res *result) {
	for i := range res.cols {
		if from := res.cols[i].trace; from != nil {
			t.add(*from)
		}
	}
	t.flags.computed = true
}

// traceOf is where a column of a relation comes from: a table's is its own source.
func traceOf(rel *relation, col *outcol) trace {
	switch {
	case col.trace != nil:
		return *col.trace
	case rel.table != nil:
		return trace{sources: []Source{{rel.table.dataset, col.before.String()}}, plain: true}
	}
	return trace{partial: rel.open}
}

// item is where an item of a select list comes from, whose references are those since mark.
func (t *tracing) item(mark int, around flags, plain bool) *trace {
	out := &trace{sources: unique(t.seen[mark:]), partial: t.flags.partial}
	out.plain = plain && len(out.sources) == 1 && !out.partial && !t.flags.computed
	t.seen, t.flags = t.seen[:mark], around
	return out
}

func unique(list []Source) []Source {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b Source) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(out)
}

// merge puts the branches of a set operation together, column by column.
func (t *tracing) merge(left, right []outcol) {
	for i := range left {
		if i >= len(right) || left[i].trace == nil || right[i].trace == nil {
			continue
		}
		a, b := left[i].trace, right[i].trace
		all := unique(append(slices.Clone(a.sources), b.sources...))
		left[i].trace = &trace{sources: all, plain: a.plain && b.plain && len(all) == 1, partial: a.partial || b.partial}
	}
}

// output notes what a statement puts out.
func (t *tracing) output(statement int, res *result) {
	for i := range res.cols {
		c := &res.cols[i]
		o := Output{Statement: statement, Name: c.before.String(), Partial: c.trace == nil}
		if c.trace != nil {
			o.Sources, o.Plain, o.Partial = c.trace.sources, c.trace.plain, c.trace.partial
		}
		t.outputs = append(t.outputs, o)
	}
	if res.open {
		t.outputs = append(t.outputs, Output{Statement: statement, Name: "*", Partial: true})
	}
}
