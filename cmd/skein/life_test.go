package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/status"
)

// life is an org on the simulator with Skein installed, in virtual time.
type life struct {
	*testing.T
	*driver
}

func permissions() map[string]string {
	return map[string]string{
		"metadata": "read", "contents": "write", "pull_requests": "write", "issues": "write", "checks": "write",
		"statuses": "read", "actions": "write", "deployments": "read", "administration": "read",
	}
}

func events() []string {
	return []string{
		"push", "create", "delete", "pull_request", "pull_request_review", "issues", "issue_comment", "check_run",
		"check_suite", "status", "workflow_run", "deployment_status", "repository", "public",
	}
}

func green(context.Context, githubsim.Commit) []githubsim.Report {
	return []githubsim.Report{{Name: "ci/test", Conclusion: "success", Queue: time.Minute, Duration: 5 * time.Minute}}
}

// newLife makes the org acme with these repositories, each with green CI, and starts Skein on it.
func newLife(t *testing.T, repos map[string]map[string]string) *life {
	t.Helper()
	clk := clock.NewVirtual(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	sim := githubsim.New(githubsim.Options{Clock: clk, MergeableDelay: 3 * time.Second})
	l := &life{t, &driver{sim: sim, clock: clk}}
	github := httptest.NewServer(sim)
	t.Cleanup(github.Close)
	sim.SetURL(github.URL)
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.app.handler.ServeHTTP(w, r) }))
	t.Cleanup(hooks.Close)

	_, err := sim.CreateUser("ana", "Ana")
	l.check(err)
	_, err = sim.CreateOrg("acme", "Acme")
	l.check(err)
	for name, files := range repos {
		full := repo.Name{Owner: "acme", Name: name}
		_, err := sim.CreateRepo(githubsim.RepoSpec{Name: full, Files: files, Private: true})
		l.check(err)
		sim.SetCI(full, githubsim.Usual(green))
	}
	registered, err := sim.CreateApp("acme", githubsim.AppSpec{
		Name: "Skein", Permissions: permissions(), Events: events(), WebhookURL: hooks.URL + "/api/github/hook", Secret: "s3cret",
	})
	l.check(err)
	l.app = l.newApp(registered, github.URL)
	_, err = sim.Install(githubsim.InstallSpec{App: registered.ID, Account: "acme"})
	l.check(err)
	l.check(l.app.start(t.Context()))
	t.Cleanup(func() { _ = l.app.stop(context.Background()) })
	l.check(l.settle(t.Context()))
	return l
}

func (l *life) newApp(registered githubsim.App, url string) *app {
	l.Helper()
	log := zerolog.Nop()
	if os.Getenv("SKEIN_TEST_LOG") != "" {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, NoColor: true})
	}
	a, err := newApp(l.Context(), appOptions{
		Database: filepath.Join(l.TempDir(), "skein.db"), AppID: registered.ID, Key: []byte(registered.PEM), Secret: "s3cret",
		APIURL: url, Links: status.Links{Web: url}, Clock: l.clock, Log: log,
		Poll: queue.Options{Poll: 2 * time.Millisecond, Workers: workers()},
	})
	l.check(err)
	return a
}

func (l *life) check(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l *life) until(what string, limit time.Duration, cond func() (bool, string)) {
	l.Helper()
	if err := l.Until(l.Context(), what, limit, cond); err != nil {
		l.explain()
		l.Fatal(err)
	}
}

// explain tells what Skein thinks, for a test that failed.
func (l *life) explain() {
	ms, err := l.app.engine.Migrations(l.Context())
	l.check(err)
	for _, m := range ms {
		p, err := l.app.engine.Page(l.Context(), m.ID)
		l.check(err)
		for _, c := range p.Changesets {
			l.Logf("%s %s (%s) since %s, wake %s: %v", c.ID, c.Phase, c.Note, c.Since.Format(time.DateTime), c.Wake.Format(time.DateTime), c.Waits)
		}
		for _, e := range p.Journal {
			l.Logf("%s %s %s %s: %s", e.At.Format(time.DateTime), e.Changeset, e.Actor, e.Rule, e.Text)
		}
	}
}

const ordersBefore = `CREATE TABLE sales.orders (
  order_id BIGINT NOT NULL,
  cust_id  BIGINT NOT NULL,
  amount   DECIMAL(12,2)
);
`

const ordersAfter = `CREATE TABLE sales.orders (
  order_id    BIGINT NOT NULL,
  cust_id     BIGINT NOT NULL, -- @deprecated use=customer_id
  customer_id BIGINT NOT NULL,
  amount      DECIMAL(12,2)
);
`

// A column gets a successor; the consumer is rewritten, merged and watched.
func TestLife(t *testing.T) {
	l := newLife(t, map[string]map[string]string{
		"sales-data": {
			".github/skein.yml": `version: 1
datasets:
  - name: sales.orders
    schema: {path: schemas/orders.sql, dialect: postgres}
rollout:
  mode: merge
  watch: {for: 1h}
`,
			"schemas/orders.sql": ordersBefore,
		},
		"reports": {
			".github/skein.yml": `version: 1
consumes:
  - dataset: sales.orders
    paths: ["**/*.sql"]
    dialect: postgres
rollout: {mode: merge}
`,
			"top.sql": "SELECT o.cust_id, sum(o.amount) AS total\nFROM sales.orders o\nGROUP BY o.cust_id\n",
		},
	})
	sales, reports := repo.Name{Owner: "acme", Name: "sales-data"}, repo.Name{Owner: "acme", Name: "reports"}
	_, err := l.sim.As("acme").Push(sales, "main", githubsim.Change{
		Message: "orders: add customer_id", Files: map[string]string{"schemas/orders.sql": ordersAfter},
	})
	l.check(err)
	l.until("the pull request opens", time.Hour, func() (bool, string) { return len(l.sim.Pulls(reports)) == 1, "no pull request" })
	l.until("it merges", 3*time.Hour, func() (bool, string) { return l.sim.Pulls(reports)[0].Merged, l.sim.Pulls(reports)[0].Body })
	got, err := l.sim.File(reports, "main", "top.sql")
	l.check(err)
	if want := "SELECT o.customer_id AS cust_id, sum(o.amount) AS total\nFROM sales.orders o\nGROUP BY o.customer_id\n"; got != want {
		t.Errorf("top.sql is\n%s\nwant\n%s", got, want)
	}
	l.until("the migration ends", 6*time.Hour, func() (bool, string) {
		issues := l.sim.Issues(sales)
		return len(issues) == 1 && issues[0].State == "closed", "the tracking issue is open"
	})
}
