package sql

import (
	"strings"

	"github.com/skein-bot/skein/internal/schema"
)

// columnDef reads a column: its name, its type if it has one, and what is said about it.
func (p *parser) columnDef(t *table, anchor int) *column {
	at := p.i
	n := p.ident("a column of " + t.name.String())
	if p.err != nil {
		return nil
	}
	c := &column{field: schema.Field{Name: n.last(), Quoted: n.quoted, Nullable: p.schema.Dialect != "clickhouse", Pos: n.pos}}
	p.element(anchor, at, p.noteColumn(t, c))
	if p.typeFollows() {
		p.setType(t, c)
	} else {
		c.field.Type = schema.Type{Kind: "other"}
	}
	p.columnOptions(t, c)
	return c
}

// typeFollows is false for the untyped columns of SQLite and the computed ones of T-SQL.
func (p *parser) typeFollows() bool {
	t := p.tok()
	return p.nameLike(t) && !t.any("as", "not", "null", "default", "primary", "unique", "check", "references", "constraint",
		"generated", "comment", "collate", "options", "materialized", "alias", "autoincrement")
}

// setType reads a type into the column. An enum that the type spells out belongs to the column alone.
func (p *parser) setType(t *table, c *column) {
	pt := p.typeOf(t)
	c.field.Type, c.members, c.of = pt.Type, pt.members, pt.of
	if p.schema.Dialect == "clickhouse" {
		c.field.Nullable = pt.nullable
	}
	if pt.serial {
		c.field.Nullable = false
		c.setDefault("serial")
	}
}

// typeOf reads the type of what was just entered as an element. A note behind the end of a type that declares members or
// values is about that element, and no longer about the last of those.
func (p *parser) typeOf(t *table) parsedType {
	self := len(p.elements) - 1
	pt := p.parseType(t)
	if self >= 0 && len(p.elements)-1 > self && p.i > 0 {
		p.closers[p.i-1] = self
	}
	return pt
}

func (c *column) setDefault(expr string) { c.field.Default = &expr }

// optionWords end a default: what follows is said about the column again.
func optionWords() []string {
	return []string{"not", "null", "primary", "unique", "check", "references", "constraint", "comment", "options", "collate", "on",
		"auto_increment", "autoincrement", "generated", "key", "encode", "first", "after", "with", "masking", "tag", "default", "identity",
		"codec", "ttl", "visible", "invisible", "virtual", "stored", "distkey", "sortkey", "as"}
}

// columnOptions reads to the end of the column and takes what it knows.
func (p *parser) columnOptions(t *table, c *column) {
	constraint := ""
	for !p.done() && !p.tok().punct(",") && !p.tok().punct(")") && !p.tok().any("first", "after") &&
		!(p.tok().first && (p.tok().is("go") || p.begins())) {
		switch {
		case p.accept("not", "null"):
			c.field.Nullable = false
		case p.accept("null"):
			c.field.Nullable = true
		case p.acceptAny("default", "materialized"):
			c.setDefault(p.expression(optionWords()...))
		case p.accept("constraint"):
			constraint = p.ident("CONSTRAINT").last()
		case p.accept("primary", "key"):
			t.keys = append(t.keys, &key{name: constraint, primary: true, columns: []*column{c}})
			c.field.Nullable = false
		case p.accept("unique"):
			p.acceptAny("key")
			t.keys = append(t.keys, &key{name: constraint, columns: []*column{c}})
		case p.tok().any("check", "references"):
			p.columnCheck(t, c, constraint)
		case p.accept("comment"):
			c.field.Doc = p.doc()
		case p.accept("options"):
			p.options(&c.field.Doc)
		default:
			p.generated(c)
		}
	}
}

// columnCheck reads CHECK (…) and REFERENCES t (c) … of a column.
func (p *parser) columnCheck(t *table, c *column, constraint string) {
	at := p.tok()
	k := &check{columns: []*column{c}, kind: "check"}
	if p.accept("references") {
		k.kind = "fkey"
		k.Expr = "foreign key (" + c.field.Name + ") " + p.references()
	} else {
		p.advance()
		k.Expr = "check " + p.groupText("CHECK")
	}
	k.Name, k.Pos = constraint, p.pos(at)
	t.checks = append(t.checks, k)
}

// references reads the table and columns that a foreign key leads to, and what happens on delete and update.
func (p *parser) references() string {
	var s strings.Builder
	s.WriteString("references " + p.qualified("REFERENCES").String())
	if p.tok().punct("(") {
		s.WriteString(" " + p.groupText("REFERENCES"))
	}
	for p.sees("on", "delete") || p.sees("on", "update") {
		p.advance()
		s.WriteString(" on " + strings.ToLower(p.advance().text))
		for p.tok().any("cascade", "restrict", "set", "null", "default", "no", "action") {
			s.WriteString(" " + strings.ToLower(p.advance().text))
		}
	}
	return s.String()
}

func (p *parser) groupText(what string) string {
	from := p.i
	if !p.tok().punct("(") {
		p.expect("(", what)
		return ""
	}
	p.group()
	return p.text(from, p.i)
}

// generated reads what makes a column fill itself, which counts as a default, and passes over all else.
func (p *parser) generated(c *column) {
	from := p.i
	switch {
	case p.accept("on", "update"):
		p.expression(optionWords()...)
	case p.accept("generated"):
		for p.tok().any("always", "by", "default", "on", "null", "as", "identity") {
			if p.tok().any("identity") {
				c.field.Nullable = false // the standard says so
			}
			p.advance()
		}
		if p.tok().punct("(") {
			p.group()
		}
		c.setDefault(strings.ToLower(p.text(from, from+1)) + " " + p.text(from+1, p.i))
	case p.acceptAny("as", "alias"):
		c.setDefault("as " + p.expression(optionWords()...))
	case p.tok().any("identity", "auto_increment", "autoincrement"):
		p.advance()
		if p.tok().punct("(") {
			p.group()
		}
		c.setDefault(strings.ToLower(p.text(from, p.i)))
	default:
		p.group()
	}
}

// constraintFollows tells a table constraint from a column that is called key or index.
func (p *parser) constraintFollows() bool {
	t, next, after := p.tok(), p.peek(1), p.peek(2)
	switch {
	case t.any("constraint", "exclude", "projection"):
		return true
	case t.is("primary"), t.is("foreign"):
		return next.is("key")
	case t.is("check"):
		return next.punct("(")
	case t.is("unique"):
		return next.punct("(") || next.any("key", "index", "nulls") || p.nameLike(next) && after.punct("(")
	case t.any("fulltext", "spatial"):
		return next.any("key", "index") || next.punct("(")
	case t.is("period"):
		return next.is("for")
	case t.is("index") && p.schema.Dialect == "clickhouse":
		return true
	case t.any("key", "index"):
		return next.punct("(") && after.kind != number || p.nameLike(next) && after.punct("(") && p.peek(3).kind != number ||
			p.nameLike(next) && after.is("using")
	}
	return false
}

// constraint reads a table constraint. Indexes say nothing to readers and are passed over.
func (p *parser) constraint(t *table) {
	named := ""
	if p.accept("constraint") {
		if !p.tok().any("primary", "unique", "foreign", "check", "exclude") {
			named = p.ident("CONSTRAINT").last()
		}
	}
	at := p.tok()
	switch {
	case p.accept("primary", "key"):
		p.tableKey(t, named, true)
	case p.accept("unique"):
		p.tableKey(t, named, false)
	case p.accept("foreign", "key"):
		p.foreignKey(t, named, at)
	case p.accept("check"):
		from := p.i
		k := &check{kind: "check"}
		k.Expr, k.Name, k.Pos = "check "+p.groupText("CHECK"), named, p.pos(at)
		k.columns = p.mentioned(t, from)
		t.checks = append(t.checks, k)
	}
	p.constraintEnd()
}

func (p *parser) constraintEnd() {
	for !p.done() && !p.tok().punct(",") && !p.tok().punct(")") && !(p.tok().first && (p.tok().is("go") || p.begins())) {
		p.group()
	}
}

func (p *parser) tableKey(t *table, named string, primary bool) {
	for !p.tok().punct("(") && !p.done() && !p.tok().punct(",") && !p.tok().punct(")") {
		if n := p.advance(); p.nameLike(n) && !n.any("key", "index", "clustered", "nonclustered", "using", "btree", "hash", "nulls", "not", "distinct") {
			named = n.text
		}
	}
	k := &key{name: named, primary: primary, columns: p.columnList(t)}
	for _, c := range k.columns {
		c.field.Nullable = c.field.Nullable && !primary
	}
	t.keys = append(t.keys, k)
}

func (p *parser) foreignKey(t *table, named string, at token) {
	if p.nameLike(p.tok()) {
		p.advance() // MySQL's index name
	}
	from := p.i
	list := p.groupText("FOREIGN KEY")
	k := &check{columns: p.mentioned(t, from), kind: "fkey"}
	if p.accept("references") {
		k.Expr = "foreign key " + list + " " + p.references()
		k.Name, k.Pos = named, p.pos(at)
		t.checks = append(t.checks, k)
	}
}

// mentioned returns the columns whose names stand among the tokens since from.
func (p *parser) mentioned(t *table, from int) []*column {
	var out []*column
	for _, tok := range p.tokens[from:p.i] {
		if !p.nameLike(tok) {
			continue
		}
		if c := p.column(t, name{parts: []string{tok.text}, quoted: tok.kind != word}); c != nil {
			out = append(out, c)
		}
	}
	return out
}

// columnList reads (a, b DESC, c(10)) as columns of the table, or one bare name. Expressions in it are passed
// over.
func (p *parser) columnList(t *table) []*column {
	from := p.i
	if p.tok().punct("(") {
		p.group()
	} else if p.nameLike(p.tok()) {
		p.advance()
	}
	return p.mentioned(t, from)
}
