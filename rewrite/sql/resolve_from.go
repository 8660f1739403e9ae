package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// add gives a relation its number and puts it into the scope.
func (r *resolver) add(sc *scope, rel *relation) {
	rel.id = len(r.rels)
	r.rels = append(r.rels, rel)
	sc.rels = r.mem.relList.push(sc.rels, rel)
	switch {
	case rel.from != nil && rel.from.pivot != nil:
		r.markTwins(rel)
	case r.d.numbersTwins && (rel.table == nil || rel.from != nil && len(rel.from.columns) > 0):
		r.numberTwins(rel)
	}
	if rel.table != nil && rel.table.shape.fits(rel.cols) {
		rel.shape = &rel.table.shape
	} else if !rel.shape.fits(rel.cols) {
		rel.shape = r.shapeOf(rel.cols)
	}
	if rel.stirs() {
		r.stirred()
	}
	if !r.proof {
		r.watch(rel)
	}
}

// from resolves one item of FROM into relations of sc. What is not lateral sees only the scope around.
func (r *resolver) from(f *from, sc *scope, outer *scope, e *env) {
	switch f.kind {
	case fromTable:
		r.tableItem(f, sc, e)
	case fromQuery:
		r.derived(f, sc, outer, e)
	case fromFunc:
		r.function(f, sc, outer, e)
	case fromJoin:
		r.join(f, sc, outer, e)
	case fromPivot:
		r.pivot(f, sc, outer, e)
	case fromArrays:
		r.arrays(f, sc, e)
	case fromGroup:
		r.joinGroup(f, sc, outer, e)
	}
}

// join resolves both sides and then the condition, which sees only them.
func (r *resolver) join(f *from, sc *scope, outer *scope, e *env) {
	first, group, waiting := len(sc.rels), sc.group, len(r.waiting)
	apart := f.parens && first > group // parentheses at the beginning of a list change nothing
	if apart {
		sc.group = first
	}
	r.from(f.left, sc, outer, e)
	middle := len(sc.rels)
	r.from(f.right, sc, r.beside(sc, first, outer), e)
	if r.d.flatFrom {
		first = sc.group
	}
	left, right := sc.rels[first:middle], sc.rels[middle:]
	on := r.scope(scope{parent: sc.parent, rels: sc.rels[first:len(sc.rels):len(sc.rels)], merged: sc.merged, reading: columns})
	r.exprs(f.args, on, e)
	condition, using, matters := f.on, f.using, r.usingMatters(f.using, sc.rels[first:])
	if matters {
		if made := r.spellOut(f, left, right, sc, on); made != nil {
			condition, using = made, nil
		}
	}
	switch {
	case condition == nil:
	case r.d.flatFrom:
		r.waiting = append(r.waiting, condition)
	default:
		r.expr(condition, on, e)
	}
	if sc.group = group; apart {
		r.conditions(waiting, on, e)
	}
	refusals := len(r.refusals)
	for _, at := range using {
		if !matters {
			r.mergeUsed(sc, r.named(at), left, right)
		} else if !r.usingBoth(at, left, right, sc, on) {
			r.using(at, left, right, sc)
		}
	}
	if f.natural >= 0 {
		r.natural(f.natural, left, right, sc)
	}
	sc.loose = sc.loose || len(r.refusals) > refusals
	if f.hidden {
		sc.rels = sc.rels[:middle:middle]
	}
}

// joinGroup resolves (a JOIN b ON …) AS j: the alias hides the names inside.
func (r *resolver) joinGroup(f *from, sc *scope, outer *scope, e *env) {
	inner, waiting := r.scope(scope{parent: outer}), len(r.waiting)
	r.from(f.left, inner, outer, e)
	r.conditions(waiting, inner, e)
	res := r.expand(inner.rels, f.start, inner, false)
	for i := range res.cols {
		res.cols[i].via = -1
	}
	rel := r.relation(relation{from: f, cols: res.cols, open: res.open, hole: res.hole, loose: res.loose, reshape: res.reshape, what: "the join"})
	if f.alias >= 0 {
		rel.alias = r.named(f.alias)
	}
	r.renameColumns(rel, f)
	r.add(sc, rel)
}

// beside is the scope around a further item of FROM: where siblings are seen, they stand before what is around them.
func (r *resolver) beside(sc *scope, first int, outer *scope) *scope {
	if !r.d.siblings || first == len(sc.rels) {
		return outer
	}
	return r.scope(scope{parent: outer, rels: sc.rels[first:len(sc.rels):len(sc.rels)], merged: sc.merged})
}

// conditions resolves what has waited for the end of FROM.
func (r *resolver) conditions(since int, sc *scope, e *env) {
	for _, x := range r.waiting[since:] {
		r.expr(x, sc, e)
	}
	r.waiting = r.waiting[:since]
}

// changeFor is the change to blame for a column, or any change of its table.
func (r *resolver) changeFor(c *outcol, rel *relation) *change {
	if c.change != nil || rel.table == nil {
		return c.change
	}
	return r.cat.first(rel.table.dataset)
}

// tableItem resolves a table's name: a common table expression, a table that the file made, or the catalog's.
func (r *resolver) tableItem(f *from, sc *scope, e *env) {
	rel := r.mem.rels.one()
	rel.from, rel.path, rel.open = f, r.tablePath(f), true
	if len(rel.path) == 0 {
		r.add(sc, rel)
		return
	}
	rel.alias = rel.path[len(rel.path)-1]
	rel.what = r.what(f)
	if f.alias >= 0 {
		rel.alias = r.named(f.alias)
	}
	switch {
	case r.fromEnv(rel, e), r.fromSibling(rel, f, sc), r.fromLocal(rel):
		r.leaveAll(f.path, "the name of something that this file defines")
	default:
		r.fromCatalog(rel, f, e)
	}
	if f.alias >= 0 {
		rel.path = nil
	}
	if r.d.numbersTwins && rel.table == nil && len(f.columns) > 0 { // before the alias names some of them
		r.numberTwins(rel)
	}
	r.renameColumns(rel, f)
	if len(f.args) > 0 {
		r.exprs(f.args, r.scope(scope{parent: sc.parent}), e)
	}
	r.add(sc, rel)
	r.offset(f, sc)
}

func (r *resolver) what(f *from) string {
	if len(f.path) == 0 || f.path[0] < 0 {
		return "a table"
	}
	return r.src[r.toks[f.path[0]].Start:r.toks[f.path[len(f.path)-1]].End]
}

// tablePath is a table's name in parts. BigQuery's quotes may hold a whole path.
func (r *resolver) tablePath(f *from) []name {
	if f.dashed {
		text := r.src[r.toks[f.path[0]].Start:r.toks[f.path[len(f.path)-1]].End]
		return splitPath(text)
	}
	if len(f.path) == 1 && f.path[0] >= 0 && r.toks[f.path[0]].Kind == token.Word {
		return r.path(f.path)
	}
	var out []name
	for _, at := range f.path {
		if at < 0 {
			return nil
		}
		t := r.toks[at]
		n := r.named(at)
		switch {
		case t.Kind == token.Template:
			n = exactly(t.In(r.src))
			if call := templateCall(n.text); call != "" {
				n = exactly(call)
			}
			out = r.mem.names.push(out, n)
		case t.Kind == token.Quoted && r.d.quote == '`' && strings.Contains(n.text, "."):
			for _, part := range splitPath(n.text) {
				part.form = quoted
				out = r.mem.names.push(out, part)
			}
		default:
			out = r.mem.names.push(out, n)
		}
	}
	return out
}

func (r *resolver) fromEnv(rel *relation, e *env) bool {
	if len(rel.path) != 1 {
		return false
	}
	for at := e; at != nil; at = at.outer {
		if at.own || !r.d.same(at.name, rel.path[0]) {
			continue
		}
		if at.unclear {
			rel.hole, rel.unclear = true, true
			if rel.maybe, _ = r.cat.find(rel.path); rel.maybe != nil && (rel.maybe.moved != nil || rel.maybe.gone != nil) {
				r.refuse(rel.from.path[0], r.cat.first(rel.maybe.dataset), "unknown_table",
					rel.what+" may be the dataset or a common table expression of its name, as engines differ in what that sees", "give the common table expression another name")
			}
			return true
		}
		if at.shape == nil {
			at.shape = r.shapeOf(at.cols)
		}
		rel.cols, rel.shape, rel.open, rel.hole, rel.loose, rel.reshape = at.cols, at.shape, at.open, at.hole, at.loose, at.reshape
		return true
	}
	return false
}

// fromSibling: FROM t, t.items reads an array of the row before it.
func (r *resolver) fromSibling(rel *relation, f *from, sc *scope) bool {
	if len(f.path) < 2 {
		return false
	}
	if q := r.qualifier(sc, rel.path[:1]); q == nil || q.hole {
		return false
	}
	b := r.refIn(r.ref(f.path), sc)
	if b.kind != isColumn || b.col == nil {
		rel.open = true
		return true
	}
	leaf := leafOf(r.d, &b, rel.path)
	rel.cols, rel.open = leaf.fields, len(leaf.fields) == 0
	return true
}

func (r *resolver) fromLocal(rel *relation) bool {
	for i := len(r.locals) - 1; i >= 0; i-- {
		l := &r.locals[i]
		if len(l.path) != len(rel.path) || !r.endsWith(l.path, rel.path) {
			continue
		}
		rel.cols, rel.open, rel.loose = l.cols, l.open, l.loose
		return true
	}
	return false
}

// fromCatalog binds a table of the catalog. One that only may be meant stays open.
func (r *resolver) fromCatalog(rel *relation, f *from, e *env) {
	t, sure := r.find(rel.path)
	switch {
	case sure == fullMatch:
		rel.table, rel.cols, rel.open, rel.reshape = t, t.cols, t.open, t.reshape
		if t.moved != nil {
			r.moveTable(rel, f, e)
		}
		if t.gone != nil {
			r.refuse(f.path[len(f.path)-1], t.gone, "dataset_removed", t.gone.describe(), "read something else, or take the query out")
		}
	case sure == mayMatch:
		rel.maybe = t
		if t.moved != nil || t.gone != nil {
			r.refuseMaybe(f.path[len(f.path)-1], rel)
		}
	case hasHole(rel.path):
		rel.hole = true
		if ch := r.mentionsDataset(f.path[len(f.path)-1]); ch != nil {
			rel.maybe = r.cat.tableOf(ch)
		}
	}
}

// renameColumns puts an alias's column list over the columns.
func (r *resolver) renameColumns(rel *relation, f *from) {
	if len(f.columns) == 0 {
		return
	}
	cols := r.mem.cols.take(max(len(f.columns), len(rel.cols)))[:0]
	for _, at := range f.columns {
		n := r.named(at)
		c := outcol{before: n, after: n, via: -1, unsure: -1}
		if k := len(cols); k < len(rel.cols) {
			was := &rel.cols[k]
			c.scalar, c.array, c.value, c.in, c.fields, c.change = was.scalar, was.array, was.value, was.in, was.fields, was.lasting()
			if r.tracing != nil {
				from := traceOf(rel, was)
				c.trace = &from
			}
		}
		cols = append(cols, c)
	}
	if f.kind != fromFunc && len(rel.cols) > len(cols) {
		cols = append(cols, rel.cols[len(cols):]...)
	} else if f.kind != fromTable || len(rel.cols) > 0 {
		rel.open = false
	}
	if rel.reshape != nil {
		r.refuse(f.start, rel.reshape, "star_positional", "a column list names this table's columns by position, and they changed in number or order",
			"select the columns by name")
		rel.reshape = nil
	}
	rel.cols = cols
}

// derived resolves a subquery in FROM.
func (r *resolver) derived(f *from, sc *scope, outer *scope, e *env) {
	around := outer
	if f.lateral && !r.d.siblings {
		around = r.scope(scope{parent: sc.parent, rels: sc.rels, merged: sc.merged})
	}
	res := r.query(f.query, around, e, use{named: f.query.names(f.columns)})
	rel := r.relation(relation{from: f, cols: res.cols, open: res.open, hole: res.hole, loose: res.loose, reshape: res.reshape, what: "a subquery"})
	if f.alias >= 0 {
		rel.alias = r.named(f.alias)
		rel.what = "the subquery"
	}
	r.renameColumns(rel, f)
	r.add(sc, rel)
}

// function resolves a table function, which sees the items before it.
func (r *resolver) function(f *from, sc *scope, outer *scope, e *env) {
	seen := r.scope(scope{parent: sc.parent, rels: sc.rels, merged: sc.merged, reading: columns})
	if r.d.siblings {
		seen = r.scope(scope{parent: outer, reading: columns})
	}
	rel := r.relation(relation{from: f, open: true, what: "a table function"})
	fn, args := r.tableFunction(f)
	scalar := false // its rows are values without fields
	for i, x := range args {
		if runsSQL(fn) && x.kind == exprLit {
			r.dynamic(x)
			continue
		}
		if ref := plainRef(x); ref != nil && i == 0 && givesElements(fn) {
			if b := r.refIn(ref, seen); b.kind == isColumn && b.col != nil {
				leaf := leafOf(r.d, &b, r.path(ref.path))
				rel.cols, rel.open, scalar = leaf.fields, false, leaf.scalar && r.wholeElements(fn)
			}
			continue
		}
		r.expr(x, seen, e)
	}
	if f.alias >= 0 {
		rel.alias = r.named(f.alias)
		rel.what = "the table function"
	}
	r.functionShape(rel, f, fn)
	if scalar && len(rel.cols) == 0 {
		n := r.d.bare(elementColumns(fn)[0])
		rel.cols = r.mem.cols.push(nil, outcol{before: n, after: n, via: -1, unsure: -1, scalar: true})
	}
	r.renameColumns(rel, f)
	r.add(sc, rel)
	r.offset(f, sc)
}

// tableFunction is the function's name in lower case and its arguments; TABLE(f(x)) is f(x).
func (r *resolver) tableFunction(f *from) (string, []*expr) {
	path, args := f.path, f.args
	if len(path) == 0 && len(args) == 1 && args[0].kind == exprCall {
		path, args = args[0].path, args[0].kids
	}
	if len(path) == 0 || path[len(path)-1] < 0 {
		return "", args
	}
	return strings.ToLower(r.text(path[len(path)-1])), args
}

// functionShape knows which columns a table function gives.
func (r *resolver) functionShape(rel *relation, f *from, fn string) {
	fixed := func(names ...string) {
		rel.open, rel.cols = false, nil
		for _, n := range names {
			rel.cols = append(rel.cols, outcol{before: r.d.bare(n), after: r.d.bare(n), via: -1, unsure: -1})
		}
	}
	switch fn {
	case "flatten":
		fixed("seq", "key", "path", "index", "value", "this")
	case "json_each", "json_tree":
		fixed("key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "root")
	case "jsonb_each", "jsonb_each_text", "json_each_text":
		fixed("key", "value")
	case "explode", "explode_outer", "posexplode", "posexplode_outer", "unnest":
		elements := rel.cols
		switch {
		case r.wholeElements(fn) && len(elements) > 0:
			fixed(elementColumns(fn)...)
			rel.cols[len(rel.cols)-1].fields = elements
			if fn == "unnest" && len(f.columns) == 0 { // the alias may be the element itself
				rel.cols = append(rel.cols, elements...)
			}
		case fn != "unnest":
			fixed(fn, "value", "col", "pos", "key")
			rel.cols = append(rel.cols, elements...)
		}
	case "generate_series", "range", "generate_array", "generate_date_array", "generate_timestamp_array", "sequence",
		"regexp_split_to_table", "string_to_table", "split_to_table", "string_split", "numbers":
		elements := rel.cols
		fixed(fn, "value", "col", "pos", "key", "generate_series", "seq", "index", "ordinal", "number")
		for i := range rel.cols {
			rel.cols[i].scalar = true
		}
		rel.cols = append(rel.cols, elements...)
	}
	if f.unnest && len(f.args) == 1 && r.scalars(f.args[0]) {
		fixed("unnest", "value")
	}
	if f.explode && len(f.columns) > 0 && fn != "inline" && fn != "inline_outer" && fn != "json_tuple" {
		rel.open = false
	}
}

// scalars: the argument of UNNEST has elements without fields.
func (r *resolver) scalars(x *expr) bool {
	switch {
	case x.kind == exprLit, x.kind == exprOther && x.op < 0:
		for _, k := range x.kids {
			if k.kind == exprStruct || k.kind == exprRef || k.kind == exprOther && r.isTuple(k) {
				return false
			}
		}
		return true
	case x.kind == exprCall && len(x.path) == 1:
		switch strings.ToLower(r.text(x.path[0])) {
		case "generate_array", "generate_date_array", "generate_timestamp_array", "split", "string_to_array", "sequence",
			"generate_series", "range", "regexp_extract_all", "array":
			return len(x.kids) == 0 || x.kids[0].kind != exprStruct
		}
	}
	return false
}

// offset adds the column that WITH OFFSET AS x names.
func (r *resolver) offset(f *from, sc *scope) {
	if f.offset < 0 {
		return
	}
	n := r.named(f.offset)
	r.add(sc, r.relation(relation{cols: r.mem.cols.push(nil, outcol{before: n, after: n, via: -1, unsure: -1}), what: "an offset"}))
}
