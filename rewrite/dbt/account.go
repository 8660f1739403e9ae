package dbt

import (
	"slices"
	"sort"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt/jinja"
)

// calls edits what SQL did not see of a renamed dataset: refs in comments, in variables and in the arguments of macros.
func (j *job) calls(nodes []*jinja.Node) {
	done := merged(append(refusedPlaces(&j.res), editedPlaces(&j.res)...))
	jinja.Expressions(nodes, func(e *jinja.Expr) bool {
		r := relationOf(e)
		if r == nil {
			return true
		}
		if t, c := j.names.find(r); c != other {
			j.moveCall(r, j.req.Catalog.Tables[t].Dataset, c, done)
		}
		return false
	})
}

func (j *job) moveCall(r *relation, dataset string, c certainty, done places) {
	for _, ch := range j.hot.changes[dataset] {
		if !moves(ch) || done.meets(r.start, r.end) {
			continue
		}
		to := j.newCall(r, ch)
		_, behind := j.behind(r, ch)
		switch {
		case behind && c == sure:
			j.leave(r.start, r.end, "the source keeps its name; the identifier in its declaration follows")
		case c != sure || ch.Kind != rewrite.RenameDataset || to == nil || j.stuck(ch):
			j.refuse(r.start, r.end, ch, "dataset_in_template", r.String()+" is "+dataset+", which becomes "+ch.To, "edit it by hand")
		default:
			for i, a := range r.args {
				if a.Text != to.args[i].Text {
					j.res.Edits = append(j.res.Edits, rewrite.Edit{Start: a.From, End: a.To, New: to.args[i].Text, Dataset: dataset,
						Change: ch.Index, Reason: r.String() + " is " + dataset})
				}
			}
		}
	}
}

// stuck: a place of the change is refused already.
func (j *job) stuck(ch *rewrite.Change) bool {
	for i := range j.res.Refusals {
		if j.res.Refusals[i].Change == ch.Index {
			return true
		}
	}
	return false
}

// newCall is the call that names the dataset that readers move to, of the same form.
func (j *job) newCall(r *relation, ch *rewrite.Change) *relation {
	for i := range j.req.Catalog.Tables {
		t := &j.req.Catalog.Tables[i]
		if t.Dataset != ch.To {
			continue
		}
		for _, n := range namesOf(j.req, t) {
			if to := relationIn(n); to != nil && len(to.args) == len(r.args) && (to.source == "") == (r.source == "") {
				return to
			}
		}
	}
	return nil
}

// concerned are the changes whose dataset the file reads, as far as can be seen.
func (j *job) concerned(nodes []*jinja.Node) map[*rewrite.Change]bool {
	out, rels := map[*rewrite.Change]bool{}, map[string]*relation{}
	jinja.Expressions(nodes, func(e *jinja.Expr) bool {
		if r := relationOf(e); r != nil {
			rels[r.String()] = r
		}
		return true
	})
	j.readBy(rels, out)
	j.foundIn(j.res.Edits, j.res.Refusals, out)
	return out
}

// readBy adds the changes of the datasets among some relations.
func (j *job) readBy(rels map[string]*relation, concerned map[*rewrite.Change]bool) {
	for _, r := range rels {
		if t, c := j.names.find(r); c != other {
			for _, ch := range j.hot.changes[j.req.Catalog.Tables[t].Dataset] {
				concerned[ch] = true
			}
		}
	}
}

// foundIn adds the changes that a rewriter found something of.
func (j *job) foundIn(edits []rewrite.Edit, refusals []rewrite.Refusal, concerned map[*rewrite.Change]bool) {
	found := map[int]bool{}
	for i := range edits {
		found[edits[i].Change] = true
	}
	for i := range refusals {
		found[refusals[i].Change] = true
	}
	for i := range j.req.Mapping.Changes {
		if ch := &j.req.Mapping.Changes[i]; found[ch.Index] {
			concerned[ch] = true
		}
	}
}

// hiddenCalls refuses calls that may write the name of a changed field where its dataset is read.
func (j *job) hiddenCalls(opaque map[*jinja.Node][]*jinja.Expr, concerned map[*rewrite.Change]bool) {
	for _, calls := range opaque {
		for _, call := range calls {
			if len(concerned) > 0 && j.hot.hides(call, j.file.Content, j.idx, j.names) {
				j.hiddenCall(call, concerned)
			}
		}
	}
}

func (j *job) hiddenCall(call *jinja.Expr, concerned map[*rewrite.Change]bool) {
	name := call.Callee()
	if name == "" {
		name = "this call"
	}
	for i := range j.req.Mapping.Changes {
		ch := &j.req.Mapping.Changes[i]
		if !concerned[ch] || ch.Kind == rewrite.RenameDataset || ch.Kind == rewrite.Reshape || refusedPlaces(&j.res).meets(call.Start, call.End) && !j.fresh(call, ch) {
			continue
		}
		field := orElse(ch.From, "a field") + " of " + subject(ch)
		if name == "var" {
			j.refuse(call.Start, call.End, ch, "project_variable", "this variable may hold "+field+", and variables can be set from outside", "edit it by hand")
			continue
		}
		j.refuse(call.Start, call.End, ch, "opaque_macro", name+" writes SQL that Skein cannot see, and it may use "+field,
			"look at what it writes; a macro of this repository that only places its arguments is followed")
	}
}

// fresh: only other changes are refused at the call.
func (j *job) fresh(call *jinja.Expr, ch *rewrite.Change) bool {
	for i := range j.res.Refusals {
		if f := &j.res.Refusals[i]; f.Change == ch.Index && f.Start < call.End && call.Start < f.End {
			return false
		}
	}
	return true
}

// maxOpen bounds how many places of a file are explained one by one.
const maxOpen = 5000

// account looks at every place of a changed name again. What nothing explains is refused.
func (j *job) account(nodes []*jinja.Node) {
	concerned := j.concerned(nodes)
	covered, shown := handledPlaces(&j.res), merged(j.seen)
	var open []occurrence
	for _, o := range j.hot.find(j.file.Content, false) {
		if !covered.meets(o.start, o.end) {
			open = append(open, o)
		}
	}
	if len(open) > maxOpen {
		j.whole("too_many_places", "this template uses the changed names more often than Skein follows", "split the file")
		return
	}
	for _, o := range open {
		if concerned[o.word.change] && !moves(o.word.change) && inside(nodes, o, "snapshot") {
			j.refuse(o.start, o.end, o.word.change, "snapshot", "a snapshot stores this column, and the rows of the past have its old name",
				"decide how the snapshot's table is migrated, then edit it by hand")
			continue
		}
		if reason := j.explain(nodes, o, concerned); reason != "" {
			j.leave(o.start, o.end, reason)
			continue
		}
		n := innermost(nodes, o)
		if n != nil && n.Kind == jinja.Text && shown.meets(o.start, o.end) {
			j.leave(o.start, o.end, "part of a longer name that the template writes")
			continue
		}
		if n != nil && n.Kind == jinja.Text {
			j.refuse(o.start, o.end, o.word.change, "not_rendered", "no variant of the template that Skein renders writes this", "look at it by hand")
			continue
		}
		j.refuse(o.start, o.end, o.word.change, "template", "the template uses this name in a way that Skein does not follow", "look at it by hand")
	}
}

// explain says why an occurrence outside the rendered SQL is none of the change's business; "" if nothing does.
func (j *job) explain(nodes []*jinja.Node, o occurrence, concerned map[*rewrite.Change]bool) (reason string) {
	n := innermost(nodes, o)
	switch {
	case n == nil:
		return ""
	case n.Kind == jinja.Comment:
		return "in a comment of the template"
	case n.Kind == jinja.Block && n.Word == "docs" || n.Kind == jinja.Text && inside(nodes, o, "docs"):
		return "in documentation"
	case n.Kind == jinja.Block && o.end <= n.Open.End && n.Word != "call":
		return "a name in the template itself"
	}
	for _, e := range append([]*jinja.Expr{n.Expr}, conditions(n)...) {
		e.Walk(func(x *jinja.Expr) bool {
			switch {
			case reason != "" || o.start < x.Start || o.end > x.End:
				return false
			case x.Callee() == "config":
				reason = configReason(x, o)
			case relationOf(x) != nil:
				reason = "the name of another relation"
			case x.Kind == jinja.Name || x.Kind == jinja.Attr && o.start >= x.Kids[0].End:
				reason = "a variable of the template"
			}
			return true
		})
	}
	switch {
	case reason != "":
		return reason
	case n.Kind == jinja.Set && (n.Expr == nil || o.end <= n.Expr.Start), n.Kind == jinja.For && o.end <= n.Expr.Start:
		return "a variable of the template"
	case !concerned[o.word.change]:
		return "the file does not read " + subject(o.word.change) + ", as far as Skein can see"
	}
	return ""
}

func conditions(n *jinja.Node) (out []*jinja.Expr) {
	for _, b := range n.Branches {
		out = append(out, b.Cond)
	}
	return out
}

// innermost is the smallest part of the template that holds an occurrence.
func innermost(nodes []*jinja.Node, o occurrence) *jinja.Node {
	if chain := around(nodes, o); len(chain) > 0 {
		return chain[len(chain)-1]
	}
	return nil
}

// inside: an occurrence stands in a block such as docs.
func inside(nodes []*jinja.Node, o occurrence, block string) bool {
	return slices.ContainsFunc(around(nodes, o), func(n *jinja.Node) bool { return n.Kind == jinja.Block && n.Word == block })
}

// around are the parts of the template that hold an occurrence, from the outside in.
func around(nodes []*jinja.Node, o occurrence) (chain []*jinja.Node) {
	i := sort.Search(len(nodes), func(i int) bool { return nodes[i].End >= o.end })
	if i == len(nodes) || nodes[i].Start > o.start {
		return nil
	}
	n := nodes[i]
	chain = append(chain, n)
	for _, b := range n.Branches {
		chain = append(chain, around(b.Body, o)...)
	}
	return append(chain, around(n.Body, o)...)
}

// configReason: everything in config but hooks names outputs of the model, or is about how it is built.
func configReason(e *jinja.Expr, o occurrence) string {
	for _, a := range e.Args {
		if a.Value.Start <= o.start && o.end <= a.Value.End && strings.HasSuffix(a.Name, "_hook") {
			return ""
		}
	}
	return "config names the model's own outputs, which keep their names"
}

// python refuses a model in Python that reads what changed.
func (j *job) python() {
	reads := map[*rewrite.Change]bool{}
	for _, o := range j.hot.find(j.file.Content, true) {
		if o.word.dataset {
			reads[o.word.change] = true
		}
	}
	for _, o := range j.hot.find(j.file.Content, false) {
		if reads[o.word.change] {
			j.refuse(o.start, o.end, o.word.change, "python_model", "models in Python are not followed", "edit it by hand")
		} else {
			j.leave(o.start, o.end, "the file does not name "+subject(o.word.change))
		}
	}
}
