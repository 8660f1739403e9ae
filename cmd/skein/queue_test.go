package main

import (
	"slices"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/rollout"
)

// rule adds rules to the consumer's main branch.
func (l *life) rule(rules ...githubsim.Rule) {
	l.Helper()
	l.check(l.sim.As("acme").SetRulesets(named("reports"), githubsim.Ruleset{Name: "main", Branches: []string{"main"}, Rules: rules}))
}

// A branch with a merge queue: Skein enqueues, answers the queue's own group with its check, and follows.
func TestMergeQueue(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.rule(githubsim.RequireChecks(true, githubsim.RequiredCheck{Context: "ci/test"}), githubsim.RequireQueue("SQUASH"))
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	head := l.sim.Branches(named("reports"))["main"]
	answered := false
	for _, c := range l.sim.Checks(named("reports"), head) {
		answered = answered || c.Name == "skein" && c.Conclusion == "success"
	}
	if !answered {
		t.Error("the queue's group got no check of Skein's")
	}
	l.untilPhase(rollout.Healthy)
}

// Reviews by code owners, conversations and deployments are people's: Skein waits for them and then merges.
func TestPeopleFirst(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.check(l.sim.As("acme").Collaborate(named("reports"), "ana", "write"))
	l.check(l.sim.As("acme").SetCodeOwners(named("reports"), "ana"))
	l.rule(githubsim.Rule{Type: "pull_request", CodeOwners: true, Threads: true}, githubsim.RequireDeployments("staging"))
	l.changeSchema()
	l.untilPull("reports")
	thread, err := l.sim.As("ana").OpenThread(named("reports"), 1)
	l.check(err)
	l.check(l.Advance(t.Context(), 3*time.Hour))
	l.waitsFor("code_owners", "threads", "deployment")
	_, err = l.sim.As("ana").Review(named("reports"), 1, "APPROVE", "")
	l.check(err)
	l.check(l.sim.As("ana").ResolveThread(named("reports"), 1, thread))
	l.check(l.Advance(t.Context(), time.Hour))
	l.waitsFor("deployment")
	id, err := l.sim.As("ana").Deploy(named("reports"), string(l.pulls("reports")[0].HeadSHA), "staging")
	l.check(err)
	l.check(l.sim.As("ana").Deployed(named("reports"), id, "success", ""))
	l.untilMerged("reports")
}

// waitsFor demands that the one changeset waits for these rules and no others.
func (l *life) waitsFor(rules ...string) {
	l.Helper()
	p, err := l.app.engine.Page(l.Context(), "m1")
	l.check(err)
	var got []string
	for _, w := range p.Changesets[0].Waits {
		got = append(got, w.Rule)
	}
	if len(got) != len(rules) {
		l.Fatalf("waits for %v, want %v", got, rules)
	}
	for _, r := range rules {
		if !slices.Contains(got, r) {
			l.Errorf("waits for %v, want %v", got, rules)
		}
	}
}
