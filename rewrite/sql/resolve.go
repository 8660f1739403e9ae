package sql

import (
	"slices"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// resolver walks the tree of one file once: it binds every name, decides what becomes of it, and keeps what the
// proof compares. In a proof it does the same on the edited file under the new schema, and decides nothing.
type resolver struct {
	src      string
	d        *dialect
	cat      *catalog
	mem      *memory
	list     *lists
	toks     []token.Token
	roles    []role
	interest *interest
	proof    bool
	ascii    bool // the file has no other letters
	drops    bool // items of select lists may be dropped
	full     bool // look every reference up

	visit   int // a proof: how many references it has seen
	stirs   int // how much of what was resolved is the changes' business
	outs    int
	aliased int // the end of the item that was the last to get an alias

	edits     []edit
	why       []string // reasons why tokens that hold a changed name are left alone
	rels      []*relation
	facts     []fact
	cols      []outputs // of each query, in the order of resolving
	stmts     []span    // of the statements, as bytes
	targetsOf []*from   // tables that statements write to
	passing   []*expr   // references whose value is not looked into
	written   []*expr   // references that are written to
	waiting   []*expr   // conditions of joins, where they see all of FROM
	captures  []capture // of this statement, to be decided at its end
	rare
}

// rare is what a resolver has of few files only.
type rare struct {
	locals   []local
	params   []name // names of a script's variables
	current  current
	refused  map[place]bool
	refusals []rewrite.Refusal
	items    []tokens     // select items whose implicit name is not certain
	moves    []move       // tables whose name changes
	cuts     []int        // statements whose select lists lost an item
	dropped  map[int]bool // statements whose edits were taken back

	tracing     *tracing        // for Lineage
	made        [][]meaning     // of the conditions that edits write
	runsStrings bool            // some statement runs SQL that is held in strings
	mayReads    map[string]bool // datasets that the file names somewhere; "" if a template may
	opened      *expr           // the reference of which only a field is read
}

// place is where, and for which change, something was refused.
type place struct {
	start, end, change int
	dataset            string
}

// edit is an edit in the making; the first token it is about decides its order.
type edit struct {
	rewrite.Edit
	stmt int
}

// tokens is a range of significant tokens.
type tokens struct{ start, end int }

// outputs are the new names of a query's outputs, a range of all such names; empty ones are not compared. In the runs of
// names that stars brought the order is the catalog's affair.
type outputs struct {
	stmt, from, to int
	runs           tokens // of the list of runs
	loose          bool   // which they are is not decided
}

// fact is what the reference in a place means.
type fact struct {
	meaning
	span span
}

// meaning is what a reference means, in terms that are the same before and after.
type meaning struct {
	kind    kind
	refused bool
	id      int    // the relation's, the output's
	col     string // the column's new name
}

// local is a table that an earlier statement of the file made.
type local struct {
	path  []name
	cols  []outcol
	open  bool
	loose bool
}

// env is the common table expressions in sight, innermost first.
type env struct {
	outer   *env
	name    name
	cols    []outcol
	shape   *shape // of cols, once something reads them
	open    bool
	hole    bool
	loose   bool
	reshape *change
	unclear bool // it is defined later, and dialects differ in whether it is seen
	own     bool // it is being defined: no table here has its name, but a new name would mean it
}

// named is the name in a token, which is read once.
func (r *resolver) named(at int) name { return r.list.names[r.number(at)] }

// nameAt is where that name stands until another one is read.
func (r *resolver) nameAt(at int) *name { return &r.list.names[r.number(at)] }

// number is where the names have that of a token.
func (r *resolver) number(at int) int {
	if n := r.list.named[at]; n > 0 {
		return int(n) - 1
	}
	return r.newNumber(at)
}

func (r *resolver) newNumber(at int) int {
	var n name
	if t := r.toks[at]; t.Kind == token.Quoted || t.Kind == token.String {
		n = exactly(unquote(t.In(r.src)))
	} else {
		n = r.mem.bare(r.d, t.In(r.src))
	}
	r.list.names = append(r.list.names, n)
	r.list.named[at] = int32(len(r.list.names)) //nolint:gosec // fewer than the file has bytes
	return len(r.list.names) - 1
}

func (r *resolver) text(at int) string { return r.toks[at].In(r.src) }

func (r *resolver) path(at []int) []name {
	if len(at) == 1 {
		n := r.number(at[0])
		return r.list.names[n : n+1 : n+1]
	}
	out := r.mem.names.take(len(at))
	for k, i := range at {
		out[k] = r.named(i)
	}
	return out
}

// hotToken: the token holds a changed name, so that it must be accounted for.
func (r *resolver) hotToken(at int) bool { return at >= 0 && !r.proof && r.list.hot[at] > 0 }

// leave notes why a token is not edited.
func (r *resolver) leave(at int, reason string) {
	if r.hotToken(at) && r.list.hot[at] == 1 {
		r.why = append(r.why, reason)
		r.list.hot[at] = int32(len(r.why)) + 1 //nolint:gosec // fewer than the file has bytes
	}
}

// reason is why a token is left alone, empty if nothing said so.
func (r *resolver) reason(at int) string {
	if k := r.list.hot[at]; k > 1 {
		return r.why[k-2]
	}
	return ""
}

func (r *resolver) leaveAll(at []int, reason string) {
	for _, i := range at {
		r.leave(i, reason)
	}
}

// replace edits a token.
func (r *resolver) replace(at int, with string, ch *change, reason string) {
	t := r.toks[at]
	r.putAt(at, int(t.Start), int(t.End), with, ch, reason)
}

// put adds an edit of bytes. One that ends where an insertion begins takes it in, so no two start at one place.
func (r *resolver) put(start, end int, with string, ch *change, reason string) {
	at := -1
	if start != end && !r.proof {
		at = r.tokenAt(start)
	}
	r.putAt(at, start, end, with, ch, reason)
}

// putAt adds an edit that begins with a token, or with none.
func (r *resolver) putAt(at, start, end int, with string, ch *change, reason string) {
	if r.stirred(); r.proof {
		return
	}
	if i, done := r.editOf(at); done && r.edits[i].New == with {
		return
	}
	if n := len(r.edits); n > 0 && start == end && r.edits[n-1].End == start {
		r.edits[n-1].New += with
		return
	}
	r.edits = append(r.edits, edit{stmt: len(r.stmts) - 1})
	e := &r.edits[len(r.edits)-1]
	e.Start, e.End, e.New, e.Reason = start, end, with, reason
	if e.Dataset, e.Change = ch.subject(); at >= 0 {
		r.list.edited[at] = int32(len(r.edits)) //nolint:gosec // fewer than the file has bytes
	}
}

// tokenAt is the token that begins at a byte, or -1.
func (r *resolver) tokenAt(start int) int {
	at, found := slices.BinarySearchFunc(r.toks, start, func(t token.Token, start int) int { return int(t.Start) - start })
	if !found {
		return -1
	}
	return at
}

// editOf is the edit that begins with a token.
func (r *resolver) editOf(at int) (int, bool) {
	if at < 0 || r.list.edited[at] == 0 {
		return 0, false
	}
	return int(r.list.edited[at]) - 1, true
}

func (ch *change) subject() (string, int) {
	if ch == nil {
		return "", 0
	}
	if ch.Dataset == "" {
		return ch.From, ch.Index
	}
	return ch.Dataset, ch.Index
}

// refuse adds a refusal of a token, once.
func (r *resolver) refuse(at int, ch *change, code, message, suggestion string) {
	r.refuseRange(at, at+1, ch, code, message, suggestion)
}

// refuseRange adds a refusal of the tokens from at to end. Whatever was edited there is taken back in the end.
func (r *resolver) refuseRange(at, end int, ch *change, code, message, suggestion string) {
	if r.stirred(); r.proof || at < 0 || end <= at || end > len(r.toks) {
		return
	}
	f := rewrite.Refusal{Start: int(r.toks[at].Start), End: int(r.toks[end-1].End), Code: code, Message: message, Suggestion: suggestion}
	f.Dataset, f.Change = ch.subject()
	key := place{f.Start, f.End, f.Change, f.Dataset}
	if r.refused[key] {
		return
	}
	if r.refused == nil {
		r.refused = map[place]bool{}
	}
	r.refused[key] = true
	r.refusals = append(r.refusals, f)
}

// script resolves all statements.
func (r *resolver) script(stmts []*stmt) {
	for _, s := range stmts {
		start, end := int(r.toks[s.start].Start), int(r.toks[max(s.start, s.end-1)].End)
		r.stmts = append(r.stmts, span{start, end})
		r.statement(s)
		r.settle()
		r.passing, r.written = r.passing[:0], r.written[:0]
	}
}

func (r *resolver) statement(s *stmt) {
	var e *env
	if s.target != nil {
		r.targetsOf = append(r.targetsOf, s.target)
	}
	if s.with != nil {
		e = r.with(s.with, nil, nil)
	}
	switch s.kind {
	case stmtQuery:
		r.topQuery(s.query, e, use{named: true, top: true})
	case stmtInsert:
		r.insert(s, e)
	case stmtUpdate, stmtDelete:
		r.update(s, e)
	case stmtMerge:
		r.merge(s, e)
	case stmtCreate:
		r.create(s, e)
	case stmtPlain:
		r.choose(s)
		r.plain(s, e)
	case stmtOpaque:
		r.opaque(s)
	}
}

// plain resolves the query and the expressions of a statement that is neither. A function's arguments are seen
// where no column has their name.
func (r *resolver) plain(s *stmt, e *env) {
	if s.query == nil && len(s.exprs) == 0 {
		return
	}
	known := len(r.params)
	sc := r.scope(scope{reading: columns})
	if len(s.params) > 0 {
		sc.params = r.path(s.params)
		r.params = append(r.params, sc.params...)
	}
	if s.query != nil {
		res := r.query(s.query, sc, e, use{named: s.exports, top: s.exports, positional: true})
		if s.exports {
			r.judgeOutputs(res)
		}
	}
	r.exprs(s.exprs, sc, e)
	r.params = r.params[:known]
}

// topQuery resolves a query whose outputs leave the file.
func (r *resolver) topQuery(q *query, e *env, u use) *result {
	res := r.query(q, nil, e, u)
	if u.top {
		r.judgeOutputs(res)
	}
	if r.tracing != nil {
		r.tracing.output(len(r.stmts)-1, res)
	}
	return res
}

// judgeOutputs refuses what would rename, or otherwise change, an output of the file.
func (r *resolver) judgeOutputs(res *result) {
	if res.reshape != nil {
		r.refuse(res.star, res.reshape, "star_output",
			"the columns of "+res.reshape.Dataset+" changed in number or order, and this star passes them on",
			"list the columns that are wanted, or accept the new shape")
	}
	for i := range res.cols {
		c := &res.cols[i]
		switch ch := c.change; {
		case c.unsure >= 0:
			it := r.items[c.unsure]
			r.refuseRange(it.start, it.end, nil, "implicit_name",
				"this output has no alias, so its name comes from its text, which would change",
				"give it an alias first: … AS name")
		case c.twin && c.via >= 0:
			r.refuse(c.via, r.changeTo(c.after), "star_output", "this star passes on two columns that would have one name", "list the columns")
		case ch != nil && c.via >= 0 && ch.Kind == rewrite.RenameField:
			r.refuse(c.via, ch, "star_output",
				"this star passes "+c.before.String()+" on, and an output of this query would be renamed to "+c.after.String(),
				"list the columns, with "+c.after.String()+" AS "+c.before.String())
		case c.gone, ch != nil && ch.Kind == rewrite.RenameEnum:
		case ch != nil && c.via >= 0:
			r.refuse(c.via, ch, "star_output", "this star passes "+c.before.String()+" on: "+ch.describe(), "list the columns that are wanted")
		case c.inside() != nil && !r.proof:
			in := c.inside()
			at := c.at
			if c.via >= 0 {
				at = c.via
			}
			r.refuse(at, in, "struct_output", "this output holds the field "+in.From+", which is renamed inside it",
				"select its fields one by one, or agree with whoever reads this output")
		}
	}
}

// describe says what a change that is left to people is.
func (ch *change) describe() string {
	switch {
	case ch.Reason != "":
		return ch.Reason
	case ch.ofDataset():
		return "the dataset is removed"
	case ch.Kind == rewrite.DropField:
		return "the field " + ch.From + " is removed"
	case ch.Kind == rewrite.Cast:
		return "the type of " + ch.From + " changes"
	case ch.Kind == rewrite.RenameEnum:
		return "the value " + ch.OldValue + " of " + ch.From + " becomes " + ch.NewValue
	case ch.Kind == rewrite.ReplaceDataset:
		return "it has no counterpart in " + ch.To
	}
	return ch.From + " changes"
}

// opaque refuses what a region that is not understood may refer to.
func (r *resolver) opaque(s *stmt) {
	why := s.why
	if why == nil {
		why = &problem{code: "opaque_statement", message: "this statement is not understood", at: s.start}
	}
	r.runsStrings = r.runsStrings || why.code == "dynamic_sql" && r.toks[s.start].Key != token.Call
	r.refuseRegion(s.start, s.end, why)
}

// scope, env, relation, result and ref take what the resolver makes while it walks from its memory.

func (r *resolver) scope(from scope) *scope {
	return r.mem.scopes.put(from)
}

func (r *resolver) env(from env) *env {
	return r.mem.envs.put(from)
}

func (r *resolver) relation(from relation) *relation {
	return r.mem.rels.put(from)
}

func (r *resolver) result(from result) *result {
	return r.mem.results.put(from)
}

// ref is a reference that stands where no expression was read.
func (r *resolver) ref(path []int) *expr {
	x := r.mem.exprs.one()
	x.kind, x.start, x.end, x.path = exprRef, path[0], path[len(path)-1]+1, path
	return x
}
