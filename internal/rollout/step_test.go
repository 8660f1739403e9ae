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
	cs.Pull = 0 // an older pull request of the same branch
	if d = Step(cs, Observation{Pull: &green.Pull{Number: 3}}, Policy{}, time.Time{}); d.Changeset.Phase != Open {
		t.Errorf("%+v", d)
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
