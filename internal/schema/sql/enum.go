package sql

import (
	"slices"

	"github.com/skein-bot/skein/internal/schema"
)

func (p *parser) typeKey(n name) string { return p.columnKey(n.last(), n.quoted) }

// asType is what a column of the user's type has. Its values and members are looked up when all is read.
func (u *userType) asType() parsedType {
	if u.kind == "domain" {
		return u.base
	}
	return parsedType{Type: schema.Type{Kind: u.kind}, of: u}
}

// call enters a value under its text.
func (u *userType) call(v *value, text string) {
	if u.named == nil {
		u.named = map[string]*value{}
	}
	if u.named[v.text] == v {
		delete(u.named, v.text)
	}
	v.text, u.named[text] = text, v
}

// createType reads CREATE TYPE x AS ENUM (…) and CREATE TYPE x AS (…); other kinds say nothing.
func (p *parser) createType() bool {
	p.accept("if", "not", "exists")
	n := p.qualified("CREATE TYPE")
	p.accept("as")
	u := &userType{}
	switch {
	case p.accept("enum"):
		u.kind = "enum"
		p.inside("CREATE TYPE", func() { p.enumValue(u) })
	case p.accept("struct"), p.tok().punct("("):
		u.kind = "struct"
		shape := &table{name: n}
		p.inside("CREATE TYPE", func() {
			if c := p.columnDef(shape, p.i); c != nil {
				u.members = append(u.members, c)
			}
		})
	default:
		return false
	}
	p.types[p.typeKey(n)] = u
	return true
}

func (p *parser) createDomain() {
	n := p.qualified("CREATE DOMAIN")
	p.accept("as")
	p.types[p.typeKey(n)] = &userType{kind: "domain", base: p.parseType(&table{name: n})}
}

// alterType reads the changes of an enum's values. A type that was not seen to be created is passed over.
func (p *parser) alterType() {
	n := p.qualified("ALTER TYPE")
	u := p.types[p.typeKey(n)]
	if u == nil {
		return
	}
	switch {
	case p.accept("rename", "value"):
		p.renameValue(n, u)
	case p.accept("add", "value"):
		p.addValue(n, u)
	case p.accept("rename", "to"):
		delete(p.types, p.typeKey(n))
		p.types[p.typeKey(p.qualified("ALTER TYPE"))] = u
	}
}

func (p *parser) renameValue(n name, u *userType) {
	from := p.advance()
	if !p.accept("to") {
		p.fail(p.tok(), "found %s where ALTER TYPE %s RENAME VALUE needs TO and the new value", shown(p.tok()), n)
		return
	}
	v, to := u.named[from.text], p.advance()
	switch {
	case to.kind != str:
		p.fail(to, "found %s where ALTER TYPE %s RENAME VALUE needs the new value in quotes", shown(to), n)
	case v == nil:
		p.fail(from, "the type %s has no value %s to rename", n, shown(from))
	case u.named[to.text] != nil:
		p.fail(to, "the type %s has the value %s already; choose another", n, shown(to))
	default:
		v.was = append([]string{v.text}, v.was...)
		v.pos = p.pos(to)
		u.call(v, to.text)
	}
}

func (p *parser) addValue(n name, u *userType) {
	maybe := p.accept("if", "not", "exists")
	if p.tok().kind == str && u.named[p.tok().text] != nil {
		if !maybe {
			p.fail(p.tok(), "the type %s has the value %s already; write ADD VALUE IF NOT EXISTS", n, shown(p.tok()))
		}
		return
	}
	p.enumValue(u)
	at := len(u.values) - 1
	before := p.sees("before")
	if p.err != nil || !p.acceptAny("before", "after") {
		return
	}
	beside := p.advance()
	place := slices.Index(u.values, u.named[beside.text])
	if place < 0 {
		p.fail(beside, "the type %s has no value %s to put the new one beside", n, shown(beside))
		return
	}
	if !before {
		place++
	}
	v := u.values[at]
	u.values = slices.Insert(u.values[:at], place, v)
}
