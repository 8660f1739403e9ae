package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

// puppet plays Skein's part by the script, minute by minute, so that the story and its verification can be tried
// without Skein. It knows the golden files. Its mistakes are planted by name.
type puppet struct {
	world
	mistake string // "" plays well
	token   string
}

// newPuppet also gives the app's account a role, since the puppet acts as a person does.
func newPuppet(t *testing.T, o Options, mistake string) *puppet {
	p := &puppet{world: build(t, o), mistake: mistake}
	for _, r := range p.sim.Repos() {
		p.must(p.sim.As(ada).Collaborate(r.Name, p.Bot, "write"))
	}
	return p
}

func (p *puppet) Now() time.Time { return p.clock.Now() }

func (p *puppet) Advance(ctx context.Context, d time.Duration) error {
	for end := p.Now().Add(d); p.Now().Before(end); {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.clock.AdvanceTo(minTime(end, p.Now().Add(p.pace())))
		p.act()
	}
	return nil
}

// pace is how often the puppet looks.
func (p *puppet) pace() time.Duration {
	if p.timetable.fast {
		return time.Minute
	}
	return 5 * time.Minute
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (p *puppet) Until(ctx context.Context, what string, limit time.Duration, cond func() (bool, string)) error {
	for end := p.Now().Add(limit); ; {
		done, detail := cond()
		if done {
			return nil
		}
		if !p.Now().Before(end) {
			return fmt.Errorf("%s did not come true in %s: %s", what, limit, detail)
		}
		if err := p.Advance(ctx, p.pace()); err != nil {
			return err
		}
	}
}

func (p *puppet) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *puppet) bot() githubsim.Person { return p.sim.As(p.Bot) }

func (p *puppet) act() {
	s, ok := p.stageAt(p.Now())
	if !ok {
		return
	}
	ch := p.told(s)
	if p.issue(s).Number == 0 {
		_, err := p.bot().OpenIssue(named(ch.dataset), "Skein: "+ch.title, "acme/"+asking+" and others")
		p.must(err)
		if p.mistake == "second issue" {
			_, err := p.bot().OpenIssue(named(ch.dataset), "Skein: "+ch.title, "again")
			p.must(err)
		}
	}
	for _, c := range p.consumers {
		p.open(ch, c)
		p.obey(s, c)
		p.merge(ch, c)
		p.watch(ch, c)
	}
	p.end(ch)
}

// mayOpen keeps all back until the schema commit has settled, and the rest until the canary has soaked.
func (p *puppet) mayOpen(ch change, c consumer) bool {
	if p.mistake == "miss a consumer" && c.name == listed {
		return false
	}
	if p.Now().Before(p.proposal(ch).MergedAt.Add(p.timetable.settle())) && p.mistake != "no settling" {
		return false
	}
	if !ch.canary || c.name == canary || p.mistake == "no canary" {
		return true
	}
	first := p.pull(ch.stage, canary)
	return first.Merged && p.Now().After(first.MergedAt.Add(p.timetable.paced(6*time.Hour)+p.timetable.soak()))
}

func (p *puppet) open(ch change, c consumer) {
	files := c.golden[ch.stage]
	if p.mistake == "touch the untouched" && c.name == untouched && ch.stage == orders {
		files = tree{"models/signed_in_pages.sql": "select 1 as x\n"}
	}
	if len(files) == 0 || p.pull(ch.stage, c.name).Number != 0 || !p.mayOpen(ch, c) {
		return
	}
	if p.mistake == "wrong edit" && c.name == held {
		files = files.with(tree{"features/channel_mix.sql": c.files["features/channel_mix.sql"] + "-- edited\n"})
	}
	p.propose(c.name, fmt.Sprintf("skein/%s-%s", ch.stage, c.name), "Follow "+ch.title, files)
	n := p.pull(ch.stage, c.name).Number
	for range map[bool]int{true: 2, false: 1}[p.mistake == "comment twice"] {
		_, err := p.bot().Comment(named(c.name), n, "<!-- skein:status -->")
		p.must(err)
	}
}

func (p *puppet) propose(name, branch, title string, files tree) {
	p.Helper()
	_, err := p.bot().Push(named(name), branch, githubsim.Change{Message: title, Files: files})
	p.must(err)
	body := fmt.Sprintf("- `%s:6`: SQL in a string", refusedFile)
	if p.mistake == "hide the refusal" {
		body = ""
	}
	_, err = p.bot().OpenPull(named(name), githubsim.NewPull{Title: title, Head: branch, Base: "main", Body: body})
	p.must(err)
}

// obey answers the commands on a pull request.
func (p *puppet) obey(s stage, c consumer) {
	for _, x := range p.pull(s, c.name).Comments {
		if !strings.HasPrefix(x.Body, "/skein") || p.answer(x) != "" {
			continue
		}
		content := "+1"
		if x.User == gil && p.mistake != "obey anybody" {
			content = "confused"
		}
		p.must(p.bot().React(named(c.name), x.ID, content))
	}
}

func (p *puppet) isHeld(s stage, name string) bool {
	comments := p.pull(s, name).Comments
	return said(comments, jonas, "/skein hold").ID != 0 && said(comments, jonas, "/skein resume").ID == 0 && p.mistake != "ignore the hold"
}

func (p *puppet) isHalted(s stage) bool {
	return s == orders && len(p.reverts(ledger)) > 0 && said(p.issue(orders).Comments, ada, "/skein resume").ID == 0 &&
		p.mistake != "ignore the halt"
}

func (p *puppet) mayMerge(name string, pull githubsim.PullView) bool {
	open := p.timetable.open(p.Now()) && !p.timetable.frozen(p.Now())
	switch p.mistake {
	case "merge at night":
		open = !open
	case "merge in the freeze":
		open = p.timetable.open(p.Now())
	}
	return open && pull.State == "open" && p.isGreen(name, pull.HeadSHA)
}

func (p *puppet) merge(ch change, c consumer) {
	pull := p.pull(ch.stage, c.name)
	if pull.Number == 0 || p.isHeld(ch.stage, c.name) || p.isHalted(ch.stage) || !p.mayMerge(c.name, pull) {
		return
	}
	if p.mistake == "no canary" && ch.canary && !p.timetable.open(p.Now()) {
		return
	}
	_, err := p.bot().MergePull(named(c.name), pull.Number, githubsim.Merge{Method: "squash"})
	p.must(err)
}

// watch reruns what is red on a merge commit, then reverts or asks.
func (p *puppet) watch(ch change, c consumer) {
	pull := p.pull(ch.stage, c.name)
	if !pull.Merged {
		return
	}
	p.wronglyRevert(ch, c, pull)
	if !p.isRed(c.name, pull.MergeCommit) {
		p.finishRevert(c.name)
		return
	}
	red := len(p.runs(c.name, pull.MergeCommit, p.Now()))
	switch {
	case red <= reruns && p.mistake != "revert too soon":
		p.rerun(c.name, pull.MergeCommit)
	case ch.coexist || p.mistake == "revert into a broken query":
		p.revert(ch, c, pull)
	default:
		p.ask(ch, c)
	}
}

func (p *puppet) wronglyRevert(ch change, c consumer, pull githubsim.PullView) {
	if p.mistake == "revert what is healthy" && c.name == canary && ch.stage == orders {
		p.revert(ch, c, pull)
	}
}

func (p *puppet) revert(ch change, c consumer, pull githubsim.PullView) {
	if len(p.reverts(c.name)) == 0 {
		back := tree{}
		for file := range c.golden[ch.stage] {
			if back[file] = c.after(until(ch.stage)[:len(until(ch.stage))-1]...)[file]; p.mistake == "revert not quite" {
				back[file] += "\n"
			}
		}
		p.propose(c.name, fmt.Sprintf("skein/revert-%d", pull.Number), "Revert", back)
	}
	p.finishRevert(c.name)
}

func (p *puppet) finishRevert(name string) {
	for _, r := range p.reverts(name) {
		if p.mistake == "merge unseen" { // GitHub itself would refuse that
			p.must(p.sim.As(ada).SetRulesets(named(name)))
		}
		if r.State == "open" && (p.isGreen(name, r.HeadSHA) || p.mistake == "merge unseen") {
			_, err := p.bot().MergePull(named(name), r.Number, githubsim.Merge{Method: "squash"})
			p.must(err)
		}
	}
}

func (p *puppet) ask(ch change, c consumer) {
	for _, x := range p.pull(ch.stage, c.name).Comments {
		if x.User == p.Bot && !strings.Contains(x.Body, "decide") {
			p.must(p.bot().EditComment(named(c.name), x.ID, x.Body+"\na person must decide"))
		}
	}
}

// rerun asks GitHub Actions to run the build again.
func (p *puppet) rerun(name string, at repo.SHA) {
	p.Helper()
	var list struct {
		Runs []struct {
			ID     int64  `json:"id"`
			Status string `json:"status"`
		} `json:"workflow_runs"`
	}
	p.must(json.Unmarshal(p.call("GET", fmt.Sprintf("/repos/acme/%s/actions/runs?head_sha=%s", name, at)), &list))
	for _, r := range list.Runs {
		if r.Status == "completed" {
			p.call("POST", fmt.Sprintf("/repos/acme/%s/actions/runs/%d/rerun", name, r.ID))
		}
	}
}

func (p *puppet) call(method, path string) []byte {
	p.Helper()
	if p.token == "" {
		var err error
		p.token, err = p.sim.UserToken(jonas)
		p.must(err)
	}
	req := httptest.NewRequestWithContext(p.Context(), method, path, nil)
	req.Header.Set("Authorization", "Bearer "+p.token)
	w := httptest.NewRecorder()
	p.sim.ServeHTTP(w, req)
	if w.Code >= http.StatusMultipleChoices {
		p.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// end closes the issue once everything has been merged and watched.
func (p *puppet) end(ch change) {
	for _, c := range p.consumersIn(ch.stage) {
		pull := p.pull(ch.stage, c.name)
		if !pull.Merged || p.Now().Before(pull.MergedAt.Add(p.timetable.paced(6*time.Hour))) {
			return
		}
		if !ch.coexist && c.name == asking && said(pull.Comments, ada, "/skein skip").ID == 0 {
			return
		}
	}
	if i := p.issue(ch.stage); i.State == "open" && p.mistake != "never end" {
		p.must(p.bot().CloseIssue(named(ch.dataset), i.Number))
	}
}

func mistakes() map[string]string {
	return map[string]string{
		"merge at night":             "merges keep to the windows",
		"merge in the freeze":        "inside a freeze",
		"merge unseen":               "only green heads are merged",
		"no canary":                  "before the canary",
		"no settling":                "before the schema commit had settled",
		"miss a consumer":            "not yet acme/" + listed,
		"comment twice":              "one comment on each pull request",
		"second issue":               "tracking issues",
		"touch the untouched":        "which it does not read",
		"wrong edit":                 "is not the golden copy",
		"hide the refusal":           "does not name " + refusedFile,
		"obey anybody":               "outsiders command nothing",
		"ignore the hold":            "is merged already",
		"ignore the halt":            "a halted wave stands still",
		"revert what is healthy":     "reverts what was healthy",
		"revert too soon":            "red runs of",
		"revert not quite":           "is not the golden copy",
		"revert into a broken query": "would bring a broken query back",
		"never end":                  "is open",
	}
}
