package sql

import (
	"slices"

	"github.com/skein-bot/skein/rewrite"
)

// star expands * or t.*, follows the names in what modifies it, and gives the columns.
func (r *resolver) star(x *expr, sc *scope, e *env, u use) *result {
	rels := sc.rels
	if len(x.path) > 0 {
		rel := r.starOf(x, sc)
		if rel == nil {
			return r.result(result{open: true, star: -1})
		}
		rels = []*relation{rel}
	}
	res := r.expand(rels, x.start, sc, u.ordered && (x.more == nil || x.star == nil))
	for _, rel := range rels {
		r.starOverUnknown(x, rel, u)
	}
	if x.more != nil && x.star != nil {
		r.starMods(x, res, sc, e)
	}
	return res
}

// expand lists the columns of relations as a star does. Where ORDER BY finds them, they are outputs of the scope.
func (r *resolver) expand(rels []*relation, at int, sc *scope, ordered bool) *result {
	size := 0
	for _, rel := range rels {
		size += len(rel.cols)
	}
	res := r.result(result{star: at, cols: r.mem.cols.take(size)[:0], loose: sc.loose && len(rels) > 1})
	var seen []int // merges
	id := r.nextOutput()
	for _, rel := range rels {
		if rel.qualified {
			continue
		}
		res.open, res.hole, res.loose = res.open || rel.open, res.hole || rel.hole && rel.maybe == nil, res.loose || rel.loose
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

// starOf finds the relation of t.*; a path that is none may be a struct, whose fields it lists.
func (r *resolver) starOf(x *expr, sc *scope) *relation {
	path := r.path(x.path)
	for at := sc; at != nil; at = at.parent {
		if rel := r.qualifier(at, path); rel != nil {
			rel.used = true
			rel.longUse = rel.longUse || len(path) > 1
			r.followQualifier(x.path, len(path), rel)
			return rel
		}
	}
	b := r.refIn(r.ref(x.path), sc)
	if b.kind != isColumn || b.col == nil {
		return nil
	}
	leaf := leafOf(r.d, &b, path)
	return r.relation(relation{cols: leaf.fields, open: len(leaf.fields) == 0})
}

// starOverUnknown refuses a star over what may be a changed dataset.
func (r *resolver) starOverUnknown(x *expr, rel *relation, u use) {
	if rel.maybe != nil && rel.maybe.changed && (u.named || u.positional) {
		r.refuseMaybe(x.start, rel)
	}
}

// starMods applies EXCEPT, REPLACE and RENAME.
func (r *resolver) starMods(x *expr, res *result, sc *scope, e *env) {
	if x.star.like > 0 {
		r.starLike(x.star.like-1, res)
	}
	for _, at := range x.star.except {
		for _, i := range slices.Backward(r.starColumns(res, at)) {
			res.cols = append(res.cols[:i:i], res.cols[i+1:]...)
		}
	}
	for i := range x.star.rename {
		it := &x.star.rename[i]
		ref := plainRef(it.expr)
		if ref == nil || len(ref.path) != 1 {
			r.refuse(x.start, nil, "star_output", "this RENAME is not understood", "list the columns")
			continue
		}
		for _, k := range r.starColumns(res, ref.path[0]) {
			n := r.named(it.alias)
			c := &res.cols[k]
			c.before, c.after, c.change, c.via, c.at = n, n, nil, -1, x.start
		}
		n := r.named(it.alias)
		sc.outputs = r.mem.outputs.push(sc.outputs, output{before: n, after: n, id: r.nextOutput()})
		r.leave(it.alias, roleAlias.String())
	}
	for i := range x.star.replace {
		it := &x.star.replace[i]
		var col outcol
		var out output
		r.item(it, &selectBody{start: it.start}, sc, e, false, &col, &out)
		for _, k := range r.starColumns(res, it.alias) {
			c := &res.cols[k]
			if !c.renamed() {
				c.change = nil
			}
			c.trace, c.scalar, c.value, c.in = col.trace, col.scalar, col.value, col.in
			out.after = c.after
		}
		sc.outputs = r.mem.outputs.push(sc.outputs, out)
	}
}

// starColumns finds the columns that a modifier names, in every relation of the star, and follows their new name.
func (r *resolver) starColumns(res *result, at int) []int {
	n := r.named(at)
	named := r.columnsCalled(res.cols, n, old)
	if len(named) == 0 && !res.open { // already rewritten
		named = r.columnsCalled(res.cols, n, now)
		r.leave(at, "a column of the star that does not change")
		return named
	}
	if len(named) == 0 {
		r.leave(at, "a column of a table that is not in the catalog")
		return nil
	}
	c := &res.cols[named[0]]
	switch {
	case c.twin:
		r.refuse(at, r.changeTo(n), "captured_name", n.String()+" would be one of two columns of a name in this star", "give the columns there different names")
	case c.renamed() && c.change != nil && c.change.Coexists:
		r.refuse(at, c.change, "star_output", "while "+c.before.String()+" and "+c.after.String()+" both exist, a star without one of them still passes the other on",
			"list the columns")
	case (c.change == nil || c.change.Kind == rewrite.RenameField) && !slices.Equal(named, r.columnsCalled(res.cols, c.after, now)):
		r.refuse(at, r.changeTo(c.after), "star_output", "the columns of the star that are called "+n.String()+" would not all have one name, or not alone",
			"list the columns")
	case c.renamed() && c.change != nil:
		r.replace(at, r.d.spell(c.after, r.text(at)), c.change, "the star's column "+c.before.String()+" is now "+c.after.String())
	case c.change != nil && c.change.Kind == rewrite.RenameEnum:
	case c.change != nil && c.change.Kind != rewrite.RenameField:
		r.refuseChange(at, c.change)
	default:
		r.leave(at, "a column of the star that does not change")
	}
	return named
}

func (r *resolver) columnsCalled(cols []outcol, n name, s side) (out []int) {
	for i := range cols {
		if r.d.same(*cols[i].on(s), n) {
			out = r.mem.ints.push(out, i)
		}
	}
	return out
}
