package sql

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// use is what becomes of a query's outputs.
type use struct {
	named      bool // their names are seen, so they must stay
	top        bool // they leave the file
	positional bool // they are matched with others by position
	ordered    bool // an ORDER BY looks for them
	met        bool // a set operation further out compares their values
}

// result is a query's outputs.
type result struct {
	cols    []outcol
	open    bool
	hole    bool    // a star passes on a table that a template stands for
	loose   bool    // a star passes on a join that was refused
	reshape *change // a star passes on a table whose shape changed
	star    int

	branches []*scope // where ORDER BY after a set operation looks into them
}

// query resolves a query, or knows already what comes of it.
func (r *resolver) query(q *query, outer *scope, e *env, u use) *result {
	if r.proof {
		if res := r.recall(q); res != nil {
			return res
		}
		return r.queryAfresh(q, outer, e, u)
	}
	before := r.mark()
	res := r.queryAfresh(q, outer, e, u)
	r.remember(q, outer, &before, res)
	return res
}

// queryAfresh resolves a query: its WITH, its body, its tail.
func (r *resolver) queryAfresh(q *query, outer *scope, e *env, u use) *result {
	if q.with != nil {
		e = r.with(q.with, outer, e)
	}
	var res *result
	switch q.kind {
	case querySelect:
		res = r.selectQuery(q, outer, e, u)
	case querySet:
		res = r.setQuery(q, outer, e, u)
		r.orderBySet(q, res, outer, e)
	case queryParen:
		res = r.query(q.left, outer, e, u)
		r.orderBySet(q, res, outer, e)
	case queryValues:
		res = r.values(q, outer, e)
	case queryTable:
		sc := r.scope(scope{parent: outer})
		for _, f := range q.sel.from {
			r.from(f, sc, outer, e)
		}
		res = r.expand(sc.rels, q.start, sc, false)
	case queryPipe:
		res = r.pipe(q, outer, e, u)
	}
	r.keep(res)
	return res
}

// keep notes the outputs' new names for the proof.
func (r *resolver) keep(res *result) {
	l := r.list
	first, firstRun, star := len(l.outNames), len(l.outRuns), -1
	for i := range res.cols {
		c := &res.cols[i]
		switch {
		case c.gone:
			continue
		case c.via >= 0 && star < 0:
			star = len(l.outNames)
		case c.via < 0 && star >= 0:
			l.outRuns, star = append(l.outRuns, span{star, len(l.outNames)}), -1
		}
		if c.via < 0 || !c.after.empty() {
			l.outNames = append(l.outNames, c.after.text)
		}
	}
	if star >= 0 {
		l.outRuns = append(l.outRuns, span{star, len(l.outNames)})
	}
	if res.open {
		l.outNames = append(l.outNames, "*")
	}
	r.cols = append(r.cols, outputs{len(r.stmts) - 1, first, len(l.outNames), tokens{firstRun, len(l.outRuns)}, res.loose})
}

// of is the names themselves.
func (o *outputs) of(l *lists) []string { return l.outNames[o.from:o.to] }

// sortRuns puts the columns of stars into an order of its own.
func (l *lists) sortRuns(o outputs) {
	for _, run := range l.outRuns[o.runs.start:o.runs.end] {
		slices.SortFunc(l.outNames[run.start:run.end], compareFold)
	}
}

// compareFold orders names that differ in case only alike.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(a[i]|0x20, b[i]|0x20); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func (r *resolver) nextOutput() int {
	r.outs++
	return r.outs
}

// selectQuery resolves one SELECT in the order in which SQL does: FROM, the list, and what follows it.
func (r *resolver) selectQuery(q *query, outer *scope, e *env, u use) *result {
	s := q.sel
	sc, waiting := r.mem.scopes.one(), len(r.waiting)
	sc.parent, sc.query = outer, q
	for _, f := range s.from {
		r.from(f, sc, r.beside(sc, 0, outer), e)
	}
	sc.reading = r.d.later
	u.ordered = r.d.orderStar && (u.ordered || len(q.order) > 0)
	res := r.selectList(s, sc, e, u)
	sc.reading, sc.bare = r.d.where, false
	r.conditions(waiting, sc, e)
	r.clause(s.where, r.d.where, sc, e)
	r.clause(s.prewhere, r.d.where, sc, e)
	r.groupBy(s, sc, e)
	r.clause(s.having, r.d.having, sc, e)
	if len(s.windows) > 0 {
		r.windows(s, sc, e, res.cols, u.named || s.asStruct)
	}
	r.clause(s.qualify, r.d.qualify, sc, e)
	for _, x := range s.sort {
		r.orderItem(x, sc, e)
	}
	for _, o := range q.order {
		r.orderItem(o.expr, sc, e)
	}
	if res.reshape != nil {
		r.ordinals(q, res)
	}
	r.cutBy(q, sc, res)
	for _, x := range s.distinctOn {
		sc.reading, sc.bare = unsure, false
		r.expr(x, sc, e)
	}
	sc.reading, sc.bare = r.d.orderExpr, false
	r.exprs(s.limitBy, sc, e)
	if len(q.limit) > 0 {
		r.exprs(q.limit, r.scope(scope{parent: outer}), e)
	}
	for _, at := range s.holes {
		r.clauseHole(at, sc)
	}
	if s.into != nil {
		r.define(s.into, res)
	}
	if r.d.flatFrom && u.ordered {
		res.branches = []*scope{sc}
	}
	return res
}

// windows resolves the WINDOW clause.
func (r *resolver) windows(s *selectBody, sc *scope, e *env, cols []outcol, named bool) {
	first := len(r.edits)
	for _, w := range s.windows {
		sc.reading = r.d.window
		r.window(w.spec, sc, e)
	}
	r.windowNames(s, cols, first, named)
}

// clause resolves the expression of a clause, if it has one.
func (r *resolver) clause(x *expr, reading reading, sc *scope, e *env) {
	if sc.reading, sc.bare = reading, false; x != nil {
		r.expr(x, sc, e)
	}
}

// ordinals refuses numbers that count columns behind the beginning of a star that has more of them now, or fewer.
func (r *resolver) ordinals(q *query, res *result) {
	first := slices.IndexFunc(res.cols, func(c outcol) bool { return c.via == res.star })
	judge := func(x *expr) {
		if n, err := strconv.Atoi(r.source(x)); x.kind == exprLit && err == nil && n > first {
			r.refuse(x.start, res.reshape, "star_positional", "this number counts columns, and those of the star before it changed in number or order",
				"name the column")
		}
	}
	for _, x := range q.sel.group {
		judge(x)
	}
	for _, o := range q.order {
		judge(o.expr)
	}
}

// orderItem resolves one item of ORDER BY: a bare name prefers the alias, an expression has its own rule.
func (r *resolver) orderItem(x *expr, sc *scope, e *env) {
	r.passes(x)
	sc.reading, sc.bare = r.d.orderExpr, false
	if ref := r.orderedBy(x); ref != nil && len(ref.path) == 1 {
		x, sc.reading, sc.bare = ref, r.d.order, true
	}
	r.expr(x, sc, e)
	sc.bare = false
}

// orderedBy is the reference that an item of ORDER BY is. SQLite looks through a collation.
func (r *resolver) orderedBy(x *expr) *expr {
	for x.kind == exprParen && len(x.kids) == 1 || x.kind == exprCollate && r.d.flatFrom {
		x = x.kids[0]
	}
	return plainRef(x)
}

// groupBy resolves GROUP BY, looking into lists for bare names.
func (r *resolver) groupBy(s *selectBody, sc *scope, e *env) {
	for _, x := range s.group {
		r.groupItem(x, sc, e)
	}
	if len(s.group) > 0 && plainRef(s.group[0]) == nil {
		sc.reading, sc.bare = r.d.groupExpr, false
		r.groupedApart(s.group, sc)
	}
	if r.d.having == grouped {
		for _, x := range s.group {
			if ref := plainRef(x); ref != nil {
				n := r.named(ref.path[len(ref.path)-1])
				sc.grouped = r.mem.names.push(sc.grouped, n)
				if !r.proof && !r.interested(ref.path[len(ref.path)-1:]) {
					continue
				}
				if b := r.bareName(r.scope(scope{rels: sc.rels}), n, old); b.kind == isColumn && !b.col.after.empty() {
					sc.grouped = r.mem.names.push(sc.grouped, b.col.after)
				}
			}
		}
	}
}

func (r *resolver) groupItem(x *expr, sc *scope, e *env) {
	r.passes(x)
	sc.bare = false
	sc.reading = r.d.groupExpr
	switch {
	case x.kind == exprRef && len(x.path) == 1:
		sc.reading = r.d.group
	case x.kind == exprParen, x.kind == exprOther && x.op < 0 && r.isTuple(x), x.kind == exprCall && r.isGrouping(x):
		if x.kind == exprCall {
			r.leaveAll(x.path, roleFunction.String())
		}
		for _, k := range x.kids {
			r.groupItem(k, sc, e)
		}
		return
	}
	r.expr(x, sc, e)
}

// isTuple: the expression is ( a, b ).
func (r *resolver) isTuple(x *expr) bool {
	return x.start < len(r.toks) && r.toks[x.start].Key == token.LParen
}

func (r *resolver) isGrouping(x *expr) bool {
	if len(x.path) != 1 {
		return false
	}
	switch upperText := r.text(x.path[0]); {
	case equalFold(upperText, "rollup"), equalFold(upperText, "cube"):
		return true
	}
	return false
}

// selectList resolves the items one by one; each is seen by later ones as far as the dialect lets it.
func (r *resolver) selectList(s *selectBody, sc *scope, e *env, u use) *result {
	res := r.mem.results.one()
	res.star, res.cols = -1, r.mem.cols.take(len(s.items))[:0]
	sc.outputs = r.mem.outputs.take(len(s.items))[:0]
	named := u.named || s.asStruct
	sc.top = u.top
	for i := range s.items {
		it := &s.items[i]
		sc.reading, sc.bare = r.d.later, false
		if r.d.later == column {
			sc.pending = s.items[i:]
		}
		if it.expr.kind == exprStar {
			star := r.star(it.expr, sc, e, use{named: named, top: u.top, positional: u.positional, ordered: u.ordered})
			if len(res.cols) == 0 {
				res.cols = star.cols
			} else {
				res.cols = r.mem.cols.pushAll(res.cols, star.cols)
			}
			res.open, res.hole, res.loose = res.open || star.open, res.hole || star.hole, res.loose || star.loose
			if star.reshape != nil && res.reshape == nil {
				res.reshape, res.star = star.reshape, star.star
			}
			continue
		}
		if it.expr.kind == exprField && len(it.expr.path) == 0 {
			r.expr(it.expr, sc, e)
			res.open = true
			continue
		}
		if r.drops {
			if col, gone := r.dropItem(s, i, sc, u); gone {
				res.cols = r.mem.cols.push(res.cols, col)
				continue
			}
		}
		res.cols = r.mem.cols.longer(res.cols)
		outs, last := r.mem.outputs.longer(sc.outputs), len(sc.outputs)
		sc.outputs = outs[:last] // the item does not see itself
		r.item(it, s, sc, e, named, &res.cols[len(res.cols)-1], &outs[last])
		sc.outputs = outs
		res.open = res.open || it.expr.kind == exprHole && it.alias < 0
	}
	res.open = res.open || sc.chooses
	sc.pending = nil
	return res
}
