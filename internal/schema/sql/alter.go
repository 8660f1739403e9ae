package sql

import (
	"slices"
)

// alterTable reads ALTER TABLE from the name on. A table that was not seen to be created is none of ours: the
// statement is passed over.
func (p *parser) alterTable(start int) {
	p.accept("if", "exists")
	p.accept("only")
	n := p.qualified("ALTER TABLE")
	t := p.find(n)
	if t == nil || p.err != nil {
		p.skipped = append(p.skipped, [2]int{p.i, p.statementEnd()})
		return
	}
	p.acceptPunct("*")
	if p.accept("on", "cluster") {
		p.advance()
	}
	for anchor := start; p.err == nil && !p.done(); anchor = p.i {
		p.action(t, anchor)
		p.toComma()
		if !p.acceptPunct(",") {
			return
		}
	}
}

// statementEnd looks ahead for the end of the statement.
func (p *parser) statementEnd() int {
	i := p.i
	for i < len(p.tokens)-1 && !p.tokens[i].punct(";") {
		i++
	}
	return i + 1
}

// toComma passes over what an action has left, up to the next one.
func (p *parser) toComma() {
	for !p.done() && !p.tok().punct(",") && !(p.tok().first && (p.tok().is("go") || p.begins())) {
		p.group()
	}
}

func (p *parser) action(t *table, anchor int) {
	switch {
	case p.accept("add"):
		p.add(t, anchor)
	case p.accept("drop"):
		p.dropFrom(t)
	case p.accept("rename"):
		p.rename(t)
	case p.accept("alter"):
		p.alterColumns(t, anchor)
	case p.accept("modify"), p.accept("replace", "columns"):
		p.modify(t, anchor)
	case p.accept("change"):
		p.change(t, anchor)
	case p.accept("set"):
		p.set(t)
	case p.accept("comment"):
		p.acceptPunct("=")
		t.data.Doc = p.doc()
	case p.accept("cluster", "by"):
		t.data.Cluster = p.layout(t)
	}
}

// add reads ADD COLUMN in all its forms, and ADD CONSTRAINT. One ADD may hold several columns.
func (p *parser) add(t *table, anchor int) {
	if p.tok().any("partition", "search", "range", "projection", "row") && !p.typeAt(1) {
		return
	}
	p.acceptAny("column", "columns")
	p.accept("if", "not", "exists")
	if p.constraintFollows() {
		p.constraint(t)
		return
	}
	if p.acceptPunct("(") {
		for p.err == nil && !p.tok().punct(")") && !p.done() {
			p.addOne(t, anchor)
			anchor = p.i + 1
			if !p.acceptPunct(",") {
				break
			}
		}
		p.expect(")", "ADD COLUMN")
		return
	}
	p.addOne(t, anchor)
	for p.tok().punct(",") && !p.actionAt(1) {
		p.advance()
		p.accept("column")
		p.addOne(t, p.i)
	}
}

// actionAt tells a further action behind a comma from a further column.
func (p *parser) actionAt(n int) bool {
	t := p.peek(n)
	return t.any("add", "drop", "rename", "alter", "modify", "change", "set", "comment", "cluster", "owner", "engine", "convert",
		"order", "validate", "enable", "disable", "algorithm", "lock", "constraint") || !p.nameLike(t)
}

// typeAt reports whether the token may be the type of a column that is called by a keyword.
func (p *parser) typeAt(n int) bool {
	return p.peek(n).kind == word && scalar(p.schema.Dialect, p.peek(n).text, nil).Kind != "other"
}

func (p *parser) addOne(t *table, anchor int) {
	maybe := p.accept("if", "not", "exists")
	maybe = maybe || p.i >= 3 && p.tokens[p.i-1].is("exists")
	if p.constraintFollows() {
		p.constraint(t)
		return
	}
	keys, checks := len(t.keys), len(t.checks)
	c := p.columnDef(t, anchor)
	if c == nil {
		return
	}
	place := p.place(t, len(t.columns))
	if maybe && p.column(t, name{parts: []string{c.field.Name}, quoted: c.field.Quoted}) != nil {
		t.keys, t.checks = t.keys[:keys], t.checks[:checks]
		return
	}
	p.addColumn(t, c, place)
}

// place reads FIRST or AFTER x, when there is one.
func (p *parser) place(t *table, otherwise int) int {
	switch {
	case p.accept("first"):
		return 0
	case p.accept("after"):
		n := p.ident("AFTER")
		if c := p.needColumn(t, n, "puts a column after"); c != nil {
			return slices.Index(t.columns, c) + 1
		}
	}
	return otherwise
}

// needColumn returns the column, which must be there unless the table's columns are not all known.
func (p *parser) needColumn(t *table, n name, does string) *column {
	c := p.column(t, n)
	if c == nil && !t.data.Open {
		p.failAt(n.pos, "ALTER TABLE %s %s %s, which is not there; its columns are %s", t.name, does, n.last(), listColumns(t.columns, nil))
	}
	return c
}

// fieldOf follows a dotted name into structs, as Databricks writes changes of members.
func (p *parser) fieldOf(t *table, does string) (siblings *[]*column, c *column) {
	n := p.qualified("ALTER TABLE " + t.name.String())
	if len(n.parts) == 1 {
		return &t.columns, p.needColumn(t, n, does)
	}
	owner := n.parts[:len(n.parts)-1]
	if s, i := p.catalog.path(t.columns, owner); i >= 0 {
		parent := s[i]
		for _, m := range parent.members {
			if p.schema.FieldKey(m.field) == p.columnKey(n.last(), n.quoted) {
				return &parent.members, m
			}
		}
	}
	if !t.data.Open {
		p.failAt(n.pos, "ALTER TABLE %s %s %s, which is not there; write the path of a member from its column on", t.name, does, n)
	}
	return nil, nil
}

func (p *parser) dropFrom(t *table) {
	switch {
	case p.accept("constraint"), p.accept("foreign", "key"), p.accept("check"), p.accept("index"), p.accept("key"):
		p.accept("if", "exists")
		p.dropConstraint(t, p.ident("DROP CONSTRAINT").last())
		return
	case p.accept("primary", "key"):
		t.keys = slices.DeleteFunc(t.keys, func(k *key) bool { return k.primary })
		return
	case p.tok().any("partition", "row", "projection", "search", "clustering") && (p.peek(1).punct("(") || p.peek(1).kind == word && !p.peek(1).any("cascade", "restrict")):
		return
	}
	p.acceptAny("column", "columns")
	maybe := p.accept("if", "exists")
	inner := p.acceptPunct("(")
	for p.err == nil {
		p.dropOne(t, maybe)
		if !p.tok().punct(",") || !inner && p.actionAt(1) {
			break
		}
		p.advance()
		p.accept("column")
		maybe = p.accept("if", "exists") || maybe
	}
	if inner {
		p.expect(")", "DROP COLUMN")
	}
}

func (p *parser) dropOne(t *table, maybe bool) {
	if maybe && p.column(t, name{parts: []string{p.tok().text}, quoted: p.tok().kind != word}) == nil {
		p.qualified("DROP COLUMN")
		return
	}
	siblings, c := p.fieldOf(t, "drops")
	switch {
	case c == nil:
	case siblings == &t.columns:
		p.dropColumn(t, c)
	default:
		*siblings = slices.DeleteFunc(*siblings, func(o *column) bool { return o == c })
	}
	p.acceptAny("cascade", "restrict")
}

func (p *parser) rename(t *table) {
	switch {
	case p.acceptAny("to", "as"):
		p.renameTable(t, p.qualified("RENAME TO").below(t.name))
		return
	case p.tok().any("constraint", "index", "key") && p.peek(2).is("to"):
		p.advance()
		p.renameConstraint(t)
		return
	}
	column := p.accept("column")
	p.accept("if", "exists")
	if !column && !p.peek(1).any("to", "as") && !p.peek(1).punct(".") {
		p.renameTable(t, p.qualified("RENAME").below(t.name)) // MySQL leaves TO out
		return
	}
	siblings, c := p.fieldOf(t, "renames")
	if p.err == nil && !p.acceptAny("to", "as") {
		p.fail(p.tok(), "found %s where RENAME COLUMN needs TO and the new name", shown(p.tok()))
	}
	to := p.qualified("RENAME COLUMN")
	if p.err == nil && c != nil {
		p.renameOne(t, siblings, c, to)
	}
}

// renameOne checks that the new name is free and gives it.
func (p *parser) renameOne(t *table, siblings *[]*column, c *column, to name) {
	for _, o := range *siblings {
		if o != c && p.schema.FieldKey(o.field) == p.columnKey(to.last(), to.quoted) {
			p.failAt(to.pos, "ALTER TABLE %s renames %s to %s, which is there already at %s", t.name, c.field.Name, to.last(), o.field.Pos)
			return
		}
	}
	if siblings == &t.columns {
		p.renameColumn(t, c, to)
		return
	}
	p.renameField(c, to)
}

func (p *parser) renameConstraint(t *table) {
	from := p.ident("RENAME CONSTRAINT").last()
	p.accept("to")
	to := p.ident("RENAME CONSTRAINT").last()
	for _, k := range t.keys {
		if k.known(t) == from {
			k.name = to
		}
	}
	for _, k := range t.checks {
		if k.known(t) == from {
			k.Name = to
		}
	}
}

// alterColumns reads ALTER COLUMN, and Snowflake's lists of such changes.
func (p *parser) alterColumns(t *table, anchor int) {
	if p.tok().any("constraint", "index", "check") && p.nameLike(p.peek(1)) {
		return
	}
	p.acceptAny("column")
	p.accept("if", "exists")
	inner := p.acceptPunct("(")
	for p.err == nil {
		p.alterOne(t, anchor)
		if !p.tok().punct(",") || !inner && p.actionAt(1) {
			break
		}
		p.advance()
		p.accept("column")
	}
	if inner {
		p.expect(")", "ALTER COLUMN")
	}
}

func (p *parser) alterOne(t *table, anchor int) {
	at := p.i
	_, c := p.fieldOf(t, "alters")
	if c == nil {
		p.toComma()
		return
	}
	p.element(anchor, at, p.noteColumn(t, c))
	c.field.Pos = p.pos(p.tokens[p.i-1])
	switch {
	case p.accept("set", "data", "type"), p.accept("set", "type"), p.accept("type"):
		p.retype(t, c)
	case p.accept("set", "not", "null"), p.accept("not", "null"):
		c.field.Nullable = false
	case p.accept("drop", "not", "null"), p.accept("set", "null"):
		c.field.Nullable = true
	case p.accept("set", "default"), p.accept("default"):
		c.setDefault(p.expression("first", "after"))
	case p.accept("drop", "default"), p.accept("drop", "identity"), p.accept("drop", "expression"):
		c.field.Default = nil
	case p.accept("set", "options"):
		p.options(&c.field.Doc)
	case p.accept("comment"):
		c.field.Doc = p.doc()
	case p.accept("add"):
		p.generated(c)
	case p.tok().any("set", "drop", "reset", "unset", "restart"):
	case p.tok().any("first", "after"):
		p.move(t, c)
	case p.typeFollows():
		p.restate(t, c, p.schema.Dialect == "tsql")
	}
	p.untilNextColumn()
}

// retype gives a column another type and keeps all else.
func (p *parser) retype(t *table, c *column) {
	nullable := c.field.Nullable
	p.setType(t, c)
	if p.schema.Dialect != "clickhouse" {
		c.field.Nullable = nullable
	}
}

// restate reads a type and what may follow it. Where the statement says all about the column, what it leaves
// out is gone.
func (p *parser) restate(t *table, c *column, all bool) {
	nullable := c.field.Nullable
	if all {
		c.field.Nullable = !p.primary(t, c)
		if p.schema.Dialect == "mysql" || p.schema.Dialect == "ansi" {
			c.field.Default, c.field.Doc = nil, ""
		}
	}
	if p.typeFollows() {
		was := c.field.Nullable
		p.setType(t, c)
		if p.schema.Dialect != "clickhouse" && c.field.Default == nil {
			c.field.Nullable = was
		}
	}
	if !all && p.schema.Dialect != "clickhouse" {
		c.field.Nullable = nullable
	}
	p.columnOptions(t, c)
	if p.tok().any("first", "after") {
		p.move(t, c)
	}
}

func (p *parser) primary(t *table, c *column) bool {
	return slices.ContainsFunc(t.keys, func(k *key) bool { return k.primary && slices.Contains(k.columns, c) })
}

// move puts a column elsewhere among its siblings.
func (p *parser) move(t *table, c *column) {
	from := slices.Index(t.columns, c)
	place := p.place(t, from)
	if from < 0 || place == from {
		return
	}
	t.columns = slices.Delete(t.columns, from, from+1)
	if place > from {
		place--
	}
	t.columns = slices.Insert(t.columns, place, c)
}

// untilNextColumn passes over what one ALTER COLUMN has left, such as USING.
func (p *parser) untilNextColumn() {
	for !p.done() && !p.tok().punct(",") && !p.tok().punct(")") && !(p.tok().first && (p.tok().is("go") || p.begins())) {
		p.group()
	}
}

// modify reads MODIFY COLUMN: in MySQL all that is true of the column from now on, elsewhere one thing.
func (p *parser) modify(t *table, anchor int) {
	if p.tok().any("order", "ttl", "setting", "query", "comment") && !p.typeAt(1) {
		return
	}
	p.acceptAny("column")
	p.accept("if", "exists")
	if p.tok().punct("(") || p.schema.Dialect == "snowflake" {
		p.alterColumns(t, anchor)
		return
	}
	if p.peek(1).any("set", "drop", "comment", "remove", "default", "type") {
		p.alterOne(t, anchor)
		return
	}
	at := p.i
	_, c := p.fieldOf(t, "modifies")
	if c == nil {
		p.toComma()
		return
	}
	p.element(anchor, at, p.noteColumn(t, c))
	c.field.Pos = p.pos(p.tokens[p.i-1])
	p.restate(t, c, p.fullRedefinition())
}

func (p *parser) fullRedefinition() bool {
	return p.schema.Dialect == "mysql" || p.schema.Dialect == "ansi"
}

// change reads CHANGE COLUMN old new type ….
func (p *parser) change(t *table, anchor int) {
	p.accept("column")
	p.accept("if", "exists")
	siblings, c := p.fieldOf(t, "changes")
	if c == nil {
		p.toComma()
		return
	}
	at := p.i
	to := p.ident("CHANGE COLUMN")
	if p.err != nil {
		return
	}
	p.element(anchor, at, p.noteColumn(t, c))
	if p.columnKey(to.last(), to.quoted) != p.schema.FieldKey(c.field) {
		p.renameOne(t, siblings, c, to)
	}
	c.field.Pos = to.pos
	p.restate(t, c, p.fullRedefinition())
}

// set reads SET OPTIONS, SET COMMENT and SET SCHEMA of a table.
func (p *parser) set(t *table) {
	switch {
	case p.accept("options"):
		p.options(&t.data.Doc)
	case p.accept("comment"):
		p.acceptPunct("=")
		t.data.Doc = p.doc()
	case p.accept("schema"):
		to := p.ident("SET SCHEMA")
		to.parts = append(to.parts, t.name.last())
		to.quoted = t.name.quoted
		p.renameTable(t, to)
	}
}
