package sql

import (
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// note is a comment that says something about the schema: @renamed from=old, or @deprecated use=new why.
// It stands on the lines above a table, column or enum value, or behind one on its line.
type note struct {
	verb     string // renamed or deprecated
	name     string // the old name, or the replacement
	quoted   bool   // name was
	text     string // what else a deprecation says
	pos      repo.Position
	next     int  // the token that follows
	trailing bool // a token stands before it on its line
}

// note keeps a comment that begins with one of the verbs.
func (s *scanner) note(comment string) {
	comment = strings.TrimSpace(comment)
	verb, rest, _ := strings.Cut(comment, " ")
	if verb != "@renamed" && verb != "@deprecated" {
		return
	}
	n := note{verb: verb[1:], pos: s.pos(), next: len(s.tokens)}
	if len(s.tokens) > 0 {
		n.trailing = strings.IndexByte(s.src[s.tokens[len(s.tokens)-1].end:s.at], '\n') < 0
	}
	n.name, n.quoted, n.text = argument(strings.TrimSpace(rest), map[string]string{"renamed": "from=", "deprecated": "use="}[n.verb])
	s.notes = append(s.notes, n)
}

// argument reads key=name, where the name may be quoted, and returns what follows it.
func argument(s, key string) (name string, quoted bool, rest string) {
	value, ok := strings.CutPrefix(s, key)
	if !ok {
		return "", false, s
	}
	if value != "" && strings.ContainsRune("\"'`", rune(value[0])) {
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
			return value[1 : end+1], value[0] != '\'', strings.TrimSpace(value[end+2:])
		}
	}
	name, rest, _ = strings.Cut(value, " ")
	return name, false, strings.TrimSpace(rest)
}

func (n note) check() error {
	switch {
	case n.verb == "renamed" && n.name == "":
		return fault(n.pos, "@renamed does not say from what; write -- @renamed from=OLD_NAME")
	case n.verb == "renamed" && n.text != "":
		return fault(n.pos, "@renamed takes only from=OLD_NAME; quote a name that holds spaces")
	}
	return nil
}

// element is what a note can be about. A note above it stands before one of the tokens from start to name; one
// behind it is the nearest on the line.
type element struct {
	start, name int
	apply       func(note) error
}

// attach gives each note of a file to its element.
func (p *parser) attach() error {
	for _, n := range p.notes {
		if err := n.check(); err != nil {
			return err
		}
		e := p.elementOf(n)
		switch {
		case e != nil:
			if err := e.apply(n); err != nil {
				return err
			}
		case !p.inSkipped(n.next):
			return fault(n.pos, "@"+n.verb+" stands at no table, column or enum value; put it on the line above one, or at the end of its line")
		}
	}
	return nil
}

func (p *parser) elementOf(n note) *element {
	if n.trailing {
		return p.elementBefore(n)
	}
	for i := range p.elements {
		if e := &p.elements[i]; e.start <= n.next && n.next <= e.name {
			return e
		}
	}
	return nil
}

// elementBefore returns the nearest element in front of a note, or the one whose body or type has just been closed.
func (p *parser) elementBefore(n note) *element {
	for tok := n.next - 1; tok >= 0; tok-- {
		if whole, ok := p.closers[tok]; ok {
			return p.sameStatement(&p.elements[whole], n.next-1)
		}
		if e := p.elementAt[tok]; e > 0 {
			return p.sameStatement(&p.elements[e-1], n.next-1)
		}
	}
	return nil
}

// sameStatement returns the element unless a statement that was skipped lies between it and a note behind it.
func (p *parser) sameStatement(e *element, last int) *element {
	if p.inSkipped(last) {
		return nil
	}
	return e
}

// inSkipped reports whether a token belongs to a statement that the parser passed over.
func (p *parser) inSkipped(tok int) bool {
	for _, s := range p.skipped {
		if s[0] <= tok && tok < s[1] {
			return true
		}
	}
	return false
}
