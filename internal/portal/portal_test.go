package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/internal/wave"
	"github.com/skein-bot/skein/rewrite"
)

// records is an engine that remembers pages, newest first.
type records struct {
	pages  []status.Page
	broken error
}

func (r *records) Migrations(context.Context) ([]rollout.Migration, error) {
	var out []rollout.Migration
	for _, p := range r.pages {
		out = append(out, p.Migration)
	}
	return out, r.broken
}

func (r *records) Page(_ context.Context, id rollout.MigrationID) (status.Page, error) {
	for _, p := range r.pages {
		if p.Migration.ID == id {
			return p, r.broken
		}
	}
	return status.Page{}, errors.New("not found")
}

func (r *records) Datasets(context.Context) ([]string, error) {
	return []string{"sales.orders", "sales.<b>"}, r.broken
}

// Ask knows sales.orders, whose readers are of every kind.
func (r *records) Ask(_ context.Context, name string) (engine.Readership, error) {
	dataset, field, _ := strings.Cut(strings.TrimPrefix(name, "sales."), ".")
	if dataset != "orders" {
		return engine.Readership{}, engine.ErrUnknownDataset
	}
	sight := consumer.Sight{Dataset: "sales.orders", Field: "cust_id", File: "models/<i>.sql", Line: 12, Places: 1, How: consumer.Reads, Declared: true}
	out := engine.Readership{Dataset: "sales.orders", Field: field, Fields: []string{"cust_id", "amount"}}
	add := func(name string, id int64, s consumer.Standing, at repo.SHA, behind bool, sights ...consumer.Sight) {
		out.Readers = append(out.Readers, consumer.Reader{Repo: named(name).Name, ID: repo.ID(id), Standing: s, At: at, Behind: behind, Sights: sights})
	}
	add("reports", 1, consumer.Confirmed, "2c3d4e5f", false, sight, sight, sight, sight, sight, sight, sight)
	add("late", 2, consumer.Unseen, "", false)
	add("moved", 3, consumer.Unread, "3d4e5f60", true)
	add("elsewhere", 0, consumer.Unseen, "", false)
	sight.Declared, sight.How = false, consumer.Passes
	add("stray", 4, consumer.Undeclared, "4e5f6071", false, sight)
	return out, r.broken
}

func links() status.Links { return status.Links{Web: "https://github.com"} }

func named(name string) repo.Repo {
	return repo.Repo{ID: repo.ID(len(name)), Name: repo.Name{Owner: "acme", Name: name}, Visibility: repo.Private}
}

func changeset(name, wave string, phase rollout.Phase, waits ...rollout.Wait) rollout.Changeset {
	merge := map[rollout.Phase]repo.SHA{rollout.Healthy: "5f607182", rollout.Regressed: "60718293"}[phase]
	return rollout.Changeset{
		ID: rollout.ChangesetID("m7-" + name), Migration: "m7", Repo: named(name), Wave: wave, Phase: phase, Pull: 12, Base: "2c3d4e5f", Merge: merge, Waits: waits,
		Results: []rewrite.Result{{
			Path: "models/churn.sql", Edits: []rewrite.Edit{{Line: 3}, {Line: 5}}, Verified: true,
			Refusals: []rewrite.Refusal{{Start: 20, End: 27, Line: 9, Column: 12, Code: "dynamic_sql", Message: "the column's name is built at run time", Suggestion: "write the name out"}},
		}},
	}
}

// story is a migration with something of everything.
func story() status.Input {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	policy := rollout.Policy{
		Mode: rollout.Merge, Waves: []wave.Wave{{Name: "canary"}, {Name: "rest"}},
		Windows: [][]calendar.Window{{{Cron: "0 14 * * MON-THU", For: 3 * time.Hour, Zone: stockholm}}},
	}
	window := rollout.Until("window_closed", "outside the merge windows; the next opens Mon 2 Mar 14:00 CET", now.Add(4*time.Hour))
	held := rollout.Wait{Rule: "hold", Text: "held by bo: the quarter closes; /skein resume lets it go on", On: "person"}
	regressed := changeset("growth-lab", "canary", rollout.Regressed)
	regressed.Note, regressed.RevertPull = "ci/queries regressed, but the old name is gone", 14
	untouched := changeset("forecasts", "rest", rollout.Untouched)
	untouched.Results, untouched.Pull = nil, 0
	css := []rollout.Changeset{
		changeset("exec-reports", "canary", rollout.Healthy), regressed, changeset("weekly-dashboards", "rest", rollout.Open, window),
		changeset("finance-models", "rest", rollout.Open, held, window), untouched,
	}
	in := status.Input{
		Migration: rollout.Migration{
			ID: "m7", Repo: named("sales-data"), To: "1b2c3d4e", Author: "mira-lindh", Title: "Call the customer customer_id", Created: now.Add(-time.Hour), Issue: 3,
			Changes: []schema.Change{{Dataset: "sales.orders", Kind: schema.FieldDeprecated, Rule: "field_deprecated_replaced", Path: "cust_id", To: "customer_id"}},
		},
		Changesets: css, Policies: map[rollout.ChangesetID]rollout.Policy{}, Now: now, Links: status.Links{Web: "https://github.com"},
		Journal: []rollout.Entry{{At: now.Add(-time.Hour), Actor: "skein", Event: rollout.Event{Rule: "schema_changed", Text: "mira-lindh changed sales.orders: cust_id → customer_id in 1b2c3d4: 5 consumers"}}},
	}
	for _, c := range css {
		in.Policies[c.ID] = policy
		in.Journal = append(in.Journal, rollout.Entry{At: now, Actor: "skein", Changeset: c.ID, Event: rollout.Event{Rule: "opened", Text: "pull request #12 opened"}})
	}
	in.Gates = rollout.Gates(in.Migration, css, policy, now)
	return in
}

func get(t *testing.T, h http.Handler, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, nil))
	return w
}

// A page says all that its reader came for.
func TestPages(t *testing.T) {
	t.Parallel()
	ended := story()
	ended.Migration.ID, ended.Migration.Ended = "m6", ended.Now
	h := New(&records{pages: []status.Page{status.New(story()), status.New(ended)}}, links())
	for target, wants := range map[string][]string{
		"/": {
			"Under way", "Finished", `href="/m/m7"`, "sales.orders: cust_id → customer_id", "acme/sales-data", "2 of 4 changesets merged", "2 need a person",
			"acme/finance-models", "held by bo: the quarter closes", `href="https://github.com/acme/growth-lab/pull/12"`, "halted",
		},
		"/m/m7": {
			"<h1>sales.orders: cust_id → customer_id</h1>", "sales.orders.cust_id", "the old name still works", "canary", "halted: 1 of its changesets regressed",
			"the next opens Mon 2 Mar 2026 14:00 CET (13:00 UTC)", "window_closed", "models/churn.sql:9:12", "https://github.com/acme/exec-reports/blob/2c3d4e5f/models/churn.sql#L9",
			"write the name out", "revert #14", "tracking issue #3", "pull request #12 opened", "nothing to change", `datetime="2026-03-02T09:00:00Z"`,
		},
		"/readers": {`href="/readers?of=sales.orders"`, "sales.&lt;b&gt;", `href="/readers?of=sales.%3Cb%3E"`},
		"/readers?of=sales.orders.cust_id": {
			"<h1>Who reads sales.orders.cust_id</h1>", `a field of <a href="/readers?of=sales.orders">`, `https://github.com/acme/reports/blob/2c3d4e5f/models/%3Ci%3E.sql#L12`,
			"models/&lt;i&gt;.sql:12", "reads sales.orders.cust_id", "and 2 more", "its code is being looked at", "as of 3d4e5f6; the newest code is being looked at",
			"Skein is not installed there", "passes on sales.orders.cust_id, which nobody declared for this file", `href="/readers?of=sales.orders.amount"`,
		},
	} {
		r := get(t, h, http.MethodGet, target)
		page := r.Body.String()
		if r.Code != http.StatusOK {
			t.Errorf("%s: %d", target, r.Code)
		}
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not say %q:\n%s", target, want, page)
			}
		}
	}
}

// What does not exist, and what would change something, is refused by a page.
func TestRefusals(t *testing.T) {
	t.Parallel()
	sound, broken := &records{pages: []status.Page{status.New(story())}}, &records{pages: []status.Page{status.New(story())}, broken: errors.New("disk on fire at /var/lib/secret")}
	for _, c := range []struct {
		records        *records
		method, target string
		code           int
		says           string
	}{
		{sound, "GET", "/m/m8", 404, "There is no such page"},
		{sound, "GET", "/m/m7/more", 404, "There is no such page"},
		{sound, "GET", "/m/%3Cscript%3E", 404, "There is no such page"},
		{sound, "GET", "/readers?of=sales.none", 404, "No repository that Skein knows declares such a dataset"},
		{broken, "GET", "/readers", 500, "cannot be read"},
		{broken, "GET", "/readers?of=sales.orders", 500, "cannot be read"},
		{sound, "POST", "/readers?of=sales.orders", 405, "These pages only show"},
		{sound, "GET", "/elsewhere", 404, "There is no such page"},
		{sound, "GET", "/?page=2", 404, "There is no such page"},
		{sound, "GET", "/?page=0", 404, "There is no such page"},
		{sound, "GET", "/?page=x", 404, "There is no such page"},
		{sound, "GET", "/static/", 404, ""},
		{sound, "GET", "/static/none.css", 404, ""},
		{sound, "GET", "/pages/list.html", 404, "There is no such page"},
		{sound, "POST", "/", 405, "These pages only show"},
		{sound, "DELETE", "/m/m7", 405, "These pages only show"},
		{broken, "GET", "/", 500, "cannot be read"},
		{broken, "GET", "/m/m7", 500, "cannot be read"},
	} {
		r := get(t, New(c.records, links()), c.method, c.target)
		page := r.Body.String()
		if r.Code != c.code || !strings.Contains(page, c.says) || strings.Contains(page, "secret") {
			t.Errorf("%s %s: %d\n%s", c.method, c.target, r.Code, page)
		}
	}
}

// Every answer forbids scripts, frames, forms and caches; only the style sheet may be kept.
func TestHeaders(t *testing.T) {
	t.Parallel()
	h := New(&records{pages: []status.Page{status.New(story())}}, links())
	for _, target := range []string{"/", "/m/m7", "/none", "/static/skein.css", "/static/skein.svg"} {
		r := get(t, h, http.MethodGet, target)
		csp := r.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: the policy lacks %s: %s", target, part, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: the policy allows too much: %s", target, csp)
		}
		if r.Header().Get("X-Content-Type-Options") != "nosniff" || r.Header().Get("Referrer-Policy") != "no-referrer" || r.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: headers are missing: %v", target, r.Header())
		}
		if private := !strings.HasPrefix(target, "/static/"); private != (r.Header().Get("Cache-Control") == "no-store") {
			t.Errorf("%s: Cache-Control is %q", target, r.Header().Get("Cache-Control"))
		}
	}
	if r := get(t, h, http.MethodHead, "/"); r.Code != http.StatusOK {
		t.Errorf("HEAD: %d", r.Code)
	}
}

// Long lists come in pages, long journals in two helpings.
func TestLong(t *testing.T) {
	t.Parallel()
	var rec records
	for n := range 60 {
		in := story()
		in.Migration.ID = rollout.MigrationID(fmt.Sprintf("m%d", 60-n))
		for range 300 {
			in.Journal = append(in.Journal, in.Journal[0])
		}
		rec.pages = append(rec.pages, status.New(in))
	}
	h := New(&rec, links())
	for target, want := range map[string][3]string{
		"/": {`href="/m/m60"`, `href="/?page=2"`, `href="/m/m35"`}, "/?page=3": {`href="/m/m10"`, `href="/?page=2"`, `href="/m/m11"`},
		"/m/m60": {"Show 106 earlier entries", `href="/m/m60?all#journal"`, "5 consumers</td>"}, "/m/m60?all": {"pull request #12 opened", "schema_changed", "earlier entries"},
	} {
		page := get(t, h, http.MethodGet, target).Body.String()
		if !strings.Contains(page, want[0]) || !strings.Contains(page, want[1]) || strings.Contains(page, want[2]) {
			t.Errorf("%s: want %q and %q, not %q", target, want[0], want[1], want[2])
		}
	}
}

// Nothing that people write becomes markup, and no link leads to a script.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, s := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, `</title><script>`, "{{.}}", "' style='x"} {
		in := story()
		in.Migration.Author, in.Migration.Title, in.Migration.Proposal, in.Migration.Repo.Name = s, s, s, repo.Name{Owner: s, Name: s}
		in.Migration.Changes = append(in.Migration.Changes, schema.Change{Dataset: s, Kind: schema.FieldRenamed, Rule: "field_renamed", Path: s, To: s})
		in.Migration.Pause = &rollout.Hold{By: s, Reason: s}
		in.Links.Web = "https://github.com"
		for i := range in.Changesets {
			c := &in.Changesets[i]
			c.Repo.Name, c.Wave, c.Note, c.Red, c.MergedBy = repo.Name{Owner: s, Name: s}, s, s, []string{s}, s
			c.Waits = []rollout.Wait{{Rule: s, Text: s, On: "person"}}
			c.Results = []rewrite.Result{{Path: s, Refusals: []rewrite.Refusal{{Line: 2, Code: s, Message: s, Suggestion: s}}}}
		}
		for i := range in.Journal {
			in.Journal[i].Actor, in.Journal[i].Text, in.Journal[i].Rule = s, s, s
		}
		h := New(&records{pages: []status.Page{status.New(in)}}, links())
		for _, target := range []string{"/", "/m/m7"} {
			inspect(t, target+" with "+s, get(t, h, http.MethodGet, target).Body.String())
		}
	}
}

// inspect parses a page as a browser does and looks for what only an attacker would have put there.
func inspect(t *testing.T, where, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" || n.Data == "style" || n.Data == "iframe" || n.Data == "form" {
			t.Errorf("%s: there is a <%s>", where, n.Data)
		}
		for _, a := range n.Attr {
			local := strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "https://github.com/")
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "href" || a.Key == "src") && !local {
				t.Errorf("%s: <%s %s=%q>", where, n.Data, a.Key, a.Val)
			}
		}
	}
}

// What a label or a heading points to is there, once, and every table has a name.
func TestAccessible(t *testing.T) {
	t.Parallel()
	ended := story()
	ended.Migration.ID, ended.Migration.Ended = "m6", ended.Now
	h := New(&records{pages: []status.Page{status.New(story()), status.New(ended)}}, links())
	for _, target := range []string{"/", "/m/m7", "/none"} {
		root, err := html.Parse(strings.NewReader(get(t, h, http.MethodGet, target).Body.String()))
		if err != nil {
			t.Fatal(err)
		}
		ids, h1 := map[string]int{}, 0
		for n := range root.Descendants() {
			ids[attribute(n, "id")]++
			if n.Type == html.ElementNode && n.Data == "h1" {
				h1++
			}
		}
		if h1 != 1 {
			t.Errorf("%s has %d first headings", target, h1)
		}
		for n := range root.Descendants() {
			if id := attribute(n, "id"); id != "" && ids[id] > 1 {
				t.Errorf("%s: the id %s is there %d times", target, id, ids[id])
			}
			if n.Type == html.ElementNode && n.Data == "table" && attribute(n, "aria-labelledby") == "" {
				t.Errorf("%s: a table has no name", target)
			}
			for _, key := range []string{"aria-labelledby", "for"} {
				if to := attribute(n, key); to != "" && ids[to] != 1 {
					t.Errorf("%s: %s=%s leads nowhere", target, key, to)
				}
			}
		}
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
