package main

import (
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// ordersContracted has lost cust_id, which ordersAfter had beside customer_id, and nothing else.
const ordersContracted = `CREATE TABLE sales.orders (
  order_id    BIGINT NOT NULL,
  customer_id BIGINT NOT NULL,
  amount      DECIMAL(12,2)
);
`

// expanding is an org whose old names stay until nobody reads them.
func expanding() map[string]map[string]string {
	o := org()
	o["sales-data"][".github/skein.yml"] = datasetConfig + "  strategy: expand-contract\n  waves: [{name: all, soak: 5h}]\n"
	return o
}

func (l *life) untilProposal() githubsim.PullView {
	l.Helper()
	l.until("the removal is proposed", 24*time.Hour, func() (bool, string) { return len(l.pulls("sales-data")) == 1, "it is not" })
	return l.pulls("sales-data")[0]
}

func (l *life) issueSays(words string) {
	l.Helper()
	l.until("the tracking issue says "+words, time.Hour, func() (bool, string) {
		all := l.sim.Issues(named("sales-data"))
		return len(all) > 0 && strings.Contains(all[0].Body, words), "it says " + body(all)
	})
}

func body(all []githubsim.IssueView) string {
	if len(all) == 0 {
		return "nothing"
	}
	return all[0].Body
}

func (l *life) untilClosed() {
	l.Helper()
	l.until("the migration ends", 6*time.Hour, func() (bool, string) {
		for _, i := range l.sim.Issues(named("sales-data")) {
			if i.State != "closed" {
				return false, i.Title + " is open"
			}
		}
		return true, ""
	})
}

// Strategy expand-contract: the consumer moves, the wave soaks, the removal is proposed, byte for byte what a person
// would have cut out; people merge it, and that is the end.
func TestExpandContract(t *testing.T) {
	t.Parallel()
	l := newLife(t, expanding())
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	l.check(l.Advance(t.Context(), 4*time.Hour))
	if n := len(l.pulls("sales-data")); n != 0 {
		t.Fatalf("the removal is proposed while the wave soaks")
	}
	l.issueSays("everybody has moved; it soaks, until")
	p := l.untilProposal()
	if got, err := l.sim.File(named("sales-data"), p.Head, "schemas/orders.sql"); err != nil || got != ordersContracted {
		t.Errorf("%v; the schema would be\n%s", err, got)
	}
	for _, w := range []string{"sales.orders.cust_id", "`customer_id`", "acme/reports", "People merge this; Skein never does"} {
		if !strings.Contains(p.Title+p.Body, w) {
			t.Errorf("the pull request lacks %q:\n%s\n%s", w, p.Title, p.Body)
		}
	}
	l.impact(p.HeadSHA, "success", "1 consumer: 1 untouched")
	l.issueSays("people merge it")
	l.check(l.Advance(t.Context(), 24*time.Hour))
	if p := l.pulls("sales-data")[0]; p.Merged || p.State != "open" {
		t.Fatalf("Skein did something about the dataset's pull request: %+v", p)
	}
	_, err := l.sim.As("acme").MergePull(named("sales-data"), p.Number, githubsim.Merge{Method: "squash"})
	l.check(err)
	l.issueSays("The old name is gone")
	l.untilClosed()
	if n, m := len(l.pulls("reports")), len(l.pulls("sales-data")); n != 1 || m != 1 {
		t.Errorf("%d pull requests in reports and %d in sales-data, want one each", n, m)
	}
}
