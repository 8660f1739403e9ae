package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// wordOperand reads an operand that begins with a bare word.
func (p *parser) wordOperand() *expr {
	start := p.pos
	switch key, next := p.key(), p.next(); {
	case key == token.None && p.kindAt(start+1) != token.String && !p.bareLiteral() && !p.lambdaAhead():
		return p.reference() // most operands
	case key == token.Case:
		return p.caseExpr()
	case key == token.Null || key == token.Default && next != token.LParen:
		e := p.newExpr(exprLit, start)
		p.take(roleKeyword)
		e.end = p.pos
		return e
	case (key == token.Cast || key == token.TryCast || key == token.SafeCast) && next == token.LParen:
		return p.cast()
	case key == token.Convert && next == token.LParen && p.d.typeFirst:
		return p.convert()
	case key == token.Extract && next == token.LParen:
		return p.extract()
	case key == token.Exists && next == token.LParen:
		return p.exists()
	case (key == token.Any || key == token.Some || key == token.All) && next == token.LParen:
		return p.exists()
	case key == token.Array && (next == token.LBracket || next == token.Lt || next == token.LParen):
		return p.array()
	case key == token.Struct && (next == token.Lt || next == token.LParen):
		return p.structOf()
	case key == token.Interval && (p.kindAt(p.pos+1) == token.String || p.kindAt(p.pos+1) == token.Number || p.kindAt(p.pos+1) == token.Word || p.kindAt(p.pos+1) == token.Template || p.kindAt(p.pos+1) == token.Param || next == token.LParen || next == token.Minus):
		return p.interval()
	case p.kindAt(p.pos+1) == token.String && p.typedLiteral():
		e := p.newExpr(exprLit, start)
		p.take(roleType)
		p.take(roleOther)
		e.end = p.pos
		return e
	case key == token.Values && next == token.LParen, next == token.LParen && (key == token.Left || key == token.Right || key == token.Replace || key == token.If || key == token.Like):
		return p.call(p.pathExpr(roleFunction))
	case key.Reserved() && key != token.Values:
		p.fail("an expression is expected here")
		return p.newExpr(exprLit, start)
	case p.lambdaAhead():
		return p.lambdaWord()
	case p.bareLiteral():
		e := p.newExpr(exprLit, start)
		p.take(roleKeyword)
		e.end = p.pos
		return e
	}
	return p.reference()
}

// lambdaAhead: DuckDB's lambda x, y : … begins here.
func (p *parser) lambdaAhead() bool {
	if !p.d.lambdaWord || !p.word("LAMBDA") || p.kindAt(p.pos+1) != token.Word && p.kindAt(p.pos+1) != token.Quoted {
		return false
	}
	at := p.pos + 2
	for p.keyAt(at) == token.Comma && (p.kindAt(at+1) == token.Word || p.kindAt(at+1) == token.Quoted) {
		at += 2
	}
	return p.keyAt(at) == token.Colon
}

func (p *parser) lambdaWord() *expr {
	l := p.newExpr(exprLambda, p.pos)
	p.take(roleKeyword)
	for p.err == nil && p.key() != token.Colon {
		l.path = p.mem.ints.push(l.path, p.name(roleLambda))
		p.accept(token.Comma)
	}
	p.expect(token.Colon)
	p.kid(l, p.expr())
	l.end = p.pos
	return l
}

func (p *parser) bareLiteral() bool {
	return (p.word("TRUE") || p.word("FALSE")) && p.next() != token.Dot && p.next() != token.LParen
}

// typedLiteral: a type's name stands before a string. In Trino every name there is one.
func (p *parser) typedLiteral() bool {
	if p.d.anyTyped && p.kind() == token.Word && !p.key().Reserved() {
		return true
	}
	switch p.key() {
	case token.Date, token.Time, token.Timestamp, token.Datetime:
		return true
	case token.None: // any type's name: DOUBLE '0.5', UINT256 '1'
		if p.d.typedStrings {
			return true
		}
	}
	for _, w := range [...]string{"JSON", "NUMERIC", "BIGNUMERIC", "DECIMAL", "BYTES", "UUID", "TIMESTAMPTZ", "BOOL", "RANGE", "_UTF8", "_UTF8MB4", "BINARY", "CHAR"} {
		if p.word(w) {
			return true
		}
	}
	return false
}

// pathExpr reads one word as a call's name.
func (p *parser) pathExpr(r role) *expr {
	e := p.newExpr(exprRef, p.pos)
	e.path = p.mem.only(p.take(r))
	e.end = p.pos
	return e
}

// reference reads a.b.c, a.b.*, f(…) and x -> ….
func (p *parser) reference() *expr {
	e := p.newExpr(exprRef, p.pos)
	if p.kind() == token.Template && p.next() != token.Dot {
		e.kind = exprHole
	}
	e.path = p.mem.only(p.take(roleNone))
	for p.err == nil && p.key() == token.Dot {
		switch k := p.kindAt(p.pos + 1); {
		case p.next() == token.Star:
			p.take(roleKeyword)
			e.kind = exprStar
			p.starRest(e)
			return e
		case k == token.Word || k == token.Quoted || k == token.Template:
			p.take(roleKeyword)
			e.path = p.mem.ints.push(e.path, p.take(roleNone))
		case k == token.Param:
			p.take(roleKeyword)
			p.take(roleOther)
			e.kind, e.path = exprPosition, nil
		default:
			p.fail("a name is expected here")
		}
	}
	e.end = p.pos
	switch {
	case p.key() == token.LParen && p.next() == token.Other && p.keyAt(p.pos+2) == token.RParen:
		p.skipParens(roleKeyword) // (+), an outer join's mark
		e.end = p.pos
	case p.key() == token.LParen:
		for _, at := range e.path {
			p.roles[at] = roleFunction
		}
		return p.call(e)
	case p.key() == token.Arrow && e.kind == exprRef && len(e.path) == 1 && p.d.arrows == arrowLambda:
		return p.lambda(e)
	}
	return e
}

func (p *parser) caseExpr() *expr {
	e := p.newExpr(exprCase, p.pos)
	p.take(roleKeyword)
	if p.key() != token.When {
		p.kid(e, p.expr())
	}
	for p.accept(token.When) {
		p.kid(e, p.expr())
		p.expect(token.Then)
		p.kid(e, p.expr())
	}
	if p.accept(token.Else) {
		p.kid(e, p.expr())
		e.hasElse = true
	}
	p.expect(token.End)
	e.end = p.pos
	return e
}

func (p *parser) cast() *expr {
	e := p.newExpr(exprCast, p.pos)
	p.take(roleFunction)
	p.expect(token.LParen)
	p.kid(e, p.expr())
	if p.key() != token.As && p.key() != token.Comma {
		p.fail("a type is expected here")
	}
	p.take(roleKeyword)
	for depth := 1; p.err == nil; {
		switch p.key() {
		case token.LParen:
			depth++
		case token.RParen:
			depth--
		case eof, token.Semicolon, token.Select:
			p.fail("a type is not closed")
		}
		if depth == 0 {
			break
		}
		p.take(roleType)
	}
	p.expect(token.RParen)
	e.end = p.pos
	return e
}

// convert reads T-SQL's CONVERT(type, x, style).
func (p *parser) convert() *expr {
	e := p.newExpr(exprCall, p.pos)
	e.path = p.mem.only(p.take(roleFunction))
	p.expect(token.LParen)
	p.typeName()
	p.expect(token.Comma)
	e.kids = p.exprs()
	p.expect(token.RParen)
	e.end = p.pos
	return e
}

func (p *parser) extract() *expr {
	e := p.newExpr(exprCall, p.pos)
	e.path = p.mem.only(p.take(roleFunction))
	p.expect(token.LParen)
	if p.kind() == token.String {
		p.take(roleOther)
	} else {
		p.name(roleDatePart)
	}
	if p.key() == token.LParen {
		p.skipParens(roleDatePart)
	}
	if !p.accept(token.From) {
		p.expect(token.Comma)
	}
	p.kid(e, p.expr())
	p.expect(token.RParen)
	e.end = p.pos
	return e
}

// exists reads EXISTS (…), ANY (…), ALL (…).
func (p *parser) exists() *expr {
	start := p.pos
	kind := exprIn
	if p.key() == token.Exists {
		kind = exprExists
	}
	p.take(roleFunction)
	if p.queryAhead() && p.next() != token.LParen {
		e := p.subquery(kind)
		e.start = start
		return e
	}
	e := p.newExpr(exprCall, start)
	e.path = p.mem.only(start)
	p.callRest(e)
	return e
}

// array reads ARRAY[…], ARRAY<t>[…] and ARRAY(SELECT …).
func (p *parser) array() *expr {
	start := p.pos
	e := p.newExpr(exprCall, start)
	e.path = p.mem.only(p.take(roleFunction))
	if p.key() == token.Lt {
		p.skipTypeArgs()
	}
	if p.key() == token.LParen && p.queryAhead() {
		e = p.subquery(exprArrayOf)
		e.start = start
		return e
	}
	if p.key() == token.LParen {
		return p.call(e)
	}
	p.expect(token.LBracket)
	e.kids = p.exprs()
	p.expect(token.RBracket)
	e.end = p.pos
	return e
}

// structOf reads STRUCT(a, b AS c) and STRUCT<…>(a, b).
func (p *parser) structOf() *expr {
	e := p.newExpr(exprStruct, p.pos)
	e.path = p.mem.only(p.take(roleFunction))
	if p.key() == token.Lt {
		p.skipTypeArgs()
		e.hasElse = true // the type names the fields
	}
	p.expect(token.LParen)
	p.more(e)
	if p.key() != token.RParen {
		e.items = p.items()
	}
	p.expect(token.RParen)
	e.end = p.pos
	return e
}

// interval reads INTERVAL '1' DAY and INTERVAL x DAY TO SECOND.
func (p *parser) interval() *expr {
	e := p.newExpr(exprOther, p.pos)
	p.take(roleKeyword)
	if p.d.intervalExpr {
		p.kid(e, p.binary(precOther))
	} else {
		p.kid(e, p.unary(precOther))
	}
	for p.kind() == token.Word && p.intervalUnit() {
		p.take(roleDatePart)
		if p.key() == token.LParen {
			p.skipParens(roleDatePart)
		}
		if !p.acceptWord("TO") {
			break
		}
	}
	e.end = p.pos
	return e
}

func (p *parser) intervalUnit() bool {
	switch strings.ToUpper(p.toks[p.pos].In(p.src)) {
	case "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "YEARS",
		"QUARTERS", "MONTHS", "WEEKS", "DAYS", "HOURS", "MINUTES", "SECONDS", "YEAR_MONTH", "DAY_HOUR", "DAY_SECOND":
		return true
	}
	return false
}
