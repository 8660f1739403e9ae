package generate

import "strconv"

// value writes an expression of a kind.
func (g *generator) value(s *scope, k kind, depth int) fragment {
	if depth <= 0 || k > word || !g.chance(35) {
		return g.leaf(s, k)
	}
	if k == word {
		return g.wordValue(s, depth-1)
	}
	if nested := g.nested(s, depth-1); nested != nil {
		return nested
	}
	return g.numberValue(s, depth-1)
}

func (g *generator) leaf(s *scope, k kind) fragment {
	if k == number && g.engine == "duckdb" && len(s.visible(record, true)) > 0 && g.chance(25) {
		if v, ok := g.column(s, record); ok {
			return g.member(v)
		}
	}
	if row := g.ofRow(s, k); row != nil {
		return row
	}
	if v, ok := g.column(s, k); ok && !g.chance(12) {
		return g.ref(v)
	}
	switch k {
	case word:
		return f("'" + one(&g.choices, "a", "b", "c", "k", "n") + "'")
	case record, array:
		return g.literal(k)
	}
	return f(strconv.Itoa(g.pick(5)))
}

func (g *generator) numberValue(s *scope, depth int) fragment {
	sub := func() fragment { return g.value(s, number, depth) }
	switch g.pick(11) {
	case 0:
		g.did("arithmetic")
		return f(sub(), one(&g.choices, "+", "-", "*"), sub())
	case 1:
		g.did("parentheses")
		return f("(", sub(), ")")
	case 2:
		g.did("CASE")
		return f("CASE WHEN", g.predicate(s, depth), "THEN", sub(), "ELSE", sub(), "END")
	case 3:
		g.did("simple CASE")
		return f("CASE", sub(), "WHEN", sub(), "THEN", sub(), "ELSE", sub(), "END")
	case 4:
		g.did("function")
		return f("coalesce (", sub(), ",", sub(), ")")
	case 5:
		g.did("CAST")
		return f("CAST (", sub(), "AS INTEGER )")
	case 6:
		g.did("function")
		return f("length (", g.value(s, word, depth), ")")
	case 7:
		return g.scalar(s, number, depth)
	case 8:
		if g.engine != "sqlite" {
			g.did("::")
			return f("(", sub(), ") :: INTEGER")
		}
		return f("abs (", sub(), ")")
	case 9:
		if g.engine == "duckdb" {
			return g.lambda(s, depth)
		}
		return f("nullif (", sub(), ",", sub(), ")")
	}
	g.did("negation")
	return f("- (", sub(), ")")
}

// lambda sums a list; the parameter hides columns of its name.
func (g *generator) lambda(s *scope, depth int) fragment {
	g.did("lambda")
	p := g.name()
	inner := &scope{hidden: []string{p}, outer: s}
	body := f(param(p), "+", g.value(inner, number, min(depth, 1)))
	return f("list_sum ( list_transform ( [ 1 , 2 ] , lambda", param(p), ":", body, ") )")
}

func (g *generator) wordValue(s *scope, depth int) fragment {
	sub := func() fragment { return g.value(s, word, depth) }
	switch g.pick(6) {
	case 0:
		g.did("concatenation")
		return f(sub(), "||", sub())
	case 1:
		g.did("function")
		return f(one(&g.choices, "upper", "lower"), "(", sub(), ")")
	case 2:
		g.did("CASE")
		return f("CASE WHEN", g.predicate(s, depth), "THEN", sub(), "ELSE", sub(), "END")
	case 3:
		g.did("CAST")
		return f("CAST (", g.value(s, number, depth), "AS TEXT )")
	case 4:
		return g.scalar(s, word, depth)
	}
	return f("substr (", sub(), ",", "1 , 1", ")")
}

// scalar is a subquery of one row and one column.
func (g *generator) scalar(s *scope, k kind, depth int) fragment {
	if g.queries <= 0 {
		return g.leaf(s, k)
	}
	g.queries--
	g.did("scalar subquery")
	from, inner := g.from(s, depth)
	item := g.aggregate(inner, k, depth)
	return f("( SELECT", item, "FROM", from, g.where(inner, depth), ")")
}

// aggregate gives the same for rows in any order.
func (g *generator) aggregate(s *scope, k kind, depth int) fragment {
	arg := g.own(s, k, depth)
	call := f(one(&g.choices, "max", "min"), "(", arg, ")")
	switch n := g.pick(6); {
	case k == word && n > 3 && g.engine != "sqlite":
		g.did("string_agg ORDER BY")
		arg := f("CAST (", arg, "AS TEXT )")
		return f("string_agg (", arg, ", ',' ORDER BY", arg, ")")
	case k == number && n == 1:
		call = f("sum (", arg, ")")
	case k == number && n == 2:
		g.did("aggregate DISTINCT")
		call = f("count ( DISTINCT", arg, ")")
	case k == number && n == 3:
		g.did("count(*)")
		call = f("count ( * )")
	case k == number && n == 4 && g.engine != "sqlite":
		g.did("WITHIN GROUP")
		return f("percentile_disc ( 0.5 ) WITHIN GROUP ( ORDER BY", arg, ")")
	}
	g.did("aggregate")
	if g.chance(20) {
		g.did("FILTER")
		return f(call, "FILTER ( WHERE", g.simple(s), ")")
	}
	return call
}

// own is an expression over columns of the innermost query: an aggregate of an outer one would belong to that.
func (g *generator) own(s *scope, k kind, depth int) fragment {
	inner := s.visible(k, false)
	if len(inner) == 0 {
		return g.other(s, k)
	}
	v := g.ref(inner[g.pick(len(inner))])
	if depth > 0 && k == number && g.chance(30) {
		return f(v, "+", strconv.Itoa(g.pick(4)))
	}
	if depth > 0 && g.chance(15) {
		return f("coalesce (", v, ",", g.constant(k), ")")
	}
	return v
}

// other makes a kind of a column of the other.
func (g *generator) other(s *scope, k kind) fragment {
	inner := s.visible(-1, false)
	if len(inner) == 0 {
		return g.constant(k)
	}
	v := g.ref(inner[g.pick(len(inner))])
	if k == word {
		return f("CAST (", v, "AS TEXT )")
	}
	return f("length (", v, ")")
}

func (g *generator) constant(k kind) fragment {
	switch k {
	case word:
		return f("'k'")
	case record, array:
		return g.literal(k)
	}
	return f("2")
}

// simple is a predicate without subqueries, over columns of the innermost query.
func (g *generator) simple(s *scope) fragment {
	inner := s.visible(-1, false)
	if len(inner) == 0 {
		return f("1 = 1")
	}
	v := inner[g.pick(len(inner))]
	if g.chance(40) {
		return f(g.ref(v), "IS NOT NULL")
	}
	if v.col.kind == word {
		return f(g.ref(v), one(&g.choices, ">", "<=", "<>"), "'b'")
	}
	return f(g.ref(v), one(&g.choices, ">", "<=", "<>"), strconv.Itoa(g.pick(4)))
}

// predicate writes a condition.
func (g *generator) predicate(s *scope, depth int) fragment {
	k := kind(g.pick(2))
	sub := func() fragment { return g.value(s, k, depth-1) }
	compare := func() fragment {
		return f(sub(), one(&g.choices, "=", "<", ">=", "<>"), sub())
	}
	if depth <= 0 {
		return compare()
	}
	switch g.pick(13) {
	case 1:
		g.did("AND/OR")
		return f("(", g.predicate(s, depth-1), one(&g.choices, "AND", "OR"), g.predicate(s, depth-1), ")")
	case 2:
		g.did("NOT")
		return f("NOT (", g.predicate(s, depth-1), ")")
	case 3:
		g.did("IS NULL")
		return f(sub(), "IS", one(&g.choices, "", "NOT"), "NULL")
	case 4:
		g.did("BETWEEN")
		return f(sub(), "BETWEEN", sub(), "AND", sub())
	case 5:
		g.did("IN list")
		return f(sub(), one(&g.choices, "IN", "NOT IN"), "(", sub(), ",", g.constant(k), ")")
	case 6:
		g.did("LIKE")
		return f(g.value(s, word, depth-1), "LIKE '%a%'")
	case 7, 8:
		return g.inQuery(s, k, depth)
	case 9:
		return g.exists(s, depth)
	case 10:
		g.did("row value")
		return f("(", sub(), ",", g.leaf(s, number), ") = (", sub(), ",", g.leaf(s, number), ")")
	case 11:
		if v, ok := g.column(s, word); ok {
			return g.valueTest(v)
		}
	case 12:
		g.did("IS DISTINCT FROM")
		return f(sub(), "IS DISTINCT FROM", sub())
	}
	return compare()
}

// valueTest compares a text with values that it has.
func (g *generator) valueTest(v seen) fragment {
	g.did("value test")
	switch g.pick(4) {
	case 1:
		return f(g.ref(v), "<> 'a'")
	case 2:
		return f(g.ref(v), one(&g.choices, "IN", "NOT IN"), "( 'a' , 'c' )")
	case 3:
		return f("CASE", g.ref(v), "WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 0 END < 2")
	}
	return f(g.ref(v), "=", one(&g.choices, "'b'", "'a'"))
}

func (g *generator) inQuery(s *scope, k kind, depth int) fragment {
	if g.queries <= 0 {
		return g.simpleOr(s)
	}
	g.queries--
	left := g.value(s, k, 1)
	if g.engine != "sqlite" && g.chance(25) {
		return g.any(s, left, k, depth)
	}
	query, _ := g.query(s, []kind{k}, depth-1)
	g.did("IN subquery")
	return f(left, one(&g.choices, "IN", "NOT IN"), "(", query, ")")
}

// any compares with what a query gives. One that DuckDB compares by order looks at nothing outside: its RIGHT_SEMI join
// keeps rows then that it should not, or does not, as it plans.
func (g *generator) any(s *scope, left fragment, k kind, depth int) fragment {
	g.did("ANY")
	op := one(&g.choices, "=", ">")
	if op == ">" && g.engine == "duckdb" {
		s = nil
	}
	query, _ := g.query(s, []kind{k}, depth-1)
	return f(left, op, "ANY (", query, ")")
}

func (g *generator) exists(s *scope, depth int) fragment {
	if g.queries <= 0 {
		return g.simpleOr(s)
	}
	g.queries--
	g.did("EXISTS")
	from, inner := g.from(s, depth-1)
	return f(one(&g.choices, "EXISTS", "NOT EXISTS"), "( SELECT", one(&g.choices, "1", "*"), "FROM", from, "WHERE", g.predicate(inner, depth-1), ")")
}

// simpleOr is simple, of whatever can be seen.
func (g *generator) simpleOr(s *scope) fragment {
	if v, ok := g.column(s, -1); ok {
		return f(g.ref(v), "IS NOT NULL")
	}
	return f("1 = 1")
}
