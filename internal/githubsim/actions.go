package githubsim

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// workflowRun is one run of a workflow of GitHub Actions. A rerun is a further attempt of the same run.
type workflowRun struct {
	id                 int64
	number             int // of the workflow's runs
	repo               *Repo
	name               string
	source             trigger
	suite              *suite
	status, conclusion string
	attempt            int
	open               int         // jobs of this attempt that have not ended
	jobs               []*checkRun // of all attempts
	kept               []*checkRun // jobs of former attempts that count for this one
	actor, again       *Account    // who set it off, and this attempt
	created            time.Time
	started, updated   time.Time
}

// rerunLife is how long after its creation a run can be run again.
const rerunLife = 30 * 24 * time.Hour

func (s *Sim) actionRoutes() []route {
	const base = "/repos/{owner}/{repo}/actions/runs"
	return []route{
		{method: "GET", pattern: base, need: "actions:read", handle: s.listFlows},
		{method: "GET", pattern: base + "/{id}", need: "actions:read", handle: s.getFlow},
		{method: "POST", pattern: base + "/{id}/rerun", need: "actions:write", handle: s.rerunAll},
		{method: "POST", pattern: base + "/{id}/rerun-failed-jobs", need: "actions:write", handle: s.rerunFailed},
		{method: "GET", pattern: base + "/{id}/jobs", need: "actions:read", handle: s.listJobs},
		{method: "GET", pattern: base + "/{id}/attempts/{attempt}/jobs", need: "actions:read", handle: s.listAttemptJobs},
	}
}

// startFlow starts a workflow's run with the jobs among the reports.
func (s *Sim) startFlow(r *Repo, t trigger, name string, reports []Report, by actor) {
	f := &workflowRun{
		id: s.nextID(), repo: r, name: name, source: t, attempt: 1, actor: by.user, again: by.user, created: s.now(),
	}
	if r.events.numbers == nil {
		r.events.numbers = map[string]int{}
	}
	r.events.numbers[name]++
	f.number = r.events.numbers[name]
	f.suite = s.newSuite(r, s.actionsApp(), t)
	f.suite.flow = f
	r.events.flows = append(r.events.flows, f)
	s.startAttempt(f, reports, by, nil)
}

// startAttempt announces an attempt and lets its jobs go. Only the jobs of the names run; nil means all.
func (s *Sim) startAttempt(f *workflowRun, reports []Report, by actor, only []string) {
	f.status, f.conclusion, f.started, f.updated = queued, "", s.now(), s.now()
	var mine []Report
	for _, rep := range reports {
		if rep.Kind == Job && rep.workflow() == f.name && (only == nil || slices.Contains(only, rep.Name)) {
			mine = append(mine, rep)
		}
	}
	f.open = len(mine)
	s.emitFlow(f, "requested", by)
	if slices.ContainsFunc(mine, func(rep Report) bool { return rep.Conclusion == startupFailure }) {
		f.open = 0
		s.endFlow(f, startupFailure, by)
		return
	}
	slots := map[string]int{}
	for _, rep := range mine {
		slots[rep.Name]++
		s.startJob(f, rep, fmt.Sprintf("%s#%d", rep.Name, slots[rep.Name]), by)
	}
	if len(mine) == 0 {
		s.endFlow(f, conclude(f.current()), by)
	}
}

func (s *Sim) startJob(f *workflowRun, rep Report, slot string, by actor) {
	attempt := f.attempt
	s.later(rep.After, func() {
		c := rep.run(f.suite, slot, attempt)
		f.jobs = append(f.jobs, c)
		s.startCheck(c, by)
		s.play(c, rep, by, func() {
			if f.open--; f.open == 0 {
				s.endFlow(f, conclude(f.current()), by)
			}
		})
	})
}

// flowStarted announces that the first job of a run began. A nil run is none.
func (s *Sim) flowStarted(f *workflowRun, by actor) {
	if f != nil && f.status == queued {
		f.status, f.updated = inProgress, s.now()
		s.emitFlow(f, "in_progress", by)
	}
}

func (s *Sim) endFlow(f *workflowRun, conclusion string, by actor) {
	f.status, f.conclusion, f.updated = completed, conclusion, s.now()
	s.suiteChanged(f.suite, by)
	s.emitFlow(f, "completed", by)
}

// current lists the jobs that count for the present attempt.
func (f *workflowRun) current() []*checkRun {
	return slices.Concat(f.kept, f.of(f.attempt))
}

// of lists the jobs that ran in an attempt.
func (f *workflowRun) of(attempt int) []*checkRun {
	var out []*checkRun
	for _, c := range f.jobs {
		if c.attempt == attempt {
			out = append(out, c)
		}
	}
	return out
}

// rerun starts the next attempt: of all jobs, or of those named.
func (s *Sim) rerun(f *workflowRun, by actor, only []string) {
	f.kept = slices.DeleteFunc(f.current(), func(c *checkRun) bool { return only == nil || slices.Contains(only, c.name) })
	f.attempt++
	f.again = by.user
	f.status, f.conclusion = queued, ""
	f.suite.shown = queued
	attempt := f.attempt
	s.record(by, "run.rerun", f.repo, strconv.FormatInt(f.id, 10), "", string(f.source.sha))
	s.callCI(f.repo, f.source, attempt, func(reports []Report) { s.startAttempt(f, reports, by, only) })
}

func (q *request) flow() *workflowRun {
	id := int64(q.number("id"))
	for _, f := range q.repo.events.flows {
		if f.id == id {
			return f
		}
	}
	return nil
}

func (s *Sim) rerunAll(q *request) (int, any) { return s.rerunJobs(q, false) }

func (s *Sim) rerunFailed(q *request) (int, any) { return s.rerunJobs(q, true) }

func (s *Sim) rerunJobs(q *request, failedOnly bool) (int, any) {
	f := q.flow()
	switch {
	case f == nil:
		return notFound()
	case f.status != completed:
		return fail(http.StatusForbidden, "This workflow is already running")
	case s.now().Sub(f.created) > rerunLife:
		return fail(http.StatusForbidden, "Unable to retry this workflow run because it was created over a month ago")
	}
	var only []string
	if failedOnly {
		for _, c := range f.current() {
			if c.verdict() == checkFailed {
				only = append(only, c.name)
			}
		}
		if only == nil {
			return fail(http.StatusForbidden, "The workflow run has no failed jobs.")
		}
	}
	s.rerun(f, q.by, only)
	return http.StatusCreated, object{}
}

// listFlows lists the runs that the query asks for, newest first.
func (s *Sim) listFlows(q *request) (int, any) {
	wanted := func(key, value string) bool { return q.query(key, value) == value }
	var found []*workflowRun
	for _, f := range slices.Backward(q.repo.events.flows) {
		status := q.query("status", f.status)
		if wanted("head_sha", string(f.source.sha)) && wanted("branch", f.source.branch) && wanted("event", f.source.event) &&
			wanted("actor", login(f.actor)) && wanted("check_suite_id", strconv.FormatInt(f.suite.id, 10)) &&
			(status == f.status || status == f.conclusion) {
			found = append(found, f)
		}
	}
	return http.StatusOK, object{"total_count": len(found), "workflow_runs": list(page(q, found), s.flowJSON)}
}

func login(a *Account) string {
	if a == nil {
		return "ghost"
	}
	return a.Login
}

func (s *Sim) getFlow(q *request) (int, any) {
	if f := q.flow(); f != nil {
		return http.StatusOK, s.flowJSON(f)
	}
	return notFound()
}

// listJobs lists the jobs of the latest attempt, or of all.
func (s *Sim) listJobs(q *request) (int, any) {
	f := q.flow()
	if f == nil {
		return notFound()
	}
	switch q.query("filter", "latest") {
	case "latest":
		return s.jobList(q, f.current())
	case "all":
		return s.jobList(q, f.jobs)
	}
	return invalid(fieldError{Resource: "WorkflowJob", Field: "filter", Code: "invalid"})
}

func (s *Sim) listAttemptJobs(q *request) (int, any) {
	f := q.flow()
	if f == nil || q.number("attempt") < 1 || q.number("attempt") > f.attempt {
		return notFound()
	}
	return s.jobList(q, f.of(q.number("attempt")))
}

func (s *Sim) jobList(q *request, jobs []*checkRun) (int, any) {
	return http.StatusOK, object{"total_count": len(jobs), "jobs": list(page(q, jobs), s.jobJSON)}
}

// jobJSON builds job.
func (s *Sim) jobJSON(c *checkRun) object {
	f, u := c.suite.flow, s.repoURL(c.suite.repo)
	return object{
		"id": c.id, "node_id": node("CR", c.id), "run_id": f.id, "run_attempt": c.attempt,
		"run_url": fmt.Sprintf("%s/actions/runs/%d", u, f.id), "url": fmt.Sprintf("%s/actions/jobs/%d", u, c.id),
		"html_url": s.checkJSON(c)["html_url"], "check_run_url": fmt.Sprintf("%s/check-runs/%d", u, c.id),
		"head_sha": c.suite.head, "head_branch": orNull(f.source.branch), "name": c.name, "workflow_name": f.name,
		"status": c.status, "conclusion": orNull(c.conclusion), "created_at": stamp(c.created), "started_at": stamp(c.started),
		"completed_at": stamp(c.completed), "steps": []object{}, "labels": []string{"ubuntu-latest"}, "runner_id": 1,
		"runner_name": "GitHub Actions 1", "runner_group_id": 0, "runner_group_name": "GitHub Actions",
	}
}

// workflowID numbers workflows by repository and name.
func (f *workflowRun) workflowID() int64 {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%d/%s", f.repo.ID, f.name) // a hash takes everything
	return int64(h.Sum32()>>1) + 1
}

func (f *workflowRun) path() string {
	return ".github/workflows/" + strings.ToLower(strings.ReplaceAll(f.name, " ", "-")) + ".yml"
}

func (s *Sim) emitFlow(f *workflowRun, action string, by actor) {
	if !s.isHeard("workflow_run", f.repo) {
		return
	}
	u := fmt.Sprintf("%s/actions/workflows/%d", s.repoURL(f.repo), f.workflowID())
	s.emit("workflow_run", f.repo, object{
		"action": action, "workflow_run": s.flowJSON(f), "sender": s.userJSON(by.user),
		"workflow": object{
			"id": f.workflowID(), "node_id": node("W", f.workflowID()), "name": f.name, "path": f.path(), "state": "active",
			"created_at": stamp(f.repo.CreatedAt), "updated_at": stamp(f.repo.CreatedAt), "url": u,
			"html_url":  s.repoHTML(f.repo) + "/blob/" + f.repo.DefaultBranch + "/" + f.path(),
			"badge_url": s.repoHTML(f.repo) + "/workflows/" + strings.ReplaceAll(f.name, " ", "%20") + "/badge.svg",
		},
	})
}

// flowJSON builds workflow-run.
func (s *Sim) flowJSON(f *workflowRun) object {
	u := fmt.Sprintf("%s/actions/runs/%d", s.repoURL(f.repo), f.id)
	var previous any
	if f.attempt > 1 {
		previous = fmt.Sprintf("%s/attempts/%d", u, f.attempt-1)
	}
	commit := s.simpleCommitJSON(f.repo, f.source.sha)
	title, _, _ := strings.Cut(fmt.Sprint(commit["message"]), "\n")
	return object{
		"id": f.id, "name": f.name, "node_id": node("WFR", f.id), "check_suite_id": f.suite.id,
		"check_suite_node_id": node("CS", f.suite.id), "head_branch": orNull(f.source.branch), "head_sha": f.source.sha,
		"path": f.path(), "run_number": f.number, "run_attempt": f.attempt, "event": f.source.event, "status": f.status,
		"conclusion": orNull(f.conclusion), "workflow_id": f.workflowID(), "url": u, "display_title": title,
		"html_url":      fmt.Sprintf("%s/actions/runs/%d", s.repoHTML(f.repo), f.id),
		"pull_requests": s.pullsAt(f.repo, f.source.sha), "created_at": stamp(f.created), "updated_at": stamp(f.updated),
		"run_started_at": stamp(f.started), "actor": s.userJSON(f.actor), "triggering_actor": s.userJSON(f.again),
		"jobs_url": u + "/jobs", "logs_url": u + "/logs", "artifacts_url": u + "/artifacts", "cancel_url": u + "/cancel",
		"rerun_url": u + "/rerun", "previous_attempt_url": previous,
		"check_suite_url": fmt.Sprintf("%s/check-suites/%d", s.repoURL(f.repo), f.suite.id),
		"workflow_url":    fmt.Sprintf("%s/actions/workflows/%d", s.repoURL(f.repo), f.workflowID()),
		"head_commit":     commit, "repository": s.minimalRepoJSON(f.repo), "head_repository": s.minimalRepoJSON(f.repo),
		"referenced_workflows": []object{},
	}
}
