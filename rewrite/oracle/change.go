package oracle

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// Mode is a way to change a table.
type Mode string

// The ways to change a table. From and To of a Change are names of columns, but for the last four.
const (
	Fresh   Mode = "fresh"   // to a name that stands nowhere
	Taken   Mode = "taken"   // to a name that other tables, aliases or CTEs have
	Swap    Mode = "swap"    // two columns of one type exchange their names
	Coexist Mode = "coexist" // the column stays, and a copy has the new name

	Member Mode = "member" // a field of a struct gets another name; From and To are paths such as v.f
	Moved  Mode = "table"  // the table gets another name; From and To are tables
	Value  Mode = "value"  // a value gets a ! behind it, wherever the column holds it; To is the value
	Type   Mode = "type"   // the column becomes a text, to be read with a cast; To is the type it had
)

// Modes are all of them.
func Modes() []Mode { return []Mode{Fresh, Taken, Swap, Coexist, Member, Moved, Value, Type} }

// Change is one change of one table.
type Change struct {
	Mode            Mode
	Table, From, To string
}

func (c Change) String() string {
	return string(c.Mode) + " " + c.Table + "." + c.From + " -> " + c.To
}

// Column is the column that changes; none if the table is renamed.
func (c Change) Column() string {
	if c.Mode == Moved {
		return ""
	}
	name, _, _ := strings.Cut(c.From, ".")
	return name
}

// words are the names without which a query has nothing to do with the change.
func (c Change) words() []string {
	switch c.Mode {
	case Value, Type:
		return []string{c.Table, c.From}
	case Moved:
		return []string{c.From, c.To}
	}
	return []string{c.Table, last(c.From), last(c.To)}
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// Touches reports whether the change renames this column, or this field of a struct.
func (c Change) Touches(table, column string) bool {
	return c.Table == table && (c.From == column || c.Mode == Swap && c.To == column)
}

// renamed is the name of a column of the table afterwards.
func (c Change) renamed(table, column string) string {
	switch {
	case c.Table != table || c.Mode == Value || c.Mode == Type || c.Mode == Moved:
	case c.From == column:
		return c.To
	case c.Mode == Swap && c.To == column:
		return c.From
	}
	return column
}

// alike reports whether the answers are the same, but for what the change does to data: another value, or another
// plan, which gives rows that are equal for ORDER BY in another order.
func (c Change) alike(before, after Answer, ordered bool) bool {
	switch c.Mode {
	case Value:
		return before.Same(after.edited(func(row string) string { return strings.ReplaceAll(row, c.To+"!", c.To) }, ordered))
	case Type:
		same := func(row string) string { return row }
		return before.edited(same, false).Same(after.edited(same, false))
	}
	return before.Same(after)
}

// mapping is the change in the rewriter's terms.
func (c Change) mapping() rewrite.Mapping {
	change := rewrite.Change{Kind: rewrite.RenameField, Dataset: c.Table, From: c.From, To: c.To, Coexists: c.Mode == Coexist}
	switch c.Mode {
	case Swap:
		back := change
		back.From, back.To, back.Index = c.To, c.From, 1
		return rewrite.Mapping{Changes: []rewrite.Change{change, back}}
	case Moved:
		change.Kind = rewrite.RenameDataset
	case Value:
		change = rewrite.Change{Kind: rewrite.RenameEnum, Dataset: c.Table, From: c.From, OldValue: c.To, NewValue: c.To + "!"}
	case Type:
		change = rewrite.Change{Kind: rewrite.Cast, Dataset: c.Table, From: c.From, Expr: "CAST({} AS " + c.To + ")"}
	}
	return rewrite.Mapping{Changes: []rewrite.Change{change}}
}

// columns are the table's columns afterwards.
func (c Change) columns(before []rewrite.Column) []rewrite.Column {
	out := slices.Clone(before)
	for i := range before {
		out[i] = c.column(before[i])
		if c.Mode == Coexist && before[i].Name == c.From {
			copied := before[i]
			copied.Name = c.To
			out = append(out, copied)
		}
	}
	return out
}

func (c Change) column(col rewrite.Column) rewrite.Column {
	switch {
	case c.Mode == Coexist:
	case c.Mode == Type && col.Name == c.From:
		col.Type = varchar
	case c.Mode == Member && col.Name == c.Column():
		col.Fields = slices.Clone(col.Fields)
		for i := range col.Fields {
			if col.Fields[i].Name == last(c.From) {
				col.Fields[i].Name = last(c.To)
			}
		}
	default:
		col.Name = c.renamed(c.Table, col.Name)
	}
	return col
}

// Changes are the changes of every table and column of a schema. taken are the names that a column or a table may
// run into.
func Changes(s *Schema, engine, fresh string, taken []string) []Change {
	var out []Change
	for i := range s.Tables {
		t := &s.Tables[i]
		for _, name := range append(slices.Clone(taken), fresh) {
			if s.Table(name) == nil {
				out = append(out, Change{Moved, t.Name, t.Name, name})
			}
		}
		for k := range t.Columns {
			out = append(out, t.renames(k, fresh, taken)...)
			out = append(out, t.Columns[k].others(t.Name, engine, fresh)...)
		}
	}
	return out
}

// renames are the renames of a column, one of each mode that it has a partner for.
func (t *Table) renames(k int, fresh string, taken []string) []Change {
	c := &t.Columns[k]
	out := []Change{{Fresh, t.Name, c.Name, fresh}, {Coexist, t.Name, c.Name, fresh}}
	for _, name := range taken {
		if t.Column(name) == nil {
			out = append(out, Change{Taken, t.Name, c.Name, name})
		}
	}
	for n := k + 1; n < len(t.Columns); n++ {
		if o := &t.Columns[n]; o.Type == c.Type {
			out = append(out, Change{Swap, t.Name, c.Name, o.Name})
		}
	}
	return out
}

// others are the changes of a column that keeps its name.
func (c *Column) others(table, engine, fresh string) (out []Change) {
	switch c.Type {
	case "text":
		out = append(out, Change{Value, table, c.Name, c.word(0)}, Change{Value, table, c.Name, c.word(1)})
	case "int":
		out = append(out, Change{Type, table, c.Name, c.sqlType(engine)})
	case "struct":
		for _, f := range []string{"f", "g"} {
			out = append(out, Change{Member, table, c.Name + "." + f, c.Name + "." + fresh},
				Change{Member, table, c.Name + "." + f, c.Name + "." + table}, Change{Member, table, c.Name + "." + f, c.Name + "." + c.Name})
		}
	}
	return out
}
