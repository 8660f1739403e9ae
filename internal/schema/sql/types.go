package sql

import (
	"math"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
)

// parsedType is a type with what hangs on it: members of a struct, values of an enum.
type parsedType struct {
	schema.Type
	members  []*column
	of       *userType
	nullable bool // ClickHouse says so in the type
	serial   bool // fills itself
}

// parseType reads a type of any dialect: names of one or more words, arguments in () or <>, and [] behind.
func (p *parser) parseType(t *table) parsedType {
	from := p.i
	if p.depth++; p.depth > maxDepth {
		p.fail(p.tok(), "types within types more than %d deep; Skein reads no such schema", maxDepth)
	}
	pt := p.baseType(t)
	p.depth--
	pt.Physical = p.physical(from, p.i)
	for p.err == nil && (p.tok().punct("[") || p.tok().is("array")) {
		p.accept("array")
		if p.acceptPunct("[") {
			p.brackets()
		}
		pt = arrayOf(pt)
		pt.Physical = p.physical(from, p.i)
	}
	return pt
}

func arrayOf(elem parsedType) parsedType {
	inner := elem.Type
	return parsedType{Type: schema.Type{Kind: "array", Elem: &inner}, members: elem.members, of: elem.of}
}

// physical writes a type down as it stands, with bare words in lower case and line breaks undone.
func (p *parser) physical(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		t := p.tokens[i]
		s := p.src[t.start:t.end]
		if t.kind == word && p.elementAt[i] == 0 {
			s = strings.ToLower(s)
		}
		if i > from && p.tokens[i-1].end < t.start && !p.tokens[i-1].punct("<") && !p.tokens[i-1].punct("(") &&
			!t.punct(">") && !t.punct(")") && !t.punct(",") {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}

// baseType reads a type but for the [] behind it.
func (p *parser) baseType(t *table) parsedType {
	n := p.qualified("a type")
	if u := p.types[p.typeKey(n)]; u != nil {
		return u.asType()
	}
	base := strings.ToLower(n.last())
	switch base {
	case "struct", "row", "tuple", "object", "nested":
		return p.structType(t, base)
	case "array", "list":
		return p.arrayType(t)
	case "map":
		return p.mapType(t)
	case "nullable", "lowcardinality":
		return p.wrapper(t, base)
	case "enum", "enum8", "enum16":
		return p.enumType()
	}
	words := base + p.moreWords(base)
	args := p.arguments()
	p.angles()
	words += p.suffixWords()
	return parsedType{Type: scalar(p.schema.Dialect, words, args), serial: strings.HasSuffix(base, "serial")}
}

// moreWords reads the second word of names such as double precision and character varying.
func (p *parser) moreWords(base string) string {
	var more strings.Builder
	for {
		t := p.tok()
		switch {
		case base == "double" && t.is("precision"),
			(base == "character" || base == "char" || base == "bit" || base == "binary" || base == "national" || base == "nchar") && t.any("varying", "large", "object", "character", "char"),
			base == "long" && t.any("varchar", "varbinary", "raw"):
			more.WriteString(" " + strings.ToLower(p.advance().text))
		default:
			return more.String()
		}
	}
}

// suffixWords reads what stands behind the arguments: unsigned, with time zone, year to month.
func (p *parser) suffixWords() string {
	var out strings.Builder
	for {
		t := p.tok()
		switch {
		case t.any("unsigned", "signed", "zerofill", "varying", "precision", "byte"):
			out.WriteString(" " + strings.ToLower(p.advance().text))
		case p.accept("character", "set"), p.accept("charset"):
			p.advance()
		case p.accept("with", "time", "zone"), p.accept("with", "timezone"), p.accept("with", "local", "time", "zone"):
			out.WriteString(" with time zone")
		case p.accept("without", "time", "zone"), p.accept("without", "timezone"):
			out.WriteString(" without time zone")
		case t.any("year", "month", "day", "hour", "minute", "second"):
			p.advance()
			p.accept("to")
			if p.tok().punct("(") {
				p.group()
			}
		default:
			return out.String()
		}
	}
}

// angles passes over the <…> of a type that has no meaning here.
func (p *parser) angles() {
	if !p.tok().punct("<") {
		return
	}
	for depth := 0; !p.done(); {
		t := p.advance()
		switch {
		case t.punct("<"):
			depth++
		case t.punct(">"):
			depth--
		}
		if depth == 0 {
			return
		}
	}
}

// arguments reads (10, 2) as numbers; what is no number counts as unbounded.
func (p *parser) arguments() []int {
	if !p.tok().punct("(") {
		return nil
	}
	from := p.i
	p.group()
	var out []int
	for _, t := range p.tokens[from:p.i] {
		if t.kind == number {
			n, err := strconv.Atoi(t.text)
			if err != nil || n > math.MaxInt32 {
				n = 0
			}
			out = append(out, n)
		} else if t.is("max") {
			out = append(out, 0)
		}
	}
	return out
}

// inside reads the parts of <…> or (…), when there are any.
func (p *parser) inside(what string, part func()) bool {
	shut := ""
	switch {
	case p.acceptPunct("<"):
		shut = ">"
	case p.acceptPunct("("):
		shut = ")"
	default:
		return false
	}
	for p.err == nil && !p.tok().punct(shut) {
		part()
		if !p.acceptPunct(",") {
			break
		}
	}
	p.expect(shut, what)
	return true
}

func (p *parser) arrayType(t *table) parsedType {
	elem := parsedType{Type: schema.Type{Kind: "other"}}
	p.inside("an array", func() {
		elem = p.parseType(t)
		p.memberOptions(&schema.Field{})
	})
	return arrayOf(elem)
}

func (p *parser) mapType(t *table) parsedType {
	var parts []parsedType
	p.inside("a map", func() {
		parts = append(parts, p.parseType(t))
		p.memberOptions(&schema.Field{})
	})
	if len(parts) != 2 {
		return parsedType{Type: schema.Type{Kind: "map"}}
	}
	pt := parsedType{Type: schema.Type{Kind: "map", Key: &parts[0].Type, Elem: &parts[1].Type}, members: parts[1].members, of: parts[1].of}
	return pt
}

func (p *parser) structType(t *table, base string) parsedType {
	pt := parsedType{Type: schema.Type{Kind: "struct"}}
	from := p.i
	bounded := p.inside("a "+base, func() {
		pt.members = append(pt.members, p.member(t, len(pt.members)))
	})
	if !bounded {
		pt.Kind = "json" // Snowflake's OBJECT, without a shape
	}
	if base == "nested" {
		pt.Physical = p.physical(from-1, p.i)
		return arrayOf(pt)
	}
	return pt
}

// member reads name: type, or name type, or the type of a member without a name.
func (p *parser) member(t *table, nth int) *column {
	at := p.i
	c := &column{field: schema.Field{Nullable: true, Pos: p.pos(p.tok())}}
	if next := p.peek(1); next.kind == word || next.kind == quoted || next.punct(":") {
		n := p.ident("a member")
		c.field.Name, c.field.Quoted = n.last(), n.quoted
		p.acceptPunct(":")
		p.element(at, at, p.noteColumn(t, c))
	} else {
		c.field.Name = "_" + strconv.Itoa(nth+1)
	}
	pt := p.typeOf(t)
	c.field.Type, c.members, c.of = pt.Type, pt.members, pt.of
	p.memberOptions(&c.field)
	return c
}

// memberOptions reads what is said about a member up to the end of it.
func (p *parser) memberOptions(f *schema.Field) {
	for p.err == nil && !p.done() && !p.tok().punct(",") && !p.tok().punct(")") && !p.tok().punct(">") {
		switch {
		case p.accept("not", "null"):
			f.Nullable = false
		case p.accept("comment"):
			f.Doc = p.doc()
		case p.accept("options"):
			p.options(&f.Doc)
		default:
			p.group()
		}
	}
}

// wrapper reads ClickHouse's Nullable(T) and LowCardinality(T).
func (p *parser) wrapper(t *table, base string) parsedType {
	var inner parsedType
	p.inside(base, func() { inner = p.parseType(t) })
	inner.nullable = inner.nullable || base == "nullable"
	return inner
}

// enumType reads ENUM('a', 'b'), with ClickHouse's numbers.
func (p *parser) enumType() parsedType {
	u := &userType{kind: "enum"}
	p.inside("an enum", func() { p.enumValue(u) })
	return u.asType()
}

// enumValue reads one value of an enum, which a note may speak of.
func (p *parser) enumValue(u *userType) {
	t := p.tok()
	if t.kind != str {
		p.fail(t, "found %s where an enum needs a value in quotes", shown(t))
		return
	}
	at := p.i
	p.advance()
	v := &value{pos: p.pos(t)}
	u.values = append(u.values, v)
	if u.named[t.text] != nil {
		p.fail(t, "the enum has the value %s twice; remove one", shown(t))
	}
	u.call(v, t.text)
	p.element(at, at, func(n note) error {
		if n.verb == "renamed" {
			v.was = append(v.was, n.name)
		}
		return nil
	})
	if p.acceptPunct("=") {
		p.acceptPunct("-")
		p.advance()
	}
}
