package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// catalog is the database as the statements so far have shaped it.
type catalog struct {
	schema schema.Schema // its dialect decides which names are one
	tables []*table
	byTail map[string][]*table // by the key of the last part of the name
	types  map[string]*userType
}

func newCatalog(dialect string) *catalog {
	return &catalog{schema: schema.Schema{Format: "sql", Dialect: dialect},
		byTail: map[string][]*table{}, types: map[string]*userType{}}
}

// name is a name of several parts, as written without quotes.
type name struct {
	parts  []string
	quoted bool // the last part was
	pos    repo.Position
}

func (n name) String() string { return strings.Join(n.parts, ".") }

func (n name) last() string { return n.parts[len(n.parts)-1] }

// below puts the last part where the other name stands, when it has fewer parts.
func (n name) below(other name) name {
	if missing := len(other.parts) - len(n.parts); missing > 0 {
		n.parts = append(slices.Clone(other.parts[:missing]), n.parts...)
	}
	return n
}

// table is a dataset in the making.
type table struct {
	name    name
	data    schema.Dataset // what needs no care: words, partitions, names of old
	columns []*column
	keys    []*key
	checks  []*check
	dropped bool
	byKey   map[string]*column // of columns; nil when it must be made anew
}

// key is a primary or unique key.
type key struct {
	name    string
	primary bool
	columns []*column
}

type check struct {
	schema.Constraint
	columns []*column // those that it falls with
	kind    string    // check or fkey, as PostgreSQL ends the names it makes up
}

// column is a field in the making. Types that statements may still change are looked up at the end.
type column struct {
	field   schema.Field
	members []*column
	of      *userType // a user's enum, composite or domain that the type leads to
}

// userType is what CREATE TYPE or CREATE DOMAIN made.
type userType struct {
	kind    string // enum, struct or domain
	values  []*value
	named   map[string]*value // the values by their texts
	members []*column
	base    parsedType
}

// value is one value of an enum.
type value struct {
	text string
	was  []string // its former names, latest first
	pos  repo.Position
}

// find returns the table of that name: exactly, or the only one that ends with it or that it ends with.
func (c *catalog) find(n name) *table {
	var hits []*table
	for _, t := range c.byTail[c.tail(n)] {
		if t.dropped {
			continue
		}
		if len(t.name.parts) == len(n.parts) && c.sameHead(t.name, n) {
			return t
		}
		if len(t.name.parts) != len(n.parts) && c.sameHead(t.name, n) {
			hits = append(hits, t)
		}
	}
	if len(hits) == 1 {
		return hits[0]
	}
	return nil
}

// exact returns the table whose name has the same parts, all of them.
func (c *catalog) exact(n name) *table {
	if t := c.find(n); t != nil && len(t.name.parts) == len(n.parts) {
		return t
	}
	return nil
}

func (c *catalog) tail(n name) string {
	return c.schema.DatasetKey(schema.Dataset{Name: n.last(), Quoted: n.quoted})
}

// sameHead compares the parts before the last, from the right, as far as both have them.
func (c *catalog) sameHead(a, b name) bool {
	for i := 2; i <= min(len(a.parts), len(b.parts)); i++ {
		if !strings.EqualFold(a.parts[len(a.parts)-i], b.parts[len(b.parts)-i]) {
			return false
		}
	}
	return true
}

func (c *catalog) put(t *table) {
	c.tables = append(c.tables, t)
	c.byTail[c.tail(t.name)] = append(c.byTail[c.tail(t.name)], t)
}

func (c *catalog) drop(t *table) {
	t.dropped = true
	c.byTail[c.tail(t.name)] = slices.DeleteFunc(c.byTail[c.tail(t.name)], func(o *table) bool { return o == t })
}

// rename gives a table another name and remembers the old one.
func (c *catalog) rename(t *table, to name) {
	old := c.tail(t.name)
	c.byTail[old] = slices.DeleteFunc(c.byTail[old], func(o *table) bool { return o == t })
	was := c.schema.Stored(t.name.String(), t.name.quoted)
	t.data.Former = pushName(t.data.Renamed, t.data.Former)
	t.data.Renamed, t.name = was, to
	c.byTail[c.tail(to)] = append(c.byTail[c.tail(to)], t)
}

func pushName(renamed string, former []string) []string {
	if renamed == "" {
		return former
	}
	return append([]string{renamed}, former...)
}

func (c *catalog) columnKey(name string, q bool) string {
	return c.schema.FieldKey(schema.Field{Name: name, Quoted: q})
}

// column returns a column by its name as written at some place of a statement.
func (c *catalog) column(t *table, n name) *column {
	if t.byKey == nil {
		t.byKey = make(map[string]*column, len(t.columns))
		for _, col := range t.columns {
			t.byKey[c.schema.FieldKey(col.field)] = col
		}
	}
	return t.byKey[c.columnKey(n.last(), n.quoted)]
}

// path follows a dotted path into the members of structs.
func (c *catalog) path(columns []*column, parts []string) (siblings []*column, at int) {
	for i, col := range columns {
		if !strings.EqualFold(col.field.Name, parts[0]) {
			continue
		}
		if len(parts) == 1 {
			return columns, i
		}
		return c.path(col.members, parts[1:])
	}
	return nil, -1
}

// renameColumn carries the new name into keys' neighbours, the expressions that mention it.
func (c *catalog) renameColumn(t *table, col *column, to name) {
	old := col.field
	key := c.schema.FieldKey(old)
	replace := func(expr string) string {
		return schema.ReplaceWords(expr, func(w string) (string, bool) { return to.last(), c.schema.Fold(w) == key })
	}
	for _, k := range t.checks {
		k.Expr = replace(k.Expr)
	}
	for _, list := range [][]string{t.data.Partition, t.data.Cluster} {
		for i := range list {
			list[i] = replace(list[i])
		}
	}
	c.renameField(col, to)
	t.byKey = nil
}

func (c *catalog) renameField(col *column, to name) {
	old := col.field
	col.field.Former = pushName(old.Renamed, old.Former)
	col.field.Renamed = c.schema.Stored(old.Name, old.Quoted)
	col.field.Moved = true
	col.field.Name, col.field.Quoted, col.field.Pos = to.last(), to.quoted, to.pos
}

// dropColumn takes the keys and checks of the column along.
func (c *catalog) dropColumn(t *table, col *column) {
	t.columns = slices.DeleteFunc(t.columns, func(o *column) bool { return o == col })
	t.byKey = nil
	t.keys = slices.DeleteFunc(t.keys, func(k *key) bool { return slices.Contains(k.columns, col) })
	t.checks = slices.DeleteFunc(t.checks, func(k *check) bool { return slices.Contains(k.columns, col) })
}

// dropConstraint drops by name, also by the names that PostgreSQL and MySQL make up.
func (c *catalog) dropConstraint(t *table, n string) {
	t.keys = slices.DeleteFunc(t.keys, func(k *key) bool { return strings.EqualFold(k.known(t), n) })
	t.checks = slices.DeleteFunc(t.checks, func(k *check) bool { return strings.EqualFold(k.known(t), n) })
}

func (k *key) known(t *table) string {
	switch {
	case k.name != "":
		return k.name
	case k.primary:
		return t.name.last() + "_pkey"
	}
	return madeUp(t, k.columns, "key")
}

func (k *check) known(t *table) string {
	if k.Name != "" {
		return k.Name
	}
	return madeUp(t, k.columns, k.kind)
}

func madeUp(t *table, columns []*column, kind string) string {
	var s strings.Builder
	s.WriteString(t.name.last())
	for _, c := range columns {
		s.WriteString("_" + c.field.Name)
	}
	return s.String() + "_" + kind
}
