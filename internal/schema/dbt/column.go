package dbt

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/sql"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// column is a field and the object that describes it, for what it promises.
type column struct {
	schema.Field
	node *tree.Node
}

// unknown is the type of a column of which nobody says it. It is compared with no other.
func unknown() schema.Type { return schema.Type{Kind: "unknown", Physical: "unknown"} }

// readColumns reads a list of columns; types are those that a seed's config gives. Of two that have one name dbt takes
// the last one, in the place of the first.
func (r *reader) readColumns(list []*tree.Node, types *tree.Node) ([]column, error) {
	var out []column
	seen := map[string]int{}
	for _, n := range list {
		if r.columns++; r.columns > maxColumns {
			return nil, n.Errorf("more than %d columns, those of every version counted; Skein reads no such schema", maxColumns)
		}
		c, err := r.column(n, types)
		if err != nil {
			return nil, err
		}
		if at, double := seen[r.key(c)]; double {
			out[at] = c
			continue
		}
		seen[r.key(c)] = len(out)
		out = append(out, c)
	}
	return out, nil
}

func (r *reader) column(n, types *tree.Node) (c column, err error) {
	name, err := named(n, "a column")
	if err != nil {
		return c, err
	}
	at := n.At("data_type")
	if at.Absent() {
		at = types.At(name.Text)
	}
	c.Field, err = r.typeOf(at, name)
	c.Name, c.Nullable, c.Pos, c.node = name.Text, true, name.Pos, n
	if err != nil {
		return c, err
	}
	if c.Quoted, err = n.At("quote").Flag("quote"); err != nil {
		return c, err
	}
	if c.Doc, err = n.At("description").Str("a description"); err != nil {
		return c, err
	}
	if c.Renamed, c.Former, err = former(n); err == nil && c.Renamed == c.Name {
		return c, name.Errorf("renamed_from gives %s its own name; write the name that it had before", c.Name)
	}
	r.store(&c.Renamed, c.Former, c.Quoted)
	return c, err
}

// store keeps former names as the dialect does, which is how they are compared.
func (r *reader) store(renamed *string, former []string, quoted bool) {
	s := schema.Schema{Dialect: r.dialect}
	*renamed = s.Stored(*renamed, quoted)
	for i, name := range former {
		former[i] = s.Stored(name, quoted)
	}
}

// typeOf reads a type as SQL. One that holds a template is known only to the warehouse.
func (r *reader) typeOf(at, name *tree.Node) (schema.Field, error) {
	text, err := at.Str("data_type")
	if err != nil {
		return schema.Field{}, err
	}
	if text == "" || strings.Contains(text, "{{") || strings.Contains(text, "{%") {
		return schema.Field{Type: unknown(), Pos: name.Pos}, nil
	}
	return sql.Type(text, r.dialect, at.Pos)
}

func record() schema.Type { return schema.Type{Kind: "struct", Physical: "struct"} }

// nest puts columns called a.b below the column a, as BigQuery's projects name members. A parent that nobody
// describes is a record.
func nest(columns []schema.Field) []schema.Field {
	var out []schema.Field
	index := map[string]int{}
	for _, c := range columns {
		parent, rest, dotted := strings.Cut(c.Name, ".")
		i, known := index[parent]
		switch {
		case !dotted || c.Quoted:
			index[c.Name] = len(out)
			c.Fields = slices.Clone(c.Fields) // versions share them
			out = append(out, c)
			continue
		case !known:
			i = len(out)
			index[parent] = i
			out = append(out, schema.Field{Name: parent, Type: record(), Nullable: true, Pos: c.Pos})
		}
		if c.Name = rest; !strings.Contains(rest, ".") {
			c.Renamed = c.Renamed[strings.LastIndexByte(c.Renamed, '.')+1:]
		}
		if out[i].Type.Kind == "unknown" {
			out[i].Type = record()
		}
		out[i].Fields = member(out[i].Fields, c)
	}
	for i := range out {
		out[i].Fields = nestMembers(out[i].Fields)
	}
	return out
}

func nestMembers(fields []schema.Field) []schema.Field {
	for _, f := range fields {
		if strings.Contains(f.Name, ".") {
			return nest(fields)
		}
	}
	return fields
}

// member puts a member that is described beside those that its parent's type has already.
func member(fields []schema.Field, c schema.Field) []schema.Field {
	for i, f := range fields {
		if strings.EqualFold(f.Name, c.Name) {
			if c.Type.Kind == "unknown" {
				c.Type, c.Fields = f.Type, f.Fields
			}
			fields[i] = c
			return fields
		}
	}
	return append(fields, c)
}
