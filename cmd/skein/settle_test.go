package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// opensAfter is how long after a push to the dataset the first pull request opened in reports.
func (l *life) opensAfter(pushed time.Time) time.Duration {
	l.Helper()
	l.untilPull("reports")
	return l.pulls("reports")[0].CreatedAt.Sub(pushed)
}

// quiet demands that nobody was asked anything, and that nothing is left to wait for.
func (l *life) quiet() {
	l.Helper()
	l.check(l.Advance(l.Context(), 3*time.Hour))
	if n := len(l.pulls("reports")); n != 0 {
		l.explain()
		l.Errorf("%d pull requests, want none", n)
	}
	for _, i := range l.sim.Issues(named("sales-data")) {
		if i.State != "closed" {
			l.Errorf("the issue %q is open", i.Title)
		}
	}
}

// Nothing follows a schema commit before it has stood for ten minutes, unless the config says otherwise.
func TestSettles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config      string
		least, most time.Duration
	}{
		"by default": {"", 10 * time.Minute, 12 * time.Minute},
		"longer":     {"  settle: 40m\n", 40 * time.Minute, 42 * time.Minute},
		"not at all": {"  settle: 0s\n", 0, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := org()
			o["sales-data"][".github/skein.yml"] += c.config
			l := newLife(t, o)
			pushed := l.clock.Now()
			l.changeSchema()
			if got := l.opensAfter(pushed); got < c.least || got > c.most {
				t.Errorf("the pull request opened after %s, want %s to %s", got, c.least, c.most)
			}
		})
	}
}

// A schema commit that is undone while it settles leaves nothing behind, whether its undoing would be a change that
// readers have to follow or not.
func TestUndoneWhileItSettles(t *testing.T) {
	t.Parallel()
	const both = "CREATE TABLE sales.orders (\n  order_id BIGINT NOT NULL,\n  cust_id BIGINT NOT NULL,%s\n  customer_id BIGINT NOT NULL,\n  amount DECIMAL(12,2)\n);\n"
	for name, files := range map[string][2]string{
		"a column goes again":         {ordersBefore, ordersAfter},
		"a name is just not replaced": {fmt.Sprintf(both, ""), fmt.Sprintf(both, " -- @deprecated use=customer_id")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := org()
			o["sales-data"]["schemas/orders.sql"] = files[0]
			l := newLife(t, o)
			l.push("sales-data", "orders: deprecate cust_id", map[string]string{"schemas/orders.sql": files[1]})
			l.check(l.Advance(t.Context(), 6*time.Minute))
			l.issueSays("the schema commit settles until")
			l.push("sales-data", "orders: undo", map[string]string{"schemas/orders.sql": files[0]})
			l.quiet()
		})
	}
}

// A person who starts the wave, or is in a hurry, does not wait; Skein that starts again waits for the rest.
func TestSettlingEndsEarly(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"/skein start rest", "/skein hotfix the old name is gone"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			o := org()
			o["sales-data"][".github/skein.yml"] += "  settle: 1d\n"
			l := newLife(t, o)
			pushed := l.clock.Now()
			l.changeSchema()
			l.issueSays("the schema commit settles until")
			l.sayOn("sales-data", 1, "acme", command, "+1")
			if got := l.opensAfter(pushed); got > 5*time.Minute {
				t.Errorf("the pull request opened after %s, want it at once", got)
			}
		})
	}
}

// What is prepared while the dataset's pull request is open has nothing to settle, before its merge or after.
func TestPreparedDoesNotSettle(t *testing.T) {
	t.Parallel()
	o := org()
	o["sales-data"][".github/skein.yml"] += "  strategy: with\n  settle: 1d\n"
	l := newLife(t, o)
	p, _ := l.proposal(ordersAfter)
	l.untilDraft("reports")
	_, err := l.sim.As("acme").MergePull(named("sales-data"), p, githubsim.Merge{Method: "squash"})
	l.check(err)
	l.until("it merges in reports", time.Hour, func() (bool, string) { return l.pulls("reports")[0].Merged, "it is open" })
}

// An answer begins another migration of the same commit, which has stood as long as it has: it does not settle anew.
func TestAnswerDoesNotSettleAnew(t *testing.T) {
	t.Parallel()
	o := org()
	o["sales-data"][".github/skein.yml"] += "  settle: 30m\n"
	l := newLife(t, o)
	pushed := l.clock.Now()
	l.push("sales-data", "orders: call it customer_id", map[string]string{"schemas/orders.sql": ordersRenamed})
	l.check(l.Advance(t.Context(), 20*time.Minute))
	l.sayOn("sales-data", 1, "acme", "/skein map cust_id=customer_id", "+1")
	if got := l.opensAfter(pushed); got < 30*time.Minute || got > 35*time.Minute {
		t.Errorf("the pull request opened after %s, want half an hour", got)
	}
}
