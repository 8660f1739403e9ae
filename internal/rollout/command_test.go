package rollout

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/green"
)

// TestCommands says for every command in which phases it does something; in all others it says what to do
// instead, and changes nothing.
func TestCommands(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 13, 9, 0, 0, 0, time.UTC)
	phases := everyPhase()
	for verb, want := range map[string]string{
		"hold":    "planned ready open merging watching suspect reverting regressed",
		"resume":  "",
		"merge":   "open",
		"retry":   "planned untouched→planned refused→planned ready open merging watching suspect reverting regressed→watching failed→planned",
		"rebase":  "planned ready→planned open→planned",
		"skip":    "planned→skipped refused→skipped ready→skipped open→skipped regressed→skipped failed→skipped",
		"revert":  "watching→reverting suspect→reverting regressed→reverting healthy→reverting unproven→reverting",
		"reapply": "reverted→planned declined→planned skipped→planned",
		"hotfix":  "planned ready open merging watching suspect reverting regressed",
		"dance":   "",
		"":        "",
	} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, phase := range phases {
				cs := Changeset{ID: "m7-a", Phase: phase, Pull: 4, Head: "abc", Merge: "def", Since: now.Add(-time.Hour)}
				after, _, events, err := Apply(cs, Command{Verb: verb, By: "anna", Arg: "because", Head: "abc"}, now)
				switch {
				case err != nil && (len(events) > 0 || !cmp.Equal(cs, after) || len(err.Error()) < 30):
					t.Errorf("%s: %v, and %v", phase, err, events)
				case err == nil && (len(events) != 1 || !strings.HasPrefix(events[0].Text, "anna ") || !after.Wake.Equal(now)):
					t.Errorf("%s: %v, look again at %v", phase, events, after.Wake)
				case err == nil && after.Phase != phase:
					got = append(got, string(phase)+"→"+string(after.Phase))
				case err == nil:
					got = append(got, string(phase))
				}
			}
			if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// Whoever says a command that does not fit is told what to do instead.
func TestRefusedCommandsSayWhatElse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verb  string
		phase []Phase
		want  string
	}{
		{"resume", []Phase{Declined, Skipped}, "/skein reapply opens it anew"},
		{"resume", []Phase{Open, Regressed, Healthy}, "/skein why says what it waits for"},
		{"merge", []Phase{Planned, Ready}, "no pull request to merge yet"},
		{"merge", []Phase{Merging}, "its merge is under way"},
		{"merge", []Phase{Watching, Declined}, "nothing to merge"},
	} {
		for _, phase := range c.phase {
			_, _, _, err := Apply(Changeset{ID: "m7-a", Phase: phase}, Command{Verb: c.verb, By: "anna", Head: "abc"}, nine())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s in %s: %v, want %q", c.verb, phase, err, c.want)
			}
		}
	}
}

func TestMergeNeedsTheHeadThatWasSeen(t *testing.T) {
	t.Parallel()
	cs := Changeset{ID: "m7-a", Phase: Open, Pull: 4, Head: "abc"}
	if _, _, _, err := Apply(cs, Command{Verb: "merge", By: "anna"}, time.Time{}); err == nil || !strings.Contains(err.Error(), "head") {
		t.Errorf("got %v", err)
	}
	cs, _, _, err := Apply(cs, Command{Verb: "merge", By: "anna", Head: "abc"}, time.Time{})
	if err != nil || cs.ForcedHead != "abc" || cs.Forced.By != "anna" {
		t.Errorf("%+v, %v", cs, err)
	}
}

func TestSkipClosesThePullRequest(t *testing.T) {
	t.Parallel()
	_, actions, _, err := Apply(Changeset{ID: "m7-a", Phase: Open, Pull: 4}, Command{Verb: "skip", By: "anna"}, time.Time{})
	want := []Action{{Key: "m7-a/close_pull/4", Kind: ClosePull, Text: "Closed by /skein skip."}}
	if diff := cmp.Diff(want, actions); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, actions, _, _ = Apply(Changeset{Phase: Regressed, Pull: 4, Merge: "def"}, Command{Verb: "skip"}, time.Time{}); len(actions) > 0 {
		t.Errorf("what is merged cannot be closed: %v", actions)
	}
}

// A pull request that is being opened while it is skipped is looked for afterwards, and closed.
func TestSkipWhileOpening(t *testing.T) {
	t.Parallel()
	cs, actions, _, err := Apply(Changeset{ID: "m7-a", Phase: Ready, Asked: "m7-a/open_pull/0"}, Command{Verb: "skip", By: "anna"}, nine())
	if err != nil || len(actions) > 0 || !cs.Unseen() {
		t.Fatalf("%+v, %v, %v", cs, actions, err)
	}
	d := Step(cs, Observation{Pull: &green.Pull{Number: 4, Open: true}}, Policy{}, nine())
	if len(d.Actions) != 1 || d.Actions[0].Key != "m7-a/close_pull/4" || d.Changeset.Pull != 4 {
		t.Errorf("%+v", d)
	}
	if cs, _, _, err = Apply(Changeset{Phase: Open, Pull: 4, Asked: "m7-a/open_pull/0"}, Command{Verb: "skip", By: "anna"}, nine()); err != nil || cs.Asked != "" {
		t.Errorf("%+v, %v", cs, err)
	}
}

// A retry forgets what convicted a merge, and not in the caller's hands.
func TestRetryLeavesItsArgumentAlone(t *testing.T) {
	t.Parallel()
	seen := []Evidence{{What: "merge", Check: "ci"}, {What: "head", Check: "ci"}}
	cs, _, _, err := Apply(Changeset{ID: "m7-a", Phase: Regressed, Evidence: seen}, Command{Verb: "retry", By: "anna"}, nine())
	if err != nil || !cmp.Equal(cs.Evidence, []Evidence{{What: "head", Check: "ci"}}) || seen[0].What != "merge" {
		t.Errorf("%v: %+v, before %+v", err, cs.Evidence, seen)
	}
}

func TestRevertTwiceIsAnotherAction(t *testing.T) {
	t.Parallel()
	cs := Changeset{ID: "m7-a", Phase: Healthy, Merge: "def"}
	cs, first, _, err := Apply(cs, Command{Verb: "revert", By: "anna"}, time.Time{})
	if err != nil || first[0].Key != "m7-a/open_revert/def" || cs.Asked != first[0].Key || cs.RevertBy.By != "anna" {
		t.Fatalf("%v %+v", err, first)
	}
	cs.Phase = Regressed // the revert was closed
	_, second, _, err := Apply(cs, Command{Verb: "revert", By: "anna"}, time.Time{})
	if err != nil || second[0].Key != "m7-a/open_revert/def/2" {
		t.Errorf("%v %+v", err, second)
	}
}

func TestReapplyTakesANewBranch(t *testing.T) {
	t.Parallel()
	cs := Changeset{ID: "m7-a", Wave: "rest", Branch: "skein/m7-a", Merge: "def", Pull: 4, Hold: &Hold{}, Coexists: true, Reruns: 3}
	for i, want := range []string{"skein/m7-a-r1", "skein/m7-a-r2"} {
		cs.Phase = Reverted
		var err error
		if cs, _, _, err = Apply(cs, Command{Verb: "reapply", By: "anna"}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if cs.Branch != want || cs.Pull != 0 || cs.Merge != "" || cs.Hold != nil || !cs.Coexists || cs.Wave != "rest" || cs.Reruns != 3 || cs.Round != i+1 {
			t.Errorf("%+v", cs)
		}
	}
	if got := NextBranch(Changeset{ID: "m7-a"}); got != "skein/m7-a-r1" {
		t.Errorf("got %s", got)
	}
}

func TestMigrationCommandsChangeNothingInPlace(t *testing.T) {
	t.Parallel()
	m := Migration{Started: make([]string, 0, 4), Forgiven: map[string]int{"a": 0}}
	gates := map[string]Gate{"a": {Wave: "a", Halted: true, Regressions: 2}, "b": {Wave: "b", Why: "not yet"}}
	after, _, err := ApplyMigration(m, gates, Command{Verb: "resume", By: "anna"}, time.Time{})
	if err != nil || after.Forgiven["a"] != 2 || m.Forgiven["a"] != 0 {
		t.Errorf("%v: %v, before %v", err, after.Forgiven, m.Forgiven)
	}
	if after, _, err = ApplyMigration(m, gates, Command{Verb: "start", Arg: "b"}, time.Time{}); err != nil || !cmp.Equal(after.Started, []string{"b"}) || len(m.Started) != 0 {
		t.Errorf("%v: %v", err, after.Started)
	}
	for _, cmd := range []Command{{Verb: "start", Arg: "a"}, {Verb: "start", Arg: "c"}, {Verb: "start"}, {Verb: "hotfix"}, {Verb: "skip"}} {
		if _, events, err := ApplyMigration(m, gates, cmd, time.Time{}); err == nil || len(events) > 0 {
			t.Errorf("%v: %v", cmd, events)
		}
	}
}
