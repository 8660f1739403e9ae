package sql

import (
	"strings"

	"github.com/skein-bot/skein/internal/schema"
)

// statement reads one statement if it shapes the schema, and passes over it otherwise.
func (p *parser) statement() {
	start := p.i
	known := true
	switch {
	case p.acceptPunct(";"):
		return
	case p.accept("create"):
		known = p.create(start)
	case p.accept("alter", "table"):
		p.alterTable(start)
	case p.accept("alter", "type"):
		p.alterType()
	case p.accept("drop"):
		known = p.drop()
	case p.accept("comment", "on"), p.sees("comment", "if", "exists", "on") && p.accept("comment", "if", "exists", "on"):
		p.commentOn()
	case p.accept("rename", "table"):
		p.renameTables()
	case p.acceptAny("exec", "execute"):
		known = p.spRename()
	case p.accept("delimiter"):
		known = false
		p.untilDelimiter()
	case p.tok().any("if", "begin"):
		known = false
		p.guard()
	default:
		known = false
	}
	p.rest(start)
	if !known {
		p.skipped = append(p.skipped, [2]int{start, p.i})
	}
}

// rest passes over what is left of a statement: to its semicolon or GO, or to a line that begins the next one,
// since T-SQL needs no semicolons and people forget them.
func (p *parser) rest(start int) {
	for p.err == nil && p.tok().kind != end {
		switch t := p.tok(); {
		case p.acceptPunct(";"):
			return
		case t.first && p.i > start && (t.is("go") || p.begins()):
			return
		case t.punct("("):
			p.looseGroup()
		default:
			p.advance()
		}
	}
}

// begins reports whether a statement about tables or types begins here.
func (p *parser) begins() bool {
	if p.schema.Dialect == "tsql" && p.tok().any("exec", "execute") {
		return true
	}
	if !p.tok().any("create", "alter", "drop") {
		return false
	}
	for n := 1; n < 4; n++ {
		if p.peek(n).any("table", "type") {
			return true
		}
		if !p.peek(n).any("or", "replace", "temp", "temporary", "external", "transient") {
			return false
		}
	}
	return false
}

// looseGroup passes over parentheses in a statement that is skipped; one that is never closed ends with it.
func (p *parser) looseGroup() {
	from := p.i
	depth := 0
	for !p.done() {
		t := p.advance()
		switch {
		case t.punct("("):
			depth++
		case t.punct(")"):
			depth--
		}
		if depth == 0 {
			return
		}
	}
	if p.tok().kind == end {
		p.i = from + 1
	}
}

// guard comes after IF or BEGIN: the statement that it guards follows on its line or the next.
func (p *parser) guard() {
	p.advance()
	for !p.done() && !p.begins() && !p.tok().is("go") {
		if p.tok().punct("(") {
			p.looseGroup()
			continue
		}
		p.advance()
	}
	if p.begins() {
		p.tokens[p.i].first = true // rest stops here
	}
}

// untilDelimiter passes over the routines between two DELIMITER lines of a MySQL script.
func (p *parser) untilDelimiter() {
	for p.tok().kind != end && !(p.tok().first && p.tok().is("delimiter")) {
		p.advance()
	}
	if p.accept("delimiter") {
		for p.tok().kind != end && !p.tok().first {
			p.advance()
		}
	}
}

// routine passes over a function, procedure or trigger, whose body may hold statements of its own.
func (p *parser) routine() {
	depth := 0
	for p.tok().kind != end {
		t := p.tok()
		switch {
		case t.first && t.is("go"):
			return
		case p.schema.Dialect == "tsql":
		case t.any("begin", "case"):
			depth++
		case t.is("end"):
			if depth = max(depth-1, 0); p.peek(1).is("case") {
				p.advance()
			}
			if p.peek(1).any("if", "loop", "while", "repeat", "for") {
				depth++
			}
		case t.punct(";") && depth == 0:
			return
		}
		p.advance()
	}
}

func (p *parser) drop() bool {
	switch {
	case p.accept("table"), p.accept("external", "table"), p.accept("temporary", "table"):
		p.accept("if", "exists")
		for {
			if t := p.find(p.qualified("DROP TABLE")); t != nil && p.err == nil {
				p.catalog.drop(t)
			}
			if !p.acceptPunct(",") {
				return true
			}
		}
	case p.accept("type"), p.accept("domain"):
		p.accept("if", "exists")
		delete(p.types, p.typeKey(p.qualified("DROP TYPE")))
		return true
	}
	return false
}

// commentOn reads COMMENT ON TABLE x IS '…' and COMMENT ON COLUMN x.y IS '…'.
func (p *parser) commentOn() {
	switch {
	case p.acceptAny("table"):
		if t := p.find(p.qualified("COMMENT ON TABLE")); t != nil && p.accept("is") {
			t.data.Doc = p.doc()
		}
	case p.acceptAny("column"):
		n := p.qualified("COMMENT ON COLUMN")
		if len(n.parts) < 2 || !p.accept("is") {
			return
		}
		owner := n
		owner.parts, owner.quoted = n.parts[:len(n.parts)-1], false
		if t := p.find(owner); t != nil {
			if col := p.column(t, n); col != nil {
				col.field.Doc = p.doc()
			}
		}
	}
}

// doc reads a string, or NULL for none.
func (p *parser) doc() string {
	if p.tok().kind == str {
		return p.advance().text
	}
	p.accept("null")
	return ""
}

// renameTable gives a table a name that no other has.
func (p *parser) renameTable(t *table, to name) {
	if p.err != nil {
		return
	}
	if other := p.exact(to); other != nil && other != t {
		p.failAt(to.pos, "%s cannot be renamed to %s, which is there already at %s; drop or rename that first", t.name, to, other.name.pos)
		return
	}
	p.catalog.rename(t, to)
}

// renameTables reads MySQL's RENAME TABLE a TO b, c TO d.
func (p *parser) renameTables() {
	for {
		from := p.qualified("RENAME TABLE")
		if !p.accept("to") {
			p.fail(p.tok(), "found %s where RENAME TABLE needs TO and the new name", shown(p.tok()))
		}
		to := p.qualified("RENAME TABLE")
		if t := p.find(from); t != nil && p.err == nil {
			p.renameTable(t, to.below(t.name))
		}
		if !p.acceptPunct(",") {
			return
		}
	}
}

// spRename reads T-SQL's EXEC sp_rename 'orders.cust_id', 'customer_id', 'COLUMN'.
func (p *parser) spRename() bool {
	if n := p.tok(); !p.nameLike(n) || !strings.EqualFold(p.qualified("EXEC").last(), "sp_rename") {
		return false
	}
	var args []token
	for !p.done() && len(args) < 3 && !p.tok().is("go") {
		if t := p.advance(); t.kind == str {
			args = append(args, t)
		}
	}
	if len(args) < 2 {
		return false
	}
	to := name{parts: []string{args[1].text}, pos: p.pos(args[1])}
	n := p.split(args[0].text)
	if len(args) == 3 && strings.EqualFold(args[2].text, "column") && len(n.parts) > 1 {
		owner := name{parts: n.parts[:len(n.parts)-1]}
		if t := p.find(owner); t != nil {
			if col := p.column(t, n); col != nil {
				p.renameColumn(t, col, to)
			}
		}
	} else if t := p.find(n); t != nil && len(args) == 2 {
		p.renameTable(t, to.below(t.name))
	}
	return true
}

// split reads a dotted name out of a string or a note.
func (p *parser) split(s string) name {
	parts := strings.Split(s, ".")
	for i := range parts {
		parts[i] = strings.Trim(parts[i], "[]\"`")
	}
	return name{parts: parts}
}

// element remembers where a note may speak of what was just read; start is where a note above would lead to.
func (p *parser) element(start, at int, apply func(note) error) {
	p.elements = append(p.elements, element{start, at, apply})
	p.elementAt[at] = len(p.elements)
}

func (p *parser) noteTable(t *table) func(note) error {
	return func(n note) error {
		if n.verb == "deprecated" {
			t.data.Deprecated = &schema.Deprecation{Replacement: n.name, Note: n.text}
			return nil
		}
		from := p.split(n.name)
		from.quoted = n.quoted
		was := p.schema.Stored(from.below(t.name).String(), n.quoted)
		if p.exact(from.below(t.name)) == t {
			return fault(n.pos, "@renamed gives "+t.name.String()+" its own name; write the name that it had before")
		}
		remember(&t.data.Renamed, &t.data.Former, was)
		return nil
	}
}

// remember adds an old name. One that a statement gave is later, so it stays in front.
func remember(renamed *string, former *[]string, was string) {
	if *renamed == "" {
		*renamed = was
		return
	}
	*former = append(*former, was)
}

func (p *parser) noteColumn(t *table, c *column) func(note) error {
	return func(n note) error {
		if n.verb == "deprecated" {
			c.field.Deprecated = &schema.Deprecation{Replacement: n.name, Note: n.text}
			if n.name != "" {
				p.promises = append(p.promises, promise{n, t, c})
			}
			return nil
		}
		if p.columnKey(n.name, n.quoted) == p.schema.FieldKey(c.field) {
			return fault(n.pos, "@renamed gives "+c.field.Name+" its own name; write the name that it had before")
		}
		remember(&c.field.Renamed, &c.field.Former, p.schema.Stored(n.name, n.quoted))
		return nil
	}
}

// checkReplacements holds every @deprecated use=… of a column against the columns there are.
func (p *parser) checkReplacements() error {
	for _, q := range p.promises {
		siblings, _ := holder(q.table.columns, q.col)
		if siblings == nil || q.table.dropped || q.table.data.Open {
			continue // the deprecated column is gone itself
		}
		parts := strings.Split(q.note.name, ".")
		if s, i := p.catalog.path(siblings, parts); i >= 0 && s[i] != q.col {
			continue
		}
		if s, i := p.catalog.path(q.table.columns, parts); i >= 0 && s[i] != q.col {
			continue
		}
		return fault(q.note.pos, "@deprecated says to use "+q.note.name+", but "+q.table.name.String()+
			" has no other column of that name; name one of "+listColumns(siblings, q.col))
	}
	return nil
}

// holder returns the list of siblings that holds a column.
func holder(columns []*column, want *column) (siblings []*column, at int) {
	for i, c := range columns {
		if c == want {
			return columns, i
		}
		if s, j := holder(c.members, want); s != nil {
			return s, j
		}
	}
	return nil, -1
}

func listColumns(columns []*column, but *column) string {
	var names []string
	for _, c := range columns {
		if c != but && len(names) < 12 {
			names = append(names, c.field.Name)
		}
	}
	if len(names) == 0 {
		return "its columns once there is another"
	}
	return strings.Join(names, ", ")
}
