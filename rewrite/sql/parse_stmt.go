package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// script reads every statement of the file.
func (p *parser) script() []*stmt {
	var out []*stmt
	p.seek(0)
	for p.pos < len(p.toks) {
		if p.key() == token.Semicolon || p.key() == token.Go {
			p.take(roleKeyword)
			continue
		}
		out = p.mem.stmtList.push(out, p.statement())
	}
	return out
}

// statement reads one statement. What is not understood becomes opaque up to its end.
func (p *parser) statement() *stmt {
	s := p.mem.stmts.one()
	s.start = p.pos
	p.depth, p.goesOn = 0, false
	p.head(s)
	if p.err == nil && !p.ends() && !p.goesOn {
		p.fail("what follows here is not understood")
	}
	if p.err != nil || s.kind == stmtOpaque {
		p.giveUp(s)
	}
	s.end = p.pos
	return s
}

// giveUp makes the statement opaque, up to where it ends as far as that can be told.
func (p *parser) giveUp(s *stmt) {
	known := p.err == nil
	if s.why == nil {
		s.why = p.err
	}
	p.err, p.seen = nil, p.toks
	s.kind = stmtOpaque
	p.seek(max(p.pos, s.start+1))
	if !known {
		p.seek(p.statementEnd(s.start, p.pos))
	}
	clear(p.roles[s.start:p.pos])
}

// ends: the statement may end here.
func (p *parser) ends() bool {
	switch p.key() {
	case eof, token.Semicolon, token.Go, token.BodyClose:
		return true
	case token.Select, token.With, token.Insert, token.Update, token.Delete, token.Merge, token.Create, token.Declare,
		token.Set, token.Exec, token.Execute, token.If, token.Drop, token.End, token.Begin, token.Truncate, token.Alter:
		return p.d.bareEnds
	case token.Else, token.None:
		return p.d.bareEnds && (p.key() == token.Else || p.word("WHILE") || p.word("RETURN") || p.word("PRINT") || p.word("BREAK") || p.word("CONTINUE") || p.word("THROW"))
	}
	return false
}

// statementEnd finds the semicolon from pos on. A block's inner statements cannot be told from those that follow, so a
// statement with BEGIN in it takes the rest, up to GO.
func (p *parser) statementEnd(start, pos int) int {
	block := false
	for i := start; i < len(p.toks); i++ {
		switch key := p.toks[i].Key; {
		case key == token.Begin:
			block = block || i > start || i >= pos
		case i < pos:
		case key == token.Semicolon && !block, key == token.BodyClose, key == token.Go && p.d.bareEnds:
			return i
		}
	}
	return len(p.toks)
}

// head reads the statement by its first word.
func (p *parser) head(s *stmt) {
	for p.kind() == token.Template {
		p.take(roleNone)
	}
	switch key := p.key(); key {
	case token.Union, token.Intersect, token.Except, token.Where, token.Group, token.Order, token.Limit, token.Qualify:
		if p.pos == s.start {
			p.fail("a statement that begins like this is not understood")
			return
		}
		p.seek(p.pos - 1) // the template stands for a query
		s.kind, s.query = stmtQuery, p.query()
	case eof, token.Semicolon:
		s.kind = stmtPlain
	case token.Explain:
		p.take(roleKeyword)
		p.accept(token.Analyze)
		p.head(s)
	case token.With:
		s.with = p.with()
		p.afterWith(s)
	case token.Select, token.LParen, token.Values, token.Table, token.From, token.Pivot, token.Unpivot:
		s.kind, s.query = stmtQuery, p.query()
	case token.Insert, token.Replace:
		p.insert(s)
	case token.Update:
		p.update(s)
	case token.Delete:
		p.deletion(s)
	case token.Merge:
		p.mergeInto(s)
	case token.Create:
		p.create(s)
	default:
		p.otherHead(s, key)
	}
}

func (p *parser) afterWith(s *stmt) {
	switch p.key() {
	case token.Insert:
		p.insert(s)
	case token.Update:
		p.update(s)
	case token.Delete:
		p.deletion(s)
	case token.Merge:
		p.mergeInto(s)
	default:
		q := p.queryBody()
		q.with, s.with = s.with, nil
		s.kind, s.query = stmtQuery, q
	}
}

// insert reads INSERT and REPLACE INTO.
func (p *parser) insert(s *stmt) {
	s.kind = stmtInsert
	p.take(roleKeyword)
	if p.key() == token.Or {
		p.take(roleKeyword)
		p.take(roleKeyword)
	}
	if !p.acceptWord("OVERWRITE") {
		p.acceptWord("IGNORE")
	}
	p.accept(token.Into)
	p.accept(token.Table)
	s.target = p.target()
	if p.accept(token.As) {
		s.target.alias = p.name(roleTableAlias)
	}
	if p.key() == token.LParen && !p.queryAhead() {
		s.columns = p.names(roleNone)
	}
	if p.key() == token.By && p.next() == token.Name {
		p.acceptTwo(token.By, token.Name)
		s.byName = true
	}
	if p.key() == token.Partition {
		p.fail("INSERT … PARTITION is not understood")
	}
	p.output(s)
	p.insertSource(s)
	p.insertTail(s)
}

func (p *parser) insertSource(s *stmt) {
	switch {
	case p.accept(token.Default):
		p.expect(token.Values)
	case p.key() == token.Set:
		s.sets = p.assignments()
	default:
		s.query = p.query()
	}
}

// insertTail reads ON CONFLICT, ON DUPLICATE KEY UPDATE and RETURNING.
func (p *parser) insertTail(s *stmt) {
	if p.key() == token.As && p.d.rowAlias {
		p.fail("a row alias is not followed")
	}
	if p.accept(token.On) {
		s.conflict = &conflict{}
		if p.acceptWord("DUPLICATE") {
			p.acceptWord("KEY")
			p.expect(token.Update)
			s.conflict.sets = p.assignmentList()
			return
		}
		p.onConflict(s.conflict)
	}
	if p.accept(token.Returning) {
		s.returning = p.items()
	}
}

func (p *parser) onConflict(c *conflict) {
	p.expect(token.Conflict)
	switch {
	case p.key() == token.LParen:
		p.take(roleKeyword)
		c.exprs = p.exprs()
		p.expect(token.RParen)
		if p.accept(token.Where) {
			c.exprs = p.mem.kids.push(c.exprs, p.expr())
		}
	case p.accept(token.On):
		p.expect(token.Constraint)
		p.name(roleOther)
	}
	p.expect(token.Do)
	if p.accept(token.Nothing) {
		return
	}
	p.expect(token.Update)
	c.sets = p.assignments()
	if p.accept(token.Where) {
		c.where = p.expr()
	}
}

// target reads the table that a statement writes to.
func (p *parser) target() *from {
	f := p.newFrom(fromTable)
	p.accept(token.Only)
	f.path, f.dashed = p.path(roleTable)
	f.end = p.pos
	return f
}

func (p *parser) assignments() []assign {
	p.expect(token.Set)
	return p.assignmentList()
}

func (p *parser) assignmentList() []assign {
	var out []assign
	for p.err == nil {
		var a assign
		if p.key() == token.LParen {
			a.target, a.tuple = p.names(roleNone), true
		} else {
			a.target, _ = p.path(roleNone)
		}
		if p.key() != token.Eq && p.key() != token.Other && p.key() != token.Assign {
			p.fail("an assignment is expected here")
		}
		p.take(roleKeyword)
		a.value = p.expr()
		out = append(out, a)
		if !p.accept(token.Comma) {
			break
		}
	}
	return out
}

func (p *parser) update(s *stmt) {
	s.kind = stmtUpdate
	p.take(roleKeyword)
	p.top(s)
	if p.key() == token.Or || p.word("TOP") || p.key() == token.Top {
		p.fail("this form of UPDATE is not understood")
	}
	s.target = p.joinTree()
	s.sets = p.assignments()
	p.output(s)
	if p.accept(token.From) {
		s.from = p.fromList()
	}
	p.dmlTail(s)
}

// output reads T-SQL's OUTPUT inserted.a, deleted.b [INTO t (x, y)].
func (p *parser) output(s *stmt) {
	if !p.d.output || !p.accept(token.Output) {
		return
	}
	s.returning = p.items()
	if p.accept(token.Into) {
		s.discards = true
		if p.kind() == token.Param {
			p.take(roleOther)
		} else {
			p.path(roleOther)
		}
		if p.key() == token.LParen {
			p.names(roleDefinition)
		}
		if p.accept(token.Output) {
			s.logged, s.discards = s.returning, false
			s.returning = p.items()
		}
	}
}

// top reads T-SQL's TOP (n), which bounds how many rows a statement writes.
func (p *parser) top(s *stmt) {
	if p.d.top && p.key() == token.Top && p.next() == token.LParen {
		p.take(roleKeyword)
		s.exprs = p.mem.kids.push(s.exprs, p.parens())
		p.acceptWord("PERCENT")
	}
}

func (p *parser) deletion(s *stmt) {
	s.kind = stmtDelete
	p.take(roleKeyword)
	p.top(s)
	if !p.accept(token.From) && !p.d.deleteBare {
		p.fail("this form of DELETE is not understood")
	}
	s.target = p.joinTree()
	p.output(s)
	if p.accept(token.Using) || p.d.deleteFrom && p.accept(token.From) {
		s.from = p.fromList()
	}
	if p.key() == token.From || p.key() == token.Output {
		p.fail("this form of DELETE is not understood")
	}
	p.dmlTail(s)
}

// dmlTail reads WHERE, ORDER BY, LIMIT and RETURNING.
func (p *parser) dmlTail(s *stmt) {
	if p.accept(token.Where) {
		s.where = p.expr()
	}
	if p.acceptTwo(token.Order, token.By) {
		for _, o := range p.orderList() {
			s.order = p.mem.kids.push(s.order, o.expr)
		}
	}
	if p.accept(token.Limit) {
		s.exprs = p.mem.kids.push(s.exprs, p.expr())
	}
	if p.accept(token.Returning) {
		s.returning = p.items()
	}
}

func (p *parser) mergeInto(s *stmt) {
	s.kind = stmtMerge
	p.take(roleKeyword)
	p.accept(token.Into)
	s.target = p.fromPrimary()
	p.expect(token.Using)
	s.from = p.mem.fromList.push(nil, p.joinTree())
	p.expect(token.On)
	s.where = p.expr()
	for p.key() == token.When {
		s.merge = append(s.merge, p.when())
	}
	if len(s.merge) == 0 {
		p.fail("MERGE without WHEN is not understood")
	}
	p.output(s)
}

func (p *parser) when() mergeWhen {
	w := mergeWhen{star: -1}
	p.take(roleKeyword)
	p.accept(token.Not)
	p.expect(token.Matched)
	if p.accept(token.By) {
		p.name(roleKeyword)
	}
	if p.accept(token.And) {
		w.cond = p.expr()
	}
	p.expect(token.Then)
	switch {
	case p.accept(token.Delete), p.accept(token.Do) && p.accept(token.Nothing):
	case p.accept(token.Update):
		if p.key() == token.Set && p.next() == token.Star {
			p.take(roleKeyword)
			w.star = p.take(roleKeyword)
			break
		}
		w.sets = p.assignments()
	case p.accept(token.Insert):
		p.whenInsert(&w)
	default:
		p.fail("this WHEN is not understood")
	}
	return w
}

func (p *parser) whenInsert(w *mergeWhen) {
	if p.key() == token.Star {
		w.star = p.take(roleKeyword)
		return
	}
	if p.key() == token.LParen {
		w.columns = p.names(roleNone)
	}
	if p.key() == token.Row {
		w.star = p.take(roleKeyword)
		return
	}
	p.expect(token.Values)
	p.expect(token.LParen)
	w.values = p.exprs()
	p.expect(token.RParen)
}

// create reads CREATE TABLE and VIEW. Without AS the statement only defines names of its own.
func (p *parser) create(s *stmt) {
	s.kind = stmtCreate
	p.take(roleKeyword)
	p.acceptTwo(token.Or, token.Replace)
	if p.createOther(s) {
		return
	}
	for p.err == nil && p.key() != token.Table && p.key() != token.View {
		switch {
		case p.key() == token.Temp || p.key() == token.Temporary:
			s.temp = true
		case p.key() == token.Materialized || p.key() == token.Global || p.word("LOCAL") || p.word("TRANSIENT") ||
			p.word("UNLOGGED") || p.word("EXTERNAL") || p.word("SECURE") || p.word("VOLATILE") || p.word("STREAMING") || p.word("LIVE") || p.key() == token.Or:
		case p.key() == token.Recursive:
		case p.word("INDEX") || p.word("UNIQUE") || p.word("POLICY"):
			p.stop(&problem{code: "dataset_ddl", message: "this statement changes a table rather than reads it", at: p.pos})
			return
		default:
			p.fail("only CREATE TABLE and CREATE VIEW are followed")
		}
		p.take(roleKeyword)
	}
	p.take(roleKeyword)
	if p.accept(token.If) {
		p.expect(token.Not)
		p.expect(token.Exists)
	}
	s.target = p.target()
	p.createBody(s)
}

func (p *parser) createBody(s *stmt) {
	if p.key() == token.LParen && !p.queryAhead() {
		s.columns = p.definedNames()
	}
	for p.err == nil && !p.accept(token.As) {
		switch {
		case p.key() == token.Select || p.key() == token.With && p.next() != token.LParen && p.keyAt(p.pos+2) == token.As:
			s.query = p.query()
			return
		case p.ends():
			return
		case p.key() == token.By:
			p.take(roleKeyword)
			p.ownedNames()
		case p.key() == token.LParen:
			p.skipParens(roleDefinition)
		default:
			p.take(roleDefinition)
		}
	}
	s.query = p.query()
	if p.accept(token.With) {
		for p.err == nil && !p.ends() {
			p.take(roleKeyword)
		}
	}
}

// ownedNames reads what PARTITION BY and CLUSTER BY name: outputs of the statement.
func (p *parser) ownedNames() {
	depth := 0
	for p.err == nil {
		switch p.key() {
		case token.LParen:
			depth++
		case token.RParen:
			depth--
		case token.As, token.Select, token.Semicolon, eof, token.Cluster, token.Partition:
			if depth == 0 {
				return
			}
			p.fail("a bracket is not closed")
			return
		}
		p.take(roleOwn)
	}
}

// definedNames reads a column list: bare names, or definitions, of which each item's first word is the name.
func (p *parser) definedNames() []int {
	var out []int
	first, depth := true, 0
	for p.err == nil {
		switch key := p.key(); {
		case key == eof:
			p.fail("a bracket is not closed")
			return nil
		case key == token.LParen:
			depth++
		case key == token.RParen:
			if depth--; depth == 0 {
				p.take(roleKeyword)
				return out
			}
		case key == token.Comma && depth == 1:
			first = true
			p.take(roleKeyword)
			continue
		case first && depth == 1 && (p.kind() == token.Word || p.kind() == token.Quoted):
			first = false
			if key != token.Primary && key != token.Constraint && !p.word("FOREIGN") && !p.word("UNIQUE") && !p.word("CHECK") && !p.word("INDEX") && !p.word("KEY") {
				out = p.mem.ints.push(out, p.pos)
			}
		}
		p.take(roleDefinition)
	}
	return nil
}
