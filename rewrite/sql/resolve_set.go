package sql

import (
	"slices"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

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
	left.loose = left.loose || right.loose
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
