package generate

import (
	"slices"
	"strconv"
)

// from writes what stands after FROM and the scope that it opens.
func (g *generator) from(outer *scope, depth int) (fragment, *scope) {
	s := &scope{outer: outer, rows: g.engine == "duckdb"}
	text, rel := g.source(s, depth)
	s.rels = append(s.rels, rel)
	chain := []*relation{rel}
	for n := one(&g.choices, 0, 0, 0, 1, 1, 2); n > 0; n-- {
		if g.chance(20) {
			g.did("comma join")
			more, rel := g.source(s, depth)
			text, s.rels = f(text, ",", more), append(s.rels, rel)
			if chain = append(slices.Clone(chain), rel); g.engine != "sqlite" { // whose joins look at all before them
				chain = []*relation{rel}
			}
			continue
		}
		text = g.join(s, &chain, text, depth)
	}
	return g.unnested(text, s), s
}

// join adds a relation to the chain of joins that text ends with.
func (g *generator) join(s *scope, chain *[]*relation, text fragment, depth int) fragment {
	more, rel := g.source(s, depth)
	lateral := len(more) > 0 && more[0].text == "LATERAL"
	left := *chain
	s.rels = append(s.rels, rel)
	*chain = append(slices.Clone(left), rel)
	on := &scope{rels: *chain, outer: s.outer, merged: s.merged, rows: s.rows}
	if g.engine == "sqlite" { // which looks at all of FROM, also at what comes later
		on.merged, on.outer = pool(), nil
	}
	switch n := g.pick(14); {
	case n >= 12 && g.engine == "duckdb" && !lateral && !rel.pivot:
		if n == 12 {
			return g.asof(s, chain, left, text)
		}
		return g.semi(s, chain, left, text, more)
	case lateral:
		return f(text, one(&g.choices, "", "LEFT"), "JOIN", more, "ON 1 = 1")
	case n == 1 && !rel.pivot:
		g.did("CROSS JOIN")
		return f(text, "CROSS JOIN", more)
	case n == 2 || n == 3:
		if name, ok := g.common(left, rel); ok {
			return g.using(s, left, rel, f(text, one(&g.choices, "", "LEFT"), "JOIN", more), name)
		}
	case n == 4 && !rel.pivot:
		if names := commons(left, rel); len(names) > 0 && !s.clash(names) {
			return g.natural(s, left, rel, text, more, names)
		}
	case n == 5:
		if a, b, ok := g.pair(left, rel); ok {
			g.did("FULL JOIN")
			return f(text, "FULL JOIN", more, "ON", a, "=", b)
		}
	case n == 6:
		g.did("parenthesised join")
		if len(left) == 1 && len(s.rels) == 2 {
			return f("(", text, "JOIN", more, "ON", g.predicate(on, 1), ")")
		}
	case n >= 8:
		if a, b, ok := g.pair(left, rel); ok {
			g.did("equi join")
			return f(text, one(&g.choices, "", "LEFT", "RIGHT", "INNER"), "JOIN", more, "ON", a, "=", b)
		}
	}
	g.did("join ON")
	return f(text, one(&g.choices, "", "LEFT"), "JOIN", more, "ON", g.predicate(on, 1))
}

// semi is a join that only says which rows of the left side there are: nothing else sees the right one.
func (g *generator) semi(s *scope, chain *[]*relation, left []*relation, text, more fragment) fragment {
	right := s.rels[len(s.rels)-1]
	a, b, ok := g.pair(left, right)
	if !ok {
		g.did("CROSS JOIN")
		return f(text, "CROSS JOIN", more)
	}
	s.rels, *chain = s.rels[:len(s.rels)-1:len(s.rels)-1], left
	word := one(&g.choices, "SEMI", "ANTI")
	g.did(word + " JOIN")
	return f(text, word, "JOIN", more, "ON", a, "=", b)
}

// asof joins each row with the one of the right side that comes before it, whose values are made unique.
func (g *generator) asof(s *scope, chain *[]*relation, left []*relation, text fragment) fragment {
	s.rels = s.rels[: len(s.rels)-1 : len(s.rels)-1]
	from, inner := g.from(nil, 0)
	key := g.own(inner, number, 0)
	right := &relation{name: g.alias(s), cols: []column{{name: g.name()}}}
	more := f("( SELECT", key, "AS", id(right.cols[0].name), "FROM", from, "GROUP BY 1 ) AS", id(right.name))
	s.rels, *chain = append(s.rels, right), append(slices.Clone(left), right)
	a := (&scope{rels: left}).visible(number, false)
	if len(a) == 0 || !a[0].qualified {
		g.did("CROSS JOIN")
		return f(text, "CROSS JOIN", more)
	}
	g.did("ASOF JOIN")
	return f(text, "ASOF", one(&g.choices, "", "LEFT"), "JOIN", more, "ON", id(a[0].rel.name), ".", a[0].col.means(), ">=", id(right.name), ".", id(right.cols[0].name))
}

// pair is a column of each side, qualified, of one kind.
func (g *generator) pair(left []*relation, right *relation) (a, b fragment, ok bool) {
	l, r := &scope{rels: left}, &scope{rels: []*relation{right}}
	k := kind(g.pick(2))
	for range 2 {
		x, y := l.visible(k, false), r.visible(k, false)
		if len(x) > 0 && len(y) > 0 {
			i, j := x[g.pick(len(x))], y[g.pick(len(y))]
			if i.qualified && j.qualified {
				return f(id(i.rel.name), ".", i.col.means()), f(id(j.rel.name), ".", j.col.means()), true
			}
		}
		k = 1 - k
	}
	return nil, nil, false
}

// common picks a name that stands once on each side, with one kind.
func (g *generator) common(left []*relation, right *relation) (string, bool) {
	names := commons(left, right)
	if len(names) == 0 {
		return "", false
	}
	return names[g.pick(len(names))], true
}

func commons(left []*relation, right *relation) (out []string) {
	l, r := &scope{rels: left}, &scope{rels: []*relation{right}}
	for _, c := range right.cols {
		if c.name == "" || r.bare(c.name) == nil || !once(right, c.name) {
			continue
		}
		other := l.bare(c.name)
		if other != nil && once(other, c.name) && find(other, c.name).kind == c.kind {
			out = append(out, c.name)
		}
	}
	return out
}

func find(r *relation, name string) column {
	return r.cols[slices.IndexFunc(r.cols, func(c column) bool { return c.name == name })]
}

func (s *scope) clash(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return has(s.merged, n) })
}

func (g *generator) using(s *scope, left []*relation, right *relation, text fragment, name string) fragment {
	g.did("USING")
	l := find((&scope{rels: left}).bare(name), name)
	for _, c := range []column{l, find(right, name)} {
		g.excused(c, "USING")
	}
	g.joined = append(g.joined, name)
	s.merged = append(slices.Clone(s.merged), name)
	return f(text, "USING (", token{text: name, name: true, shared: true}, ")")
}

func (g *generator) natural(s *scope, left []*relation, right *relation, text, more fragment, names []string) fragment {
	g.did("NATURAL")
	for _, r := range append(slices.Clone(left), right) {
		for _, c := range r.cols {
			g.excused(c, "NATURAL")
		}
	}
	g.joined = append(g.joined, pool()...)
	s.merged = append(slices.Clone(s.merged), names...)
	return f(text, "NATURAL JOIN", more)
}

// source writes one relation. The relations before it are seen by LATERAL only.
func (g *generator) source(s *scope, depth int) (fragment, *relation) {
	if depth > 0 && g.queries > 0 {
		switch n := g.pick(16); {
		case n == 5 || n == 6:
			return g.derived(s, depth)
		case n == 7 && g.engine != "sqlite" && len(s.rels) > 0:
			return g.lateral(s, depth)
		case n == 8 && g.engine != "sqlite":
			return g.values(s)
		case n == 9:
			return g.function(s)
		case n == 10 && g.engine == "duckdb":
			return one(&g.choices, g.pivot, g.unpivot)(s)
		case n >= 11 && len(g.ctes) > 0:
			return g.table(s, g.ctes[g.pick(len(g.ctes))].name)
		}
	}
	if len(g.ctes) > 0 && g.chance(30) {
		return g.table(s, g.ctes[g.pick(len(g.ctes))].name)
	}
	return g.table(s, g.anyTable())
}

// anyTable is a table, or the CTE that stands before it. Tables that the engine would mistake are left out.
func (g *generator) anyTable() string {
	var names []string
	for i := range g.schema.Tables {
		if n := g.schema.Tables[i].Name; !has(g.veiled, n) {
			names = append(names, n)
		}
	}
	return names[g.pick(len(names))]
}

// table reads a table or CTE.
func (g *generator) table(s *scope, name string) (fragment, *relation) {
	rel := g.columnsOf(name)
	text := f(id(name))
	if rel.row != "" {
		text = f(source(name))
	}
	if s.called(name) == nil && !taken(s, name) && g.chance(55) {
		rel.name = name
		return text, rel
	}
	rel.name = g.alias(s)
	g.did("table alias")
	text = f(text, one(&g.choices, "AS", ""), id(rel.name))
	if g.engine != "sqlite" && g.chance(12) {
		return g.columnAliases(text, rel)
	}
	return text, rel
}

// columnAliases gives the first columns other names.
func (g *generator) columnAliases(text fragment, rel *relation) (fragment, *relation) {
	g.did("column aliases")
	for _, c := range rel.cols {
		g.starred = append(g.starred, c.table)
	}
	var rest []string
	n := 1 + g.pick(len(rel.cols))
	for i := n; i < len(rel.cols); i++ {
		rel.cols[i].beside = true
		rest = append(rest, rel.cols[i].name)
	}
	names := g.distinct(n, rest)
	for i, name := range names {
		rel.cols[i] = column{name: name, kind: rel.cols[i].kind, from: rel.cols[i].from}
	}
	rel.row = ""
	return f(text, "(", ids(names), ")"), rel
}

// columnsOf is a new relation over a table or CTE.
func (g *generator) columnsOf(name string) *relation {
	for _, c := range slices.Backward(g.ctes) {
		if c.name == name {
			g.did("CTE read")
			return &relation{cols: slices.Clone(c.cols)}
		}
	}
	if g.engine == "duckdb" && len(g.inside) > 1 && has(g.inside, name) {
		g.circular = append(g.circular, name)
	}
	rel := &relation{row: name}
	for _, c := range g.schema.Table(name).Columns {
		rel.cols = append(rel.cols, column{name: c.Name, kind: kindOf(c), table: name, base: c.Name, from: origin{name, c.Name}})
	}
	return rel
}

func taken(s *scope, name string) bool {
	return slices.ContainsFunc(s.rels, func(r *relation) bool { return r.name == name })
}

// alias is a name that no relation beside it has.
func (g *generator) alias(s *scope) string {
	free := slices.DeleteFunc(append(pool(), "x", "y", "z"), func(n string) bool { return taken(s, n) })
	return free[g.pick(len(free))]
}

func (g *generator) derived(s *scope, depth int) (fragment, *relation) {
	g.queries--
	g.did("derived table")
	query, cols := g.query(g.around(s), nil, depth-1)
	rel := &relation{name: g.alias(s), cols: cols}
	text := f("(", query, ")", one(&g.choices, "AS", ""), id(rel.name))
	if g.engine != "sqlite" && g.chance(20) {
		return g.columnAliases(text, rel)
	}
	return text, rel
}

func (g *generator) lateral(s *scope, depth int) (fragment, *relation) {
	g.queries--
	g.did("LATERAL")
	query, cols := g.query(s, nil, min(depth-1, 1))
	rel := &relation{name: g.alias(s), cols: cols}
	return f("LATERAL (", query, ") AS", id(rel.name)), rel
}

func (g *generator) values(s *scope) (fragment, *relation) {
	g.did("VALUES")
	names := g.distinct(2, nil)
	rel := &relation{name: g.alias(s), cols: []column{{name: names[0]}, {name: names[1], kind: word}}}
	return f("( VALUES ( 1 , 'a' ) , ( 2 , 'b' ) , ( 3 , 'c' ) ) AS", id(rel.name), "(", ids(names), ")"), rel
}

// function is a table function with a column of ours, or what SQLite has.
func (g *generator) function(s *scope) (fragment, *relation) {
	g.did("table function")
	rel := &relation{name: g.alias(s)}
	if g.engine == "sqlite" {
		rel.cols = []column{{name: "value"}, {name: "type", kind: word}}
		return f("json_each ( '[1,2,3]' ) AS", id(rel.name)), rel
	}
	name := g.name()
	rel.cols = []column{{name: name}}
	call := one(&g.choices, "generate_series ( 1 , 3 )", "unnest ( ARRAY [ 1 , 2 , 3 ] )")
	return f(call, "AS", id(rel.name), "(", id(name), ")"), rel
}

// pivot groups a table by its last column; that column's name goes through, as with a star.
func (g *generator) pivot(s *scope) (fragment, *relation) {
	rel := g.columnsOf(g.anyTable())
	if rel.row == "" || len(rel.cols) < 3 {
		return g.table(s, g.anyTable())
	}
	value, on, key := rel.cols[0], rel.cols[1], rel.cols[2]
	if on.kind > word {
		return g.table(s, g.anyTable())
	}
	g.did("PIVOT")
	in := "1 , 2"
	if on.kind == word {
		in = "'a' , 'b'"
	}
	table := rel.row
	g.names = append(g.names, on.from, key.from)
	g.whole = append(g.whole, key.from)
	rel = &relation{name: g.alias(s), cols: []column{key, {}, {}}, pivot: true}
	return f(source(table), "PIVOT ( max (", value.means(), ") FOR", on.means(), "IN (", in, ") GROUP BY", key.means(), ") AS", id(rel.name)), rel
}

// unpivot makes rows of two columns. Their names become values, so they may not change.
func (g *generator) unpivot(s *scope) (fragment, *relation) {
	rel := g.columnsOf(g.anyTable())
	if rel.row == "" || rel.cols[0].kind != rel.cols[1].kind {
		return g.table(s, g.anyTable())
	}
	g.did("UNPIVOT")
	a, b, rest := rel.cols[0], rel.cols[1], rel.cols[2:]
	g.excused(a, "UNPIVOT")
	g.excused(b, "UNPIVOT")
	for _, c := range rest {
		g.starred = append(g.starred, c.table)
	}
	names := g.distinct(2, namesOf(rest))
	text := f(source(rel.row), "UNPIVOT (", id(names[0]), "FOR", id(names[1]), "IN (", a.means(), ",", b.means(), ") ) AS")
	rel = &relation{name: g.alias(s), cols: append(slices.Clone(rest), column{name: names[1], kind: word}, column{name: names[0], kind: a.kind}), pivot: true}
	return f(text, id(rel.name)), rel
}

// distinct are names that are not alike, nor like those given.
func (g *generator) distinct(n int, not []string) (out []string) {
	for i := 0; len(out) < n; i++ {
		name := g.name()
		if i > 8 {
			name = "c" + strconv.Itoa(i)
		}
		if !has(out, name) && !has(not, name) {
			out = append(out, name)
		}
	}
	return out
}
