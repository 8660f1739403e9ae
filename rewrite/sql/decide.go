package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// refIn binds a reference that a struct may pass through, and decides what becomes of it.
func (r *resolver) refIn(x *expr, sc *scope) (b binding) {
	r.settleRef(&b, x, sc, true)
	return b
}

// settleRef binds a reference, into a binding that is given empty, and decides what becomes of it. plain: it is a whole
// item, or the argument of UNNEST, so a struct may pass through it.
func (r *resolver) settleRef(b *binding, x *expr, sc *scope, plain bool) {
	r.stirred()
	path := r.path(x.path)
	r.bind(b, sc, path, old)
	if r.tracing != nil {
		r.tracing.saw(r, b, path)
	}
	at := r.newFact(x.start, max(x.start, x.end-1))
	if r.proof {
		r.facts[at].meaning = r.factOf(b, old)
		return
	}
	means := r.decide(x, path, b, sc, plain)
	means.refused = means.refused || b.rel != nil && b.rel.loose
	r.facts[at].meaning = means
}

// newFact makes room for what the reference that stands in these tokens means.
func (r *resolver) newFact(first, last int) int {
	r.facts = append(r.facts, fact{})
	r.facts[len(r.facts)-1].span = span{int(r.toks[first].Start), int(r.toks[last].End)}
	return len(r.facts) - 1
}

// factOf is a binding in terms that the proof can compare.
func (r *resolver) factOf(b *binding, s side) meaning {
	f := meaning{kind: b.kind}
	switch b.kind {
	case isColumn:
		return columnFact(b.rel, b.col, s)
	case isOutput:
		if f.id = b.out.id; b.out.star {
			f.col = b.out.on(s).text
		}
	case isRow, isOpen:
		if b.rel != nil {
			f.id = b.rel.id
		}
	}
	return f
}

// columnFact is that of a column of a relation.
func columnFact(rel *relation, col *outcol, s side) meaning {
	return meaning{kind: isColumn, id: rel.id, col: col.on(s).text}
}

func (r *resolver) decide(x *expr, path []name, b *binding, sc *scope, plain bool) meaning {
	switch b.kind {
	case isColumn:
		return r.decideColumn(x, path, b, sc, plain)
	case isOutput:
		return r.decideOutput(x, path, b, sc)
	case isRow:
		if a := r.lookup(sc, path, now); a.kind != isRow || a.rel != b.rel {
			r.captured(x, path, path, b, nil, sc)
			return meaning{refused: true}
		}
		return r.decideRow(x, b)
	case isParam:
		if a := r.lookup(sc, path, now); a.kind != isParam {
			r.captured(x, path, path, b, nil, sc)
			return meaning{refused: true}
		}
		r.leaveAll(x.path, roleLambda.String())
		return meaning{kind: isParam}
	case isOpen:
		return r.decideOpen(x, path, b, sc)
	case ambiguous:
		return r.decideAmbiguous(x, path, b, sc)
	}
	return r.decideUnknown(x, path, b, sc)
}

// decideColumn follows a column, and its fields, to their new names.
func (r *resolver) decideColumn(x *expr, path []name, b *binding, sc *scope, plain bool) meaning {
	r.followQualifier(x.path, b.part, b.rel)
	if sc.bare && len(path) == 1 {
		if a := r.lookup(sc, path, now); a.becomesOutput(b, sc) {
			r.leave(x.path[0], "an output of this query, which keeps its name")
			return r.factOf(&a, now)
		}
	}
	if r.halfMerged(x, path, b, sc) {
		return meaning{refused: true}
	}
	next, at, ok := r.follow(x, path, b, plain)
	if !ok {
		return meaning{refused: true}
	}
	var ch *change
	if at >= 0 {
		if ch = r.changeAlong(b, path); ch == nil {
			ch = r.changeTo(next[at]) // the name came through a list that renames some columns
		}
		ch.seen = len(r.stmts)
	}
	if v := r.scriptVariable(x, next, b, ch); v {
		return meaning{refused: true}
	}
	prefix := ""
	switch {
	case !r.cat.shifts.may(next):
	case !r.holds(sc, next, b):
		if ch == nil && r.postpone(x, next, b, sc) {
			return columnFact(b.rel, b.col, now)
		}
		if prefix = r.qualify(sc, next, b); prefix == "" {
			r.captured(x, path, next, b, ch, sc)
			return meaning{refused: true}
		}
		if ch == nil {
			ch = r.changeTo(next[0])
		}
	case ch != nil && !r.steady(sc, next, b):
		if prefix = r.qualify(sc, next, b); prefix == "" && b.part == 0 {
			r.captured(x, path, next, b, ch, sc)
			return meaning{refused: true}
		}
	}
	r.edit(x, path, next, prefix, ch, b)
	r.leaveColumn(x.path[b.part:], b.rel, "")
	return columnFact(b.rel, b.col, now)
}

// becomesOutput: in ORDER BY the name will find an output that is the column, because that gets it as an alias.
func (a *binding) becomesOutput(b *binding, sc *scope) bool {
	return a.kind == isOutput && a.out.rel == b.rel && a.out.col == b.col && !sc.twiceListed(b)
}

// twiceListed: some branch of a set operation gives the column twice, and what stands beside each in other branches differs.
func (sc *scope) twiceListed(b *binding) bool {
	for _, br := range sc.branches {
		n := 0
		for i := range br.outputs {
			if o := &br.outputs[i]; o.rel == b.rel && o.col == b.col {
				n++
			}
		}
		if n > 1 {
			return true
		}
	}
	return false
}

// follow gives the path with new names, and the last part that changed; false if it was refused.
func (r *resolver) follow(x *expr, path []name, b *binding, plain bool) (next []name, last int, ok bool) {
	next, last = path, -1
	col := b.col
	for i := b.part; i < len(path); i++ {
		if i > b.part {
			if col = fieldOf(r.d, col, path[i], old); col == nil {
				return next, last, true
			}
		}
		switch ch := col.change; {
		case col.twin:
			r.refuse(x.path[i], r.changeTo(path[i]), "captured_name", r.source(x)+" would be one of two columns of a name in "+b.rel.name(),
				"give the columns there different names")
			return next, last, false
		case col.also != nil:
			r.refuseChange(x.path[i], col.also)
			return next, last, false
		case ch != nil && ch.Kind == rewrite.RenameEnum && r.isPassing(x):
		case ch != nil && ch.Kind == rewrite.Cast && (r.isWritten(x) || r.castHere(x, i == len(path)-1, ch)):
		case ch != nil && !col.renamed():
			r.refuseChange(x.path[i], ch)
			return next, last, false
		case col.after.empty():
			r.refuse(x.path[i], r.changeFor(col, b.rel), "field_removed", r.source(x)+" is not in the new schema of "+b.rel.name(),
				"take the reference out, or say in the config what replaces it")
			return next, last, false
		case col.renamed():
			if last < 0 {
				next = r.mem.names.pushAll(nil, path)
			}
			next[i], last = col.after, i
		}
	}
	if in := col.inside(); in != nil && !plain {
		r.refuse(x.path[len(path)-1], in, "struct_value", "the whole value is used here, and its field "+in.From+" changes", "use its fields one by one")
		return next, last, false
	}
	return next, last, true
}

func fieldOf(d *dialect, col *outcol, n name, s side) *outcol {
	for i := range col.fields {
		if d.same(*col.fields[i].on(s), n) {
			return &col.fields[i]
		}
	}
	return nil
}

// leafOf is the deepest field that a path reaches.
func leafOf(d *dialect, b *binding, path []name) *outcol {
	col := b.col
	for i := b.part + 1; i < len(path); i++ {
		f := fieldOf(d, col, path[i], old)
		if f == nil {
			return &outcol{before: path[i], after: path[i], via: -1, unsure: -1}
		}
		col = f
	}
	return col
}

// changeAlong is the change of the last part of the path that has one.
func (r *resolver) changeAlong(b *binding, path []name) *change {
	ch, col := b.col.change, b.col
	for i := b.part + 1; i < len(path) && col != nil; i++ {
		if col = fieldOf(r.d, col, path[i], old); col != nil && col.change != nil {
			ch = col.change
		}
	}
	return ch
}

// holds: under the new schema the new path means the same column.
func (r *resolver) holds(sc *scope, next []name, b *binding) bool {
	var a binding
	r.bind(&a, sc, next, now)
	return a.kind == isColumn && a.rel == b.rel && a.part == b.part && (a.col == b.col || r.d.same(a.col.after, b.col.after))
}

// capture is a reference that nothing changes, and that the new schema would read cleanly as another column.
type capture struct {
	x      *expr
	next   []name
	b      binding
	prefix string
	by     *change
	fact   int
}

// postpone keeps a capture until the statement has been read. It means the old column if the statement reads
// the old schema elsewhere; else somebody may have rewritten it already, and a person looks.
func (r *resolver) postpone(x *expr, next []name, b *binding, sc *scope) bool {
	a := r.lookup(sc, next, now)
	prefix := r.qualify(sc, next, b)
	if a.kind != isColumn || a.col.change == nil || prefix == "" {
		return false
	}
	r.captures = append(r.captures, capture{x, next, *b, prefix, a.col.change, len(r.facts) - 1})
	return true
}

// settle decides the captures of a statement.
func (r *resolver) settle() {
	for i := range r.captures {
		c := &r.captures[i]
		if c.by.seen == len(r.stmts) {
			r.edit(c.x, c.next, c.next, c.prefix, c.by, &c.b)
			continue
		}
		r.facts[c.fact].refused = true
		r.refuse(c.x.path[len(c.x.path)-1], c.by, "captured_name",
			r.source(c.x)+" means a column of "+c.b.rel.name()+" now, and under the new schema one of "+c.by.datasetName(),
			"qualify it with the name of its table")
	}
	r.captures = r.captures[:0]
}

// steady: read again under the old schema, the new name means nothing else, so a second run leaves it alone.
func (r *resolver) steady(sc *scope, next []name, b *binding) bool {
	var a binding
	r.bind(&a, sc, next, old)
	return a.kind == unknown || a.rel == b.rel
}

// qualify finds a qualifier under which the path means the same; "" if there is none.
func (r *resolver) qualify(sc *scope, next []name, b *binding) string {
	if sc.plain || b.part > 0 || b.rel == nil || b.rel.alias.empty() || b.rel.from == nil {
		return ""
	}
	if r.d.structFirst && r.columnBefore(sc, b) {
		return ""
	}
	long := r.mem.names.pushAll(r.mem.names.push(nil, b.rel.alias), next)
	a := r.lookup(sc, long, now)
	if a.rel != b.rel || a.kind != b.kind || a.kind == isColumn && !r.d.same(a.col.after, b.col.after) {
		return ""
	}
	b.rel.used = true
	f := b.rel.from
	if f.alias >= 0 {
		return r.text(f.alias)
	}
	return r.text(f.path[len(f.path)-1])
}

// columnBefore: nearer than the relation itself a column has its alias, or had it, so that a second run would meet it.
// Some clauses look for a field in that.
func (r *resolver) columnBefore(sc *scope, b *binding) bool {
	for at := sc; at != nil && !slices.Contains(at.rels, b.rel); at = at.parent {
		for _, s := range [...]side{old, now} {
			var found binding
			if r.columnIn(&found, at, &b.rel.alias, s, nil); found.kind != unknown {
				return true
			}
		}
	}
	return false
}

// edit writes the parts of a path that change, and a qualifier before it if one is needed.
func (r *resolver) edit(x *expr, path, next []name, prefix string, ch *change, b *binding) {
	for i := range path {
		changed := path[i] != next[i] && !(next[i].form == loose && path[i].text == next[i].text) && !r.d.sameSpelling(path[i], next[i])
		text := r.text(x.path[i])
		if changed {
			text = r.spell(next[i], x.path[i])
		}
		if i == 0 && prefix != "" {
			text, changed = prefix+"."+text, true
		}
		if changed {
			r.replace(x.path[i], text, ch, r.readsIn(x, b))
		}
	}
}

// sameSpelling: the two are one name already, so nothing needs to be written.
func (d *dialect) sameSpelling(a, b name) bool {
	return d.fold == insensitive && strings.EqualFold(a.text, b.text) || a.text == b.text && (a.form == quoted) == (b.form == quoted)
}

// spelling is how a name is written where a bare one stood.
type spelling struct {
	name name
	text string
}

// spell writes a name in the place of a token. Most edits are alike, so the last one is kept.
func (r *resolver) spell(n name, at int) string {
	if r.toks[at].Kind != token.Word {
		return r.d.spell(n, r.text(at))
	}
	last := &r.cat.spelled
	if last.name != n {
		n.text = strings.Clone(n.text) // it may be a part of the file
		*last = spelling{n, r.d.spell(n, r.text(at))}
	}
	return last.text
}

// because is a reason: which expression reads which relation.
type because struct{ source, from, text string }

func (r *resolver) readsIn(x *expr, b *binding) string {
	source, from := r.source(x), b.rel.name()
	last := &r.cat.reason
	if last.source != source || last.from != from {
		text := source + " reads " + from
		*last = because{text[:len(source)], text[len(text)-len(from):], text}
	}
	return last.text
}

// source is an expression as it is written.
func (r *resolver) source(x *expr) string {
	return r.src[r.toks[x.start].Start:r.toks[max(x.start, x.end-1)].End]
}

// name is what a relation is to people: its dataset, or how the query calls it.
func (rel *relation) name() string {
	switch {
	case rel == nil:
		return "a table"
	case rel.table != nil:
		return rel.table.dataset
	case rel.what != "" && rel.from != nil && rel.from.kind != fromTable && !rel.alias.empty():
		return rel.what + " " + rel.alias.text
	case rel.what != "":
		return rel.what
	}
	return "a subquery"
}

// captured refuses a name that would mean something else under the new schema.
func (r *resolver) captured(x *expr, path, next []name, b *binding, ch *change, sc *scope) {
	if ch == nil {
		ch = r.changeTo(next[b.part])
	}
	a := r.lookup(sc, next, now)
	message := "under the new schema " + joinNames(next) + " no longer means the same here"
	if a.kind == isColumn {
		message = "under the new schema " + joinNames(next) + " means a column of " + a.rel.name() + " here"
	}
	r.refuse(x.path[len(path)-1], ch, "captured_name", message, "qualify it with the name of its table, or give the alias another name")
}

func joinNames(path []name) string {
	parts := make([]string, len(path))
	for i, n := range path {
		parts[i] = n.String()
	}
	return strings.Join(parts, ".")
}

// scriptVariable refuses a bare name that is also a variable of the script.
func (r *resolver) scriptVariable(x *expr, next []name, b *binding, ch *change) bool {
	if len(next) != 1 || len(r.params) == 0 || ch == nil {
		return false
	}
	for _, v := range r.params {
		if r.d.same(v, r.named(x.path[0])) || r.d.same(v, next[0]) {
			r.refuse(x.path[0], ch, "script_variable", "the script declares a variable of this name, and dialects differ in which is meant",
				"qualify the column with "+b.rel.name())
			return true
		}
	}
	return false
}
