package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// move is a table's name that becomes another, to be finished when the statement is known.
type move struct {
	rel  *relation
	f    *from
	ch   *change
	stmt int

	inserted bool // it is INSERT's, and no expression sees it
}

// moveTable writes the new name of a dataset that readers move to.
func (r *resolver) moveTable(rel *relation, f *from, e *env) {
	ch := rel.table.moved
	last := f.path[len(f.path)-1]
	to := r.cat.entryOf(ch.To)
	if to == nil {
		r.refuse(last, ch, "unknown_table", ch.To+" is not in the catalog", "declare it under datasets: with its schema")
		return
	}
	text := r.newTableName(rel, f, to)
	if text == "" {
		r.refuse(last, ch, "table_name", "no name of "+ch.To+" is written like "+rel.what, "add a name of that form to aliases: of "+ch.To)
		return
	}
	if r.hides(text, e) {
		r.refuse(last, ch, "captured_name", text+" is something that this file defines, and would be read instead of "+ch.To, "give that another name")
		return
	}
	r.put(int(r.toks[f.path[0]].Start), int(r.toks[last].End), text, ch, rel.what+" is "+rel.table.dataset+", which becomes "+ch.To)
	r.moves = append(r.moves, move{rel: rel, f: f, ch: ch, stmt: len(r.stmts) - 1})
	if r.d.bareTarget && rel.isTarget(r) {
		r.callsByName(rel, f)
	}
}

// callsByName: qualifiers must take the new name of the table, which is written to and cannot have an alias there.
func (r *resolver) callsByName(rel *relation, f *from) {
	if i, done := r.editOf(f.path[0]); done && f.alias < 0 {
		if parts := splitPath(r.edits[i].New); len(parts) > 0 {
			rel.called = r.d.spell(name{text: parts[len(parts)-1].text, form: loose}, "")
		}
	}
}

// followQualifier writes the new name of a table that qualifies a column, or says why it stays.
func (r *resolver) followQualifier(path []int, parts int, rel *relation) {
	if parts == 1 && rel.called != "" {
		r.replace(path[0], rel.called, rel.table.moved, "this is "+rel.table.dataset+", which becomes "+rel.table.moved.To)
		return
	}
	r.leaveAll(path[:parts], "qualifies with the name of a table")
}

// hides: a table that is written so would be a common table expression, or one that the file made.
func (r *resolver) hides(text string, e *env) bool {
	parts := splitPath(text)
	if len(parts) == 0 || templateCall(text) != "" {
		return false
	}
	n := parts[len(parts)-1]
	if n.form != quoted {
		n = r.d.bare(n.text)
	}
	for at := e; at != nil && len(parts) == 1; at = at.outer {
		if r.d.same(at.name, n) {
			return true
		}
	}
	if len(parts) == 1 && r.d.cteHides && r.definesCTE(n) {
		return true
	}
	made := func(l local) bool { return len(l.path) == len(parts) && r.d.same(l.path[len(l.path)-1], n) }
	return slices.ContainsFunc(r.locals, made)
}

// definesCTE: the statement has a common table expression of the name, which DuckDB does not look past even where it
// cannot be read yet.
func (r *resolver) definesCTE(n name) bool {
	stmt := r.stmts[len(r.stmts)-1]
	for at, t := range r.toks {
		if r.roles[at] == roleCTE && int(t.Start) >= stmt.start && int(t.End) <= stmt.end && r.d.same(r.named(at), n) {
			return true
		}
	}
	return false
}

// newTableName picks the new dataset's name of the same form: as many parts, or the same kind of call.
func (r *resolver) newTableName(rel *relation, f *from, to *rewrite.Table) string {
	names := append(append(append([]string(nil), to.Names...), r.cat.req.ReadAs[to.Dataset]...), to.Dataset)
	first := r.text(f.path[0])
	if r.toks[f.path[0]].Kind == token.Template && len(f.path) == 1 {
		return newCall(first, names)
	}
	for _, n := range names {
		parts := splitPath(n)
		if templateCall(n) != "" || len(parts) != len(rel.path) {
			continue
		}
		if len(f.path) == 1 && len(parts) > 1 || len(f.path) == 1 && first[0] == '`' {
			return quoteName(joinNames(parts), '`')
		}
		if f.dashed {
			return joinNames(parts)
		}
		out := make([]string, len(parts))
		for i, p := range parts {
			text := r.text(f.path[i])
			if old := rel.path[i]; r.d.same(old, r.d.bare(p.text)) || hasHole([]name{old}) {
				out[i] = text
				continue
			}
			out[i] = r.d.spell(name{text: p.text, hash: p.hash, form: loose}, text)
		}
		return strings.Join(out, ".")
	}
	return ""
}

// newCall puts another ref or source into a template, which keeps its braces and spaces.
func newCall(text string, names []string) string {
	call := templateCall(text)
	fn, _, _ := strings.Cut(call, "(")
	start, end := strings.Index(text, fn), strings.LastIndexByte(text, ')')
	if call == "" || start < 0 || end < start {
		return ""
	}
	for _, n := range names {
		if other := templateCall(n); strings.HasPrefix(other, fn+"(") {
			return text[:start] + strings.ReplaceAll(other, ",", ", ") + text[end+1:]
		}
	}
	return ""
}

// finishMoves gives moved tables the alias that qualifiers need, and takes a move back whose statement has a
// reference that could not follow.
func (r *resolver) finishMoves() {
	for _, m := range r.moves {
		last := m.f.path[len(m.f.path)-1]
		if m.f.alias >= 0 || !m.rel.used && !r.hinted(m) && !r.mayCapture(m) {
			continue
		}
		if m.rel.called != "" && !m.rel.longUse {
			continue
		}
		if m.rel.longUse || m.rel.isTarget(r) && !r.d.targetAlias {
			r.refuse(last, m.ch, "table_name", "columns are qualified with this name, and it cannot take an alias here", "give the table an alias first, and qualify with that")
			continue
		}
		if text := r.oldQualifier(m); text != "" {
			at := int(r.toks[last].End)
			i, done := r.editOf(m.f.path[0])
			if done && r.edits[i].End == at && !strings.HasSuffix(r.edits[i].New, " AS "+text) {
				r.edits[i].New += " AS " + text
			}
		}
	}
	r.takeBack()
}

// hinted: a hint of the statement, /*+ BROADCAST(t) */, names the table as the query calls it.
func (r *resolver) hinted(m move) bool {
	stmt := r.stmts[m.stmt]
	return slices.ContainsFunc(r.list.side, func(t token.Token) bool {
		return t.Kind == token.Comment && int(t.Start) >= stmt.start && int(t.End) <= stmt.end &&
			strings.HasPrefix(t.In(r.src), "/*+") && indexWord(t.In(r.src), m.rel.alias.text) >= 0
	})
}

// mayCapture: the name by which the query will call the table stands elsewhere in the statement, and may mean something
// else there.
func (r *resolver) mayCapture(m move) bool {
	i, done := r.editOf(m.f.path[0])
	if !done || m.inserted {
		return false
	}
	parts := splitPath(strings.Trim(r.edits[i].New, "`"))
	if len(parts) == 0 {
		return false
	}
	stmt, called := r.stmts[m.stmt], parts[len(parts)-1].text
	first, _ := slices.BinarySearchFunc(r.toks, stmt.start, func(t token.Token, at int) int { return int(t.Start) - at })
	for at := first; at < len(r.toks) && int(r.toks[at].End) <= stmt.end; at++ {
		if t := r.toks[at]; (t.Kind == token.Word || t.Kind == token.Quoted) && strings.EqualFold(r.named(at).text, called) {
			return true
		}
	}
	return false
}

func (rel *relation) isTarget(r *resolver) bool { return slices.Contains(r.targetsOf, rel.from) }

// oldQualifier is the alias that keeps t.c valid, empty if the new name ends as the old one did.
func (r *resolver) oldQualifier(m move) string {
	old := m.rel.path
	if len(old) == 0 || templateCall(old[len(old)-1].text) != "" {
		return ""
	}
	if i, done := r.editOf(m.f.path[0]); done {
		parts := splitPath(strings.Trim(r.edits[i].New, "`"))
		if len(parts) > 0 && r.d.same(parts[len(parts)-1], name{text: old[len(old)-1].text}) {
			return ""
		}
	}
	last := m.f.path[len(m.f.path)-1]
	if text := r.text(last); r.toks[last].Kind == token.Word && plain(text) && !reserved(text) {
		return text
	}
	return r.d.spell(name{text: old[len(old)-1].text, form: loose}, "")
}

// takeBack turns the edits of a moved dataset into refusals where their statement has a refusal.
func (r *resolver) takeBack() {
	if len(r.moves) == 0 || len(r.refusals) == 0 {
		return
	}
	r.dropped = map[int]bool{}
	kept := r.edits[:0]
	stuck := r.stuck()
	for _, e := range r.edits {
		if !stuck[e.stmt] {
			kept = append(kept, e)
			continue
		}
		r.dropped[e.stmt] = true
		if e.Start == e.End {
			continue
		}
		r.refusals = append(r.refusals, rewrite.Refusal{Start: e.Start, End: e.End, Code: "statement_refused", Dataset: e.Dataset, Change: e.Change,
			Message: "the dataset's name can only change together with every reference in the statement", Suggestion: "decide the other places of this statement first"})
	}
	r.edits = kept
}

// stuck are the statements with a moved dataset and a refusal.
func (r *resolver) stuck() map[int]bool {
	var places []span
	for i := range r.refusals {
		places = append(places, span{r.refusals[i].Start, r.refusals[i].End})
	}
	refused, out := union(places), map[int]bool{}
	for _, m := range r.moves {
		if refused.overlap(r.stmts[m.stmt]) {
			out[m.stmt] = true
		}
	}
	return out
}
