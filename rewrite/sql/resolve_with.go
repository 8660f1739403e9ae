package sql

import (
	"slices"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// with resolves common table expressions and returns the environment with them in it.
func (r *resolver) with(w *with, outer *scope, e *env) *env {
	for i := range w.ctes {
		c := &w.ctes[i]
		inner := e
		itself := w.nested && r.d.readsItself && !w.recursive // or through an earlier one, into which it is put
		if w.recursive || r.d.laterCTE || itself {
			for k := len(w.ctes) - 1; k > i; k-- {
				inner = r.env(env{outer: inner, name: r.named(w.ctes[k].name), open: true, unclear: true})
			}
		}
		if itself && !r.filtersItself(c) {
			inner = r.ownEnv(c, r.whole(c.query), inner)
		}
		res := r.cte(c, w.recursive || r.d.anyRecursive, outer, inner)
		e = r.env(env{outer: e, name: r.named(c.name), cols: res.cols, open: res.open, hole: res.hole, loose: res.loose, reshape: res.reshape})
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
			cols[i].fields, cols[i].array, cols[i].trace, cols[i].scalar, cols[i].value, cols[i].in = c.fields, c.array, c.trace, c.scalar, c.value, c.in
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
	return r.result(result{cols: cols, star: -1, loose: res.loose})
}
