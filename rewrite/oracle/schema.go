package oracle

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// Column is a column of a test table. Its domain is small, so that joins hit.
type Column struct {
	Name string
	// Type is key (no value twice), unique (which the table says too), int, text, date; on DuckDB also struct and list.
	Type   string
	Domain int      // how many values it takes
	Words  []string // the values of a text; without, they are a, b, c, …
}

// Table is a test table.
type Table struct {
	Name    string
	Rows    int
	Columns []Column
}

// Schema is the tables that queries read.
type Schema struct {
	Name   string
	Tables []Table
}

// Table finds a table by name.
func (s *Schema) Table(name string) *Table {
	for i := range s.Tables {
		if s.Tables[i].Name == name {
			return &s.Tables[i]
		}
	}
	return nil
}

// Column finds a column by name.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Paths are the names of the columns; a struct gives those of its fields, as v.f.
func (t *Table) Paths() (out []string) {
	for i := range t.Columns {
		name := t.Columns[i].Name
		if t.Columns[i].Type == "struct" {
			out = append(out, name+".f", name+".g")
			continue
		}
		out = append(out, name)
	}
	return out
}

// table reads columns such as "id key", "amount int 20" and "status text open paid".
func table(name string, rows int, columns ...string) Table {
	t := Table{Name: name, Rows: rows}
	for _, spec := range columns {
		words := strings.Fields(spec)
		c := Column{Name: words[0], Type: words[1], Domain: 6}
		for _, w := range words[2:] {
			if n, err := strconv.Atoi(w); err == nil {
				c.Domain = n
			} else {
				c.Words = append(c.Words, w)
			}
		}
		if len(c.Words) > 0 {
			c.Domain = len(c.Words)
		}
		t.Columns = append(t.Columns, c)
	}
	return t
}

// literals are the values of a table, as SQL. The same schema has the same values on every engine; one in nine is
// NULL, and no two columns are alike.
func (t *Table) literals() [][]string {
	rows := make([][]string, t.Rows)
	for r := range rows {
		rows[r] = make([]string, len(t.Columns))
		for c := range t.Columns {
			rows[r][c] = t.Columns[c].literal(t.Name, r)
		}
	}
	return rows
}

func (c *Column) literal(table string, row int) string {
	if c.Type == "key" || c.Type == "unique" {
		return strconv.Itoa(row + 1)
	}
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s.%s.%d", table, c.Name, row)
	v := h.Sum64()
	v ^= v >> 29 // FNV's low bits of similar texts are similar
	v *= 0xbf58476d1ce4e5b9
	v ^= v >> 32
	if v%9 == 0 {
		return "NULL"
	}
	n := int(v / 9 % uint64(max(1, c.Domain)))
	switch c.Type {
	case "text":
		return "'" + c.word(n) + "'"
	case "date":
		return fmt.Sprintf("'2024-%02d-%02d'", n%12+1, n*7%28+1)
	case "struct":
		return fmt.Sprintf("{'f': %d, 'g': %d}", n, (n*5+row)%7)
	case "list":
		return fmt.Sprintf("[%d, %d]", n, row%3)
	}
	return strconv.Itoa(n)
}

func (c *Column) word(n int) string {
	if len(c.Words) > 0 {
		return c.Words[n]
	}
	return string(rune('a' + n%26))
}

// sqlType is what an engine calls the type. SQLite has no dates; they are text there.
func (c *Column) sqlType(engine string) string {
	switch c.Type {
	case "text":
		return varchar
	case "date":
		if engine == "sqlite" {
			return "TEXT"
		}
		return "DATE"
	case "struct":
		return "STRUCT(f INTEGER, g INTEGER)"
	case "list":
		return "INTEGER[]"
	}
	return "INTEGER"
}

// ddl creates the table.
func (t *Table) ddl(engine string) string {
	cols := make([]string, len(t.Columns))
	for i := range t.Columns {
		cols[i] = quote(t.Columns[i].Name) + " " + t.Columns[i].sqlType(engine)
		if t.Columns[i].Type == "unique" {
			cols[i] += " UNIQUE"
		}
	}
	return "CREATE TABLE " + quote(t.Name) + " (" + strings.Join(cols, ", ") + ")"
}

// insert fills the table. If shuffled names a column, its values change places, by a step that has no part in common
// with most numbers of rows.
func (t *Table) insert(shuffled string) string {
	rows := t.literals()
	tuples := make([]string, len(rows))
	for r := range rows {
		cells := append([]string(nil), rows[r]...)
		for c := range t.Columns {
			if t.Columns[c].Name == shuffled {
				cells[c] = rows[(r*5+3)%len(rows)][c]
			}
		}
		tuples[r] = "(" + strings.Join(cells, ", ") + ")"
	}
	return "INSERT INTO " + quote(t.Name) + " VALUES " + strings.Join(tuples, ", ")
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// catalog is the schema as the rewriter sees it, before and after the change.
func (s *Schema) catalog(engine string, ch Change) rewrite.Catalog {
	var out rewrite.Catalog
	for i := range s.Tables {
		t := &s.Tables[i]
		entry := rewrite.Table{Dataset: t.Name, Names: []string{t.Name}, Dialect: engine}
		for k := range t.Columns {
			entry.Before = append(entry.Before, t.Columns[k].shape(engine))
		}
		entry.After = append(entry.After, entry.Before...)
		if t.Name == ch.Table {
			entry.After = ch.columns(entry.After)
		}
		out.Tables = append(out.Tables, entry)
		if t.Name == ch.Table && ch.Mode == Moved {
			entry.Dataset, entry.Names = ch.To, []string{ch.To}
			out.Tables = append(out.Tables, entry)
		}
	}
	return out
}

// shape is the column in the rewriter's terms.
func (c *Column) shape(engine string) rewrite.Column {
	out := rewrite.Column{Name: c.Name, Type: c.sqlType(engine), Array: c.Type == "list"}
	if c.Type == "struct" {
		out.Fields = []rewrite.Column{{Name: "f", Type: "INTEGER"}, {Name: "g", Type: "INTEGER"}}
	}
	return out
}
