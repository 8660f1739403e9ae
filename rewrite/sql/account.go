package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// account looks at every token that holds a changed name. What is neither edited nor refused is explained, and
// what cannot be explained is refused.
func (r *resolver) account(res *rewrite.Result) []rewrite.Unrelated {
	var out []rewrite.Unrelated
	whole := len(res.Refusals) > 0 && res.Refusals[0].End == 0
	r.list.done = handled(r.list.done[:0], res)
	done := spans(r.list.done)
	for _, h := range r.list.hits {
		t := h.tok
		if done.overlap(span{int(t.Start), int(t.End)}) {
			continue
		}
		reason := r.explain(t, h.at, h.ch)
		if reason == "" && !whole {
			res.Refusals = append(res.Refusals, r.unexplained(t, h.at, h.ch))
			res.Verified = false
			continue
		}
		if reason != "" {
			out = append(out, rewrite.Unrelated{Start: int(t.Start), End: int(t.End), Reason: reason})
		}
	}
	return out
}

// handled are the places that are edited or refused, in the room of another list.
func handled(out []span, res *rewrite.Result) spans {
	for i := range res.Edits {
		out = append(out, span{res.Edits[i].Start, res.Edits[i].End})
	}
	for i := range res.Refusals {
		out = append(out, span{res.Refusals[i].Start, res.Refusals[i].End})
	}
	return union(out)
}

// explain says why an occurrence is none of the change's business; "" if nothing does.
func (r *resolver) explain(t token.Token, at int, ch *change) string {
	switch t.Kind {
	case token.Comment:
		return "in a comment"
	case token.Param:
		return "a parameter"
	case token.String:
		switch {
		case at >= 0 && r.roles[at] == roleAlias:
			return roleAlias.String()
		case at >= 0 && r.roles[at] == roleBody, r.runsStrings, strings.Contains(t.In(r.src), "{{"):
			return ""
		}
		if len(ch.from) > 1 && strings.Contains(t.In(r.src), "$.") {
			return ""
		}
		return "in a string"
	case token.Word, token.Quoted:
	case token.Template:
		if at >= 0 {
			return r.reason(at)
		}
		return ""
	default:
		return ""
	}
	if at < 0 {
		return ""
	}
	if reason := r.reason(at); reason != "" {
		return reason
	}
	if r.roles[at] == roleTable && len(ch.from) == 0 {
		return "the name of another table"
	}
	return r.roles[at].String()
}

func (r *resolver) unexplained(t token.Token, at int, ch *change) rewrite.Refusal {
	f := rewrite.Refusal{Start: int(t.Start), End: int(t.End), Code: "not_understood",
		Message: "this may be the changed name; Skein does not understand what it is here"}
	switch t.Kind {
	case token.Template, token.Block:
		f.Code, f.Message = "template", "this template holds the changed name"
	case token.String:
		switch {
		case strings.Contains(t.In(r.src), "{{"):
			f.Code, f.Message = "template", "this template holds the changed name"
		case at >= 0 && r.roles[at] == roleBody:
			f.Code, f.Message = "function_body", "this function is written in another language, and its body holds the changed name"
		case r.runsStrings:
			f.Code, f.Message = "dynamic_sql", "this file runs SQL that it builds from strings, and this one holds the changed name"
		default:
			f.Code, f.Message = "path_in_string", "this path may name the changed field"
		}
	case token.Bad:
		f.Message = "this is not closed, or not SQL, and holds the changed name"
	}
	f.Suggestion = advice(f.Code)
	f.Dataset, f.Change = ch.subject()
	return f
}
