package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// filtersItself: the body is SELECT * FROM t WHERE …, where t is the name of the common table expression itself. Then it
// gives the same columns, and the same rows, however often it is put in its own place, as DuckDB does once.
func (r *resolver) filtersItself(c *cte) bool {
	q, s := c.query, c.query.sel
	if q.kind != querySelect || q.with != nil || len(q.order)+len(q.limit)+len(c.columns) > 0 || len(s.items) != 1 || len(s.from) != 1 {
		return false
	}
	if s.distinct || s.top || s.asStruct || s.into != nil || s.qualify != nil || s.having != nil || len(s.group)+len(s.windows)+len(s.limitBy)+len(s.distinctOn)+len(s.holes)+len(s.sort) > 0 {
		return false
	}
	star, f := s.items[0].expr, s.from[0]
	if star.kind != exprStar || len(star.path) > 0 || star.more != nil || f.kind != fromTable || len(f.path) != 1 || len(f.columns)+len(f.args) > 0 {
		return false
	}
	if s.where == nil && f.end != q.end || s.where != nil && (r.toks[f.end].Key != token.Where || r.callsIn(s.where, "random")) {
		return false // a sample, or rows by chance
	}
	return f.path[0] >= 0 && r.d.same(r.named(f.path[0]), r.named(c.name)) &&
		!r.reads(tokens{q.start, f.path[0]}, c.name) && !r.reads(tokens{f.path[0] + 1, min(q.end, len(r.toks))}, c.name)
}

// callsIn: the function's name stands in the expression.
func (r *resolver) callsIn(x *expr, fn string) bool {
	for at := x.start; at < x.end; at++ {
		if r.roles[at] == roleFunction && equalFold(r.text(at), fn) {
			return true
		}
	}
	return false
}
