package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

func (p *parser) newFrom(kind fromKind) *from {
	f := p.mem.froms.one()
	f.kind, f.start, f.alias, f.offset, f.natural = kind, p.pos, -1, -1, -1
	return f
}

// fromList reads FROM's comma list. A comma after ON ends the condition and begins the next item.
func (p *parser) fromList() []*from {
	var out []*from
	for p.err == nil {
		out = p.mem.fromList.push(out, p.joinTree())
		if !p.accept(token.Comma) {
			break
		}
	}
	return out
}

func (p *parser) joinTree() *from {
	if !p.enter() {
		return p.newFrom(fromTable)
	}
	left := p.fromPrimary()
	for n := 0; p.err == nil; n++ {
		if n > maxChain/10 {
			p.fail("there are more joins than Skein follows")
		}
		if p.key() == token.Lateral && p.next() == token.View {
			left = p.lateralView(left)
			continue
		}
		if !p.joinAhead() {
			break
		}
		left = p.join(left)
	}
	p.leave()
	return left
}

// joinAhead: a JOIN with whatever stands before the word.
func (p *parser) joinAhead() bool {
	for i := p.pos; i < p.pos+5; i++ {
		switch p.keyAt(i) {
		case token.Join, token.Apply, token.StraightJoin:
			return true
		case token.Natural, token.Inner, token.Left, token.Right, token.Full, token.Cross, token.Outer, token.Semi,
			token.Anti, token.Asof, token.Positional, token.Global, token.Any, token.All:
		case token.Array:
			if !p.d.arrayJoin {
				return false
			}
		default:
			return false
		}
	}
	return false
}

func (p *parser) join(left *from) *from {
	j := p.newFrom(fromJoin)
	j.start, j.left = left.start, left
	bare := false
	for p.err == nil {
		key := p.key()
		at := p.take(roleKeyword)
		switch key {
		case token.Natural:
			j.natural = at
		case token.Cross, token.Positional:
			bare = true
		case token.Semi, token.Anti:
			j.hidden = !p.d.semiShows
		case token.Array:
			p.expect(token.Join)
			j.right = p.arrays()
			j.end = p.pos
			return j
		}
		if key == token.Join || key == token.Apply || key == token.StraightJoin {
			bare = bare || key == token.Apply
			j.lateral = key == token.Apply
			break
		}
	}
	j.right = p.fromPrimary()
	j.right.lateral = j.right.lateral || j.lateral
	if (bare || j.natural >= 0) && j.right.kind == fromPivot { // DuckDB lets it take the whole join
		p.fail("PIVOT and UNPIVOT are not followed behind a join without a condition, of which they may take both sides: join with ON")
		return j
	}
	if !bare && j.natural < 0 {
		p.nestedJoins(j)
		p.joinCondition(j)
	}
	j.end = p.pos
	return j
}

// arrays reads what ARRAY JOIN unfolds: a, b AS x.
func (p *parser) arrays() *from {
	f := p.newFrom(fromArrays)
	f.items, f.end = p.items(), p.pos
	return f
}

// nestedJoins reads a JOIN b JOIN c ON … ON …, where the second join stands inside the first.
func (p *parser) nestedJoins(j *from) {
	for p.err == nil && p.joinAhead() && p.nestsHere() {
		if !p.enter() {
			return
		}
		j.right = p.join(j.right)
		p.leave()
	}
}

// nestsHere: the joins that follow have more conditions than joins, so that one is left for the join before.
func (p *parser) nestsHere() bool {
	depth, open := 0, 1
	for i := p.pos; i < len(p.toks); i++ {
		switch p.toks[i].Key {
		case token.LParen:
			depth++
		case token.RParen:
			if depth--; depth < 0 {
				return false
			}
		case token.Join, token.StraightJoin:
			if depth == 0 && !crossJoin(p.toks, i) {
				open++
			}
		case token.On, token.Using:
			if depth > 0 {
				continue
			}
			if open--; open == 0 {
				return true
			}
		case token.Where, token.Group, token.Order, token.Limit, token.Union, token.Semicolon, token.Set, token.When, token.Having, token.Select:
			if depth == 0 {
				return false
			}
		}
		if i-p.pos > maxChain {
			return false
		}
	}
	return false
}

func crossJoin(toks []token.Token, i int) bool {
	return i > 0 && (toks[i-1].Key == token.Cross || toks[i-1].Key == token.Natural || toks[i-1].Key == token.Positional)
}

func (p *parser) joinCondition(j *from) {
	if p.accept(token.MatchCondition) {
		p.expect(token.LParen)
		j.args = p.mem.kids.push(j.args, p.expr())
		p.expect(token.RParen)
	}
	switch {
	case p.accept(token.On):
		j.on = p.expr()
	case p.key() == token.Using:
		p.take(roleKeyword)
		j.using = p.names(roleNone)
		if p.key() == token.As {
			p.fail("USING … AS is not followed")
		}
	}
}

// lateralView reads LATERAL VIEW [OUTER] f(x) t [AS a, b].
func (p *parser) lateralView(left *from) *from {
	j := p.newFrom(fromJoin)
	j.start, j.left, j.lateral = left.start, left, true
	p.take(roleKeyword)
	p.take(roleKeyword)
	p.accept(token.Outer)
	f := p.newFrom(fromFunc)
	f.lateral, f.explode = true, true
	f.path, _ = p.path(roleFunction)
	f.args = p.functionArgs(f.path)
	if p.canAlias() {
		f.alias = p.name(roleTableAlias)
	}
	if p.accept(token.As) {
		f.columns = p.mem.ints.push(f.columns, p.name(roleDefinition))
		for p.key() == token.Comma {
			p.take(roleKeyword)
			f.columns = p.mem.ints.push(f.columns, p.name(roleDefinition))
		}
	}
	f.end, j.end = p.pos, p.pos
	j.right = f
	return j
}

// fromPrimary reads one item of FROM with its alias.
func (p *parser) fromPrimary() *from {
	if !p.enter() {
		return p.newFrom(fromTable)
	}
	f := p.newFrom(fromTable)
	f.lateral = p.accept(token.Lateral)
	switch key := p.key(); {
	case key == token.LParen:
		p.fromParen(f)
	case key == token.Unnest && p.next() == token.LParen:
		p.unnest(f)
	case key == token.Table && p.next() == token.LParen:
		p.take(roleFunction)
		f.kind, f.args = fromFunc, p.functionArgs(nil)
	case key == token.Values:
		p.fail("VALUES without parentheses is not followed here")
	default:
		p.fromName(f)
	}
	p.fromTail(f)
	f.end = p.pos
	p.leave()
	return f
}

// fromParen reads ( query ) or ( join tree ).
func (p *parser) fromParen(f *from) {
	if p.queryAhead() && p.next() != token.LParen {
		p.take(roleKeyword)
		f.kind, f.query = fromQuery, p.query()
		p.expect(token.RParen)
		return
	}
	p.take(roleKeyword)
	inner := p.joinTree()
	if inner.kind == fromQuery && inner.alias < 0 && (p.setOp() || p.key() == token.Order || p.key() == token.Limit) {
		first := p.newQuery(query{kind: queryParen, start: inner.start, end: inner.end, left: inner.query})
		f.kind, f.query = fromQuery, p.queryRest(first)
		p.expect(token.RParen)
		return
	}
	p.expect(token.RParen)
	lateral := f.lateral
	*f = *inner
	if inner.kind == fromJoin || inner.alias >= 0 {
		// An alias after the parentheses hides the names inside: keep the tree below it.
		if p.key() == token.As || p.canAlias() {
			group := p.mem.froms.one()
			*group = *f
			*f = from{kind: fromGroup, start: group.start, left: group, alias: -1, offset: -1, natural: -1, lateral: lateral}
			return
		}
	}
	f.lateral = f.lateral || lateral
	f.parens = f.parens || inner.kind == fromJoin
}

// functionArgs reads a table function's arguments, which may have names.
func (p *parser) functionArgs(path []int) []*expr {
	call := p.newExpr(exprCall, p.pos)
	call.path = path
	p.callRest(call)
	return call.kids
}

func (p *parser) unnest(f *from) {
	f.kind, f.unnest, f.lateral = fromFunc, true, true
	f.path = p.mem.only(p.take(roleFunction))
	p.take(roleKeyword)
	f.args = p.exprs()
	p.expect(token.RParen)
	p.ordinality(f)
}

// ordinality reads WITH ORDINALITY and WITH OFFSET [AS x].
func (p *parser) ordinality(f *from) {
	if p.key() != token.With || p.next() != token.Ordinality && p.next() != token.Offset {
		return
	}
	p.take(roleKeyword)
	f.offset = p.take(roleKeyword)
	if p.toks[f.offset].Key == token.Offset && (p.key() == token.As || p.canAlias()) {
		p.accept(token.As)
		f.offset = p.name(roleDefinition)
	}
}

func (p *parser) fromName(f *from) {
	if p.kind() == token.String || p.kind() == token.Param {
		f.path = p.mem.only(p.take(roleTable))
		return
	}
	p.accept(token.Only)
	if p.key().Reserved() {
		p.fail("a table is expected here")
		return
	}
	f.path, f.dashed = p.path(roleTable)
	if p.key() == token.LParen {
		f.kind, f.lateral = fromFunc, true
		for _, at := range f.path {
			if at >= 0 {
				p.roles[at] = roleFunction
			}
		}
		f.args = p.functionArgs(f.path)
		p.ordinality(f)
	}
}

// fromTail reads what follows an item: time travel, samples, hints, the alias, pivots.
func (p *parser) fromTail(f *from) {
	p.fromMarks(f)
	p.fromAlias(f)
	p.fromMarks(f)
	p.ordinality(f)
	p.pivots(f)
	if p.word("MATCH_RECOGNIZE") || p.word("CHANGES") {
		p.fail("this FROM clause is not followed")
	}
}

// fromAlias reads an item's alias and its list of columns.
func (p *parser) fromAlias(f *from) {
	switch {
	case f.alias >= 0 || f.kind == fromJoin:
	case p.accept(token.As):
		f.alias = p.name(roleTableAlias)
	case p.canAlias():
		f.alias = p.take(roleTableAlias)
	}
	if f.alias >= 0 && p.key() == token.LParen && len(f.columns) == 0 && !(p.d.tableHints && p.wordAt(p.pos+1, "INDEX")) {
		f.columns = p.columnList()
	}
}

// columnList reads an alias's (a, b) or (a int, b text).
func (p *parser) columnList() []int {
	var out []int
	p.expect(token.LParen)
	for p.err == nil {
		out = p.mem.ints.push(out, p.name(roleDefinition))
		if p.key() != token.Comma && p.key() != token.RParen {
			p.typeName()
		}
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RParen)
	return out
}

func (p *parser) fromMarks(f *from) {
	for p.err == nil {
		switch {
		case p.key() == token.Tablesample, p.key() == token.Sample && p.d.samples:
			p.take(roleKeyword)
			for p.kind() == token.Word && p.next() == token.LParen {
				p.take(roleKeyword)
				p.skipParens(roleOther)
			}
			if p.key() == token.LParen {
				p.skipParens(roleOther)
			}
		case p.key() == token.Final && p.d.finals, p.key() == token.Star:
			p.take(roleKeyword)
		case p.key() == token.With && p.next() == token.LParen && p.d.tableHints:
			p.take(roleKeyword)
			p.skipParens(roleHint)
		case p.key() == token.At && p.next() == token.LParen, p.word("BEFORE") && p.next() == token.LParen:
			p.take(roleKeyword)
			p.skipParens(roleOther)
		case p.key() == token.For && (p.wordAt(p.pos+1, "SYSTEM_TIME") || p.wordAt(p.pos+1, "TIMESTAMP") || p.wordAt(p.pos+1, "VERSION")):
			p.take(roleKeyword)
			p.timeTravel(f)
		case (p.word("VERSION") || p.key() == token.Timestamp) && p.next() == token.As && p.keyAt(p.pos+2) == token.Of:
			p.timeTravel(f)
		default:
			return
		}
	}
}

func (p *parser) timeTravel(f *from) {
	p.take(roleKeyword)
	p.expect(token.As)
	p.expect(token.Of)
	f.args = p.mem.kids.push(f.args, p.binary(precOther))
}
