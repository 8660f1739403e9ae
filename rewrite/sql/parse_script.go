package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// A script's blocks are read flat: IF … THEN, LOOP and BEGIN are statements that end where their body begins, and
// END is one of its own. Names do not depend on which branch runs.

// otherHead deals with statements that are no queries: most read columns in an expression or not at all, some are
// left to people.
func (p *parser) otherHead(s *stmt, key token.Key) {
	s.kind = stmtPlain
	switch key {
	case token.Execute, token.Exec, token.Call, token.Unload:
		p.dynamic(s)
	case token.Alter, token.Drop, token.Grant, token.Revoke, token.Truncate, token.CommentWord, token.Copy:
		p.stop(&problem{code: "dataset_ddl", message: "this statement changes a table rather than reads it", at: p.pos})
	case token.Declare:
		p.declare(s)
	case token.Begin:
		p.begin()
	case token.BodyClose:
		p.take(roleKeyword)
		p.rest(s, roleDefinition)
	case token.Set:
		p.set(s)
	case token.Export:
		p.export(s)
	case token.If:
		p.take(roleKeyword)
		p.condition(s, token.Then)
	case token.For:
		p.forEach(s)
	case token.Else:
		p.take(roleKeyword)
		p.goesOn = true
	case token.End, token.Commit, token.Rollback, token.Use, token.Start, token.Savepoint, token.Pragma,
		token.Show, token.Describe, token.Vacuum, token.Analyze, token.Refresh, token.Optimize:
		p.rest(s, roleNone)
	default:
		p.wordHead(s)
	}
}

// dynamic leaves a statement that runs SQL of a string to people. T-SQL's may end without a semicolon.
func (p *parser) dynamic(s *stmt) {
	s.why = &problem{code: "dynamic_sql", message: "this statement runs SQL that is built elsewhere or held in a string", at: p.pos}
	if !p.d.bareEnds {
		p.stop(s.why)
		return
	}
	s.kind = stmtOpaque
	p.take(roleKeyword)
	for p.err == nil && !p.ends() {
		if p.key() == token.LParen {
			p.skipParens(roleOther)
			continue
		}
		p.take(roleOther)
	}
}

// wordHead reads statements whose first word is no keyword of the lexer.
func (p *parser) wordHead(s *stmt) {
	switch {
	case p.word("ASSERT"):
		p.take(roleKeyword)
		s.exprs = p.mem.kids.push(s.exprs, p.expr())
		if p.accept(token.As) {
			p.take(roleOther)
		}
	case p.word("ELSEIF"), p.word("ELSIF"):
		p.take(roleKeyword)
		p.condition(s, token.Then)
	case p.word("WHILE"), p.word("UNTIL"):
		p.take(roleKeyword)
		p.condition(s, token.Do)
	case p.key() == token.Do && p.next() == token.BodyOpen:
		p.take(roleKeyword)
		p.take(roleKeyword)
		p.goesOn = true
	case p.word("LOOP"), p.word("REPEAT"), p.word("ATOMIC"):
		p.take(roleKeyword)
		p.goesOn = true
	case p.word("EXCEPTION") && p.next() == token.When:
		for p.err == nil && !p.accept(token.Then) {
			p.take(roleKeyword)
		}
		p.goesOn = true
	case p.word("RETURN"):
		p.take(roleKeyword)
		p.acceptWord("QUERY")
		p.result(s)
	case p.word("BREAK"), p.word("CONTINUE"), p.word("LEAVE"), p.word("ITERATE"), p.word("RAISE"), p.word("PRINT"), p.word("DELIMITER"):
		p.rest(s, roleOther)
	case p.key() == token.Other && p.toks[p.pos].In(p.src) == "\\":
		p.metaCommand()
	case p.word("PREPARE"):
		p.stop(&problem{code: "dynamic_sql", message: "this statement keeps SQL that is run elsewhere", at: p.pos})
	default:
		p.fail("a statement that begins like this is not understood")
	}
}

// rest takes what is left of the statement in a role.
func (p *parser) rest(s *stmt, r role) {
	for p.err == nil && p.key() != token.Semicolon && p.key() != eof && p.key() != token.Go && (p.pos == s.start || !p.d.bareEnds || !p.ends()) {
		if p.key() == token.Select {
			p.fail("a query inside this statement is not followed")
		}
		p.take(r)
	}
}

// begin reads BEGIN, of a block or of a transaction.
func (p *parser) begin() {
	p.take(roleKeyword)
	switch {
	case p.key() == token.Transaction || p.word("TRAN") || p.word("WORK"):
		p.take(roleKeyword)
	case !p.ends():
		p.goesOn = true
	}
}

// condition reads a condition up to the word that ends it. T-SQL has no such word.
func (p *parser) condition(s *stmt, end token.Key) {
	s.exprs = p.mem.kids.push(s.exprs, p.expr())
	p.goesOn = true
	if !p.d.bareEnds && !p.accept(end) && !p.acceptWord("LOOP") && !p.ends() {
		p.fail("the body of this condition is not understood")
	}
}

// forEach reads FOR x IN (query) DO. The body reads the query's columns as x.c, by their names.
func (p *parser) forEach(s *stmt) {
	p.take(roleKeyword)
	if at := p.name(roleDefinition); at >= 0 {
		p.params = append(p.params, at)
	}
	p.expect(token.In)
	if p.key() != token.LParen && !p.queryAhead() { // a range or a cursor
		for p.err == nil && p.key() != token.Do && !p.word("LOOP") {
			p.take(roleOther)
		}
	} else {
		s.query, s.exports = p.query(), true
	}
	if !p.accept(token.Do) && !p.acceptWord("LOOP") {
		p.fail("the body of this loop is not understood")
	}
	p.goesOn = true
}

// declare notes the variables, which can hide columns, and reads their defaults.
func (p *parser) declare(s *stmt) {
	p.take(roleKeyword)
	first := true
	for p.err == nil && !p.declared() {
		switch key := p.key(); {
		case key == token.Default || key == token.Eq || key == token.Assign:
			p.take(roleKeyword)
			s.exprs = p.mem.kids.push(s.exprs, p.expr())
			continue
		case key == token.For && p.queryIs(p.pos+1):
			p.take(roleKeyword)
			s.query = p.query()
			return
		case key == token.Select:
			p.fail("a query inside this statement is not followed")
			return
		case first && (p.kind() == token.Word || p.kind() == token.Quoted):
			p.params = append(p.params, p.pos)
		case key == token.LParen:
			p.skipParens(roleDefinition)
			continue
		}
		first = p.key() == token.Comma || p.key() == token.Semicolon
		p.take(roleDefinition)
	}
}

// declared: the declarations end here. Where DECLARE opens a section, that is at BEGIN.
func (p *parser) declared() bool {
	if p.d.declareBlock {
		return p.key() == eof || p.key() == token.Begin || p.key() == token.Semicolon && (p.kindAt(p.pos+1) != token.Word || p.next().Reserved() || p.next() == token.Begin)
	}
	return p.pos > 0 && p.key() != token.Declare && p.ends()
}

// queryIs: a query begins at i.
func (p *parser) queryIs(i int) bool {
	for p.keyAt(i) == token.LParen {
		i++
	}
	return p.keyAt(i) == token.Select || p.keyAt(i) == token.With
}

// set reads SET x = …; what it sets is no column.
func (p *parser) set(s *stmt) {
	p.take(roleKeyword)
	for p.err == nil && !p.setEnds() {
		if (p.key() == token.Eq || p.key() == token.Assign) && p.readsData() {
			p.take(roleKeyword)
			s.exprs = p.mem.kids.push(s.exprs, p.expr())
			continue
		}
		p.take(roleOther)
	}
}

func (p *parser) setEnds() bool {
	return p.key() == eof || p.key() == token.Semicolon || p.key() == token.Go || p.d.bareEnds && p.ends()
}

// readsData: before the statement's end there is a query.
func (p *parser) readsData() bool {
	for i := p.pos; i < len(p.toks) && p.toks[i].Key != token.Semicolon; i++ {
		if p.toks[i].Key == token.Select {
			return true
		}
	}
	return false
}

// export reads EXPORT DATA … AS query.
func (p *parser) export(s *stmt) {
	p.take(roleKeyword)
	if !p.acceptWord("DATA") {
		p.fail("this EXPORT is not understood")
	}
	for p.err == nil && !p.accept(token.As) {
		if p.key() == token.LParen {
			p.skipParens(roleOther)
			continue
		}
		p.take(roleKeyword)
	}
	s.query, s.exports = p.query(), true
}

// result reads RETURN and what a function gives.
func (p *parser) result(s *stmt) {
	switch {
	case p.ends():
	case p.key() == token.Select || p.key() == token.With:
		s.query, s.exports = p.query(), true
	default:
		s.exprs = p.mem.kids.push(s.exprs, p.expr())
	}
}

// metaCommand reads psql's \x, which ends with its line. \copy names a table's columns.
func (p *parser) metaCommand() {
	if p.wordAt(p.pos+1, "COPY") {
		p.stop(&problem{code: "dataset_ddl", message: "this command fills or unloads a table by its columns", at: p.pos})
		return
	}
	p.take(roleKeyword)
	for p.err == nil && p.pos < len(p.toks) && !p.newline(p.pos) {
		p.take(roleOther)
	}
	p.goesOn = true
}

// createOther reads what is created and is no table: functions and procedures. Indexes, schemas and their like are
// the business of whoever owns the table.
func (p *parser) createOther(s *stmt) bool {
	at := p.pos
	table := false
	for ; p.keyAt(at) == token.Temp || p.keyAt(at) == token.Temporary || p.keyAt(at) == token.Table || p.wordAt(at, "AGGREGATE") || p.wordAt(at, "SECURE"); at++ {
		table = p.keyAt(at) == token.Table
	}
	switch {
	case p.wordAt(at, "FUNCTION"), !table && p.wordAt(at, "PROCEDURE"), !table && p.wordAt(at, "PROC"):
	case table:
		return false
	case p.wordAt(at, "INDEX"), p.wordAt(at, "UNIQUE"), p.wordAt(at, "SCHEMA"), p.wordAt(at, "DATABASE"), p.wordAt(at, "TRIGGER"), p.wordAt(at, "EXTENSION"),
		p.wordAt(at, "SEQUENCE"), p.wordAt(at, "TYPE"), p.wordAt(at, "POLICY"), p.wordAt(at, "ROLE"), p.wordAt(at, "USER"),
		p.wordAt(at, "SNAPSHOT"), p.wordAt(at, "MODEL"), p.wordAt(at, "STREAM"), p.wordAt(at, "STAGE"), p.wordAt(at, "CLUSTERED"), p.wordAt(at, "NONCLUSTERED"):
		p.stop(&problem{code: "dataset_ddl", message: "this statement changes a table rather than reads it", at: p.pos})
		return true
	default:
		return false
	}
	s.kind = stmtPlain
	routine := !p.wordAt(at, "FUNCTION")
	for p.err == nil && p.pos <= at {
		p.take(roleKeyword)
	}
	p.routine(s, routine)
	return true
}

// routine reads a function's or a procedure's name, parameters, properties and body.
func (p *parser) routine(s *stmt, procedure bool) {
	if p.accept(token.If) {
		p.expect(token.Not)
		p.expect(token.Exists)
	}
	p.path(roleFunction)
	s.params = p.routineParams()
	for p.err == nil && !p.ends() {
		switch {
		case p.key() == token.Begin:
			p.take(roleKeyword)
			p.params, s.params = append(p.params, s.params...), nil
			p.acceptWord("ATOMIC")
			p.goesOn = true
			return
		case p.word("RETURN"):
			p.take(roleKeyword)
			p.result(s)
			return
		case p.key() == token.BodyOpen:
			p.take(roleKeyword)
			p.params, s.params = append(p.params, s.params...), nil
			p.goesOn = true
			return
		case p.kind() == token.String:
			p.take(roleBody)
		case p.accept(token.As):
			p.routineBody(s, procedure)
		case p.key() == token.LParen:
			p.skipParens(roleDefinition)
		case p.key() == token.Lt:
			p.skipTypeArgs()
		default:
			p.take(roleDefinition)
		}
	}
	if procedure && p.d.bareEnds && p.err == nil {
		p.params, s.params, p.goesOn = append(p.params, s.params...), nil, true
	}
}

// routineBody reads what follows AS: an expression, a query, a string in some language, or a block. What a program
// in another language reads is not known.
func (p *parser) routineBody(s *stmt, procedure bool) {
	switch {
	case p.kind() == token.String:
		p.take(roleBody)
	case p.key() == token.Begin || p.key() == token.BodyOpen || p.key() == token.Declare || p.word("RETURN") || procedure && p.d.bareEnds:
	case p.key() == token.Select || p.key() == token.With:
		s.query, s.exports = p.query(), true
	default:
		s.exprs = p.mem.kids.push(s.exprs, p.expr())
	}
}

// routineParams reads (a int64, OUT b string), and T-SQL's without parentheses.
func (p *parser) routineParams() []int {
	if p.key() != token.LParen {
		return nil
	}
	var out []int
	first, depth := true, 0
	for p.err == nil {
		switch key := p.key(); {
		case key == eof:
			p.fail("a bracket is not closed")
			return nil
		case key == token.LParen || key == token.Lt:
			depth++
		case key == token.RParen:
			depth--
		case key == token.Gt:
			depth--
		case key == token.Other && p.toks[p.pos].In(p.src) == ">>":
			depth -= 2
		case key == token.Comma && depth == 1:
			first = true
			p.take(roleKeyword)
			continue
		case first && (p.key() == token.In || p.word("OUT") || p.word("INOUT") || p.word("VARIADIC")) && p.kindAt(p.pos+1) == token.Word:
		case first && depth == 1 && (p.kind() == token.Word || p.kind() == token.Quoted):
			first = false
			out = p.mem.ints.push(out, p.pos)
		}
		p.take(roleDefinition)
		if depth <= 0 {
			return out
		}
	}
	return nil
}
