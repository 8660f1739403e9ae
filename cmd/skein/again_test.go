package main

import (
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// takenBack is an org in which a change was merged, regressed, and was taken back.
func takenBack(t *testing.T) *life {
	t.Helper()
	l := regressed(t)
	l.until("a draft keeps it", time.Hour, func() (bool, string) { return len(l.pulls("reports")) == 3, "there is none" })
	return l
}

// What was taken back is kept as a draft that quotes what failed; /skein reapply takes it up, and it merges by the usual
// rules.
func TestAgain(t *testing.T) {
	t.Parallel()
	l := takenBack(t)
	p := l.pulls("reports")[2]
	if got, err := l.sim.File(named("reports"), p.Head, "top.sql"); err != nil || got != rewritten || !p.Draft {
		t.Errorf("%v; draft %v of\n%s", err, p.Draft, got)
	}
	for _, words := range []string{"Again: ", "taken back by #2", "ci/test", "failure", "/skein reapply"} {
		if !strings.Contains(p.Title+p.Body, words) {
			t.Errorf("the draft lacks %q:\n%s\n%s", words, p.Title, p.Body)
		}
	}
	l.check(l.Advance(t.Context(), 6*time.Hour))
	if n := len(l.pulls("reports")); n != 3 || !l.pulls("reports")[2].Draft {
		t.Fatalf("%d pull requests, and the draft is %+v", n, l.pulls("reports")[2])
	}
	l.sim.SetCI(named("reports"), githubsim.Usual(passing))
	l.sayOn("reports", p.Number, "acme", "/skein reapply", "+1")
	l.until("the draft is merged", 24*time.Hour, func() (bool, string) { return l.pulls("reports")[2].Merged, "it is not" })
	if got := l.pulls("reports")[2]; strings.HasPrefix(got.Title, "Again") || len(l.pulls("reports")) != 3 {
		t.Errorf("%d pull requests; what was merged is called %s", len(l.pulls("reports")), got.Title)
	}
}

// The draft follows the dataset. A person who closes it has said no.
func TestAgainFollows(t *testing.T) {
	t.Parallel()
	l := takenBack(t)
	_, err := l.sim.As("acme").OpenIssue(named("reports"), "not now", "", "skein:stop")
	l.check(err)
	l.push("sales-data", "orders: total", map[string]string{"schemas/orders.sql": strings.Replace(ordersAfter,
		"  amount      DECIMAL(12,2)", "  amount      DECIMAL(12,2), -- @deprecated use=gross\n  gross       DECIMAL(12,2)", 1)})
	l.until("the draft follows", time.Hour, func() (bool, string) {
		text, err := l.sim.File(named("reports"), l.pulls("reports")[2].Head, "top.sql")
		l.check(err)
		return strings.Contains(text, "o.customer_id AS cust_id") && strings.Contains(text, "o.gross"), text
	})
	l.check(l.sim.As("acme").ClosePull(named("reports"), l.pulls("reports")[2].Number))
	l.push("sales-data", "orders: undo", map[string]string{"schemas/orders.sql": ordersAfter})
	l.check(l.Advance(t.Context(), 2*time.Hour))
	open := 0
	for _, p := range l.pulls("reports") {
		if p.State == "open" && strings.HasPrefix(p.Title, "Again") {
			open++
		}
	}
	if open > 0 {
		t.Errorf("%d drafts are open again", open)
	}
}
