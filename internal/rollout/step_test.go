package rollout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/green"
)

// everyPhase is all of them; the switch in Step is exhaustive, and so is this.
func everyPhase() []Phase {
	return []Phase{Planned, Untouched, Refused, Ready, Open, Merging, Watching, Suspect, Reverting, Reverted, Regressed, Healthy,
		Unproven, Declined, Skipped, Superseded, Failed}
}

// TestUnknownMeansNo steps every phase with nothing observed and nothing agreed on: nobody panics, nothing is
// written but what was asked for before, and whoever has not ended says what it waits for.
func TestUnknownMeansNo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 13, 9, 0, 0, 0, time.UTC)
	for _, phase := range append(everyPhase(), "", "new") {
		d := Step(Changeset{ID: "m7-a", Phase: phase, Since: now, MergedAt: now, Merge: "abc", Red: []string{"ci"}}, Observation{}, Policy{}, now)
		for _, a := range d.Actions {
			if a.Kind != OpenRevert || phase != Reverting {
				t.Errorf("%s: %s", phase, a.Key)
			}
		}
		moved := d.Changeset.Phase != phase
		known := phase != "" && phase != "new"
		if !known && phase.Ended() {
			t.Errorf("%q, which nobody knows, counts as an end: gates would open", phase)
		}
		if known && !phase.Ended() && !moved && len(d.Changeset.Waits) == 0 {
			t.Errorf("%s waits for nothing", phase)
		}
		if moved != (len(d.Events) > 0) || moved && !d.Changeset.Wake.Equal(now) {
			t.Errorf("%s became %s without a reason, or is not looked at again: %+v", phase, d.Changeset.Phase, d)
		}
	}
}

func TestAnotherPullRequestConcludesNothing(t *testing.T) {
	t.Parallel()
	cs := Changeset{ID: "m7-a", Phase: Open, Pull: 4}
	d := Step(cs, Observation{Pull: &green.Pull{Number: 3, Merged: true, MergeSHA: "abc"}}, Policy{}, time.Time{})
	if d.Changeset.Phase != Open || d.Changeset.Waits[0].Rule != "pull_unseen" {
		t.Errorf("%+v", d)
	}
	d = Step(cs, Observation{Pull: &green.Pull{Number: 4, Merged: true}}, Policy{}, time.Time{}) // which commit is not known yet
	if d.Changeset.Phase != Open || len(d.Changeset.Waits) != 1 || d.Changeset.Waits[0].Rule != "pull_unseen" {
		t.Errorf("%+v", d)
	}
	cs.Pull = 0 // an older pull request of the same branch
	if d = Step(cs, Observation{Pull: &green.Pull{Number: 3}}, Policy{}, time.Time{}); d.Changeset.Phase != Open {
		t.Errorf("%+v", d)
	}
}

// An older pull request of the branch, which somebody closed, keeps no new one from being opened.
func TestReadyPassesOverAnOlderPullRequest(t *testing.T) {
	t.Parallel()
	obs := Observation{Pull: &green.Pull{Number: 3}, Wave: Gate{Open: true, Prepare: true, Slots: -1}}
	d := Step(Changeset{ID: "m7-a", Phase: Ready}, obs, Policy{Mode: Propose}, nine())
	if len(d.Actions) != 1 || d.Actions[0].Kind != OpenPull {
		t.Errorf("%+v", d)
	}
}

// What is found open is ours from that moment: if a person closes it before anybody looks again, that is seen.
func TestReadyKnowsWhatItFinds(t *testing.T) {
	t.Parallel()
	p := green.Pull{Number: 4, Open: true, Head: "abc"}
	d := Step(Changeset{ID: "m7-a", Phase: Ready}, Observation{Pull: &p}, Policy{}, nine())
	if got := d.Changeset; got.Phase != Open || got.Pull != 4 || got.Head != "abc" {
		t.Fatalf("%+v", got)
	}
	p.Open, p.ClosedBy = false, "bo"
	if d = Step(d.Changeset, Observation{Pull: &p}, Policy{}, nine()); d.Changeset.Phase != Declined {
		t.Errorf("%+v", d)
	}
}

// A merge is told by who did it, and watched from when it was done, or else from when it was seen.
func TestLanded(t *testing.T) {
	t.Parallel()
	seen, done := nine(), nine().Add(-time.Hour)
	judged := []Evidence{{What: "head", SHA: "judged", Check: "ci", Result: green.Success}}
	for name, c := range map[string]struct {
		pull green.Pull
		cs   Changeset
		want Changeset
		text string
	}{
		"Skein, what it judged": {
			pull: green.Pull{Head: "judged", MergedAt: done, Parent: "p"},
			cs:   Changeset{Judged: "judged", Parent: "before", Evidence: judged},
			want: Changeset{Head: "judged", Judged: "judged", MergedAt: done, Parent: "p", Evidence: judged},
			text: "Skein merged pull request #4 as def",
		},
		"a person, what nobody judged": {
			pull: green.Pull{Head: "newer", Foreign: []string{"bo"}, MergedBy: "bo", BaseSHA: "base"},
			cs:   Changeset{Head: "judged", Judged: "judged", JudgedAt: done, Parent: "before", Evidence: judged},
			want: Changeset{Head: "judged", Judged: "newer", Foreign: []string{"bo"}, MergedBy: "bo", MergedAt: seen, Parent: "base"},
			text: "bo merged pull request #4 as def",
		},
		"the queue, as Skein asked": {
			pull: green.Pull{Head: "judged", MergedBy: green.QueueBot, MergedAt: done},
			cs:   Changeset{Judged: "judged", Parent: "before", Enqueued: done},
			want: Changeset{Head: "judged", Judged: "judged", MergedAt: done, Parent: "before"},
			text: "Skein merged pull request #4 as def",
		},
		"the queue, as a person asked": {
			pull: green.Pull{Head: "judged", MergedBy: green.QueueBot, MergedAt: done},
			cs:   Changeset{Judged: "judged", Parent: "before"},
			want: Changeset{Head: "judged", Judged: "judged", MergedBy: green.QueueBot, MergedAt: done, Parent: "before"},
			text: green.QueueBot + " merged pull request #4 as def",
		},
	} {
		c.cs.ID, c.cs.Phase, c.cs.Pull = "m7-a", Merging, 4
		c.pull.Number, c.pull.Merged, c.pull.MergeSHA = 4, true, "def"
		d := Step(c.cs, Observation{Pull: &c.pull}, Policy{}, seen)
		c.want.ID, c.want.Phase, c.want.Pull, c.want.Merge, c.want.Since, c.want.Wake = "m7-a", Watching, 4, "def", seen, seen
		c.want.Seen, c.want.SeenAt = c.pull.Head, seen
		if diff := cmp.Diff(c.want, d.Changeset); diff != "" || d.Events[0].Text != c.text {
			t.Errorf("%s: %q\n%s", name, d.Events[0].Text, diff)
		}
	}
}

func TestTidyClosesWhatIsLeft(t *testing.T) {
	t.Parallel()
	for _, phase := range []Phase{Untouched, Refused, Skipped, Superseded} {
		obs := Observation{Pull: &green.Pull{Number: 4, Open: true}}
		d := Step(Changeset{ID: "m7-a", Phase: phase, Pull: 4}, obs, Policy{}, time.Time{})
		if len(d.Actions) != 1 || d.Actions[0].Key != "m7-a/close_pull/4" || d.Actions[0].Text == "" {
			t.Errorf("%s: %+v", phase, d.Actions)
		}
		if d = Step(Changeset{ID: "m7-a", Phase: phase, Pull: 3}, obs, Policy{}, time.Time{}); len(d.Actions) > 0 {
			t.Errorf("%s: somebody else's pull request: %+v", phase, d.Actions)
		}
		if d = Step(Changeset{ID: "m7-a", Phase: phase}, obs, Policy{}, time.Time{}); len(d.Actions) != 1 || d.Changeset.Pull != 4 {
			t.Errorf("%s: one that opened unseen: %+v", phase, d)
		}
	}
}

// No delivery tells that GitHub has found out whether a pull request merges cleanly: it is asked again in a minute.
func TestLooksAgainWhileMergeableIsUnknown(t *testing.T) {
	t.Parallel()
	clean := true
	p := green.Pull{Number: 4, Open: true, Head: "abc"}
	for want, mergeable := range map[time.Time]*bool{nine().Add(time.Minute): nil, {}: &clean} {
		p.Mergeable = mergeable
		d := Step(Changeset{ID: "m7-a", Phase: Open, Pull: 4}, Observation{Pull: &p}, Policy{}, nine())
		if !d.Changeset.Wake.Equal(want) {
			t.Errorf("wake %s, want %s", d.Changeset.Wake, want)
		}
	}
}

// TestStepLeavesItsArgumentsAlone gives Step slices with room to grow, which a careless append would write into.
func TestStepLeavesItsArgumentsAlone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 13, 9, 0, 0, 0, time.UTC)
	room := append(make([]Evidence, 0, 9), Evidence{What: "head", Check: "ci/build", Result: green.Success})
	cs := Changeset{ID: "m7-a", Phase: Suspect, Since: now, Merge: "abc", Red: append(make([]string, 0, 3), "ci/build"), Evidence: room}
	obs := Observation{After: []green.Check{{Name: "ci/build", Result: green.Failure, ID: 2, Run: 7, At: now}, {Name: "ci/lint", Result: green.Failure, ID: 1, Run: 7}}}
	d := Step(cs, obs, defaults(), now)
	if diff := cmp.Diff(Evidence{}, room[:2][1]); diff != "" || len(d.Changeset.Evidence) != 2 || obs.After[0].ID != 2 {
		t.Errorf("%+v\n%s", d.Changeset.Evidence, diff)
	}
}
