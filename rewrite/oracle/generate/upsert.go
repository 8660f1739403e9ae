package generate

import "strconv"

// upsert is an INSERT of rows of which some are there already, by the table's first column.
func (g *generator) upsert(rel *relation) fragment {
	key, values := rel.cols[0], g.some(rel.cols[1:])
	text := f("INSERT INTO", source(rel.row))
	if g.chance(30) {
		g.did("INSERT alias")
		rel.name = one(&g.choices, "x", "k", "n")
		text = f(text, "AS", id(rel.name))
	}
	targets := []fragment{g.target(key)}
	for _, c := range values {
		targets = append(targets, g.target(c))
	}
	text = f(text, "(", list(targets), ")")
	switch n := g.pick(4); {
	case n == 0 && len(values) == 1 && values[0].kind <= word && g.engine != "duckdb": // which takes one of several rows of a key
		return g.larger(text, rel, key, values[0])
	case n == 1:
		text = f(text, g.keyed(values))
	default:
		text = f(text, g.grouped(values))
	}
	text = f(text, "ON CONFLICT (", key.means(), ") DO")
	if g.chance(15) {
		g.did("ON CONFLICT DO NOTHING")
		return g.returning(f(text, "NOTHING"), rel)
	}
	g.did("ON CONFLICT DO UPDATE")
	return g.returning(f(text, "UPDATE SET", g.resolution(rel)), rel)
}

// target is a column in the list of an upsert. DuckDB 1.4 puts NULL into it if the list writes it in another case.
func (g *generator) target(c column) fragment {
	t := c.means()
	t.exact = g.engine == "duckdb"
	return f(t)
}

// some are one or several of the columns.
func (g *generator) some(cols []column) []column {
	first := g.pick(len(cols))
	return cols[first : first+1+g.pick(len(cols)-first)]
}

// keyed are rows of which no two have one key.
func (g *generator) keyed(values []column) fragment {
	var rows []fragment
	for range 1 + g.pick(3) {
		cells := []fragment{f(strconv.Itoa(2*len(rows) + 1 + g.pick(2)))}
		for _, c := range values {
			cells = append(cells, g.value(&scope{}, c.kind, 2))
		}
		rows = append(rows, f("(", list(cells), ")"))
	}
	return f("VALUES", list(rows))
}

// grouped gives one row for each key that a query finds.
func (g *generator) grouped(values []column) fragment {
	from, s := g.from(nil, 1)
	items := []fragment{g.own(s, number, 0)}
	for _, c := range values {
		if c.kind > word {
			items = append(items, g.literal(c.kind))
			continue
		}
		items = append(items, g.aggregate(s, c.kind, 0))
	}
	return f("SELECT", list(items), "FROM", from, g.where(s, 1), "GROUP BY 1")
}

// resolution says what becomes of the row that is there already. The one that is not inserted is called excluded.
func (g *generator) resolution(rel *relation) fragment {
	both := &scope{rels: []*relation{rel, {name: "excluded", cols: rel.cols}}}
	depth := 2
	if g.engine == "duckdb" { // without subqueries
		depth = 1
	}
	var sets []fragment
	for _, c := range g.some(rel.cols[1:]) {
		s := both
		if g.engine != "postgres" && g.chance(35) { // a bare name is of the row that is there
			s = &scope{rels: both.rels[:1]}
		}
		var value fragment
		switch c.kind {
		case number:
			value = g.value(s, number, depth)
		case word:
			value = f("substr (", g.value(s, word, depth), ", 1 , 9 )")
		default:
			value = g.literal(c.kind)
		}
		sets = append(sets, f(c.means(), "=", value))
	}
	text := list(sets)
	if g.chance(30) {
		g.did("ON CONFLICT WHERE")
		text = f(text, "WHERE", g.predicate(both, depth))
	}
	return text
}

// larger writes the larger of two values where there is a row already: whichever of several rows comes first.
func (g *generator) larger(text fragment, rel *relation, key, value column) fragment {
	g.inserts = true
	query, _ := g.queryAt(nil, []kind{key.kind, value.kind}, 2, true)
	g.bare = nil // nobody sees their names
	g.did("ON CONFLICT DO UPDATE")
	larger := "greatest ("
	if g.engine == "sqlite" {
		larger = "max ("
	}
	return f(text, query, "ON CONFLICT (", key.means(), ") DO UPDATE SET", value.means(), "=", larger, id(rel.name), ".", value.means(), ", excluded .", value.means(), ")")
}
