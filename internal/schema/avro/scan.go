package avro

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

type tokenKind int

const (
	endOfFile tokenKind = iota
	word
	sign
)

// token is a word or a sign of IDL. JSON values, such as texts and numbers, are read by tree.Prefix where the
// grammar has them; to the scanner they are signs.
type token struct {
	kind    tokenKind
	text    string
	escaped bool   // a word in backticks, which is never a keyword
	doc     string // the documentation before it
	start   int
	pos     repo.Position
}

func (t token) is(w string) bool { return t.kind == word && !t.escaped && t.text == w }

func (t token) sign(s string) bool { return t.kind == sign && t.text == s }

// scanner reads one token at a time, for JSON may begin anywhere.
type scanner struct {
	path  string
	src   string
	i     int
	line  int
	begin int // of the line
	seen  int // how far lines were counted
}

func newScanner(f schema.File) *scanner {
	s := &scanner{path: f.Path, src: string(f.Content), line: 1}
	if strings.HasPrefix(s.src, "\ufeff") {
		s.i = len("\ufeff")
	}
	return s
}

// at returns the position of an offset that is not before the last one.
func (s *scanner) at(offset int) repo.Position {
	for s.seen < offset && s.seen < len(s.src) {
		if s.src[s.seen] == '\n' {
			s.line++
			s.begin = s.seen + 1
		}
		s.seen++
	}
	return repo.Position{File: s.path, Line: s.line, Column: offset - s.begin + 1}
}

func (s *scanner) next() (token, error) {
	doc, err := s.space()
	t := token{doc: doc, start: s.i, pos: s.at(s.i)}
	if err != nil || s.i >= len(s.src) {
		return t, err
	}
	r, size := utf8.DecodeRuneInString(s.src[s.i:])
	if r == utf8.RuneError && size == 1 {
		return t, fault(t.pos, "a byte that is not UTF-8; save the file as UTF-8")
	}
	if r == '_' || r == '`' || unicode.IsLetter(r) {
		t.kind = word
		return t, s.word(&t)
	}
	t.kind, t.text = sign, s.src[s.i:s.i+size]
	s.i += size
	return t, nil
}

// word reads a name with its dots and dashes. Any part of it may stand in backticks.
func (s *scanner) word(t *token) error {
	var b strings.Builder
	for s.i < len(s.src) {
		r, size := utf8.DecodeRuneInString(s.src[s.i:])
		if r == '`' {
			end := strings.IndexByte(s.src[s.i+1:], '`')
			if end < 0 {
				return fault(s.at(s.i), "this ` is never closed; add the closing one")
			}
			t.escaped = true
			b.WriteString(s.src[s.i+1 : s.i+1+end])
			s.i += end + 2
			continue
		}
		if r != '_' && r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			break
		}
		b.WriteString(s.src[s.i : s.i+size])
		s.i += size
	}
	t.text = b.String()
	return nil
}

// space passes over blanks and comments, and returns the last documentation among them.
func (s *scanner) space() (doc string, err error) {
	for s.i < len(s.src) {
		rest := s.src[s.i:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0 || rest[0] == 0x1a:
			s.i++
		case strings.HasPrefix(rest, "//"):
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				s.i += end
			} else {
				s.i = len(s.src)
			}
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return doc, fault(s.at(s.i), "this comment is never closed; add */")
			}
			if strings.HasPrefix(rest, "/**") && end > 0 {
				doc = docText(rest[3 : end+2])
			}
			s.i += end + 4
		default:
			return doc, nil
		}
	}
	return doc, nil
}

// docText takes the stars off the lines of a comment.
func docText(comment string) string {
	var out []string
	for line := range strings.Lines(comment) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "*"); ok && len(out) > 0 {
			line = strings.TrimPrefix(rest, " ")
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// json reads the value that begins at a token.
func (s *scanner) json(t token) (*tree.Node, error) {
	n, end, err := tree.Prefix(s.src, t.start, t.pos)
	s.i = end
	return n, err
}
