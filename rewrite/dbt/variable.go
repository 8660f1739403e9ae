package dbt

import (
	"slices"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt/jinja"
)

// variables takes back the edit of a literal whose variable does more than write SQL: a condition, config or an
// unknown macro would see the new name too.
func (j *job) variables(nodes []*jinja.Node) {
	kept := j.res.Edits[:0]
	for _, e := range j.res.Edits {
		if names := carriers(nodes, e); len(names) > 0 && j.usedElsewhere(nodes, names) {
			j.refuse(e.Start, max(e.End, e.Start+1), j.change(e), "variable_used_elsewhere",
				"this value is written as the column, and used for something else too", "use two variables, or edit it by hand")
			continue
		}
		kept = append(kept, e)
	}
	j.res.Edits = kept
}

// carriers are the variables that the literal at an edit flows into.
func carriers(nodes []*jinja.Node, e rewrite.Edit) []string {
	var names []string
	for grown := true; grown; {
		grown = false
		jinja.Walk(nodes, func(n *jinja.Node) bool {
			if n.Kind != jinja.Set && n.Kind != jinja.For || n.Expr == nil {
				return true
			}
			holds := n.Expr.Start <= e.Start && e.End <= n.Expr.End && e.Start < e.End
			if !holds && !mentionsAny(n.Expr, names) {
				return true
			}
			for _, t := range n.Targets {
				if !slices.Contains(names, t) {
					names, grown = append(names, t), true
				}
			}
			return true
		})
	}
	return names
}

func mentionsAny(e *jinja.Expr, names []string) (found bool) {
	e.Walk(func(x *jinja.Expr) bool {
		found = found || x.Kind == jinja.Name && slices.Contains(names, x.Text)
		return !found
	})
	return found
}

// usedElsewhere: one of the variables is used where no SQL is written of it.
func (j *job) usedElsewhere(nodes []*jinja.Node, names []string) (found bool) {
	jinja.Walk(nodes, func(n *jinja.Node) bool {
		for _, b := range n.Branches {
			found = found || mentionsAny(b.Cond, names)
		}
		switch n.Kind {
		case jinja.Do, jinja.Block:
			found = found || mentionsAny(n.Expr, names)
		case jinja.Output, jinja.Set, jinja.For:
			found = found || j.lookedAt(n.Expr, names)
		case jinja.Text, jinja.Comment, jinja.If, jinja.Unknown:
		}
		return !found
	})
	return found
}

// lookedAt: inside an expression a value is compared, is a key, or goes into a call that is not followed.
func (j *job) lookedAt(e *jinja.Expr, names []string) (found bool) {
	probe := newRenderer(j.file.Content, j.idx, map[string]bool{})
	e.Walk(func(x *jinja.Expr) bool {
		switch x.Kind {
		case jinja.Ternary, jinja.Index:
			found = found || mentionsAny(x.Kids[1], names)
		case jinja.Binary:
			found = found || x.Text != "~" && x.Text != "+" && mentionsAny(x, names)
		case jinja.Test, jinja.Opaque:
			found = found || mentionsAny(x, names)
		case jinja.Call:
			found = found || !j.follows(probe, x) && slices.ContainsFunc(x.Args, func(a jinja.Arg) bool { return mentionsAny(a.Value, names) })
		}
		return !found
	})
	return found
}

// follows: the call is rendered with its arguments in it.
func (j *job) follows(probe *renderer, call *jinja.Expr) bool {
	if j.idx.macros[call.Callee()] != nil {
		return true
	}
	_, known := probe.known(call.Callee(), call)
	return known
}
