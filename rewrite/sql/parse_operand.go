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
	case key == token.Convert && next == token.LParen && p.d.name == "tsql":
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
	if p.d.name != "duckdb" || !p.word("LAMBDA") || p.kindAt(p.pos+1) != token.Word && p.kindAt(p.pos+1) != token.Quoted {
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
	if p.d.name == "trino" && p.kind() == token.Word && !p.key().Reserved() {
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
	e.path = p.mem.ints.push(e.path, p.take(r))
	e.end = p.pos
	return e
}

// reference reads a.b.c, a.b.*, f(…) and x -> ….
func (p *parser) reference() *expr {
	e := p.newExpr(exprRef, p.pos)
	if p.kind() == token.Template && p.next() != token.Dot {
		e.kind = exprHole
	}
	e.path = p.mem.ints.push(e.path, p.take(roleNone))
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

// call reads the arguments of a function whose name is read, and what follows them.
func (p *parser) call(e *expr) *expr {
	e.kind = exprCall
	if !p.enter() {
		return e
	}
	defer p.leave()
	p.callRest(e)
	if p.key() == token.LParen && p.d.name == "clickhouse" { // quantile(0.9)(x)
		p.callRest(e)
	}
	return p.callTail(e)
}

func (p *parser) callRest(e *expr) {
	p.expect(token.LParen)
	if p.key() == token.Distinct || p.key() == token.All {
		p.take(roleKeyword)
	}
	if p.queryAhead() && p.queryFills() {
		p.kid(e, p.bareSubquery(e))
		p.expect(token.RParen)
		e.end = p.pos
		return
	}
	for p.err == nil && p.key() != token.RParen {
		p.argument(e)
		if !p.argumentGlue(e) {
			break
		}
	}
	p.jsonClauses(e)
	p.expect(token.RParen)
	e.end = p.pos
}

// queryFills: the query ahead is not an operand in parentheses, which more may follow.
func (p *parser) queryFills() bool {
	if p.key() != token.LParen {
		return true
	}
	depth := 0
	for i := p.pos; i < len(p.toks); i++ {
		switch p.keyAt(i) {
		case token.LParen:
			depth++
		case token.RParen:
			depth--
		}
		if depth == 0 {
			switch p.keyAt(i + 1) {
			case token.RParen, token.Union, token.Except, token.Intersect, token.Order, token.Limit:
				return true
			}
			return false
		}
	}
	return false
}

// jsonClauses reads what may follow the arguments of JSON_VALUE and the like, if it is nothing but words: RETURNING
// bigint, WITHOUT ARRAY WRAPPER, OMIT QUOTES, NULL ON EMPTY.
func (p *parser) jsonClauses(e *expr) {
	if p.kind() != token.Word || len(e.path) != 1 {
		return
	}
	if fn := p.toks[e.path[0]].In(p.src); len(fn) < 5 || !strings.EqualFold(fn[:5], "json_") {
		return
	}
	for p.kind() == token.Word {
		switch strings.ToUpper(p.toks[p.pos].In(p.src)) {
		case "RETURNING":
			p.take(roleKeyword)
			p.typeName()
		case "FORMAT", "JSON", "ENCODING", "UTF8", "WITH", "WITHOUT", "CONDITIONAL", "UNCONDITIONAL", "ARRAY", "WRAPPER", "KEEP", "OMIT",
			"QUOTES", "ON", "SCALAR", "STRING", "NULL", "ERROR", "EMPTY", "TRUE", "FALSE", "UNKNOWN", "OBJECT", "ABSENT", "UNIQUE", "KEYS":
			p.take(roleKeyword)
		default:
			return
		}
	}
}

// bareSubquery reads a query that is a call's only argument.
func (p *parser) bareSubquery(call *expr) *expr {
	e := p.newExpr(exprIn, p.pos)
	if len(call.path) == 1 && p.keyAt(call.path[0]) == token.Exists {
		e.kind = exprExists
	}
	e.query = p.query()
	e.end = p.pos
	return e
}

// argumentGlue reads what stands between arguments: a comma, or the words of TRIM, SUBSTRING and aggregates.
func (p *parser) argumentGlue(e *expr) bool {
	switch {
	case p.key() == token.RParen:
		return false
	case p.accept(token.Comma):
		return true
	case p.key() == token.From || p.key() == token.For || p.key() == token.In || p.word("PLACING") || p.word("SEPARATOR") || p.key() == token.Using:
		using := p.key() == token.Using
		p.take(roleKeyword)
		if using { // CONVERT(x USING utf8)
			p.name(roleOther)
			return false
		}
		return true
	case p.acceptTwo(token.Order, token.By):
		for _, o := range p.orderList() {
			p.kid(e, o.expr)
		}
		return p.argumentGlue(e)
	case p.accept(token.Limit):
		return true
	case p.jsonClause():
		return p.argumentGlue(e)
	case (p.key() == token.Ignore || p.key() == token.Respect) && p.next() == token.Nulls:
		p.take(roleKeyword)
		p.take(roleKeyword)
		return p.argumentGlue(e)
	}
	return false
}

// jsonClause consumes a word of SQL/JSON's clauses: OMIT QUOTES, WITH ARRAY WRAPPER, NULL ON EMPTY, RETURNING t.
func (p *parser) jsonClause() bool {
	if p.key() == token.Returning {
		p.take(roleKeyword)
		p.typeName()
		return true
	}
	if p.kind() != token.Word {
		return false
	}
	for _, w := range [...]string{"OMIT", "KEEP", "QUOTES", "WITH", "WITHOUT", "ARRAY", "CONDITIONAL", "UNCONDITIONAL", "WRAPPER", "NULL", "ERROR", "EMPTY", "ON", "ABSENT"} {
		if p.word(w) {
			p.take(roleKeyword)
			return true
		}
	}
	return false
}

// argument reads one argument, with its name if it has one.
func (p *parser) argument(e *expr) {
	if (p.next() == token.FatArrow || p.next() == token.Assign) && (p.kind() == token.Word || p.kind() == token.Quoted) {
		p.take(roleArgument)
		p.take(roleKeyword)
	}
	if n := p.kindAt(p.pos + 1); p.next() == token.From || n == token.String || n == token.Word {
		if p.word("BOTH") || p.word("LEADING") || p.word("TRAILING") {
			p.take(roleKeyword)
			if p.accept(token.From) {
				p.argument(e)
				return
			}
		}
	}
	if p.datePart(e) {
		return
	}
	if p.d.arrows == arrowBoth && p.next() == token.Arrow && p.kind() == token.Word && p.lambdaFunction(e) {
		p.kid(e, p.lambda(p.pathExpr(roleLambda)))
		return
	}
	arg := p.expr()
	p.kid(e, arg)
	if p.key() == token.As { // struct_pack-like calls: f(x AS a)
		p.take(roleKeyword)
		p.name(roleArgument)
	}
}

// lambdaFunction: the call is one of those that take a lambda where -> could also read JSON.
func (p *parser) lambdaFunction(e *expr) bool {
	if len(e.path) != 1 {
		return false
	}
	text := strings.ToLower(p.toks[e.path[0]].In(p.src))
	for _, f := range [...]string{"transform", "filter", "reduce", "apply", "any_match", "all_match", "aggregate", "exists", "forall", "map_filter", "zip_with"} {
		if text == f || strings.HasSuffix(text, "_"+f) {
			return true
		}
	}
	return false
}

// datePart consumes a bare date part such as the MONTH of date_trunc(x, MONTH).
func (p *parser) datePart(e *expr) bool {
	if p.kind() != token.Word || p.next() != token.Comma && p.next() != token.RParen && p.next() != token.LParen || len(e.path) == 0 {
		return false
	}
	if !p.datePartStands(e, strings.ToLower(p.toks[e.path[len(e.path)-1]].In(p.src))) {
		return false
	}
	switch strings.ToUpper(p.toks[p.pos].In(p.src)) {
	case "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND",
		"ISOWEEK", "ISOYEAR", "DAYOFWEEK", "DAYOFYEAR", "YY", "YYYY", "MM", "DD", "HH", "MI", "SS", "WK", "QQ", "DW", "DY", "D", "M", "Y",
		"DECADE", "CENTURY", "MILLENNIUM", "EPOCH", "YEARS", "MONTHS", "WEEKS", "DAYS", "HOURS", "MINUTES", "SECONDS":
		if p.next() == token.LParen && !p.wordAt(p.pos, "WEEK") {
			return false
		}
		p.take(roleDatePart)
		if p.key() == token.LParen {
			p.skipParens(roleDatePart)
		}
		return true
	}
	return false
}

// datePartStands: the argument that begins here is where the function takes a date part, so that
// datediff(day, a, day) has one part and two columns. BigQuery puts it behind what it is a part of.
func (p *parser) datePartStands(e *expr, fn string) bool {
	first := p.keyAt(p.pos-1) == token.LParen
	trunc, diff := strings.HasSuffix(fn, "_trunc"), strings.HasSuffix(fn, "_diff")
	switch {
	case fn == "last_day", fn == "next_day", fn == "trunc":
		return !first && len(e.kids) == 1
	case p.d.name == "bigquery" && trunc:
		return !first && len(e.kids) == 1
	case p.d.name == "bigquery" && diff:
		return !first && len(e.kids) == 2
	case trunc && len(e.kids) == 1 && !first:
		return (p.d.name == "snowflake" || p.d.name == "ansi") && e.kids[0].kind != exprLit // the part in either place
	case diff && len(e.kids) == 2 && !first:
		return p.d.name == "ansi"
	case fn == "date_part", fn == "datepart", fn == "datename", fn == "date_bucket", fn == "datetrunc", trunc:
		return first
	case strings.HasSuffix(fn, "diff"), strings.HasSuffix(fn, "add"), strings.HasSuffix(fn, "sub"):
		return first && (strings.Contains(fn, "date") || strings.Contains(fn, "time")) && p.argumentsAhead(3)
	}
	return false
}

// argumentsAhead: the call has at least n arguments from here on.
func (p *parser) argumentsAhead(n int) bool {
	depth := 0
	for i := p.pos; i < len(p.toks); i++ {
		switch p.toks[i].Key {
		case token.LParen, token.LBracket:
			depth++
		case token.RParen, token.RBracket:
			if depth--; depth < 0 {
				return n <= 1
			}
		case token.Comma:
			if depth > 0 {
				continue
			}
			if n--; n <= 1 {
				return true
			}
		}
	}
	return false
}

// callTail reads WITHIN GROUP, FILTER, IGNORE NULLS and OVER.
func (p *parser) callTail(e *expr) *expr {
	if p.key() == token.Within && p.next() == token.Group {
		p.take(roleKeyword)
		p.take(roleKeyword)
		p.expect(token.LParen)
		p.expect(token.Order)
		p.expect(token.By)
		for _, o := range p.orderList() {
			p.kid(e, o.expr)
		}
		p.expect(token.RParen)
	}
	if p.key() == token.Filter && p.next() == token.LParen {
		p.take(roleKeyword)
		p.take(roleKeyword)
		if !p.accept(token.Where) && p.d.name != "duckdb" {
			p.fail("WHERE is expected here")
		}
		p.kid(e, p.expr())
		p.expect(token.RParen)
	}
	if (p.key() == token.Ignore || p.key() == token.Respect) && p.next() == token.Nulls {
		p.take(roleKeyword)
		p.take(roleKeyword)
	}
	e.end = p.pos
	if p.key() != token.Over {
		return e
	}
	w := p.wrap(exprWindow, e)
	p.take(roleKeyword)
	if p.key() == token.LParen {
		p.more(w).window = p.windowSpec()
	} else {
		p.more(w).windowName = p.name(roleWindow)
	}
	w.end = p.pos
	return w
}

func (p *parser) windowSpec() *windowSpec {
	w := p.mem.windows.one()
	p.expect(token.LParen)
	if p.baseWindow() {
		p.take(roleWindow)
	}
	if p.acceptTwo(token.Partition, token.By) || p.acceptTwo(token.Distribute, token.By) {
		w.partition = p.exprs()
	}
	if p.acceptTwo(token.Order, token.By) || p.acceptTwo(token.Sort, token.By) {
		for _, o := range p.orderList() {
			w.order = p.mem.kids.push(w.order, o.expr)
		}
	}
	if p.key() == token.Rows || p.key() == token.Range || p.key() == token.Groups {
		p.frame(w)
	}
	p.expect(token.RParen)
	return w
}

// baseWindow: the word is the name of a window that this one refines.
func (p *parser) baseWindow() bool {
	if p.kind() != token.Word && p.kind() != token.Quoted || p.key() == token.Partition || p.key() == token.Order {
		return false
	}
	switch p.next() {
	case token.RParen, token.Order, token.Partition:
		return true
	case token.Rows, token.Range, token.Groups:
		return p.key() == token.None
	}
	return false
}

// frame reads ROWS BETWEEN … AND … EXCLUDE ….
func (p *parser) frame(w *windowSpec) {
	p.take(roleKeyword)
	p.accept(token.Between)
	for p.err == nil && p.key() != token.RParen {
		switch {
		case p.word("UNBOUNDED") || p.word("CURRENT") || p.word("PRECEDING") || p.word("FOLLOWING") || p.key() == token.Row ||
			p.key() == token.And || p.key() == token.Exclude || p.word("NO") || p.word("OTHERS") || p.word("TIES") || p.key() == token.Group:
			p.take(roleKeyword)
		default:
			w.frame = p.mem.kids.push(w.frame, p.binary(precOther))
		}
	}
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
	e.path = p.mem.ints.push(nil, p.take(roleFunction))
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
	e.path = p.mem.ints.push(nil, p.take(roleFunction))
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
	e.path = p.mem.ints.push(nil, start)
	p.callRest(e)
	return e
}

// array reads ARRAY[…], ARRAY<t>[…] and ARRAY(SELECT …).
func (p *parser) array() *expr {
	start := p.pos
	e := p.newExpr(exprCall, start)
	e.path = p.mem.ints.push(nil, p.take(roleFunction))
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
	e.path = p.mem.ints.push(nil, p.take(roleFunction))
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
