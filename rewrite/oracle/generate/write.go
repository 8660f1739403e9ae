package generate

import (
	"slices"

	"github.com/skein-bot/skein/rewrite/oracle"
)

// write is a statement that changes a table, or a script. What it leaves in the table is part of its answer.
func (g *generator) write(q *oracle.Query) fragment {
	t := g.schema.Table(g.anyTable())
	rel := g.columnsOf(t.Name)
	rel.name = t.Name
	s := &scope{rels: []*relation{rel}}
	q.Writes, q.Columns = t.Name, t.Paths()
	n := g.pick(10)
	if g.upserts || n == 8 && t.Columns[0].Type == "unique" {
		return g.upsert(rel)
	}
	switch n {
	case 1:
		g.did("DELETE")
		return g.returning(f("DELETE FROM", source(t.Name), "WHERE", g.predicate(s, 2)), rel)
	case 2, 3:
		return g.insert(rel)
	case 4, 5:
		q.Writes = ""
		return g.script()
	case 6:
		if g.engine != "sqlite" {
			return g.deleteUsing(rel, s)
		}
	case 7:
		if g.engine != "sqlite" {
			return g.merge(rel)
		}
	}
	return g.update(rel, s)
}

// script makes a table or a view and reads it.
func (g *generator) script() fragment {
	what := one(&g.choices, "TABLE", "VIEW")
	g.did("CREATE " + what + " AS")
	query, cols := g.queryAt(nil, nil, 2, false)
	var items []fragment
	for _, c := range cols {
		g.excused(c, "star at the top")
		if c.kind == record {
			g.whole = append(g.whole, c.from)
		}
		if c.name != "" && single(namesOf(cols), c.name) {
			name := id(c.name)
			name.shared = c.table != "" // a star's output: it changes its name with the column
			items = append(items, f(name))
		}
	}
	items = append(items, f("1 AS one"))
	return f("CREATE TEMP", what, "made AS", query, "; SELECT", list(items), "FROM made")
}

func (g *generator) update(rel *relation, s *scope) fragment {
	g.did("UPDATE")
	c := rel.cols[g.pick(len(rel.cols))]
	text := f("UPDATE", source(rel.name))
	if g.chance(40) {
		g.did("UPDATE alias")
		rel.name = one(&g.choices, "x", "k", "n")
		text = f(text, "AS", id(rel.name))
	}
	var from fragment
	if g.chance(30) {
		from = f("FROM", g.beside(s))
		g.did("UPDATE FROM")
	}
	value := g.value(s, c.kind, 2)
	if len(from) > 0 || c.kind > word { // several rows may match, and any of them may win
		value = g.constant(c.kind)
	}
	if c.kind == word {
		value = f("substr (", value, ", 1 , 9 )")
	}
	text = f(text, "SET", c.means(), "=", value, from, "WHERE", g.predicate(s, 2))
	if from != nil {
		return text
	}
	return g.returning(text, rel)
}

// returning gives columns of the rows that were written. SQLite knows them by the table's own name, whatever its alias;
// DuckDB those of a plain INSERT.
func (g *generator) returning(text fragment, rel *relation) fragment {
	plain := text[0].text == "INSERT" && !slices.ContainsFunc(text, func(t token) bool { return t.text == "CONFLICT" })
	return g.returned(text, rel, g.engine == "sqlite" || g.engine == "duckdb" && plain)
}

func (g *generator) returned(text fragment, rel *relation, byOwnName bool) fragment {
	if !g.chance(40) {
		return text
	}
	g.did("RETURNING")
	own := *rel
	if byOwnName {
		own.name = rel.row
	}
	cols := (&scope{rels: []*relation{&own}}).visible(-1, false)
	var items []fragment
	for range 1 + g.pick(2) {
		v := cols[g.pick(len(cols))]
		item := g.ref(v)
		if len(item) > 1 {
			g.did("RETURNING with a qualifier")
			if byOwnName {
				item[0] = source(rel.row)
			}
		}
		if v.col.kind == number && g.chance(25) {
			item = f(item, "+ 1 AS", id(g.name()))
		}
		items = append(items, item)
	}
	return f(text, "RETURNING", list(items))
}

// beside adds another table to the scope of a statement that writes.
func (g *generator) beside(s *scope) fragment {
	text, rel := g.table(s, g.anyTable())
	s.rels = append(s.rels, rel)
	return text
}

func (g *generator) deleteUsing(rel *relation, s *scope) fragment {
	g.did("DELETE USING")
	other := g.beside(s)
	return f("DELETE FROM", source(rel.row), "USING", other, "WHERE", g.predicate(s, 2))
}

// merge joins by a key of the source that is made unique.
func (g *generator) merge(rel *relation) fragment {
	g.did("MERGE")
	target := rel.cols[g.pick(len(rel.cols))]
	from, inner := g.from(nil, 0)
	key := g.own(inner, min(target.kind, word), 0)
	names := []string{"k", "n"}
	alias := one(&g.choices, "x", "v", "t")
	if alias == rel.name {
		alias = "y"
	}
	used := f("( SELECT", key, "AS", id(names[0]), ", count ( * ) AS", id(names[1]), "FROM", from, "GROUP BY 1 ) AS", id(alias))
	if target.kind > word {
		return f("MERGE INTO", source(rel.row), "USING", used, "ON 1 = 2 WHEN MATCHED THEN DELETE")
	}
	on := f(id(rel.name), ".", target.means(), "=", id(alias), ".", id(names[0]))
	text := f("MERGE INTO", source(rel.row), "USING", used, "ON", on, "WHEN MATCHED")
	if g.chance(40) {
		text = f(text, "AND", id(alias), ".", id(names[1]), "> 1")
	}
	switch g.pick(3) {
	case 1:
		return f(text, "THEN DELETE")
	case 2:
		return f(text, "THEN DELETE WHEN NOT MATCHED THEN INSERT (", target.means(), ") VALUES (", id(alias), ".", id(names[0]), ")")
	}
	set := rel.cols[g.pick(len(rel.cols))]
	return f(text, "THEN UPDATE SET", set.means(), "=", g.constant(set.kind))
}

func (g *generator) insert(rel *relation) fragment {
	g.did("INSERT SELECT")
	cols := slices.Clone(rel.cols)
	var targets []fragment
	if g.chance(25) {
		g.did("INSERT without columns")
	} else {
		cols = cols[:1+g.pick(len(cols))]
	}
	want := make([]kind, len(cols))
	for i, c := range cols {
		want[i] = c.kind
		targets = append(targets, f(c.means()))
		if c.kind == record {
			g.whole = append(g.whole, c.from)
		}
	}
	g.inserts = true
	query, _ := g.queryAt(nil, want, 2, true)
	g.bare = nil // nobody sees their names
	if g.done["INSERT without columns"] {
		g.starred = append(g.starred, rel.row)
		return f("INSERT INTO", source(rel.name), query)
	}
	return g.returning(f("INSERT INTO", source(rel.name), "(", list(targets), ")", query), rel)
}
