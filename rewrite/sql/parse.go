package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// Bounds on what is read. Beyond them a file, or a statement, is refused.
const (
	maxBytes = 8 << 20
	maxDepth = 800
	maxChain = 20000 // joins, set operations or subscripts in a row
)

// role is what a word is when it is not a reference to data.
type role uint8

const (
	roleNone role = iota
	roleKeyword
	roleFunction
	roleType
	roleAlias
	roleTableAlias
	roleCTE
	roleArgument
	roleDatePart
	roleTable
	roleWindow
	roleLambda
	roleDefinition
	roleOwn
	rolePath
	roleHint
	roleBody
	roleOther
)

func (r role) String() string {
	return [...]string{"", "a keyword here", "a function's name", "a type's name", "the alias of an output",
		"the alias of a table", "the name of a common table expression", "the name of an argument", "a date part",
		"part of a table's name", "a window's name", "a parameter", "defined in this statement, not read from the dataset",
		"the name of an output of this query", "a path inside a value", "a hint", "", "not a column here"}[r]
}

// problem is why a stretch of tokens was not understood.
type problem struct {
	code    string
	message string
	at      int // the token
}

// parser reads the significant tokens of one file. After the first problem it sees only the end, so every loop
// stops by itself; the statement then becomes opaque.
type parser struct {
	src    string
	mem    *memory
	d      *dialect
	toks   []token.Token
	seen   []token.Token // toks; none after a problem
	roles  []role
	pos    int
	cur    token.Token // the one at pos, if it is seen
	depth  int
	err    *problem
	params []int // names that scripts declare
	goesOn bool  // the statement was a head such as IF … THEN, which another one follows without a semicolon
}

// eof is what a parser sees at the end and after a problem.
const eof token.Key = 255

func (p *parser) keyAt(i int) token.Key {
	if uint(i) < uint(len(p.seen)) {
		return p.seen[i].Key
	}
	return eof
}

// seek goes to a token.
func (p *parser) seek(pos int) {
	if p.pos = pos; uint(pos) < uint(len(p.seen)) {
		p.cur = p.seen[pos]
		return
	}
	p.cur = token.Token{Kind: token.Space, Key: eof}
}

// stop ends the statement here.
func (p *parser) stop(why *problem) {
	p.err, p.seen = why, nil
	p.seek(p.pos)
}

func (p *parser) key() token.Key  { return p.cur.Key }
func (p *parser) next() token.Key { return p.keyAt(p.pos + 1) }

func (p *parser) kindAt(i int) token.Kind {
	if uint(i) < uint(len(p.seen)) {
		return p.seen[i].Kind
	}
	return token.Space
}

func (p *parser) kind() token.Kind { return p.cur.Kind }

// fail ends the statement here, once.
//
//go:noinline
func (p *parser) fail(message string) {
	if p.err == nil {
		code := "opaque_statement"
		if p.kind() == token.Block {
			code, message = "template", "templates with control flow are not followed"
		}
		p.stop(&problem{code: code, message: message, at: min(p.pos, len(p.toks)-1)})
	}
}

// take consumes a token in a role.
func (p *parser) take(r role) int {
	if p.cur.Key == eof {
		p.fail("the statement ends too early")
		return -1
	}
	at := p.pos
	p.roles[at] = r
	p.seek(at + 1)
	return at
}

// accept consumes the token if it is key.
func (p *parser) accept(key token.Key) bool {
	if p.key() != key {
		return false
	}
	p.take(roleKeyword)
	return true
}

// acceptTwo consumes two tokens if they are these keys.
func (p *parser) acceptTwo(a, b token.Key) bool {
	if p.key() != a || p.next() != b {
		return false
	}
	p.take(roleKeyword)
	p.take(roleKeyword)
	return true
}

func (p *parser) expect(key token.Key) {
	if !p.accept(key) {
		p.fail("this construct is not understood")
	}
}

// word reports whether the token is this bare word, which is no keyword of the lexer. s is in capitals.
func (p *parser) word(s string) bool {
	return int(p.cur.End-p.cur.Start) == len(s) && p.wordAt(p.pos, s)
}

func (p *parser) wordAt(i int, s string) bool {
	return p.kindAt(i) == token.Word && int(p.toks[i].End-p.toks[i].Start) == len(s) && strings.EqualFold(p.toks[i].In(p.src), s)
}

func (p *parser) acceptWord(s string) bool {
	if !p.word(s) {
		return false
	}
	p.take(roleKeyword)
	return true
}

// enter guards recursion; leave ends it.
func (p *parser) enter() bool {
	if p.depth++; p.depth > maxDepth {
		p.tooDeep()
	}
	return p.err == nil
}

func (p *parser) tooDeep() {
	if p.err == nil {
		p.stop(&problem{code: "too_deep", message: "the statement is nested deeper than Skein follows", at: min(p.pos, len(p.toks)-1)})
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) newExpr(kind exprKind, start int) *expr {
	e := p.mem.exprs.place()
	*e = expr{}
	e.kind, e.start, e.op = kind, start, -1
	return e
}

// more makes room for what few expressions have.
func (p *parser) more(e *expr) *more {
	if e.more == nil {
		e.more = p.mem.mores.one()
		e.windowName = -1
	}
	return e.more
}

func (p *parser) kid(e, kid *expr) { e.kids = p.mem.kids.push(e.kids, kid) }

func (p *parser) newQuery(from query) *query {
	return p.mem.queries.put(from)
}

// name consumes a name in a role: any word will do where grammar asks for one.
func (p *parser) name(r role) int {
	switch p.kind() {
	case token.Word, token.Quoted, token.Template:
		return p.take(r)
	}
	p.fail("a name is expected here")
	return -1
}

// names reads ( a, b, … ). Dotted names give their last part.
func (p *parser) names(r role) []int {
	var out []int
	p.expect(token.LParen)
	for p.err == nil && p.key() != token.RParen {
		at := p.name(r)
		for p.accept(token.Dot) {
			at = p.name(r)
		}
		out = p.mem.ints.push(out, at)
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RParen)
	return out
}

// skipParens consumes a balanced ( … ) or < … > or [ … ], giving its words a role.
func (p *parser) skipParens(r role) {
	depth := 0
	for p.err == nil {
		switch p.key() {
		case token.LParen, token.LBracket, token.LBrace:
			depth++
		case token.RParen, token.RBracket, token.RBrace:
			depth--
		case eof:
			p.fail("a bracket is not closed")
			return
		}
		p.take(r)
		if depth <= 0 {
			return
		}
	}
}

// skipTypeArgs consumes <…> after a type; >> closes two.
func (p *parser) skipTypeArgs() {
	depth := 0
	for p.err == nil {
		switch text := p.toks[min(p.pos, len(p.toks)-1)].In(p.src); {
		case p.key() == eof || p.key() == token.Semicolon:
			p.fail("a type is not closed")
			return
		case p.key() == token.Lt:
			depth++
		case p.key() == token.Gt:
			depth--
		case p.key() == token.Other && text == ">>":
			depth -= 2
		}
		p.take(roleType)
		if depth <= 0 {
			return
		}
	}
}

// typeName consumes a type after :: .
func (p *parser) typeName() {
	first := p.pos
	p.name(roleType)
	for p.accept(token.Dot) {
		p.name(roleType)
	}
	switch {
	case p.wordAt(first, "DOUBLE") && p.word("PRECISION"), p.wordAt(first, "CHARACTER") && p.word("VARYING"):
		p.take(roleType)
	}
	if p.key() == token.LParen {
		p.skipParens(roleType)
	}
	if p.key() == token.Lt && p.keyAt(first) != token.None && (p.keyAt(first) == token.Array || p.keyAt(first) == token.Struct || p.keyAt(first) == token.Map) {
		p.skipTypeArgs()
	}
	if p.keyAt(first) == token.Time || p.keyAt(first) == token.Timestamp {
		p.timeZone()
	}
	for p.key() == token.LBracket && (p.next() == token.RBracket || p.kindAt(p.pos+1) == token.Number && p.keyAt(p.pos+2) == token.RBracket && p.next() == token.RBracket) {
		p.skipParens(roleType)
	}
}

// timeZone consumes WITH or WITHOUT TIME ZONE.
func (p *parser) timeZone() {
	if (p.key() == token.With || p.word("WITHOUT")) && p.next() == token.Time && p.wordAt(p.pos+2, "ZONE") {
		p.take(roleType)
		p.take(roleType)
		p.take(roleType)
	}
}

// path reads a.b.c in a role. In BigQuery a table's path may have - in its first part.
func (p *parser) path(r role) (parts []int, dashed bool) {
	parts = p.mem.only(p.name(r))
	for p.err == nil {
		switch {
		case p.key() == token.Dot && (p.kindAt(p.pos+1) == token.Word || p.kindAt(p.pos+1) == token.Quoted || p.kindAt(p.pos+1) == token.Template):
			p.take(roleKeyword)
			parts = p.mem.ints.push(parts, p.take(r))
		case p.d.dashPath && p.key() == token.Minus && p.touches(p.pos) && p.touches(p.pos+1) && (p.kindAt(p.pos+1) == token.Word || p.kindAt(p.pos+1) == token.Number):
			p.take(r)
			p.take(r)
			dashed = true
		default:
			return parts, dashed
		}
	}
	return parts, dashed
}

// touches: no space between this token and the one before.
func (p *parser) touches(i int) bool {
	return i > 0 && i < len(p.toks) && p.toks[i-1].End == p.toks[i].Start
}

// canAlias: the word at pos may be an alias without AS.
func (p *parser) canAlias() bool {
	switch p.kind() {
	case token.Quoted:
		return true
	case token.Word:
	default:
		return false
	}
	switch key, next := p.key(), p.next(); key {
	case token.Any, token.All, token.Array:
		return !key.Reserved() && (!p.d.arrayJoin || !p.joinAhead())
	case token.Offset, token.Qualify, token.Fetch, token.MinusWord, token.Lateral, token.Pivot, token.Unpivot, token.Tablesample,
		token.Asof, token.For, token.Returning, token.Prewhere, token.Settings, token.Global, token.StraightJoin,
		token.MatchCondition, token.Outer, token.Collate, token.Corresponding, token.Over, token.Within, token.Exclude,
		token.Ilike, token.Rlike, token.Similar, token.Isnull, token.Notnull, token.Regexp, token.Glob, token.Go, token.Escape:
		return false
	case token.Window:
		return p.keyAt(p.pos+2) != token.As
	case token.Cluster, token.Sort, token.Distribute, token.Partition:
		return next != token.By
	case token.Semi, token.Anti, token.Positional:
		return next != token.Join
	case token.Filter:
		return next != token.LParen
	case token.Output, token.Insert, token.Update, token.Delete, token.Merge, token.Declare, token.Exec, token.Execute, token.Drop, token.If, token.Begin:
		return !p.d.bareEnds
	case token.At:
		return !p.wordAt(p.pos+1, "TIME") && next != token.LParen
	case token.Sample, token.Final:
		return !p.d.samples
	default:
		return !key.Reserved()
	}
}
