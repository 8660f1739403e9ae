package sql

import (
	"slices"
	"strings"
)

// decideOutput: the name is an output of the select list. It stays, unless the output is unseen and follows its column.
func (r *resolver) decideOutput(x *expr, path []name, b *binding, sc *scope) meaning {
	const keeps = "an output of this query, which keeps its name"
	if !r.cat.shifts.may(path) && b.out.before.text == b.out.after.text && len(path) == 1 {
		r.leave(x.path[0], keeps)
		return r.factOf(b, now)
	}
	next := r.mem.names.push(nil, b.out.after)
	if next[0].empty() || len(path) != 1 {
		return meaning{refused: true}
	}
	a := r.lookup(sc, next, now)
	switch {
	case a.kind == isColumn && a.rel == b.out.rel && b.out.col != nil && r.d.same(a.col.after, b.out.col.after):
	case a.kind != isOutput || a.out != b.out:
		r.captured(x, path, next, &binding{}, r.hotChange(path[0]), sc)
		return meaning{refused: true}
	}
	if path[0].text != next[0].text && !r.d.same(path[0], next[0]) {
		if b.out.star && r.lookup(sc, next, old).kind != unknown {
			return r.decideStarOutput(x, path, next, b, sc)
		}
		r.replace(x.path[0], r.d.spell(next[0], r.text(x.path[0])), r.hotChange(path[0]), "the output that it names is now "+next[0].text)
	}
	r.leave(x.path[0], keeps)
	return r.factOf(&a, now)
}

// decideStarOutput: read again under the old schema, the output's new name would mean something else. The column
// behind it can be qualified.
func (r *resolver) decideStarOutput(x *expr, path, next []name, b *binding, sc *scope) meaning {
	column := &binding{kind: isColumn, rel: b.out.rel, col: b.out.col}
	prefix := r.qualify(sc, next, column)
	if prefix == "" {
		r.captured(x, path, next, column, b.out.col.change, sc)
		return meaning{refused: true}
	}
	r.edit(x, path, next, prefix, r.changeFor(b.out.col, b.out.rel), column)
	return columnFact(b.out.rel, b.out.col, now)
}

// decideRow: a whole row takes the names of its columns with it.
func (r *resolver) decideRow(x *expr, b *binding) meaning {
	b.rel.used = true
	for i := range b.rel.cols {
		if c := &b.rel.cols[i]; c.touched() && r.opened != x {
			r.refuse(x.path[0], r.anyChange(c), "whole_row", r.source(x)+" is a whole row here, and its field "+c.before.String()+" changes",
				"name the columns that are wanted")
			return meaning{refused: true}
		}
	}
	r.leaveAll(x.path, "the name of a table")
	return meaning{kind: isRow, id: b.rel.id}
}

// decideOpen: the name belongs to a table whose columns are not known.
func (r *resolver) decideOpen(x *expr, path []name, b *binding, sc *scope) meaning {
	last := x.path[len(path)-1]
	for k := range len(b.among) + 1 {
		rel := b.rel
		if k < len(b.among) {
			rel = b.among[k]
		}
		if rel == nil {
			continue
		}
		if rel.table != nil && rel.table.moved != nil {
			ch := rel.table.moved
			r.leaveAll(x.path[:len(path)-1], "qualifies with the name of a table")
			r.refuse(last, ch, "no_counterpart", r.source(x)+" reads "+ch.datasetName()+", whose columns are not known, and "+ch.To+" has no column of this name",
				"add it to the fields of the mapping, or the schema of "+ch.datasetName()+" to the catalog")
			return meaning{refused: true}
		}
		for i := range path {
			switch {
			case rel.maybe != nil && (r.hot(path[i], rel.maybe) || len(path) == 1 && r.gains(path[i], rel.maybe)):
				r.refuseMaybe(last, rel)
				return meaning{refused: true}
			case rel.hole && r.hotChange(path[i]) != nil:
				r.refuse(last, r.hotChange(path[i]), "template", "the table that this is a column of is not known before a template is filled in",
					"add the template's text to read_as of "+r.hotChange(path[i]).Dataset+", or qualify the column")
				return meaning{refused: true}
			}
		}
	}
	a := r.lookup(sc, path, now)
	if a.kind != isOpen && b.sure {
		if prefix := r.qualify(sc, path, b); prefix != "" {
			r.edit(x, path, path, prefix, r.changeTo(path[0]), b)
			return meaning{kind: isOpen, id: b.rel.id}
		}
	}
	if a.kind != isOpen {
		r.captured(x, path, path, b, nil, sc)
		return meaning{refused: true}
	}
	r.leaveColumn(x.path, b.someone(), ", which is not in the catalog")
	return r.factOf(b, now)
}

// someone is the relation that an open name belongs to, or the first that it may.
func (b *binding) someone() *relation {
	if b.rel != nil {
		return b.rel
	}
	return b.among[0]
}

// leaveColumn says whose column a changed name is.
func (r *resolver) leaveColumn(at []int, rel *relation, tail string) {
	for _, i := range at {
		if r.hotToken(i) && !r.editedAt(i) {
			r.leave(i, "column of "+rel.name()+tail)
		}
	}
}

// decideAmbiguous refuses if one of the candidates changes.
func (r *resolver) decideAmbiguous(x *expr, path []name, b *binding, sc *scope) meaning {
	last := x.path[len(path)-1]
	r.leaveAll(x.path[:len(path)-1], "qualifies with a name that may be a table's or a column's")
	if b.col != nil && b.col.touched() {
		r.refuse(last, r.anyChange(b.col), "ambiguous_column", r.ambiguity(x, b), b.deciding())
		return meaning{refused: true}
	}
	for _, rel := range b.among {
		if rel == nil {
			continue
		}
		col, _ := rel.column(r.d, path[b.part], old)
		hot := r.hotChange(path[len(path)-1])
		switch {
		case col == nil && len(path) == 1 && r.d.same(rel.alias, path[0]) && anyTouched(rel.cols):
			return r.decideRow(x, &binding{kind: isRow, rel: rel})
		case col != nil && col.touched():
			r.refuse(last, r.anyChange(col), "ambiguous_column", r.ambiguity(x, b), b.deciding())
			return meaning{refused: true}
		case b.part == 0 && rel.maybe != nil && r.gains(path[0], rel.maybe):
			r.refuse(last, r.changeTo(path[0]), "captured_name", r.ambiguity(x, b), b.deciding())
			return meaning{refused: true}
		case hot != nil && (rel.hole || rel.maybe != nil && r.hot(path[len(path)-1], rel.maybe)):
			r.refuse(last, hot, "ambiguous_column", r.ambiguity(x, b), b.deciding())
			return meaning{refused: true}
		}
	}
	if a := r.lookup(sc, path, now); r.cat.shifts.may(path) && a.col != nil && a.col.touched() {
		r.captured(x, path, path, b, r.anyChange(a.col), sc)
		return meaning{refused: true}
	}
	if ch := r.gainsColumn(sc, path); ch != nil {
		r.captured(x, path, path, b, ch, sc)
		return meaning{refused: true}
	}
	r.leaveAll(x.path, "a column of tables that do not change")
	return meaning{refused: true}
}

// gainsColumn is the change that gives a column in sight the name that others are qualified by here.
func (r *resolver) gainsColumn(sc *scope, path []name) *change {
	if len(path) < 2 || !r.cat.shifts.may(path) {
		return nil
	}
	for at := sc; at != nil; at = at.parent {
		var b binding
		if r.columnIn(&b, at, &path[0], now, nil); b.kind == isColumn && b.col.touched() && !r.wasColumn(at, path[0]) {
			return r.anyChange(b.col)
		}
	}
	return nil
}

// gainsTwin is the change that gives a relation in sight a column of the name by which a field is read here where a
// qualifier yields: no table of the name has such a column, so it must be a field of a column whose fields are not known.
func (r *resolver) gainsTwin(sc *scope, path []name, b, after *binding) *change {
	if !r.d.qualifierYields || b.rel == nil || len(path) < 2 || after.kind == isColumn || !r.cat.shifts.may(path[:1]) {
		return nil
	}
	for at := sc; at != nil; at = at.parent {
		for _, rel := range at.rels {
			if r.gained(rel, path[0]) != nil || rel.maybe != nil && r.gains(path[0], rel.maybe) {
				return r.changeTo(path[0])
			}
		}
	}
	return nil
}

func (r *resolver) ambiguity(x *expr, b *binding) string {
	text := r.source(x)
	if b.out != nil {
		return text + " is a column and the alias of an output, and which one is meant here is not certain"
	}
	var names []string
	for _, rel := range b.among {
		if rel == nil {
			continue
		}
		n := rel.name()
		switch {
		case rel.unclear:
			n += " (the dataset or a common table expression)"
		case rel.open:
			n += " (not in the catalog)"
		}
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(names) == 1 && len(x.path) == 1 && len(b.among) > 1 {
		return text + " may be a column of " + names[0] + ", or a row of it as a whole"
	}
	return text + " may be a column of " + strings.Join(names, " or of ")
}

func (b *binding) deciding() string {
	if b.out != nil {
		return "qualify the column, or give the alias another name"
	}
	for _, rel := range b.among {
		switch {
		case rel != nil && rel.unclear:
			return "give the common table expression another name"
		case rel != nil && rel.open:
			return "qualify it, or add the schema of " + rel.name() + " to the catalog"
		}
	}
	return "qualify it"
}

// decideUnknown: nothing in scope has the name. Near a dataset that lost such a name, that is suspicious.
func (r *resolver) decideUnknown(x *expr, path []name, b *binding, sc *scope) meaning {
	after := r.lookup(sc, path, now)
	f := r.factOf(&after, now)
	for i, n := range path {
		ch := r.hotChange(n)
		if ch == nil {
			continue
		}
		if r.near(sc, ch) && (len(path) == 1 || b.rel != nil && i == b.part && b.rel.concerns(ch) || b.rel == nil && i > 0 && r.named(x.path[i-1]).text != "" && r.isDataset(path[:i], ch)) {
			r.refuse(x.path[i], ch, "unknown_column", r.source(x)+" names no column that is known here, though "+ch.Dataset+" is read",
				"check the catalog and the spelling, quotes included")
			return meaning{refused: true}
		}
	}
	if ch := r.calledByName(path, b, sc); ch != nil {
		r.refuse(x.path[len(path)-2], ch, "unknown_column", r.source(x)+" may read "+ch.From+" by the name that it had",
			"give the table an alias")
		return meaning{refused: true}
	}
	if ch := r.gainsTwin(sc, path, b, &after); ch != nil {
		r.captured(x, path, path, b, ch, sc)
		return meaning{refused: true}
	}
	for _, at := range x.path {
		switch {
		case !r.hotToken(at):
		case b.rel != nil:
			r.leave(at, "not a column of "+b.rel.name())
		default:
			r.leave(at, "names nothing of a dataset that is read here")
		}
	}
	return f
}

// calledByName is the change that moves the dataset by whose own name a column is qualified.
func (r *resolver) calledByName(path []name, b *binding, sc *scope) *change {
	for k := range r.cat.changes {
		ch := &r.cat.changes[k]
		if len(ch.from) == 0 && !ch.ofDataset() && b.rel == nil && len(path) > 1 && r.near(sc, ch) && r.isDataset(path[:len(path)-1], ch) {
			return ch
		}
	}
	return nil
}

func (rel *relation) concerns(ch *change) bool {
	if rel.table != nil {
		return ch.about() == rel.table.dataset
	}
	for i := range rel.cols {
		if rel.cols[i].change == ch {
			return true
		}
	}
	return false
}

// near: a relation in sight comes from the change's dataset.
func (r *resolver) near(sc *scope, ch *change) bool {
	for at := sc; at != nil; at = at.parent {
		for _, rel := range at.rels {
			if rel.concerns(ch) || rel.maybe != nil && ch.about() == rel.maybe.dataset {
				return true
			}
		}
	}
	return false
}

// isDataset: the path is a name of the change's dataset, or what the warehouse may call it where a template names it.
// One that stands in quotes as a whole is many parts.
func (r *resolver) isDataset(path []name, ch *change) bool {
	if r.d.dashPath && len(path) == 1 && path[0].form == quoted && strings.Contains(path[0].text, ".") {
		path = splitPath(path[0].text)
	}
	if t, sure := r.cat.find(path); sure != noMatch && ch.about() == t.dataset {
		return true
	}
	for i := range r.cat.req.Catalog.Tables {
		if ch.about() != r.cat.req.Catalog.Tables[i].Dataset {
			continue
		}
		for _, w := range r.cat.named.of[i] {
			if len(path) == 1 && strings.EqualFold(w.parts[len(w.parts)-1].text, path[0].text) {
				return true
			}
		}
	}
	return false
}
