package tree

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

const bom = "\ufeff"

// JSON reads a file that holds one JSON value. Comments, which some tools allow in schemas, are passed over.
func JSON(f schema.File) (*Node, error) {
	if err := tooLarge(f); err != nil {
		return nil, err
	}
	src := string(f.Content)
	r := &jsonReader{src: src, lines: lines{file: f.Path, src: src}}
	if strings.HasPrefix(src, bom) {
		r.i = len(bom)
	}
	n := r.value(0)
	if r.space(); r.err == nil && r.i < len(r.src) {
		r.failf(r.i, "found %s after the end of the JSON value; remove it", r.next())
	}
	return n, r.err
}

// Prefix reads the JSON value that begins at an offset of a text in another language, which is a place of its file, and
// returns where it ends. It looks at no more of the text than that. Such languages also have NaN and infinities.
func Prefix(src string, from int, at repo.Position) (*Node, int, error) {
	r := &jsonReader{src: src, i: from, loose: true}
	r.lines = lines{file: at.File, src: src, line: at.Line - 1, start: from - at.Column + 1, seen: from}
	n := r.value(0)
	return n, r.i, r.err
}

// jsonReader walks over the text. A fault is kept, and from then on nothing is read.
type jsonReader struct {
	src   string
	i     int
	nodes int
	loose bool // NaN, Infinity and -Infinity are numbers
	lines
	err error
}

func (r *jsonReader) failf(at int, format string, args ...any) {
	if r.err == nil {
		r.err = &schema.ParseError{Position: r.at(at), Msg: fmt.Sprintf(format, args...)}
	}
}

// next is how an error calls what comes.
func (r *jsonReader) next() string {
	if r.i >= len(r.src) {
		return "the end of the file"
	}
	c, size := utf8.DecodeRuneInString(r.src[r.i:])
	if c == utf8.RuneError && size == 1 {
		return "a byte that is not UTF-8"
	}
	return strconv.Quote(string(c))
}

// space passes over blanks and comments.
func (r *jsonReader) space() {
	for r.i < len(r.src) {
		rest := r.src[r.i:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			r.i++
		case strings.HasPrefix(rest, "//"):
			r.i = lineEnd(r.src, r.i)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				r.failf(r.i, "this comment is never closed; add */")
				r.i = len(r.src)
				return
			}
			r.i += end + 4
		default:
			return
		}
	}
}

func (r *jsonReader) value(depth int) *Node {
	r.space()
	n := &Node{Pos: r.at(r.i)}
	if r.nodes++; r.nodes > maxNodes {
		r.failf(r.i, "more than %d values; Skein reads no such schema", maxNodes)
	}
	if depth > maxDepth {
		r.failf(r.i, "values within values more than %d deep; Skein reads no such schema", maxDepth)
	}
	if r.err != nil {
		return n
	}
	switch c := r.peek(); {
	case r.loose && r.infinite(n):
	case c == '{':
		r.object(n, depth)
	case c == '[':
		r.list(n, depth)
	case c == '"':
		n.Kind, n.Text = String, r.text()
	case c == '-' || '0' <= c && c <= '9':
		n.Kind, n.Text = Number, r.number()
	default:
		r.word(n)
	}
	return n
}

// peek returns the next byte, or 0 at the end.
func (r *jsonReader) peek() byte {
	if r.i < len(r.src) {
		return r.src[r.i]
	}
	return 0
}

// take passes over blanks and one byte, if it is there.
func (r *jsonReader) take(c byte) bool {
	r.space()
	if r.peek() != c || r.i >= len(r.src) {
		return false
	}
	r.i++
	return true
}

func (r *jsonReader) object(n *Node, depth int) {
	n.Kind = Map
	r.i++
	if r.take('}') {
		return
	}
	seen := map[string]bool{}
	for r.err == nil {
		r.space()
		key := &Node{Kind: String, Pos: r.at(r.i)}
		if r.peek() != '"' {
			r.failf(r.i, "found %s where an object needs a key in double quotes", r.next())
			return
		}
		key.Text = r.text()
		if seen[key.Text] && r.err == nil {
			r.err = key.Errorf("the key %s stands here a second time; remove one", key.Shown())
		}
		seen[key.Text] = true
		if !r.take(':') {
			r.failf(r.i, "found %s where a \":\" belongs after the key", r.next())
		}
		n.Entries = append(n.Entries, Entry{key, r.value(depth + 1)})
		if r.take('}') {
			n.index()
			return
		}
		if !r.take(',') {
			r.failf(r.i, "found %s where a \",\" or the closing \"}\" belongs", r.next())
		}
	}
}

func (r *jsonReader) list(n *Node, depth int) {
	n.Kind = List
	r.i++
	if r.take(']') {
		return
	}
	for r.err == nil {
		n.Items = append(n.Items, r.value(depth+1))
		if r.take(']') {
			return
		}
		if !r.take(',') {
			r.failf(r.i, "found %s where a \",\" or the closing \"]\" belongs", r.next())
		}
	}
}

func (r *jsonReader) number() string {
	from := r.i
	for r.i < len(r.src) && strings.IndexByte("+-.0123456789eE", r.src[r.i]) >= 0 {
		r.i++
	}
	s := r.src[from:r.i]
	digits := strings.TrimPrefix(s, "-")
	_, err := strconv.ParseFloat(s, 64)
	bad := digits == "" || digits[0] < '0' || digits[0] > '9' || len(digits) > 1 && digits[0] == '0' && '0' <= digits[1] && digits[1] <= '9'
	if numError, ok := err.(*strconv.NumError); bad || ok && numError.Err == strconv.ErrSyntax { //nolint:errorlint // ParseFloat returns nothing else
		r.failf(from, "%.40q is no number", s)
	}
	return s
}

func (r *jsonReader) infinite(n *Node) bool {
	for _, w := range []string{"NaN", "Infinity", "-Infinity"} {
		if strings.HasPrefix(r.src[r.i:], w) {
			n.Kind, n.Text = Number, w
			r.i += len(w)
			return true
		}
	}
	return false
}

func (r *jsonReader) word(n *Node) {
	for _, w := range []struct {
		text string
		kind Kind
	}{{"null", Null}, {"true", Bool}, {"false", Bool}} {
		if strings.HasPrefix(r.src[r.i:], w.text) {
			n.Kind, n.Text = w.kind, w.text
			r.i += len(w.text)
			return
		}
	}
	r.failf(r.i, "found %s where a JSON value belongs", r.next())
}

// text reads a string with its quotes.
func (r *jsonReader) text() string {
	open := r.i
	r.i++
	from := r.i
	for r.i < len(r.src) && r.src[r.i] != '"' && r.src[r.i] != '\\' && r.src[r.i] >= ' ' {
		r.i++
	}
	if r.peek() == '"' && r.i < len(r.src) {
		r.i++
		return r.whole(open, r.src[from:r.i-1])
	}
	var b strings.Builder
	b.WriteString(r.src[from:r.i])
	for r.err == nil {
		switch c := r.peek(); {
		case r.i >= len(r.src) || c == '\n':
			r.failf(open, "this text is never closed; add the closing quote")
		case c == '"':
			r.i++
			return r.whole(open, b.String())
		case c < ' ':
			r.failf(r.i, "a control character in text; write it as \\u%04x", c)
		case c == '\\':
			r.escape(&b)
		default:
			b.WriteByte(c)
			r.i++
		}
	}
	return b.String()
}

func (r *jsonReader) whole(open int, s string) string {
	if !utf8.ValidString(s) {
		r.failf(open, "this text is not UTF-8; save the file as UTF-8")
	}
	return s
}

// escape reads one \ and what it stands for.
func (r *jsonReader) escape(b *strings.Builder) {
	at := r.i
	r.i++
	c := r.peek()
	r.i = min(r.i+1, len(r.src))
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 && c != 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[i])
		return
	}
	u, ok := r.unit(at)
	if !ok {
		r.failf(at, "unknown escape in text; write \\\\ for a backslash")
		return
	}
	r.i = at + 6
	if utf16.IsSurrogate(u) {
		low, _ := r.unit(r.i)
		if u = utf16.DecodeRune(u, low); u != utf8.RuneError {
			r.i += 6
		}
	}
	b.WriteRune(u)
}

// unit reads the escape of one UTF-16 unit, \u and four hex digits, at an offset.
func (r *jsonReader) unit(at int) (rune, bool) {
	if at+6 > len(r.src) || r.src[at:at+2] != `\u` {
		return 0, false
	}
	v, err := strconv.ParseUint(r.src[at+2:at+6], 16, 16)
	return rune(v), err == nil
}
