package sql

import "slices"

// relation is one item of FROM, or a table that a statement writes to.
type relation struct {
	id        int
	alias     name   // what qualifies its columns, when one word does
	path      []name // the table's path; it qualifies too when there is no alias
	table     *table
	maybe     *table // a dataset that this may be, though no name says so exactly
	hole      bool   // a template stands for the table: it may be anything
	unclear   bool   // likewise, as engines differ in which common table expressions are seen here
	cols      []outcol
	open      bool   // it may have further columns
	qualified bool   // only a qualifier reaches it: excluded, a MERGE's target
	used      bool   // some reference names it as a qualifier
	loose     bool   // a star over a join that was refused: which columns it has is for whoever mends that
	called    string // how qualifiers must call it once it has another name, where an alias cannot keep the old one
	longUse   bool   // by a path of several parts
	shape     *shape
	reshape   *change // a star over it means something else now
	from      *from
	what      string // for people
}

// output is an item of a select list as later clauses see it.
type output struct {
	before, after name
	rel           *relation // set when the item is just a column
	col           *outcol
	trace         *trace
	id            int
	unseen        [2]bool // no alias is written, on either side, and the dialect wants one
	star          bool    // a star brought it: only ORDER BY may find it
}

// scope is where a bare name is looked up: its relations, the select list as far as the clause sees it, and
// then the scope around.
type scope struct {
	parent   *scope
	query    *query // the SELECT whose scope this is
	rels     []*relation
	merged   []merge
	group    int // the first relation of the join in parentheses that is being read
	outputs  []output
	top      bool     // its outputs leave the file
	branches []*scope // of a set operation that is ordered
	reading  reading
	chooses  bool   // COLUMNS(…) stands in the select list: there may be outputs of any name
	loose    bool   // a join by common names was refused, so a star may have other columns now
	pending  []item // of the select list: their aliases are not to be named yet
	plain    bool   // names here cannot have a qualifier
	bare     bool   // a whole item of ORDER BY: an alias that is just the column is still the alias
	grouped  []name
	params   []name // of a lambda
}

// merge is a column that USING or NATURAL made of those of several relations.
type merge struct {
	name  name
	rels  []*relation
	stuck *change // the sides have two names now, and the join was refused
}

// unite makes the columns of this name one, with those that are one already.
func (r *resolver) unite(sc *scope, n name, rels ...*relation) {
	for i := range sc.merged {
		m := &sc.merged[i]
		if r.d.same(m.name, n) && slices.ContainsFunc(rels, func(rel *relation) bool { return slices.Contains(m.rels, rel) }) {
			m.rels = r.mem.relList.pushAll(m.rels, rels)
			return
		}
	}
	sc.merged = r.mem.merges.push(sc.merged, merge{name: n, rels: r.mem.relList.pushAll(nil, rels)})
}

// mergeOf is the number of the merge that a relation's column is part of, or -1.
func (r *resolver) mergeOf(sc *scope, rel *relation, n name) int {
	return slices.IndexFunc(sc.merged, func(m merge) bool { return r.d.same(m.name, n) && slices.Contains(m.rels, rel) })
}

// kind is what a name turned out to be.
type kind uint8

const (
	unknown   kind = iota
	isColumn       // of a relation
	isOutput       // a select alias
	isRow          // a relation as a whole
	isParam        // of a lambda
	isOpen         // of a relation whose columns are not all known
	ambiguous      // more than one of these
)

// String is what a name would mean, in a sentence.
func (k kind) String() string {
	switch k {
	case isColumn:
		return "another column"
	case isOutput:
		return "an alias of the select list"
	case isRow:
		return "a whole row"
	case isParam:
		return "a parameter"
	case isOpen:
		return "a column of a table that is not known"
	case ambiguous:
		return "more than one thing"
	case unknown:
	}
	return "nothing"
}

// binding is the answer. part is the index of the path's part that is the column.
type binding struct {
	rel   *relation
	col   *outcol
	out   *output
	among []*relation // ambiguous: who may have it
	part  int
	kind  kind
	sure  bool // isOpen: only this relation can have it
}

// side chooses the names to look at.
type side bool

const (
	old side = false
	now side = true
)

func (s side) index() int {
	if s == now {
		return 1
	}
	return 0
}

func (c *outcol) on(s side) *name {
	if s == now {
		return &c.after
	}
	return &c.before
}

func (o *output) on(s side) *name {
	if s == now {
		return &o.after
	}
	return &o.before
}

// shifts is a sieve of the names that some column has only before or only after: all others mean the same then
// and now.
type shifts struct {
	hashes bits
	all    bool
}

func (s *shifts) learn(cols []outcol) {
	for i := range cols {
		c := &cols[i]
		s.learn(c.fields)
		if c.before.text == c.after.text {
			continue
		}
		for _, n := range [...]name{c.before, c.after} {
			s.all = s.all || n.hash == 0 && n.text != ""
			s.hashes.add(n.hash)
		}
	}
}

func (s *shifts) may(path []name) bool {
	for i := range path {
		if h := path[i].hash; s.all || h == 0 || s.hashes.has(h) {
			return true
		}
	}
	return false
}

// lookup finds what a path means.
func (r *resolver) lookup(sc *scope, path []name, s side) (b binding) {
	r.bind(&b, sc, path, s)
	return b
}

// bind is lookup into a binding that is given empty, as in the functions below: large values that several functions hand
// on are slow.
func (r *resolver) bind(b *binding, sc *scope, path []name, s side) {
	if len(path) == 1 {
		r.findBare(b, sc, &path[0], s)
	} else {
		*b = r.qualifiedName(sc, path, s)
	}
}

func (r *resolver) bareName(sc *scope, n name, s side) (b binding) {
	r.findBare(&b, sc, &n, s)
	return b
}

// findBare looks through the scopes from the inside.
func (r *resolver) findBare(b *binding, sc *scope, n *name, s side) {
	var opens []*relation
	late := false // a parameter has the name in another case
	for at := sc; at != nil; at = at.parent {
		if len(at.params) > 0 {
			if r.isParam(at, n, r.d.exactParams) {
				b.kind = isParam
				r.unlessOpen(b, opens)
				return
			}
			late = late || r.isParam(at, n, false)
		}
		if opens = r.inScope(b, at, n, s, opens); b.kind != unknown {
			r.unlessOpen(b, opens)
			return
		}
	}
	for at := sc; at != nil && r.d.rows == rowLast; at = at.parent {
		if r.row(b, at, n); b.kind == isRow {
			r.unlessOpen(b, opens)
			return
		}
	}
	switch {
	case late:
		b.kind = isParam
		r.unlessOpen(b, opens)
	case len(opens) == 0:
	case len(opens) == 1:
		b.kind, b.rel, b.sure = isOpen, opens[0], true
	default:
		b.kind, b.among = isOpen, opens
	}
}

// isParam: the name is a parameter of the lambda whose scope this is, exactly so or in any case.
func (r *resolver) isParam(at *scope, n *name, exactly bool) bool {
	return slices.ContainsFunc(at.params, func(p name) bool { return r.d.same(p, *n) && (!exactly || p.text == n.text) })
}

// unlessOpen gives b up if a relation whose columns are not known might have the name too.
func (r *resolver) unlessOpen(b *binding, opens []*relation) {
	if len(opens) == 0 || b.kind == ambiguous || b.kind == isOutput || b.kind == isParam {
		return
	}
	*b = binding{kind: ambiguous, rel: b.rel, col: b.col, among: append([]*relation{b.rel}, opens...)}
}

// inScope looks at one scope: columns and aliases, by the clause's reading. It adds to the relations that may have the
// name as well.
func (r *resolver) inScope(b *binding, at *scope, n *name, s side, around []*relation) (opens []*relation) {
	if len(at.branches) > 0 {
		return r.inBranches(b, at, n, s, around)
	}
	opens = r.columnIn(b, at, n, s, around)
	if r.opened != nil && b.kind == unknown && r.d.rowOpens && len(opens) == len(around) {
		if r.row(b, at, n); b.kind == isRow { // in (v).f, a row comes before an alias
			return opens
		}
	}
	out, twice := r.outputIn(at, n, s, at.bare)
	switch {
	case out == nil && b.kind == unknown && len(at.pending) > 0 && (s == now || r.proof && r.d.earlyFails) && r.tooEarly(at, n):
		b.kind = ambiguous
		return around
	case out == nil, b.kind == unknown && at.reading == columns:
		r.orRow(b, at, n)
		return opens
	case twice && at.reading == alias:
		*b = binding{kind: ambiguous, rel: out.rel, col: out.col, out: out}
		return around
	case b.kind == unknown:
		*b = binding{kind: isOutput, out: out}
		if own := opens[len(around):]; len(own) > 0 && at.reading != alias {
			*b = binding{kind: ambiguous, among: own, out: out}
		}
		return around
	case b.kind == ambiguous && at.reading != alias:
		return opens
	}
	same := b.kind == isColumn && out.rel == b.rel && (out.col == b.col || r.d.same(out.col.after, b.col.after))
	switch reading := at.reading; {
	case same && !at.bare:
	case reading == alias:
		*b = binding{kind: isOutput, out: out}
		return around
	case reading == columns, reading == column:
	case reading == grouped && slices.ContainsFunc(at.grouped, func(g name) bool { return r.d.same(g, *n) }):
	case reading == grouped:
		*b = binding{kind: isOutput, out: out}
		return around
	case same:
	default:
		*b = binding{kind: ambiguous, rel: b.rel, col: b.col, out: out, among: []*relation{b.rel}}
		return around
	}
	return opens
}

// tooEarly: the name is the alias of an item of the select list that is not read yet, which is an error.
func (r *resolver) tooEarly(at *scope, n *name) bool {
	return slices.ContainsFunc(at.pending, func(it item) bool { return it.alias >= 0 && r.d.same(r.named(it.alias), *n) })
}

// inBranches finds an output of a set operation as SQLite does: from branch to branch an alias, or else a column
// that is an output.
func (r *resolver) inBranches(b *binding, at *scope, n *name, s side, opens []*relation) []*relation {
	for _, br := range at.branches {
		if out, _ := r.outputIn(br, n, s, true); out != nil {
			*b = binding{kind: isOutput, out: out}
			return opens
		}
		*b = binding{}
		if more := r.columnIn(b, br, n, s, opens); len(more) > len(opens) {
			return more
		}
		listed := func(o output) bool { return o.rel == b.rel && o.col == b.col }
		if b.kind == isColumn && slices.ContainsFunc(br.outputs, listed) {
			return opens
		}
	}
	*b = binding{}
	return opens
}

// outputIn finds an output by name, with or without those of stars. Where there are two SQLite takes the first, and DuckDB the last.
func (r *resolver) outputIn(at *scope, n *name, s side, stars bool) (found *output, twice bool) {
	for i := range at.outputs {
		switch o := &at.outputs[i]; {
		case o.on(s).differs(*n), !r.d.alike(*o.on(s), *n), o.unseen[s.index()], o.star && !stars:
		case found == nil, r.d.lastAlias:
			found = o
		case !r.d.flatFrom && (o.rel == nil || o.rel != found.rel || o.col != found.col):
			return found, true
		}
	}
	return found, false
}

// columnIn finds a column among the scope's relations, and adds those that may have it without being known to.
func (r *resolver) columnIn(b *binding, at *scope, n *name, s side, around []*relation) (opens []*relation) {
	opens = around
	for _, rel := range at.rels {
		if rel.qualified {
			continue
		}
		col, twice := rel.column(r.d, *n, s)
		switch {
		case twice:
			*b = binding{kind: ambiguous, rel: rel, col: col, among: []*relation{rel}}
			return around
		case col == nil && rel.open:
			opens = r.mem.relList.push(opens, rel)
		case col == nil:
		case b.kind == unknown:
			b.kind, b.rel, b.col = isColumn, rel, col
		case len(at.merged) > 0 && r.mergeDecides(at, b, rel, col, n):
		default:
			if b.kind == isColumn {
				b.among = []*relation{b.rel}
			}
			b.kind = ambiguous
			if col.touched() && !b.col.touched() {
				b.rel, b.col = rel, col
			}
			b.among = append(b.among, rel)
		}
	}
	return opens
}

// mergeDecides: two relations have the name, and it is clear which column is meant as they are one, or as the engine
// prefers the one that is several.
func (r *resolver) mergeDecides(at *scope, found *binding, rel *relation, col *outcol, n *name) bool {
	this := r.mergeOf(at, rel, *n)
	if found.kind != isColumn {
		return false
	}
	switch first := r.mergeOf(at, found.rel, *n); {
	case first == this:
		return this >= 0
	case !r.d.mergedFirst || first >= 0 && this >= 0:
		return false
	case this >= 0:
		*found = binding{kind: isColumn, rel: rel, col: col}
	}
	return true
}

// orRow: a bare name that is no column may be a relation as a whole.
func (r *resolver) orRow(b *binding, at *scope, n *name) {
	if (b.kind == unknown || r.d.rows == rowFirst) && r.d.rows != rowLast && r.d.rows != rowNever {
		r.row(b, at, n)
	}
}

// row finds the relation of the scope that is called n as a whole.
func (r *resolver) row(b *binding, at *scope, n *name) {
	for _, rel := range at.rels {
		if r.d.same(rel.alias, *n) {
			*b = binding{kind: isRow, rel: rel}
			return
		}
	}
}
