// Package sql follows schema changes through SQL.
//
// A file goes through five steps, each in files of its own:
//
//	lex      token/ cuts the text into tokens that put end to end are the text again; dialect.go says how
//	parse    parse*.go reads statements, queries and expressions into the small tree of ast.go. A statement that
//	         is not understood becomes opaque: if it holds a changed name, or the dataset's, it is refused
//	resolve  resolve*.go and scope.go bind every name: to a column of a relation, an alias, a parameter, or to
//	         what is not known. Every column carries its name before and after, so a rename flows through stars,
//	         CTEs and subqueries until an alias stops it
//	decide   decide*.go edits what means a changed column, keeps the names of outputs, and checks that the new
//	         name means the same where it will stand: qualified if need be, refused otherwise
//	prove    proof.go applies the edits and resolves the result under the new schema alone. Every reference must
//	         mean what it meant, every query must have the same outputs; else the whole file is refused
//
// Reading many files under one request is fast because little of it is new: memory.go keeps the tree, the scopes and the
// catalog from file to file, and interest.go sees which references the changes cannot touch, so that they are not looked
// up.
//
// enum.go, cast.go and drop.go follow changes of what a field holds. lineage.go answers where outputs come from.
//
// At the end account.go looks at every token again: an occurrence of a changed name that is neither edited nor
// refused must be explained, and what nothing explains is refused. Nothing here guesses.
//
// Templates that are more than a name, as in dbt's models, are for the caller to fill in: Rendered (rendered.go)
// rewrites what a template engine made of a file and answers in places of the file.
package sql

import (
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// Option changes how a rewriter is built.
type Option func(*rewriter)

// Extensions sets the file extensions that the rewriter handles, with their dots. The default is .sql.
func Extensions(ext ...string) Option {
	return func(r *rewriter) { r.extensions = ext }
}

// New returns a rewriter for SQL files. It is safe for concurrent use.
func New(opts ...Option) rewrite.Rewriter {
	r := &rewriter{extensions: []string{".sql"}}
	for _, o := range opts {
		o(r)
	}
	return r
}

type rewriter struct {
	extensions []string
	idle       idle
}

// idle keeps memory for the next files.
type idle struct{ pool sync.Pool }

func (p *idle) memory() *memory {
	if m, ok := p.pool.Get().(*memory); ok {
		return m
	}
	return newMemory()
}

func (p *idle) release(m *memory) {
	m.reset()
	p.pool.Put(m)
}

// Handles implements rewrite.Rewriter.
func (w *rewriter) Handles(p string) bool {
	return slices.ContainsFunc(w.extensions, func(e string) bool { return strings.EqualFold(e, path.Ext(p)) })
}

// For implements rewrite.Rewriter.
func (w *rewriter) For(req rewrite.Request) func(rewrite.File) rewrite.Result {
	a := &asked{req: req}
	return func(f rewrite.File) rewrite.Result {
		mem := w.idle.memory()
		res := rewriteFile(&f, mem, mem.catalogOf(a))
		w.idle.release(mem)
		return res
	}
}

// rewriteFile takes a file through all steps.
func rewriteFile(f *rewrite.File, mem *memory, cat *catalog) rewrite.Result {
	res := rewrite.Result{Path: f.Path}
	if !cat.needles.occur(f.Content) {
		return res
	}
	if len(f.Content) > maxBytes {
		res.Refusals = cat.wholeFile("file_too_large", "the file is larger than Skein reads", "split it")
		return res
	}
	first := read(f.Content, cat.d, mem, cat.needles)
	r := first.resolve(cat, cat.drops)
	if r.dropsHalf() {
		first.forgetReasons()
		r = first.resolve(cat, false)
	}
	r.finishMoves()
	collect(&res, r)
	prove(&res, f.Content, first, r)
	if res.Unrelated = r.account(&res); len(res.Refusals)+len(res.Unrelated) > 0 {
		res.Sort()
	}
	res.Locate(f.Content)
	return res
}

// collect takes what the resolver decided. What was edited inside a refused place is taken back.
func collect(res *rewrite.Result, r *resolver) {
	res.Refusals = r.refusals
	res.Edits = r.mem.edits(len(r.edits))
	if len(r.refusals)+len(r.dropped) == 0 {
		sorted := true
		for i := range r.edits {
			sorted = sorted && (i == 0 || r.edits[i-1].Start < r.edits[i].Start)
			res.Edits = append(res.Edits, r.edits[i].Edit)
		}
		if !sorted {
			res.Sort()
		}
		return
	}
	var places, gone []span
	for i := range res.Refusals {
		places = append(places, span{res.Refusals[i].Start, res.Refusals[i].End})
	}
	for stmt := range r.dropped {
		gone = append(gone, r.stmts[stmt])
	}
	refused, dropped := union(places), union(gone)
	for i := range r.edits {
		if e := r.edits[i].Edit; !refused.overlap(span{e.Start, max(e.End, e.Start+1)}) {
			res.Edits = append(res.Edits, e)
		}
	}
	for i := range r.facts {
		f := &r.facts[i]
		f.refused = f.refused || refused.hold(f.span) || dropped.hold(f.span)
	}
	res.Sort()
}

// complete adds the datasets of changes that the catalog lists not at all, and those that readers move to: these
// then look as the old one will.
func complete(req *rewrite.Request) rewrite.Catalog {
	cat := req.Catalog
	known := map[string]bool{"": true}
	for i := range cat.Tables {
		known[cat.Tables[i].Dataset] = true
	}
	for i := range req.Mapping.Changes {
		if dataset := req.Mapping.Changes[i].Dataset; !known[dataset] {
			known[dataset] = true
			cat.Tables = append(slices.Clip(cat.Tables), rewrite.Table{Dataset: dataset, Names: []string{dataset}})
		}
	}
	for _, ch := range req.Mapping.Changes {
		if ch.Kind != rewrite.RenameDataset || ch.To == "" {
			continue
		}
		from, known := ch.From, false
		if from == "" {
			from = ch.Dataset
		}
		var old *rewrite.Table
		for i := range cat.Tables {
			known = known || cat.Tables[i].Dataset == ch.To
			if cat.Tables[i].Dataset == from {
				old = &cat.Tables[i]
			}
		}
		if known || old == nil {
			continue
		}
		cols := old.After
		if len(cols) == 0 {
			cols = old.Before
		}
		entry := rewrite.Table{Dataset: ch.To, Names: []string{ch.To}, Dialect: old.Dialect, Before: cols, After: cols}
		if i := strings.LastIndexByte(ch.To, '.'); i >= 0 {
			entry.Names = append(entry.Names, ch.To[i+1:])
		}
		cat.Tables = append(slices.Clone(cat.Tables), entry)
	}
	return cat
}

// wholeFile refuses the file, in the name of the first change.
func (c *catalog) wholeFile(code, message, suggestion string) []rewrite.Refusal {
	f := rewrite.Refusal{Code: code, Message: message, Suggestion: suggestion, Line: 1, Column: 1}
	if len(c.changes) > 0 {
		f.Dataset, f.Change = c.changes[0].subject()
	}
	return []rewrite.Refusal{f}
}

// source is a file that has been read.
type source struct {
	src    string
	d      *dialect
	mem    *memory
	list   *lists
	toks   []token.Token // those that matter to the parser
	roles  []role        // of toks
	stmts  []*stmt
	params []int
	ascii  bool // there are no other letters
}

// read lexes and parses. The first time, with needles, it also notes where they stand.
func read(src []byte, d *dialect, mem *memory, n *needles) *source {
	list := &mem.lists[0]
	if n == nil {
		list = &mem.lists[1]
	}
	s := &list.source
	*s = source{}
	s.src, s.d, s.mem, s.list = mem.text(src), d, mem, list
	s.ascii = isASCII(s.src)
	s.list.side = s.list.side[:0]
	s.list.toks = token.Code(s.list.toks[:0], &s.list.side, src, &d.lex)
	s.bodies()
	s.blocks()
	s.toks = s.list.toks
	mem.count(len(s.toks))
	if n != nil {
		s.mark(n)
	}
	s.list.roles = sized(s.list.roles, len(s.toks))
	s.list.named, s.list.names = sized(s.list.named, len(s.toks)), s.list.names[:0]
	s.roles = s.list.roles
	p := parser{src: s.src, d: d, mem: mem, toks: s.toks, seen: s.toks, roles: s.roles}
	s.stmts = p.script()
	s.params = p.params
	return s
}

// sized is a list of n zero values in the room of another.
func sized[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n, n+n/2)
	}
	list = list[:n]
	clear(list)
	return list
}

// blocks puts the {% %} back that stand in the way of the parser; one that sets a variable does not.
func (s *source) blocks() {
	var out []token.Token // once a block was found
	from := 0
	for _, t := range s.list.side {
		if t.Kind != token.Block || setsVariable(t.In(s.src)) {
			continue
		}
		if out == nil {
			out = make([]token.Token, 0, len(s.list.toks)+len(s.list.side))
		}
		for ; from < len(s.list.toks) && s.list.toks[from].Start < t.Start; from++ {
			out = append(out, s.list.toks[from])
		}
		out = append(out, t)
	}
	if out != nil {
		s.list.toks = append(out, s.list.toks[from:]...)
	}
}

// mark notes every token with a needle in it.
func (s *source) mark(n *needles) {
	hits := s.list.hits[:0]
	s.list.hot = sized(s.list.hot, len(s.toks))
	for i := n.next(s.toks, 0, s.src); i < len(s.toks); i = n.next(s.toks, i+1, s.src) {
		if x := n.in(s.toks[i], s.src, accountable); x != nil {
			s.list.hot[i] = 1
			hits = append(hits, hit{s.toks[i], i, x.ch})
		}
	}
	code := len(hits)
	for _, t := range s.list.side {
		if t.Kind == token.Block && !setsVariable(t.In(s.src)) {
			continue
		}
		if x := n.in(t, s.src, accountable); x != nil {
			hits = append(hits, hit{t, -1, x.ch})
		}
	}
	if code < len(hits) {
		slices.SortFunc(hits, func(a, b hit) int { return int(a.tok.Start - b.tok.Start) })
	}
	s.list.hits = hits
}

// accountable: every occurrence of the word needs an explanation. Those of a dataset only if the dataset itself
// changes.
func accountable(n *needle) bool { return n.field || len(n.ch.from) == 0 }

// setsVariable: {% set x = … %} stands outside the SQL.
func setsVariable(text string) bool {
	s := strings.TrimLeft(strings.TrimPrefix(text, "{%"), "- \t\r\n")
	return strings.HasPrefix(s, "set ") && strings.Contains(s, "=")
}

// resolve binds every name. drops: items of select lists may be dropped.
func (s *source) resolve(cat *catalog, drops bool) *resolver {
	r := s.resolver(cat)
	r.drops = drops
	r.script(s.stmts)
	return r
}

// trace looks every reference up and notes where outputs come from.
func (s *source) trace(cat *catalog, t *tracing) {
	r := s.resolver(cat)
	r.full, r.tracing = true, t
	r.script(s.stmts)
}

// forgetReasons makes the file ready to be resolved again.
func (s *source) forgetReasons() {
	for i, h := range s.list.hot {
		s.list.hot[i] = min(h, 1)
	}
}

func (s *source) resolver(cat *catalog) *resolver {
	r := &s.list.resolver
	r.src, r.d, r.cat, r.mem, r.list, r.toks, r.roles, r.ascii = s.src, s.d, cat, s.mem, s.list, s.toks, s.roles, s.ascii
	r.proof, r.interest, r.drops, r.full = cat.proof, &s.list.interest, false, false
	r.visit, r.stirs, r.outs, r.aliased = 0, 0, 0, 0
	r.edits, r.why, r.rels, r.facts, r.cols, r.stmts = r.edits[:0], r.why[:0], r.rels[:0], r.facts[:0], r.cols[:0], r.stmts[:0]
	r.targetsOf, r.passing, r.written, r.waiting, r.captures = r.targetsOf[:0], r.passing[:0], r.written[:0], r.waiting[:0], r.captures[:0]
	r.rare = rare{}
	s.list.outNames, s.list.outRuns = s.list.outNames[:0], s.list.outRuns[:0]
	s.list.visits, s.list.calms = s.list.visits[:0], s.list.calms[:0]
	s.list.edited = sized(s.list.edited, len(s.toks))
	if !cat.proof {
		s.list.interest = cat.interest
	}
	for _, at := range s.params {
		r.params = append(r.params, r.named(at))
	}
	return r
}
