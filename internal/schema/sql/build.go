package sql

import (
	"fmt"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// builder writes the catalog down. A type is written wherever it is used, so types that hold each other twice grow
// fast; the builder counts, and keeps the first fault.
type builder struct {
	count int
	err   error
}

// build writes the catalog down.
func (c *catalog) build() (schema.Schema, error) {
	out, b := c.schema, builder{}
	for _, t := range c.tables {
		if !t.dropped {
			out.Datasets = append(out.Datasets, b.table(t, c.schema.Dialect))
		}
	}
	if b.err != nil {
		return schema.Schema{}, b.err
	}
	return out, nil
}

func (b *builder) table(t *table, dialect string) schema.Dataset {
	d := t.data
	d.Name, d.Quoted, d.Pos, d.Dialect = t.name.String(), t.name.quoted, t.name.pos, dialect
	for _, k := range t.keys {
		var names []string
		for _, c := range k.columns {
			names = append(names, c.field.Name)
		}
		if k.primary {
			d.PrimaryKey = names
		} else {
			d.Unique = append(d.Unique, names)
		}
	}
	for _, k := range t.checks {
		d.Constraints = append(d.Constraints, k.Constraint)
	}
	d.Fields = b.fields(t.columns, 0)
	return d
}

func (b *builder) fields(columns []*column, depth int) []schema.Field {
	var out []schema.Field
	for _, c := range columns {
		if b.err != nil {
			break
		}
		out = append(out, b.field(c, depth))
	}
	return out
}

func (b *builder) field(c *column, depth int) schema.Field {
	f, members := c.field, c.members
	var values []*value
	switch {
	case c.of == nil:
	case c.of.kind == "struct":
		members = c.of.members
	case c.of.kind == "enum":
		values = c.of.values
	}
	if b.count += 1 + len(values); b.count > maxFields && b.err == nil {
		b.err = fault(f.Pos, fmt.Sprintf("with the members and values of its types this schema has more than %d columns; Skein reads no such schema", maxFields))
	}
	if depth > maxDepth && b.err == nil {
		b.err = fault(f.Pos, fmt.Sprintf("types within types more than %d deep; Skein reads no such schema", maxDepth))
	}
	if b.err != nil {
		return f
	}
	f.Fields = b.fields(members, depth+1)
	if values != nil {
		f.Enum, f.EnumRenamed, f.EnumPos = buildValues(values)
	}
	return f
}

func buildValues(values []*value) (enum []string, renamed map[string]string, pos map[string]repo.Position) {
	renamed, pos = map[string]string{}, map[string]repo.Position{}
	for _, v := range values {
		enum = append(enum, v.text)
		pos[v.text] = v.pos
		next := v.text
		for _, was := range v.was {
			if _, known := renamed[next]; known {
				break
			}
			renamed[next], next = was, was
		}
	}
	if len(renamed) == 0 {
		renamed = nil
	}
	return enum, renamed, pos
}
