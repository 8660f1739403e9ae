package generate

import (
	"slices"

	"github.com/skein-bot/skein/rewrite/oracle"
)

// kind is the type of a value. There are mostly two, so that columns have partners to exchange names with.
type kind int

const (
	number kind = iota
	word
	record // a struct with the fields f and g, on DuckDB
	array  // a list of numbers, on DuckDB
)

// kindOf is the kind of a table's column.
func kindOf(c oracle.Column) kind {
	switch c.Type {
	case "text":
		return word
	case "struct":
		return record
	case "list":
		return array
	}
	return number
}

// column is a column of a relation. If its name is that of a table's column, because only stars are between, table
// and base say which: then its name changes when that one is renamed.
type column struct {
	name        string // "" if nobody can name it
	kind        kind
	table, base string
	implicit    bool // an output that has its name from a column: whoever edits that may have to edit this
	beside      bool // beside a list of column aliases, where an engine numbers names that meet
	from        origin
}

// origin is the table's column that a struct comes from, under whatever name: its fields have their names from there.
type origin struct{ table, column string }

func (c column) stopped() column {
	return column{name: c.name, kind: c.kind, implicit: true, from: c.from}
}

type relation struct {
	name  string
	cols  []column
	row   string // the table that its rows are of
	pivot bool   // it is made by PIVOT or UNPIVOT, which take all of a join that has no condition
}

// scope is what a name may mean. Names are looked up from the inside out.
type scope struct {
	rels   []*relation
	merged []string // names that USING or NATURAL made one: written with a qualifier only
	hidden []string // names that mean something else where this scope is read, such as an alias
	listed []string // outputs that are found before what is around the scope
	rows   bool     // the name of a relation alone is its row, before columns further out
	veil   bool     // what it has hides what is further out, and is not to be named
	outer  *scope
}

// around is the scope around a derived table beside what is there already. DuckDB sees that without LATERAL too, but may
// not join what reads it.
func (g *generator) around(s *scope) *scope {
	if g.engine != "duckdb" || len(s.rels) == 0 {
		return s.outer
	}
	beside := *s
	if beside.veil = !g.chance(30); !beside.veil {
		g.did("LATERAL unsaid")
	}
	return &beside
}

// seen is a column and how it may be written.
type seen struct {
	rel       *relation
	col       column
	bare      bool
	qualified bool
}

// visible are the columns that can be named from here, of a kind; numbers and words if it is negative. The inner ones
// are first.
func (s *scope) visible(k kind, outer bool) (out []seen) {
	for at := s; at != nil; at = at.outer {
		for _, r := range at.readable() {
			for _, c := range r.cols {
				if c.name == "" || k >= 0 && c.kind != k || k < 0 && c.kind > word {
					continue
				}
				v := seen{rel: r, col: c, bare: s.bare(c.name) == r, qualified: r.name != "" && s.called(r.name) == r && once(r, c.name)}
				if v.bare || v.qualified {
					out = append(out, v)
				}
			}
		}
		if !outer {
			break
		}
	}
	return out
}

// readable are the scope's own relations that may be named.
func (s *scope) readable() []*relation {
	if s.veil {
		return nil
	}
	return s.rels
}

func once(r *relation, name string) bool {
	n := 0
	for _, c := range r.cols {
		if c.name == name {
			n++
		}
	}
	return n == 1
}

// bare is the relation that a bare name reads, nil if there is none or several.
func (s *scope) bare(name string) *relation {
	for at := s; at != nil; at = at.outer {
		if has(at.merged, name) || has(at.hidden, name) {
			return nil
		}
		var found *relation
		for _, r := range at.rels {
			for _, c := range r.cols {
				if c.name == name && found != nil {
					return nil
				}
				if c.name == name {
					found = r
				}
			}
		}
		if found != nil || has(at.listed, name) {
			return found
		}
		if at.rows && at.has(name) {
			return nil
		}
	}
	return nil
}

// has: a relation of the scope itself has the name.
func (s *scope) has(name string) bool {
	for _, r := range s.rels {
		if r.name == name {
			return true
		}
	}
	return false
}

// names: something that is seen from here, other than a relation, has the name.
func (s *scope) names(name string) bool {
	for at := s; at != nil; at = at.outer {
		if has(at.hidden, name) || has(at.merged, name) || has(at.listed, name) {
			return true
		}
		for _, r := range at.rels {
			if has(namesOf(r.cols), name) {
				return true
			}
		}
	}
	return false
}

// called is the relation that a qualifier names.
func (s *scope) called(name string) *relation {
	for at := s; at != nil; at = at.outer {
		for _, r := range at.rels {
			if r.name == name {
				return r
			}
		}
	}
	return nil
}

func has(list []string, name string) bool { return slices.Contains(list, name) }

// ref writes a column, with a qualifier if it needs one or likes one.
func (g *generator) ref(v seen) fragment {
	if v.qualified && (!v.bare || g.chance(40)) {
		g.did("qualified name")
		return f(id(v.rel.name), ".", v.col.means())
	}
	g.did("bare name")
	return f(v.col.means())
}

// column picks a column of a kind; false if none can be named.
func (g *generator) column(s *scope, k kind) (seen, bool) {
	inner := s.visible(k, false)
	if s.outer != nil && (len(inner) == 0 || g.chance(30)) {
		if all := s.visible(k, true); len(all) > len(inner) {
			g.did("correlated")
			return all[len(inner)+g.pick(len(all)-len(inner))], true
		}
	}
	if len(inner) == 0 {
		return seen{}, false
	}
	return inner[g.pick(len(inner))], true
}
