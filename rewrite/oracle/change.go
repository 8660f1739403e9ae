package oracle

import (
	"fmt"

	"github.com/skein-bot/skein/rewrite"
)

// Mode is a way to rename a column.
type Mode string

// The ways to rename.
const (
	Fresh   Mode = "fresh"   // to a name that stands nowhere
	Taken   Mode = "taken"   // to a name that other tables, aliases or CTEs have
	Swap    Mode = "swap"    // two columns of one type exchange their names
	Coexist Mode = "coexist" // the column stays, and a copy has the new name
)

// Change is a rename of one column.
type Change struct {
	Mode            Mode
	Table, From, To string
}

func (c Change) String() string {
	return fmt.Sprintf("%s %s.%s -> %s.%s", c.Mode, c.Table, c.From, c.Table, c.To)
}

// do is the SQL that makes the change; undo takes it back.
func (c Change) do(t *Table, engine string) []string {
	switch c.Mode {
	case Swap:
		return []string{c.rename(c.From, "between two names"), c.rename(c.To, c.From), c.rename("between two names", c.To)}
	case Coexist:
		return []string{
			"ALTER TABLE " + quote(c.Table) + " ADD COLUMN " + quote(c.To) + " " + t.Column(c.From).sqlType(engine),
			"UPDATE " + quote(c.Table) + " SET " + quote(c.To) + " = " + quote(c.From),
		}
	}
	return []string{c.rename(c.From, c.To)}
}

func (c Change) undo(t *Table, engine string) []string {
	switch c.Mode {
	case Swap:
		return c.do(t, engine)
	case Coexist:
		return []string{"ALTER TABLE " + quote(c.Table) + " DROP COLUMN " + quote(c.To)}
	}
	return []string{c.rename(c.To, c.From)}
}

func (c Change) rename(from, to string) string {
	return "ALTER TABLE " + quote(c.Table) + " RENAME COLUMN " + quote(from) + " TO " + quote(to)
}

// mapping is the change in the rewriter's terms.
func (c Change) mapping() rewrite.Mapping {
	change := rewrite.Change{Kind: rewrite.RenameField, Dataset: c.Table, From: c.From, To: c.To, Coexists: c.Mode == Coexist}
	if c.Mode != Swap {
		return rewrite.Mapping{Changes: []rewrite.Change{change}}
	}
	back := change
	back.From, back.To, back.Index = c.To, c.From, 1
	return rewrite.Mapping{Changes: []rewrite.Change{change, back}}
}

// columns are the table's columns afterwards.
func (c Change) columns(before []rewrite.Column) []rewrite.Column {
	out := append([]rewrite.Column(nil), before...)
	for i := range before {
		switch {
		case c.Mode == Coexist && before[i].Name == c.From:
			copied := before[i]
			copied.Name = c.To
			out = append(out, copied)
		case c.Mode == Coexist:
		case before[i].Name == c.From:
			out[i].Name = c.To
		case c.Mode == Swap && before[i].Name == c.To:
			out[i].Name = c.From
		}
	}
	return out
}

// Touches: the change renames this column.
func (c Change) Touches(table, column string) bool {
	return c.Table == table && (c.From == column || c.Mode == Swap && c.To == column)
}

// renamed is the name of a column of the table afterwards.
func (c Change) renamed(table, column string) string {
	switch {
	case c.Table != table:
	case c.From == column:
		return c.To
	case c.Mode == Swap && c.To == column:
		return c.From
	}
	return column
}

// Changes are the renames of every column of a schema. taken gives the names that a column may run into; a column
// gets one of each mode, those that it has a partner for.
func Changes(s *Schema, fresh string, taken []string) []Change {
	var out []Change
	for i := range s.Tables {
		t := &s.Tables[i]
		for k := range t.Columns {
			c := &t.Columns[k]
			out = append(out, Change{Fresh, t.Name, c.Name, fresh}, Change{Coexist, t.Name, c.Name, fresh})
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
		}
	}
	return out
}
