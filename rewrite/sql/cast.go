package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// castHere writes a declared cast around a reference: CAST({} AS NUMERIC) around t.c. A reference that stands in the
// cast already is left. False if it cannot be done, so that the reference is refused.
func (r *resolver) castHere(x *expr, whole bool, ch *change) bool {
	before, after, ok := strings.Cut(enclosed(ch.Expr), "{}")
	if !whole || !ok || strings.Contains(after, "{}") || !balanced(before+after) {
		return false
	}
	if r.proof {
		return true
	}
	start, end := int(r.toks[x.start].Start), int(r.toks[x.end-1].End)
	if r.stands(start, end, before, after) {
		r.leave(x.path[len(x.path)-1], "read with the declared cast already")
		return true
	}
	ch.seen = len(r.stmts)
	r.put(start, end, before+r.src[start:end]+after, ch, r.source(x)+" reads "+ch.datasetName()+", whose "+ch.describe())
	return true
}

// groupedApart refuses a column that a list of grouping sets names in two ways, if a cast is to stand around each, or if
// edits would make one way of them, or two of one. To DuckDB they are different groups, and casts too unless they are
// written alike.
func (r *resolver) groupedApart(group []*expr, sc *scope) {
	if r.proof || !r.d.groupsAsWritten {
		return
	}
	refs := r.grouped(group, nil)
	for _, x := range refs {
		b := r.lookup(sc, r.path(x.path), old)
		if b.kind != isColumn || b.col.change == nil {
			continue
		}
		for _, other := range refs {
			if o := r.lookup(sc, r.path(other.path), old); o.rel == b.rel && o.col == b.col {
				r.groupedPair(x, other, b.col.change)
			}
		}
	}
}

// groupedPair judges two names of one column.
func (r *resolver) groupedPair(x, other *expr, ch *change) {
	at, was := x.path[len(x.path)-1], strings.EqualFold(r.inWords(x, old), r.inWords(other, old))
	switch {
	case ch.Kind == rewrite.Cast && !was:
		r.refuse(at, ch, "type_changed", r.source(x)+" and "+r.source(other)+" are one here, and with a cast around them they are two", "write them alike")
	case ch.Kind != rewrite.Cast && was != strings.EqualFold(r.inWords(x, now), r.inWords(other, now)):
		r.refuse(at, ch, "captured_name", r.source(x)+" and "+r.source(other)+" are groups of their own only while they are written otherwise", "write them alike, or leave one out")
		r.doubt(x)
	}
}

// doubt keeps the proof from asking what a reference means that was decided and is refused after all.
func (r *resolver) doubt(x *expr) {
	at := span{int(r.toks[x.start].Start), int(r.toks[x.end-1].End)}
	for i := range r.facts {
		if r.facts[i].span == at {
			r.facts[i].refused = true
		}
	}
}

// inWords is a reference as it stands, or as it would with its edits. Blanks, comments and quotes make no difference.
func (r *resolver) inWords(x *expr, s side) string {
	var b strings.Builder
	for at := x.start; at < x.end; at++ {
		if i, done := r.editOf(at); done && s == now {
			b.WriteString(r.edits[i].New)
		} else {
			b.WriteString(r.text(at))
		}
	}
	return strings.ReplaceAll(b.String(), `"`, "")
}

// grouped are the references that are items of grouping sets, of ROLLUP and of CUBE.
func (r *resolver) grouped(group []*expr, out []*expr) []*expr {
	for _, x := range group {
		switch ref := plainRef(x); {
		case ref != nil:
			out = append(out, ref)
		case x.kind == exprCall && r.isGrouping(x), x.kind == exprOther && x.op < 0 && r.isTuple(x):
			out = r.grouped(x.kids, out)
		}
	}
	return out
}

// enclosed is a cast in parentheses, unless it is a call or a :: that binds as tightly as a name does.
func enclosed(expr string) string {
	open := strings.IndexByte(expr, '(')
	switch {
	case open > 0 && plain(expr[:open]) && expr[len(expr)-1] == ')' && balanced(expr[open+1:len(expr)-1]):
		return expr
	case strings.HasPrefix(expr, "{}::") && plain(expr[len("{}::"):]):
		return expr
	}
	return "(" + expr + ")"
}

// stands: the text around a reference is the cast already.
func (r *resolver) stands(start, end int, before, after string) bool {
	return start >= len(before) && strings.EqualFold(r.src[start-len(before):start], before) &&
		end+len(after) <= len(r.src) && strings.EqualFold(r.src[end:end+len(after)], after)
}

// balanced: every bracket of a cast is closed, and it holds no quote, comment or semicolon that could reach further.
func balanced(s string) bool {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return false
			}
		case ';', '#':
			return false
		}
	}
	return depth == 0 && strings.Count(s, "'")%2 == 0 && strings.Count(s, `"`)%2 == 0 &&
		!strings.Contains(s, "--") && !strings.Contains(s, "/*")
}
