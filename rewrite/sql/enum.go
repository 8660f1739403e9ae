package sql

import (
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// A renamed value of an enum is followed to the literals that its column is compared with, or that are written
// into it. A column that only passes through keeps its name and is left alone: the data changes, not the query.
// Every other use, in a function or a pattern, or next to a column that does not change, is refused.

// passes: the reference that x is, if any, is used in a way that does not look into the value.
func (r *resolver) passes(x *expr) {
	if ref := plainRef(x); ref != nil && r.cat.enums {
		r.passing = append(r.passing, ref)
	}
}

func (r *resolver) passAll(list []*expr) {
	for _, x := range list {
		r.passes(x)
	}
}

// enumOf is the enum change of the column that x is, nil if it is none.
func (r *resolver) enumOf(x *expr, sc *scope) *change {
	ref := plainRef(x)
	if ref == nil || !r.interested(ref.path) {
		return nil
	}
	return r.enumBehind(ref, sc)
}

// enumBehind looks through an alias too.
func (r *resolver) enumBehind(ref *expr, sc *scope) *change {
	path := r.path(ref.path)
	b := r.lookup(sc, path, old)
	if b.kind == isOutput && b.out.col != nil {
		b.kind, b.col, b.part = isColumn, b.out.col, len(path)-1
	}
	if b.kind != isColumn || b.col == nil {
		return nil
	}
	if ch := leafOf(r.d, &b, path).change; ch != nil && ch.Kind == rewrite.RenameEnum {
		return ch
	}
	return nil
}

// compared looks at a comparison or a CASE before its parts are resolved. If one of the values is the column and all
// others are literals, or the column again, the literals follow.
func (r *resolver) compared(values []*expr, sc *scope) {
	var ch *change
	for _, x := range values {
		if found := r.enumOf(x, sc); found != nil {
			ch = found
		}
	}
	if ch == nil {
		return
	}
	for _, x := range values {
		if found := r.enumOf(x, sc); found != ch && !r.constant(x) {
			return // the column is refused where it stands
		}
	}
	for _, x := range values {
		r.passes(x)
		r.follows(x, ch)
	}
}

// comparison finds what a comparison compares, if it does so for equality.
func (r *resolver) comparison(x *expr, sc *scope) {
	if !r.cat.enums || x.op < 0 {
		return
	}
	at := x.op
	for r.toks[at].Key == token.Not || r.toks[at].Key == token.Global {
		at++
	}
	switch key := r.toks[at].Key; key {
	case token.Eq, token.In, token.Is, token.Isnull, token.Notnull, token.Null:
		r.compared(x.kids, sc)
	case token.Compare:
		if text := r.text(at); text == "<>" || text == "!=" || text == "==" || text == "<=>" {
			r.compared(x.kids, sc)
		}
	}
}

// caseOf finds what CASE x WHEN … compares.
func (r *resolver) caseOf(x *expr, sc *scope) {
	n := len(x.kids)
	if x.hasElse {
		n--
	}
	if !r.cat.enums || n%2 == 0 {
		return
	}
	values := []*expr{x.kids[0]}
	for i := 1; i < n; i += 2 {
		values = append(values, x.kids[i])
	}
	r.compared(values, sc)
}

// valuesUsed refuses a subquery that passes on other values than before, which may be compared with ones that stay.
func (r *resolver) valuesUsed(res *result) {
	for i := range res.cols {
		if c := &res.cols[i]; c.hasOtherValues() {
			r.refuseOutput(c, "the values of this subquery are used, and "+c.before.String()+" has other ones now")
		}
	}
}

// valuesMeet refuses a set operation of which one branch has other values than before, unless all rows leave the file
// as they come.
func (r *resolver) valuesMeet(q *query, left, right *result, u use) {
	if r.unionAll(q) && u.top && !u.met && !u.ordered && len(q.order) == 0 {
		return
	}
	for i := range left.cols {
		a := &left.cols[i]
		b := meets(r.d, q, a, i, right.cols)
		switch {
		case b == nil:
		case a.change == b.change:
		case a.hasOtherValues():
			r.refuseOutput(a, "a set operation compares these values with others, and "+a.before.String()+" has other ones now")
		case b.hasOtherValues():
			r.refuseOutput(b, "a set operation compares these values with others, and "+b.before.String()+" has other ones now")
		}
	}
}

// ranks refuses an order that decides what a query gives: values with other names come in another place.
func (r *resolver) ranks(order []*expr, sc *scope) {
	if !r.cat.enums || r.proof {
		return
	}
	for _, x := range order {
		if ref := plainRef(x); ref != nil {
			r.refuseRank(x, r.enumBehind(ref, sc))
		}
	}
}

func (r *resolver) refuseRank(x *expr, ch *change) {
	if ch != nil {
		r.refuse(x.start, ch, "enum_value", "the order of the values decides here what comes first, and "+ch.From+" has other ones now",
			"look at what comes first under the new values, or order by a CASE that ranks them")
	}
}

// cutBy refuses ORDER BY a renamed value where LIMIT, TOP or DISTINCT ON take only the rows that come first.
func (r *resolver) cutBy(q *query, sc *scope, res *result) {
	if !r.cat.enums || r.proof || !q.cut && (q.sel == nil || !q.sel.top && len(q.sel.distinctOn) == 0) {
		return
	}
	defer func(reading reading) { sc.reading, sc.bare = reading, false }(sc.reading)
	sc.reading, sc.bare = r.d.order, true
	for _, o := range q.order {
		x := r.orderedBy(o.expr)
		n, err := strconv.Atoi(r.source(o.expr))
		switch {
		case err == nil && n > 0 && n <= len(res.cols):
			r.refuseRank(o.expr, res.cols[n-1].enum())
		case x != nil && q.kind == querySelect:
			r.refuseRank(x, r.enumBehind(x, sc))
		case x != nil:
			r.refuseRank(x, r.enumOutput(res, r.named(x.path[len(x.path)-1])))
		}
	}
}

// enumOutput is the change of an output's values.
func (r *resolver) enumOutput(res *result, n name) *change {
	for i := range res.cols {
		if c := &res.cols[i]; r.d.same(c.before, n) {
			return c.enum()
		}
	}
	return nil
}

// enum is the change of the column's values, nil if they keep their names.
func (c *outcol) enum() *change {
	if c.change != nil && c.change.Kind == rewrite.RenameEnum {
		return c.change
	}
	return nil
}

// unionAll: the set operation compares no values.
func (r *resolver) unionAll(q *query) bool {
	return r.toks[q.op].Key == token.Union && q.op+1 < len(r.toks) && r.toks[q.op+1].Key == token.All
}

// meets is the output of the other branch that a set operation puts with a, the i-th; nil if there is none.
func meets(d *dialect, q *query, a *outcol, i int, others []outcol) *outcol {
	if q.byName {
		i = slices.IndexFunc(others, func(o outcol) bool { return d.same(o.before, a.before) })
	}
	if i < 0 || i >= len(others) {
		return nil
	}
	return &others[i]
}

// hasOtherValues: the values of an enum changed, or a star passes on a type that did.
func (c *outcol) hasOtherValues() bool {
	return c.change != nil && (c.change.Kind == rewrite.RenameEnum || c.change.Kind == rewrite.Cast)
}

func (r *resolver) refuseOutput(c *outcol, message string) {
	at := c.at
	if c.via >= 0 {
		at = c.via
	}
	code := "enum_value"
	if c.change.Kind == rewrite.Cast {
		code = "type_changed"
	}
	r.refuse(at, c.change, code, message, "look at what they are compared with")
}

// constant: a plain string, a number or NULL, whose value can be seen.
func (r *resolver) constant(x *expr) bool {
	for x.kind == exprParen && len(x.kids) == 1 {
		x = x.kids[0]
	}
	if x.kind != exprLit || x.end-x.start != 1 {
		return false
	}
	switch t := r.toks[x.start]; t.Kind {
	case token.String:
		_, _, ok := r.literal(x.start)
		return ok
	case token.Number, token.Word:
		return true
	default:
		return false
	}
}

// literal is the value of a string and the length of its prefix; false if it takes more than quotes to read it.
func (r *resolver) literal(at int) (value string, prefix int, ok bool) {
	text := r.text(at)
	if text[0] == 'N' || text[0] == 'n' {
		prefix = 1
	}
	q := text[prefix]
	if q != '\'' && q != '"' || len(text) < prefix+2 || strings.IndexByte(text, '\\') >= 0 || text[len(text)-1] != q {
		return "", 0, false
	}
	inner := text[prefix+1 : len(text)-1]
	if r.d.lex.Triple && (strings.HasPrefix(inner, string(q)) || strings.IndexByte(inner, q) >= 0) {
		return "", 0, false
	}
	return strings.ReplaceAll(inner, string([]byte{q, q}), string(q)), prefix, true
}

// follows writes the new value into a literal that holds the old one.
func (r *resolver) follows(x *expr, ch *change) {
	for x.kind == exprParen && len(x.kids) == 1 {
		x = x.kids[0]
	}
	if x.kind != exprLit || r.toks[x.start].Kind != token.String || x.end-x.start != 1 {
		return
	}
	value, prefix, ok := r.literal(x.start)
	if !ok {
		return
	}
	for k := range r.cat.changes {
		c := &r.cat.changes[k]
		if c.Kind != rewrite.RenameEnum || c.Dataset != ch.Dataset || c.path != ch.path || c.OldValue != value {
			continue
		}
		text := r.text(x.start)
		q := text[prefix : prefix+1]
		if strings.ContainsAny(c.NewValue, "\\\n") || r.d.lex.Triple && strings.Contains(c.NewValue, q) {
			r.refuse(x.start, c, "enum_value", "the new value "+c.NewValue+" cannot be written into this literal by rule", "write '"+c.NewValue+"' by hand, as this literal escapes it")
			return
		}
		r.replace(x.start, text[:prefix]+q+strings.ReplaceAll(c.NewValue, q, q+q)+q, c,
			"the value "+value+" of "+c.Dataset+"."+c.From+" is now "+c.NewValue)
		return
	}
}

// writes follows literals that an INSERT puts into an enum's column.
func (r *resolver) writes(columns []int, q *query, target *scope) {
	if !r.cat.enums || q == nil {
		return
	}
	for i, at := range columns {
		ch := r.enumOf(r.ref([]int{at}), target)
		if ch == nil {
			continue
		}
		for _, row := range q.rows {
			if i < len(row) {
				r.follows(row[i], ch)
			}
		}
		if q.kind == querySelect && i < len(q.sel.items) {
			r.follows(q.sel.items[i].expr, ch)
		}
	}
}

// isPassing: x was found to be used as a value only.
func (r *resolver) isPassing(x *expr) bool { return slices.Contains(r.passing, x) }
