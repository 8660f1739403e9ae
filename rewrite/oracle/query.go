package oracle

import (
	"slices"
	"strings"
)

// Query is what a trial is about.
type Query struct {
	Name    string
	SQL     string
	Engines []string // that can run it; none means all
	Writes  string   // the table that it writes to, if any
	Columns []string // of that table, which are compared: a copied column is not; of structs the fields, as v.f
	Ties    bool     // some ORDER BY leaves it open which of two rows comes first
	Decides Excuses  // the changes that may be refused
	Facts   *Facts   // what the generator knows, nil for what people wrote
}

// Facts are what is known about a query without asking anybody.
type Facts struct {
	Names      []Name
	Constructs []string
	Choices    []byte        // that the generator made it from
	Again      func() *Query // the query in another layout; nil if that would mean something else
}

// Name is a name in the query's text and what it stands for: a column, a field of a struct (v.f), a table (then
// Column is empty), or nothing of the schema, as an alias does or a column whose name an alias stopped. Shared names
// stand for several columns at once, as USING's do.
type Name struct {
	Start, End    int
	Table, Column string
	Shared        bool
}

// Excuses says why a change of this query may be refused, "" if it may not.
type Excuses func(Change) string

// Ordered reports whether the query says in which order the whole answer comes. Ties fall otherwise when a change of
// the table makes the engine plan anew.
func (q *Query) Ordered() bool { return ordered(q.SQL) && !q.Ties }

// On reports whether the engine can run it.
func (q *Query) On(engine string) bool {
	return len(q.Engines) == 0 || slices.Contains(q.Engines, engine)
}

func (q *Query) script() bool { return q.Writes != "" || len(Statements(q.SQL)) > 1 }

func (q *Query) excuse(ch Change) string {
	if q.Decides == nil {
		return ""
	}
	return q.Decides(ch)
}

// after is the rewritten query, which writes to columns by their new names.
func (q *Query) after(text string, ch Change) *Query {
	out := q.replaced(text)
	out.Columns = nil
	if ch.Mode == Moved && q.Writes == ch.From {
		out.Writes = ch.To
	}
	for _, path := range q.Columns {
		name, field, nested := strings.Cut(path, ".")
		if nested && ch.Mode == Member {
			name = ch.renamed(q.Writes, path)
		} else if name = ch.renamed(q.Writes, name); nested {
			name += "." + field
		}
		out.Columns = append(out.Columns, name)
	}
	return out
}

// left reads what a writing query leaves.
func (q *Query) left() string {
	cols := make([]string, len(q.Columns))
	for i, c := range q.Columns {
		cols[i] = quote(q.Writes) + "." + strings.ReplaceAll(quote(c), ".", `"."`)
	}
	return "SELECT " + strings.Join(cols, ", ") + " FROM " + quote(q.Writes)
}

// replaced is the query with another text, of which nothing is known but what engines say.
func (q *Query) replaced(text string) *Query {
	out := *q
	out.SQL, out.Facts = text, nil
	return &out
}

// concerned: the query names what changes.
func (q *Query) concerned(ch Change) bool {
	if ch.Mode == Moved {
		return q.mentions(ch.Table)
	}
	return q.reads(ch.Table, ch.From)
}

// reads: a name in the query stands for the column, as far as is known.
func (q *Query) reads(table, column string) bool {
	if q.Facts == nil {
		return q.mentions(table) && q.mentions(column)
	}
	return slices.ContainsFunc(q.Facts.Names, func(n Name) bool {
		return n.Table == table && n.Column == column || n.Shared && strings.EqualFold(strings.Trim(q.SQL[n.Start:n.End], `"`), column)
	})
}

// mentions: one of the words is a name in the query.
func (q *Query) mentions(names ...string) bool {
	all := words(q.SQL)
	return slices.ContainsFunc(names, func(w string) bool { return all[strings.ToLower(w)] })
}
