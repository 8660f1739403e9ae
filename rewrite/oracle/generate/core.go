package generate

import (
	"slices"
	"strconv"
)

// core is one SELECT under construction.
type core struct {
	scope   *scope
	want    []kind
	top     bool // nobody names its outputs but people
	items   []fragment
	cols    []column
	aliases []column // outputs with a name of their own that is neither an aggregate nor a window
	tail    fragment // WHERE … QUALIFY
	head    fragment // DISTINCT
	first   fragment // DISTINCT ON this, so the rows are ordered by it
	windows []fragment
	grouped bool
	unique  bool // DISTINCT: ORDER BY can only name outputs
}

// core writes a SELECT without ORDER BY.
func (g *generator) core(outer *scope, want []kind, top bool, depth int) (fragment, *core) {
	from, s := g.from(outer, depth)
	c := &core{scope: s, want: want, top: top}
	switch n := g.pick(10); {
	case n >= 7:
		g.group(c, depth)
	case n >= 5 && want == nil && (!top || g.chance(15)) && g.star(c):
		g.list(c)
		c.tail = g.where(s, depth)
	default:
		g.plainItems(c, depth)
	}
	return f("SELECT", c.head, list(c.items), "FROM", from, c.tail), c
}

// kinds are what the items must be.
func (g *generator) kinds(c *core) []kind {
	if c.want != nil {
		return c.want
	}
	out := make([]kind, 1+g.pick(3))
	for i := range out {
		out[i] = kind(g.pick(2))
		if g.engine == "duckdb" && g.chance(6) {
			out[i] = one(&g.choices, record, array)
		}
	}
	return out
}

func (g *generator) plainItems(c *core, depth int) {
	for _, k := range g.kinds(c) {
		if g.chance(12) && k == number {
			call, elsewhere := g.window(c)
			bare := len(g.bare)
			if g.item(c, call, column{kind: k}, false); len(g.bare) > bare {
				g.bare = append(g.bare, elsewhere...)
			}
			continue
		}
		g.valueItem(c, k, depth)
	}
	g.list(c)
	c.tail = g.where(c.scope, depth)
	g.aliasInWhere(c)
	if len(c.windows) > 0 {
		c.tail = f(c.tail, "WINDOW", list(c.windows))
	}
	if g.engine == "duckdb" && g.chance(10) {
		g.did("QUALIFY")
		c.tail = f(c.tail, "QUALIFY rank ( ) OVER ( ORDER BY", g.own(c.scope, number, 0), ") <= 3")
	}
	if g.chance(15) {
		g.did("DISTINCT")
		c.head, c.unique = f("DISTINCT"), true
	}
}

// valueItem is a column or an expression.
func (g *generator) valueItem(c *core, k kind, depth int) {
	if g.engine == "duckdb" && g.chance(10) {
		for _, a := range c.aliases {
			if a.kind == k && !c.scope.knows(a.name) {
				g.did("lateral alias")
				g.item(c, f(id(a.name)), column{kind: k}, false)
				return
			}
		}
	}
	if v, ok := g.column(c.scope, k); ok && g.chance(65) {
		if k == record && c.top {
			g.whole = append(g.whole, v.col.from)
		}
		g.item(c, g.ref(v), v.col.stopped(), true)
		return
	}
	if k == record { // a leaf may be a column too, of which it is not known which
		g.item(c, g.literal(k), column{kind: k}, true)
		return
	}
	g.item(c, g.value(c.scope, k, depth), column{kind: k}, true)
}

// item adds an output. Nested queries give their outputs names, so that it is known what those names mean.
func (g *generator) item(c *core, text fragment, col column, early bool) {
	taken := func(name string) bool {
		return slices.ContainsFunc(c.cols, func(o column) bool { return o.name == name })
	}
	nameless := col.name == "" || taken(col.name)
	if c.top && col.name == "" && g.chance(15) {
		g.did("unaliased expression")
		g.bare = append(g.bare, text...)
		c.items, c.cols = append(c.items, text), append(c.cols, column{kind: col.kind})
		return
	}
	if nameless || g.chance(40) {
		g.did("output alias")
		col.name, col.implicit = g.distinct(1, namesOf(c.cols))[0], false
		text = f(text, one(&g.choices, "AS", "AS", "AS"), id(col.name))
		if g.engine == "duckdb" { // where later items see it
			c.scope.listed = append(c.scope.listed, col.name)
		}
		if early {
			c.aliases = append(c.aliases, col)
		}
	}
	c.items, c.cols = append(c.items, text), append(c.cols, col)
}

// list lets the clauses after the list see its aliases, where the engine does.
func (g *generator) list(c *core) {
	if g.engine == "postgres" {
		return
	}
	for _, col := range c.cols {
		if !col.implicit {
			c.scope.listed = append(c.scope.listed, col.name)
		}
	}
}

func namesOf(cols []column) (out []string) {
	for _, c := range cols {
		out = append(out, c.name)
	}
	return out
}

func (s *scope) knows(name string) bool {
	for at := s; at != nil; at = at.outer {
		if has(at.hidden, name) || has(at.merged, name) {
			return true
		}
		for _, r := range at.rels {
			if r.name == name || slices.Contains(namesOf(r.cols), name) {
				return true
			}
		}
	}
	return false
}

// aliasInWhere uses an output's name in WHERE, where the engine allows it.
func (g *generator) aliasInWhere(c *core) {
	if g.engine == "postgres" || !g.chance(20) {
		return
	}
	for _, a := range c.aliases {
		if !c.scope.knows(a.name) {
			g.did("alias in WHERE")
			word := "WHERE"
			if len(c.tail) > 0 {
				word = "AND"
			}
			c.tail = f(c.tail, word, id(a.name), "IS NOT NULL")
			return
		}
	}
}

// distinctOn keeps one row of each value of a column: the first by the whole list.
func (g *generator) distinctOn(c *core, text fragment) fragment {
	if g.engine == "sqlite" || c.grouped || c.unique || len(c.windows) > 0 || !g.chance(8) {
		return text
	}
	s := *c.scope
	s.merged = append(slices.Clone(s.merged), namesOf(c.cols)...)
	v, ok := g.column(&s, kind(-1))
	if !ok || g.outerOnly(&s, v) || v.bare && len(g.bare) > 0 {
		return text
	}
	g.did("DISTINCT ON")
	c.first = g.ref(v)
	return f("SELECT DISTINCT ON (", c.first, ")", text[1:])
}

func (g *generator) where(s *scope, depth int) fragment {
	if !g.chance(50) {
		return nil
	}
	g.did("WHERE")
	return f("WHERE", "(", g.predicate(s, depth), ")")
}

// window is an aggregate over a window; only such as are the same whatever the order of equals.
// What a named window is stands elsewhere.
func (g *generator) window(c *core) (call, elsewhere fragment) {
	g.did("window")
	k := kind(g.pick(2))
	spec := f("PARTITION BY", g.own(c.scope, k, 0))
	if g.chance(50) {
		spec = f(spec, "ORDER BY", g.own(c.scope, number, 0))
	}
	call = f(one(&g.choices, "count ( * )", "rank ( )", "dense_rank ( )"))
	if g.chance(30) {
		g.did("window aggregate")
		call = f(one(&g.choices, "sum", "max", "min"), "(", g.own(c.scope, number, 0), ")")
		spec = f(spec, one(&g.choices, "", "", "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"))
	}
	if g.chance(25) {
		g.did("named window")
		name := "w" + strconv.Itoa(len(c.windows))
		if len(c.windows) == 0 {
			name = g.name()
		}
		c.windows = append(c.windows, f(id(name), "AS (", spec, ")"))
		return f(call, "OVER", id(name)), spec
	}
	return f(call, "OVER (", spec, ")"), nil
}

// star adds what * or r.* stands for.
func (g *generator) star(c *core) bool {
	rels, text := c.scope.rels, f("*")
	if len(rels) > 1 && g.chance(50) || len(c.scope.merged) > 0 {
		r := rels[g.pick(len(rels))]
		if r.name == "" || c.scope.called(r.name) != r {
			return false
		}
		g.did("qualified star")
		rels, text = []*relation{r}, f(id(r.name), ". *")
	}
	var cols []column
	for _, r := range rels {
		cols = append(cols, r.cols...)
	}
	names := namesOf(cols)
	slices.Sort(names)
	if !c.top && len(slices.Compact(names)) < len(cols) || slices.Contains(names, "") {
		return false
	}
	g.did("star")
	for _, col := range cols {
		if col.table != "" {
			g.starred = append(g.starred, col.table)
		}
	}
	if g.engine == "duckdb" && len(cols) > 1 && g.chance(35) && len(slices.Compact(names)) == len(cols) {
		text, cols = g.modified(text, cols)
	}
	for _, col := range cols {
		if c.top && col.kind == record {
			g.whole = append(g.whole, col.from)
		}
	}
	c.items, c.cols = []fragment{text}, cols
	return true
}

// modified is a star with EXCLUDE, REPLACE or RENAME.
func (g *generator) modified(text fragment, cols []column) (fragment, []column) {
	i := g.pick(len(cols))
	col, cols := cols[i], slices.Clone(cols)
	switch g.pick(3) {
	case 0:
		g.did("star EXCLUDE")
		return f(text, "EXCLUDE (", col.means(), ")"), slices.Delete(cols, i, i+1)
	case 1:
		g.did("star RENAME")
		cols[i] = column{name: g.distinct(1, namesOf(cols))[0], kind: col.kind, from: col.from}
		return f(text, "RENAME (", col.means(), "AS", id(cols[i].name), ")"), cols
	}
	g.did("star REPLACE")
	if col.kind > word {
		return text, cols
	}
	if col.kind == word {
		return f(text, "REPLACE ( upper (", col.means(), ") AS", col.means(), ")"), cols
	}
	return f(text, "REPLACE (", col.means(), "+ 1 AS", col.means(), ")"), cols
}

// group makes an aggregating SELECT.
func (g *generator) group(c *core, depth int) {
	c.grouped = true
	g.did("GROUP BY")
	var keys []fragment
	for _, k := range g.kinds(c) {
		k = min(k, word)
		inner := c.scope.visible(k, false)
		if len(inner) == 0 || g.chance(45) {
			g.item(c, g.aggregate(c.scope, k, 1), column{kind: k}, false)
			continue
		}
		keys = append(keys, g.key(c, inner[g.pick(len(inner))]))
	}
	unseen := len(keys) == 0
	if unseen && g.chance(60) {
		if inner := c.scope.visible(-1, false); len(inner) > 0 {
			g.did("GROUP BY unseen")
			keys = append(keys, g.ref(inner[g.pick(len(inner))]))
		}
	}
	var by fragment
	if len(keys) > 0 {
		by = f("GROUP BY", g.grouping(c, keys, unseen))
	}
	g.list(c)
	c.tail = f(g.where(c.scope, depth), by)
	if g.chance(40) {
		g.did("HAVING")
		c.tail = f(c.tail, "HAVING", g.having(c))
	}
}

// key adds an output that is grouped by, and gives what stands in GROUP BY for it.
func (g *generator) key(c *core, v seen) fragment {
	text := g.ref(v)
	switch g.pick(5) {
	case 1:
		g.did("GROUP BY ordinal")
		g.item(c, text, v.col.stopped(), true)
		return f(strconv.Itoa(len(c.cols)))
	case 2:
		g.did("GROUP BY expression")
		if v.col.kind == number {
			text = f(text, "% 2")
		} else {
			text = f("upper (", text, ")")
		}
		before := len(c.aliases)
		g.item(c, text, column{kind: v.col.kind}, true)
		if len(c.aliases) > before && g.chance(60) && !c.scope.knows(c.aliases[before].name) {
			g.did("GROUP BY alias")
			return f(id(c.aliases[before].name))
		}
		return text
	}
	g.item(c, text, v.col.stopped(), true)
	return g.ref(v)
}

// grouping is what stands behind GROUP BY. Unseen keys are no outputs.
func (g *generator) grouping(c *core, keys []fragment, unseen bool) fragment {
	if g.engine == "duckdb" && !unseen && g.chance(8) {
		g.did("GROUP BY ALL")
		return f("ALL")
	}
	if ordinal := slices.ContainsFunc(keys, func(k fragment) bool { return len(k) == 1 && !k[0].name }); ordinal || g.engine == "sqlite" {
		return list(keys)
	}
	n := g.pick(8)
	if n >= 5 && g.chance(40) && g.plainKey(c, keys[0]) {
		g.did("GROUPING()")
		g.item(c, f("GROUPING (", keys[0], ")"), column{kind: number}, false)
	}
	switch n {
	case 5:
		g.did("ROLLUP")
		return f("ROLLUP (", list(keys), ")")
	case 6:
		g.did("CUBE")
		return f("CUBE (", list(keys), ")")
	case 7:
		g.did("GROUPING SETS")
		return f("GROUPING SETS ( (", list(keys), ") , ( ) )")
	}
	return list(keys)
}

// plainKey: the key is a column, and no alias that GROUPING does not see.
func (g *generator) plainKey(c *core, key fragment) bool {
	last := key[len(key)-1]
	return last.name && (len(key) == 3 || len(key) == 1 && c.scope.bare(last.text) != nil && !has(namesOf(c.aliases), last.text))
}

// having compares an aggregate. Aliases come before columns in it on some engines: those names get a qualifier.
func (g *generator) having(c *core) fragment {
	s := *c.scope
	s.merged = append(slices.Clone(s.merged), namesOf(c.aliases)...)
	return f(g.aggregate(&s, number, 0), one(&g.choices, ">", "<", "<>"), strconv.Itoa(g.pick(4)))
}
