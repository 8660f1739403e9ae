package sql

import "strings"

// arrays resolves what ARRAY JOIN unfolds. An alias names the elements; without one the column's own name does.
func (r *resolver) arrays(f *from, sc *scope, e *env) {
	sc.reading = columns
	rel := r.relation(relation{what: "ARRAY JOIN"})
	for i := range f.items {
		it := &f.items[i]
		var fields []outcol
		if ref := plainRef(it.expr); ref != nil {
			if b := r.refIn(ref, sc); b.kind == isColumn {
				fields = leafOf(r.d, &b, r.path(ref.path)).fields
			}
		} else {
			r.expr(it.expr, sc, e)
		}
		if it.alias >= 0 {
			n := r.named(it.alias)
			r.leave(it.alias, roleAlias.String())
			rel.cols = append(rel.cols, outcol{before: n, after: n, via: -1, unsure: -1, fields: fields})
		}
	}
	if len(rel.cols) > 0 {
		r.add(sc, rel)
	}
}

// givesElements: the function's rows are the elements of its argument. Others turn what fields it has into data.
func givesElements(fn string) bool {
	switch fn {
	case "unnest", "explode", "explode_outer", "posexplode", "posexplode_outer", "inline", "inline_outer":
		return true
	}
	return false
}

// wholeElements: the function gives an element of the array as one column, whatever fields it has.
func (r *resolver) wholeElements(fn string) bool {
	if fn == "unnest" {
		return r.d.unnestWhole
	}
	return r.d.explodeWhole
}

// elementColumns are the columns that such a function gives, the element last.
func elementColumns(fn string) []string {
	switch {
	case fn == "unnest":
		return []string{"unnest"}
	case strings.HasPrefix(fn, "pos"):
		return []string{"pos", "col"}
	}
	return []string{"col"}
}
