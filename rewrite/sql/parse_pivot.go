package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// pivot is what makes columns of rows, or rows of columns, of the item of FROM to its left.
type pivot struct {
	values     []int // UNPIVOT: further columns for values
	labels     []int // of columns: what stands for the name in the data, or -1; -2: nothing, for several columns at once
	aggregates []item
	keys       []pivotKey
	group      []*expr
	grouped    bool // GROUP BY is written; else all columns that are not named are grouped by
	columns    []int
	value      int // UNPIVOT: the column of the values, and that of the names
	name       int
}

// pivotKey is what rows are told apart by, and the columns that its values become: none are known without IN.
type pivotKey struct {
	exprs  []*expr
	values []string
}

// pivotAhead: PIVOT or UNPIVOT, of which only DuckDB's are followed.
func (p *parser) pivotAhead() bool { return p.key() == token.Pivot || p.key() == token.Unpivot }

// pivots reads the PIVOT ( … ) and UNPIVOT ( … ) that follow an item of FROM, each with an alias of its own.
func (p *parser) pivots(f *from) {
	for p.err == nil && p.pivotAhead() {
		if !p.d.pivots {
			p.fail("PIVOT and UNPIVOT are not followed")
			return
		}
		inner := p.mem.froms.one()
		*inner = *f
		*f = from{kind: fromPivot, start: inner.start, left: inner, alias: -1, offset: -1, natural: -1, pivot: &pivot{value: -1, name: -1}}
		if p.accept(token.Pivot) {
			p.expect(token.LParen)
			p.pivotBody(f.pivot)
		} else {
			p.take(roleKeyword)
			p.includeNulls()
			p.expect(token.LParen)
			p.unpivotBody(f.pivot)
		}
		p.expect(token.RParen)
		p.fromAlias(f)
		f.end = p.pos
	}
}

func (p *parser) includeNulls() {
	if (p.word("INCLUDE") || p.key() == token.Exclude) && p.next() == token.Nulls {
		p.take(roleKeyword)
		p.take(roleKeyword)
	}
}

// pivotBody reads sum(x) FOR k IN (1, 2) GROUP BY g.
func (p *parser) pivotBody(v *pivot) {
	v.aggregates = p.items()
	p.expect(token.For)
	for p.err == nil && p.key() != token.RParen && p.key() != token.Group {
		v.keys = append(v.keys, p.pivotKey())
	}
	p.pivotGroup(v)
}

func (p *parser) pivotGroup(v *pivot) {
	if p.acceptTwo(token.Group, token.By) {
		v.grouped, v.group = true, p.exprs()
	}
}

// pivotKey reads k IN (1, 2), or (k, m) IN ((1, 2), (3, 4)), whose columns are not told.
func (p *parser) pivotKey() pivotKey {
	if p.key() == token.LParen {
		p.fail("a PIVOT by several columns at once is not followed")
		return pivotKey{}
	}
	key := pivotKey{exprs: p.mem.kids.push(nil, p.binary(precOther))}
	if !p.accept(token.In) {
		return key
	}
	p.expect(token.LParen)
	for p.err == nil {
		key.values = append(key.values, p.pivotValue())
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RParen)
	return key
}

// pivotValue reads a literal, or a bare word that is one here, and gives the name of the column that it becomes.
func (p *parser) pivotValue() string {
	sign := ""
	if p.accept(token.Minus) {
		sign = "-"
	}
	switch p.kind() {
	case token.Template:
		p.take(roleNone)
		if p.accept(token.As) || p.canAlias() {
			p.name(roleAlias)
		}
		return ""
	case token.Number, token.String, token.Word, token.Quoted:
	default:
		p.fail("a value is expected here")
		return ""
	}
	at := p.take(roleOther)
	if p.accept(token.As) || p.canAlias() {
		at, sign = p.name(roleAlias), ""
	}
	if at < 0 {
		return ""
	}
	text := p.toks[at].In(p.src)
	if k := p.toks[at].Kind; k == token.String || k == token.Quoted {
		text = unquote(text)
	}
	return sign + text
}

// unpivotBody reads v FOR k IN (a, b AS 'label'), and (v, w) FOR k IN ((a, b) AS 'label', (c, d)).
func (p *parser) unpivotBody(v *pivot) {
	if p.key() == token.LParen {
		list := p.names(roleDefinition)
		if len(list) > 0 {
			v.value, v.values = list[0], list[1:]
		}
	} else {
		v.value = p.name(roleDefinition)
	}
	p.expect(token.For)
	v.name = p.name(roleDefinition)
	p.expect(token.In)
	p.expect(token.LParen)
	for p.err == nil {
		p.unpivoted(v)
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RParen)
}

// unpivoted reads one column, or several in brackets, and what stands for its name in the data.
func (p *parser) unpivoted(v *pivot) {
	var list []int
	if p.key() == token.LParen {
		list = p.names(roleNone)
	} else {
		list = p.mem.only(p.name(roleNone))
	}
	label := -1
	switch {
	case p.accept(token.As):
		label = p.take(roleOther)
	case p.kind() == token.String, p.kind() == token.Number, p.canAlias():
		label = p.take(roleOther)
	}
	for _, at := range list {
		v.columns = p.mem.ints.push(v.columns, at)
		if len(list) > 1 && label < 0 {
			v.labels = p.mem.ints.push(v.labels, -2) // named by several at once
		} else {
			v.labels = p.mem.ints.push(v.labels, label)
		}
	}
}

// pivotQuery reads the statement PIVOT t ON k IN (1, 2) USING sum(x) GROUP BY g, and UNPIVOT t ON a, b INTO NAME k
// VALUE v, which are queries.
func (p *parser) pivotQuery(q *query) {
	f := p.newFrom(fromPivot)
	f.pivot = &pivot{value: -1, name: -1}
	wide := p.accept(token.Pivot)
	if !wide {
		p.take(roleKeyword)
	}
	f.left = p.fromPrimary()
	p.expect(token.On)
	if wide {
		p.pivotOn(f.pivot)
	} else {
		p.unpivotOn(f.pivot)
	}
	f.end = p.pos
	q.sel = p.implicitStar(q.start)
	q.sel.from = p.mem.fromList.push(nil, f)
}

func (p *parser) pivotOn(v *pivot) {
	for p.err == nil {
		v.keys = append(v.keys, p.pivotKey())
		if !p.accept(token.Comma) {
			break
		}
	}
	if p.accept(token.Using) {
		v.aggregates = p.items()
	}
	p.pivotGroup(v)
}

func (p *parser) unpivotOn(v *pivot) {
	for p.err == nil {
		v.columns = p.mem.ints.push(v.columns, p.name(roleNone))
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.Into)
	p.expect(token.Name)
	v.name = p.name(roleDefinition)
	if !p.accept(token.Value) {
		p.fail("VALUE is expected here")
	}
	v.value = p.name(roleDefinition)
}

// implicitStar is the body of a query that lists no items: it gives all columns.
func (p *parser) implicitStar(start int) *selectBody {
	s := p.mem.bodies.one()
	s.start = start
	star := p.newExpr(exprStar, start)
	star.end = start + 1
	s.items = p.mem.items.push(nil, item{start: start, end: start + 1, expr: star, alias: -1})
	return s
}
