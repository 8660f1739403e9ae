package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/store"
)

// ordersRenamed has lost cust_id and gained customer_id, and no word says that they are one.
const ordersRenamed = `CREATE TABLE sales.orders (
  order_id    BIGINT NOT NULL,
  customer_id BIGINT NOT NULL,
  amount      DECIMAL(12,2)
);
`

// proposal opens a pull request in the dataset's repository.
func (l *life) proposal(schema string) (number int, head repo.SHA) {
	l.Helper()
	head, err := l.sim.As("acme").Push(named("sales-data"), "change", githubsim.Change{Message: "change orders", Files: map[string]string{"schemas/orders.sql": schema}})
	l.check(err)
	number, err = l.sim.As("acme").OpenPull(named("sales-data"), githubsim.NewPull{Title: "change orders", Head: "change", Base: "main"})
	l.check(err)
	return number, head
}

// impact waits until the check on a head says something with all these words.
func (l *life) impact(head repo.SHA, conclusion string, words ...string) githubsim.CheckView {
	l.Helper()
	var c githubsim.CheckView
	l.until("the check says "+conclusion, time.Hour, func() (bool, string) {
		c = l.checkRun("sales-data", head, "skein / impact")
		return c.Conclusion == conclusion, "it says " + c.Conclusion + ": " + c.Title
	})
	for _, w := range words {
		if !strings.Contains(c.Title+"\n"+c.Summary, w) {
			l.Errorf("the check lacks %q:\n%s\n%s", w, c.Title, c.Summary)
		}
	}
	return c
}

func demanding(impact string) map[string]map[string]string {
	o := org()
	o["sales-data"][".github/skein.yml"] = datasetConfig + "impact: " + impact + "\n"
	return o
}

// A column is renamed without a word of it: Skein asks, an answer turns the check, and what was answered is done
// once the pull request is merged.
func TestImpactAsks(t *testing.T) {
	t.Parallel()
	l := newLife(t, demanding("ask"))
	number, head := l.proposal(ordersRenamed)
	c := l.impact(head, "action_required", "1 likely rename to answer", "/skein map sales.orders.cust_id=customer_id",
		"/skein drop sales.orders.cust_id", "1 consumer: 1 for people", "acme/reports", "top.sql:1:10", "`sales.orders.cust_id` at [`top.sql:1`]")
	if strings.Contains(c.Text, "SELECT") {
		t.Errorf("a private repository's code is shown:\n%s", c.Text)
	}
	l.sayOn("sales-data", number, "acme", "/skein map cust_id=amount_total", "confused")
	l.impact(head, "action_required", "The last command was not followed: amount\\_total is no new field of sales.orders")
	l.sayOn("sales-data", number, "acme", "/skein mpa cust_id=customer_id", "confused")
	l.impact(head, "action_required", "mpa is no command")
	l.sayOn("sales-data", number, "acme", "/skein map cust_id=customer_id", "+1")
	c = l.impact(head, "success", "1 consumer: 1 to be rewritten", "would be rewritten")
	if len(c.Notes) == 0 || c.Notes[0].Path != "schemas/orders.sql" || c.Notes[0].StartLine != 3 {
		t.Errorf("the notes are %+v, want one at the renamed column", c.Notes)
	}

	next, err := l.sim.As("acme").Push(named("sales-data"), "change", githubsim.Change{Message: "more", Files: map[string]string{"README.md": "hi"}})
	l.check(err)
	l.impact(next, "success", "1 consumer: 1 to be rewritten")
	if n := len(l.pulls("reports")); n != 0 {
		t.Fatalf("%d pull requests before anything is merged", n)
	}
	_, err = l.sim.As("acme").MergePull(named("sales-data"), number, githubsim.Merge{Method: "squash"})
	l.check(err)
	l.untilPull("reports")
	l.untilMerged("reports")
	if got, err := l.sim.File(named("reports"), "main", "top.sql"); err != nil || got != rewritten {
		t.Errorf("top.sql is\n%s\n%v", got, err)
	}
}

// Nobody asked before the push: the tracking issue does, and the answer begins the migration anew.
func TestAnswerOnIssue(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.push("sales-data", "orders: customer_id", map[string]string{"schemas/orders.sql": ordersRenamed})
	issue := 0
	l.until("the tracking issue asks", time.Hour, func() (bool, string) {
		for _, i := range l.sim.Issues(named("sales-data")) {
			if i.State == "open" && strings.Contains(i.Body, "/skein map sales.orders.cust_id=customer_id") {
				issue = i.Number
			}
		}
		return issue > 0, "it does not"
	})
	if n := len(l.pulls("reports")); n != 0 {
		t.Fatalf("%d pull requests on a guess", n)
	}
	l.sayOn("sales-data", issue, "acme", "/skein map cust_id=customer_id", "+1")
	l.untilPull("reports")
	l.untilMerged("reports")
	l.until("both issues are closed", 12*time.Hour, func() (bool, string) {
		for _, i := range l.sim.Issues(named("sales-data")) {
			if i.State != "closed" {
				return false, i.Title + " is open"
			}
		}
		return true, ""
	})
}

// A commit's message may declare the rename that the schema file cannot.
func TestImpactOfTrailer(t *testing.T) {
	t.Parallel()
	l := newLife(t, demanding("ask"))
	head, err := l.sim.As("acme").Push(named("sales-data"), "change", githubsim.Change{
		Message: "rename\n\nSkein-Rename: cust_id -> customer_id\nSkein-Rename: nothing -> at_all", Files: map[string]string{"schemas/orders.sql": ordersRenamed}})
	l.check(err)
	number, err := l.sim.As("acme").OpenPull(named("sales-data"), githubsim.NewPull{Title: "rename", Head: "change", Base: "main"})
	l.check(err)
	l.impact(head, "success", "1 consumer: 1 to be rewritten")
	_, err = l.sim.As("acme").MergePull(named("sales-data"), number, githubsim.Merge{Method: "merge"})
	l.check(err)
	l.untilPull("reports")
	l.untilMerged("reports")
}

// A consumer that cannot follow blocks until somebody with the right approves this very head.
func TestImpactBlocks(t *testing.T) {
	t.Parallel()
	l := newLife(t, demanding("block"))
	_, err := l.sim.CreateUser("bo", "bo")
	l.check(err)
	l.check(l.sim.As("acme").Collaborate(named("sales-data"), "bo", "write"))
	number, head := l.proposal(strings.Replace(ordersBefore, "  cust_id  BIGINT NOT NULL,\n", "", 1))
	l.impact(head, "action_required", "nobody said", "1 for people")
	l.sayOn("sales-data", number, "bo", "/skein approve", "confused")
	l.sayOn("sales-data", number, "acme", "/skein approve they know", "+1")
	l.impact(head, "success", "Approved by `acme`: they know")
	next, err := l.sim.As("acme").Push(named("sales-data"), "change", githubsim.Change{Message: "more", Files: map[string]string{"README.md": "hi"}})
	l.check(err)
	l.impact(next, "action_required", "nobody said")
}

// Who reads a public dataset's repository learns nothing of private consumers but their number.
func TestImpactHides(t *testing.T) {
	t.Parallel()
	l := newLife(t, demanding("ask"))
	l.check(l.sim.As("acme").SetPrivate(named("sales-data"), false))
	l.check(l.Advance(t.Context(), time.Minute))
	_, head := l.proposal(ordersAfter)
	c := l.impact(head, "success", "1 consumer in private repositories: 1 to be rewritten")
	for _, leak := range []string{"reports", "top.sql"} {
		if strings.Contains(c.Summary+c.Text+c.Title, leak) {
			t.Errorf("the check names %s:\n%s\n%s", leak, c.Summary, c.Text)
		}
	}
}

// A pull request that breaks the schema file is told where, and one that changes no schema passes.
func TestImpactOfFaults(t *testing.T) {
	t.Parallel()
	l := newLife(t, demanding("block"))
	_, head := l.proposal("CREATE TABLE sales.orders (\n  order_id BIGINT,\n  cust_id BIGINT NOT,\n")
	c := l.impact(head, "action_required", "the schema cannot be read", "schemas/orders.sql")
	if len(c.Notes) == 0 {
		t.Error("there is no note at the fault")
	}
	next, err := l.sim.As("acme").Push(named("sales-data"), "change", githubsim.Change{Message: "mend", Files: map[string]string{"schemas/orders.sql": ordersBefore, "README.md": "x"}})
	l.check(err)
	l.impact(next, "success", "No schema change")
}

// What many consumers read is not found in one job: the check goes on in others, and in the end lists them all, with who
// declares what it does not read, who reads outside of what it declares, and whom the change reaches through them.
func TestImpactOfMany(t *testing.T) {
	t.Parallel()
	const consumers = 45
	all := demanding("ask")
	delete(all, "reports")
	for i := range consumers {
		all[fmt.Sprintf("r%02d", i)] = map[string]string{
			".github/skein.yml": "version: 1\nconsumes: [{dataset: sales.orders, paths: [\"q/**\"]}]\n", "q/a.sql": "SELECT cust_id FROM sales.orders;\n",
		}
	}
	all["r03"]["q/a.sql"] = "SELECT 1;\n"
	all["r04"]["adhoc.sql"] = "SELECT amount,\n  cust_id FROM sales.orders;\n"
	all["r05"] = map[string]string{
		".github/skein.yml": "version: 1\ndatasets: [{name: marts.daily, schema: daily.sql}]\nconsumes: [{dataset: sales.orders, paths: [\"q/**\"]}]\n",
		"daily.sql":         "CREATE TABLE marts.daily (cust_id BIGINT, amount DECIMAL(12,2));\n", "q/daily.sql": "SELECT * FROM sales.orders;\n",
	}
	all["board"] = map[string]string{".github/skein.yml": "version: 1\nconsumes: [{dataset: marts.daily}]\n", "b.sql": "SELECT cust_id FROM marts.daily;\n"}
	l := newLife(t, all)
	_, head := l.proposal(ordersAfter)
	l.impact(head, "neutral", "45 consumers: 43 to be rewritten, 1 for people, 1 untouched", "acme/r44", "declares `sales.orders`, and no file that it declares reads it", "`sales.orders.cust_id` at [`adhoc.sql:2`]",
		"`marts.daily.cust_id` of [`acme/r05`]", "/acme/board) declares `marts.daily`; what its code reads is not known yet")
	l.check(l.app.store.Update(t.Context(), func(tx *store.Tx) error {
		left := 0
		err := tx.SQL().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM looks").Scan(&left)
		if left > 0 {
			t.Errorf("%d looks are kept of a check that is complete", left)
		}
		return err
	}))
	var board consumer.Reader
	l.until("the code of whom it reaches further on is known", time.Hour, func() (bool, string) {
		answer, err := l.app.engine.Readers(t.Context(), "marts.daily.cust_id")
		l.check(err)
		if ok := len(answer.Readers) == 1 && answer.Readers[0].Standing == consumer.Confirmed; !ok {
			return false, fmt.Sprintf("it is %+v", answer.Readers)
		}
		board = answer.Readers[0]
		return true, ""
	})
	l.requests.Store(0)
	l.check(l.app.engine.Run(t.Context(), engine.HintEvidence, fmt.Sprint(board.ID)))
	if n := l.requests.Load(); n > 1 {
		t.Errorf("to find that nothing changed takes %d requests", n)
	}
}

// Waves go by who answers for the files that consumers declare, as their CODEOWNERS say.
func TestWavesOfOwners(t *testing.T) {
	t.Parallel()
	o := org()
	o["sales-data"][".github/skein.yml"] = datasetConfig + "  waves: [{name: late, repos: [acme/none]}, {name: ml, owners: ['@acme/ml']}]\n"
	o["reports"]["docs/CODEOWNERS"] = "* @acme/all\n*.sql @ACME/ml\n"
	l := newLife(t, o)
	l.push("sales-data", "orders: customer_id", map[string]string{"schemas/orders.sql": ordersAfter})
	l.untilPull("reports")
	l.check(l.app.store.Update(t.Context(), func(tx *store.Tx) error {
		all, err := tx.ActiveChangesets(t.Context())
		for _, cs := range all {
			if cs.Wave != "ml" {
				t.Errorf("%s goes with wave %q", cs.ID, cs.Wave)
			}
		}
		if len(all) == 0 {
			t.Error("there is no changeset")
		}
		return err
	}))
}

// No delivery tells of the pull request; the sweep finds it.
func TestImpactWithoutDeliveries(t *testing.T) {
	t.Parallel()
	l := newLife(t, demanding("ask"))
	l.sim.SetDeliveryPlan(func(githubsim.Delivery) githubsim.DeliveryFault { return githubsim.DeliveryFault{Lost: true} })
	_, head := l.proposal(ordersAfter)
	l.check(l.Advance(t.Context(), 2*time.Hour))
	l.check(l.app.engine.Sweep(t.Context()))
	l.impact(head, "success", "1 consumer: 1 to be rewritten")
}
