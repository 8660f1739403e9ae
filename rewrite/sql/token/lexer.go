package token

import (
	"bytes"
	"slices"
)

// lexer is one pass over src.
type lexer struct {
	src   []byte
	rules *Rules
	out   []Token
	pos   int
	code  int      // open /*! comments
	side  *[]Token // where comments and blocks go, if the caller wants code alone

	noJinja, noDollar bool // no template of the kind ends any more
}

// Scan appends src's tokens to dst. src must be shorter than 2 GB.
func Scan(dst []Token, src []byte, rules *Rules) []Token {
	l := lexer{src: src, rules: rules, out: dst}
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		l.emit(Space, 3)
	}
	for l.pos < len(src) {
		l.next()
	}
	return l.out
}

// Code is Scan without what lies between code: space is left out, comments and blocks are appended to side.
func Code(dst []Token, side *[]Token, src []byte, rules *Rules) []Token {
	l := lexer{src: src, rules: rules, out: dst, side: side}
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		l.emit(Space, 3)
	}
	out := l.out
	for pos := l.pos; pos < len(src); {
		end, kind, class := pos+1, Op, classes[src[pos]]
		var key Key
		switch class {
		case space:
			pos++
			continue
		case mark:
			key = single(src[pos])
		case letter:
			if end = nameEnd(src, end); end < len(src) && classes[src[end]] == other {
				class = other // it may be a string's prefix, or have more to it than letters
				break
			}
			word := src[pos:end]
			if kind, key = Word, guess(word); key != None && !key.is(word) {
				key = None
			}
		case digit:
			if end = digitsEnd(src, end); end < len(src) && !endsNumber(src[end]) {
				class = other
			}
			kind = Number
		}
		if class == other {
			l.out, l.pos = out, pos
			l.next()
			out, pos = l.out, l.pos
			continue
		}
		out = append(out, Token{Start: int32(pos), End: int32(end), Kind: kind, Key: key}) //nolint:gosec // as for Scan
		pos = end
	}
	return out
}

// nameEnd is where the run of letters, digits and underscores ends.
func nameEnd(src []byte, end int) int {
	for end < len(src) && InName(src[end]) {
		end++
	}
	return end
}

// digitsEnd is where the run of digits ends.
func digitsEnd(src []byte, end int) int {
	for end < len(src) && isDigit(src[end]) {
		end++
	}
	return end
}

// endsNumber: no number goes on with this byte.
func endsNumber(b byte) bool { return isSpace(b) || b == ',' || b == ')' || b == ';' }

// emit ends the token that begins at pos.
func (l *lexer) emit(kind Kind, end int) { l.emitKey(kind, end, None) }

func (l *lexer) emitKey(kind Kind, end int, key Key) {
	t := Token{Start: int32(l.pos), End: int32(end), Kind: kind, Key: key} //nolint:gosec // Scan takes less than 2 GB
	l.pos = end
	switch {
	case l.side == nil || kind != Space && kind != Comment && kind != Block:
		l.out = append(l.out, t)
	case kind != Space:
		*l.side = append(*l.side, t)
	}
}

// operand: the last token ends an operand.
func (l *lexer) operand() bool {
	for _, t := range slices.Backward(l.out) {
		switch t.Kind {
		case Space, Comment, Block:
		case Op:
			return t.Key == RParen || t.Key == RBracket
		case Word:
			return !t.Key.Reserved()
		default:
			return true
		}
	}
	return false
}

// at is the byte i places ahead, 0 beyond the end.
func (l *lexer) at(i int) byte {
	if l.pos+i < len(l.src) {
		return l.src[l.pos+i]
	}
	return 0
}

func (l *lexer) next() {
	switch b := l.src[l.pos]; {
	case isSpace(b):
		end := l.pos + 1
		for end < len(l.src) && isSpace(l.src[end]) {
			end++
		}
		l.emit(Space, end)
	case b == '_' || isLetter(b):
		l.wordOrPrefixed()
	case isDigit(b), b == '.' && isDigit(l.at(1)) && (l.pos == 0 || l.src[l.pos-1] == '[' || !endsOperand(l.src[l.pos-1])):
		l.number()
	case b == '\'' || b == '"' || b == '`' || b == '[':
		l.quote()
	case b == '{' || b == '$' || b == '@' || b == ':' || b == '%' || b == '&':
		l.templateOrParam()
	case l.comment():
	default:
		l.operator()
	}
}

// wordOrPrefixed reads a word, or a string with a prefix such as E'…' or N'…'.
func (l *lexer) wordOrPrefixed() {
	end := nameEnd(l.src, l.pos+1)
	if end == len(l.src) || !goesOn(l.src[end]) {
		l.endWord(Word, end)
		return
	}
	if l.rules.UnicodePrefix && l.src[l.pos]|0x20 == 'u' && l.at(1) == '&' && l.at(2) == '"' {
		l.name(2, '"')
		return
	}
	if n, raw, escapes := l.prefix(); n > 0 {
		l.str(n, escapes, raw)
		return
	}
	l.word()
}

// goesOn: a word before this byte may be a string's prefix, or have more to it than letters.
func goesOn(b byte) bool {
	switch b {
	case '\'', '"', '&', '$', '{', '#':
		return true
	}
	return false
}

// prefix recognises what may stand before a string's quote: its length, and how the string escapes.
func (l *lexer) prefix() (n int, raw, escapes bool) {
	c := l.src[l.pos] | 0x20
	quote := func(i int) bool {
		return l.at(i) == '\'' || l.at(i) == '"' && l.rules.DoubleQuoteString
	}
	switch {
	case c == 'e' && l.rules.EscapePrefix && l.at(1) == '\'':
		return 1, false, true
	case (c == 'n' || c == 'x' || c == 'b') && l.at(1) == '\'':
		return 1, false, l.rules.Backslash
	case c == 'u' && l.at(1) == '&' && l.at(2) == '\'':
		return 2, false, false
	case !l.rules.RawPrefix:
		return 0, false, false
	case c == 'r' && quote(1):
		return 1, true, l.rules.Backslash && !l.rules.RawEnds
	case c == 'b' && quote(1):
		return 1, false, l.rules.Backslash
	case (c == 'r' && l.at(1)|0x20 == 'b' || c == 'b' && l.at(1)|0x20 == 'r') && quote(2):
		return 2, true, l.rules.Backslash && !l.rules.RawEnds
	}
	return 0, false, false
}

// word reads a bare name. Holes that touch it belong to it.
func (l *lexer) word() {
	end, kind := l.pos, Word
	for end < len(l.src) {
		b := l.src[end]
		switch {
		case InName(b):
			end++
		case b == '$' && end > l.pos && (end+1 >= len(l.src) || l.src[end+1] != '{'):
			end++
		case b == '#' && l.rules.HashName:
			end++
		case b != '{' && b != '$':
			l.endWord(kind, end)
			return
		default:
			hole := l.holeEnd(end)
			if hole == end {
				l.endWord(kind, end)
				return
			}
			end, kind = hole, Template
		}
	}
	l.endWord(kind, end)
}

func (l *lexer) endWord(kind Kind, end int) {
	key := None
	if kind == Word {
		key = Lookup(l.src[l.pos:end])
	}
	l.emitKey(kind, end, key)
}

// longestHole bounds the template that is looked for inside a string.
const longestHole = 1000

func (l *lexer) number() {
	end := digitsEnd(l.src, l.pos)
	for end < len(l.src) {
		b := l.src[end]
		sign := (b == '+' || b == '-') && end > l.pos && l.src[end-1]|0x20 == 'e' && !hex(l.src[l.pos:end])
		if !isDigit(b) && !isLetter(b) && b != '_' && b != '.' && !sign {
			break
		}
		end++
	}
	if hole := l.holeEnd(end); hole > end {
		l.word()
		return
	}
	l.emit(Number, end)
}

func hex(b []byte) bool { return len(b) > 1 && b[0] == '0' && b[1]|0x20 == 'x' }

// quote reads what begins with a quote of any kind.
func (l *lexer) quote() {
	switch b := l.src[l.pos]; {
	case b == '\'':
		l.str(0, l.rules.Backslash, false)
	case b == '"' && l.rules.DoubleQuoteString:
		l.str(0, l.rules.Backslash, false)
	case b == '"':
		l.name(0, '"')
	case b == '`' && l.rules.Backtick:
		l.name(0, '`')
	case b == '[' && l.rules.Bracket && !l.operand():
		l.name(0, ']')
	case b == '[' && l.rules.Bracket && l.pos > 0 && isSpace(l.src[l.pos-1]):
		l.name(0, ']')
	case b == '[':
		l.emitKey(Op, l.pos+1, LBracket)
	default:
		l.emit(Bad, l.pos+1)
	}
}

// name reads a quoted name whose quote stands skip bytes ahead; inside it is written twice.
func (l *lexer) name(skip int, closer byte) {
	for i := l.pos + skip + 1; i < len(l.src); i++ {
		switch {
		case l.src[i] == '\\' && closer == '`' && l.rules.RawPrefix:
			i++ // BigQuery's and Spark's names take the escapes of strings
		case l.src[i] != closer:
		case i+1 < len(l.src) && l.src[i+1] == closer:
			i++
		default:
			l.emit(Quoted, i+1)
			return
		}
	}
	l.emit(Bad, len(l.src))
}

// str reads a string whose quote stands after n bytes of prefix. A raw string keeps its backslashes, but its
// quote can still be escaped by one.
func (l *lexer) str(n int, escapes, raw bool) {
	i := l.pos + n
	q := l.src[i]
	if l.rules.Triple && i+2 < len(l.src) && l.src[i+1] == q && l.src[i+2] == q {
		l.triple(i+3, q, escapes)
		return
	}
	for i++; i < len(l.src); i++ {
		switch {
		case l.src[i] == '\\' && escapes:
			i++
		case l.src[i] == '{' && i+1 < len(l.src) && l.src[i+1] == '{':
			i = max(i, holeInString(l.src, i)-1)
		case l.src[i] != q:
		case i+1 < len(l.src) && l.src[i+1] == q && !raw && !l.rules.Triple:
			i++
		default:
			l.emit(String, i+1)
			return
		}
	}
	l.emit(Bad, len(l.src))
}

func (l *lexer) triple(from int, q byte, escapes bool) {
	for i := from; i < len(l.src); i++ {
		if l.src[i] == '\\' && escapes {
			i++
			continue
		}
		if i+2 < len(l.src) && l.src[i] == q && l.src[i+1] == q && l.src[i+2] == q {
			l.emit(String, i+3)
			return
		}
	}
	l.emit(Bad, len(l.src))
}

// comment reads a comment if one begins here.
func (l *lexer) comment() bool {
	switch b, c := l.src[l.pos], l.at(1); {
	case b == '-' && c == '-' && (!l.rules.DashSpace || l.pos+2 >= len(l.src) || isSpace(l.src[l.pos+2])),
		b == '#' && l.rules.Hash,
		b == '/' && c == '/' && l.rules.DoubleSlash:
		l.line()
	case b == '#' && l.rules.HashName && (isLetter(c) || c == '_' || c == '#'):
		l.word()
	case b == '/' && c == '*' && l.rules.Executable && l.at(2) == '!':
		end := l.pos + 3
		for end < len(l.src) && isDigit(l.src[end]) {
			end++
		}
		l.code++
		l.emit(Comment, end)
	case b == '*' && c == '/' && l.code > 0:
		l.code--
		l.emit(Comment, l.pos+2)
	case b == '/' && c == '*':
		l.block()
	default:
		return false
	}
	return true
}

func (l *lexer) line() {
	if n := bytes.IndexByte(l.src[l.pos:], '\n'); n >= 0 {
		l.emit(Comment, l.pos+n)
		return
	}
	l.emit(Comment, len(l.src))
}

func (l *lexer) block() {
	depth := 1
	for i := l.pos + 2; i+1 < len(l.src); i++ {
		switch {
		case l.src[i] == '*' && l.src[i+1] == '/':
			i++
			if depth--; depth == 0 {
				l.emit(Comment, i+1)
				return
			}
		case l.rules.Nested && l.src[i] == '/' && l.src[i+1] == '*':
			i++
			depth++
		}
	}
	if l.rules.OpenComment {
		l.emit(Comment, len(l.src))
		return
	}
	l.emit(Bad, len(l.src))
}

// endsOperand: a colon right after this byte is a path or a slice, not a parameter.
func endsOperand(b byte) bool {
	return isLetter(b) || isDigit(b) || b == '_' || b == ')' || b == ']' || b == '[' || b == ':' || b == '"' || b == '`' || b == '\''
}

// What a byte may begin. Reading a constant takes no branch, and nobody can change it.
const (
	other = iota
	space
	mark   // an operator of one byte, whatever follows
	letter // a bare name: letters, the underscore and all above ASCII
	digit
)

const classes = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x01\x00\x00\x00\x00\x00\x00\x00\x02\x02\x00\x00\x02\x00\x00\x00\x04\x04\x04\x04\x04\x04\x04\x04\x04\x04\x00\x02\x00\x00\x00\x00" +
	"\x00\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x00\x00\x02\x00\x03" +
	"\x00\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x00\x00\x00\x00\x00" +
	letters32 + letters32 + letters32 + letters32

const letters32 = "\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03\x03"

// InName reports whether a byte is part of a bare name in every dialect.
func InName(b byte) bool { return classes[b] >= letter }

func isSpace(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// isLetter counts every byte above ASCII as a letter, so names in any script, and bad UTF-8, stay whole.
func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= 0x80 }
