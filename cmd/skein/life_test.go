package main

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/registration"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/status"
)

// life is an org on the simulator with Skein installed, in virtual time.
type life struct {
	*testing.T
	*driver
	requests atomic.Int64 // that GitHub was asked
}

func passing(context.Context, githubsim.Commit) []githubsim.Report {
	return []githubsim.Report{{Name: "ci/test", Conclusion: "success", Queue: time.Minute, Duration: 5 * time.Minute}}
}

// newLife makes the org acme with these repositories, each with green CI, and starts Skein on it.
func newLife(t *testing.T, repos map[string]map[string]string) *life {
	t.Helper()
	clk := clock.NewVirtual(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	sim := githubsim.New(githubsim.Options{Clock: clk, MergeableDelay: 3 * time.Second})
	l := &life{T: t, driver: &driver{sim: sim, clock: clk}}
	github := httptest.NewServer(sim)
	t.Cleanup(github.Close)
	sim.SetURL(github.URL)
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.app.handler.ServeHTTP(w, r) }))
	t.Cleanup(hooks.Close)
	sim.SetWebhookClient(&http.Client{Transport: over(watched(t).delivers, http.DefaultTransport)})

	sim.OnCall(l.narrow)
	_, err := sim.CreateUser("ana", "Ana")
	l.check(err)
	_, err = sim.CreateOrg("acme", "Acme")
	l.check(err)
	for name, files := range repos {
		full := repo.Name{Owner: "acme", Name: name}
		_, err := sim.CreateRepo(githubsim.RepoSpec{Name: full, Files: files, Private: true})
		l.check(err)
		sim.SetCI(full, githubsim.Usual(passing))
	}
	manifest, err := registration.Load(registration.Merge)
	l.check(err)
	// Webhooks name their app's events, and GitHub's schemas of webhooks do not know these two there.
	manifest.Events = slices.DeleteFunc(manifest.Events, func(e string) bool { return e == "merge_group" || e == "repository_ruleset" })
	registered, err := sim.CreateApp("acme", githubsim.AppSpec{
		Name: "Skein", Permissions: manifest.Permissions, Events: manifest.Events, WebhookURL: hooks.URL + "/api/github/hook", Secret: "s3cret",
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

// narrow demands that a token can do what the request needs and nothing else, in one repository.
func (l *life) narrow(c githubsim.Call) {
	l.requests.Add(1)
	download := strings.HasPrefix(c.Path, "/_codeload/") // elsewhere on GitHub, where the token does not go
	if c.Installation == 0 || c.Status == http.StatusUnauthorized || download {
		return
	}
	whole := c.Pattern == "/installation/repositories" || strings.HasSuffix(c.Pattern, "graphql")
	if c.Repos != 1 && !whole {
		l.Errorf("%s %s: the token is for %d repositories, want 1", c.Method, c.Path, c.Repos)
	}
	granted := maps.Clone(c.Granted)
	delete(granted, "metadata") // every token has it
	for need := range strings.SplitSeq(c.Need, "|") {
		name, level, _ := strings.Cut(need, ":")
		if granted[name] == level {
			delete(granted, name)
		}
	}
	if len(granted) > 0 && !strings.HasSuffix(c.Pattern, "graphql") {
		l.Errorf("%s %s needs %q, and its token can also do %v", c.Method, c.Path, c.Need, granted)
	}
}

func (l *life) newApp(registered githubsim.App, url string) *app {
	l.Helper()
	log := zerolog.Nop()
	if os.Getenv("SKEIN_TEST_LOG") != "" {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, NoColor: true})
	}
	a, err := newApp(l.Context(), appOptions{
		Database: ":memory:", AppID: registered.ID, Key: []byte(registered.PEM), Secret: "s3cret", Verdicts: "v3rdict",
		APIURL: url, Links: status.Links{Web: url}, Clock: l.clock, Log: log, Transport: over(watched(l.T).asks, nil),
		Poll: queue.Options{Poll: poll, Workers: workers()},
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

const datasetConfig = `version: 1
datasets:
  - name: sales.orders
    schema: {path: schemas/orders.sql, dialect: postgres}
rollout:
  mode: merge
  watch: {for: 1h}
`

const consumerConfig = `version: 1
consumes:
  - dataset: sales.orders
    paths: ["**/*.sql"]
    dialect: postgres
rollout: {mode: merge}
`

const query = "SELECT o.cust_id, sum(o.amount) AS total\nFROM sales.orders o\nGROUP BY o.cust_id\n"

const rewritten = "SELECT o.customer_id AS cust_id, sum(o.amount) AS total\nFROM sales.orders o\nGROUP BY o.customer_id\n"

// org is a dataset repository and one consumer.
func org() map[string]map[string]string {
	return map[string]map[string]string{
		"sales-data": {".github/skein.yml": datasetConfig, "schemas/orders.sql": ordersBefore},
		"reports":    {".github/skein.yml": consumerConfig, "top.sql": query},
	}
}

func named(name string) repo.Name { return repo.Name{Owner: "acme", Name: name} }

func (l *life) push(name, message string, files map[string]string) repo.SHA {
	l.Helper()
	head, err := l.sim.As("acme").Push(named(name), "main", githubsim.Change{Message: message, Files: files})
	l.check(err)
	return head
}

func (l *life) changeSchema() {
	l.push("sales-data", "orders: add customer_id", map[string]string{"schemas/orders.sql": ordersAfter})
}

func (l *life) pulls(name string) []githubsim.PullView { return l.sim.Pulls(named(name)) }

func (l *life) untilPull(name string) {
	l.Helper()
	l.until("a pull request opens in "+name, time.Hour, func() (bool, string) { return len(l.pulls(name)) > 0, "there is none" })
}

func (l *life) untilMerged(name string) {
	l.Helper()
	l.until("it merges in "+name, 24*time.Hour, func() (bool, string) { return l.pulls(name)[0].Merged, "it is open" })
}

// A column gets a successor; the consumer is rewritten, merged and watched.
func TestLife(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	got, err := l.sim.File(named("reports"), "main", "top.sql")
	l.check(err)
	if got != rewritten {
		t.Errorf("top.sql is\n%s\nwant\n%s", got, rewritten)
	}
	l.until("the migration ends", 6*time.Hour, func() (bool, string) {
		issues := l.sim.Issues(named("sales-data"))
		return len(issues) == 1 && issues[0].State == "closed", "the tracking issue is open"
	})
	if n := len(l.pulls("reports")); n != 1 {
		t.Errorf("%d pull requests, want 1", n)
	}
	if n := len(l.pulls("reports")[0].Comments); n != 1 {
		t.Errorf("%d comments, want one that was edited in place", n)
	}
}

// The stop switch holds every merge, and lets go when it is thrown back.
func TestStop(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	number, err := l.sim.As("acme").OpenIssue(named("sales-data"), "stop everything", "", "skein:stop")
	l.check(err)
	l.changeSchema()
	l.untilPull("reports")
	l.check(l.Advance(t.Context(), 3*time.Hour))
	if l.pulls("reports")[0].Merged {
		t.Fatal("merged while skein:stop was set")
	}
	l.check(l.sim.As("acme").CloseIssue(named("sales-data"), number))
	l.untilMerged("reports")
}

// Nothing merges under a config that does not parse, and the commit says where; it goes on when it is mended.
func TestBrokenConfig(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	head := l.push("reports", "break the config", map[string]string{".github/skein.yml": consumerConfig + "windos: []\n"})
	l.check(l.Advance(t.Context(), 3*time.Hour))
	if l.pulls("reports")[0].Merged {
		t.Fatal("merged under a config that does not parse")
	}
	check := l.checkRun("reports", head, "skein / config")
	if check.Conclusion != "failure" {
		t.Errorf("the check on the commit says %q, want failure", check.Conclusion)
	}
	l.push("reports", "mend it", map[string]string{".github/skein.yml": consumerConfig})
	l.untilMerged("reports")
}

// A schema file that does not parse gets a check with the place, and no migration.
func TestBrokenSchema(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	head := l.push("sales-data", "oops", map[string]string{"schemas/orders.sql": "CREATE TABLE sales.orders (\n  order_id BIGINT,\n  cust_id BIGINT NOT,\n"})
	l.check(l.Advance(t.Context(), time.Hour))
	if check := l.checkRun("sales-data", head, "skein / schema"); check.Conclusion != "failure" {
		t.Errorf("the check on the commit says %q, want failure", check.Conclusion)
	}
	if n := len(l.pulls("reports")) + len(l.sim.Issues(named("sales-data"))); n != 0 {
		t.Errorf("%d pull requests and issues, want none", n)
	}
	l.changeSchema()
	l.untilPull("reports")
}

func (l *life) checkRun(name string, head repo.SHA, check string) githubsim.CheckView {
	l.Helper()
	var found githubsim.CheckView
	for _, c := range l.sim.Checks(named(name), head) {
		if c.Name == check {
			found = c
		}
	}
	return found
}

// No webhook arrives at all; the sweep finds everything by itself.
func TestLostDeliveries(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.sim.SetDeliveryPlan(func(githubsim.Delivery) githubsim.DeliveryFault { return githubsim.DeliveryFault{Lost: true} })
	l.changeSchema()
	for range 48 {
		l.check(l.app.engine.Sweep(t.Context()))
		l.check(l.Advance(t.Context(), 5*time.Minute))
	}
	if pulls := l.pulls("reports"); len(pulls) != 1 || !pulls[0].Merged {
		l.explain()
		t.Fatalf("pull requests: %+v", pulls)
	}
}

// A later schema commit takes over what the earlier one has not merged yet.
func TestSupersede(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	_, err := l.sim.As("acme").OpenIssue(named("reports"), "not now", "", "skein:stop")
	l.check(err)
	l.changeSchema()
	l.untilPull("reports")
	l.push("sales-data", "orders: undo", map[string]string{"schemas/orders.sql": ordersBefore})
	l.until("the pull request is closed", time.Hour, func() (bool, string) { return l.pulls("reports")[0].State == "closed", "it is open" })
	l.check(l.Advance(t.Context(), time.Hour))
	if n := len(l.pulls("reports")); n != 1 || l.pulls("reports")[0].Merged {
		t.Errorf("%d pull requests, want the one that was closed", n)
	}
}

// A member of the team holds a pull request and lets it go; a stranger can do neither.
func TestCommands(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	for _, login := range []string{"bo", "eve"} {
		_, err := l.sim.CreateUser(login, login)
		l.check(err)
	}
	l.check(l.sim.As("acme").Collaborate(named("reports"), "bo", "write"))
	l.check(l.sim.As("acme").Collaborate(named("reports"), "eve", "read"))
	l.changeSchema()
	l.untilPull("reports")
	l.say("bo", "/skein hold until the quarter closes", "+1")
	l.check(l.Advance(t.Context(), 2*time.Hour))
	l.say("eve", "/skein resume", "confused")
	l.say("bo", "> /skein resume\n\nnot yet", "")
	l.check(l.Advance(t.Context(), 2*time.Hour))
	if l.pulls("reports")[0].Merged {
		t.Fatal("merged while it was held")
	}
	l.say("bo", "/skein resume", "+1")
	l.untilMerged("reports")
}

// say comments on the consumer's pull request and waits for Skein's reaction.
func (l *life) say(login, text, reaction string) {
	l.Helper()
	l.sayOn("reports", 1, login, text, reaction)
}

// sayOn comments on a pull request or an issue.
func (l *life) sayOn(name string, number int, login, text, reaction string) {
	l.Helper()
	id, err := l.sim.As(login).Comment(named(name), number, text)
	l.check(err)
	l.check(l.Advance(l.Context(), time.Minute))
	var comments []githubsim.CommentView
	for _, p := range l.pulls(name) {
		comments = append(comments, p.Comments...)
	}
	for _, i := range l.sim.Issues(named(name)) {
		comments = append(comments, i.Comments...)
	}
	for _, c := range comments {
		if got := strings.Join(c.Reactions, " "); c.ID == id && !strings.HasSuffix(got, reaction) || c.ID == id && (got == "") != (reaction == "") {
			l.Errorf("%s said %q and got the reactions %q, want %q", login, text, got, reaction)
		}
	}
}
