package sql

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// starLike keeps the columns of a star that a pattern chooses. One that it chooses under one of its names only is
// refused.
func (r *resolver) starLike(at int, res *result) {
	pattern := []rune(strings.ToLower(unquote(r.text(at))))
	kept := r.mem.cols.take(len(res.cols))[:0]
	for _, c := range res.cols {
		was, is := like(pattern, c.before.text), like(pattern, c.after.text)
		if was != is && !c.before.empty() && !c.after.empty() {
			r.refuse(at, c.change, "star_output", "this pattern chooses a column by its name, and "+c.before.String()+" is now "+c.after.String(), "list the columns")
		}
		if was || is {
			kept = append(kept, c)
		}
	}
	res.cols = kept
	r.leave(at, "a pattern that chooses the same columns as before")
}

// like matches % and _ without regard to case, in time that is linear in the text for each % of the pattern.
func like(pattern []rune, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		c, size := utf8.DecodeRuneInString(text[t:])
		switch {
		case p < len(pattern) && pattern[p] == '%':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '_' || pattern[p] == unicode.ToLower(c)):
			p, t = p+1, t+size
		case star >= 0:
			_, step := utf8.DecodeRuneInString(text[mark:])
			mark += step
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '%' {
		p++
	}
	return p == len(pattern)
}
