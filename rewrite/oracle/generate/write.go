package generate

import "github.com/skein-bot/skein/rewrite/oracle"

// write is a statement that changes a table, or a script. What it leaves in the table is part of its answer.
func (g *generator) write(q *oracle.Query) fragment {
	t := g.schema.Table(g.anyTable())
	rel := g.columnsOf(t.Name)
	rel.name = t.Name
	s := &scope{rels: []*relation{rel}}
	q.Writes = t.Name
	for _, c := range t.Columns {
		q.Columns = append(q.Columns, c.Name)
	}
	switch g.pick(5) {
	case 1:
		g.did("DELETE")
		return f("DELETE FROM", source(t.Name), "WHERE", g.predicate(s, 2))
	case 2:
		return g.insert(rel)
	case 3:
		g.did("CREATE TABLE AS")
		q.Writes = ""
		query, cols := g.queryAt(nil, nil, 2, false)
		for _, c := range cols {
			g.excused(c, "star at the top")
		}
		return f("CREATE TEMP TABLE made AS", query, "; SELECT count ( * ) AS c FROM made")
	}
	return g.update(rel, s)
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
	value := g.value(s, c.kind, 2)
	if c.kind == word {
		value = f("substr (", value, ", 1 , 9 )")
	}
	text = f(text, "SET", c.means(), "=", value, "WHERE", g.predicate(s, 2))
	if g.chance(40) {
		g.did("RETURNING")
		v := s.visible(-1, false)
		if len(v) > 0 {
			text = f(text, "RETURNING", g.ref(v[g.pick(len(v))]))
		}
	}
	return text
}

func (g *generator) insert(rel *relation) fragment {
	g.did("INSERT SELECT")
	n := 1 + g.pick(len(rel.cols))
	var targets []fragment
	want := make([]kind, n)
	for i := range n {
		targets, want[i] = append(targets, f(rel.cols[i].means())), rel.cols[i].kind
	}
	query, _ := g.queryAt(nil, want, 2, true)
	g.bare = nil // nobody sees their names
	return f("INSERT INTO", source(rel.name), "(", list(targets), ")", query)
}
