package sql

// A name with parts, a.b or s.t.c: a relation and its column, a column and its field, or both at once.

// qualifiedName tries a relation's name first, then a struct column.
func (r *resolver) qualifiedName(sc *scope, path []name, s side) binding {
	var opens []*relation
	var none binding // a relation of the name that has no such column
	plain := false   // a nearer column of the name has no fields
	for at := sc; at != nil; at = at.parent {
		if len(at.params) > 0 && r.isParam(at, &path[0], r.d.exactParams) {
			return r.orTable(at.parent, path, s)
		}
		for parts := min(len(path)-1, 4); parts > 0; parts-- {
			if rel := r.qualifier(at, path[:parts]); rel != nil && !r.d.flatFrom {
				b := r.eitherWay(at, r.columnOf(rel, path, parts, s), path, s)
				if b.kind != unknown || !r.d.qualifierYields { // which goes on to a struct, or a table further out
					return b
				}
				none = b
			} else if rel != nil {
				if b := r.columnOfAll(at, path, parts, s); b.kind != unknown {
					return b
				}
				none = binding{rel: rel, part: parts}
			}
		}
		var b binding
		opens = r.columnIn(&b, at, &path[0], s, opens)
		switch {
		case none.rel != nil && r.lacks(&b, path[1], s):
			plain = plain || b.kind != unknown && s == now
		case b.kind == isColumn && len(b.col.fields) > 0 && !plain:
			r.unlessOpen(&b, opens)
			return b
		case b.kind == isColumn && r.d.structFirst && r.scalarColumn(b.col) && (s == old || r.wasColumn(at, path[0])):
			plain = true // the name is a table's further out; one that gets the name only now makes it an error
		case plain && r.outerQualifier(at.parent, path) == nil:
		case r.d.structFirst && (b.kind == isColumn || b.kind == ambiguous):
			if rel := r.outerQualifier(at.parent, path); rel != nil { // whether the column is a struct is not known
				if outer := r.columnOf(rel, path, 1, s); outer.col != nil && outer.col.touched() {
					b = outer
				}
				return binding{kind: ambiguous, rel: rel, col: b.col, among: []*relation{rel}}
			}
			r.unlessOpen(&b, opens)
			return b
		}
	}
	if len(opens) > 0 && none.rel == nil {
		return binding{kind: isOpen, among: opens}
	}
	return none
}

// lacks: the name is no column that has the field, nor one that is computed and may have it.
func (r *resolver) lacks(b *binding, field name, s side) bool {
	if b.kind != isColumn || len(b.col.fields) == 0 {
		return b.kind != isColumn || b.col.value == nil || r.scalarColumn(b.col)
	}
	return fieldOf(r.d, b.col, field, s) == nil
}

// eitherWay: a.b.c is column c of table a.b, and may be field c of column b of table a too. Engines differ.
func (r *resolver) eitherWay(at *scope, b binding, path []name, s side) binding {
	if b.part < 2 {
		return b
	}
	other := r.qualifier(at, path[:1])
	if other == nil || other == b.rel {
		return b
	}
	col, _ := other.column(r.d, path[1], s)
	switch {
	case col != nil && col.touched():
		return binding{kind: ambiguous, rel: other, col: col, part: 1, among: []*relation{b.rel, other}}
	case (col != nil || other.open) && b.col != nil && b.col.touched():
		return binding{kind: ambiguous, rel: b.rel, col: b.col, part: b.part, among: []*relation{b.rel, other}}
	}
	return b
}

// orTable: a.b where a is a lambda's parameter. To DuckDB it is a column of the query's own table a, if that has one.
func (r *resolver) orTable(at *scope, path []name, s side) binding {
	for at != nil && len(at.params) > 0 {
		at = at.parent
	}
	if at != nil && r.d.paramYields {
		if rel := r.qualifier(at, path[:1]); rel != nil {
			if b := r.columnOf(rel, path, 1, s); b.kind != unknown {
				return b
			}
		}
	}
	return binding{kind: isParam}
}

// wasColumn: the scope had a column of this name before.
func (r *resolver) wasColumn(at *scope, n name) bool {
	var b binding
	r.columnIn(&b, at, &n, old, nil)
	return b.kind == isColumn
}

// outerQualifier finds a relation of an outer query that the first part names.
func (r *resolver) outerQualifier(at *scope, path []name) *relation {
	for ; at != nil; at = at.parent {
		if rel := r.qualifier(at, path[:1]); rel != nil {
			return rel
		}
	}
	return nil
}

// columnOf finds path[parts] in a relation that path[:parts] names.
func (r *resolver) columnOf(rel *relation, path []name, parts int, s side) binding {
	if s == old {
		rel.used = true
		rel.longUse = rel.longUse || parts > 1
	}
	col, twice := rel.column(r.d, path[parts], s)
	switch {
	case twice:
		return binding{kind: ambiguous, rel: rel, col: col, part: parts, among: []*relation{rel}}
	case col != nil:
		return binding{kind: isColumn, rel: rel, col: col, part: parts}
	case rel.open:
		return binding{kind: isOpen, rel: rel, part: parts, sure: true}
	}
	return binding{kind: unknown, rel: rel, part: parts}
}

// columnOfAll finds path[parts] in all relations of the scope that path[:parts] names.
func (r *resolver) columnOfAll(at *scope, path []name, parts int, s side) binding {
	var found binding
	for _, rel := range at.rels {
		if !r.qualifies(rel, path[:parts]) {
			continue
		}
		switch b := r.columnOf(rel, path, parts, s); {
		case b.kind == unknown:
		case found.kind == unknown:
			found = b
		default:
			found.kind, found.among = ambiguous, append(found.among, found.rel, rel)
		}
	}
	return found
}

// qualifier finds the relation that the parts name.
func (r *resolver) qualifier(at *scope, parts []name) *relation {
	for _, rel := range at.rels {
		if r.qualifies(rel, parts) {
			return rel
		}
	}
	return nil
}

func (r *resolver) qualifies(rel *relation, parts []name) bool {
	if len(parts) == 1 {
		return r.d.same(rel.alias, parts[0])
	}
	return len(parts) <= len(rel.path) && r.endsWith(rel.path, parts)
}

func (r *resolver) endsWith(path, parts []name) bool {
	for i := range parts {
		a, b := path[len(path)-1-i], parts[len(parts)-1-i]
		if !r.d.same(a, b) {
			return false
		}
	}
	return true
}
