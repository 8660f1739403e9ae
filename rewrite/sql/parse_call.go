package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// call reads the arguments of a function whose name is read, and what follows them.
func (p *parser) call(e *expr) *expr {
	e.kind = exprCall
	if !p.enter() {
		return e
	}
	p.callRest(e)
	if p.key() == token.LParen && p.d.callsTwice { // quantile(0.9)(x)
		p.callRest(e)
	}
	e = p.callTail(e)
	p.leave()
	return e
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
	fn := p.toks[e.path[len(e.path)-1]].In(p.src)
	if len(fn) < len("trunc") || !p.datePartStands(e, strings.ToLower(fn)) { // none has a shorter name
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
	case trunc && p.d.truncPart == partLast:
		return !first && len(e.kids) == 1
	case diff && p.d.diffPart == partLast:
		return !first && len(e.kids) == 2
	case trunc && len(e.kids) == 1 && !first:
		return p.d.truncPart == partAnywhere && e.kids[0].kind != exprLit
	case diff && len(e.kids) == 2 && !first:
		return p.d.diffPart == partAnywhere
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
		if !p.accept(token.Where) && !p.d.bareFilter {
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
