package sql

import (
	"sort"
)

// A query is calm if the changes cannot touch anything in it: every table in it is the same in both schemas, no name
// in it is of interest, nothing was edited or refused. Under the new schema it gives what it gave, so the proof of a
// file whose tree is the same takes its outcome over.

// calm is what resolving such a query left behind.
type calm struct {
	query  *query
	res    result
	marks  [2]mark // before and after it
	edited bool    // an edit stands in it after all
}

// mark is how far the resolver's lists had grown.
type mark struct{ stirs, visits, rels, cols, names, runs, outs int }

func (r *resolver) mark() mark {
	return mark{r.stirs, len(r.list.visits), len(r.rels), len(r.cols), len(r.list.outNames), len(r.list.outRuns), r.outs}
}

// stirred notes that something here is the changes' business.
func (r *resolver) stirred() { r.stirs++ }

// stirs: the relation may not be the same in both schemas.
func (rel *relation) stirs() bool {
	return rel.shape == nil || rel.maybe != nil || rel.hole || rel.reshape != nil || rel.shape.touched ||
		rel.table != nil && !rel.table.steady || rel.table == nil && rel.shape.nested
}

// remember keeps the outcome of a query that is calm. Where a.b can be a field, outputs hold on to the scope around.
func (r *resolver) remember(q *query, outer *scope, before *mark, res *result) {
	if q.calm = 0; r.stirs != before.stirs || len(res.branches) > 0 || r.d.structFirst && outer != nil {
		return
	}
	r.list.calms = append(r.list.calms, calm{query: q, res: *res, marks: [2]mark{*before, r.mark()}})
	q.calm = len(r.list.calms)
}

// recall gives the outcome of a calm query in a proof, with all that resolving it would leave behind; nil for others.
func (r *resolver) recall(q *query) *result {
	first := &r.mem.lists[0]
	if q.calm == 0 || q.calm > len(first.calms) {
		return nil
	}
	c := &first.calms[q.calm-1]
	if c.edited || c.query != q {
		return nil
	}
	from, to, decided := &c.marks[0], &c.marks[1], &first.resolver
	r.visit += to.visits - from.visits
	r.outs += to.outs - from.outs
	r.rels = append(r.rels, decided.rels[from.rels:to.rels]...)
	shift := len(r.list.outNames) - from.names
	r.list.outNames = append(r.list.outNames, first.outNames[from.names:to.names]...)
	runs := len(r.list.outRuns) - from.runs
	for _, run := range first.outRuns[from.runs:to.runs] {
		r.list.outRuns = append(r.list.outRuns, span{run.start + shift, run.end + shift})
	}
	for _, o := range decided.cols[from.cols:to.cols] {
		r.cols = append(r.cols, outputs{o.stmt, o.from + shift, o.to + shift, tokens{o.runs.start + runs, o.runs.end + runs}, o.loose})
	}
	return r.result(c.res)
}

// disturb marks the queries that tokens which were edited stand in.
func (l *lists) disturb(edited []int) {
	for i := range l.calms {
		c := &l.calms[i]
		k := sort.SearchInts(edited, c.query.start)
		c.edited = k < len(edited) && edited[k] < c.query.end
	}
}
