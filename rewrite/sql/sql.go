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
//	decide   decide.go edits what means a changed column, keeps the names of outputs, and checks that the new
//	         name means the same where it will stand: qualified if need be, refused otherwise
//	prove    proof.go applies the edits and resolves the result under the new schema alone. Every reference must
//	         mean what it meant, every query must have the same outputs; else the whole file is refused
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

type rewriter struct{ extensions []string }

// Handles implements rewrite.Rewriter.
func (w *rewriter) Handles(p string) bool {
	return slices.ContainsFunc(w.extensions, func(e string) bool { return strings.EqualFold(e, path.Ext(p)) })
}

// Rewrite implements rewrite.Rewriter.
func (w *rewriter) Rewrite(f rewrite.File, req rewrite.Request) rewrite.Result {
	res := rewrite.Result{Path: f.Path}
	d := dialectOf(req.Dialect)
	req.Catalog = complete(req)
	cat := newCatalog(&d, &req, false)
	if !cat.concerns(f.Content) {
		return res
	}
	if len(f.Content) > maxBytes {
		res.Refusals = cat.wholeFile("file_too_large", "the file is larger than Skein reads", "split it")
		return res
	}
	first := read(f.Content, &d)
	r := first.resolve(cat)
	r.finishMoves()
	collect(&res, r)
	w.prove(&res, f.Content, &first, r, &req)
	res.Unrelated = r.account(first.all, &res)
	res.Sort()
	res.Locate(f.Content)
	return res
}

// collect takes what the resolver decided. What was edited inside a refused place is taken back.
func collect(res *rewrite.Result, r *resolver) {
	res.Refusals = r.refusals
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
func complete(req rewrite.Request) rewrite.Catalog {
	cat := req.Catalog
	for _, ch := range req.Mapping.Changes {
		if !slices.ContainsFunc(cat.Tables, func(t rewrite.Table) bool { return t.Dataset == ch.Dataset }) && ch.Dataset != "" {
			cat.Tables = append(slices.Clone(cat.Tables), rewrite.Table{Dataset: ch.Dataset, Names: []string{ch.Dataset}})
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

// concerns is the scan that most files end with: none of the names that matter is in it.
func (c *catalog) concerns(src []byte) bool {
	var seen []string
	has := func(word string) bool {
		if slices.Contains(seen, word) {
			return false
		}
		seen = append(seen, word)
		return indexWord(src, word) >= 0
	}
	for k := range c.changes {
		ch := &c.changes[k]
		if n := len(ch.from); n > 0 && ch.Kind != rewrite.Reshape && has(ch.from[n-1]) {
			return true
		}
		for i := range c.req.Catalog.Tables {
			t := &c.req.Catalog.Tables[i]
			if c.about(ch, t.Dataset) && slices.ContainsFunc(c.lastNames(t), has) {
				return true
			}
		}
	}
	return false
}

// wholeFile refuses the file once for every change.
func (c *catalog) wholeFile(code, message, suggestion string) []rewrite.Refusal {
	var out []rewrite.Refusal
	for k := range c.changes {
		f := rewrite.Refusal{Code: code, Message: message, Suggestion: suggestion, Line: 1, Column: 1}
		f.Dataset, f.Change = c.changes[k].subject()
		out = append(out, f)
	}
	return out
}

// source is a file that has been read.
type source struct {
	src    []byte
	d      *dialect
	all    []token.Token // every token
	toks   []token.Token // those that matter to the parser
	roles  []role
	stmts  []*stmt
	params []int
}

// read lexes and parses.
func read(src []byte, d *dialect) source {
	s := source{src: src, d: d}
	s.all = token.Scan(make([]token.Token, 0, len(src)/4+16), src, &d.lex)
	s.toks = make([]token.Token, 0, len(s.all)*2/3+1)
	for _, t := range s.all {
		switch t.Kind {
		case token.Space, token.Comment:
		case token.Block:
			if !setsVariable(t.Text(src)) {
				s.toks = append(s.toks, t)
			}
		default:
			s.toks = append(s.toks, t)
		}
	}
	p := parser{src: src, d: d, toks: s.toks, roles: make([]role, len(s.toks))}
	s.stmts = p.script()
	s.roles, s.params = p.roles, p.params
	return s
}

// setsVariable: {% set x = … %} stands outside the SQL.
func setsVariable(text []byte) bool {
	s := strings.TrimLeft(strings.TrimPrefix(string(text), "{%"), "- \t\r\n")
	return strings.HasPrefix(s, "set ") && strings.Contains(s, "=")
}

// resolve binds every name.
func (s *source) resolve(cat *catalog) *resolver {
	r := &resolver{src: s.src, d: s.d, cat: cat, toks: s.toks, roles: s.roles, proof: cat.proof,
		why: map[int]string{}, targetsOf: map[*from]bool{}, seen: map[*change]int{}, edited: map[int]int{}, refused: map[place]bool{}}
	for _, at := range s.params {
		r.params = append(r.params, r.named(at))
	}
	r.script(s.stmts)
	return r
}
