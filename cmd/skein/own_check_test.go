package main

import (
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/rollout"
)

// A branch that requires Skein's own check is merged into all the same, at the first try: Skein does not wait for itself,
// and GitHub finds the check passed.
func TestOwnCheckRequired(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ required, pinned, queue bool }{
		"beside another": {required: true}, "of this app": {required: true, pinned: true}, "alone": {}, "with a merge queue": {required: true, queue: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, org())
			own := githubsim.RequiredCheck{Context: "skein"}
			if c.pinned {
				own.App = l.app.engine.AppID
			}
			checks := []githubsim.RequiredCheck{own}
			if c.required {
				checks = append(checks, githubsim.RequiredCheck{Context: "ci/test"})
			}
			rules := []githubsim.Rule{githubsim.RequireChecks(false, checks...)}
			if c.queue {
				rules = append(rules, githubsim.RequireQueue("SQUASH"))
			}
			l.rule(rules...)
			l.changeSchema()
			l.untilPull("reports")
			l.untilMerged("reports")
			page, err := l.app.engine.Page(t.Context(), "m1")
			l.check(err)
			for _, e := range page.Journal {
				if e.Rule == "not_done" {
					t.Errorf("GitHub refused at first: %s", e.Text)
				}
			}
			l.untilPhase(rollout.Healthy)
		})
	}
}

// A person's commits are judged with Skein's own check on them too, and a revert carries it: nothing that people or Skein
// merge is kept waiting for a check that nobody sets.
func TestOwnCheckFollowsTheHead(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.sim.SetCI(named("reports"), githubsim.Usual(regresses))
	l.push("reports", "say what this is", map[string]string{"README.md": "reports\n"}) // the parent is seen green
	l.check(l.Advance(t.Context(), time.Hour))
	l.rule(githubsim.RequireChecks(false, githubsim.RequiredCheck{Context: "ci/test"}, githubsim.RequiredCheck{Context: "skein", App: l.app.engine.AppID}))
	l.changeSchema()
	l.untilPull("reports")
	head, err := l.sim.As("acme").Push(named("reports"), l.pulls("reports")[0].Head, githubsim.Change{Message: "tidy", Files: map[string]string{"NOTES.md": "ours\n"}})
	l.check(err)
	l.check(l.Advance(t.Context(), time.Hour))
	if check := l.checkRun("reports", head, "skein"); check.Conclusion != "action_required" {
		t.Errorf("the check on a person's commit says %q, want action_required", check.Conclusion)
	}
	l.say("acme", "/skein merge", "+1")
	l.untilMerged("reports")
	l.untilPhase(rollout.Regressed) // people's commits are never taken back without a person
	l.say("acme", "/skein revert", "+1")
	l.untilPhase(rollout.Reverted)
}
