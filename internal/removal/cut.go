package removal

import (
	"bytes"

	"github.com/skein-bot/skein/rewrite"
)

// item is a member of a list whose members are set apart by commas: its bytes, and where the commas beside it stand,
// -1 where there is none.
type item struct{ start, end, before, after int }

// only reports whether the list has no other member.
func (i item) only() bool { return i.before < 0 && i.after < 0 }

// cut takes an item out of its list, with the line that it has to itself. remark is how many bytes of a comment begin
// a text, if the comment ends on its line; nil where the format has no comments.
func cut(src []byte, i item, remark func([]byte) int) []rewrite.Edit {
	if i.before >= 0 && sameLine(src, i.before+1, i.start) && blank(src[lineStart(src, i.before):i.before]) {
		return []rewrite.Edit{whole(src, i.before, i.end, remark)} // the comma leads the line
	}
	if i.after >= 0 {
		e := whole(src, i.start, i.after+1, remark)
		if e.Start == i.start { // others stand on its line
			for e.End < len(src) && (src[e.End] == ' ' || src[e.End] == '\t') {
				e.End++
			}
		}
		return []rewrite.Edit{e}
	}
	e := whole(src, i.start, i.end, remark)
	if e.Start == i.start && blank(src[i.before+1:i.start]) {
		return []rewrite.Edit{{Start: i.before, End: i.end}}
	}
	return []rewrite.Edit{{Start: i.before, End: i.before + 1}, e}
}

// whole widens a range to its lines, if nothing but blanks and a comment stand on them beside it.
func whole(src []byte, start, end int, remark func([]byte) int) rewrite.Edit {
	from, to := lineStart(src, start), end
	for to < len(src) && src[to] != '\n' {
		n := 0
		switch c := src[to]; {
		case c == ' ' || c == '\t' || c == '\r':
			n = 1
		case remark != nil:
			n = remark(src[to:])
		}
		if n == 0 {
			return rewrite.Edit{Start: start, End: end}
		}
		to += n
	}
	if !blank(src[from:start]) {
		return rewrite.Edit{Start: start, End: end}
	}
	return rewrite.Edit{Start: from, End: min(to+1, len(src))}
}

// comments tells the length of a comment that begins a text, if it ends on its line: one of these marks begins it, or /*.
func comments(marks ...string) func([]byte) int {
	return func(text []byte) int {
		line, _, _ := bytes.Cut(text, []byte("\n"))
		for _, mark := range marks {
			if bytes.HasPrefix(line, []byte(mark)) {
				return len(line)
			}
		}
		rest, opens := bytes.CutPrefix(line, []byte("/*"))
		if n := bytes.Index(rest, []byte("*/")); opens && n >= 0 {
			return n + len("/**/")
		}
		return 0
	}
}

func lineStart(src []byte, at int) int { return bytes.LastIndexByte(src[:at], '\n') + 1 }

// lineEnd is behind the line's last byte, its end of line included.
func lineEnd(src []byte, at int) int {
	if n := bytes.IndexByte(src[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(src)
}

func blank(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }

func sameLine(src []byte, from, to int) bool {
	return blank(src[from:to]) && bytes.IndexByte(src[from:to], '\n') < 0
}

// newline is how lines end in a file.
func newline(src []byte) string {
	if n := bytes.IndexByte(src, '\n'); n > 0 && src[n-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
