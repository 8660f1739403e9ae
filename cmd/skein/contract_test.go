package main

import (
	"fmt"
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
	o["sales-data"][".github/skein.yml"] = datasetConfig + "  strategy: expand-contract\n  waves: [{name: all, soak: 2h}]\n"
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
	l.check(l.Advance(t.Context(), 90*time.Minute))
	if n := len(l.pulls("sales-data")); n != 0 {
		t.Fatalf("the removal is proposed while the wave soaks")
	}
	l.issueSays("what was merged soaks, until")
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
	l.check(l.Advance(t.Context(), 6*time.Hour))
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

// Two consumers, and one has a place for people: the removal waits and says for whom. A removal that people propose
// meanwhile is stopped, whatever impact says, until somebody with the right approves. When the place is mended, Skein
// proposes by itself.
func TestExpandContractWaits(t *testing.T) {
	t.Parallel()
	o := expanding()
	o["legacy"] = map[string]string{
		".github/skein.yml": consumerConfig,
		"odd.sql":           "SELECT * FROM (SELECT cust_id FROM sales.orders NATURAL JOIN sales.people);\n",
	}
	l := newLife(t, o)
	_, err := l.sim.CreateUser("bo", "bo")
	l.check(err)
	l.check(l.sim.As("acme").Collaborate(named("sales-data"), "bo", "write"))
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	l.check(l.Advance(t.Context(), 6*time.Hour))
	l.issueSays("it is read at odd.sql:1")
	if n := len(l.pulls("sales-data")); n != 0 {
		t.Fatalf("the removal is proposed while acme/legacy reads it")
	}

	number, head := l.proposal(ordersContracted)
	l.impact(head, "action_required", "1 consumer may still read what goes", "acme/legacy")
	l.sayOn("sales-data", number, "bo", "/skein approve", "confused")
	l.sayOn("sales-data", number, "acme", "/skein approve they know", "+1")
	l.impact(head, "success", "Approved by `acme`: they know")
	l.check(l.sim.As("acme").ClosePull(named("sales-data"), number))

	l.push("legacy", "by hand", map[string]string{"odd.sql": "SELECT o.customer_id FROM sales.orders o;\n"})
	l.until("the removal is proposed", 24*time.Hour, func() (bool, string) { return len(l.pulls("sales-data")) == 2, "it is not" })
	l.impact(l.pulls("sales-data")[1].HeadSHA, "success", "2 consumers: 2 untouched")
}

// What Skein cannot cut out it asks people for, on the tracking issue; when they have, that is the end.
func TestExpandContractByPeople(t *testing.T) {
	t.Parallel()
	const index = "CREATE INDEX by_customer ON sales.orders (cust_id);\n"
	o := expanding()
	o["sales-data"]["schemas/orders.sql"] += index
	l := newLife(t, o)
	l.push("sales-data", "orders: add customer_id", map[string]string{"schemas/orders.sql": ordersAfter + index})
	l.untilPull("reports")
	l.untilMerged("reports")
	l.until("people are asked", 24*time.Hour, func() (bool, string) {
		text := body(l.sim.Issues(named("sales-data")))
		return strings.Contains(text, "Skein cannot write its removal: schemas/orders.sql:7:43: cust\\_id is named here too"), text
	})
	if n := len(l.pulls("sales-data")); n != 0 {
		t.Fatalf("%d pull requests", n)
	}
	l.push("sales-data", "orders: drop cust_id", map[string]string{"schemas/orders.sql": ordersContracted})
	l.issueSays("The old name is gone")
	l.untilClosed()
}

// A closed pull request is a no.
func TestExpandContractDeclined(t *testing.T) {
	t.Parallel()
	l := newLife(t, expanding())
	l.changeSchema()
	p := l.untilProposal()
	l.check(l.sim.As("acme").ClosePull(named("sales-data"), p.Number))
	l.issueSays("The old name stays")
	l.untilClosed()
	l.check(l.Advance(t.Context(), 6*time.Hour))
	if n := len(l.pulls("sales-data")); n != 1 {
		t.Errorf("%d pull requests, want the one that was closed", n)
	}
}

// While the pull request is open, the schema moves on and it follows; a consumer that reads the old name again turns its
// check; and once people push to its branch it is theirs.
func TestExpandContractFollows(t *testing.T) {
	t.Parallel()
	l := newLife(t, expanding())
	l.changeSchema()
	p := l.untilProposal()
	l.impact(p.HeadSHA, "success")
	l.push("sales-data", "orders: say more", map[string]string{"schemas/orders.sql": "-- Orders.\n" + ordersAfter})
	l.until("it follows the schema", time.Hour, func() (bool, string) {
		text, err := l.sim.File(named("sales-data"), l.pulls("sales-data")[0].Head, "schemas/orders.sql")
		l.check(err)
		return text == "-- Orders.\n"+ordersContracted, text
	})
	head := l.pulls("sales-data")[0].HeadSHA
	l.impact(head, "success")
	l.push("reports", "back to the old one", map[string]string{"new.sql": "SELECT cust_id FROM sales.orders;\n"})
	l.impact(head, "action_required", "1 consumer may still read what goes")
	l.issueSays("it is read at new.sql:1")

	_, err := l.sim.As("acme").Push(named("sales-data"), "skein/contract-m1", githubsim.Change{Message: "mine", Files: map[string]string{"NOTES.md": "hi\n"}})
	l.check(err)
	l.push("reports", "to the new one", map[string]string{"new.sql": "SELECT customer_id FROM sales.orders;\n"})
	l.push("sales-data", "orders: say less", map[string]string{"schemas/orders.sql": ordersAfter})
	l.issueSays("GitHub did not take the proposal")
	if got, err := l.sim.File(named("sales-data"), "skein/contract-m1", "NOTES.md"); err != nil || got != "hi\n" {
		t.Errorf("%v; what people pushed is gone: %s", err, got)
	}
}

// Somebody else's branch has the name that Skein would write to: the removal is not proposed before the branch is gone and
// a person says retry.
func TestExpandContractRetry(t *testing.T) {
	t.Parallel()
	l := newLife(t, expanding())
	_, err := l.sim.As("acme").Push(named("sales-data"), "skein/contract-m1", githubsim.Change{Message: "mine", Files: map[string]string{"NOTES.md": "hi\n"}})
	l.check(err)
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	l.until("GitHub refuses", 24*time.Hour, func() (bool, string) {
		text := body(l.sim.Issues(named("sales-data")))
		return strings.Contains(text, "GitHub did not take the proposal"), text
	})
	issue := l.sim.Issues(named("sales-data"))[0].Number
	l.sayOn("sales-data", issue, "acme", "/skein retry", "+1")
	l.check(l.Advance(t.Context(), time.Hour))
	if n := len(l.pulls("sales-data")); n != 0 {
		t.Fatalf("%d pull requests from a branch that is not Skein's", n)
	}
	l.check(l.sim.As("acme").DeleteBranch(named("sales-data"), "skein/contract-m1"))
	l.sayOn("sales-data", issue, "acme", "/skein retry", "+1")
	if p := l.untilProposal(); p.Head != "skein/contract-m1" {
		t.Errorf("the removal is proposed from %s", p.Head)
	}
	l.sayOn("sales-data", issue, "acme", "/skein retry", "confused")
}

// A consumer has a branch of the name that Skein would use, so there is no pull request to say retry on: it is said on the
// tracking issue, once the branch is gone.
func TestRetryWithoutPull(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	_, err := l.sim.As("acme").Push(named("reports"), "skein/m1-reports", githubsim.Change{Message: "mine", Files: map[string]string{"NOTES.md": "hi\n"}})
	l.check(err)
	l.changeSchema()
	l.issueSays("holds commits by")
	if n := len(l.pulls("reports")); n != 0 {
		t.Fatalf("%d pull requests from a branch that is not Skein's", n)
	}
	l.check(l.sim.As("acme").DeleteBranch(named("reports"), "skein/m1-reports"))
	l.sayOn("sales-data", 1, "acme", "/skein retry", "+1")
	l.untilPull("reports")
	l.untilMerged("reports")
}

// A public dataset names no private reader, neither in its issue nor in the pull request.
func TestExpandContractHides(t *testing.T) {
	t.Parallel()
	o := expanding()
	o["legacy"] = map[string]string{".github/skein.yml": consumerConfig, "odd.sql": "SELECT cust_id FROM sales.orders NATURAL JOIN sales.people;\n"}
	l := newLife(t, o)
	l.check(l.sim.As("acme").SetPrivate(named("sales-data"), false))
	l.check(l.Advance(t.Context(), time.Minute))
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	l.until("it waits", 24*time.Hour, func() (bool, string) {
		text := body(l.sim.Issues(named("sales-data")))
		return strings.Contains(text, "a private repository: a consumer's code still reads the old name"), text
	})
	l.push("legacy", "by hand", map[string]string{"odd.sql": "SELECT customer_id FROM sales.orders;\n"})
	p := l.untilProposal()
	l.check(l.Advance(t.Context(), time.Hour))
	for _, leak := range []string{"legacy", "reports", "odd.sql", "top.sql"} {
		if strings.Contains(p.Body+p.Title+body(l.sim.Issues(named("sales-data"))), leak) {
			t.Errorf("%s is named:\n%s\n%s", leak, p.Body, body(l.sim.Issues(named("sales-data"))))
		}
	}
}

// A dataset that is a folder of migrations gets one more; one in Protobuf, whose config says what replaces the field,
// reserves its number and name.
func TestExpandContractLayouts(t *testing.T) {
	t.Parallel()
	const config = "version: 1\ndatasets: [{name: sales.orders, schema: %s}]\n%srollout: {mode: merge, strategy: expand-contract, watch: {for: 1h}}\n"
	for _, c := range []struct {
		name, schema, renames string
		before, expand, want  map[string]string
	}{
		{name: "migrations", schema: "{path: db, dialect: postgres}",
			before: map[string]string{"db/0001_orders.sql": "CREATE TABLE sales.orders (cust_id BIGINT, amount DECIMAL(12,2));\n"},
			expand: map[string]string{"db/0002_customer.sql": "ALTER TABLE sales.orders ADD COLUMN customer_id BIGINT;\n"},
			want:   map[string]string{"db/0003_drop_cust_id_of_orders.sql": "ALTER TABLE sales.orders DROP COLUMN cust_id;\n"}, renames: "renames: [{dataset: sales.orders, from: cust_id, to: customer_id}]\n"},
		{name: "protobuf", schema: "{path: orders.proto, table: Orders}", renames: "renames: [{dataset: sales.orders, from: cust_id, to: customer_id}]\n",
			before: map[string]string{"orders.proto": "syntax = \"proto3\";\nmessage Orders {\n  int64 cust_id = 1;\n  double amount = 2;\n}\n"},
			expand: map[string]string{"orders.proto": "syntax = \"proto3\";\nmessage Orders {\n  int64 cust_id = 1 [deprecated = true];\n  double amount = 2;\n  int64 customer_id = 3;\n}\n"},
			want:   map[string]string{"orders.proto": "syntax = \"proto3\";\nmessage Orders {\n  reserved 1;\n  reserved \"cust_id\";\n  double amount = 2;\n  int64 customer_id = 3;\n}\n"}},
		{name: "two in one file", renames: "# nothing more\n",
			schema: "{path: s.sql, dialect: postgres}}, {name: sales.people, schema: {path: s.sql, dialect: postgres}",
			before: map[string]string{"s.sql": "CREATE TABLE sales.orders (\n  cust_id BIGINT,\n  amount INT\n);\nCREATE TABLE sales.people (nick TEXT);\n"},
			expand: map[string]string{"s.sql": "CREATE TABLE sales.orders (\n  cust_id BIGINT, -- @deprecated use=customer_id\n  customer_id BIGINT,\n  amount INT\n);\nCREATE TABLE sales.people (\n  -- @deprecated use=name\n  nick TEXT,\n  name TEXT\n);\n"},
			want:   map[string]string{"s.sql": "CREATE TABLE sales.orders (\n  customer_id BIGINT,\n  amount INT\n);\nCREATE TABLE sales.people (\n  name TEXT\n);\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := org()
			o["sales-data"] = c.before
			o["sales-data"][".github/skein.yml"] = fmt.Sprintf(config, c.schema, "")
			l := newLife(t, o)
			c.expand[".github/skein.yml"] = fmt.Sprintf(config, c.schema, c.renames)
			l.push("sales-data", "expand", c.expand)
			l.untilPull("reports")
			l.untilMerged("reports")
			p := l.untilProposal()
			for name, want := range c.want {
				if got, err := l.sim.File(named("sales-data"), p.Head, name); err != nil || got != want {
					t.Errorf("%v; %s would be\n%s", err, name, got)
				}
			}
			l.impact(p.HeadSHA, "success")
		})
	}
}
