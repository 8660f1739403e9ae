package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// How tightly operators bind. All arithmetic is one level: for names it does not matter which comes first.
const (
	precOr = iota + 1
	precAnd
	precNot
	precCompare
	precOther
)

func (p *parser) exprs() []*expr {
	var out []*expr
	for p.err == nil && p.key() != token.RParen && p.key() != token.RBracket {
		out = p.mem.kids.push(out, p.expr())
		if p.kind() == token.Template { // it brings a comma of its own
			continue
		}
		if !p.accept(token.Comma) {
			break
		}
	}
	return out
}

func (p *parser) expr() *expr { return p.binary(precOr) }

func (p *parser) binary(min int) *expr {
	if !p.enter() {
		return p.newExpr(exprLit, p.pos)
	}
	left := p.unary(min)
	for prec := p.operator(); prec > 0 && prec >= min; prec = p.operator() {
		left = p.combine(left, prec)
	}
	p.leave()
	return left
}

// operator is the precedence of the operator at pos, 0 if there is none.
func (p *parser) operator() int {
	switch key := p.key(); key {
	case token.Or:
		return precOr
	case token.And:
		return precAnd
	case token.Eq, token.Lt, token.Gt, token.Compare, token.Like, token.Ilike, token.Rlike, token.Regexp, token.Glob,
		token.Similar, token.In, token.Between, token.Is, token.Isnull, token.Notnull, token.Global:
		return precCompare
	case token.Not:
		switch p.next() {
		case token.Like, token.Ilike, token.Rlike, token.Regexp, token.Glob, token.Similar, token.In, token.Between, token.Null:
			return precCompare
		}
	case token.Star, token.Minus, token.Other, token.Arrow, token.Question:
		return precOther
	case token.At:
		if p.wordAt(p.pos+1, "TIME") || p.next() == token.Time {
			return precOther
		}
	case token.Collate:
		return precOther
	case token.None:
		if p.d.wordOperators && (p.word("DIV") || p.word("MOD") || p.word("XOR")) || p.word("OVERLAPS") {
			return precOther
		}
	}
	return 0
}

// combine reads the operator at pos and its right side.
func (p *parser) combine(left *expr, prec int) *expr {
	switch key := p.key(); {
	case prec == precCompare:
		return p.compare(left)
	case key == token.Collate:
		e := p.wrap(exprCollate, left)
		p.take(roleKeyword)
		p.path(roleOther)
		e.end = p.pos
		return e
	case key == token.At:
		p.take(roleKeyword)
		p.take(roleKeyword)
		if !p.acceptWord("ZONE") {
			p.fail("AT TIME ZONE is expected here")
		}
	default:
		p.take(roleKeyword)
	}
	right := p.binary(prec + 1)
	// A chain of one level is one node, so that long chains do not nest.
	if left.kind != exprOther || left.op != prec {
		left = p.wrap(exprOther, left)
		left.op = prec
	}
	p.kid(left, right)
	left.end = p.pos
	return left
}

func (p *parser) wrap(kind exprKind, inner *expr) *expr {
	e := p.newExpr(kind, inner.start)
	p.kid(e, inner)
	e.end = p.pos
	return e
}

func (p *parser) compare(left *expr) *expr {
	e := p.wrap(exprCompare, left)
	e.op = p.pos
	p.accept(token.Global)
	p.accept(token.Not)
	switch key := p.key(); key {
	case token.In:
		p.take(roleKeyword)
		p.inList(e)
	case token.Between:
		p.take(roleKeyword)
		p.acceptWord("SYMMETRIC")
		p.kid(e, p.binary(precOther))
		p.expect(token.And)
		p.kid(e, p.binary(precOther))
	case token.Is:
		p.is(e)
	case token.Isnull, token.Notnull, token.Null:
		p.take(roleKeyword)
	default:
		p.take(roleKeyword)
		if key == token.Similar {
			p.acceptWord("TO")
		}
		p.kid(e, p.binary(precOther))
		if p.accept(token.Escape) {
			p.kid(e, p.binary(precOther))
		}
	}
	e.end = p.pos
	return e
}

func (p *parser) inList(e *expr) {
	if p.key() != token.LParen {
		p.kid(e, p.unary(precOther))
		return
	}
	if p.queryAhead() && p.next() != token.LParen {
		p.kid(e, p.subquery(exprIn))
		return
	}
	p.take(roleKeyword)
	e.kids = p.mem.kids.pushAll(e.kids, p.exprs())
	p.expect(token.RParen)
	for _, kid := range e.kids[1:] { // x IN ((SELECT …))
		if kid.kind == exprQuery {
			kid.kind = exprIn
		}
	}
}

func (p *parser) is(e *expr) {
	p.take(roleKeyword)
	p.accept(token.Not)
	if p.key() == token.Distinct {
		p.take(roleKeyword)
		p.expect(token.From)
		p.kid(e, p.binary(precOther))
		return
	}
	if p.key() == token.Null || p.word("TRUE") || p.word("FALSE") || p.word("UNKNOWN") || p.word("JSON") {
		p.take(roleKeyword)
		return
	}
	p.kid(e, p.binary(precOther)) // SQLite and MySQL: IS any value
}

// subquery reads ( query ).
func (p *parser) subquery(kind exprKind) *expr {
	e := p.newExpr(kind, p.pos)
	p.expect(token.LParen)
	e.query = p.query()
	p.expect(token.RParen)
	e.end = p.pos
	return e
}

func (p *parser) unary(min int) *expr {
	switch key, kind := p.key(), p.kind(); {
	case kind == token.Word && key == token.None:
		return p.postfix(p.wordOperand()) // most operands
	case (kind == token.Op || kind == token.Param) && p.positionAhead():
		return p.postfix(p.position())
	case key == token.Not:
		if p.next() == token.Exists {
			return p.prefixed(precCompare)
		}
		return p.prefixed(max(precNot, min))
	case key == token.Minus, key == token.Other && p.prefixOperator():
		return p.prefixed(precOther + 1)
	}
	return p.postfix(p.primary())
}

// positionAhead: DuckDB's #1 or Snowflake's $1, which are columns by their position.
func (p *parser) positionAhead() bool {
	switch p.kind() {
	case token.Op:
		return p.d.position == '#' && p.toks[p.pos].In(p.src) == "#" && p.kindAt(p.pos+1) == token.Number
	case token.Param:
		text := p.toks[p.pos].In(p.src)
		return p.d.position == '$' && len(text) > 1 && text[0] == '$' && text[1] >= '0' && text[1] <= '9'
	}
	return false
}

func (p *parser) position() *expr {
	e := p.newExpr(exprPosition, p.pos)
	if p.take(roleOther); p.toks[e.start].Kind == token.Op {
		p.take(roleOther)
	}
	e.end = p.pos
	return e
}

func (p *parser) prefixOperator() bool {
	switch p.toks[p.pos].In(p.src) {
	case "+", "~", "!", "@", "-":
		return true
	}
	return false
}

func (p *parser) prefixed(prec int) *expr {
	e := p.newExpr(exprOther, p.pos)
	p.take(roleKeyword)
	p.kid(e, p.binary(prec))
	e.end = p.pos
	return e
}

// postfix reads what follows an operand, as most are followed by nothing.
func (p *parser) postfix(e *expr) *expr {
	switch p.key() {
	case token.DoubleColon, token.LBracket, token.Dot, token.Colon:
		return p.postfixes(e)
	}
	return e
}

// postfixes reads ::type, [i], .field, :path and what else may follow an operand.
func (p *parser) postfixes(e *expr) *expr {
	for n := 0; p.err == nil; n++ {
		if n > maxDepth {
			p.fail("there are more subscripts than Skein follows")
		}
		switch key := p.key(); {
		case key == token.DoubleColon:
			e = p.wrap(exprCast, e)
			p.take(roleKeyword)
			p.typeName()
		case key == token.LBracket:
			e = p.wrap(exprIndex, e)
			p.subscript(e)
		case key == token.Dot:
			e = p.field(e)
		case key == token.Colon && p.d.colonPath:
			e = p.wrap(exprColon, e)
			p.take(roleKeyword)
			p.jsonPath(e)
		default:
			return e
		}
		e.end = p.pos
	}
	return e
}

func (p *parser) subscript(e *expr) {
	p.take(roleKeyword)
	for p.err == nil && p.key() != token.RBracket {
		if p.key() == token.Colon {
			p.take(roleKeyword)
			continue
		}
		p.kid(e, p.expr())
		if p.key() != token.Colon && p.key() != token.RBracket {
			break
		}
	}
	p.expect(token.RBracket)
}

func (p *parser) field(inner *expr) *expr {
	e := p.wrap(exprField, inner)
	p.take(roleKeyword)
	if p.key() == token.Star {
		p.starRest(e)
		e.path = nil
		return e
	}
	e.path = p.mem.only(p.name(roleNone))
	if p.key() == token.LParen { // a method
		p.roles[e.path[0]] = roleFunction
		p.callRest(e)
	}
	return e
}

// jsonPath reads what follows x: .
func (p *parser) jsonPath(e *expr) {
	e.path = p.mem.only(p.name(rolePath))
	for p.err == nil && p.key() == token.Dot {
		p.take(roleKeyword)
		e.path = p.mem.ints.push(e.path, p.name(rolePath))
	}
}

// primary reads one operand.
func (p *parser) primary() *expr {
	start := p.pos
	switch p.kind() {
	case token.Number, token.Param:
		e := p.newExpr(exprLit, start)
		p.take(roleOther)
		e.end = p.pos
		return e
	case token.String:
		e := p.newExpr(exprLit, start)
		for p.kind() == token.String && (p.pos == start || p.d.joinStrings || p.newline(p.pos)) {
			p.take(roleOther)
		}
		e.end = p.pos
		return e
	case token.Quoted, token.Template:
		return p.reference()
	case token.Word:
		return p.wordOperand()
	}
	switch p.key() {
	case token.LParen:
		return p.parens()
	case token.Star:
		e := p.newExpr(exprStar, start)
		p.starRest(e)
		return e
	case token.LBracket:
		e := p.newExpr(exprOther, start)
		p.take(roleKeyword)
		if e.kids = p.exprs(); p.key() == token.For && p.d.comprehensions {
			p.comprehension(e)
		}
		p.expect(token.RBracket)
		e.end = p.pos
		return e
	case token.LBrace:
		return p.braces()
	case token.Question:
		e := p.newExpr(exprLit, start)
		p.take(roleOther)
		e.end = p.pos
		return e
	}
	p.fail("an expression is expected here")
	return p.newExpr(exprLit, start)
}

// comprehension reads the rest of [x + 1 for x in list if x > 2], in which x hides what else has its name.
func (p *parser) comprehension(e *expr) {
	l := p.newExpr(exprLambda, e.start)
	l.kids, l.end = e.kids, p.pos
	p.take(roleKeyword)
	for p.err == nil {
		l.path = p.mem.ints.push(l.path, p.name(roleLambda))
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.In)
	e.kids = p.mem.kids.push(p.mem.kids.push(nil, l), p.expr())
	if p.accept(token.If) {
		p.kid(l, p.expr())
	}
}

// newline: the token stands on another line than the one before. Strings on two lines are one.
func (p *parser) newline(i int) bool {
	return i > 0 && strings.IndexByte(p.src[p.toks[i-1].End:p.toks[i].Start], '\n') >= 0
}

// braces reads {'a': x, …}.
func (p *parser) braces() *expr {
	e := p.newExpr(exprOther, p.pos)
	p.take(roleKeyword)
	for p.err == nil && p.key() != token.RBrace {
		switch p.kind() {
		case token.String, token.Word, token.Quoted, token.Number:
			p.take(rolePath)
		default:
			p.fail("a key is expected here")
		}
		p.expect(token.Colon)
		p.kid(e, p.expr())
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RBrace)
	e.end = p.pos
	return e
}

// parens reads ( … ): a query, a tuple, a lambda's parameters, or one expression.
func (p *parser) parens() *expr {
	start := p.pos
	if p.queryAhead() && p.next() != token.LParen {
		return p.subquery(exprQuery)
	}
	e := p.newExpr(exprParen, start)
	p.take(roleKeyword)
	e.kids = p.exprs()
	if len(e.kids) == 1 && e.kids[0].kind == exprQuery && p.setOp() {
		first := p.newQuery(query{kind: queryParen, start: e.kids[0].start, end: e.kids[0].end, left: e.kids[0].query})
		e.kind, e.kids, e.query = exprQuery, nil, p.queryRest(first)
	}
	p.expect(token.RParen)
	if len(e.kids) != 1 && e.kind == exprParen {
		e.kind = exprOther
	}
	if p.key() == token.Arrow && p.d.arrows != arrowJSON && e.kind != exprQuery && p.allBare(e.kids) {
		return p.lambda(e)
	}
	e.end = p.pos
	return e
}

func (p *parser) allBare(kids []*expr) bool {
	for _, k := range kids {
		if k.kind != exprRef || len(k.path) != 1 {
			return false
		}
	}
	return true
}

// lambda turns what was read into parameters and reads the body.
func (p *parser) lambda(e *expr) *expr {
	l := p.newExpr(exprLambda, e.start)
	params := e.kids
	if e.kind == exprRef {
		params = p.mem.kids.push(nil, e)
	}
	for _, k := range params {
		l.path = p.mem.ints.push(l.path, k.path[0])
		p.roles[k.path[0]] = roleLambda
	}
	p.take(roleKeyword)
	p.kid(l, p.expr())
	l.end = p.pos
	return l
}

// starRest reads * and what changes it: EXCEPT, EXCLUDE, REPLACE, RENAME, ILIKE.
func (p *parser) starRest(e *expr) {
	p.take(roleKeyword)
	for p.err == nil {
		switch {
		case (p.key() == token.Except || p.key() == token.Exclude) && p.next() == token.LParen:
			p.take(roleKeyword)
			mods := p.starMods(e)
			mods.except = append(mods.except, p.names(roleNone)...)
		case p.key() == token.Exclude:
			p.take(roleKeyword)
			mods := p.starMods(e)
			mods.except = append(mods.except, p.name(roleNone))
		case p.key() == token.Replace:
			p.take(roleKeyword)
			mods := p.starMods(e)
			mods.replace = append(mods.replace, p.starItems()...)
		case p.key() == token.Rename:
			p.take(roleKeyword)
			mods := p.starMods(e)
			mods.rename = append(mods.rename, p.starItems()...)
		case p.key() == token.Ilike && p.kindAt(p.pos+1) == token.String && p.d.starLike:
			p.take(roleKeyword)
			p.starMods(e).like = 1 + p.take(roleOther)
		case p.key() == token.Ilike || p.key() == token.Like || p.word("APPLY") || p.key() == token.Similar:
			p.fail("a star with a pattern is not followed")
		default:
			e.end = p.pos
			return
		}
	}
}

func (p *parser) starMods(e *expr) *starMods {
	m := p.more(e)
	if m.star == nil {
		m.star = &starMods{}
	}
	return m.star
}

// starItems reads (x AS a, …) or x AS a.
func (p *parser) starItems() []item {
	paren := p.accept(token.LParen)
	var out []item
	for p.err == nil {
		it := item{start: p.pos, alias: -1, expr: p.expr(), end: p.pos}
		p.accept(token.As)
		it.alias = p.name(roleNone)
		out = p.mem.items.push(out, it)
		if !paren || !p.accept(token.Comma) {
			break
		}
	}
	if paren {
		p.expect(token.RParen)
	}
	return out
}
