package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// joinSide is the one column that a name of USING means on one side of the join. Of a table that is not in the
// catalog it is only known that it must be there.
type joinSide struct {
	rel    *relation
	col    *outcol
	after  name
	prefix string // what qualifies it
}

// spelled is the side as it stands in a condition; at is the name's token in USING.
func (r *resolver) spelled(s joinSide, at int) string {
	text := r.text(at)
	if s.col != nil && !r.d.sameSpelling(r.named(at), s.after) {
		text = r.d.spell(s.after, text)
	}
	return s.prefix + "." + text
}

// fact is what the proof will find where the side is written.
func (r *resolver) sideFact(s joinSide) meaning {
	if s.col == nil {
		return meaning{kind: isOpen, id: s.rel.id}
	}
	return columnFact(s.rel, s.col, now)
}

// spellOut turns USING into ON where one side's column is renamed and nothing reads the column that USING makes of
// the two. The condition that it gives stands for the one that the edit writes; nil if USING stays.
func (r *resolver) spellOut(f *from, left, right []*relation, sc, on *scope) *expr {
	if r.proof || len(f.using) == 0 || sc.query == nil || !r.plainUsing(f) {
		return nil
	}
	var ch *change
	var parts []string
	made := r.mem.exprs.one()
	made.kind, made.start, made.end, made.op = exprMade, f.using[0], f.using[0]+1, len(r.made)
	var facts []meaning
	for _, at := range f.using {
		a, oneLeft := r.joinSide(at, left, sc, on)
		b, oneRight := r.joinSide(at, right, sc, on)
		if !oneLeft || !oneRight {
			return nil
		}
		if !r.d.same(a.after, b.after) {
			for _, side := range [...]joinSide{a, b} {
				if side.col != nil && side.col.change != nil {
					ch = side.col.change
				}
			}
		}
		parts = append(parts, r.spelled(a, at)+" = "+r.spelled(b, at))
		facts = append(facts, r.sideFact(a), r.sideFact(b))
	}
	if ch == nil || r.readsMerged(f, sc.query) {
		return nil
	}
	word, and := "ON ", " AND "
	if b := r.src[r.toks[f.using[0]-2].Start]; b >= 'a' && b <= 'z' {
		word, and = "on ", " and "
	}
	r.made = append(r.made, facts)
	end := f.using[len(f.using)-1] + 1
	ch.seen = len(r.stmts)
	r.put(int(r.toks[f.using[0]-2].Start), int(r.toks[end].End), word+strings.Join(parts, and), ch, "USING needs one name, and the sides have two now")
	return made
}

// plainUsing: USING ( a, b ) of a join that is not FULL, so that each side's column is what it joins by.
func (r *resolver) plainUsing(f *from) bool {
	first, last := f.using[0], f.using[len(f.using)-1]
	if first < 2 || r.toks[first-1].Key != token.LParen || r.toks[first-2].Key != token.Using || last+1 >= len(r.toks) || r.toks[last+1].Key != token.RParen {
		return false
	}
	return !slices.ContainsFunc(r.toks[f.left.end:f.right.start], func(t token.Token) bool { return t.Key == token.Full })
}

// joinSide finds the column on one side; false if it is not certain which one it is.
func (r *resolver) joinSide(at int, rels []*relation, sc, on *scope) (joinSide, bool) {
	n := r.named(at)
	s := joinSide{after: n}
	opens := 0
	for _, rel := range rels {
		col, twice := rel.column(r.d, n, old)
		switch {
		case twice, r.mergeOf(sc, rel, n) >= 0, rel.hole, rel.maybe != nil && rel.maybe.changed, col != nil && s.col != nil:
			return s, false
		case col != nil:
			s.rel, s.col, s.after = rel, col, col.after
		case rel.open:
			if opens++; s.rel == nil {
				s.rel = rel
			}
		}
	}
	if s.rel == nil || opens > 1 || opens == 1 && s.col != nil || s.col != nil && (s.col.also != nil || s.col.inside() != nil || s.after.empty() || s.col.change != nil && !s.col.renamed()) {
		return s, false
	}
	b := &binding{kind: isOpen, rel: s.rel}
	if s.col != nil {
		b = &binding{kind: isColumn, rel: s.rel, col: s.col}
	}
	s.prefix = r.qualify(on, []name{s.after}, b)
	return s, s.prefix != ""
}

// readsMerged: a star or a bare name of the query reads the column that USING makes.
func (r *resolver) readsMerged(f *from, q *query) bool {
	if q.sel == nil || slices.ContainsFunc(q.sel.items, func(it item) bool { return it.expr.kind == exprStar && len(it.expr.path) == 0 }) {
		return true
	}
	last := f.using[len(f.using)-1]
	for i := q.start; i < q.end; i++ {
		if i >= f.using[0] && i <= last || r.roles[i] != roleNone || r.toks[i].Kind != token.Word && r.toks[i].Kind != token.Quoted || i > 0 && r.toks[i-1].Key == token.Dot {
			continue
		}
		if slices.ContainsFunc(f.using, func(at int) bool { return r.d.same(r.named(at), r.named(i)) }) {
			return true
		}
	}
	return false
}

// halfMerged refuses a bare name that reads what a refused USING makes.
func (r *resolver) halfMerged(x *expr, path []name, b *binding, sc *scope) bool {
	for at := sc; at != nil && len(path) == 1; at = at.parent {
		if len(at.merged) == 0 {
			continue
		}
		if m := r.mergeOf(at, b.rel, path[0]); m >= 0 {
			if ch := at.merged[m].stuck; ch != nil {
				r.refuse(x.path[0], ch, "using_join", "this reads the column that USING makes of two, which have two names now", "say which of the two is meant")
				return true
			}
		}
	}
	return false
}

// starReads refuses a star that reads by its bare name what USING makes of two columns, if that name is no longer
// theirs alone. SQLite expands a star so on the left of a RIGHT or FULL JOIN.
func (r *resolver) starReads(at int, sc *scope, n name, b *binding) {
	if !r.d.flatFrom || r.proof || sc.query == nil || !r.joinsOuter(sc.query) {
		return
	}
	from := r.scope(scope{rels: sc.rels, merged: sc.merged, reading: columns})
	was, is := r.bareName(from, n, old), r.bareName(from, b.col.after, now)
	if was.kind != is.kind {
		r.refuse(at, r.changeTo(b.col.after), "captured_name",
			"this star reads "+n.String()+", which is one column of several, and another table has that name now too", "list the columns, and qualify them")
	}
}

// joinsOuter: a RIGHT or FULL JOIN stands in FROM.
func (r *resolver) joinsOuter(q *query) bool {
	if q.sel == nil || len(q.sel.from) == 0 {
		return false
	}
	return slices.ContainsFunc(r.toks[q.sel.from[0].start:q.sel.from[len(q.sel.from)-1].end], func(t token.Token) bool {
		return t.Key == token.Full || t.Key == token.Right
	})
}

// aloneAfter: no other column of the side has the new name.
func (r *resolver) aloneAfter(s joinSide, rels []*relation) bool {
	return !slices.ContainsFunc(rels, func(rel *relation) bool {
		col, twice := rel.column(r.d, s.after, now)
		return twice || col != nil && col != s.col
	})
}

// usingBoth follows a name of USING that changes alike on both sides.
func (r *resolver) usingBoth(at int, left, right []*relation, sc, on *scope) bool {
	if r.proof {
		return false
	}
	a, oneLeft := r.joinSide(at, left, sc, on)
	b, oneRight := r.joinSide(at, right, sc, on)
	if !oneLeft || !oneRight || a.col == nil || b.col == nil || !a.col.renamed() || !b.col.renamed() || !r.d.same(a.after, b.after) ||
		!r.aloneAfter(a, left) || !r.aloneAfter(b, right) {
		return false
	}
	if r.anotherHas(a.after, at, left, a.rel, sc) || r.anotherHas(a.after, at, right, b.rel, sc) {
		return false
	}
	r.unite(sc, r.named(at), a.rel, b.rel)
	r.unite(sc, a.after, a.rel, b.rel)
	a.col.change.seen = len(r.stmts)
	r.replace(at, r.d.spell(a.after, r.text(at)), a.col.change, "both sides of the join read "+a.rel.name())
	return true
}

// anotherHas: beside rel and what is one with it in this join, a table of the side has the new name too.
func (r *resolver) anotherHas(n name, at int, side []*relation, rel *relation, sc *scope) bool {
	m := r.mergeOf(sc, rel, r.named(at))
	return slices.ContainsFunc(side, func(other *relation) bool {
		if other == rel || m >= 0 && slices.Contains(sc.merged[m].rels, other) {
			return false
		}
		col, _ := other.column(r.d, n, now)
		return col != nil
	})
}

// usingMatters: the changes may touch a name of USING, or a table of the join gets another name and must know how it
// is read.
func (r *resolver) usingMatters(using []int, rels []*relation) bool {
	if r.proof || len(using) == 0 {
		return false
	}
	for i := range using {
		if r.interested(using[i : i+1]) {
			return true
		}
	}
	return slices.ContainsFunc(rels, func(rel *relation) bool { return rel.table != nil && rel.table.moved != nil })
}

// using resolves one name of USING, which both sides must keep.
func (r *resolver) using(at int, left, right []*relation, sc *scope) {
	n := r.named(at)
	r.mergeUsed(sc, n, left, right)
	for _, rels := range [...][]*relation{left, right} {
		r.usingGains(at, n, rels)
		for _, rel := range rels {
			if rel.maybe != nil && rel.maybe.changed && r.hot(n, rel.maybe) {
				r.refuseMaybe(at, rel)
			}
			col, _ := rel.column(r.d, n, old)
			switch {
			case rel.hole && r.hotChange(n) != nil:
				r.refuse(at, r.hotChange(n), "template", "the table that this is a column of is not known before a template is filled in",
					"join with ON and qualify the columns")
			case col != nil && col.change != nil && col.renamed():
				if m := r.mergeOf(sc, rel, n); m >= 0 {
					sc.merged[m].stuck = col.change
				}
				r.refuse(at, col.change, "using_join",
					"USING needs "+n.text+" on both sides, and in "+rel.what+" it is now "+col.after.String()+"; the column that USING makes of the two is read here, or may be",
					"join with ON …"+col.after.String()+" = …"+n.text+" and qualify the columns")
			case col != nil && col.change != nil:
				r.refuseChange(at, col.change)
			}
		}
	}
	r.structsJoined(at, n, left, right)
	r.leave(at, "a column that both sides of the join keep")
}

// structsJoined refuses a join that compares whole values of which one has a field under another name now.
func (r *resolver) structsJoined(at int, n name, left, right []*relation) {
	for _, a := range left {
		for _, b := range right {
			x, _ := a.column(r.d, n, old)
			y, _ := b.column(r.d, n, old)
			if x == nil || y == nil || x.inside() == y.inside() {
				continue
			}
			ch := x.inside()
			if ch == nil {
				ch = y.inside()
			}
			r.refuse(at, ch, "struct_value", "the join compares the whole value of "+n.text+", and its field "+ch.From+" changes", "compare its fields one by one, with ON")
			return
		}
	}
}

// mergeUsed makes one column of those that USING names: the first of each side, with what is one with them already.
func (r *resolver) mergeUsed(sc *scope, n name, left, right []*relation) {
	var with []*relation
	for _, rels := range [...][]*relation{left, right} {
		for _, rel := range rels {
			col, _ := rel.column(r.d, n, old)
			if col != nil || rel.open {
				with = r.mem.relList.push(with, rel)
			}
			if col != nil {
				break
			}
		}
	}
	r.unite(sc, n, with...)
}

// usingGains refuses where one side of USING has the name already and gets it once more: engines then join by either,
// or by none.
func (r *resolver) usingGains(at int, n name, rels []*relation) {
	var has bool
	var gains *relation
	var gained *outcol
	for _, rel := range rels {
		was, _ := rel.column(r.d, n, old)
		has = has || was != nil
		if c := r.gained(rel, n); c != nil {
			gains, gained = rel, c
		}
	}
	if has && gains != nil {
		r.refuse(at, gained.change, "using_join",
			"USING ("+n.text+") would find the name twice on one side, because "+gains.what+" has it now too",
			"join with ON and qualify the columns")
	}
}

// gained is the column of the relation that has the name only now.
func (r *resolver) gained(rel *relation, n name) *outcol {
	is, twice := rel.column(r.d, n, now)
	if is == nil {
		return nil
	}
	for i := range rel.cols {
		if c := &rel.cols[i]; (c == is || twice) && c.change != nil && r.d.same(c.after, n) && !r.d.same(c.before, n) {
			return c
		}
	}
	return nil
}

// natural merges the columns that both sides share, and refuses where a change adds or takes one.
func (r *resolver) natural(at int, left, right []*relation, sc *scope) {
	for _, rel := range slices.Concat(left, right) {
		if rel.maybe != nil && rel.maybe.changed {
			r.refuseMaybe(at, rel)
		}
	}
	for _, b := range right {
		for _, a := range left {
			r.naturalChange(at, a, b)
			r.naturalChange(at, b, a)
		}
		for i := range b.cols {
			n := b.cols[i].before
			first := slices.IndexFunc(left, func(a *relation) bool { c, _ := a.column(r.d, n, old); return c != nil })
			if first >= 0 {
				r.structsJoined(at, n, left, right)
				r.unite(sc, n, left[first], b)
			}
		}
	}
}

func (r *resolver) naturalChange(at int, rel, other *relation) {
	for i := range rel.cols {
		c := &rel.cols[i]
		if c.before.text == c.after.text && (c.change == nil || c.change.Kind == rewrite.RenameField) {
			continue
		}
		for _, n := range [...]name{c.before, c.after} {
			match, _ := other.column(r.d, n, old)
			if match == nil && (n.empty() || !other.open) {
				continue
			}
			r.refuse(at, r.changeFor(c, rel), "natural_join",
				"a NATURAL JOIN joins by the names that both sides share, and "+n.text+" changes that",
				"write the condition with ON")
		}
	}
}
