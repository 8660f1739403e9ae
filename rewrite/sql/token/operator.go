package token

// operator reads the longest operator that begins here.
func (l *lexer) operator() {
	b, c, d := l.src[l.pos], l.at(1), l.at(2)
	if key := single(b); key != None && !pairs(b, c) {
		l.emitKey(Op, l.pos+1, key)
		return
	}
	switch key, n := double(b, c, d); {
	case n > 0:
		l.emitKey(Op, l.pos+n, key)
	case isOperator(b):
		l.emitKey(Op, l.pos+1, Other)
	default:
		l.emit(Bad, l.pos+1)
	}
}

// pairs: b may begin a longer operator together with c.
func pairs(b, c byte) bool {
	switch b {
	case '=', '<', '>', ':', '-':
		return isOperator(c) || c == ':' || c == '=' || c == '>'
	}
	return false
}

func single(b byte) Key {
	switch b {
	case '(':
		return LParen
	case ')':
		return RParen
	case '[':
		return LBracket
	case ']':
		return RBracket
	case '{':
		return LBrace
	case '}':
		return RBrace
	case ',':
		return Comma
	case ';':
		return Semicolon
	case '.':
		return Dot
	case '*':
		return Star
	case '=':
		return Eq
	case '<':
		return Lt
	case '>':
		return Gt
	case ':':
		return Colon
	case '-':
		return Minus
	case '?':
		return Question
	}
	return None
}

// double knows the operators of two and three bytes, and gives a single one where two only touch, as in x=-1.
func double(b, c, d byte) (Key, int) {
	switch string([]byte{b, c, d}) {
	case "->>", "#>>", "!~*", "~~*", "<->", "<=>", "@@@":
		if b == '<' && c == '=' {
			return Compare, 3
		}
		return Other, 3
	}
	switch string([]byte{b, c}) {
	case "==", "!=", "<>", "<=", ">=", "!<", "!>":
		return Compare, 2
	case "::":
		return DoubleColon, 2
	case "->":
		return Arrow, 2
	case "=>":
		return FatArrow, 2
	case ":=":
		return Assign, 2
	case "|>":
		return Pipe, 2
	case "||", "&&", "<<", ">>", "**", "#>", "#-", "@>", "<@", "~*", "!~", "~~", "^@", "?|", "?&", "@@", "+=", "*=", "/=", "//", "-=":
		return Other, 2
	}
	return single(b), min(1, int(single(b)))
}

func isOperator(b byte) bool {
	switch b {
	case '+', '-', '*', '/', '%', '=', '<', '>', '!', '~', '^', '&', '|', '#', '@', '?', '$', '\\', '`':
		return true
	}
	return false
}
