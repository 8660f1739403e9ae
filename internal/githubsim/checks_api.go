package githubsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// maxAnnotations is how many annotations one request may carry.
const maxAnnotations = 50

// checkInput is the body of creating and of updating a check run.
type checkInput struct {
	Name        *string    `json:"name"`
	HeadSHA     *string    `json:"head_sha"`
	DetailsURL  *string    `json:"details_url"`
	ExternalID  *string    `json:"external_id"`
	Status      *string    `json:"status"`
	Conclusion  *string    `json:"conclusion"`
	StartedAt   *time.Time `json:"started_at"`
	CompletedAt *time.Time `json:"completed_at"`
	Output      *struct {
		Title       *string      `json:"title"`
		Summary     *string      `json:"summary"`
		Text        *string      `json:"text"`
		Annotations []Annotation `json:"annotations"`
	} `json:"output"`
	Actions []object `json:"actions"`
}

// fault finds what GitHub would refuse; nil is nothing.
func (in *checkInput) fault() *fieldError {
	wrong := func(field, message string) *fieldError {
		return &fieldError{Resource: "CheckRun", Field: field, Code: "invalid", Message: message}
	}
	conclusions := []string{success, failure, neutral, cancelled, skipped, timedOut, actionRequired, "stale"}
	switch {
	case in.Name != nil && *in.Name == "":
		return wrong("name", "name is too short (minimum is 1 character)")
	case in.Status != nil && !slices.Contains([]string{queued, inProgress, completed}, *in.Status):
		return wrong("status", "status is not included in the list")
	case in.Conclusion != nil && !slices.Contains(conclusions, *in.Conclusion):
		return wrong("conclusion", "conclusion is not included in the list")
	case in.Status != nil && *in.Status == completed && in.Conclusion == nil:
		return wrong("conclusion", "conclusion is missing for a completed check run")
	case len(in.Actions) > 3:
		return wrong("actions", "Only three actions are allowed")
	case in.Output == nil:
		return nil
	case in.Output.Summary == nil || in.Output.Title == nil && in.HeadSHA != nil:
		return wrong("output", "output needs a title and a summary")
	case len(*in.Output.Summary) > 65535 || in.Output.Text != nil && len(*in.Output.Text) > 65535:
		return wrong("output", "Only 65535 characters are allowed")
	case len(in.Output.Annotations) > maxAnnotations:
		return wrong("annotations", "Only 50 annotations are allowed in a single request")
	}
	for _, a := range in.Output.Annotations {
		if a.Path == "" || a.Message == "" || a.StartLine < 1 || a.EndLine < a.StartLine ||
			!slices.Contains([]string{"notice", "warning", "failure"}, a.Level) {
			return wrong("annotations", "an annotation needs path, start_line, end_line, annotation_level and message")
		}
	}
	return nil
}

// apply writes the given fields into a run, all but its status.
func (in *checkInput) apply(c *checkRun) {
	for _, f := range []struct{ from, to *string }{
		{in.Name, &c.name}, {in.DetailsURL, &c.details}, {in.ExternalID, &c.external},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	c.slot = c.name
	if in.StartedAt != nil {
		c.started = in.StartedAt.UTC()
	}
	if in.Output == nil {
		return
	}
	if in.Output.Title != nil {
		c.title = *in.Output.Title
	}
	if in.Output.Text != nil {
		c.text = *in.Output.Text
	}
	c.summary = *in.Output.Summary
	c.annotations = append(c.annotations, in.Output.Annotations...)
}

// next is the status that the input asks for; a conclusion alone completes.
func (in *checkInput) next(c *checkRun) (status, conclusion string) {
	switch {
	case in.Conclusion != nil:
		return completed, *in.Conclusion
	case in.Status != nil:
		return *in.Status, ""
	}
	return c.status, c.conclusion
}

func (s *Sim) createCheck(q *request) (int, any) {
	if q.by.app == nil {
		return fail(http.StatusForbidden, "You must authenticate via a GitHub App.")
	}
	var in checkInput
	if q.decode(&in) != nil {
		return badJSON()
	}
	if in.Name == nil || in.HeadSHA == nil {
		return unprocessable("Invalid request.\n\n\"name\", \"head_sha\" weren't supplied.")
	}
	if fault := in.fault(); fault != nil {
		return invalid(*fault)
	}
	sha := repo.SHA(*in.HeadSHA)
	if _, err := q.repo.git.Commit(q.Context(), sha); err != nil {
		return unprocessable(fmt.Sprintf("No commit found for SHA: %s", sha))
	}
	c := &checkRun{suite: s.suiteOf(q.repo, q.by.app, s.pushTrigger(q.repo, sha)), status: queued, attempt: 1}
	in.apply(c)
	c.status, c.conclusion = in.next(c)
	if c.status == completed {
		c.completed = s.now()
	}
	if in.CompletedAt != nil {
		c.completed = in.CompletedAt.UTC()
	}
	s.record(q.by, "check.create", q.repo, c.name, "", string(sha))
	s.startCheck(c, q.by)
	if c.status == completed {
		s.emitCheck(c, "completed", q.by)
	}
	return http.StatusCreated, s.checkJSON(c)
}

func (s *Sim) updateCheck(q *request) (int, any) {
	c := q.checkRun()
	switch {
	case c == nil:
		return notFound()
	case q.by.app != c.suite.app:
		id := int64(0)
		if q.by.app != nil {
			id = q.by.app.ID
		}
		return fail(http.StatusForbidden,
			fmt.Sprintf("Invalid app_id `%d` - check run can only be modified by the GitHub App that created it.", id))
	}
	var in checkInput
	if q.decode(&in) != nil {
		return badJSON()
	}
	if fault := in.fault(); fault != nil {
		return invalid(*fault)
	}
	in.apply(c)
	status, conclusion := in.next(c)
	s.record(q.by, "check.update", q.repo, c.name, c.conclusion, conclusion)
	s.setCheck(c, status, conclusion, q.by)
	if in.CompletedAt != nil {
		c.completed = in.CompletedAt.UTC()
	}
	return http.StatusOK, s.checkJSON(c)
}

// checkRun finds the run that the path names.
func (q *request) checkRun() *checkRun {
	return q.repo.events.runs[int64(q.number("id"))]
}

func (q *request) suite() *suite {
	id := int64(q.number("id"))
	for _, some := range q.repo.events.suites {
		for _, x := range some {
			if x.id == id {
				return x
			}
		}
	}
	return nil
}

func (s *Sim) getCheck(q *request) (int, any) {
	if c := q.checkRun(); c != nil {
		return http.StatusOK, s.checkJSON(c)
	}
	return notFound()
}

func (s *Sim) getSuite(q *request) (int, any) {
	if x := q.suite(); x != nil {
		return http.StatusOK, s.suiteJSON(x)
	}
	return notFound()
}

func (s *Sim) listAnnotations(q *request) (int, any) {
	c := q.checkRun()
	if c == nil {
		return notFound()
	}
	return http.StatusOK, list(page(q, c.annotations), func(a Annotation) object {
		return object{
			"path": a.Path, "blob_href": fmt.Sprintf("%s/blob/%s/%s", s.repoHTML(q.repo), c.suite.head, a.Path),
			"start_line": a.StartLine, "end_line": a.EndLine, "start_column": nil, "end_column": nil,
			"annotation_level": a.Level, "title": orNull(a.Title), "message": a.Message, "raw_details": orNull(a.RawDetails),
		}
	})
}

// listChecks lists the runs on a commit, newest first.
func (s *Sim) listChecks(q *request) (int, any) {
	sha, err := q.repo.revision(q.Context(), q.PathValue("ref"))
	if err != nil {
		return unprocessable("No commit found for SHA: " + q.PathValue("ref"))
	}
	return s.checkList(q, q.repo.runsOn(sha))
}

func (s *Sim) listSuiteRuns(q *request) (int, any) {
	x := q.suite()
	if x == nil {
		return notFound()
	}
	return s.checkList(q, x.runs)
}

// checkList answers with the runs that the query asks for; without a filter the latest of each slot.
func (s *Sim) checkList(q *request, runs []*checkRun) (int, any) {
	switch q.query("filter", "latest") {
	case "latest":
		runs = latest(runs)
	case "all":
	default:
		return invalid(fieldError{Resource: "CheckRun", Field: "filter", Code: "invalid"})
	}
	name, status, app := q.query("check_name", ""), q.query("status", ""), q.query("app_id", "")
	runs = slices.DeleteFunc(slices.Clone(runs), func(c *checkRun) bool {
		return name != "" && c.name != name || status != "" && c.status != status ||
			app != "" && strconv.FormatInt(c.suite.app.ID, 10) != app
	})
	slices.Reverse(runs)
	return http.StatusOK, object{"total_count": len(runs), "check_runs": list(page(q, runs), s.checkJSON)}
}

// maxSuites is how many of the newest suites of a commit GitHub shows.
const maxSuites = 1000

func (s *Sim) listSuites(q *request) (int, any) {
	sha, err := q.repo.revision(q.Context(), q.PathValue("ref"))
	if err != nil {
		return unprocessable("No commit found for SHA: " + q.PathValue("ref"))
	}
	app, name := q.query("app_id", ""), q.query("check_name", "")
	var found []*suite
	for _, x := range q.repo.events.suites[sha] {
		if app != "" && strconv.FormatInt(x.app.ID, 10) != app {
			continue
		}
		named := func(c *checkRun) bool { return c.name == name }
		if name == "" || slices.ContainsFunc(x.runs, named) {
			found = append(found, x)
		}
	}
	found = found[max(0, len(found)-maxSuites):]
	return http.StatusOK, object{"total_count": len(found), "check_suites": list(page(q, found), s.suiteJSON)}
}

// rerequestRun asks a check's app to run it again. Jobs are run again as jobs, not as checks.
func (s *Sim) rerequestRun(q *request) (int, any) {
	c := q.checkRun()
	switch {
	case c == nil:
		return notFound()
	case c.suite.flow != nil || c.status != completed:
		return unprocessable("This check run is not rerequestable")
	}
	s.record(q.by, "check.rerequest", q.repo, c.name, "", string(c.suite.head))
	o := s.checkJSON(c)
	o["external_id"], o["check_suite"] = c.external, s.innerSuiteJSON(c.suite)
	s.emitTo(c.suite.app, "check_run", q.repo, object{"action": "rerequested", "check_run": o, "sender": s.userJSON(q.by.user)})
	s.ciAgain(c.suite, func(r Report) bool { return r.Name == c.name })
	return http.StatusCreated, object{}
}

// rerequestSuite asks a suite's app to run all of it again.
func (s *Sim) rerequestSuite(q *request) (int, any) {
	x := q.suite()
	if x == nil {
		return notFound()
	}
	s.record(q.by, "suite.rerequest", q.repo, strconv.FormatInt(x.id, 10), "", string(x.head))
	if x.flow != nil {
		if x.flow.status != completed {
			return unprocessable("This check suite is not rerequestable")
		}
		s.rerun(x.flow, q.by, nil)
		return http.StatusCreated, object{}
	}
	s.emitSuite(x.app, x, "rerequested", q.by)
	s.ciAgain(x, func(Report) bool { return true })
	return http.StatusCreated, object{}
}
