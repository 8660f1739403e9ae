package contract

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
)

// Step decides what happens next with a removal.
func Step(s State, o Observation, now time.Time) Decision {
	t := &turn{s: s, o: o, now: now}
	if s.Phase == "" {
		t.s.Phase, t.s.Since = Waiting, now
	}
	t.s.Waits = nil
	if !t.s.Phase.Ended() && !t.pulled() && t.remains() {
		t.judge()
	}
	t.d.State = t.s
	return t.d
}

type turn struct {
	s   State
	o   Observation
	now time.Time
	d   Decision
}

func (t *turn) off(rule string) bool { return rule == t.o.without }

func (t *turn) move(to Phase, rule, format string, args ...any) {
	if t.off(rule) {
		return
	}
	t.s.Phase, t.s.Since = to, t.now
	t.note(rule, format, args...)
}

func (t *turn) note(rule, format string, args ...any) {
	t.d.Events = append(t.d.Events, rollout.Event{Rule: rule, Text: fmt.Sprintf(format, args...)})
}

func (t *turn) wait(rule string, of repo.Repo, format string, args ...any) {
	if !t.off(rule) {
		t.s.Waits = append(t.s.Waits, Wait{Rule: rule, Repo: of, Text: fmt.Sprintf(format, args...)})
	}
}

// pulled follows what people did with the pull request, and reports whether that is the end.
func (t *turn) pulled() bool {
	p := t.o.Pull
	switch {
	case p == nil || p.Open:
		return false
	case p.Merged:
		t.move(Removed, "contract_removed", "people merged pull request #%d: %s is gone", t.s.Pull, names(t.o.Fields))
	default:
		t.move(Declined, "contract_declined", "people closed pull request #%d: %s stays", t.s.Pull, names(t.o.Fields))
	}
	return t.s.Phase.Ended()
}

// remains finds the fields that are still to go, and ends what has none.
func (t *turn) remains() bool {
	var left []Field
	gone := 0
	for _, f := range t.o.Fields {
		d, known := t.o.Tables[f.Dataset]
		old := schema.Find(d.Fields, f.Path)
		switch {
		case !known || old == nil:
			gone++
		case replaced(d, *old, f, t.o.Renames):
			left = append(left, f)
		}
	}
	t.s.Fields = left
	if len(left) > 0 {
		return true
	}
	if gone > 0 {
		t.move(Removed, "contract_removed", "people removed %s", names(t.o.Fields))
	} else {
		t.move(Void, "contract_void", "the schema no longer says what replaces %s", names(t.o.Fields))
	}
	t.d.Close = t.s.Phase.Ended() && t.o.Pull != nil
	return !t.s.Phase.Ended()
}

// replaced reports whether the schema, or the config, still says that the field makes way for another.
func replaced(d schema.Dataset, old schema.Field, f Field, renames []schema.Rename) bool {
	if old.Deprecated != nil && old.Deprecated.Replacement != "" {
		return true
	}
	if to := schema.Find(d.Fields, f.To); to != nil && (same(to.Renamed, old.Name) || slices.ContainsFunc(to.Former, func(n string) bool { return same(n, old.Name) })) {
		return true
	}
	return slices.ContainsFunc(renames, func(r schema.Rename) bool {
		return r.Dataset == f.Dataset && same(schema.Names(r.From), schema.Names(f.Path))
	})
}

func same(a, b string) bool { return strings.EqualFold(a, b) }

// judge collects what speaks against proposing now. Looking at code comes last.
func (t *turn) judge() {
	t.followers()
	t.soak()
	t.types()
	if len(t.s.Waits) == 0 {
		if t.o.Looked == "" {
			t.d.Look = true
			return
		}
		t.readers()
	}
	if len(t.s.Waits) == 0 {
		t.allowed()
	}
	ready := len(t.s.Waits) == 0
	if t.o.Pull != nil {
		t.wait("contract_open", repo.Repo{}, "pull request #%d is open; people merge it", t.s.Pull)
	}
	if ready && t.o.Written != t.s.Written {
		t.propose()
	}
}

func (t *turn) propose() {
	rule, text := "contract_proposed", "nobody reads %s any more: its removal is proposed"
	if t.o.Pull != nil {
		rule, text = "contract_anew", "the schema moved on: the removal of %s is written anew"
	}
	if t.off(rule) {
		return
	}
	t.note(rule, text, names(t.s.Fields))
	t.d.Propose, t.s.Written, t.s.Refusal = true, t.o.Written, ""
	t.s.Round++
}

// followers waits for every changeset that is not through. What those hold that ended otherwise, looking shows.
func (t *turn) followers() {
	for _, c := range t.o.Changesets {
		switch {
		case c.Phase == rollout.Regressed:
			t.wait("contract_regressed", c.Repo, "a person has to decide about a regression")
		case c.Phase == rollout.Unproven && !t.o.Policy.Unproven:
			t.wait("contract_unproven", c.Repo, "its watch ended without any result")
		case !c.Phase.Ended():
			t.wait("contract_follows", c.Repo, "it is %s", c.Phase)
		}
	}
}

// soak waits until the soak of every wave has passed since its last merged changeset came to rest.
func (t *turn) soak() {
	if len(t.s.Waits) > 0 {
		return
	}
	var till time.Time
	for _, c := range t.o.Changesets {
		if c.MergedAt.IsZero() {
			continue
		}
		at := c.MergedAt
		if c.Since.After(at) {
			at = c.Since
		}
		if at = at.Add(t.soakOf(c.Wave)); at.After(till) {
			till = at
		}
	}
	if till.After(t.now) && !t.off("contract_soak") {
		t.s.Waits = append(t.s.Waits, Wait{Rule: "contract_soak", Text: "what was merged soaks", Till: till})
		t.d.Wake = till
	}
}

func (t *turn) soakOf(wave string) time.Duration {
	if t.o.Policy.Graph != nil {
		return t.o.Policy.Graph.Soak
	}
	for _, w := range t.o.Policy.Waves {
		if w.Name == wave {
			return w.Soak
		}
	}
	return 0
}

// types waits where the replacement is no like for like.
func (t *turn) types() {
	for _, f := range t.s.Fields {
		d := t.o.Tables[f.Dataset]
		old, next := schema.Find(d.Fields, f.Path), schema.Find(d.Fields, f.To)
		switch {
		case next == nil:
			t.wait("contract_replacement", repo.Repo{}, "%s is to be replaced by %s, which is not there", f.Name(), f.To)
		case !alike(old.Type, next.Type):
			t.wait("contract_type", repo.Repo{}, "%s is %s and %s is %s: people judge whether it can go", f.Name(), old.Type.Physical, f.To, next.Type.Physical)
		}
	}
}

// alike reports whether two types hold the same kind of value. One that nobody says may be any.
func alike(a, b schema.Type) bool {
	if a.Kind == "unknown" || b.Kind == "unknown" {
		return true
	}
	for a.Elem != nil && b.Elem != nil {
		if a.Kind != b.Kind {
			return false
		}
		a, b = *a.Elem, *b.Elem
	}
	return a.Kind == b.Kind
}

// readers waits for whose code still reads the old names.
func (t *turn) readers() {
	if t.o.Looked != t.s.Looked {
		t.s.Looked, t.s.Still, t.s.Moved = t.o.Looked, nil, nil
		for _, r := range t.o.Readers {
			if why := r.still(); why != "" {
				t.s.Still = append(t.s.Still, Wait{Rule: "contract_reads", Repo: r.Repo, Text: why})
			} else {
				t.s.Moved = append(t.s.Moved, Wait{Repo: r.Repo})
			}
		}
		if t.o.Unread > 0 {
			t.s.Still = append(t.s.Still, Wait{Rule: "contract_unread", Text: fmt.Sprintf("%d consumers beyond those that one look takes in", t.o.Unread)})
		}
	}
	for _, w := range t.s.Still {
		t.wait(w.Rule, w.Repo, "%s", w.Text)
	}
}

// still says why a consumer keeps the old names from going; "" when it does not.
func (r Reader) still() string {
	switch {
	case r.Note != "":
		return r.Note
	case r.Undeclared:
		return "its code reads it, and nobody declared that"
	}
	n, first := 0, ""
	for _, res := range r.Results {
		for _, e := range res.Edits {
			n, first = n+1, earlier(first, res.Path, e.Line)
		}
		for _, f := range res.Refusals {
			n, first = n+1, earlier(first, res.Path, f.Line)
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "it is read at " + first
	}
	return fmt.Sprintf("it is read at %s and %d more places", first, n-1)
}

func earlier(first, path string, line int) string {
	if first != "" {
		return first
	}
	return fmt.Sprintf("%s:%d", path, max(line, 1))
}

// allowed collects what keeps Skein from writing.
func (t *turn) allowed() {
	t.s.Unable = t.o.Unable
	switch {
	case t.o.Unable != "":
		t.wait("contract_unable", repo.Repo{}, "nobody reads %s any more, and Skein cannot write its removal: %s", names(t.s.Fields), t.o.Unable)
	case t.s.Refusal != "" && t.o.Written == t.s.Written:
		t.wait("contract_refused", repo.Repo{}, "nobody reads %s any more, and GitHub did not take the proposal: %s; /skein retry tries again", names(t.s.Fields), t.s.Refusal)
	}
	if t.o.Policy.Mode < rollout.Propose {
		t.wait("contract_observe", repo.Repo{}, "mode is observe: Skein would propose the removal and writes nothing")
	}
	if t.o.Policy.Broken != "" {
		t.wait("contract_broken", repo.Repo{}, "%s", t.o.Policy.Broken)
	}
	if p := t.o.Paused; p != nil {
		t.wait("contract_paused", repo.Repo{}, "%s said /skein pause", p.By)
	}
}

func names(fields []Field) string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Name())
	}
	return strings.Join(out, ", ")
}
