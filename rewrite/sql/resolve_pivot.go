package sql

import "slices"

// pivot resolves PIVOT and UNPIVOT: what is inside names columns of the item to the left, and the result is a relation
// of its own.
func (r *resolver) pivot(f *from, sc *scope, outer *scope, e *env) {
	inner := r.scope(scope{parent: outer, reading: columns, plain: true})
	r.from(f.left, inner, outer, e)
	rel := r.relation(relation{from: f, what: "a pivot", open: r.anyOpen(inner.rels)})
	if f.alias >= 0 {
		rel.alias = r.named(f.alias)
		rel.what = "the pivot"
	}
	if v := f.pivot; v.name >= 0 {
		r.unpivotColumns(rel, v, inner)
	} else {
		r.pivotColumns(rel, v, inner, e)
	}
	r.pivotReshaped(rel, f.pivot, inner)
	r.renameColumns(rel, f)
	r.add(sc, rel)
}

// pivotReshaped: columns that nobody names are grouped by, or stay, so another number of them is another result.
func (r *resolver) pivotReshaped(rel *relation, v *pivot, inner *scope) {
	for _, from := range inner.rels {
		switch {
		case from.reshape == nil || v.grouped:
		case v.name >= 0:
			rel.reshape = from.reshape
		default:
			r.refuse(rel.from.start, from.reshape, "star_positional", "PIVOT groups by all columns that it does not name, and those of "+from.name()+" changed",
				"list what is grouped by with GROUP BY")
		}
	}
}

func (r *resolver) anyOpen(rels []*relation) bool {
	return slices.ContainsFunc(rels, func(rel *relation) bool { return rel.open })
}

// pivotColumns gives those that are grouped by and one for each value.
func (r *resolver) pivotColumns(rel *relation, v *pivot, inner *scope, e *env) {
	for i := range v.aggregates {
		edits := len(r.edits)
		it := &v.aggregates[i]
		r.expr(it.expr, inner, e)
		if len(r.edits) > edits && it.alias < 0 && len(v.aggregates) > 1 {
			r.refuseRange(it.start, it.end, nil, "implicit_name",
				"the names of the columns that PIVOT makes hold this text", "give it an alias first: … AS name")
		}
	}
	for i := range v.keys {
		r.exprs(v.keys[i].exprs, inner, e)
		rel.open = rel.open || len(v.keys[i].values) == 0
	}
	for _, x := range v.group {
		if ref := plainRef(x); ref != nil {
			r.refIn(ref, inner) // a struct is grouped by as a whole, whatever its fields are called
			continue
		}
		r.expr(x, inner, e)
	}
	rel.cols = r.pivotGroup(v, inner)
	rel.open = rel.open || !r.d.pivotNames
	if !rel.open {
		r.pivotValues(rel, v, "", 0)
	}
}

// pivotGroup are the columns that are grouped by: those of GROUP BY, or all that nothing else names.
func (r *resolver) pivotGroup(v *pivot, inner *scope) (cols []outcol) {
	if v.grouped {
		for _, x := range v.group {
			if b := r.refOf(x, inner); b.kind == isColumn {
				cols = r.mem.cols.push(cols, *b.col)
			}
		}
		return cols
	}
	named := map[*outcol]bool{}
	for i := range v.aggregates {
		r.columnsIn(v.aggregates[i].expr, inner, named)
	}
	for i := range v.keys {
		for _, x := range v.keys[i].exprs {
			r.columnsIn(x, inner, named)
		}
	}
	for _, from := range inner.rels {
		for i := range from.cols {
			if c := &from.cols[i]; !named[c] {
				cols = r.mem.cols.push(cols, *c)
			}
		}
	}
	return cols
}

func (r *resolver) refOf(x *expr, sc *scope) binding {
	ref := plainRef(x)
	if ref == nil {
		return binding{}
	}
	return r.lookup(sc, r.path(ref.path), old)
}

// columnsIn collects the columns that an expression names.
func (r *resolver) columnsIn(x *expr, sc *scope, named map[*outcol]bool) {
	if x.kind == exprRef {
		if b := r.refOf(x, sc); b.kind == isColumn {
			named[b.col] = true
		}
	}
	for _, k := range x.kids {
		r.columnsIn(k, sc, named)
	}
}

// pivotValues adds a column for each combination of the keys' values, and for each aggregate if they have names.
func (r *resolver) pivotValues(rel *relation, v *pivot, prefix string, key int) {
	if key < len(v.keys) {
		for _, value := range v.keys[key].values {
			if key > 0 {
				value = prefix + "_" + value
			}
			r.pivotValues(rel, v, value, key+1)
		}
		return
	}
	for i := range v.aggregates {
		it := &v.aggregates[i]
		text := prefix
		switch {
		case it.alias >= 0:
			text += "_" + r.named(it.alias).text
		case len(v.aggregates) > 1:
			text = "" // its own text is in the name
		}
		rel.cols = r.mem.cols.push(rel.cols, outcol{before: exactly(text), after: exactly(text), via: -1, unsure: -1})
	}
}

// unpivots follows a column whose name does not become data, because a label stands for it or can be written.
func (r *resolver) unpivots(v *pivot, i int, b *binding) bool {
	at := v.columns[i]
	if i >= len(v.labels) || v.labels[i] == -2 || !b.col.renamed() || b.col.change == nil || b.col.change.Coexists || b.col.also != nil {
		return false
	}
	text := r.d.spell(b.col.after, r.text(at))
	switch {
	case v.labels[i] >= 0:
	case r.d.labelStrings:
		text += " AS '" + r.named(at).text + "'"
	default:
		return false
	}
	b.col.change.seen = len(r.stmts)
	r.replace(at, text, b.col.change, "UNPIVOT reads "+b.rel.name())
	return true
}

// unpivotColumns gives those that stay, and the two that names and values go to.
func (r *resolver) unpivotColumns(rel *relation, v *pivot, inner *scope) {
	gone := map[*outcol]bool{}
	for i, at := range v.columns {
		b := r.bareName(inner, r.named(at), old)
		if b.kind != isColumn { // in a proof: one that was refused
			rel.open = true
			continue
		}
		gone[b.col] = true
		if r.unpivots(v, i, &b) {
			continue
		}
		if b.col.touched() || b.col.renamed() {
			rel.open = true
			r.refuse(at, r.changeFor(b.col, b.rel), "name_as_data", "UNPIVOT makes data of the name "+r.text(at), "select it under its old name first")
		}
		r.leave(at, "column of "+b.rel.name())
	}
	if rel.open {
		return
	}
	for _, from := range inner.rels {
		for i := range from.cols {
			if c := &from.cols[i]; !gone[c] {
				rel.cols = r.mem.cols.push(rel.cols, *c)
			}
		}
	}
	stay := rel.cols
	for _, at := range append([]int{v.name, v.value}, v.values...) {
		n := r.named(at)
		r.meets(at, n, stay)
		rel.cols = r.mem.cols.push(rel.cols, outcol{before: n, after: n, via: -1, unsure: -1})
	}
}

// meets refuses a name that UNPIVOT gives where a column that stays gets it too: the engine looks for the values that
// are there by that name, and finds the wrong one.
func (r *resolver) meets(at int, n name, stay []outcol) {
	for i := range stay {
		if c := &stay[i]; c.renamed() && r.d.same(c.after, n) && !r.d.same(c.before, n) {
			r.refuse(at, c.change, "captured_name", "UNPIVOT gives a column "+n.String()+", and "+c.before.String()+", which stays beside it, gets that name too",
				"give the column of UNPIVOT another name")
		}
	}
}
