package sql

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

type kind uint8

const (
	end    kind = iota
	word        // bare
	quoted      // a quoted name
	str         // a string
	number      //
	punct       // one character
)

// token is one piece of a file. text is its value: a name without its quotes, a string without its own.
type token struct {
	kind       kind
	text       string
	start, end int
	line, col  int
	first      bool // the first of its line
}

// scanner turns a file into tokens and notes.
type scanner struct {
	path      string
	src       string
	t         traits
	dialect   string
	at        int
	line      int
	lineStart int
	tokens    []token
	notes     []note
}

func (s *scanner) pos() repo.Position {
	return repo.Position{File: s.path, Line: s.line, Column: s.at - s.lineStart + 1}
}

// fault makes an error; a message that quotes an endless name is cut.
func fault(p repo.Position, msg string) error {
	const most = 600
	if len(msg) > most {
		msg = strings.ToValidUTF8(msg[:most], "") + "…"
	}
	return &schema.ParseError{Position: p, Msg: msg}
}

// scan reads the whole file. Only what is never closed is an error.
func (s *scanner) scan() error {
	s.line = 1
	if strings.HasPrefix(s.src, "\ufeff") {
		s.at = len("\ufeff")
	}
	for s.at < len(s.src) {
		if err := s.next(); err != nil {
			return err
		}
		if len(s.tokens) > maxTokens {
			return fault(s.pos(), fmt.Sprintf("more than %d words and signs; split data from DDL", maxTokens))
		}
	}
	s.emit(end, "", s.at, s.at)
	return nil
}

func (s *scanner) next() error {
	c, rest := s.src[s.at], s.src[s.at:]
	switch {
	case c == '\n' || c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
		s.advance(1)
	case strings.HasPrefix(rest, "--"), c == '#' && s.t.hash, s.t.slashes && strings.HasPrefix(rest, "//"):
		s.lineComment()
	case s.dialect == "mysql" && strings.HasPrefix(rest, "/*!"):
		s.advance(3)
		for s.at < len(s.src) && isDigit(s.src[s.at]) {
			s.advance(1) // the version from which on this comment is code
		}
	case s.dialect == "mysql" && strings.HasPrefix(rest, "*/"):
		s.advance(2)
	case strings.HasPrefix(rest, "/*"):
		return s.blockComment()
	case c == '\'' || strings.IndexByte(s.t.stringQuotes, c) >= 0:
		return s.stringOrTriple(c)
	case c == '"' || c == '`':
		return s.delimited(c, c, quoted, false)
	case c == '[' && s.t.brackets && !s.emptyBrackets():
		return s.delimited('[', ']', quoted, false)
	case c == '$' && s.t.dollar && dollarTag(rest) != "":
		return s.dollarString(dollarTag(rest))
	case isDigit(c):
		s.take(number, numberEnd(rest))
	case wordLen(rest) > 0:
		return s.word(rest)
	default:
		s.take(punct, 1)
	}
	return nil
}

func (s *scanner) emptyBrackets() bool { return strings.HasPrefix(s.src[s.at:], "[]") }

func (s *scanner) advance(n int) {
	for range n {
		if s.src[s.at] == '\n' {
			s.line, s.lineStart = s.line+1, s.at+1
		}
		s.at++
	}
}

func (s *scanner) emit(k kind, text string, from, to int) {
	first := len(s.tokens) == 0 || strings.IndexByte(s.src[s.tokens[len(s.tokens)-1].end:from], '\n') >= 0
	s.tokens = append(s.tokens, token{k, text, from, to, s.line, from - s.lineStart + 1, first})
}

func (s *scanner) take(k kind, n int) {
	s.emit(k, s.src[s.at:s.at+n], s.at, s.at+n)
	s.advance(n)
}

// word reads a bare name, or the prefix of a string such as E'…', N'…' or r"…".
func (s *scanner) word(rest string) error {
	n := wordLen(rest)
	if n > 2 || n >= len(rest) || rest[n] != '\'' && strings.IndexByte(s.t.stringQuotes, rest[n]) < 0 {
		s.take(word, n)
		return nil
	}
	prefix := strings.ToLower(rest[:n])
	if !strings.Contains(" e n b r x u rb br ", " "+prefix+" ") {
		s.take(word, n)
		return nil
	}
	s.advance(n)
	escapes := prefix == "e" || s.t.backslash && !strings.Contains(prefix, "r")
	return s.delimited(rest[n], rest[n], str, escapes)
}

func (s *scanner) stringOrTriple(c byte) error {
	if s.dialect == "bigquery" && strings.HasPrefix(s.src[s.at:], strings.Repeat(string(c), 3)) {
		return s.until(strings.Repeat(string(c), 3), str)
	}
	return s.delimited(c, c, str, s.t.backslash)
}

// delimited reads up to the closing quote; a doubled one stands for itself.
func (s *scanner) delimited(open, shut byte, k kind, escapes bool) error {
	var text strings.Builder
	for i := s.at + 1; i < len(s.src); i++ {
		c := s.src[i]
		switch {
		case escapes && c == '\\' && i+1 < len(s.src):
			i++
			text.WriteByte(s.src[i])
		case c == shut && i+1 < len(s.src) && s.src[i+1] == shut:
			i++
			text.WriteByte(c)
		case c == shut:
			s.emit(k, text.String(), s.at, i+1)
			s.advance(i + 1 - s.at)
			return nil
		default:
			text.WriteByte(c)
		}
	}
	return fault(s.pos(), "the quote "+string(open)+" is never closed; add the closing "+string(shut))
}

func (s *scanner) dollarString(tag string) error { return s.until(tag, str) }

// until reads a string that begins and ends with the same mark.
func (s *scanner) until(mark string, k kind) error {
	body := s.src[s.at+len(mark):]
	n := strings.Index(body, mark)
	if n < 0 {
		return fault(s.pos(), "the string that begins with "+mark+" is never closed; add the closing "+mark)
	}
	total := len(mark)*2 + n
	s.emit(k, body[:n], s.at, s.at+total)
	s.advance(total)
	return nil
}

func (s *scanner) lineComment() {
	n := strings.IndexByte(s.src[s.at:], '\n')
	if n < 0 {
		n = len(s.src) - s.at
	}
	s.note(strings.TrimLeft(s.src[s.at:s.at+n], "-#/"))
	s.advance(n)
}

func (s *scanner) blockComment() error {
	depth, i := 1, s.at+2
	for ; depth > 0; i++ {
		switch {
		case i >= len(s.src):
			if s.dialect == "sqlite" {
				s.advance(len(s.src) - s.at)
				return nil
			}
			return fault(s.pos(), "the comment /* is never closed; add the closing */")
		case strings.HasPrefix(s.src[i:], "*/"):
			depth--
			i++
		case s.t.nested && strings.HasPrefix(s.src[i:], "/*"):
			depth++
			i++
		}
	}
	s.note(strings.TrimSuffix(s.src[s.at+2:i], "*/"))
	s.advance(i - s.at)
	return nil
}

// dollarTag returns the opening $tag$ that s begins with, or "".
func dollarTag(s string) string {
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '$':
			return s[:i+1]
		case c != '_' && !isLetter(c) && (i == 1 || !isDigit(c)):
			return ""
		}
	}
	return ""
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf }

// wordLen returns the length of the bare name that s begins with. Placeholders of templates, ${x} and {{ x }},
// are parts of names: what they stand for is the same in every version.
func wordLen(s string) int {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isLetter(c), isDigit(c), c == '_', c == '@', c == '#':
			continue
		case c == '$' || c == '{':
			if n := placeholder(s[i:]); n > 0 {
				i += n - 1
				continue
			}
			if c == '$' {
				continue
			}
		}
		return i
	}
	return len(s)
}

func placeholder(s string) int {
	for _, p := range [][2]string{{"${", "}"}, {"{{", "}}"}} {
		if strings.HasPrefix(s, p[0]) {
			line, _, _ := strings.Cut(s, "\n")
			if n := strings.Index(line, p[1]); n > 0 {
				return n + len(p[1])
			}
		}
	}
	return 0
}

func numberEnd(s string) int {
	i := 0
	for i < len(s) && (isDigit(s[i]) || s[i] == '.' || isLetter(s[i]) || s[i] == '_') {
		i++
	}
	return i
}
