package avro

import (
	"slices"

	"github.com/skein-bot/skein/internal/schema/tree"
)

// annotations are the @name(value) before a thing, with the documentation beside them.
type annotations struct {
	all []annotation
	doc string
}

type annotation struct {
	name  string
	value *tree.Node
}

// notes reads what stands before a declaration, a type or a name.
func (p *idlParser) notes() annotations {
	a := annotations{doc: p.tok.doc}
	for p.accept("@") {
		name := p.name("an annotation")
		p.expect("(", "an annotation")
		a.all = append(a.all, annotation{name.text, p.json()})
		p.expect(")", "an annotation")
		if p.tok.doc != "" {
			a.doc = p.tok.doc
		}
	}
	return a
}

func (a annotations) at(name string) *tree.Node {
	for _, n := range a.all {
		if n.name == name {
			return n.value
		}
	}
	return nil
}

func (a annotations) text(p *idlParser, name, unset string) string {
	if a.at(name) == nil || p.err != nil {
		return unset
	}
	s, err := a.at(name).Str("@" + name)
	p.keep(err)
	return s
}

func (a annotations) texts(p *idlParser, name string) []string {
	if p.err != nil {
		return nil
	}
	s, err := a.at(name).Strings("@" + name)
	p.keep(err)
	return slices.Clone(s)
}

// logical puts the annotations of a logical type together as JSON has them.
func (a annotations) logical() logical {
	n := &tree.Node{Kind: tree.Map}
	for _, one := range a.all {
		n.Entries = append(n.Entries, tree.Entry{Key: &tree.Node{Kind: tree.String, Text: one.name}, Value: one.value})
	}
	return logicalOf(n)
}

// typeOf reads a type; notes are the annotations before it. A ? behind it lets it be null.
func (p *idlParser) typeOf(notes annotations) typeExpr {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.tok, "types within types more than %d deep; Skein reads no such schema", maxDepth)
	}
	t := p.bareType()
	if l := notes.logical(); l.name != "" {
		t.logical = l
	}
	if p.accept("?") {
		null := typeExpr{kind: "null", pos: t.pos}
		t = typeExpr{kind: "union", of: []typeExpr{null, t}, pos: t.pos}
	}
	p.depth--
	return t
}

func (p *idlParser) bareType() typeExpr {
	name := p.name("a type")
	t := typeExpr{kind: name.text, space: p.space, pos: name.pos}
	if name.escaped {
		return t
	}
	switch name.text {
	case "array", "map":
		p.expect("<", "an "+name.text)
		elem := p.typeOf(p.notes())
		t.elem = &elem
		p.expect(">", "an "+name.text)
	case "union":
		p.expect("{", "a union")
		for p.err == nil && !p.tok.sign("}") {
			t.of = append(t.of, p.typeOf(p.notes()))
			if !p.accept(",") {
				break
			}
		}
		p.expect("}", "a union")
	case "decimal":
		p.decimal(&t)
	case "date":
		t.kind, t.logical.name = "int", "date"
	case "time_ms":
		t.kind, t.logical.name = "int", "time-millis"
	case "timestamp_ms":
		t.kind, t.logical.name = "long", "timestamp-millis"
	case "local_timestamp_ms":
		t.kind, t.logical.name = "long", "local-timestamp-millis"
	case "uuid":
		t.kind, t.logical.name = "string", "uuid"
	default:
		if !primitive(name.text) && p.err == nil {
			p.keep(wellNamed(place{name.text, name.pos}, "a type"))
		}
	}
	return t
}

func (p *idlParser) decimal(t *typeExpr) {
	t.kind = "bytes"
	p.expect("(", "a decimal")
	l := logical{name: "decimal", precision: p.number("the precision of a decimal")}
	if p.accept(",") {
		l.scale = p.number("the scale of a decimal")
	}
	p.expect(")", "a decimal")
	if p.err == nil && (l.precision == 0 || l.scale > l.precision) {
		p.keep(fault(t.pos, "a decimal of precision %d and scale %d; the precision is at least 1 and the scale", l.precision, l.scale))
	}
	t.logical = l
}

// message reads an operation of a protocol; only its types' names are of interest, and they are declared elsewhere.
func (p *idlParser) message(notes annotations) {
	if !p.accept("void") {
		p.typeOf(notes)
	}
	p.name("a message")
	p.expect("(", "a message")
	for p.err == nil && !p.tok.sign(")") {
		p.typeOf(p.notes())
		p.notes()
		p.name("a parameter")
		if p.accept("=") {
			p.json()
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(")", "a message")
	if p.accept("throws") {
		p.name("an error")
		for p.accept(",") {
			p.name("an error")
		}
	}
	p.accept("oneway")
	p.expect(";", "a message")
}
