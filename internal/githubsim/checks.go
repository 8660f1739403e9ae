package githubsim

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// The states of a check and of a workflow run.
const (
	queued     = "queued"
	inProgress = "in_progress"
	completed  = "completed"
)

// The conclusions that the simulator itself looks at.
const (
	success        = "success"
	failure        = "failure"
	neutral        = "neutral"
	skipped        = "skipped"
	cancelled      = "cancelled"
	timedOut       = "timed_out"
	actionRequired = "action_required"
	startupFailure = "startup_failure"
)

// suite holds what one app reports about one commit. A workflow run has a suite of its own.
type suite struct {
	id               int64
	repo             *Repo
	app              *App
	head             repo.SHA
	branch           string // empty for a commit that only a fork has
	before           repo.SHA
	flow             *workflowRun // whose jobs these are, or nil
	source           trigger      // what CI is told when it runs again
	attempt          int
	shown            string // the status that was last announced
	runs             []*checkRun
	created, updated time.Time
}

// checkRun is one check of a suite.
type checkRun struct {
	id                   int64
	suite                *suite
	name                 string
	slot                 string // runs of one slot replace one another
	external, details    string
	status, conclusion   string
	title, summary, text string
	annotations          []Annotation
	attempt              int
	created              time.Time
	started, completed   time.Time
}

// Annotation is a remark of a check on lines of a file.
type Annotation struct {
	Path       string `json:"path"`
	StartLine  int    `json:"start_line"`
	EndLine    int    `json:"end_line"`
	Level      string `json:"annotation_level"` // notice, warning or failure
	Message    string `json:"message"`
	Title      string `json:"title,omitempty"`
	RawDetails string `json:"raw_details,omitempty"`
}

func (s *Sim) checkRoutes() []route {
	const base = "/repos/{owner}/{repo}"
	return []route{
		{method: "POST", pattern: base + "/check-runs", need: "checks:write", handle: s.createCheck},
		{method: "GET", pattern: base + "/check-runs/{id}", need: "checks:read", handle: s.getCheck},
		{method: "PATCH", pattern: base + "/check-runs/{id}", need: "checks:write", handle: s.updateCheck},
		{method: "GET", pattern: base + "/check-runs/{id}/annotations", need: "checks:read", handle: s.listAnnotations},
		{method: "POST", pattern: base + "/check-runs/{id}/rerequest", need: "checks:write", handle: s.rerequestRun},
		{method: "GET", pattern: base + "/check-suites/{id}", need: "checks:read", handle: s.getSuite},
		{method: "GET", pattern: base + "/check-suites/{id}/check-runs", need: "checks:read", handle: s.listSuiteRuns},
		{method: "POST", pattern: base + "/check-suites/{id}/rerequest", need: "checks:write", handle: s.rerequestSuite},
		{method: "GET", pattern: base + "/commits/{ref...}/check-runs", need: "checks:read", handle: s.listChecks},
		{method: "GET", pattern: base + "/commits/{ref...}/check-suites", need: "checks:read", handle: s.listSuites},
	}
}

// suiteOf returns the suite for an app's checks on a commit, and makes it when there is none.
func (s *Sim) suiteOf(r *Repo, app *App, source trigger) *suite {
	for _, x := range r.events.suites[source.sha] {
		if x.app == app && x.flow == nil {
			return x
		}
	}
	return s.newSuite(r, app, source)
}

func (s *Sim) newSuite(r *Repo, app *App, source trigger) *suite {
	x := &suite{
		id: s.nextID(), repo: r, app: app, head: source.sha, branch: source.branch, before: source.before,
		source: source, attempt: 1, shown: queued, created: s.now(), updated: s.now(),
	}
	if r.events.suites == nil {
		r.events.suites, r.events.runs = map[repo.SHA][]*suite{}, map[int64]*checkRun{}
	}
	r.events.suites[x.head] = append(r.events.suites[x.head], x)
	return x
}

// latest returns the newest run of each slot, in the order in which the slots first appeared.
func latest(runs []*checkRun) []*checkRun {
	type key struct {
		suite *suite
		slot  string
	}
	var out []*checkRun
	at := map[key]int{}
	for _, c := range runs {
		k := key{c.suite, c.slot}
		if n, ok := at[k]; ok {
			out[n] = c
			continue
		}
		at[k] = len(out)
		out = append(out, c)
	}
	return out
}

// runsOn lists the runs on a commit, oldest first.
func (r *Repo) runsOn(sha repo.SHA) []*checkRun {
	var out []*checkRun
	for _, x := range r.events.suites[sha] {
		out = append(out, x.runs...)
	}
	slices.SortFunc(out, func(a, b *checkRun) int { return cmp.Compare(a.id, b.id) })
	return out
}

// state is what the newest runs of a suite amount to.
func (x *suite) state() (status, conclusion string) {
	runs := latest(x.runs)
	switch {
	case x.flow != nil && x.flow.conclusion == startupFailure:
		return completed, startupFailure
	case len(runs) == 0 || !slices.ContainsFunc(runs, func(c *checkRun) bool { return c.status != queued }):
		return queued, ""
	case slices.ContainsFunc(runs, func(c *checkRun) bool { return c.status != completed }):
		return inProgress, ""
	}
	return completed, conclude(runs)
}

// conclude is the worst of the conclusions. Skipped counts only when there is nothing else.
func conclude(runs []*checkRun) string {
	for _, worst := range []string{failure, timedOut, actionRequired, cancelled, success, neutral} {
		if slices.ContainsFunc(runs, func(c *checkRun) bool { return c.conclusion == worst }) {
			return worst
		}
	}
	return skipped
}

// startCheck adds a run to its suite and tells everyone.
func (s *Sim) startCheck(c *checkRun, by actor) {
	r := c.suite.repo
	c.id, c.created = s.nextID(), s.now()
	if c.started.IsZero() {
		c.started = c.created
	}
	c.suite.runs = append(c.suite.runs, c)
	r.events.runs[c.id] = c
	s.emitCheck(c, "created", by)
	s.suiteChanged(c.suite, by)
}

// setCheck moves a run to a status and tells everyone who waits for its end.
func (s *Sim) setCheck(c *checkRun, status, conclusion string, by actor) {
	was := c.status
	c.status, c.conclusion = status, conclusion
	switch status {
	case completed:
		if c.completed.IsZero() || was != completed {
			c.completed = s.now()
		}
	default:
		c.completed = time.Time{}
	}
	if status == inProgress && was == queued {
		c.started = s.now()
	}
	if status == completed && was != completed {
		s.emitCheck(c, "completed", by)
	}
	s.suiteChanged(c.suite, by)
	s.groupChanged(c.suite.repo, c.suite.head)
}

// suiteChanged announces the end of a suite, once for each time it ends.
func (s *Sim) suiteChanged(x *suite, by actor) {
	x.updated = s.now()
	status, _ := x.state()
	if status == completed && x.shown != completed {
		x.shown = status
		s.emitSuite(nil, x, "completed", by)
	}
	x.shown = status
}

func (s *Sim) emitCheck(c *checkRun, action string, by actor) {
	if !s.isHeard("check_run", c.suite.repo) {
		return
	}
	o := s.checkJSON(c)
	o["external_id"] = c.external
	o["check_suite"] = s.innerSuiteJSON(c.suite)
	s.emit("check_run", c.suite.repo, object{"action": action, "check_run": o, "sender": s.userJSON(by.user)})
}

func (s *Sim) emitSuite(only *App, x *suite, action string, by actor) {
	if !s.isHeard("check_suite", x.repo) {
		return
	}
	o := s.suiteJSON(x)
	delete(o, "repository")
	s.emitTo(only, "check_suite", x.repo, object{"action": action, "check_suite": o, "sender": s.userJSON(by.user)})
}

// requiredCheck judges context on a commit. A check run and a status of one name must both pass; app is the
// only app whose run counts, or 0 for any.
func (s *Sim) requiredCheck(r *Repo, sha repo.SHA, context string, app int64) verdict {
	var judged []verdict
	newest := map[*App]*checkRun{}
	for _, c := range r.runsOn(sha) {
		if c.name == context && (app == 0 || c.suite.app.ID == app) {
			newest[c.suite.app] = c
		}
	}
	for _, c := range newest {
		judged = append(judged, c.verdict())
	}
	for _, st := range latestStatuses(r.statusesOn(sha)) {
		if st.context == context && (app == 0 || st.app != nil && st.app.ID == app) {
			judged = append(judged, st.verdict())
		}
	}
	if len(judged) == 0 {
		return checkMissing
	}
	for _, worst := range []verdict{checkFailed, checkPending} {
		if slices.Contains(judged, worst) {
			return worst
		}
	}
	return checkPassed
}

func (c *checkRun) verdict() verdict {
	switch {
	case c.status != completed:
		return checkPending
	case c.conclusion == success || c.conclusion == neutral || c.conclusion == skipped:
		return checkPassed
	}
	return checkFailed
}

// checkJSON builds check-run.
func (s *Sim) checkJSON(c *checkRun) object {
	r := c.suite.repo
	url := fmt.Sprintf("%s/check-runs/%d", s.repoURL(r), c.id)
	html := fmt.Sprintf("%s/runs/%d", s.repoHTML(r), c.id)
	if c.suite.flow != nil {
		html = fmt.Sprintf("%s/actions/runs/%d/job/%d", s.repoHTML(r), c.suite.flow.id, c.id)
	}
	details := c.details
	if details == "" {
		details = html
	}
	return object{
		"id": c.id, "node_id": node("CR", c.id), "name": c.name, "head_sha": c.suite.head, "external_id": orNull(c.external),
		"url": url, "html_url": html, "details_url": details, "status": c.status, "conclusion": orNull(c.conclusion),
		"started_at": stamp(c.started), "completed_at": stamp(c.completed),
		"output": object{
			"title": orNull(c.title), "summary": orNull(c.summary), "text": orNull(c.text),
			"annotations_count": len(c.annotations), "annotations_url": url + "/annotations",
		},
		"check_suite": object{"id": c.suite.id}, "app": s.appJSON(c.suite.app), "pull_requests": s.pullsAt(r, c.suite.head),
	}
}

// innerSuiteJSON is the suite inside a check_run event.
func (s *Sim) innerSuiteJSON(x *suite) object {
	o := s.suiteJSON(x)
	for _, key := range []string{"repository", "head_commit", "latest_check_runs_count", "check_runs_url"} {
		delete(o, key)
	}
	return o
}

// suiteJSON builds check-suite.
func (s *Sim) suiteJSON(x *suite) object {
	url := s.repoURL(x.repo) + "/check-suites/" + strconv.FormatInt(x.id, 10)
	status, conclusion := x.state()
	return object{
		"id": x.id, "node_id": node("CS", x.id), "head_branch": orNull(x.branch), "head_sha": x.head, "status": status,
		"conclusion": orNull(conclusion), "url": url, "before": orNull(string(x.before)), "after": x.head,
		"pull_requests": s.pullsAt(x.repo, x.head), "app": s.appJSON(x.app), "repository": s.minimalRepoJSON(x.repo),
		"created_at": stamp(x.created), "updated_at": stamp(x.updated), "head_commit": s.simpleCommitJSON(x.repo, x.head),
		"latest_check_runs_count": len(latest(x.runs)), "check_runs_url": url + "/check-runs",
	}
}

// pullsAt builds pull-request-minimal for the open pull requests whose head is a commit. Those from forks are left
// out, as GitHub does.
func (s *Sim) pullsAt(r *Repo, sha repo.SHA) []object {
	out := []object{}
	for _, p := range s.openPulls(r) {
		if p.Head.SHA == sha && p.Head.Repo == r {
			out = append(out, object{
				"id": p.ID, "number": p.Number, "url": s.pullURL(p),
				"head": s.minimalSide(p.Head), "base": s.minimalSide(p.Base),
			})
		}
	}
	return out
}

func (s *Sim) minimalSide(side Side) object {
	return object{"ref": side.Ref, "sha": side.SHA, "repo": object{
		"id": side.Repo.ID, "url": s.repoURL(side.Repo), "name": side.Repo.Name,
	}}
}
