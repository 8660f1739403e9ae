package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// queryAhead: a query, possibly in more parentheses, begins at pos.
func (p *parser) queryAhead() bool {
	i := p.pos
	for p.keyAt(i) == token.LParen {
		i++
	}
	switch p.keyAt(i) {
	case token.Select:
		return true
	case token.With:
		return p.keyAt(i+1) != token.LParen
	case token.Values:
		return p.keyAt(i+1) == token.LParen && i > p.pos
	case token.From, token.Pivot, token.Unpivot:
		return (p.d.fromFirst || p.d.pipes && p.keyAt(i) == token.From) && i > p.pos
	}
	return false
}

// query reads a query with its WITH and its tail.
func (p *parser) query() *query {
	var w *with
	if p.key() == token.With {
		w = p.with()
	}
	q := p.queryBody()
	if w != nil {
		if q.with != nil {
			p.fail("a WITH after a WITH is not followed")
		}
		q.with = w
	}
	return q
}

func (p *parser) queryBody() *query {
	if !p.enter() {
		return p.mem.queries.one()
	}
	q := p.queryRest(p.queryTerm())
	p.leave()
	return q
}

// queryRest reads the set operations and the tail after a first term.
func (p *parser) queryRest(left *query) *query {
	for n := 0; p.err == nil && p.setOp(); n++ {
		if n > maxChain/10 {
			p.fail("there are more set operations than Skein follows")
		}
		q := p.newQuery(query{kind: querySet, start: left.start, left: left, op: p.pos})
		p.take(roleKeyword)
		for p.key() == token.All || p.key() == token.Distinct {
			p.take(roleKeyword)
		}
		if p.acceptTwo(token.By, token.Name) || p.accept(token.Corresponding) {
			q.byName = true
		}
		q.right = p.queryTerm()
		q.end = p.pos
		left = q
	}
	p.tail(left)
	left.end = p.pos
	if p.key() == token.Pipe {
		return p.pipes(left)
	}
	return left
}

func (p *parser) setOp() bool {
	switch p.key() {
	case token.Union, token.Intersect, token.Except, token.MinusWord:
		return true
	}
	return false
}

func (p *parser) queryTerm() *query {
	q := p.mem.queries.one()
	q.start = p.pos
	switch p.key() {
	case token.Select:
		q.sel = p.selectBody()
	case token.LParen:
		if !p.enter() {
			return q
		}
		p.take(roleKeyword)
		q.kind, q.left = queryParen, p.query()
		p.expect(token.RParen)
		p.leave()
	case token.Values:
		p.take(roleKeyword)
		q.kind, q.rows = queryValues, p.valueRows()
	case token.Table:
		p.take(roleKeyword)
		q.kind = queryTable
		q.sel = p.mem.bodies.one()
		q.sel.start, q.sel.from = q.start, p.mem.fromList.push(nil, p.target())
	case token.From:
		if p.d.pipes {
			p.fromQuery(q)
		} else {
			p.fromFirst(q)
		}
	case token.Pivot, token.Unpivot:
		if !p.d.fromFirst {
			p.fail("PIVOT and UNPIVOT are not followed")
			break
		}
		p.pivotQuery(q)
	default:
		p.templateQuery(q)
	}
	q.end = p.pos
	return q
}

// templateQuery reads a template that stands for a query: it gives outputs that are not known, under names of its
// own. What may follow it belongs to it.
func (p *parser) templateQuery(q *query) {
	if p.kind() != token.Template {
		p.fail("a query is expected here")
		return
	}
	s := p.mem.bodies.one()
	s.start, q.sel = p.pos, s
	hole := p.newExpr(exprHole, p.pos)
	hole.path = p.mem.only(p.take(roleNone))
	hole.end = p.pos
	s.items = p.mem.items.push(nil, item{start: hole.start, end: hole.end, expr: hole, alias: -1})
	for p.err == nil && p.clause(s) {
	}
}

func (p *parser) valueRows() (rows [][]*expr) {
	for p.err == nil {
		if p.key() == token.Row {
			p.take(roleKeyword)
		}
		if p.key() == token.LParen {
			p.take(roleKeyword)
			rows = append(rows, p.exprs())
			p.expect(token.RParen)
		} else {
			rows = append(rows, p.mem.kids.push(nil, p.expr()))
		}
		if !p.accept(token.Comma) {
			break
		}
	}
	return rows
}

// tail reads ORDER BY, LIMIT and what may follow.
func (p *parser) tail(q *query) {
	for p.err == nil {
		switch p.key() {
		case token.Order:
			p.take(roleKeyword)
			p.expect(token.By)
			q.order = p.mem.orders.pushAll(q.order, p.orderList())
		case token.Limit, token.Offset, token.Fetch:
			p.limit(q)
		case token.For:
			p.rowLocks()
		case token.Settings:
			p.fail("SETTINGS is not followed")
		case token.Pipe:
			if p.d.pipes {
				return
			}
			p.fail("pipe syntax is not followed")
		default:
			if p.kind() != token.Template || q.sel == nil {
				return
			}
			q.sel.holes = p.mem.ints.push(q.sel.holes, p.take(roleNone))
		}
	}
}

// limit reads LIMIT a, b; LIMIT a BY x; OFFSET a ROWS; FETCH FIRST a ROWS ONLY.
func (p *parser) limit(q *query) {
	q.cut = true
	for at := q; at.kind == queryParen; {
		at = at.left
		at.cut = true
	}
	if p.key() == token.Fetch {
		p.take(roleKeyword)
		for p.err == nil && (p.key() == token.First || p.word("NEXT") || p.key() == token.Rows || p.key() == token.Row ||
			p.key() == token.Only || p.kind() == token.Number || p.kind() == token.Param || p.word("PERCENT") || p.key() == token.With || p.word("TIES")) {
			p.take(roleKeyword)
		}
		return
	}
	p.take(roleKeyword)
	if p.accept(token.All) {
		return
	}
	q.limit = p.mem.kids.push(q.limit, p.expr())
	for p.accept(token.Comma) {
		q.limit = p.mem.kids.push(q.limit, p.expr())
	}
	if p.accept(token.By) && q.sel != nil {
		q.sel.limitBy = p.mem.kids.pushAll(q.sel.limitBy, p.exprs())
	}
	for p.key() == token.Rows || p.key() == token.Row {
		p.take(roleKeyword)
	}
}

// rowLocks reads FOR UPDATE and its like.
func (p *parser) rowLocks() {
	p.take(roleKeyword)
	if p.key() != token.Update && !p.word("SHARE") {
		p.fail("this FOR clause is not followed")
		return
	}
	p.take(roleKeyword)
	if p.accept(token.Of) {
		p.name(roleTable)
		for p.accept(token.Comma) {
			p.name(roleTable)
		}
	}
	for p.word("NOWAIT") || p.word("SKIP") || p.word("LOCKED") {
		p.take(roleKeyword)
	}
}

func (p *parser) with() *with {
	w := p.mem.withs.one()
	p.take(roleKeyword)
	w.recursive = p.accept(token.Recursive)
	for p.err == nil {
		w.ctes = p.mem.ctes.push(w.ctes, p.cte())
		if !p.accept(token.Comma) || p.key() == token.Select {
			break
		}
	}
	return w
}

func (p *parser) cte() cte {
	c := cte{name: p.name(roleCTE)}
	if p.key() == token.LParen {
		c.columns = p.names(roleDefinition)
	}
	p.expect(token.As)
	p.accept(token.Not)
	p.accept(token.Materialized)
	if p.key() != token.LParen || !p.queryAhead() && p.kindAt(p.pos+1) != token.Template {
		p.accept(token.LParen)
		p.fail("a WITH entry that is not a query is not followed")
		return c
	}
	p.take(roleKeyword)
	c.query = p.query()
	for q := c.query; q != nil; q = q.left {
		if q.with != nil {
			q.with.nested = true
		}
	}
	p.expect(token.RParen)
	if p.word("SEARCH") || p.word("CYCLE") {
		p.fail("SEARCH and CYCLE are not followed")
	}
	return c
}

// selectBody reads from SELECT to before ORDER BY.
func (p *parser) selectBody() *selectBody {
	s := p.mem.bodies.one()
	s.start = p.pos
	p.take(roleKeyword)
	p.selectHead(s)
	s.items = p.items()
	if p.key() == token.Into {
		p.take(roleKeyword)
		for p.key() == token.Temp || p.key() == token.Temporary || p.key() == token.Table {
			p.take(roleKeyword)
		}
		s.into = p.target()
	}
	if p.accept(token.From) {
		s.from = p.fromList()
	}
	for p.err == nil && p.clause(s) {
	}
	return s
}

// fromFirst reads FROM t SELECT a, and FROM t, which gives all columns.
func (p *parser) fromFirst(q *query) {
	if !p.d.fromFirst {
		p.fail("a query that begins with FROM is not followed")
		return
	}
	q.sel = p.implicitStar(q.start)
	p.take(roleKeyword)
	q.sel.from = p.fromList()
	if p.accept(token.Select) {
		p.selectHead(q.sel)
		q.sel.items = p.items()
	}
	for p.err == nil && p.clause(q.sel) {
	}
}

func (p *parser) selectHead(s *selectBody) {
	if p.key() == token.Distinct && p.next() == token.On {
		p.take(roleKeyword)
		p.take(roleKeyword)
		p.expect(token.LParen)
		s.distinctOn = p.exprs()
		p.expect(token.RParen)
	} else if p.key() == token.Distinct || p.key() == token.All || p.word("STRAIGHT_JOIN") {
		s.distinct = p.key() == token.Distinct
		p.take(roleKeyword)
	}
	if p.key() == token.Top && (p.kindAt(p.pos+1) == token.Number || p.next() == token.LParen) {
		s.top = true
		p.take(roleKeyword)
		if p.key() == token.LParen {
			p.skipParens(roleOther)
		} else {
			p.take(roleOther)
		}
		p.acceptWord("PERCENT")
		if p.key() == token.With && p.wordAt(p.pos+1, "TIES") {
			p.take(roleKeyword)
			p.take(roleKeyword)
		}
	}
	if p.key() == token.As && (p.next() == token.Struct || p.next() == token.Value) {
		s.asStruct = p.next() == token.Struct
		p.take(roleKeyword)
		p.take(roleKeyword)
	}
}

// clause reads one clause after FROM.
func (p *parser) clause(s *selectBody) bool {
	switch p.key() {
	case token.Where:
		p.take(roleKeyword)
		s.where = p.expr()
	case token.Prewhere:
		p.take(roleKeyword)
		s.prewhere = p.expr()
	case token.Group:
		p.groupBy(s)
	case token.Having:
		p.take(roleKeyword)
		s.having = p.expr()
	case token.Qualify:
		p.take(roleKeyword)
		s.qualify = p.expr()
	case token.Window:
		p.windows(s)
	case token.Sort, token.Cluster, token.Distribute:
		p.take(roleKeyword)
		p.expect(token.By)
		for _, o := range p.orderList() {
			s.sort = p.mem.kids.push(s.sort, o.expr)
		}
	default:
		if p.kind() != token.Template {
			return false
		}
		p.clauseHole(s)
	}
	return true
}

// clauseHole reads a template that stands for a clause. Right behind FROM it may bring tables in.
func (p *parser) clauseHole(s *selectBody) {
	f := p.newFrom(fromTable)
	at := p.take(roleNone)
	s.holes = p.mem.ints.push(s.holes, at)
	if len(s.from) > 0 && s.where == nil && s.prewhere == nil && len(s.group) == 0 && s.having == nil && s.qualify == nil && len(s.windows) == 0 {
		f.path, f.end = p.mem.only(at), p.pos
		s.from = p.mem.fromList.push(s.from, f)
	}
}

// afterAll: GROUP BY ALL is complete where this follows.
func (p *parser) afterAll(key token.Key) bool {
	switch key {
	case token.Having, token.Order, token.RParen, token.Limit, token.Qualify, token.Window, token.On, token.Returning:
		return true
	}
	return false
}

func (p *parser) groupBy(s *selectBody) {
	p.take(roleKeyword)
	p.expect(token.By)
	if p.accept(token.All) || p.accept(token.Distinct) {
		if p.ends() || p.setOp() || p.afterAll(p.key()) {
			return
		}
	}
	for p.err == nil {
		if p.acceptTwo(token.Grouping, token.Sets) {
			p.expect(token.LParen)
			s.group = p.mem.kids.pushAll(s.group, p.exprs())
			p.expect(token.RParen)
		} else {
			s.group = p.mem.kids.push(s.group, p.expr())
		}
		if p.kind() == token.Template {
			s.holes = p.mem.ints.push(s.holes, p.take(roleNone))
		}
		if !p.accept(token.Comma) {
			break
		}
	}
	if p.key() == token.With && (p.next() == token.Rollup || p.next() == token.Cube || p.wordAt(p.pos+1, "TOTALS")) {
		p.take(roleKeyword)
		p.take(roleKeyword)
	}
}

func (p *parser) windows(s *selectBody) {
	p.take(roleKeyword)
	for p.err == nil {
		w := windowDef{name: p.name(roleWindow)}
		p.expect(token.As)
		w.spec = p.windowSpec()
		s.windows = p.mem.defs.push(s.windows, w)
		if !p.accept(token.Comma) {
			return
		}
	}
}

// items reads a select list.
func (p *parser) items() []item {
	var out []item
	for p.err == nil {
		out = p.mem.items.push(out, p.item())
		if p.kind() == token.Template { // it brings a comma of its own
			continue
		}
		if !p.accept(token.Comma) || p.key() == token.From || p.key() == token.RParen || p.ends() {
			break
		}
	}
	return out
}

func (p *parser) item() item {
	it := item{start: p.pos, alias: -1}
	if p.d.aliasFirst && p.next() == token.Eq && (p.kind() == token.Word || p.kind() == token.Quoted) {
		it.alias = p.take(roleAlias)
		p.take(roleKeyword)
		it.expr = p.expr()
		it.end = p.pos
		return it
	}
	it.expr = p.expr()
	it.end = p.pos
	switch {
	case p.accept(token.As):
		p.itemAlias(&it)
	case p.canAlias():
		it.alias = p.take(roleAlias)
	case p.kind() == token.String && p.d.aliasStrings:
		it.alias = p.take(roleAlias)
	}
	return it
}

func (p *parser) itemAlias(it *item) {
	switch p.kind() {
	case token.String:
		it.alias = p.take(roleAlias)
	default:
		if p.key() == token.LParen {
			p.fail("several aliases for one expression are not followed")
			return
		}
		it.alias = p.name(roleAlias)
	}
}

func (p *parser) orderList() []orderItem {
	var out []orderItem
	for p.err == nil {
		if p.key() == token.All && (p.afterAll(p.next()) || p.next() == eof || p.next() == token.Semicolon) {
			p.take(roleKeyword)
			return out
		}
		out = p.mem.orders.push(out, orderItem{p.expr()})
		p.orderSuffix()
		if !p.accept(token.Comma) {
			break
		}
	}
	return out
}

func (p *parser) orderSuffix() {
	if p.key() == token.Asc || p.key() == token.Desc {
		p.take(roleKeyword)
	}
	if p.key() == token.Nulls && (p.next() == token.First || p.next() == token.Last) {
		p.take(roleKeyword)
		p.take(roleKeyword)
	}
	if p.key() == token.With && p.wordAt(p.pos+1, "FILL") {
		p.fail("WITH FILL is not followed")
	}
}
