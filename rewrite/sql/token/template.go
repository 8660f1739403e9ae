package token

import "bytes"

// What others fill in before a database reads the text: Jinja, ${variables} and parameters.

// holeEnd is where the template {{…}} or ${…} that begins at i ends, or i if none does.
func (l *lexer) holeEnd(i int) int {
	rest := l.src[i:]
	switch {
	case !l.noJinja && bytes.HasPrefix(rest, []byte("{{")):
		if n := jinjaEnd(rest, "}}"); n > 0 {
			return i + n
		}
		l.noJinja = true // nor does any later one
	case !l.noDollar && bytes.HasPrefix(rest, []byte("${")):
		if n := bytes.IndexByte(rest, '}'); n >= 0 {
			return i + n + 1
		}
		l.noDollar = true
	}
	return i
}

// jinjaEnd is the length of the template that src begins with, or 0. What closes it does not count inside a string
// or a dictionary: {{ config(hook='{{ f() }}') }} is one template.
func jinjaEnd(src []byte, closer string) int {
	depth := 0
	for i := 2; i < len(src); i++ {
		switch b := src[i]; {
		case depth == 0 && bytes.HasPrefix(src[i:], []byte(closer)):
			return i + len(closer)
		case b == '{':
			depth++
		case b == '}' && depth > 0:
			depth--
		case b == '\'' || b == '"':
			n := jinjaString(src[i:])
			if n == 0 {
				return firstEnd(src, closer)
			}
			i += n - 1
		}
	}
	return firstEnd(src, closer)
}

// firstEnd is the first closer, for what only looks like a template.
func firstEnd(src []byte, closer string) int {
	if n := bytes.Index(src, []byte(closer)); n >= 0 {
		return n + len(closer)
	}
	return 0
}

// jinjaString is the length of the string that src begins with, or 0.
func jinjaString(src []byte) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case src[0]:
			return i + 1
		}
	}
	return 0
}

// holeInString is where a template inside a string ends: one that holds a quote would end the string too early. What
// does not read like a call, as in '{{' || c || '}}', is only text.
func holeInString(src []byte, i int) int {
	n := firstEnd(src[i:min(len(src), i+longestHole)], "}}")
	if n == 0 {
		return i
	}
	inside := bytes.TrimLeft(src[i+2:i+n-2], "- ")
	if len(inside) == 0 || !isLetter(inside[0]) && inside[0] != '_' || !balancedCall(inside) {
		return i
	}
	return i + n
}

// balancedCall: every quote follows a bracket, a comma or an equals sign, or closes a string.
func balancedCall(inside []byte) bool {
	for i := 0; i < len(inside); i++ {
		if inside[i] != '\'' && inside[i] != '"' {
			continue
		}
		before := bytes.TrimRight(inside[:i], " ")
		if len(before) == 0 || bytes.IndexByte([]byte("([,="), before[len(before)-1]) < 0 {
			return false
		}
		n := jinjaString(inside[i:])
		if n == 0 {
			return false
		}
		i += n - 1
	}
	return true
}

// templateOrParam reads what begins with one of { $ @ : % &.
func (l *lexer) templateOrParam() {
	b, c := l.src[l.pos], l.at(1)
	name := isLetter(c) || c == '_'
	switch {
	case l.holeEnd(l.pos) > l.pos:
		l.word()
	case b == '{' && c == '%':
		l.until("%}", Block)
	case b == '{' && c == '#':
		l.until("#}", Comment)
	case b == '{' && l.rules.BraceParam && name && l.brace():
	case b == '$' && l.dollar():
	case b == '@' && l.rules.AtParam && (name || c == '@'):
		l.paramName(2)
	case b == ':' && name && (l.pos == 0 || !endsOperand(l.src[l.pos-1])):
		l.paramName(1)
	case b == '&' && l.rules.Ampersand && (name || c == '{'):
		l.paramName(1)
	case b == '%' && c == '(' && !l.operand() && l.percent():
	default:
		l.operator()
	}
}

func (l *lexer) until(end string, kind Kind) {
	n := firstEnd(l.src[l.pos:], end)
	if kind == Block {
		n = jinjaEnd(l.src[l.pos:], end)
	}
	if n == 0 {
		l.emit(Bad, len(l.src))
		return
	}
	l.emit(kind, l.pos+n)
}

// paramName reads a parameter whose first skip bytes are taken.
func (l *lexer) paramName(skip int) {
	end := l.pos + skip
	for end < len(l.src) && (isLetter(l.src[end]) || isDigit(l.src[end]) || l.src[end] == '_' || l.src[end] == '{' || l.src[end] == '}') {
		end++
	}
	l.emit(Param, min(end, len(l.src)))
}

// brace reads {name:Type}.
func (l *lexer) brace() bool {
	n := bytes.IndexByte(l.src[l.pos:], '}')
	if n < 0 || bytes.IndexByte(l.src[l.pos:l.pos+n], ':') < 0 || bytes.IndexByte(l.src[l.pos:l.pos+n], '\n') >= 0 {
		return false
	}
	l.emit(Param, l.pos+n+1)
	return true
}

// percent reads %(name)s.
func (l *lexer) percent() bool {
	n := bytes.IndexByte(l.src[l.pos:], ')')
	if n < 0 || l.at(n+1) != 's' {
		return false
	}
	for _, b := range l.src[l.pos+2 : l.pos+n] {
		if !isLetter(b) && !isDigit(b) && b != '_' {
			return false
		}
	}
	l.emit(Param, l.pos+n+2)
	return true
}

// dollar reads $1 or a dollar-quoted string.
func (l *lexer) dollar() bool {
	end := l.pos + 1
	for end < len(l.src) && (isLetter(l.src[end]) || isDigit(l.src[end]) || l.src[end] == '_') {
		end++
	}
	tagged := end < len(l.src) && l.src[end] == '$' && !isDigit(l.at(1))
	switch {
	case tagged && (l.rules.DollarTag || l.rules.DollarQuote && end == l.pos+1):
		tag := l.src[l.pos : end+1]
		if n := bytes.Index(l.src[end+1:], tag); n >= 0 {
			l.emit(String, end+1+n+len(tag))
		} else {
			l.emit(Bad, len(l.src))
		}
	case end > l.pos+1:
		l.emit(Param, end)
	default:
		return false
	}
	return true
}
