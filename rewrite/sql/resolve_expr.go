package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

func (r *resolver) exprs(list []*expr, sc *scope, e *env) {
	for _, x := range list {
		if x != nil {
			r.expr(x, sc, e)
		}
	}
}

// expr resolves every name in an expression.
func (r *resolver) expr(x *expr, sc *scope, e *env) {
	switch x.kind {
	case exprLit: // has no names
	case exprRef:
		if r.touches(x.path) {
			r.settleRef(&binding{}, x, sc, false)
		}
	case exprStar:
		r.starInside(x, sc, e, false)
	case exprHole:
		r.hole(x)
	case exprPosition:
		r.position(x, sc)
	case exprMade:
		for _, means := range r.made[x.op] {
			r.list.visits = append(r.list.visits, true)
			r.facts = append(r.facts, fact{meaning: means})
		}
	case exprExists:
		r.query(x.query, sc, e, use{})
	case exprQuery, exprIn, exprArrayOf:
		r.subquery(x, sc, e)
	case exprLambda:
		inner := r.scope(scope{parent: sc, params: r.path(x.path), reading: columns})
		r.exprs(x.kids, inner, e)
	case exprStruct:
		r.structOf(x, sc, e)
	case exprWindow:
		r.exprs(x.kids, sc, e)
		if x.window != nil {
			reading := sc.reading
			sc.reading = r.d.window
			r.window(x.window, sc, e)
			sc.reading = reading
		}
	case exprCall:
		r.call(x, sc, e, nil)
	case exprField:
		if m := r.memberOf(x); m != nil {
			r.closed(x, r.member(m, sc, e, false))
			return
		}
		r.exprs(x.kids, sc, e)
		r.fieldOf(x, sc, e)
	case exprCompare:
		r.comparison(x, sc)
		r.kids(x, sc, e)
	case exprCase:
		r.caseOf(x, sc)
		r.kids(x, sc, e)
	default:
		r.kids(x, sc, e)
	}
}

// subquery resolves a query that gives a value, or values to compare with.
func (r *resolver) subquery(x *expr, sc *scope, e *env) *result {
	res := r.query(x.query, sc, e, use{positional: true})
	r.valuesUsed(res)
	if r.tracing != nil {
		r.tracing.subquery(res)
	}
	if res.reshape != nil {
		r.refuse(res.star, res.reshape, "star_positional",
			"the columns of this subquery are used by position, and those of "+res.reshape.Dataset+" changed in number or order", "list the columns")
	}
	return res
}

// kids resolves an expression's parts, none of which is a whole item of ORDER BY.
func (r *resolver) kids(x *expr, sc *scope, e *env) {
	bare := sc.bare
	sc.bare = false
	r.exprs(x.kids, sc, e)
	sc.bare = bare
}

func (r *resolver) window(w *windowSpec, sc *scope, e *env) {
	if w == nil {
		return
	}
	r.passAll(w.partition)
	r.passAll(w.order)
	r.ranks(w.order, sc)
	r.exprs(w.partition, sc, e)
	r.exprs(w.order, sc, e)
	r.exprs(w.frame, sc, e)
}

// call resolves a function's arguments. A star in it is a row, but for count. Where a field of its value is read, it gives
// what is known of that.
func (r *resolver) call(x *expr, sc *scope, e *env, opens *opening) {
	reading, counts := sc.reading, r.calls(x, "count")
	if counts {
		r.passAll(x.kids)
	}
	if r.d.columnsCall && r.calls(x, "columns") {
		r.columnsCall(x, sc)
	}
	if reading == grouped {
		sc.reading = r.insideOf(r.callee(x))
	}
	for i, k := range x.kids {
		switch {
		case k.kind == exprStar:
			r.starInside(k, sc, e, counts)
		case k.kind == exprLit && runsSQL(r.callee(x)):
			r.dynamic(k)
		case opens != nil && i == 0:
			opens.value = r.gathered(r.callee(x), k, r.valueOf(k, sc, e, opens.hot))
		default:
			edits := len(r.edits)
			r.expr(k, sc, e)
			if len(r.edits) > edits {
				r.namesField(x, k)
			}
		}
	}
	sc.reading = reading
}

// namesField refuses an edited column that a call makes a field of its name.
func (r *resolver) namesField(call, arg *expr) {
	if before := r.toks[arg.start-1].Key; plainRef(arg) != nil && namesFields(r.callee(call)) && (before == token.LParen || before == token.Comma) {
		r.refuseRange(arg.start, arg.end, nil, "implicit_name", "the field's name comes from the column's", "name the field: "+r.source(arg)+" := …")
	}
}

// namesFields: the function makes a struct whose fields are called like the columns that are its arguments.
func namesFields(fn string) bool {
	switch fn {
	case "struct_pack", "struct_insert", "struct_update", "union_value":
		return true
	}
	return false
}

// calls: the call is of this function, whatever stands before its name.
func (r *resolver) calls(x *expr, fn string) bool {
	if len(x.path) == 0 {
		return false
	}
	t := r.toks[x.path[len(x.path)-1]]
	return int(t.End-t.Start) == len(fn) && equalFold(t.In(r.src), fn)
}

// callee is the name of what is called, in lower case.
func (r *resolver) callee(x *expr) string {
	if len(x.path) == 0 {
		return ""
	}
	return strings.ToLower(r.text(x.path[len(x.path)-1]))
}

// insideOf is how HAVING reads the arguments of a function.
func (r *resolver) insideOf(fn string) reading {
	switch {
	case scalarFunction(fn):
		return grouped
	case aggregates(fn):
		return r.d.inAggregate
	}
	return unsure
}

// aggregates: the function takes many rows.
func aggregates(fn string) bool {
	switch fn {
	case "count", "sum", "avg", "min", "max", "string_agg", "group_concat", "array_agg", "list", "any_value", "first", "last",
		"arg_min", "arg_max", "min_by", "max_by", "bool_and", "bool_or", "median", "mode", "stddev", "stddev_pop", "stddev_samp",
		"variance", "var_pop", "var_samp", "percentile_cont", "percentile_disc", "quantile_cont", "quantile_disc", "count_if",
		"approx_count_distinct", "product", "corr":
		return true
	}
	return false
}

// scalarFunction: the function takes one row. Of others it is not known, unless they are aggregates.
func scalarFunction(fn string) bool {
	switch fn {
	case "abs", "round", "floor", "ceil", "ceiling", "coalesce", "nullif", "ifnull", "greatest", "least", "lower", "upper",
		"length", "substr", "substring", "trim", "replace", "concat", "left", "right", "mod", "sign", "sqrt", "ln", "exp",
		"power", "if", "iif", "date_trunc", "year", "month", "day", "grouping", "grouping_id":
		return true
	}
	return false
}

// position refuses a column that is read by its position once the columns have others.
func (r *resolver) position(x *expr, sc *scope) {
	for _, rel := range sc.rels {
		if rel.reshape != nil {
			r.refuseRange(x.start, x.end, rel.reshape, "column_position", r.source(x)+" reads a column by its position, and those of "+rel.name()+" changed in number or order",
				"read the column by its name")
			return
		}
	}
}

// columnsCall refuses COLUMNS('…') where a column that changes may be among those it chooses by their names.
func (r *resolver) columnsCall(x *expr, sc *scope) {
	sc.chooses = true
	for _, rel := range sc.rels {
		for i := range rel.cols {
			if c := &rel.cols[i]; c.touched() {
				r.refuse(x.start, r.anyChange(c), "star_output", "COLUMNS chooses columns by their names, and "+c.before.String()+" of "+rel.name()+" changes",
					"list the columns that are wanted")
			}
		}
	}
}

// runsSQL: the function's string is SQL of its own.
func runsSQL(fn string) bool {
	switch fn {
	case "external_query", "openquery", "dblink", "query_to_xml", "sp_executesql", "run_query", "read_query":
		return true
	}
	return false
}

// dynamic refuses a string that may be SQL about something that changed.
func (r *resolver) dynamic(x *expr) {
	r.runsStrings = true
	r.refuseRegion(x.start, x.end, &problem{code: "dynamic_sql", message: "this string is run as SQL", at: x.start})
}

// starInside deals with * in a function or an expression: the row's names become data.
func (r *resolver) starInside(x *expr, sc *scope, e *env, counted bool) {
	if counted && x.more == nil && len(x.path) == 0 {
		return
	}
	res := r.star(x, sc, e, use{})
	if counted {
		return
	}
	for i := range res.cols {
		if c := &res.cols[i]; c.renamed() || c.change != nil {
			r.refuse(x.start, c.change, "whole_row", "this takes whole rows, whose field "+c.before.String()+" changes",
				"name the columns that are wanted")
		}
	}
}

// hole: a template in an expression may hold anything.
func (r *resolver) hole(x *expr) {
	r.refuseRegion(x.start, x.end, &problem{code: "template", message: "this template may stand for a changed name", at: x.start})
}

// clauseHole: a template that stands for a clause may name any column of what is read.
func (r *resolver) clauseHole(at int, sc *scope) {
	r.refuseRegion(at, at+1, &problem{code: "template", message: "this template may stand for a changed name", at: at})
	for k := range r.cat.changes {
		if ch := &r.cat.changes[k]; r.near(sc, ch) {
			r.refuse(at, ch, "template_clause", "this template may stand for a clause that reads "+ch.datasetName(), "look at what it is filled with")
		}
	}
}

// fieldOf resolves what is no name of a field: (x).*, and a method.
func (r *resolver) fieldOf(x *expr, sc *scope, e *env) {
	if x.more != nil && x.star != nil {
		r.fieldStar(x, sc, e)
	}
}

// fieldStar resolves what modifies f(x).*. Its fields are those of what stands in f: whole rows and structs that
// change were refused there.
func (r *resolver) fieldStar(x *expr, sc *scope, e *env) {
	names := slices.Clone(x.star.except)
	for _, list := range [...][]item{x.star.replace, x.star.rename} {
		for i := range list {
			names = append(names, list[i].alias)
		}
	}
	for i := range x.star.replace {
		r.expr(x.star.replace[i].expr, sc, e)
	}
	for _, at := range names {
		if ch := r.hotChange(r.named(at)); ch != nil && r.near(sc, ch) {
			r.refuse(at, ch, "field_of_expression", "it is not certain what this is a field of", "list the fields")
		} else {
			r.leave(at, "a field of an expression that reads nothing of the dataset")
		}
	}
}

func (r *resolver) anyChange(c *outcol) *change {
	if c.change != nil {
		return c.change
	}
	return c.inside()
}

// structOf resolves STRUCT(a, b AS c), which takes the names of its fields from columns in some dialects.
func (r *resolver) structOf(x *expr, sc *scope, e *env) (fields []outcol) {
	body := &selectBody{start: x.start}
	for i := range x.items {
		it := &x.items[i]
		if it.expr.kind == exprStar {
			r.starInside(it.expr, sc, e, false)
			continue
		}
		edits := len(r.edits)
		fields = append(fields, outcol{})
		r.item(it, body, sc, e, r.d.structNames && !x.hasElse && plainRef(it.expr) != nil, &fields[len(fields)-1], &output{})
		if len(r.edits) > edits && !r.d.structNames && it.alias < 0 && !x.hasElse && plainRef(it.expr) != nil {
			r.refuseRange(it.start, it.end, nil, "implicit_name", "the field's name may come from the column's", "name the field with AS")
		}
	}
	return fields
}
