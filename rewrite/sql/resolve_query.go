package sql

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/skein-bot/skein/rewrite"
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
	r.cols = append(r.cols, outputs{len(r.stmts) - 1, first, len(l.outNames), tokens{firstRun, len(l.outRuns)}})
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

func (r *resolver) values(q *query, outer *scope, e *env) *result {
	sc := r.scope(scope{parent: outer})
	for _, row := range q.rows {
		r.exprs(row, sc, e)
	}
	r.exprs(q.limit, sc, e)
	res := r.result(result{open: true, star: -1})
	if len(q.rows) > 0 {
		for _, x := range q.rows[0] {
			res.cols = r.mem.cols.push(res.cols, outcol{via: -1, unsure: -1, value: x, in: sc})
		}
	}
	return res
}

// setQuery takes the names from the first branch. The others' names are seen only by BY NAME.
func (r *resolver) setQuery(q *query, outer *scope, e *env, u use) *result {
	ordered := u.ordered || len(q.order) > 0
	left := r.query(q.left, outer, e, use{named: u.named || q.byName, top: u.top, positional: true, ordered: ordered, met: u.met || !r.unionAll(q)})
	right := r.query(q.right, outer, e, use{named: q.byName, positional: true, ordered: ordered})
	left.branches = append(left.branches, right.branches...)
	for _, side := range [...]*result{left, right} {
		if side.reshape != nil {
			r.refuse(side.star, side.reshape, "star_positional",
				"the branches of a set operation are matched by position, and the columns of "+side.reshape.Dataset+" changed in number or order",
				"list the columns in both branches")
			side.reshape = nil
		}
		if q.byName {
			r.judgeByName(side)
		}
	}
	r.valuesMeet(q, left, right, u)
	if q.byName {
		left.open = left.open || right.open
		left.cols = r.withNamesOf(left.cols, right.cols)
	}
	if r.tracing != nil {
		r.tracing.merge(left.cols, right.cols)
	}
	return left
}

// withNamesOf adds the outputs that only the other branch of a UNION BY NAME has.
func (r *resolver) withNamesOf(cols, others []outcol) []outcol {
	for i := range others {
		o := &others[i]
		if !o.before.empty() && !slices.ContainsFunc(cols, func(c outcol) bool { return r.d.same(c.before, o.before) }) {
			cols = r.mem.cols.push(cols, *o)
		}
	}
	return cols
}

// judgeByName refuses a star whose renamed column would no longer meet its namesake.
func (r *resolver) judgeByName(res *result) {
	for i := range res.cols {
		if c := &res.cols[i]; c.renamed() {
			r.refuse(c.via, c.change, "star_output", "this star's columns are matched by name, and "+c.before.String()+" is renamed",
				"list the columns, with "+c.after.String()+" AS "+c.before.String())
		}
	}
}

// orderBySet resolves ORDER BY and LIMIT after a set operation, where only outputs are seen, and nothing further out.
func (r *resolver) orderBySet(q *query, res *result, outer *scope, e *env) {
	sc := r.scope(scope{parent: outer, reading: alias, bare: true, branches: res.branches})
	if q.kind == querySet {
		sc.parent = nil
	}
	for i := range res.cols {
		sc.outputs = r.mem.outputs.push(sc.outputs, output{before: res.cols[i].before, after: res.cols[i].after, id: r.nextOutput()})
	}
	for _, o := range q.order {
		ref := r.orderedBy(o.expr)
		switch {
		case !r.d.flatFrom:
			r.expr(o.expr, sc, e)
		case ref != nil && len(ref.path) == 1:
			r.expr(ref, sc, e)
		default:
			r.orderBySame(o.expr)
		}
	}
	r.cutBy(q, sc, res)
	if len(q.limit) > 0 {
		r.exprs(q.limit, r.scope(scope{parent: outer}), e)
	}
}

// orderBySame: SQLite compares an expression after a set operation with the items of each branch, which is not followed.
func (r *resolver) orderBySame(x *expr) {
	for at := x.start; at < x.end; at++ {
		if t := r.toks[at]; t.Kind != token.Word && t.Kind != token.Quoted {
			continue
		}
		if n := r.named(at); r.cat.shifts.may([]name{n}) {
			r.refuse(at, r.changeTo(n), "order_by_set", "an expression orders the rows of a set operation, and must be one of a branch",
				"order by an output's name or number")
			return
		}
	}
}

func (r *resolver) nextOutput() int {
	r.outs++
	return r.outs
}

// with resolves common table expressions and returns the environment with them in it.
func (r *resolver) with(w *with, outer *scope, e *env) *env {
	for i := range w.ctes {
		c := &w.ctes[i]
		inner := e
		if w.recursive || r.d.laterCTE {
			for k := len(w.ctes) - 1; k > i; k-- {
				inner = r.env(env{outer: inner, name: r.named(w.ctes[k].name), open: true, unclear: true})
			}
		}
		if w.nested && r.d.readsItself && !w.recursive {
			inner = r.ownEnv(c, r.whole(c.query), inner)
		}
		res := r.cte(c, w.recursive || r.d.anyRecursive, outer, inner)
		e = r.env(env{outer: e, name: r.named(c.name), cols: res.cols, open: res.open, hole: res.hole, reshape: res.reshape})
	}
	return e
}

func (r *resolver) cte(c *cte, recursive bool, outer *scope, e *env) *result {
	u := use{named: c.query.names(c.columns)}
	q := c.query
	if !recursive || q.kind != querySet || r.toks[q.op].Key != token.Union {
		if recursive {
			e = r.ownEnv(c, r.whole(q), e)
		}
		return r.listed(r.query(q, outer, e, u), c.columns)
	}
	if q.with != nil {
		e = r.with(q.with, outer, r.ownEnv(c, q.with.tokens(), e))
	}
	ordered := len(q.order) > 0
	own := r.env(env{outer: e, name: r.named(c.name), own: true})
	anchor := r.query(q.left, outer, own, use{named: u.named || q.byName, positional: true, ordered: ordered})
	first := r.listed(anchor, c.columns)
	self := r.env(env{outer: e, name: r.named(c.name), cols: first.cols, open: first.open, unclear: r.definesAgain(q, c.name)})
	second := r.query(q.right, outer, self, use{named: q.byName, positional: true, ordered: ordered})
	first.branches = append(anchor.branches, second.branches...)
	r.valuesMeet(q, anchor, second, u)
	for _, res := range [...]*result{first, second} {
		if res.reshape != nil {
			r.refuse(res.star, res.reshape, "star_positional", "a recursive query's branches are matched by position, and the columns changed",
				"list the columns in both branches")
		}
	}
	if r.tracing != nil {
		r.tracing.merge(first.cols, second.cols)
	}
	r.orderBySet(q, first, outer, e)
	r.keep(first)
	return first
}

// ownEnv is what a common table expression's own name means in its body, or in a part of it, where it is not certain.
func (r *resolver) ownEnv(c *cte, body tokens, e *env) *env {
	reads := r.reads(body, c.name)
	return r.env(env{outer: e, name: r.named(c.name), open: true, unclear: reads, own: !reads})
}

// definesAgain: the query has a common table expression of the name itself, and engines differ in which is read.
func (r *resolver) definesAgain(q *query, at int) bool {
	return q.with != nil && slices.ContainsFunc(q.with.ctes, func(c cte) bool { return r.d.same(r.named(c.name), r.named(at)) })
}

// whole are the tokens of a query, with the WITH before it.
func (r *resolver) whole(q *query) tokens {
	all := tokens{q.start, min(q.end, len(r.toks))}
	if q.with != nil && len(q.with.ctes) > 0 {
		all.start = min(all.start, q.with.ctes[0].name)
	}
	return all
}

// tokens are those of the common table expressions.
func (w *with) tokens() tokens {
	if len(w.ctes) == 0 {
		return tokens{}
	}
	return tokens{w.ctes[0].name, w.ctes[len(w.ctes)-1].query.end}
}

// reads: the name stands somewhere in a part of the file as part of a table's name.
func (r *resolver) reads(part tokens, at int) bool {
	n := r.named(at)
	for i := part.start; i < part.end; i++ {
		if r.roles[i] == roleTable && r.d.same(r.named(i), n) {
			return true
		}
	}
	return false
}

// names: some outputs of the query keep their own names under a list of columns.
func (q *query) names(list []int) bool {
	for q.kind == querySet || q.kind == queryParen {
		q = q.left
	}
	if len(list) == 0 || q.kind != querySelect {
		return true
	}
	star := func(it item) bool { return it.expr.kind == exprStar }
	return len(q.sel.items) > len(list) || slices.ContainsFunc(q.sel.items, star)
}

// listed puts the names of a column list on a result; outputs beyond the list keep theirs.
func (r *resolver) listed(res *result, list []int) *result {
	if len(list) == 0 {
		return res
	}
	cols := r.mem.cols.take(len(list))
	for i, at := range list {
		n := r.named(at)
		cols[i] = outcol{before: n, after: n, via: -1, unsure: -1}
		if i < len(res.cols) {
			c := &res.cols[i]
			cols[i].fields, cols[i].trace, cols[i].scalar, cols[i].value, cols[i].in = c.fields, c.trace, c.scalar, c.value, c.in
			cols[i].change = c.lasting()
		}
	}
	if res.reshape != nil {
		r.refuse(res.star, res.reshape, "star_positional", "a column list names this star's columns by position, and they changed in number or order",
			"list the columns instead of the star")
	}
	if len(res.cols) > len(list) {
		cols = r.mem.cols.pushAll(cols, res.cols[len(list):])
	}
	return r.result(result{cols: cols, star: -1})
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
	first := len(r.edits)
	for _, w := range s.windows {
		sc.reading = r.d.window
		r.window(w.spec, sc, e)
	}
	r.windowNames(s, res.cols, first, u.named || s.asStruct)
	r.clause(s.qualify, r.d.qualify, sc, e)
	for _, x := range s.sort {
		r.orderItem(x, sc, e)
	}
	for _, o := range q.order {
		r.orderItem(o.expr, sc, e)
	}
	r.ordinals(q, res)
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

// clause resolves the expression of a clause, if it has one.
func (r *resolver) clause(x *expr, reading reading, sc *scope, e *env) {
	if sc.reading, sc.bare = reading, false; x != nil {
		r.expr(x, sc, e)
	}
}

// ordinals refuses numbers that count columns behind the beginning of a star that has more of them now, or fewer.
func (r *resolver) ordinals(q *query, res *result) {
	if res.reshape == nil {
		return
	}
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
			res.open, res.hole = res.open || star.open, res.hole || star.hole
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

// expand lists the columns of relations as a star does. Where ORDER BY finds them, they are outputs of the scope.
func (r *resolver) expand(rels []*relation, at int, sc *scope, ordered bool) *result {
	size := 0
	for _, rel := range rels {
		size += len(rel.cols)
	}
	res := r.result(result{star: at, cols: r.mem.cols.take(size)[:0]})
	var seen []int // merges
	id := r.nextOutput()
	for _, rel := range rels {
		if rel.qualified {
			continue
		}
		res.open, res.hole = res.open || rel.open, res.hole || rel.hole && rel.maybe == nil
		if rel.reshape != nil {
			res.reshape = rel.reshape
		}
		if rel.stirs() { // of an outer query, perhaps
			r.stirred()
		}
		for i := range rel.cols {
			if m := r.mergeOf(sc, rel, rel.cols[i].before); m >= 0 {
				if slices.Contains(seen, m) {
					continue
				}
				seen = r.mem.ints.push(seen, m)
				r.starReads(at, sc, rel.cols[i].before, &binding{kind: isColumn, rel: rel, col: &rel.cols[i]})
			}
			res.cols = append(res.cols, rel.cols[i])
			c := &res.cols[len(res.cols)-1]
			if r.tracing != nil {
				from := traceOf(rel, c)
				c.trace = &from
			}
			c.via = at
			if ordered && (c.change == nil || c.change.Kind == rewrite.RenameField || c.change.Kind == rewrite.RenameEnum) {
				sc.outputs = r.mem.outputs.push(sc.outputs, output{before: c.before, after: c.after, rel: rel, col: &rel.cols[i], id: id, star: true})
			}
		}
	}
	return res
}
