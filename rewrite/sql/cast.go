package sql

import "strings"

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
