package main

import (
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/rollout"
)

// phase is where the consumer's changeset is, by Skein's own word.
func (l *life) phase() rollout.Phase {
	l.Helper()
	p, err := l.app.engine.Page(l.Context(), "m1")
	l.check(err)
	if len(p.Changesets) != 1 {
		l.Fatalf("%d changesets, want 1", len(p.Changesets))
	}
	return p.Changesets[0].Phase
}

func (l *life) untilPhase(want rollout.Phase) {
	l.Helper()
	l.until("it is "+string(want), 24*time.Hour, func() (bool, string) { got := l.phase(); return got == want, "it is " + string(got) })
}

// A person merges the pull request; Skein watches what came of it all the same.
func TestPersonMerges(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.sim.SetCI(named("reports"), nil)
	l.changeSchema()
	l.untilPull("reports")
	_, err := l.sim.As("acme").MergePull(named("reports"), 1, githubsim.Merge{Method: "squash"})
	l.check(err)
	l.untilPhase(rollout.Unproven)
}

// Closing the pull request says no, and opening it again takes that back.
func TestPersonCloses(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	l.check(l.sim.As("acme").ClosePull(named("reports"), 1))
	l.untilPhase(rollout.Declined)
	l.check(l.Advance(t.Context(), 24*time.Hour))
	if n := len(l.pulls("reports")); n != 1 {
		t.Fatalf("%d pull requests: a closed one is not opened anew", n)
	}
	l.check(l.sim.As("acme").ReopenPull(named("reports"), 1))
	l.untilMerged("reports")
	l.untilPhase(rollout.Healthy)
}

// People change the lines that Skein edits: the edits are made anew on what is there now.
func TestConflict(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	_, err := l.sim.As("acme").OpenIssue(named("reports"), "wait", "", "skein:stop")
	l.check(err)
	l.changeSchema()
	l.untilPull("reports")
	l.push("reports", "order the rows", map[string]string{"top.sql": strings.TrimSuffix(query, "\n") + "\nORDER BY o.cust_id\n"})
	l.check(l.Advance(t.Context(), time.Hour))
	l.check(l.sim.As("acme").CloseIssue(named("reports"), 1))
	l.until("it merges", 24*time.Hour, func() (bool, string) {
		pulls := l.pulls("reports")
		return pulls[len(pulls)-1].Merged, "it is open"
	})
	got, err := l.sim.File(named("reports"), "main", "top.sql")
	l.check(err)
	if !strings.Contains(got, "ORDER BY o.cust_id") && !strings.Contains(got, "ORDER BY o.customer_id") || strings.Contains(got, "SELECT o.cust_id,") {
		t.Errorf("top.sql is\n%s", got)
	}
}

// People push to Skein's branch: their commits are kept, and it merges only when somebody says so.
func TestForeignCommits(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	branch := l.pulls("reports")[0].Head
	_, err := l.sim.As("acme").Push(named("reports"), branch, githubsim.Change{Message: "tidy", Files: map[string]string{"README.md": "reports\n"}})
	l.check(err)
	l.check(l.Advance(t.Context(), 6*time.Hour))
	if l.pulls("reports")[0].Merged {
		t.Fatal("merged with commits that nobody at Skein judged")
	}
	l.say("acme", "/skein merge", "+1")
	l.untilMerged("reports")
	if got, err := l.sim.File(named("reports"), "main", "README.md"); err != nil || got != "reports\n" {
		t.Errorf("README.md is %q, %v", got, err)
	}
}

// An archived repository is left alone; when it comes back, so does its changeset.
func TestArchived(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	l.check(l.sim.As("acme").Archive(named("reports"), true))
	l.untilPhase(rollout.Failed)
	l.check(l.sim.As("acme").Archive(named("reports"), false))
	l.untilMerged("reports")
}

// A renamed repository is the same one.
func TestRenamed(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	l.check(l.sim.As("acme").Rename(named("reports"), "insights"))
	l.untilMerged("insights")
	l.untilPhase(rollout.Healthy)
}

// Repositories that are empty or vanish hurt nobody else.
func TestVanishing(t *testing.T) {
	t.Parallel()
	repos := org()
	repos["empty"] = nil
	repos["doomed"] = map[string]string{".github/skein.yml": consumerConfig, "a.sql": query}
	l := newLife(t, repos)
	l.check(l.sim.As("acme").DeleteRepo(named("doomed")))
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	l.until("the migration ends", 24*time.Hour, func() (bool, string) {
		issues := l.sim.Issues(named("sales-data"))
		return len(issues) == 1 && issues[0].State == "closed", "the tracking issue is open"
	})
}
