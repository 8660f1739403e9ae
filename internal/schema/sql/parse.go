package sql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// File is one file of a schema.
type File = schema.File

// The bounds of what Parse reads. A schema written by people is far below them.
const (
	maxFile    = 8 << 20  // bytes of one file
	maxTotal   = 64 << 20 // bytes of all files
	maxDepth   = 100      // types within types
	maxColumns = 10_000   // of one table
	maxTables  = 10_000   // created in all
	maxFields  = 500_000  // of all tables, with the members and the values of a type wherever it is used
	maxTokens  = 2 << 20  // of one file
)

// Parse reads files of DDL into the schema that they leave behind, run in the natural order of their names.
// Errors are *schema.ParseError, but for an unknown dialect.
func Parse(files []File, dialect string) (schema.Schema, error) {
	canonical, ok := Dialect(dialect)
	if !ok {
		return schema.Schema{}, fmt.Errorf("unknown SQL dialect %q; write one of %s", dialect, dialects)
	}
	p := &parser{catalog: newCatalog(canonical)}
	total := 0
	for _, f := range inOrder(files) {
		if undoes(f.Path) {
			continue
		}
		if total += len(f.Content); len(f.Content) > maxFile || total > maxTotal {
			return schema.Schema{}, fault(repo.Position{File: f.Path}, fmt.Sprintf(
				"too large for a schema: at most %d MiB a file and %d MiB in all; split data from DDL", maxFile>>20, maxTotal>>20))
		}
		if err := p.file(f); err != nil {
			return schema.Schema{}, err
		}
	}
	if err := p.checkReplacements(); err != nil {
		return schema.Schema{}, err
	}
	return p.build()
}

// parser walks over the tokens of one file after the other and changes the catalog. A fault is kept, and from
// then on every token is the end, so that the walk comes to a stop by itself.
type parser struct {
	*catalog
	path      string
	src       string
	tokens    []token
	notes     []note
	i         int
	depth     int
	err       error
	elements  []element
	elementAt map[int]int // the token of a name, to one more than its element
	closers   map[int]int // the token that closes a table's body or a type, to the element that it is of
	skipped   [][2]int    // tokens of the statements passed over
	promises  []promise
}

// promise is a replacement that must exist once everything is read.
type promise struct {
	note  note
	table *table
	col   *column
}

func (p *parser) file(f File) error {
	s := scanner{path: f.Path, src: upOnly(string(f.Content)), t: traitsOf(p.schema.Dialect), dialect: p.schema.Dialect}
	if err := s.scan(); err != nil {
		return err
	}
	p.path, p.src, p.tokens, p.notes, p.i = s.path, s.src, s.tokens, s.notes, 0
	p.elements, p.skipped, p.closers, p.elementAt = nil, nil, map[int]int{}, map[int]int{}
	for p.err == nil && p.tok().kind != end {
		p.statement()
	}
	if p.err != nil {
		return p.err
	}
	return p.attach()
}

func (p *parser) tok() token {
	if p.err != nil {
		return p.tokens[len(p.tokens)-1]
	}
	return p.tokens[p.i]
}

// peek looks n tokens ahead.
func (p *parser) peek(n int) token {
	if p.err != nil {
		return p.tok()
	}
	return p.tokens[min(p.i+n, len(p.tokens)-1)]
}

func (p *parser) advance() token {
	t := p.tok()
	if p.i < len(p.tokens)-1 {
		p.i++
	}
	return t
}

func (t token) is(w string) bool { return t.kind == word && strings.EqualFold(t.text, w) }

func (t token) any(words ...string) bool {
	return slices.ContainsFunc(words, t.is)
}

func (t token) punct(c string) bool { return t.kind == punct && t.text == c }

func (p *parser) done() bool { return p.tok().kind == end || p.tok().punct(";") }

// sees reports whether these words follow.
func (p *parser) sees(words ...string) bool {
	for i, w := range words {
		if !p.peek(i).is(w) {
			return false
		}
	}
	return true
}

// accept takes these words when all of them follow.
func (p *parser) accept(words ...string) bool {
	if !p.sees(words...) {
		return false
	}
	for range words {
		p.advance()
	}
	return true
}

func (p *parser) acceptAny(words ...string) bool {
	if p.tok().any(words...) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) acceptPunct(c string) bool {
	if p.tok().punct(c) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) pos(t token) repo.Position {
	return repo.Position{File: p.path, Line: t.line, Column: t.col}
}

func (p *parser) fail(t token, format string, args ...any) {
	p.failAt(p.pos(t), format, args...)
}

func (p *parser) failAt(at repo.Position, format string, args ...any) {
	if p.err == nil {
		p.err = fault(at, fmt.Sprintf(format, args...))
	}
}

// shown is how an error calls a token.
func shown(t token) string {
	switch {
	case t.kind == end:
		return "the end of the file"
	case len(t.text) > 40:
		return fmt.Sprintf("%q…", strings.ToValidUTF8(t.text[:40], ""))
	}
	return fmt.Sprintf("%q", t.text)
}

func (p *parser) expect(c, where string) {
	if !p.acceptPunct(c) {
		p.fail(p.tok(), "found %s where %s needs a %q", shown(p.tok()), where, c)
	}
}

// group passes over a token, or over a whole pair of parentheses.
func (p *parser) group() {
	if !p.tok().punct("(") {
		p.advance()
		return
	}
	open := p.advance()
	for depth := 1; depth > 0; {
		t := p.advance()
		switch {
		case t.kind == end:
			p.fail(open, "this ( is never closed; add the closing )")
			return
		case t.punct("("):
			depth++
		case t.punct(")"):
			depth--
		}
	}
}

// nameLike reports whether a token may be a name. A string in double quotes is one where a name is due.
func (p *parser) nameLike(t token) bool {
	return t.kind == word || t.kind == quoted || t.kind == str && t.end > t.start && p.src[t.start] == '"'
}

// ident reads one part of a name.
func (p *parser) ident(what string) name {
	t := p.tok()
	if !p.nameLike(t) || t.text == "" {
		p.fail(t, "found %s where %s needs its name", shown(t), what)
		return name{parts: []string{""}}
	}
	p.advance()
	return name{parts: []string{t.text}, quoted: t.kind != word, pos: p.pos(t)}
}

// qualified reads a dotted name. In BigQuery one pair of quotes may hold all of it, and bare projects have
// dashes.
func (p *parser) qualified(what string) name {
	n := p.ident(what)
	for p.err == nil {
		last := p.tokens[max(p.i-1, 0)]
		switch t := p.tok(); {
		case t.punct(".") && p.nameLike(p.peek(1)):
			p.advance()
			part := p.ident(what)
			n.parts, n.quoted = append(n.parts, part.parts...), part.quoted
		case t.punct("-") && t.start == last.end && p.schema.Dialect == "bigquery" && p.peek(1).start == t.end:
			p.advance()
			n.parts[len(n.parts)-1] += "-" + p.advance().text
		case t.punct(".") && p.peek(1).punct("."): // db..table of T-SQL and Snowflake
			p.advance()
		default:
			if p.schema.Dialect == "bigquery" && n.quoted {
				n.parts = strings.Split(n.String(), ".")
			}
			return n
		}
	}
	return n
}

// text returns the source of some tokens, with one space wherever there was any.
func (p *parser) text(from, to int) string {
	var b strings.Builder
	for i := from; i < to && i < len(p.tokens); i++ {
		if t := p.tokens[i]; t.kind != end {
			if i > from && p.tokens[i-1].end < t.start {
				b.WriteByte(' ')
			}
			b.WriteString(p.src[t.start:t.end])
		}
	}
	return b.String()
}

// expression reads up to a comma, a closing parenthesis or one of the words that end it, and returns its text.
func (p *parser) expression(until ...string) string {
	from := p.i
	for !p.done() && !p.tok().punct(",") && !p.tok().punct(")") && (p.i == from || !p.tok().any(until...)) {
		if p.acceptPunct("[") {
			p.brackets()
			continue
		}
		if p.accept("case") {
			p.caseEnd()
			continue
		}
		p.group()
	}
	return p.text(from, p.i)
}

// brackets passes over [1, 2] after its opening.
func (p *parser) brackets() {
	for depth := 1; depth > 0 && !p.done(); {
		t := p.advance()
		switch {
		case t.punct("["):
			depth++
		case t.punct("]"):
			depth--
		}
	}
}

func (p *parser) caseEnd() {
	for depth := 1; depth > 0 && !p.done(); {
		t := p.advance()
		switch {
		case t.is("case"):
			depth++
		case t.is("end"):
			depth--
		}
	}
}
