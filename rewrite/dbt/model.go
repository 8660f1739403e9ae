package dbt

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt/jinja"
	"github.com/skein-bot/skein/rewrite/sql"
)

// maxVariants bounds how often one template is rendered.
const maxVariants = 64

// model rewrites a file of SQL with Jinja: a model, a test, an analysis, or macros and snapshots.
func (j *job) model() {
	src := j.file.Content
	nodes, err := jinja.Parse(src, 0, len(src))
	if err != nil {
		j.unreadable(err)
		return
	}
	j.proof = true
	for _, u := range units(nodes) {
		j.unit(src, u)
	}
	j.unused(src, nodes)
	j.hooks(nodes)
	j.variables(nodes)
	j.splitCalls()
	j.calls(nodes)
	j.account(nodes)
	j.reread()
}

// unreadable refuses every place of a name in a file whose Jinja cannot be read.
func (j *job) unreadable(err error) {
	message := "the Jinja of this file cannot be read: " + err.Error()
	for _, o := range j.hot.find(j.file.Content, true) {
		j.refuse(o.start, o.end, o.word.change, "jinja", message, "repair the template")
	}
}

// unit is a stretch of a file that is SQL of its own.
type unit struct {
	nodes    []*jinja.Node
	params   []jinja.Arg
	snapshot bool
}

// units are the file's own text, and the body of each macro, test and snapshot in it.
func units(nodes []*jinja.Node) []unit {
	out := []unit{{nodes: nodes}}
	jinja.Walk(nodes, func(n *jinja.Node) bool {
		if n.Kind != jinja.Block {
			return true
		}
		switch n.Word {
		case "macro", "test", "data_test", "materialization":
			out = append(out, unit{nodes: n.Body, params: n.Params})
		case "snapshot":
			out = append(out, unit{nodes: n.Body, snapshot: true})
		case "call":
			out = append(out, unit{nodes: n.Body})
		}
		return true
	})
	return out
}

// variant is one rendering and what the rewriter of SQL says about it.
type variant struct {
	res    rewrite.Result
	edits  map[rewrite.Edit]bool
	shown  places       // what it renders as it is in the file
	closes map[int]bool // where templates end that it renders the value of
}

func newVariant(pieces []sql.Piece, res rewrite.Result) variant {
	v := variant{res: res, edits: map[rewrite.Edit]bool{}, closes: map[int]bool{}}
	for _, p := range pieces {
		switch {
		case !p.Made && (len(v.shown) == 0 || v.shown[len(v.shown)-1] != [2]int{p.Start, p.End}):
			v.shown = append(v.shown, [2]int{p.Start, p.End})
		case p.Closes:
			v.closes[p.End] = true
		}
	}
	for _, e := range res.Edits {
		v.edits[bare(e)] = true
	}
	v.shown = merged(v.shown)
	return v
}

// bare is an edit without what is said about it.
func bare(e rewrite.Edit) rewrite.Edit { return rewrite.Edit{Start: e.Start, End: e.End, New: e.New} }

// renders: what an edit changes is in the variant. An insertion belongs to what it follows.
func (v variant) renders(e rewrite.Edit) bool {
	if e.Start == e.End {
		return v.closes[e.Start] || v.shown.meets(e.Start-1, e.Start)
	}
	return v.shown.meets(e.Start, e.End)
}

// refused: the file as a whole is, in this variant.
func (v variant) refused() bool {
	return slices.ContainsFunc(v.res.Refusals, func(f rewrite.Refusal) bool { return f.End == 0 })
}

// unit renders every variant, rewrites it, keeps what they agree on, and refuses the calls that it cannot see into.
func (j *job) unit(file []byte, u unit) {
	j.render(file, u, func(r *renderer) []sql.Piece { return r.out })
}

// render does a unit; dress makes a statement of each rendering.
func (j *job) render(file []byte, u unit, dress func(*renderer) []sql.Piece) {
	all, rels, opaque, ok := j.variants(file, u, dress, asName)
	if !ok {
		for _, o := range j.hot.find(j.file.Content, true) {
			j.refuse(o.start, o.end, o.word.change, "template_too_large", "this template writes more variants than Skein follows", "split the file")
		}
		return
	}
	for _, hole := range [...]hole{asNothing, asQuery} {
		if n := notUnderstood(all); n > 0 && len(opaque) > 0 {
			if again, _, _, ok := j.variants(file, u, dress, hole); ok && notUnderstood(again) < n {
				all = again
			}
		}
	}
	edits, refusals := len(j.res.Edits), len(j.res.Refusals)
	if u.snapshot {
		for i := range all {
			j.history(&all[i].res)
		}
	}
	if slices.ContainsFunc(all, variant.refused) {
		for i := range all {
			all[i].res.Edits, all[i].edits = nil, nil
		}
	}
	j.agree(all)
	concerned := map[*rewrite.Change]bool{}
	j.readBy(rels, concerned)
	j.foundIn(j.res.Edits[edits:], j.res.Refusals[refusals:], concerned)
	j.hiddenCalls(opaque, concerned)
}

// unused are texts kept in a variable that nothing here writes: SQL for run_query, as a rule.
func (j *job) unused(src []byte, nodes []*jinja.Node) {
	shown := merged(slices.Clone(j.seen))
	jinja.Walk(nodes, func(n *jinja.Node) bool {
		if n.Kind != jinja.Set || n.Shut.End == 0 || shown.meets(n.Open.End, n.Shut.Start) || !j.hot.mentions(src[n.Open.End:n.Shut.Start]) {
			return true
		}
		j.unit(src, unit{nodes: n.Body})
		return false
	})
}

// variants renders a unit in every way and has each rewritten.
func (j *job) variants(file []byte, u unit, dress func(*renderer) []sql.Piece, hole hole) (all []variant, rels map[string]*relation, opaque map[*jinja.Node][]*jinja.Expr, ok bool) {
	renders, opaque, ok := j.renderings(file, u, hole)
	rels = map[string]*relation{}
	for _, r := range renders {
		pieces := dress(r)
		maps.Copy(rels, r.rels)
		v := newVariant(pieces, j.sqlOf(pieces, r.rels))
		j.seen = append(j.seen, v.shown...)
		all = append(all, v)
	}
	return all, rels, opaque, ok
}

// notUnderstood counts what the parser of SQL gave up on.
func notUnderstood(all []variant) (n int) {
	for _, v := range all {
		for i := range v.res.Refusals {
			switch v.res.Refusals[i].Code {
			case "opaque_statement", "template_clause", "ambiguous_column":
				n++
			}
		}
	}
	return n
}

// sqlOf runs the rewriter of SQL over one rendering. What the other models put out is looked at only where there is
// something to decide.
func (j *job) sqlOf(pieces []sql.Piece, rels map[string]*relation) rewrite.Result {
	list := relationsIn(rels)
	res := sql.Rendered(j.sql.For(j.request(pieces, list, j.idx.contract)), j.file, pieces)
	if len(res.Edits)+len(res.Refusals) == 0 {
		return res
	}
	found := false
	req := j.request(pieces, list, func(model string) []rewrite.Column {
		cols := j.names.outputs(model, nil)
		found = found || len(cols) > len(j.idx.contract(model))
		return cols
	})
	if !found {
		return res
	}
	return sql.Rendered(j.sql.For(req), j.file, pieces)
}

func (j *job) request(pieces []sql.Piece, list []*relation, columns func(model string) []rewrite.Column) rewrite.Request {
	req := j.names.extend(textOf(pieces, j.file.Content), list, columns)
	j.renamedBehind(&req, list)
	if slices.ContainsFunc(pieces, func(p sql.Piece) bool { return p.Made && p.Text == thisTable }) {
		req.Catalog.Tables = append(slices.Clip(req.Catalog.Tables), j.hot.this())
	}
	return req
}

// renamedBehind lets the rewriter of SQL move readers of a source to the source itself, as it will be, so that the
// call stays. With two such sources it could take one for the other, and refuses.
func (j *job) renamedBehind(req *rewrite.Request, list []*relation) {
	for i := range req.Mapping.Changes {
		ch := &req.Mapping.Changes[i]
		var behind []*relation
		for _, r := range list {
			if _, ok := j.behind(r, ch); ok {
				behind = append(behind, r)
			}
		}
		if len(behind) == 1 {
			next := *behind[0]
			next.version = "next"
			req.ReadAs[ch.To] = append(req.ReadAs[ch.To], next.String())
		}
	}
}

// this is the model's own table. Its columns are its outputs, which keep their names: a name in a query over it is
// taken to be its own.
func (h *hot) this() rewrite.Table {
	t := rewrite.Table{Dataset: "this model", Names: []string{thisTable}}
	for _, w := range h.words {
		if w.dataset {
			continue
		}
		t.Before = append(t.Before, rewrite.Column{Name: w.text})
		if to := w.change.To[strings.LastIndexByte(w.change.To, '.')+1:]; w.change.Kind == rewrite.RenameField && !strings.EqualFold(to, w.text) {
			t.Before = append(t.Before, rewrite.Column{Name: to})
		}
	}
	t.After = t.Before
	return t
}

// renderings are the variants of a template: one with every condition as it is written first, and one more for
// each condition, with it turned over where it was first met.
func (j *job) renderings(file []byte, u unit, hole hole) (out []*renderer, opaque map[*jinja.Node][]*jinja.Expr, ok bool) {
	type flip struct {
		set map[string]bool
		key string
	}
	opaque = map[*jinja.Node][]*jinja.Expr{}
	queue, flipped := []flip{{set: map[string]bool{}}}, map[string]bool{}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		r := newRenderer(file, j.idx, map[string]bool{})
		r.hole, r.dialect = hole, j.req.Dialect
		maps.Copy(r.choice, next.set)
		for _, p := range u.params {
			r.scopes[0][p.Name] = value{}
		}
		r.nodes(u.nodes)
		if r.full || len(out) >= maxVariants {
			return nil, opaque, false
		}
		out = append(out, r)
		maps.Copy(opaque, r.opaque)
		for _, key := range r.atoms {
			if flipped[key] {
				continue
			}
			flipped[key] = true
			set := map[string]bool{key: !r.choice[key]}
			maps.Copy(set, next.set)
			queue = append(queue, flip{set: set, key: key})
		}
	}
	return out, opaque, true
}

// agree keeps the edits that every variant makes which renders the place.
func (j *job) agree(all []variant) {
	seen := map[rewrite.Edit]bool{}
	for i := range all {
		j.res.Refusals = append(j.res.Refusals, all[i].res.Refusals...)
		j.res.Unrelated = append(j.res.Unrelated, all[i].res.Unrelated...)
		for _, e := range all[i].res.Edits {
			if seen[e] {
				continue
			}
			seen[e] = true
			if everywhere(e, all) {
				j.res.Edits = append(j.res.Edits, e)
				continue
			}
			j.refuse(e.Start, max(e.End, min(e.Start+1, len(j.file.Content))), j.change(e), "branches_disagree",
				"this place means "+e.Reason+" in one branch of the template, and something else in another",
				"write the reference in each branch")
		}
	}
}

// everywhere: each variant that renders the place has the edit.
func everywhere(e rewrite.Edit, all []variant) bool {
	for _, v := range all {
		if v.renders(e) && !v.edits[bare(e)] {
			return false
		}
	}
	return true
}

// change is the change that an edit is for.
func (j *job) change(e rewrite.Edit) *rewrite.Change {
	for i := range j.req.Mapping.Changes {
		if ch := &j.req.Mapping.Changes[i]; ch.Index == e.Change {
			return ch
		}
	}
	return &j.req.Mapping.Changes[0]
}

// history turns the edits of a snapshot into refusals: its table keeps the old name in rows of the past.
func (j *job) history(res *rewrite.Result) {
	kept := res.Edits[:0]
	for _, e := range res.Edits {
		if ch := j.change(e); !moves(ch) {
			res.Refusals = append(res.Refusals, rewrite.Refusal{Start: e.Start, End: max(e.End, e.Start), Code: "snapshot",
				Dataset: e.Dataset, Change: e.Change, Message: "a snapshot stores this column, and the rows of the past have its old name",
				Suggestion: "decide how the snapshot's table is migrated, then edit it by hand"})
			continue
		}
		kept = append(kept, e)
	}
	res.Edits = kept
}

// hooks are SQL in strings: pre_hook and post_hook of config.
func (j *job) hooks(nodes []*jinja.Node) {
	jinja.Expressions(nodes, func(e *jinja.Expr) bool {
		if e.Callee() != "config" {
			return true
		}
		for _, a := range e.Args {
			if a.Name != "pre_hook" && a.Name != "post_hook" {
				continue
			}
			a.Value.Walk(func(s *jinja.Expr) bool {
				if s.Kind == jinja.String {
					j.hook(s)
				}
				return true
			})
		}
		return false
	})
}

func (j *job) hook(s *jinja.Expr) {
	src := j.file.Content
	if !j.hot.mentions(src[s.From:s.To]) {
		return
	}
	nodes, err := jinja.Parse(src, s.From, s.To)
	if err != nil || s.Escaped {
		for _, o := range j.hot.find(src[s.From:s.To], true) {
			j.refuse(s.From+o.start, s.From+o.end, o.word.change, "hook", "this hook cannot be read", "edit it by hand")
		}
		return
	}
	j.unit(src, unit{nodes: nodes})
}

// splitCalls turns the edit of a whole {{ ref('t') }} into the edits of its strings, so that spelling and quotes stay.
func (j *job) splitCalls() {
	var out []rewrite.Edit
	for _, e := range j.res.Edits {
		was, suffix := string(j.file.Content[e.Start:e.End]), ""
		end := strings.LastIndex(e.New, "}}")
		old, now := relationIn(was), (*relation)(nil)
		if end >= 0 {
			now, suffix = relationIn(e.New[:end+2]), e.New[end+2:]
		}
		if old == nil || now == nil || len(old.args) != len(now.args) {
			out = append(out, e)
			continue
		}
		out = append(out, j.literals(e, was, now)...)
		if suffix != "" {
			e.Start, e.New = e.End, suffix
			out = append(out, e)
		}
	}
	j.res.Edits = out
}

// literals are the edits that make a call name another relation.
func (j *job) literals(e rewrite.Edit, was string, now *relation) []rewrite.Edit {
	open := strings.Index(was, "{{") + 2
	call := relationOf(jinja.Expression([]byte(was), open+len(was[open:])-len(strings.TrimLeft(was[open:], "-+ \t\r\n")), strings.LastIndex(strings.TrimRight(was, "-}+ \t\r\n"), ")")+1))
	if call == nil {
		return []rewrite.Edit{e}
	}
	var out []rewrite.Edit
	for i, a := range call.args {
		if a.Text != now.args[i].Text {
			x := e
			x.Start, x.End, x.New = e.Start+a.From, e.Start+a.To, now.args[i].Text
			out = append(out, x)
		}
	}
	return out
}

// reread checks that the edited file is still the same template.
func (j *job) reread() {
	if len(j.res.Edits) == 0 {
		return
	}
	j.res.Sort()
	out, err := rewrite.Apply(j.file.Content, j.res.Edits)
	if err == nil {
		var before, after []*jinja.Node
		if before, err = jinja.Parse(j.file.Content, 0, len(j.file.Content)); err == nil {
			after, err = jinja.Parse(out, 0, len(out))
		}
		if err == nil && shape(before) != shape(after) {
			err = fmt.Errorf("its tags differ")
		}
	}
	if err != nil {
		j.whole("proof_failed", "the edited file is another template: "+err.Error(), "edit by hand")
	}
}

// shape is a template without its text.
func shape(nodes []*jinja.Node) string {
	var b strings.Builder
	jinja.Walk(nodes, func(n *jinja.Node) bool {
		b.WriteByte('a' + byte(n.Kind))
		b.WriteString(n.Word)
		return true
	})
	return b.String()
}
