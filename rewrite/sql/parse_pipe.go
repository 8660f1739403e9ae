package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// stage is one step of BigQuery's pipe syntax: FROM t |> WHERE c > 1 |> SELECT c.
type stage struct {
	key     token.Key // its first word: Where, Select, Set, Drop, Rename, As, Join, Group for AGGREGATE, Into for EXTEND
	at      int
	exprs   []*expr // of WHERE, ORDER BY, LIMIT
	items   []item  // of SELECT, EXTEND, AGGREGATE, RENAME
	groups  []item  // of AGGREGATE … GROUP BY
	sets    []assign
	names   []int // of DROP, and AS
	join    *from // without its left side
	ordered bool  // the expressions are those of ORDER BY
}

// fromQuery reads FROM t, JOINs included, which is a query where pipes are.
func (p *parser) fromQuery(q *query) {
	p.take(roleKeyword)
	q.kind, q.sel = queryTable, p.mem.bodies.one()
	q.sel.start, q.sel.from = q.start, p.fromList()
}

// pipes reads the stages behind a query.
func (p *parser) pipes(left *query) *query {
	q := p.newQuery(query{kind: queryPipe, start: left.start, left: left})
	for p.err == nil && p.key() == token.Pipe {
		if len(q.stages) > maxChain/10 {
			p.fail("there are more stages than Skein follows")
		}
		p.take(roleKeyword)
		q.stages = append(q.stages, p.stage())
		q.cut = q.cut || q.stages[len(q.stages)-1].key == token.Limit
	}
	q.end = p.pos
	return q
}

func (p *parser) stage() stage {
	s := stage{key: p.key(), at: p.pos}
	switch {
	case p.joinAhead():
		s.key, s.join = token.Join, p.join(p.newFrom(fromTable))
	case p.accept(token.Where):
		s.exprs = p.mem.kids.push(nil, p.expr())
	case p.accept(token.Select):
		p.accept(token.Distinct)
		s.items = p.items()
	case p.acceptWord("EXTEND"):
		s.key, s.items = token.Into, p.items()
	case p.acceptWord("AGGREGATE"):
		s.key = token.Group
		p.aggregate(&s)
	case p.key() == token.Set:
		s.sets = p.assignments()
	case p.accept(token.Drop):
		s.names = p.listed()
	case p.accept(token.Rename):
		s.items = p.renamings()
	case p.accept(token.As):
		s.names = p.mem.only(p.name(roleTableAlias))
	case p.acceptTwo(token.Order, token.By):
		s.ordered = true
		for _, o := range p.orderList() {
			s.exprs = p.mem.kids.push(s.exprs, o.expr)
		}
	case p.accept(token.Limit):
		s.exprs = p.mem.kids.push(nil, p.expr())
		if p.accept(token.Offset) {
			s.exprs = p.mem.kids.push(s.exprs, p.expr())
		}
	case p.accept(token.Distinct):
	default:
		p.fail("this stage of a pipe is not followed")
	}
	return s
}

// aggregate reads sum(x) AS s, … GROUP [AND ORDER] BY a, b AS c.
func (p *parser) aggregate(s *stage) {
	if p.key() != token.Group {
		s.items = p.orderedItems()
	}
	if !p.accept(token.Group) {
		return
	}
	if p.accept(token.And) {
		p.expect(token.Order)
	}
	p.expect(token.By)
	s.groups = p.orderedItems()
}

func (p *parser) orderedItems() []item {
	var out []item
	for p.err == nil {
		it := item{start: p.pos, alias: -1}
		it.expr = p.expr()
		it.end = p.pos
		if p.accept(token.As) || p.key() != token.Asc && p.key() != token.Desc && p.canAlias() {
			it.alias = p.name(roleAlias)
		}
		out = p.mem.items.push(out, it)
		p.orderSuffix()
		if !p.accept(token.Comma) || p.key() == token.Group || p.key() == token.Pipe {
			break
		}
	}
	return out
}

// listed reads a, b.
func (p *parser) listed() []int {
	out := p.mem.only(p.name(roleNone))
	for p.accept(token.Comma) {
		out = p.mem.ints.push(out, p.name(roleNone))
	}
	return out
}

// renamings reads a AS b, c d.
func (p *parser) renamings() []item {
	var out []item
	for p.err == nil {
		it := item{start: p.pos, alias: -1}
		it.expr = p.pathExpr(roleNone)
		it.end = p.pos
		p.accept(token.As)
		it.alias = p.name(roleAlias)
		out = p.mem.items.push(out, it)
		if !p.accept(token.Comma) {
			break
		}
	}
	return out
}
