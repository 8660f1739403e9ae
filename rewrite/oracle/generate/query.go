package generate

import (
	"slices"
	"strconv"
)

// query writes a query expression, with WITH, set operations, ORDER BY and LIMIT, and its outputs. Outputs are of
// the kinds wanted, any if nil.
func (g *generator) query(outer *scope, want []kind, depth int) (fragment, []column) {
	return g.queryAt(outer, want, depth, want != nil)
}

// queryAt: unseen outputs are named by nobody.
func (g *generator) queryAt(outer *scope, want []kind, depth int, unseen bool) (fragment, []column) {
	ctes, veiled := g.ctes, g.veiled
	defer func() { g.ctes, g.veiled = ctes, veiled }()
	var with fragment
	if depth > 0 && g.queries > 0 && g.chance(25) {
		with = g.with(outer, depth)
	}
	text, c := g.core(outer, want, unseen, depth)
	set := false
	for depth > 0 && g.queries > 0 && g.chance(15) {
		text, set = g.union(text, c, outer, depth), true
	}
	if !set {
		text = g.distinctOn(c, text)
	}
	return f(with, text, g.order(c, set)), c.cols
}

// union adds a branch. The names of the outputs are the first one's. An INSERT on DuckDB has no branches:
// one would read what those before it have inserted, or not, as DuckDB plans.
func (g *generator) union(text fragment, c *core, outer *scope, depth int) fragment {
	g.queries--
	op := one(&g.choices, "UNION ALL", "UNION", "UNION", "UNION ALL", "EXCEPT", "INTERSECT")
	want := make([]kind, len(c.cols))
	for i := range c.cols {
		want[i] = c.cols[i].kind
	}
	if slices.Max(want) > word || g.inserts && g.engine == "duckdb" {
		return text
	}
	if g.engine == "duckdb" && g.chance(15) && !has(namesOf(c.cols), "") {
		return g.byName(text, c, outer, want, depth)
	}
	g.did(op)
	more, _ := g.core(outer, want, true, depth-1)
	return f(text, op, more)
}

// byName adds a branch whose outputs go where their names say; new names are new outputs.
func (g *generator) byName(text fragment, c *core, outer *scope, want []kind, depth int) fragment {
	more, other := g.core(outer, want, false, depth-1)
	if has(namesOf(other.cols), "") {
		return text
	}
	g.did("UNION BY NAME")
	for _, o := range append(slices.Clone(c.cols), other.cols...) {
		g.excused(o, "UNION BY NAME")
	}
	for _, o := range other.cols {
		if !has(namesOf(c.cols), o.name) {
			c.cols = append(slices.Clone(c.cols), o)
		}
	}
	return f(text, "UNION ALL BY NAME", more)
}

// order adds ORDER BY, and LIMIT where the order is total.
func (g *generator) order(c *core, set bool) fragment {
	if len(c.first) == 0 && !g.chance(40) {
		return nil
	}
	g.did("ORDER BY")
	var terms []fragment
	if len(c.first) > 0 {
		terms = append(terms, c.first)
	}
	for range 1 + g.pick(2) {
		if t := g.term(c, set); t != nil {
			terms = append(terms, f(t, one(&g.choices, "", "DESC", "NULLS FIRST")))
		}
	}
	total := len(terms) == 0 || len(c.first) > 0 || g.chance(60)
	if total {
		for i := range c.cols {
			terms = append(terms, f(strconv.Itoa(i+1)))
		}
	}
	g.ties = g.ties || !total
	text := f("ORDER BY", list(terms))
	if total && g.chance(35) {
		g.did("LIMIT")
		text = f(text, "LIMIT", strconv.Itoa(1+g.pick(6)))
	}
	return text
}

// term is an output's name, or an expression over the scope.
func (g *generator) term(c *core, set bool) fragment {
	names := namesOf(c.cols)
	if i := g.pick(len(c.cols)); g.chance(50) && names[i] != "" && single(names, names[i]) && g.orders(c, c.cols[i]) {
		g.did("ORDER BY output")
		if c.cols[i].kind == record {
			g.whole = append(g.whole, c.cols[i].from)
		}
		t := c.cols[i].means()
		t.shared = t.shared || c.cols[i].implicit // where nobody sees the output, it loses its name
		return f(t)
	}
	if set || c.unique || c.grouped {
		return nil
	}
	s := *c.scope
	s.merged = append(slices.Clone(s.merged), names...)
	v, ok := g.column(&s, kind(-1))
	if !ok || g.outerOnly(&s, v) {
		return nil
	}
	g.did("ORDER BY column")
	if len(g.bare) > 0 && v.bare { // an output without a name may be this column: then it keeps what it is ordered by
		t := v.col.means()
		t.shared = true
		return f(t)
	}
	if v.col.kind == number && g.chance(50) {
		g.did("ORDER BY expression")
		return f(g.ref(v), "+ 1")
	}
	return g.ref(v)
}

// orders: ORDER BY finds the output by its name. Where only a written alias counts, the column must be found.
func (g *generator) orders(c *core, col column) bool {
	if g.engine == "postgres" || !col.implicit && (g.engine == "sqlite" || col.table == "") {
		return true
	}
	return slices.Contains(c.scope.rels, c.scope.bare(col.name))
}

func (g *generator) outerOnly(s *scope, v seen) bool { return !slices.Contains(s.rels, v.rel) }

func single(names []string, name string) bool {
	n := 0
	for _, o := range names {
		if o == name {
			n++
		}
	}
	return n == 1
}

// cte is a query with a name.
type cte struct {
	name string
	cols []column
}

func (g *generator) with(outer *scope, depth int) fragment {
	if g.chance(15) {
		return g.recursive(outer)
	}
	g.did("WITH")
	names := g.distinct(1+g.pick(2), g.inside)
	inside := g.inside
	defer func() { g.inside = inside }()
	if g.engine == "sqlite" { // a CTE of the list comes before whatever else has its name, wherever it stands
		g.veil(names)
		g.ctes = slices.DeleteFunc(slices.Clone(g.ctes), func(c cte) bool { return has(names, c.name) })
	}
	var parts []fragment
	for _, name := range names {
		g.queries--
		g.inside = append(slices.Clone(inside), name)
		body, cols := g.body(outer, depth)
		head := f(id(name))
		if cols[0].name == "" || g.chance(25) {
			g.did("CTE column list")
			list := g.distinct(len(cols), nil)
			for i := range cols {
				cols[i] = column{name: list[i], kind: cols[i].kind, from: cols[i].from}
			}
			head = f(head, "(", ids(list), ")")
		}
		if g.schema.Table(name) != nil {
			g.did("CTE shadows a table")
		}
		parts = append(parts, f(head, "AS", one(&g.choices, "", "", "", "MATERIALIZED"), "(", body, ")"))
		g.ctes = append(slices.Clone(g.ctes), cte{name, cols})
		g.unveil(name)
	}
	return f("WITH", list(parts))
}

// body is what a CTE gives: mostly a query.
func (g *generator) body(outer *scope, depth int) (fragment, []column) {
	if g.chance(6) {
		g.did("VALUES")
		return f("VALUES ( 1 , 'a' ) , ( 2 , 'b' ) , ( 3 , 'c' )"), []column{{}, {kind: word}}
	}
	return g.queryAt(outer, nil, depth-1, false)
}

// veil hides the tables of these names; at least one table stays.
func (g *generator) veil(names []string) {
	g.veiled = slices.Clone(g.veiled)
	for i, n := range names {
		all := append(slices.Clone(g.veiled), n)
		left := slices.ContainsFunc(g.schema.Tables, func(t table) bool { return !has(all, t.Name) })
		if !left {
			names[i] = "c" + strconv.Itoa(i)
			continue
		}
		g.veiled = all
	}
}

func (g *generator) unveil(name string) {
	g.veiled = slices.DeleteFunc(slices.Clone(g.veiled), func(n string) bool { return n == name })
}

// recursive counts up from what a table holds.
func (g *generator) recursive(outer *scope) fragment {
	g.did("WITH RECURSIVE")
	names := g.distinct(1, g.inside)
	g.veil(names)
	name := names[0]
	g.ctes = slices.DeleteFunc(slices.Clone(g.ctes), func(c cte) bool { return c.name == name })
	from, s := g.from(outer, 0)
	inner := s.visible(number, false)
	if len(inner) == 0 {
		g.unveil(name)
		return nil
	}
	v := inner[g.pick(len(inner))]
	out := column{name: v.col.name}
	head, item := f(id(name)), g.ref(v)
	switch g.pick(3) {
	case 1:
		out.name = g.name()
		item = f(item, "AS", id(out.name))
	case 2:
		out.name = g.name()
		head = f(head, "(", id(out.name), ")")
	}
	step := f(id(name), ".", id(out.name))
	body := f("SELECT", item, "FROM", from, "UNION SELECT", step, "+ 1 FROM", id(name), "WHERE", step, "< 5")
	g.ctes = append(slices.Clone(g.ctes), cte{name, []column{out}})
	g.unveil(name)
	return f("WITH RECURSIVE", head, "AS (", body, ")")
}
