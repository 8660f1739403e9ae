package sql

import (
	"slices"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// insert resolves INSERT: its list names the target's columns, its source is matched by position.
func (r *resolver) insert(s *stmt, e *env) {
	target := r.scope(scope{})
	r.tableItem(s.target, target, nil)
	rel := target.rels[0]
	for i := range r.moves {
		r.moves[i].inserted = r.moves[i].inserted || r.moves[i].rel == rel && s.conflict == nil && len(s.returning) == 0
	}
	for i, at := range s.columns {
		r.target(r.mem.only(at), target, valuesOf(s.query, i)...)
	}
	r.writes(s.columns, s.query, target)
	if len(s.columns) == 0 && rel.reshape != nil && !s.byName && len(s.sets) == 0 {
		r.refuse(s.target.start, rel.reshape, "positional_insert", "the columns of "+rel.name()+" changed in number or order, and this INSERT lists none",
			"list the columns")
	}
	if len(s.columns) == 0 && len(s.sets) == 0 {
		for i := range rel.cols {
			r.writtenWhole(s.target.start, &rel.cols[i], s.positional(i))
		}
	}
	if s.query != nil {
		res := r.query(s.query, nil, e, use{named: s.byName, positional: true})
		r.insertSource(s, rel, res)
		if r.tracing != nil {
			r.tracing.output(len(r.stmts)-1, res)
		}
	}
	r.sets(s.sets, target, target, e)
	if c := s.conflict; c != nil {
		excluded := r.relation(relation{table: rel.table, cols: rel.cols, open: rel.open, alias: r.d.bare("excluded"), qualified: true, what: "excluded"})
		r.add(target, excluded)
		for _, x := range c.exprs {
			if ref := plainRef(x); ref != nil {
				r.passes(ref)
				r.written = append(r.written, ref)
			}
		}
		r.exprs(c.exprs, target, e)
		r.sets(c.sets, target, target, e)
		r.namedByColumn(c.sets)
		if c.where != nil {
			r.expr(c.where, target, e)
		}
	}
	r.returning(s, target, e)
}

// namedByColumn refuses edits of {'f': c} in DO UPDATE SET, where DuckDB names the field by a bare column, c, whatever
// its key says.
func (r *resolver) namedByColumn(sets []assign) {
	if !r.d.keyByColumn {
		return
	}
	for _, a := range sets {
		if a.value == nil {
			continue
		}
		for at := a.value.start + 3; at+1 < a.value.end; at++ {
			switch r.toks[at+1].Key {
			case token.Comma, token.RBrace, token.RParen:
			default:
				continue
			}
			key, kind := r.toks[at-1].Key, r.toks[at].Kind
			bare := (key == token.Colon || key == token.Assign) && (kind == token.Word || kind == token.Quoted)
			if bare && (r.editedAt(at) || r.editedAt(at-2)) {
				r.refuseRange(at-2, at+1, nil, "struct_value", "DuckDB calls this field as the column in it, whatever its key says",
					"qualify the column: then the key counts")
			}
		}
	}
}

// insertSource judges stars that are matched by position, or by name.
func (r *resolver) insertSource(s *stmt, rel *relation, res *result) {
	if res.reshape != nil {
		r.refuse(res.star, res.reshape, "star_positional", "INSERT matches columns by position, and those of this star changed in number or order",
			"list the columns in both places")
	}
	if !s.byName {
		r.structsMeet(s, rel, res)
		return
	}
	r.judgeByName(res)
	for i := range rel.cols {
		if c := &rel.cols[i]; c.renamed() && !r.followByName(s, c, res) {
			r.refuse(s.target.start, c.change, "insert_by_name", "INSERT BY NAME matches its source with "+c.before.String()+", which is renamed in "+rel.name(),
				"give the source's output the name "+c.after.String())
		}
	}
}

// structsMeet refuses to put a struct into a column whose fields have other names: engines match them by name.
func (r *resolver) structsMeet(s *stmt, rel *relation, res *result) {
	for i := range res.cols {
		c := &res.cols[i]
		var into *change
		if len(s.columns) > 0 && i < len(s.columns) {
			if col, _ := rel.column(r.d, r.named(s.columns[i]), old); col != nil {
				into = col.inside()
			}
		} else if len(s.columns) == 0 && i < len(rel.cols) {
			into = rel.cols[i].inside()
		}
		if in := c.inside(); in != nil && in != into {
			r.refuse(max(c.at, c.via), in, "struct_value", "the whole value is written here, and its field "+in.From+" changes", "name its fields one by one")
		}
	}
}

// followByName gives the output that INSERT BY NAME matches with a renamed column the new name; false if it is not
// certain which that is.
func (r *resolver) followByName(s *stmt, c *outcol, res *result) bool {
	is := r.columnsCalled(res.cols, c.before, old)
	if len(is) == 0 && !res.open { // one of the new name would have been an error: somebody has rewritten it
		return true
	}
	if res.open || len(r.columnsCalled(res.cols, c.after, now)) > 0 {
		return false
	}
	if s.query.kind != querySelect || len(is) > 1 || len(res.cols) != len(s.query.sel.items) || r.proof {
		return false
	}
	it := &s.query.sel.items[is[0]]
	if it.alias < 0 {
		return false
	}
	r.replace(it.alias, r.d.spell(c.after, r.text(it.alias)), c.change, "INSERT BY NAME puts it into "+c.before.String()+", which is now "+c.after.String())
	r.list.outNames[r.cols[len(r.cols)-1].from+is[0]] = c.after.text
	return true
}

// targets resolves a list of columns of the table that is written to.
func (r *resolver) targets(list []int, target *scope) {
	for _, at := range list {
		r.target(r.mem.only(at), target)
	}
}

// target resolves a column that values are written to: its name follows, what it holds is not read.
func (r *resolver) target(path []int, sc *scope, values ...*expr) {
	if !r.touches(path) {
		return
	}
	x := r.ref(path)
	r.passes(x)
	r.written = append(r.written, x)
	b := r.refIn(x, sc)
	if b.kind == isColumn && b.col != nil {
		r.writtenWhole(path[len(path)-1], leafOf(r.d, &b, r.path(path)), values)
	}
}

// writtenWhole refuses to write a value whose fields change: the new one must have them under their new names.
func (r *resolver) writtenWhole(at int, c *outcol, values []*expr) {
	if in := c.inside(); in != nil && !r.writesOut(values, c) {
		r.refuse(at, in, "struct_value", "the whole value is written here, and its field "+in.From+" changes", "give the value's field the new name")
	}
}

// isWritten: x is a place that is written to.
func (r *resolver) isWritten(x *expr) bool { return slices.Contains(r.written, x) }

// assigned follows a literal that is put into an enum's column, and refuses what may be any value.
func (r *resolver) assigned(a *assign, target, sc *scope) {
	if !r.cat.enums || a.value == nil {
		return
	}
	switch ch := r.enumOf(r.ref(a.target), target); {
	case ch == nil:
	case r.constant(a.value):
		r.follows(a.value, ch)
	case r.enumOf(a.value, sc) != ch && !equalFold(r.source(a.value), "default"):
		r.refuseRange(a.value.start, a.value.end, ch, "enum_value", "this is written into "+ch.From+", which has other values now, and it may be "+ch.OldValue,
			"look whether it can be '"+ch.OldValue+"', and make it '"+ch.NewValue+"' then")
	}
}

// sets resolves assignments: names on the left are the target's.
func (r *resolver) sets(list []assign, target, sc *scope, e *env) {
	for i := range list {
		a := &list[i]
		if a.tuple {
			r.targets(a.target, target)
		} else if len(a.target) > 0 {
			r.target(a.target, target, a.value)
			r.assigned(a, target, sc)
		}
		if a.value != nil {
			r.expr(a.value, sc, e)
		}
	}
}

// update resolves UPDATE and DELETE.
func (r *resolver) update(s *stmt, e *env) {
	sc := r.scope(scope{reading: columns})
	first := 0
	if alias := r.aliasInFrom(s); !alias {
		r.from(s.target, sc, nil, e)
		first = len(sc.rels)
	} else {
		r.leaveAll(s.target.path, roleTableAlias.String())
	}
	for _, f := range s.from {
		r.from(f, sc, r.beside(sc, 0, nil), e)
	}
	r.conditions(0, sc, e)
	target := r.scope(scope{rels: sc.rels})
	if first > 0 {
		target.rels = sc.rels[:first:first]
	}
	r.sets(s.sets, target, sc, e)
	if s.where != nil {
		r.expr(s.where, sc, e)
	}
	r.exprs(s.order, sc, e)
	r.exprs(s.exprs, r.scope(scope{}), e)
	r.returning(s, sc, e)
}

// aliasInFrom: UPDATE o SET … FROM t o, where the target is an alias of FROM.
func (r *resolver) aliasInFrom(s *stmt) bool {
	if s.target.kind != fromTable || len(s.target.path) != 1 || s.target.path[0] < 0 || !r.d.targetInFrom {
		return false
	}
	n := r.named(s.target.path[0])
	var find func(f *from) bool
	find = func(f *from) bool {
		if f.kind == fromJoin {
			return find(f.left) || find(f.right)
		}
		return f.alias >= 0 && r.d.same(r.named(f.alias), n) ||
			f.alias < 0 && len(f.path) > 0 && r.d.same(r.named(f.path[len(f.path)-1]), n)
	}
	return slices.ContainsFunc(s.from, find)
}

// ownName is a scope with a table under the name that it has in the database.
func (r *resolver) ownName(rel *relation) *scope {
	own, f := *rel, *rel.from
	f.alias = -1
	if rel.table != nil && rel.table.moved != nil && !r.proof {
		r.callsByName(&own, &f)
	}
	if own.from, own.used = &f, false; len(f.path) > 0 {
		own.path = r.tablePath(&f)
		own.alias = own.path[len(own.path)-1]
	}
	sc := r.scope(scope{})
	r.add(sc, &own)
	return sc
}

// returning resolves RETURNING, whose items are outputs, and T-SQL's OUTPUT, of which there may be two.
func (r *resolver) returning(s *stmt, sc *scope, e *env) {
	if len(s.logged) > 0 {
		r.changed(s, s.logged, true, sc, e)
	}
	if len(s.returning) > 0 {
		r.changed(s, s.returning, s.discards, sc, e)
	}
}

// changed resolves what a statement gives of the rows that it wrote. discards: it goes to a table, by position.
func (r *resolver) changed(s *stmt, items []item, discards bool, sc *scope, e *env) {
	body := &selectBody{start: s.start, items: items}
	seen := r.scope(scope{rels: sc.rels})
	switch {
	case r.d.output:
		seen = r.changedRows(sc)
	case len(sc.rels) > 0 && r.seesOwnName(s):
		seen = r.ownName(sc.rels[0])
	}
	res := r.selectList(body, seen, e, use{named: !discards, top: !discards, positional: discards})
	if len(seen.rels) == 1 && r.seesOwnName(s) {
		r.ownNameStays(s, seen.rels[0])
	}
	r.keep(res)
	if !discards {
		r.judgeOutputs(res)
	}
}

// seesOwnName: RETURNING knows the table by its own name, whatever its alias. In DuckDB it does for INSERT alone: with
// ON CONFLICT, or OR REPLACE, that is a MERGE.
func (r *resolver) seesOwnName(s *stmt) bool {
	if r.d.returningTarget || !r.d.insertReturns || s.kind != stmtInsert {
		return r.d.returningTarget
	}
	return s.conflict == nil && (s.target.start < 3 || r.toks[s.target.start-3].Key != token.Or)
}

// ownNameStays refuses a table's own name in RETURNING where it cannot follow.
func (r *resolver) ownNameStays(s *stmt, own *relation) {
	if own.used && own.table != nil && own.table.moved != nil && (own.called == "" || own.longUse) {
		r.refuse(s.target.start, own.table.moved, "table_name", "RETURNING qualifies columns with this name, and cannot see an alias", "take the qualifier out")
	}
}

// changedRows are what T-SQL's OUTPUT sees: the written rows as they were and as they are, and what else was read.
func (r *resolver) changedRows(sc *scope) *scope {
	seen := r.scope(scope{})
	if len(sc.rels) == 0 {
		return seen
	}
	target := sc.rels[0]
	for _, word := range [...]string{"inserted", "deleted"} {
		r.add(seen, r.relation(relation{table: target.table, cols: target.cols, open: target.open, reshape: target.reshape, alias: r.d.bare(word), what: word}))
	}
	seen.rels = append(seen.rels, sc.rels[1:]...)
	return seen
}

// merge resolves MERGE: the condition sees both sides, an INSERT's list the target, its values the source.
func (r *resolver) merge(s *stmt, e *env) {
	sc := r.scope(scope{reading: columns})
	r.from(s.target, sc, nil, e)
	n := len(sc.rels)
	for _, f := range s.from {
		r.from(f, sc, nil, e)
	}
	r.conditions(0, sc, e)
	target := r.scope(scope{rels: sc.rels[:n:n]})
	source := r.scope(scope{rels: sc.rels[n:]})
	r.expr(s.where, sc, e)
	for i := range s.merge {
		w := &s.merge[i]
		if w.cond != nil {
			r.expr(w.cond, sc, e)
		}
		r.sets(w.sets, target, sc, e)
		for k, at := range w.columns {
			r.target(r.mem.only(at), target, w.values[min(k, len(w.values)):min(k+1, len(w.values))]...)
		}
		r.exprs(w.values, source, e)
		if w.star >= 0 {
			r.mergeStar(w.star, sc.rels)
		}
		if len(w.values) > 0 && len(w.columns) == 0 && n > 0 && sc.rels[0].reshape != nil {
			r.refuse(s.target.start, sc.rels[0].reshape, "positional_insert", "the columns changed in number or order, and this INSERT lists none", "list the columns")
		}
	}
	r.returning(s, sc, e)
}

func (r *resolver) mergeStar(at int, rels []*relation) {
	for _, rel := range rels {
		for i := range rel.cols {
			if c := &rel.cols[i]; c.touched() {
				r.refuse(at, r.anyChange(c), "star_output", "this star matches columns by name, and "+c.before.String()+" changes in "+rel.name(),
					"list the columns")
			}
		}
		if rel.reshape != nil {
			r.refuse(at, rel.reshape, "star_output", "this star takes every column, and those of "+rel.name()+" changed", "list the columns")
		}
	}
}

// create resolves CREATE TABLE and VIEW. What it makes is known to the rest of the file.
func (r *resolver) create(s *stmt, e *env) {
	path := r.tablePath(s.target)
	if t, sure := r.cat.find(path); sure == fullMatch && t.changed && !s.temp {
		r.refuse(s.target.path[len(s.target.path)-1], r.cat.first(t.dataset), "dataset_ddl", "this statement defines "+t.dataset+" itself",
			advice("dataset_ddl"))
	}
	r.leaveAll(s.target.path, "the name of something that this file defines")
	if s.query == nil {
		r.definedOnly(s, path)
		return
	}
	res := r.topQuery(s.query, e, use{named: len(s.columns) == 0, top: len(s.columns) == 0, positional: len(s.columns) > 0})
	if len(s.columns) > 0 {
		res = r.listed(res, s.columns)
	}
	r.define(s.target, res)
}

// definedOnly: CREATE TABLE t (…) without a query. Foreign keys to a changed dataset are not followed.
func (r *resolver) definedOnly(s *stmt, path []name) {
	for i := s.target.end; i < s.end; i++ {
		if r.mentionsDataset(i) != nil && r.roles[i] == roleDefinition && r.toks[i].Kind != token.String {
			r.refuseRegion(s.target.end, s.end, &problem{code: "dataset_ddl", message: "this definition refers to the dataset", at: i})
			break
		}
	}
	res := result{open: len(s.columns) == 0, star: -1}
	for _, at := range s.columns {
		n := r.named(at)
		res.cols = append(res.cols, outcol{before: n, after: n, via: -1, unsure: -1})
	}
	if len(path) > 0 {
		r.stirred()
		r.locals = append(r.locals, local{path: path, cols: res.cols, open: res.open})
	}
}

// define makes a result readable under a name for the rest of the file.
func (r *resolver) define(f *from, res *result) {
	path := r.tablePath(f)
	r.leaveAll(f.path, "the name of something that this file defines")
	if len(path) == 0 {
		return
	}
	if t, sure := r.cat.find(path); sure == fullMatch && t.changed && len(path) > 1 {
		return
	}
	r.stirred()
	r.locals = append(r.locals, local{path: path, cols: res.cols, open: res.open, loose: res.loose})
}
