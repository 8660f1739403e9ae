package avro

import (
	"math"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// idlParser walks over the tokens of an .avdl file. A fault is kept, and from then on every token is the end, so
// that the walk comes to a stop by itself.
type idlParser struct {
	*scanner
	unit  *unit
	tok   token
	space string
	depth int
	err   error
}

func (u *unit) readIDL(f schema.File) error {
	p := &idlParser{scanner: newScanner(f), unit: u}
	p.advance()
	p.file()
	return p.err
}

func (p *idlParser) fail(t token, format string, args ...any) {
	if p.err == nil {
		p.err = fault(t.pos, format, args...)
	}
	p.tok = token{pos: t.pos, start: len(p.src)}
}

func (p *idlParser) keep(err error) {
	if err != nil {
		if p.err == nil {
			p.err = err
		}
		p.tok = token{pos: p.tok.pos, start: len(p.src)}
	}
}

func (p *idlParser) advance() token {
	was := p.tok
	if p.err != nil {
		return was
	}
	next, err := p.next()
	p.tok = next
	p.keep(err)
	return was
}

func (p *idlParser) done() bool { return p.err != nil || p.tok.kind == endOfFile }

func (p *idlParser) accept(s string) bool {
	if p.err == nil && (p.tok.sign(s) || p.tok.is(s)) {
		p.advance()
		return true
	}
	return false
}

func (p *idlParser) expect(s, where string) {
	if !p.accept(s) {
		p.fail(p.tok, "found %s where %s needs a %q", shown(p.tok), where, s)
	}
}

// shown is how an error calls a token.
func shown(t token) string {
	if t.kind == endOfFile {
		return "the end of the file"
	}
	return `"` + t.text[:min(len(t.text), 40)] + `"`
}

func (p *idlParser) name(what string) token {
	if p.tok.kind != word {
		p.fail(p.tok, "found %s where %s needs its name", shown(p.tok), what)
		return p.tok
	}
	return p.advance()
}

// json reads a value and moves on behind it.
func (p *idlParser) json() *tree.Node {
	if p.err != nil {
		return &tree.Node{}
	}
	n, err := p.scanner.json(p.tok)
	if err != nil {
		p.keep(err)
		return &tree.Node{}
	}
	p.advance()
	return n
}

// file reads either a protocol, or declarations with a namespace and a main schema.
func (p *idlParser) file() {
	for !p.done() {
		notes := p.notes()
		switch {
		case p.accept("protocol"):
			p.protocol(notes)
		case p.accept("namespace"):
			p.space = p.name("a namespace").text
			p.expect(";", "a namespace")
		case p.accept("schema"):
			p.typeOf(p.notes())
			p.expect(";", "a schema")
		default:
			p.item(notes, false)
		}
	}
}

func (p *idlParser) protocol(notes annotations) {
	name := p.name("a protocol")
	p.space = spaceOf(name.text)
	p.space = notes.text(p, "namespace", p.space)
	p.expect("{", "a protocol")
	for !p.done() && !p.tok.sign("}") {
		p.item(p.notes(), true)
	}
	p.expect("}", "a protocol")
	if p.tok.kind != endOfFile {
		p.fail(p.tok, "found %s after the end of the protocol; a file holds one", shown(p.tok))
	}
}

// item reads an import, a declaration or, in a protocol, a message.
func (p *idlParser) item(notes annotations, messages bool) {
	switch {
	case p.accept("import"):
		p.importFile()
	case p.tok.is("record"), p.tok.is("error"):
		p.record(p.advance().text, notes)
	case p.tok.is("enum"):
		p.advance()
		p.enum(notes)
	case p.tok.is("fixed"):
		p.advance()
		p.fixed(notes)
	case messages && p.tok.kind == word:
		p.message(notes)
	default:
		p.fail(p.tok, "found %s where a declaration belongs: import, record, error, enum or fixed", shown(p.tok))
	}
}

func (p *idlParser) importFile() {
	kind := p.tok
	if !p.accept("idl") && !p.accept("protocol") && !p.accept("schema") {
		p.fail(p.tok, "found %s after import; write idl, protocol or schema", shown(kind))
		return
	}
	file := p.json()
	if p.err == nil && file.Kind != tree.String {
		p.keep(file.Errorf("an import needs the name of a file in quotes"))
	}
	p.unit.imports = append(p.unit.imports, place{imported(p.unit.path, file.Text), file.Pos})
	p.expect(";", "an import")
}

// start makes the declaration of a name that comes next.
func (p *idlParser) start(kind string, notes annotations) *named {
	name := p.name("a " + kind)
	space := notes.text(p, "namespace", p.space)
	n := &named{kind: kind, name: fullName(space, name.text), pos: name.pos, doc: notes.doc, logical: notes.logical(),
		aliases: notes.texts(p, "aliases"), deprecated: deprecation(notes.at("deprecated"))}
	return n
}

func (p *idlParser) declare(n *named) {
	if p.err == nil {
		p.keep(p.unit.declare(n))
	}
}

func (p *idlParser) record(kind string, notes annotations) {
	n := p.start(kind, notes)
	was := p.space
	p.space = spaceOf(n.name)
	p.expect("{", "a "+kind)
	for !p.done() && !p.tok.sign("}") {
		n.fields = append(n.fields, p.fields()...)
	}
	p.expect("}", "a "+kind)
	p.space = was
	p.declare(n)
	if kind == "record" {
		p.unit.records = append(p.unit.records, n)
	}
}

// fields reads one type and the names that have it: int a, b = 2;
func (p *idlParser) fields() []field {
	notes := p.notes()
	typ := p.typeOf(notes)
	var out []field
	for p.err == nil {
		own := p.notes()
		name := p.name("a field")
		f := field{name: name.text, pos: name.pos, doc: own.doc, typ: typ, aliases: own.texts(p, "aliases"), deprecated: deprecation(own.at("deprecated"))}
		if f.doc == "" {
			f.doc = notes.doc
		}
		if order := own.text(p, "order", "ascending"); !validOrder(strings.ToLower(order)) {
			p.fail(name, "the order of %s is %.20q; write ascending, descending or ignore", name.text, order)
		}
		if p.accept("=") {
			f.value = p.json()
		}
		out = append(out, f)
		if !p.accept(",") {
			break
		}
	}
	p.expect(";", "a field")
	return out
}

func (p *idlParser) enum(notes annotations) {
	n := p.start("enum", notes)
	p.expect("{", "an enum")
	for p.err == nil && !p.tok.sign("}") {
		p.notes()
		s := p.name("a symbol")
		n.symbols = append(n.symbols, place{s.text, s.pos})
		if !p.accept(",") {
			break
		}
	}
	p.expect("}", "an enum")
	if p.accept("=") {
		n.fallback = p.name("the default of an enum").text
		p.expect(";", "the default of an enum")
	}
	p.declare(n)
}

func (p *idlParser) fixed(notes annotations) {
	n := p.start("fixed", notes)
	p.expect("(", "a fixed")
	n.size = p.number("the size of a fixed")
	p.expect(")", "a fixed")
	p.expect(";", "a fixed")
	p.declare(n)
}

// number reads a size, which may be written in another base, as in C.
func (p *idlParser) number(what string) int {
	if p.err != nil {
		return 0
	}
	end := p.tok.start
	for end < len(p.src) && strings.IndexByte("0123456789abcdefABCDEFxX", p.src[end]) >= 0 {
		end++
	}
	n, err := strconv.ParseInt(p.src[p.tok.start:end], 0, 32)
	if err != nil || n < 0 {
		p.fail(p.tok, "found %s where %s belongs: a whole number up to %d", shown(p.tok), what, math.MaxInt32)
		return 0
	}
	p.i = end
	p.advance()
	return int(n)
}
