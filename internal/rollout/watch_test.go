package rollout

import (
	"slices"
	"testing"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// of is one attempt of a check.
func of(name string, on repo.SHA, id int64, r green.Result) green.Check {
	return green.Check{Name: name, App: 1, SHA: on, ID: id, Run: id, Attempt: 1, Result: r}
}

// What is red on the merge commit is a suspect, unless something else explains it.
func TestSuspects(t *testing.T) {
	t.Parallel()
	merge := func(id int64, r green.Result) green.Check { return of("ci", "merge", id, r) }
	next := func(id int64, r green.Result) green.Check { return of("ci", "next", id, r) }
	for name, c := range map[string]struct {
		after, parent []green.Check
		evidence      []Evidence
		want          bool
	}{
		"green":                          {after: []green.Check{merge(1, green.Success)}},
		"red":                            {after: []green.Check{merge(1, green.Failure)}, want: true},
		"timed out":                      {after: []green.Check{merge(1, green.Timeout)}, want: true},
		"red and timed out":              {after: []green.Check{merge(1, green.Failure), merge(2, green.Timeout)}, want: true},
		"cancelled":                      {after: []green.Check{merge(1, green.Cancelled)}},
		"cancelled, red later":           {after: []green.Check{merge(1, green.Cancelled), next(2, green.Failure)}, want: true},
		"pending, red later":             {after: []green.Check{merge(1, green.Pending), next(2, green.Failure)}},
		"neutral, red later":             {after: []green.Check{merge(1, green.Neutral), next(2, green.Failure)}},
		"cancelled, pending later":       {after: []green.Check{merge(1, green.Cancelled), next(2, green.Pending)}},
		"red, then green in a rerun":     {after: []green.Check{merge(1, green.Failure), merge(2, green.Success)}},
		"red, green later":               {after: []green.Check{merge(1, green.Failure), next(2, green.Success)}},
		"red again, green later":         {after: []green.Check{merge(1, green.Failure), next(2, green.Success), merge(3, green.Failure)}},
		"red, red before":                {after: []green.Check{merge(1, green.Failure)}, parent: []green.Check{of("ci", "parent", 9, green.Failure)}},
		"red, timed out before":          {after: []green.Check{merge(1, green.Failure)}, parent: []green.Check{of("ci", "parent", 9, green.Timeout)}},
		"red, green before":              {after: []green.Check{merge(1, green.Failure)}, parent: []green.Check{of("ci", "parent", 9, green.Success)}, want: true},
		"red, acquitted by a revert":     {after: []green.Check{merge(1, green.Failure)}, evidence: []Evidence{{What: "revert", Check: "ci", Result: green.Failure}}},
		"red, green on a revert":         {after: []green.Check{merge(1, green.Failure)}, evidence: []Evidence{{What: "revert", Check: "ci", Result: green.Success}}, want: true},
		"red, another one acquitted":     {after: []green.Check{merge(1, green.Failure)}, evidence: []Evidence{{What: "revert", Check: "lint", Result: green.Failure}}, want: true},
		"red on the test merge only":     {after: []green.Check{{Name: "ci", Status: true, Test: true, SHA: "merge", ID: 1, Result: green.Failure}}},
		"red where no commit is told":    {after: []green.Check{of("ci", "", 1, green.Failure)}, want: true},
		"red, where it is told as well":  {after: []green.Check{of("ci", "", 1, green.Failure), merge(2, green.Failure)}, want: true},
		"green, no commit told, red too": {after: []green.Check{of("ci", "", 1, green.Success), merge(2, green.Failure)}},
	} {
		cs := Changeset{ID: "m7-a", Phase: Watching, Merge: "merge", Evidence: c.evidence}
		turn := newTurn(cs, Observation{After: c.after, Parent: c.parent}, Policy{Signals: []string{"ci"}}, nine())
		if got := turn.suspects(nil); (len(got) > 0) != c.want {
			t.Errorf("%s: %v", name, got)
		}
		if len(turn.suspects([]string{"lint"})) > 0 {
			t.Errorf("%s: a suspect that nobody named", name)
		}
	}
}

// What stayed red with our change and without it needs somebody to look, unless it passed meanwhile.
func TestUnexplained(t *testing.T) {
	t.Parallel()
	merge := func(id int64, r green.Result) green.Check { return of("ci", "merge", id, r) }
	for name, c := range map[string]struct {
		after    []green.Check
		acquits  string
		wantNone bool
	}{
		"red":                        {after: []green.Check{merge(1, green.Failure)}, acquits: "ci"},
		"red, then timed out":        {after: []green.Check{merge(1, green.Failure), merge(2, green.Timeout)}, acquits: "ci"},
		"red, never red without us":  {after: []green.Check{merge(1, green.Failure)}, acquits: "lint", wantNone: true},
		"still running":              {after: []green.Check{merge(1, green.Failure), merge(2, green.Pending)}, acquits: "ci", wantNone: true},
		"red, green in a rerun":      {after: []green.Check{merge(1, green.Failure), merge(2, green.Success)}, acquits: "ci", wantNone: true},
		"green, then red in a rerun": {after: []green.Check{merge(1, green.Success), merge(2, green.Failure)}, acquits: "ci", wantNone: true},
		"red, green later":           {after: []green.Check{merge(1, green.Failure), of("ci", "next", 2, green.Success)}, acquits: "ci", wantNone: true},
		"red, red later":             {after: []green.Check{merge(1, green.Failure), of("ci", "next", 2, green.Failure)}, acquits: "ci"},
	} {
		cs := Changeset{ID: "m7-a", Phase: Watching, Merge: "merge", Evidence: []Evidence{{What: "revert", Check: c.acquits, Result: green.Failure}}}
		turn := newTurn(cs, Observation{After: c.after}, Policy{Signals: []string{"ci"}}, nine())
		if got := turn.unexplained(); (len(got) == 0) != c.wantNone {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// GitHub runs no workflow again before it ended: a red job on the revert waits for those that still run.
func TestRevertWaitsForItsWorkflow(t *testing.T) {
	t.Parallel()
	cs := Changeset{ID: "m7-a", Phase: Reverting, Merge: "merge", Since: nine(), RevertPull: 5, Red: []string{"ci"}}
	obs := Observation{
		After:  []green.Check{of("ci", "merge", 1, green.Failure)},
		Revert: &green.Pull{Number: 5, Open: true, Head: "revert"},
	}
	ci, lint := of("ci", "revert", 2, green.Failure), of("lint", "revert", 3, green.Pending)
	ci.Run, lint.Run = 7, 7
	p := defaults()
	p.Signals = []string{"ci"}
	obs.Reverted = []green.Check{ci, lint}
	d := Step(cs, obs, p, nine())
	if len(d.Actions) > 0 || len(d.Changeset.Waits) != 1 || d.Changeset.Waits[0].Text != "ci is red on the revert, and its workflow has yet to end" {
		t.Errorf("while lint runs: %+v, %+v", d.Actions, d.Changeset.Waits)
	}
	obs.Reverted[1].Result = green.Success
	if d = Step(cs, obs, p, nine()); len(d.Actions) != 1 || !slices.Equal(d.Actions[0].Runs, []int64{7}) {
		t.Errorf("when lint has ended: %+v", d.Actions)
	}
}

// What can keep a revert from being green is what is required, and what is under suspicion.
func TestGating(t *testing.T) {
	t.Parallel()
	checks := []green.Check{of("required", "r", 1, green.Failure), of("suspect", "r", 2, green.Failure), of("other", "r", 3, green.Failure)}
	p := Policy{Checks: green.CheckRules{Require: []string{"required"}, Ignore: []string{"suspect", "other"}}}
	turn := newTurn(Changeset{ID: "m7-a", Phase: Reverting, Red: []string{"suspect"}}, Observation{}, p, nine())
	var names []string
	for _, c := range turn.gating(checks) {
		names = append(names, c.Name)
	}
	if !slices.Equal(names, []string{"required", "suspect"}) {
		t.Errorf("gating: %v", names)
	}
}

// A workflow is asked for once, whatever it failed at, and not while it runs.
func TestReruns(t *testing.T) {
	t.Parallel()
	in := func(name string, id, run int64, r green.Result) green.Check {
		return green.Check{Name: name, App: 1, SHA: "r", ID: id, Run: run, Attempt: 1, Result: r}
	}
	red := []green.Check{in("b", 1, 8, green.Failure), in("c", 2, 7, green.Failure), in("d", 3, 8, green.Failure), in("e", 4, 0, green.Failure)}
	a := rerunAction(green.Signals(red))
	if !slices.Equal(a.Runs, []int64{7, 8}) || !slices.Equal(a.CheckIDs, []int64{4}) {
		t.Errorf("reruns %v and %v", a.Runs, a.CheckIDs)
	}
	turn := newTurn(Changeset{ID: "m7-a"}, Observation{}, Policy{}, nine())
	for want, other := range map[bool]green.Check{true: in("x", 5, 7, green.Pending), false: in("x", 5, 9, green.Pending)} {
		if turn.busy(green.Signals(red), append(slices.Clone(red), other)) != want {
			t.Errorf("busy beside %+v: want %t", other, want)
		}
	}
	if loose := []green.Check{in("e", 4, 0, green.Failure), in("f", 5, 0, green.Pending)}; turn.busy(green.Signals(loose[:1]), loose) {
		t.Error("checks without a workflow wait for each other")
	}
}
