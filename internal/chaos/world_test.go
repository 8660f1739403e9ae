package chaos

import (
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/registration"
	"github.com/skein-bot/skein/internal/repo"
)

const (
	hubURL     = "https://github.chaos"
	hookSecret = "s3cret"
	elsewhere  = "beyond"
	columns    = 4 // of the dataset: quokka0 has the successor wombat0, and so on
	sweep      = 30 * time.Minute
	usual      = 10 * time.Minute // for which a schema commit has to stand where no config says otherwise
	lag        = 2 * sweep        // by then whatever people changed must have been seen
)

// secrets are words that nobody may read who may not read the dataset.
func secrets() []string { return []string{"quokka", "wombat", "marsupial", "vault-data"} }

// place is a repository as its people know it.
type place struct {
	id       repo.ID
	name     repo.Name
	names    []repo.Name // that it ever had
	canary   bool
	public   time.Time // since when; zero: it is private
	shown    bool      // it was private before
	archived bool
	away     bool   // in an org that has no Skein
	queue    bool   // its main has a merge queue
	quiet    bool   // a person has told Skein to leave something there alone
	check    string // that is required; "" when none is
	status   bool   // the CI sets a status
	breaks   [columns]bool
	bug      bool      // main is red for reasons of its own
	brokenAt time.Time // since when the config does not parse; zero when it does
	stopped  map[int]time.Time
}

func (p *place) called(name repo.Name) { p.name, p.names = name, append(p.names, name) }

func (p *place) config(damage string) string {
	require := ""
	if p.status {
		require = "\n  merge: {checks: {require: [" + p.check + "]}}"
	}
	return "version: 1\nconsumes:\n  - dataset: vault.marsupials\n    paths: [\"**/*.sql\"]\n    dialect: postgres\nrollout:\n  mode: merge" + require + "\n" + damage
}

func queries() map[string]string {
	out := map[string]string{"README.md": "hello\n"}
	for n := range columns {
		out[fmt.Sprintf("q%d.sql", n)] = fmt.Sprintf("SELECT m.quokka%d, m.id\nFROM vault.marsupials m\n", n)
	}
	return out
}

// schema is the dataset when so many of its columns have a successor.
func (w *walk) schema(stage int) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE vault.marsupials (\n  id BIGINT NOT NULL")
	for n := range columns {
		switch {
		case n >= stage:
			fmt.Fprintf(&b, ",\n  quokka%d BIGINT NOT NULL", n)
		case w.coexists[n]:
			fmt.Fprintf(&b, ",\n  quokka%d BIGINT NOT NULL, -- @deprecated use=wombat%d\n  wombat%d BIGINT NOT NULL", n, n, n)
		default:
			fmt.Fprintf(&b, ",\n  wombat%d BIGINT NOT NULL", n)
		}
	}
	return b.String() + "\n);\n"
}

// rules are what the owners agreed on. The judge believes them, whatever stands in the config.
type rules struct {
	windows        bool // Mon–Fri 9:00–17:00 in Stockholm
	freezeFrom     time.Time
	freezeTo       time.Time
	watch, soak    time.Duration
	settle         time.Duration
	reruns         int
	maxRegressions int
	allow          bool // the public repository may see the dataset
}

// dataset is the config of the dataset's repository. What is planted as a mistake is left out or bent.
func (w *walk) dataset(stage int, damage string) string {
	r := w.rules
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\ndatasets:\n  - name: vault.marsupials\n    schema: {path: schemas/marsupials.sql, dialect: postgres}\n    consumers: [org]\n")
	if renames := w.renames(stage); renames != "" {
		b.WriteString("renames:\n" + renames)
	}
	b.WriteString("rollout:\n  mode: merge\n")
	if w.seed%2 == 0 {
		b.WriteString("  strategy: expand-contract\n")
	}
	switch {
	case w.planted == "settling":
		b.WriteString("  settle: 0s\n")
	case r.settle != usual:
		fmt.Fprintf(&b, "  settle: %s\n", r.settle)
	}
	soak := r.soak
	if w.planted == "gates" {
		soak = 0
	}
	if w.planted != "waves" {
		fmt.Fprintf(&b, "  waves:\n    - {name: canary, topics: [canary], soak: %s, max_regressions: %d}\n    - {name: rest, max_regressions: %d}\n", soak, r.maxRegressions, r.maxRegressions)
	}
	if r.windows && w.planted != "windows" {
		b.WriteString("  windows:\n    - {cron: \"0 9 * * MON-FRI\", for: 8h, timezone: Europe/Stockholm}\n")
	}
	if w.planted != "freezes" {
		fmt.Fprintf(&b, "  freezes:\n    - {from: %q, to: %q, reason: stocktaking}\n", r.freezeFrom.Format(time.RFC3339), r.freezeTo.Format(time.RFC3339))
	}
	fmt.Fprintf(&b, "  watch: {for: %s, reruns: %d, unproven: open}\n  revert: {mode: auto, max_per_day: 50}\n", r.watch, r.reruns)
	if r.allow || w.planted == "visibility" {
		b.WriteString("visibility: {allow: [acme/open]}\n")
	}
	return b.String() + damage
}

func (w *walk) renames(stage int) (out string) {
	for n := range stage {
		if !w.coexists[n] {
			out += fmt.Sprintf("  - {dataset: vault.marsupials, from: quokka%d, to: wombat%d}\n", n, n)
		}
	}
	return out
}

// build draws the org and installs Skein on it.
func (w *walk) build() {
	w.clock = clock.NewVirtual(time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC))
	w.sim = githubsim.New(githubsim.Options{Clock: w.clock, URL: hubURL, MergeableDelay: 2 * time.Second})
	w.sim.SetWebhookClient(&http.Client{Transport: hook{w}})
	w.draw()
	for _, org := range []string{"acme", elsewhere} {
		_, err := w.sim.CreateOrg(org, org)
		w.check(err)
	}
	for _, login := range []string{"ana", "bo", "eve"} {
		_, err := w.sim.CreateUser(login, login)
		w.check(err)
	}
	w.org = w.found(place{name: named(".github")}, map[string]string{"README.md": "defaults\n"})
	w.data = w.found(place{name: named("vault-data")}, map[string]string{
		".github/skein.yml": w.dataset(0, ""), "schemas/marsupials.sql": w.schema(0),
	})
	for n := range 2 + w.r.IntN(3) {
		w.consumer(place{name: named(fmt.Sprintf("c%d", n+1)), canary: n == 0})
	}
	w.consumer(place{name: named("open"), public: w.clock.Now().Add(-lag)})
	w.install()
}

func (w *walk) draw() {
	hours := func(most int) time.Duration { return time.Duration(1+w.r.IntN(most)) * time.Hour }
	w.rules = rules{
		windows: w.r.IntN(3) > 0, freezeFrom: w.now().Add(hours(90)), watch: hours(3), soak: hours(6),
		reruns: 1 + w.r.IntN(3), maxRegressions: 1 + w.r.IntN(2), allow: w.r.IntN(2) == 0 && w.planted == "",
	}
	w.rules.settle = []time.Duration{0, usual, 45 * time.Minute, 3 * time.Hour}[w.seed/2%4]
	if w.tell != nil || w.planted == "settling" {
		w.rules.settle = usual
	}
	w.rules.freezeTo = w.rules.freezeFrom.Add(hours(30))
	for n := range columns {
		w.coexists[n] = w.r.IntN(4) > 0
	}
}

func named(name string) repo.Name { return repo.Name{Owner: "acme", Name: name} }

func (w *walk) found(p place, files map[string]string) *place {
	var topics []string
	if p.canary {
		topics = []string{"canary"}
	}
	id, err := w.sim.CreateRepo(githubsim.RepoSpec{Name: p.name, Files: files, Private: p.public.IsZero(), Topics: topics})
	w.check(err)
	p.id, p.names, p.stopped = id, []repo.Name{p.name}, map[int]time.Time{}
	for _, who := range [][2]string{{"ana", "admin"}, {"bo", "write"}, {"eve", "read"}} {
		w.check(w.sim.As("acme").Collaborate(p.name, who[0], who[1]))
	}
	w.places = append(w.places, &p)
	return &p
}

// consumer founds a repository that reads the dataset. Half of them require a check, some a status.
func (w *walk) consumer(p place) {
	kind := w.r.IntN(4)
	p.status, p.queue = kind == 1, w.r.IntN(5) == 0
	if kind < 3 {
		p.check = "ci/build"
	}
	for n := range columns {
		p.breaks[n] = w.r.IntN(5) == 0
	}
	files := queries()
	files[".github/skein.yml"] = p.config("")
	at := w.found(p, files)
	w.consumers = append(w.consumers, at)
	w.sim.SetCI(p.name, githubsim.Usual(w.ci(at)))
	var rules []githubsim.Rule
	if p.check != "" && !p.status {
		rules = append(rules, githubsim.RequireChecks(!p.queue && w.r.IntN(3) == 0, githubsim.RequiredCheck{Context: p.check, App: 15368}))
	}
	if p.queue {
		rules = append(rules, githubsim.RequireQueue("SQUASH"))
	}
	if len(rules) > 0 {
		w.check(w.sim.As("ana").SetRulesets(p.name, githubsim.Ruleset{Name: "main", Branches: []string{"~DEFAULT_BRANCH"}, Rules: rules}))
	}
}

// ci says what is so, and some of the time something else.
func (w *walk) ci(p *place) githubsim.CI {
	return func(_ context.Context, c githubsim.Commit) []githubsim.Report {
		r := w.lot(p, c)
		rep := githubsim.Report{
			Name: "ci/build", Conclusion: "success", Queue: time.Duration(r.IntN(90)) * time.Second,
			Duration: time.Duration(30+r.IntN(600)) * time.Second, After: time.Duration(r.IntN(5)) * time.Second,
		}
		if p.status {
			rep.Kind = githubsim.Status
		}
		if p.isRed(c) {
			rep.Conclusion = "failure"
		}
		w.disturb(r, c, &rep)
		lint := rep
		lint.Name, lint.Conclusion, lint.Duration = "ci/lint", "success", 20*time.Second
		return []githubsim.Report{rep, lint}
	}
}

// isRed is the truth about a commit: what our change breaks shows on main only, a bug of their own everywhere.
func (p *place) isRed(c githubsim.Commit) bool {
	if _, err := fs.Stat(c.Files, "bug.txt"); err == nil {
		return true
	}
	for n, breaks := range p.breaks {
		text, err := fs.ReadFile(c.Files, fmt.Sprintf("q%d.sql", n))
		if breaks && err == nil && c.Event == "push" && strings.Contains(string(text), "wombat") {
			return true
		}
	}
	return false
}

// lot is a source of chance that depends on what is judged only, not on when it is asked.
func (w *walk) lot(p *place, c githubsim.Commit) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, w.seed, p.id, c.SHA, c.Event, c.Attempt)
	return rand.New(rand.NewPCG(h.Sum64(), w.seed))
}

// disturb is what CI says for reasons that have nothing to do with the commit.
func (w *walk) disturb(r *rand.Rand, c githubsim.Commit, rep *githubsim.Report) {
	switch n := r.IntN(200); {
	case w.calm:
	case c.Time.Before(w.outage):
		rep.Conclusion = "failure"
	case n < 8:
		rep.Conclusion = "failure"
	case n < 14:
		rep.Conclusion = "cancelled"
	case n < 18:
		rep.Conclusion = "timed_out"
	case n < 20:
		rep.Conclusion = "skipped"
	case n < 21 && rep.Kind != githubsim.Status:
		rep.Conclusion = "" // it never ends
	}
}

func (w *walk) install() {
	m, err := registration.Load(registration.Merge)
	w.check(err)
	w.app, err = w.sim.CreateApp("acme", githubsim.AppSpec{
		Name: "Skein", Permissions: m.Permissions, Events: m.Events, WebhookURL: "https://skein.chaos/api/github/hook",
		Secret: hookSecret, PEM: w.key,
	})
	w.check(err)
	w.process = w.start()
	w.installation, err = w.sim.Install(githubsim.InstallSpec{App: w.app.ID, Account: "acme"})
	w.check(err)
	w.settle()
}

// hook delivers webhooks to the process that lives now.
type hook struct{ w *walk }

func (h hook) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	h.w.process.hook.ServeHTTP(rec, r)
	return rec.Result(), nil
}
