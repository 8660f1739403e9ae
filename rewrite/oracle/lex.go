package oracle

import "strings"

// piece is a token of SQL, with what stands before it. This lexer shares nothing with the rewriter's: it would share
// its mistakes.
type piece struct {
	start, end int
	text       string
}

// word: the piece is this word, in any case.
func (p piece) word(w string) bool { return strings.EqualFold(p.text, w) }

// pieces cuts SQL into tokens; comments and blanks are between them.
func pieces(text string) (out []piece) {
	for i := 0; i < len(text); {
		end := next(text, i)
		if p := text[i:end]; !blank(p) {
			out = append(out, piece{i, end, p})
		}
		i = end
	}
	return out
}

func blank(p string) bool {
	return strings.TrimSpace(p) == "" || strings.HasPrefix(p, "--") || strings.HasPrefix(p, "/*")
}

// next is where the token, blank or comment that starts at i ends.
func next(text string, i int) int {
	rest := text[i:]
	switch c := text[i]; {
	case strings.HasPrefix(rest, "--"):
		return i + upTo(rest, 2, "\n")
	case strings.HasPrefix(rest, "/*"):
		return i + comment(rest)
	case c == '\'' || c == '"' || c == '`':
		return quoted(text, i, c)
	case isWord(c):
		for i < len(text) && isWord(text[i]) {
			i++
		}
		return i
	case strings.HasPrefix(rest, "\ufeff"):
		return i + 3
	}
	return i + 1
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 && c != 0xef
}

// upTo is the length of rest up to and with the mark.
func upTo(rest string, from int, mark string) int {
	if k := strings.Index(rest[from:], mark); k >= 0 {
		return from + k + len(mark)
	}
	return len(rest)
}

// comment is the length of a comment and those inside it.
func comment(rest string) int {
	depth := 0
	for i := 0; i+1 < len(rest); i++ {
		switch rest[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			if depth--; depth == 0 {
				return i + 2
			}
			i++
		}
	}
	return len(rest)
}

// quoted is the end of what is quoted by c; a doubled quote is part of it.
func quoted(text string, i int, c byte) int {
	for i++; i < len(text); i++ {
		if text[i] != c {
			continue
		}
		if i+1 < len(text) && text[i+1] == c {
			i++
			continue
		}
		return i + 1
	}
	return len(text)
}

// Statements cuts a script at its semicolons.
func Statements(text string) (out []string) {
	start := 0
	for _, p := range pieces(text) {
		if p.text == ";" {
			out = append(out, text[start:p.start])
			start = p.end
		}
	}
	if len(pieces(text[start:])) > 0 || len(out) == 0 {
		out = append(out, text[start:])
	}
	return out
}

// ordered: the last statement orders what it answers.
func ordered(text string) bool {
	depth, found := 0, false
	all := pieces(text)
	for i, p := range all {
		switch {
		case p.text == "(":
			depth++
		case p.text == ")":
			depth--
		case p.text == ";":
			found = found && i+1 == len(all)
		case depth == 0 && p.word("order") && i+1 < len(all) && all[i+1].word("by"):
			found = true
		}
	}
	return found
}

// words are the words and names of a text, without quotes and in lower case.
func words(text string) map[string]bool {
	out := map[string]bool{}
	for _, p := range pieces(text) {
		if c := p.text[0]; isWord(c) || c == '"' || c == '`' {
			out[strings.ToLower(strings.Trim(p.text, "\"`"))] = true
		}
	}
	return out
}

// named: the text has this word as a name, quoted or not.
func named(text, name string) bool { return words(text)[strings.ToLower(name)] }
