package status

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/rewrite"
)

// Place is one place that Skein would not edit.
type Place struct {
	Changeset Changeset
	Path      string
	rewrite.Refusal
}

// Places lists what people must look at, unless they said that they do not want the change.
func (p Page) Places() (out []Place) {
	for _, c := range p.All() {
		switch c.Phase { //nolint:exhaustive // all the others' places are still there
		case rollout.Superseded, rollout.Declined, rollout.Skipped:
		default:
			out = append(out, c.places()...)
		}
	}
	return out
}

func (c Changeset) places() (out []Place) {
	for _, r := range c.Results {
		for _, f := range r.Refusals {
			out = append(out, Place{c, r.Path, f})
		}
	}
	return out
}

// Where is path:line:column, or the path alone where the whole file is meant.
func (l Place) Where() string {
	if l.whole() {
		return l.Path
	}
	return fmt.Sprintf("%s:%d:%d", l.Path, l.Line, l.Column)
}

func (l Place) whole() bool { return l.Start == l.End && l.Line <= 1 }

// Place is the address of a place.
func (l Links) Place(at Place) string {
	line := at.Line
	if at.whole() {
		line = 0
	}
	return l.Line(at.Changeset.Repo.Name, at.Changeset.Base, at.Path, line)
}

// place says where, why, and what helps.
func (p Page) place(l Place) string {
	why := text(l.Message)
	if p.discreet(l.Changeset) || l.Message == "" {
		why = text(strings.ReplaceAll(l.Code, "_", " "))
	}
	s := fmt.Sprintf("%s: %s", link(l.Where(), p.Links.Place(l)), strings.TrimSuffix(why, "."))
	if l.Suggestion != "" {
		s += fmt.Sprintf(". What helps: %s", strings.TrimSuffix(text(l.Suggestion), "."))
	}
	return s + " (" + code(l.Code) + ")" + l.snippet()
}

// snippet shows the line and marks below it, as a block of code that belongs to an item of a list. What stands in it
// keeps its letters, and can neither end the block nor pass for one of our markers.
func (l Place) snippet() string {
	if l.Snippet == "" {
		return ""
	}
	fence := "```"
	for strings.Contains(l.Snippet, fence) {
		fence += "`"
	}
	shown := strings.NewReplacer("<!--", "<! --", "\n", "\n  ").Replace(l.Snippet)
	return "\n  " + fence + "sql\n  " + shown + "\n  " + fence
}
