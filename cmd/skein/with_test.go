package main

import (
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// together is an org whose dataset changes together with its consumers.
func together() map[string]map[string]string {
	o := org()
	o["sales-data"][".github/skein.yml"] = datasetConfig + "  strategy: with\n"
	return o
}

func (l *life) untilDraft(name string) {
	l.Helper()
	l.untilPull(name)
	if p := l.pulls(name)[0]; !p.Draft || p.Merged {
		l.Errorf("the pull request is prepared as %+v, want a draft", p)
	}
}

// Strategy with: a draft is prepared while the dataset's pull request is open, follows its pushes, and goes when it is
// merged.
func TestWith(t *testing.T) {
	t.Parallel()
	l := newLife(t, together())
	number, _ := l.proposal(ordersAfter)
	l.untilDraft("reports")
	l.check(l.Advance(t.Context(), 2*time.Hour))
	l.check(l.app.engine.Sweep(t.Context()))
	l.check(l.Advance(t.Context(), time.Hour))
	if page, err := l.app.engine.Page(t.Context(), "m1"); err != nil || page.Changesets[0].Round != 0 {
		t.Errorf("%v; a sweep had the edits made anew: %+v", err, page.Changesets)
	}
	if p := l.pulls("reports")[0]; !p.Draft || p.Merged || len(l.sim.Issues(named("sales-data"))) != 0 {
		t.Errorf("before the dataset's merge: %+v", p)
	}
	_, err := l.sim.As("acme").Push(named("sales-data"), "change", githubsim.Change{Message: "buyer, rather", Files: map[string]string{"schemas/orders.sql": strings.ReplaceAll(ordersAfter, "customer_id", "buyer_id")}})
	l.check(err)
	l.until("the draft follows", time.Hour, func() (bool, string) {
		text, err := l.sim.File(named("reports"), l.pulls("reports")[0].Head, "top.sql")
		l.check(err)
		return strings.Contains(text, "buyer_id"), text
	})
	prepared := l.pulls("reports")[0].HeadSHA
	_, err = l.sim.As("acme").MergePull(named("sales-data"), number, githubsim.Merge{Method: "squash"})
	l.check(err)
	l.untilMerged("reports")
	if p := l.pulls("reports")[0]; p.HeadSHA != prepared {
		t.Errorf("%s was prepared and %s is merged: the same change was made anew", prepared, p.HeadSHA)
	}
	if n := len(l.pulls("reports")); n != 1 {
		t.Errorf("%d pull requests, want the one that was prepared", n)
	}
	l.until("the migration ends", 6*time.Hour, func() (bool, string) {
		issues := l.sim.Issues(named("sales-data"))
		return len(issues) == 1 && issues[0].State == "closed", "the tracking issue is open"
	})
}

// Strategy with: what was prepared is closed with the dataset's pull request.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	l := newLife(t, together())
	number, _ := l.proposal(ordersAfter)
	l.untilDraft("reports")
	l.check(l.sim.As("acme").ClosePull(named("sales-data"), number))
	l.until("the draft is closed", time.Hour, func() (bool, string) { return l.pulls("reports")[0].State == "closed", "it is open" })
	l.changeSchema()
	l.until("another opens once it is on main", time.Hour, func() (bool, string) { return len(l.pulls("reports")) == 2, "there is none" })
}
