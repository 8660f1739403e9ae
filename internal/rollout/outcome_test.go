package rollout

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/rewrite"
)

func nine() time.Time { return time.Date(2026, 4, 13, 9, 0, 0, 0, time.UTC) }

func TestProposed(t *testing.T) {
	t.Parallel()
	edited, refused := rewrite.Result{Edits: make([]rewrite.Edit, 1)}, rewrite.Result{Refusals: make([]rewrite.Refusal, 2)}
	for want, results := range map[Phase][]rewrite.Result{
		Ready: {edited, refused}, Refused: {refused}, Untouched: {{Path: "a.sql"}},
	} {
		cs := Proposed(Changeset{ID: "m7-a", Phase: Planned}, "abc", results, nine())
		if cs.Phase != want || cs.Base != "abc" || !cs.Since.Equal(nine()) {
			t.Errorf("%+v, want %s", cs, want)
		}
	}
	both := Changeset{Results: []rewrite.Result{edited, refused, {Path: "b.sql", Edits: edited.Edits, Refusals: refused.Refusals}}}
	if both.Edits() != 2 || both.Refusals() != 4 || !slices.Equal(both.HalfEdited(), []string{"b.sql"}) {
		t.Errorf("%d edits, %d refusals, half edited %v", both.Edits(), both.Refusals(), both.HalfEdited())
	}
}

// What can still be changed is superseded or made anew; anything else stays as it is.
func TestChangeable(t *testing.T) {
	t.Parallel()
	can := []Phase{Planned, Ready, Open, Untouched, Refused}
	for _, phase := range everyPhase() {
		for _, was := range []Phase{"", Open, Watching} {
			cs := Changeset{ID: "m7-a", Phase: phase, Was: was, Note: "before", Asked: "m7-a/open_pull/0", Waits: []Wait{{Rule: "hold"}}, Wake: nine()}
			possible := slices.Contains(can, phase) || phase == Failed && was == Open
			over, anew := Supersede(cs, "a later commit", nine()), Anew(cs, nine())
			if !possible {
				if diff := cmp.Diff([]Changeset{cs, cs}, []Changeset{over, anew}); diff != "" {
					t.Errorf("%s (was %q) is changed:\n%s", phase, was, diff)
				}
				continue
			}
			want := cs
			want.Phase, want.Was, want.Since, want.Note, want.Waits, want.Wake = Superseded, "", nine(), "a later commit", nil, time.Time{}
			if diff := cmp.Diff(want, over); diff != "" {
				t.Errorf("%s superseded:\n%s", phase, diff)
			}
			want = cs
			want.Round, want.Note, want.Asked, want.Waits = 1, "", "", nil
			if want.Phase, want.Since = Planned, nine(); phase == Failed {
				want.Phase, want.Since, want.Was = Failed, cs.Since, Planned
			}
			if diff := cmp.Diff(want, anew); diff != "" {
				t.Errorf("%s anew:\n%s", phase, diff)
			}
		}
	}
	if cs := (Changeset{Phase: Open, Foreign: []string{"bo"}}); cmp.Diff(cs, Anew(cs, nine())) != "" {
		t.Error("commits of people are dropped")
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	cs := Fail(Changeset{ID: "m7-a", Phase: Open, Waits: []Wait{{Rule: "hold"}}, Wake: nine()}, "gone", nine())
	if diff := cmp.Diff(Changeset{ID: "m7-a", Phase: Failed, Since: nine(), Note: "gone"}, cs); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		from Phase
		kind ActionKind
		want Phase
	}{
		{Reverting, OpenRevert, Regressed}, {Reverted, OpenRevert, Reverted}, {Merging, MergePull, Open}, {Watching, MergePull, Watching},
		{Merging, ClosePull, Merging}, {Reverting, MergeRevert, Reverting},
	} {
		cs, events := GaveUp(Changeset{Phase: c.from}, Action{Kind: c.kind}, "403", nine())
		if cs.Phase != c.want || cs.Since.Equal(nine()) != (c.from != c.want) || cs.Note == "" || len(events) != 1 || events[0].Text != cs.Note {
			t.Errorf("%s gave up in %s: %+v %v", c.kind, c.from, cs, events)
		}
	}
}

// Opening ends where a changeset was ended meanwhile, and then the pull request is known, so that it can be closed.
func TestOpened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, want Changeset }{
		{Changeset{Phase: Ready, Asked: "k"}, Changeset{Phase: Open, Asked: "k", Pull: 4, Head: "abc", Since: nine()}},
		{Changeset{Phase: Ready, Pull: 4, Draft: true}, Changeset{Phase: Open, Pull: 4, Draft: true, Head: "abc", Since: nine()}},
		{Changeset{Phase: Ready, Pull: 3, Draft: true}, Changeset{Phase: Open, Pull: 4, Head: "abc", Since: nine()}},
		{Changeset{Phase: Superseded, Asked: "k"}, Changeset{Phase: Superseded, Pull: 4, Head: "abc"}},
		{Changeset{Phase: Open, Pull: 3, Head: "def", Asked: "k"}, Changeset{Phase: Open, Pull: 3, Head: "def", Asked: "k"}},
	} {
		got, _ := Done(c.from, Action{Kind: OpenPull}, Outcome{Number: 4, Head: "abc"}, nine())
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, c := range []struct {
		cs   Changeset
		want bool
	}{{Changeset{Asked: "k"}, true}, {Changeset{}, false}, {Changeset{Pull: 1, Asked: "k"}, false}} {
		if c.cs.Unseen() != c.want {
			t.Errorf("%+v", c.cs)
		}
	}
}

// A merge that did not happen is judged anew, after a pause. What GitHub refused counts, and what a last look held back
// counts for nothing; what comes too late changes nothing.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from  Phase
		kind  ActionKind
		tried bool
		want  Phase
		tries int
		pause time.Duration
	}{
		{Merging, MergePull, true, Open, 1, time.Minute},
		{Merging, MergePull, false, Open, 0, time.Minute},
		{Reverting, MergeRevert, true, Reverting, 1, time.Minute},
		{Reverting, MergeRevert, false, Reverting, 0, time.Minute},
		{Open, MergePull, true, Open, 0, 0},
		{Watching, MergePull, true, Watching, 0, 0},
		{Reverted, MergeRevert, true, Reverted, 0, 0},
		{Merging, UpdatePull, true, Merging, 0, 0},
		{Reverting, UpdateRevert, true, Reverting, 0, 0},
		{Reverting, UpdateRevert, false, Reverting, 0, 0},
	} {
		got, events := Done(Changeset{Phase: c.from}, Action{Kind: c.kind}, Outcome{Refused: "405", Tried: c.tried}, nine())
		want := Changeset{Phase: c.want, Tries: c.tries}
		if c.tries > 0 {
			want.Refusal = "405"
		}
		if c.pause > 0 {
			want.NextTry = nine().Add(c.pause)
		}
		if c.want != c.from {
			want.Since = nine()
		}
		if diff := cmp.Diff(want, got); diff != "" || len(events) != 1 || events[0].Text != string(c.kind)+": not done: 405" {
			t.Errorf("%s in %s, tried %t: %v\n%s", c.kind, c.from, c.tried, events, diff)
		}
	}
}

// A merge counts where it was asked for, and where its answer was given up waiting for; anywhere else it is known already.
func TestMerged(t *testing.T) {
	t.Parallel()
	a := Action{Kind: MergePull, Method: "squash"}
	for _, phase := range everyPhase() {
		cs := Changeset{Phase: phase, MergedBy: "bo"}
		want, queued := cs, cs
		if phase == Merging || phase == Open {
			want = Changeset{Phase: Watching, Since: nine(), MergedAt: nine(), Merge: "def", Parent: "abc", Method: "squash"}
			queued.Enqueued = nine() // GitHub may show it in the queue only later
		}
		got, _ := Done(cs, a, Outcome{SHA: "def", Parent: "abc"}, nine())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("merged in %s:\n%s", phase, diff)
		}
		got, _ = Done(cs, a, Outcome{Queued: true}, nine())
		if diff := cmp.Diff(queued, got); diff != "" {
			t.Errorf("queued in %s:\n%s", phase, diff)
		}
	}
}

func TestUnjudged(t *testing.T) {
	t.Parallel()
	cs := Changeset{Phase: Merging, Judged: "abc", JudgedAt: nine()}
	if diff := cmp.Diff(Changeset{Phase: Open}, Unjudged(cs)); diff != "" {
		t.Error(diff)
	}
	if cs.Phase = Watching; cmp.Diff(cs, Unjudged(cs)) != "" {
		t.Error("a merge that happened is forgotten")
	}
}

// What binds a merge binds the revert that a person asked for; a proven one only if config says so.
func TestGoodUntil(t *testing.T) {
	t.Parallel()
	at := func(h int) time.Time { return nine().Add(time.Duration(h-9) * time.Hour) }
	window := calendar.Window{Cron: "0 8 * * *", For: 3 * time.Hour, Zone: time.UTC}
	freeze := func(from int) []calendar.Freeze { return []calendar.Freeze{{From: at(from), To: at(20)}} }
	for name, c := range map[string]struct {
		cs   Changeset
		p    Policy
		want time.Time
	}{
		"nothing":                  {Changeset{Phase: Open}, Policy{}, time.Time{}},
		"a window closes":          {Changeset{Phase: Open}, Policy{Windows: [][]calendar.Window{{window}}}, at(11)},
		"a freeze begins first":    {Changeset{Phase: Open}, Policy{Windows: [][]calendar.Window{{window}}, Freezes: freeze(10)}, at(10)},
		"a freeze begins later":    {Changeset{Phase: Open}, Policy{Windows: [][]calendar.Window{{window}}, Freezes: freeze(12)}, at(11)},
		"a freeze has begun":       {Changeset{Phase: Open}, Policy{Freezes: freeze(8)}, time.Time{}},
		"a proven revert":          {Changeset{Phase: Reverting}, Policy{Windows: [][]calendar.Window{{window}}, Freezes: freeze(12)}, at(12)},
		"a revert bound by config": {Changeset{Phase: Reverting}, Policy{Windows: [][]calendar.Window{{window}}, Revert: RevertRules{Windows: true}}, at(11)},
		"a person's revert":        {Changeset{Phase: Reverting, RevertBy: &Hold{By: "bo"}}, Policy{Windows: [][]calendar.Window{{window}}}, at(11)},
	} {
		if got := GoodUntil(c.cs, Observation{}, c.p, nine()); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
