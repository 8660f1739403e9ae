package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// equalFold is strings.EqualFold; most texts are in the case that they are compared with.
func equalFold(a, b string) bool { return a == b || strings.EqualFold(a, b) }

// plainRef is the reference that an item is, through parentheses; nil if it is more.
func plainRef(x *expr) *expr {
	for x != nil && x.kind == exprParen && len(x.kids) == 1 {
		x = x.kids[0]
	}
	if x == nil || x.kind != exprRef {
		return nil
	}
	return x
}

// item resolves one item of a select list. If its name is seen and would change, it gets the old one as alias.
// The column and the output that it is are written where they are to stand.
func (r *resolver) item(it *item, s *selectBody, sc *scope, e *env, named bool, col *outcol, out *output) {
	*col = outcol{}
	col.via, col.unsure, col.at = -1, -1, it.start
	if r.d.structFirst {
		col.value, col.in = it.expr, sc
	}
	*out = output{}
	out.id = r.nextOutput()
	edits, captures := len(r.edits), len(r.captures)
	ref := plainRef(it.expr)
	mark, around := 0, flags{}
	if r.tracing != nil {
		mark, around = len(r.tracing.seen), r.tracing.flags
		r.tracing.flags = flags{partial: it.expr.kind == exprHole}
	}
	switch {
	case ref != nil:
		r.itemRef(it, ref, s, sc, named, col, out)
	case it.expr.kind == exprHole:
		r.itemHole(it, sc)
	case r.memberOf(it.expr) != nil:
		r.itemMember(it, r.memberOf(it.expr), s, sc, e, named, col)
	default:
		if it.expr.kind == exprIndex {
			v := r.element(it.expr, sc, e, false)
			col.fields, col.array = v.fields, v.array
		} else {
			r.expr(it.expr, sc, e)
		}
		switch edited := len(r.edits) > edits || r.editedAt(it.start); {
		case it.alias >= 0:
		case len(r.captures) > captures && !edited && named && r.d.names != nameFixed && r.d.names != nameFigured:
			r.nameUnsure(it, col) // whether it is edited is decided later
		default:
			r.implicit(it, s.start, col, edited, named)
		}
	}
	if it.alias >= 0 {
		n := r.nameAt(it.alias)
		col.before, col.after = *n, *n
	}
	if r.tracing != nil {
		col.trace = r.tracing.item(mark, around, ref != nil)
		out.trace = col.trace
	}
	out.before, out.after = col.before, col.after
	if it.alias < 0 && r.d.writtenAlias {
		out.unseen = [2]bool{true, r.aliased != it.end}
	}
}

// itemHole: a template that stands for items of the list may name any column of what is read.
func (r *resolver) itemHole(it *item, sc *scope) {
	r.hole(it.expr)
	for k := range r.cat.changes {
		if ch := &r.cat.changes[k]; r.near(sc, ch) && it.alias < 0 {
			r.refuse(it.start, ch, "template", "this template may stand for columns of "+ch.datasetName(), "look at what it is filled with")
		}
	}
}

// itemRef resolves an item that is just a column.
func (r *resolver) itemRef(it *item, ref *expr, s *selectBody, sc *scope, named bool, col *outcol, out *output) {
	last := ref.path[len(ref.path)-1]
	edits := len(r.edits)
	n := r.nameAt(last)
	col.before, col.after = *n, *n
	if !r.touches(ref.path) {
		return
	}
	r.passes(ref)
	var b binding
	r.settleRef(&b, ref, sc, true)
	if b.kind == isColumn && b.col != nil {
		leaf := leafOf(r.d, &b, r.path(ref.path))
		if len(ref.path)-1 == b.part || leaf != b.col {
			col.fields, col.array = leaf.fields, leaf.array
		}
		if leaf.change != nil && leaf.change.Kind == rewrite.RenameEnum {
			col.change = leaf.change // the value passes on
			if it.alias >= 0 {
				r.interest.names.add(r.named(it.alias))
			}
		}
		if len(ref.path)-1 == b.part {
			out.rel, out.col = b.rel, b.col
		}
	}
	if b.kind == unknown && len(ref.path)-1 == b.part { // already rewritten: only the new schema has it
		if a := r.lookup(sc, r.path(ref.path), now); a.kind == isColumn {
			out.rel, out.col = a.rel, a.col
		}
	}
	if it.alias >= 0 || len(r.edits) == edits || r.proof {
		return
	}
	if leaf := r.leafChange(&b, ref); leaf != nil && leaf.Kind == rewrite.Cast {
		if named {
			r.alias(it.end, s.start, r.oldSpelling(&b, last, sc), r.edits[len(r.edits)-1])
		} else {
			col.before, col.after = name{}, name{}
		}
		return
	}
	after := r.afterName(ref)
	if after.text == "" || r.d.same(after, col.before) {
		return
	}
	if !named {
		col.after = after
		return
	}
	r.alias(it.end, s.start, r.oldSpelling(&b, last, sc), r.edits[len(r.edits)-1])
}

// leafChange is the change of what a reference reaches.
func (r *resolver) leafChange(b *binding, ref *expr) *change {
	if b.kind != isColumn || b.col == nil {
		return nil
	}
	return leafOf(r.d, b, r.path(ref.path)).change
}

// afterName is the name that the edited reference has, empty if its last part is not edited.
func (r *resolver) afterName(ref *expr) name {
	t := r.toks[ref.path[len(ref.path)-1]]
	for i := len(r.edits) - 1; i >= 0 && i >= len(r.edits)-4; i-- {
		e := &r.edits[i]
		if e.End != int(t.End) {
			continue
		}
		parts := splitPath(e.New)
		if len(parts) == 0 {
			return name{}
		}
		if n := parts[len(parts)-1]; n.form == quoted {
			return n
		}
		return r.d.bare(parts[len(parts)-1].text)
	}
	return name{}
}

// oldSpelling is how an output was spelled before: as in the query, or as in the catalog.
func (r *resolver) oldSpelling(b *binding, last int, sc *scope) string {
	text := r.text(last)
	if !r.d.catalogSpelling || r.d.innerSpelling && !sc.top || b.kind != isColumn || b.col == nil {
		return text
	}
	n := b.col.before
	if fields := leafOf(r.d, b, nil); fields != b.col || n.text == r.named(last).text || !equalFold(n.text, r.named(last).text) {
		return text
	}
	return r.d.spell(n, text)
}

// alias inserts AS and a name after an item, in the case of its SELECT.
func (r *resolver) alias(end, selectAt int, text string, by edit) {
	at := int(r.toks[end-1].End)
	as := " AS "
	if b := r.src[r.toks[selectAt].Start]; b >= 'a' && b <= 'z' {
		as = " as "
	}
	if at < len(r.src) && !isBoundary(r.src[at]) {
		text += " "
	}
	r.aliased = end
	r.put(at, at, as+text, nil, by.Reason)
	e := &r.edits[len(r.edits)-1]
	e.Dataset, e.Change = by.Dataset, by.Change
}

func isBoundary(b byte) bool {
	return b == ' ' || b >= '\t' && b <= '\r' || b == ',' || b == ')' || b == ';' || b == '-' || b == '/'
}

// implicit deals with the name of an output that has no alias and is more than a column.
func (r *resolver) implicit(it *item, selectAt int, col *outcol, edited, named bool) {
	var text string
	sure := true
	switch r.d.names {
	case nameFixed:
		return
	case nameFigured:
		var at int
		text, at = r.figure(it.expr)
		edited = edited && at >= 0 && r.editedAt(at)
	case nameRaw:
		text, sure = r.rawText(it)
	case nameText:
		text, sure = r.printed(it.expr)
	case nameUnsure:
		sure = false
	}
	if sure && text != "" {
		col.before = exactly(text)
		if r.d.names == nameFigured {
			col.before = name{text: text, hash: hashOf(text)}
		}
		col.after = col.before
	}
	if edited && !named {
		col.before, col.after = name{}, name{}
	}
	if !edited || !named || r.proof {
		return
	}
	if !sure {
		r.nameUnsure(it, col)
		return
	}
	spelled := quoteName(text, r.d.quote)
	if r.d.names == nameFigured {
		spelled = r.d.spell(name{text: text}, "")
	}
	r.alias(it.end, selectAt, spelled, r.edits[len(r.edits)-1])
}

// nameUnsure notes that an output may get another name.
func (r *resolver) nameUnsure(it *item, col *outcol) {
	col.before, col.after, col.unsure = name{}, name{}, len(r.items)
	r.items = append(r.items, tokens{it.start, it.end})
}

// rawText is an item as it stands in the query. To SQLite a comment behind it belongs to it.
func (r *resolver) rawText(it *item) (text string, sure bool) {
	next := len(r.src)
	if it.end < len(r.toks) {
		next = int(r.toks[it.end].Start)
	}
	text = strings.TrimRight(r.src[r.toks[it.start].Start:next], " \t\n\v\f\r")
	if !r.d.flatFrom && r.hasComment(int(r.toks[it.start].Start), next) || r.d.flatFrom && it.expr.kind == exprCollate {
		return "", false // who strips it, and where, is not certain; a collation is part of a name that is shown, but not of a column's
	}
	return text, true
}

// hasComment: one begins between two places.
func (r *resolver) hasComment(from, to int) bool {
	return slices.ContainsFunc(r.list.side, func(t token.Token) bool { return t.Kind == token.Comment && int(t.Start) >= from && int(t.Start) < to })
}

// windowNames deals with outputs that have no alias and print a window that is defined in the WINDOW clause, whose
// edits are those since the first.
func (r *resolver) windowNames(s *selectBody, cols []outcol, first int, named bool) {
	if r.proof || r.d.names != nameText || len(r.edits) == first && len(r.captures) == 0 {
		return
	}
	for i := range s.items {
		it := &s.items[i]
		at := slices.IndexFunc(cols, func(c outcol) bool { return c.via < 0 && c.at == it.start })
		if it.alias >= 0 || at < 0 || !r.printsWindow(it.expr, s, first) {
			continue
		}
		c := &cols[at]
		if c.before, c.after = (name{}), (name{}); named && c.unsure < 0 {
			c.unsure = len(r.items)
			r.items = append(r.items, tokens{it.start, it.end})
		}
	}
}

// printsWindow: the expression uses a window that is defined elsewhere and was edited.
func (r *resolver) printsWindow(x *expr, s *selectBody, first int) bool {
	if x.kind == exprWindow && x.more != nil && x.windowName >= 0 {
		for _, w := range s.windows {
			if r.d.same(r.named(w.name), r.named(x.windowName)) && (r.editedIn(w.spec.partition, first) || r.editedIn(w.spec.order, first)) {
				return true
			}
		}
	}
	return slices.ContainsFunc(x.kids, func(k *expr) bool { return r.printsWindow(k, s, first) })
}

// editedIn: one of the edits since the first is in the expressions, or one that is not decided yet may be.
func (r *resolver) editedIn(list []*expr, first int) bool {
	return slices.ContainsFunc(list, func(x *expr) bool {
		start, end := int(r.toks[x.start].Start), int(r.toks[x.end-1].End)
		return slices.ContainsFunc(r.edits[first:], func(e edit) bool { return e.Start >= start && e.End <= end }) ||
			slices.ContainsFunc(r.captures, func(c capture) bool { return c.x.start >= x.start && c.x.end <= x.end })
	})
}

func (r *resolver) editedAt(tok int) bool {
	_, done := r.editOf(tok)
	return done
}

// figure names an output as Postgres does, with the token that the name comes from if that is a column.
func (r *resolver) figure(x *expr) (string, int) {
	switch x.kind {
	case exprRef:
		at := x.path[len(x.path)-1]
		return r.named(at).text, at
	case exprParen, exprCollate, exprWindow:
		return r.figure(x.kids[0])
	case exprField:
		if len(x.path) > 0 {
			return r.named(x.path[0]).text, x.path[0]
		}
	case exprIndex:
		return r.figure(x.kids[0])
	case exprCast:
		if text, at := r.figure(x.kids[0]); text != "?column?" && text != "case" {
			return text, at
		}
		return "?cast?", -1
	case exprCall:
		return strings.ToLower(r.text(x.path[len(x.path)-1])), -1
	case exprCase:
		if x.hasElse {
			if text, at := r.figure(x.kids[len(x.kids)-1]); text != "?column?" {
				return text, at
			}
		}
		return "case", -1
	case exprQuery:
		return r.figureQuery(x.query)
	case exprArrayOf:
		return "array", -1
	}
	return "?column?", -1
}

func (r *resolver) figureQuery(q *query) (string, int) {
	for q != nil && q.kind != querySelect {
		q = q.left
	}
	if q == nil || len(q.sel.items) == 0 {
		return "?column?", -1
	}
	it := &q.sel.items[0]
	if it.alias >= 0 {
		return r.named(it.alias).text, -1
	}
	return r.figure(it.expr)
}

// printed is an output's name where the engine prints the expression; only calls on plain columns are certain.
func (r *resolver) printed(x *expr) (string, bool) {
	if x.kind != exprCall || len(x.path) != 1 || x.end-x.start < 3 || r.d.printsSome && !simpleCall(r.text(x.path[0])) {
		return "", false
	}
	args := make([]string, 0, len(x.kids))
	size := 3
	for i, k := range x.kids {
		if k.kind != exprRef || len(k.path) != 1 || r.toks[k.path[0]].Kind != token.Word {
			return "", false
		}
		args = append(args, r.text(k.path[0]))
		size += min(1, i) + 1
	}
	if size != x.end-x.start { // DISTINCT, FILTER, ORDER BY
		return "", false
	}
	fn := r.text(x.path[0])
	if !r.d.printsCase {
		fn = strings.ToLower(fn)
	}
	return fn + "(" + strings.Join(args, ", ") + ")", true
}

// simpleCall: functions that every version prints as they are written.
func simpleCall(fn string) bool {
	switch strings.ToLower(fn) {
	case "sum", "avg", "min", "max", "count", "lower", "upper", "abs", "round":
		return true
	}
	return false
}
