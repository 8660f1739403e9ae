package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// pipe resolves a query with stages. Each sees what the one before it gives: the tables of FROM until a SELECT or an
// AGGREGATE makes one unnamed table of them.
func (r *resolver) pipe(q *query, outer *scope, e *env, u use) *result {
	sc := r.scope(scope{parent: outer, reading: columns})
	if left := q.left; left.kind == queryTable && left.with == nil {
		waiting := len(r.waiting)
		for _, f := range left.sel.from {
			r.from(f, sc, r.beside(sc, 0, outer), e)
		}
		r.conditions(waiting, sc, e)
	} else {
		r.collapse(sc, r.query(left, outer, e, use{named: true}), -1)
	}
	for i := range q.stages {
		if s := &q.stages[i]; s.ordered && q.cut {
			r.ranks(s.exprs, sc)
		}
		r.stage(&q.stages[i], sc, e, u)
	}
	return r.expand(sc.rels, q.start, sc, false)
}

// collapse makes one table of what a stage gives.
func (r *resolver) collapse(sc *scope, res *result, alias int) {
	for i := range res.cols {
		res.cols[i].via = -1
	}
	rel := r.relation(relation{cols: res.cols, open: res.open, hole: res.hole, reshape: res.reshape, what: "the query before the pipe"})
	if alias >= 0 {
		rel.alias = r.named(alias)
	}
	sc.rels, sc.merged = nil, nil
	r.add(sc, rel)
}

func (r *resolver) stage(s *stage, sc *scope, e *env, u use) {
	switch s.key {
	case token.Join:
		r.stageJoin(s.join, sc, e)
	case token.Select:
		body := &selectBody{start: s.at, items: s.items}
		r.collapse(sc, r.stageItems(body, sc, e, u), -1)
	case token.Group:
		r.stageAggregate(s, sc, e, u)
	case token.Into:
		body := &selectBody{start: s.at, items: s.items}
		res := r.stageItems(body, sc, e, u)
		r.add(sc, r.relation(relation{cols: res.cols, open: res.open, what: "EXTEND"}))
	case token.Set:
		r.sets(s.sets, sc, sc, e)
	case token.Drop:
		r.stageDrop(s.names, sc)
	case token.Rename:
		r.stageRename(s.items, sc)
	case token.As:
		r.collapse(sc, r.expand(sc.rels, s.at, sc, false), s.names[0])
	default:
		if s.ordered {
			r.passAll(s.exprs)
		}
		r.exprs(s.exprs, sc, e)
	}
}

// stageItems resolves a list whose outputs the next stage reads by name. Its aliases are not seen by its own items.
func (r *resolver) stageItems(body *selectBody, sc *scope, e *env, u use) *result {
	inner := r.scope(*sc)
	inner.reading = columns
	return r.selectList(body, inner, e, use{named: true, top: u.top})
}

// stageJoin adds what the pipe is joined with.
func (r *resolver) stageJoin(j *from, sc *scope, e *env) {
	left := sc.rels
	r.from(j.right, sc, sc.parent, e)
	right := sc.rels[len(left):]
	r.exprs(j.args, sc, e)
	if j.on != nil {
		r.expr(j.on, sc, e)
	}
	for _, at := range j.using {
		r.using(at, left, right, sc)
	}
	if j.natural >= 0 {
		r.natural(j.natural, left, right, sc)
	}
}

// stageAggregate gives what is grouped by, then the aggregates.
func (r *resolver) stageAggregate(s *stage, sc *scope, e *env, u use) {
	values := r.stageItems(&selectBody{start: s.at, items: s.items}, sc, e, u)
	groups := r.stageItems(&selectBody{start: s.at, items: s.groups}, sc, e, u)
	groups.cols = r.mem.cols.pushAll(groups.cols, values.cols)
	groups.open = groups.open || values.open
	r.collapse(sc, groups, -1)
}

// stageDrop takes columns out; their names follow.
func (r *resolver) stageDrop(names []int, sc *scope) {
	for _, at := range names {
		b := r.refIn(r.ref(r.mem.only(at)), sc)
		if b.kind == isColumn {
			r.without(&b, nil)
		}
	}
}

// stageRename gives columns other names, which nothing changes any more.
func (r *resolver) stageRename(items []item, sc *scope) {
	for i := range items {
		b := r.refIn(items[i].expr, sc)
		r.leave(items[i].alias, roleAlias.String())
		if b.kind == isColumn {
			n := r.named(items[i].alias)
			r.without(&b, &outcol{before: n, after: n, via: -1, unsure: -1, trace: b.col.trace})
		}
	}
}

// without replaces a column of a relation, or takes it out. The columns are the catalog's, so they are copied.
func (r *resolver) without(b *binding, with *outcol) {
	cols := r.mem.cols.take(len(b.rel.cols))[:0]
	for i := range b.rel.cols {
		switch c := &b.rel.cols[i]; {
		case c != b.col:
			cols = append(cols, *c)
		case with != nil:
			cols = append(cols, *with)
		}
	}
	b.rel.cols = cols
	b.rel.shape = r.shapeOf(cols)
}
