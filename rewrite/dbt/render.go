package dbt

import (
	"strconv"
	"strings"

	"github.com/skein-bot/skein/rewrite/dbt/jinja"
	"github.com/skein-bot/skein/rewrite/sql"
)

// Limits on one rendering.
const (
	maxPieces = 60_000
	maxLoop   = 500
	maxExpand = 12 // macros inside macros
)

// thisTable stands for {{ this }} in rendered SQL.
const thisTable = "dbt_this_relation"

// renderer makes one variant of a template: SQL in pieces that know where they come from.
type renderer struct {
	src     []byte // the template that is rendered
	file    []byte // the file that pieces stand in; a macro's template may be another file
	idx     *index
	dialect string
	choice  map[string]bool // what conditions that nobody knows are taken to be
	scopes  []map[string]value
	out     []sql.Piece
	made    *sql.Piece // inside a macro's text: everything comes from this call
	depth   int
	full    bool // too much was made
	hole    hole // what stands for calls that nobody can see into
	unsure  bool // inside a macro: something was met that only dbt knows
	partial bool // a loop went over items that are not known
	opaque  map[*jinja.Node][]*jinja.Expr
	result  *value // of return()
	rels    map[string]*relation
	atoms   []string // the conditions that were met, in order
}

func newRenderer(src []byte, idx *index, choice map[string]bool) *renderer {
	return &renderer{src: src, file: src, idx: idx, choice: choice, scopes: []map[string]value{{}},
		opaque: map[*jinja.Node][]*jinja.Expr{}, rels: map[string]*relation{}}
}

func (r *renderer) add(p sql.Piece) {
	if len(r.out) >= maxPieces {
		r.full = true
		return
	}
	r.out = append(r.out, p)
}

// asIs adds bytes of the source.
func (r *renderer) asIs(lo, hi int) {
	switch {
	case lo >= hi:
	case r.made != nil:
		r.add(sql.Piece{Start: r.made.Start, End: r.made.End, Made: true, Text: string(r.src[lo:hi])})
	default:
		r.add(sql.Piece{Start: lo, End: hi})
	}
}

func (r *renderer) nodes(list []*jinja.Node) {
	for _, n := range list {
		if r.full || r.result != nil {
			return
		}
		r.node(n)
	}
}

func (r *renderer) node(n *jinja.Node) {
	switch n.Kind {
	case jinja.Text:
		r.asIs(r.trimmed(n.Start, n.End))
	case jinja.Output:
		r.output(n)
	case jinja.If:
		r.branch(n)
	case jinja.For:
		r.loop(n)
	case jinja.Set:
		r.set(n)
	case jinja.Do:
		r.do(n.Expr)
	case jinja.Block:
		r.block(n)
	case jinja.Comment:
	case jinja.Unknown:
		r.unsure = true
	}
}

// trimmed takes white space off where the tags beside a text ask for it.
func (r *renderer) trimmed(lo, hi int) (from, to int) {
	if lo > 2 && r.src[lo-3] == '-' && r.src[lo-1] == '}' {
		for lo < hi && strings.IndexByte(" \t\r\n", r.src[lo]) >= 0 {
			lo++
		}
	}
	if hi+2 < len(r.src) && r.src[hi] == '{' && r.src[hi+2] == '-' {
		for hi > lo && strings.IndexByte(" \t\r\n", r.src[hi-1]) >= 0 {
			hi--
		}
	}
	return lo, hi
}

// block renders what has a text of its own where it stands. Macros and snapshots are done apart.
func (r *renderer) block(n *jinja.Node) {
	switch n.Word {
	case "raw", "filter", "block":
		r.nodes(n.Body)
	case "call":
		if r.unsure = true; n.Expr.Callee() == "statement" {
			return // it runs on its own and writes nothing here
		}
		r.opaque[n] = append(r.opaque[n], n.Expr)
		r.add(sql.Piece{Start: n.Start, End: n.End, Made: true, Text: "{{ opaque }}"})
	}
}

// output renders {{ e }}: what is known as its text, what is not as a hole that SQL is careful with.
func (r *renderer) output(n *jinja.Node) {
	v := r.eval(n.Expr)
	tag := sql.Piece{Start: n.Start, End: n.End, Made: true}
	if r.made != nil {
		tag.Start, tag.End = r.made.Start, r.made.End
	}
	switch v.kind {
	case textValue:
		if calls := r.unknownCalls(n.Expr); v.open && len(calls) > 0 {
			r.opaque[n] = calls
		}
		r.pieces(v.pieces, tag)
		if r.made == nil {
			r.add(sql.Piece{Start: n.Start, End: n.End, Made: true, Closes: true})
		}
	case relationValue:
		if c := n.Expr.Callee(); r.made == nil && (c == "ref" || c == "source") {
			r.relation(n, sql.Piece{Start: n.Start, End: n.End})
			return
		}
		tag.Text = "{{ " + v.rel.String() + " }}"
		r.relation(n, tag)
	case thisValue:
		tag.Text = thisTable
		r.relation(n, tag)
	case emptyValue:
	case unknownValue, listValue, dictValue:
		if calls := r.unknownCalls(n.Expr); len(calls) > 0 {
			r.opaque[n] = calls
			if r.unsure = true; r.hole == asNothing {
				return
			}
		}
		if tag.Text = "{{ opaque }}"; r.queryPlace() {
			tag.Text = "select {{ opaque }}"
		}
		r.add(tag)
	}
}

// hole is what is written for a call that nobody can see into. Where it writes a whole clause or a query, a name in
// its place breaks the statement.
type hole uint8

const (
	asName hole = iota
	asNothing
	asQuery // a name, and a query where one may stand
)

// queryPlace: the text so far ends in AS ( or UNION ALL, so that a query is to follow, or where one may.
func (r *renderer) queryPlace() bool {
	tail := ""
	for i := len(r.out) - 1; i >= 0 && len(tail) < 8; i-- {
		p := r.out[i]
		if p.Made {
			tail = p.Text + tail
		} else {
			tail = string(r.file[max(p.Start, p.End-200):p.End]) + tail
		}
		tail = strings.TrimRight(tail, " \t\r\n")
	}
	if r.hole == asQuery && (tail == "" || strings.HasSuffix(tail, ")")) {
		return true
	}
	before, open := strings.CutSuffix(tail, "(")
	words := strings.Fields(strings.ToLower(before))
	switch n := len(words); {
	case open:
		return n > 0 && words[n-1] == "as"
	case n > 1 && (words[n-1] == "all" || words[n-1] == "distinct"):
		return words[n-2] == "union"
	default:
		return n > 0 && words[n-1] == "union"
	}
}

// relation adds a table's name. Its quotes part it from words beside it, also where white space is taken away.
func (r *renderer) relation(n *jinja.Node, p sql.Piece) {
	gap := sql.Piece{Start: p.Start, End: p.Start, Made: true, Text: " "}
	if r.src[n.Open.Start+2] == '-' {
		r.add(gap)
	}
	r.add(p)
	if gap.Start, gap.End = p.End, p.End; r.src[n.Open.End-3] == '-' {
		r.add(gap)
	}
}

// pieces adds a value's text. What is made without a place of its own comes from the tag.
func (r *renderer) pieces(list []sql.Piece, tag sql.Piece) {
	for _, p := range list {
		if p.Made {
			p.Start, p.End = tag.Start, tag.End
		}
		r.add(p)
	}
}

func (r *renderer) branch(n *jinja.Node) {
	for i := range n.Branches {
		b := &n.Branches[i]
		if b.Cond == nil || r.holds(b.Cond) {
			r.nodes(b.Body)
			return
		}
	}
}

// holds decides a condition: by what is known, or as the variant says.
func (r *renderer) holds(e *jinja.Expr) bool {
	if yes, known := r.eval(e).truth(); known {
		return yes
	}
	r.unsure = true
	key, positive := r.atom(e)
	return r.choice[key] == positive
}

// atom is a condition without the not before it. A condition that nobody decides holds where it is written first.
func (r *renderer) atom(e *jinja.Expr) (key string, positive bool) {
	positive = true
	for e.Kind == jinja.Unary && e.Text == "not" {
		e, positive = e.Kids[0], !positive
	}
	key = strings.Join(strings.Fields(string(r.src[e.Start:e.End])), " ")
	if _, set := r.choice[key]; !set {
		r.choice[key] = positive
		r.atoms = append(r.atoms, key)
	}
	return key, positive
}

// loop renders a body once for each item; for items that are not known once, as the only one.
func (r *renderer) loop(n *jinja.Node) {
	v := r.eval(n.Expr)
	items, known := v.items, v.kind == listValue
	if v.kind == dictValue {
		items, known = v.keys, true
	}
	if calls := r.unknownCalls(n.Expr); !known && len(calls) > 0 {
		r.opaque[n] = calls
	}
	if !known {
		r.unsure, r.partial = true, true
		items = []value{{kind: unknownValue}}
	}
	if len(items) == 0 && len(n.Branches) > 1 {
		r.nodes(n.Branches[1].Body)
	}
	for i, item := range items {
		if i >= maxLoop {
			r.full = true
		}
		if r.full {
			return
		}
		r.scopes = append(r.scopes, r.iteration(n, item, i, len(items)))
		r.nodes(n.Branches[0].Body)
		r.scopes = r.scopes[:len(r.scopes)-1]
	}
}

func (r *renderer) iteration(n *jinja.Node, item value, i, count int) map[string]value {
	scope := map[string]value{
		"loop.first": boolean(i == 0), "loop.last": boolean(i == count-1), "loop.index": number(i + 1),
		"loop.index0": number(i), "loop.length": number(count), "loop.revindex": number(count - i),
	}
	if len(n.Targets) == 1 {
		scope[n.Targets[0]] = item
		return scope
	}
	for k, t := range n.Targets {
		scope[t] = value{kind: unknownValue}
		if item.kind == listValue && k < len(item.items) {
			scope[t] = item.items[k]
		}
	}
	return scope
}

func (r *renderer) set(n *jinja.Node) {
	scope := r.scopes[len(r.scopes)-1]
	switch {
	case n.Expr == nil && len(n.Targets) == 1: // {% set x %} … {% endset %}
		kept := r.out
		r.out = nil
		r.nodes(n.Body)
		scope[n.Targets[0]] = value{kind: textValue, pieces: r.out}
		r.out = kept
	case len(n.Targets) == 1 && n.Expr != nil:
		scope[n.Targets[0]] = r.eval(n.Expr)
	default:
		for _, t := range n.Targets {
			scope[t] = value{kind: unknownValue}
		}
	}
}

// do forgets a list that something is appended to.
func (r *renderer) do(e *jinja.Expr) {
	switch callee := e.Callee(); {
	case callee == "return":
		r.eval(e)
	case strings.Contains(callee, "."):
		name, _, _ := strings.Cut(callee, ".")
		for _, scope := range r.scopes {
			if _, ok := scope[name]; ok {
				scope[name] = value{kind: unknownValue}
			}
		}
	}
}

func number(i int) value {
	return value{kind: textValue, number: true, pieces: madeText(strconv.Itoa(i))}
}

func madeText(s string) []sql.Piece { return []sql.Piece{{Made: true, Text: s}} }
