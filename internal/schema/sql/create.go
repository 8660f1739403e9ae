package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
)

// create reads what follows CREATE, and reports whether it was about the schema.
func (p *parser) create(start int) bool {
	replace, temp := false, false
	for {
		switch {
		case p.accept("or", "replace"), p.accept("or", "alter"), p.accept("or", "refresh"):
			replace = true
		case p.acceptAny("temp", "temporary"):
			temp = true
		case p.acceptAny("global", "local", "transient", "unlogged", "external", "foreign", "volatile", "hybrid", "dynamic",
			"iceberg", "managed", "multiset", "streaming", "snapshot"):
		case p.accept("table"):
			p.createTable(start, replace, temp)
			return true
		case p.accept("type"):
			return p.createType()
		case p.accept("domain"):
			p.createDomain()
			return true
		case p.tok().any("function", "procedure", "proc", "trigger", "event", "package", "definer", "aggregate"):
			p.routine()
			return false
		default:
			return false
		}
	}
}

// createTable reads from the name on. A table that IF NOT EXISTS finds is read and left as it was.
func (p *parser) createTable(start int, replace, temp bool) {
	exists := p.accept("if", "not", "exists")
	at := p.i
	n := p.qualified("CREATE TABLE")
	if p.err != nil {
		return
	}
	t := &table{name: n, data: schema.Dataset{Temporary: temp || strings.HasPrefix(n.last(), "#")}}
	p.element(start, at, p.noteTable(t))
	p.body(t, len(p.elements)-1)
	if p.err != nil {
		return
	}
	old := p.exact(n)
	switch {
	case old == nil:
	case exists:
		return
	case replace || old.data.Temporary:
		p.catalog.drop(old)
	default:
		p.failAt(n.pos, "%s is created twice, first at %s; drop it before, or write CREATE TABLE IF NOT EXISTS", n, old.name.pos)
		return
	}
	if p.put(t); len(p.tables) > maxTables {
		p.failAt(n.pos, "more than %d tables; name the files of one schema", maxTables)
	}
}

// body reads the columns, or from where the columns come, and then the clauses behind.
func (p *parser) body(t *table, self int) {
	if p.accept("on", "cluster") {
		p.advance()
	}
	switch {
	case p.tok().punct("(") && p.peek(1).any("select", "with"):
		t.data.Open = true
		p.group()
	case p.tok().punct("(") && p.peek(1).is("like"):
		p.advance()
		p.items(t, self)
	case p.acceptPunct("("):
		p.items(t, self)
	case p.accept("partition", "of"), p.acceptAny("like", "clone", "copy"), p.accept("shallow", "clone"), p.accept("deep", "clone"):
		p.copyFrom(t, p.qualified("CREATE TABLE"))
		if p.acceptPunct("(") { // further constraints of a partition
			p.i--
			p.group()
		}
	case p.tok().kind == end || p.tok().punct(";") || p.tok().any("as", "using", "of", "options", "location", "select", "with", "comment",
		"tblproperties", "partitioned", "partition", "cluster", "engine", "warehouse", "target_lag", "stored", "row"):
		t.data.Open = true
	default:
		p.fail(p.tok(), "found %s where CREATE TABLE %s needs a ( and its columns", shown(p.tok()), t.name)
	}
	p.clauses(t)
}

// items reads columns and table constraints up to the closing parenthesis.
func (p *parser) items(t *table, self int) {
	for p.err == nil {
		if p.tok().punct(")") {
			break
		}
		p.item(t, p.i)
		if len(t.columns) > maxColumns {
			p.fail(p.tok(), "%s has more than %d columns; Skein reads no such table", t.name, maxColumns)
		}
		if !p.acceptPunct(",") {
			break
		}
	}
	p.closers[p.i] = self
	if !p.acceptPunct(")") {
		p.fail(p.tok(), "found %s after a column of %s, where a comma or the closing ) is due", shown(p.tok()), t.name)
	}
}

func (p *parser) item(t *table, anchor int) {
	switch {
	case p.accept("like"):
		p.copyFrom(t, p.qualified("LIKE"))
		for !p.tok().punct(",") && !p.tok().punct(")") && !p.done() {
			p.advance()
		}
	case p.constraintFollows():
		p.constraint(t)
	default:
		if c := p.columnDef(t, anchor); c != nil {
			p.addColumn(t, c, len(t.columns))
		}
	}
}

// addColumn puts a column into its place. A second one of the name is an error.
func (p *parser) addColumn(t *table, c *column, place int) {
	n := name{parts: []string{c.field.Name}, quoted: c.field.Quoted}
	if old := p.column(t, n); old != nil {
		p.failAt(c.field.Pos, "%s has a second column %s, the first is at %s; rename or remove one", t.name, c.field.Name, old.field.Pos)
		return
	}
	t.columns = slices.Insert(t.columns, place, c)
	t.byKey[p.schema.FieldKey(c.field)] = c
}

// copyFrom gives a table the columns of another one, as LIKE, CLONE and INHERITS do.
func (p *parser) copyFrom(t *table, from name) {
	source := p.find(from)
	if source == nil {
		t.data.Open = true
		return
	}
	t.data.Open = t.data.Open || source.data.Open
	for _, c := range source.columns {
		twin := *c
		twin.field.Renamed, twin.field.Former = "", nil
		t.columns = append(t.columns, &twin)
	}
	t.byKey = nil
}

// clauses reads what follows the columns: partitions, clusters, comments, and a query for the content.
func (p *parser) clauses(t *table) {
	for !p.done() && !(p.tok().first && (p.tok().is("go") || p.begins())) {
		switch {
		case p.accept("partition", "by"), p.accept("partitioned", "by"):
			t.data.Partition = p.layout(t)
		case p.accept("cluster", "by"), p.accept("clustered", "by"), p.accept("order", "by"), p.accept("sortkey"):
			t.data.Cluster = p.layout(t)
		case p.accept("primary", "key"):
			t.keys = append(t.keys, &key{primary: true, columns: p.columnList(t)})
		case p.accept("inherits"):
			p.expect("(", "INHERITS")
			p.copyFrom(t, p.qualified("INHERITS"))
		case p.accept("comment"):
			p.acceptPunct("=")
			t.data.Doc = p.doc()
		case p.accept("options"):
			p.options(&t.data.Doc)
		case p.tok().any("as", "select"):
			t.data.Open = len(t.columns) == 0
			return
		case p.tok().punct("("):
			p.group()
		default:
			p.advance()
		}
	}
}

// layout reads the expressions of PARTITION BY and the like. Hive declares columns there.
func (p *parser) layout(t *table) []string {
	if p.tok().punct("(") && p.columnsInside() {
		return p.partitionColumns(t)
	}
	if p.acceptPunct("(") {
		var out []string
		for p.err == nil && !p.tok().punct(")") && !p.done() {
			out = append(out, p.expression())
			p.acceptPunct(",")
		}
		p.expect(")", "the list")
		return out
	}
	var out []string
	for {
		out = append(out, p.expression("cluster", "clustered", "options", "as", "comment", "location", "with", "order", "partition", "using",
			"tblproperties", "settings", "ttl", "primary", "engine", "stored", "row", "distributed", "into", "distkey", "sortkey", "sample",
			"partitions", "go"))
		if !p.acceptPunct(",") {
			return out
		}
	}
}

// columnsInside tells (dt string) from (dt) and (date(dt)).
func (p *parser) columnsInside() bool {
	return p.nameLike(p.peek(1)) && p.peek(2).kind == word && !p.peek(2).any("asc", "desc", "in", "collate")
}

func (p *parser) partitionColumns(t *table) []string {
	var out []string
	p.advance()
	for p.err == nil && !p.tok().punct(")") {
		c := p.columnDef(t, p.i)
		if c == nil {
			break
		}
		p.addColumn(t, c, len(t.columns))
		out = append(out, c.field.Name)
		if !p.acceptPunct(",") {
			break
		}
	}
	p.expect(")", "PARTITIONED BY")
	return out
}

// options reads OPTIONS(description = '…', …) and takes the description out.
func (p *parser) options(doc *string) {
	if !p.tok().punct("(") {
		return
	}
	from := p.i
	p.group()
	for i := from; i+2 < p.i; i++ {
		if p.tokens[i].is("description") && p.tokens[i+1].punct("=") && p.tokens[i+2].kind == str {
			*doc = p.tokens[i+2].text
		}
	}
}
