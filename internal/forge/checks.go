package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// Checks lists every attempt of every check on a commit: check runs and statuses. A name's attempts are
// counted within its check suite, as two workflows may share a name.
func (f *Forge) Checks(ctx context.Context, r repo.Repo, sha repo.SHA) ([]green.Check, error) {
	runs, err := f.checkRuns(ctx, r, sha, "filter=all")
	if err != nil {
		return nil, err
	}
	workflows, err := f.workflowRuns(ctx, r, sha)
	if err != nil {
		return nil, err
	}
	statuses, err := every[*github.RepoStatus](ctx, f, r, "statuses:read", "/commits/{sha}/statuses", "", sha)
	if err != nil {
		return nil, err
	}
	return append(runAttempts(runs, workflows), statusAttempts(statuses)...), nil
}

// TestStatuses lists the statuses on a test merge commit, which must pass beside those on the head.
func (f *Forge) TestStatuses(ctx context.Context, r repo.Repo, sha repo.SHA) ([]green.Check, error) {
	log, err := every[*github.RepoStatus](ctx, f, r, "statuses:read", "/commits/{sha}/statuses", "", sha)
	out := statusAttempts(log)
	for i := range out {
		out[i].Test, out[i].SHA = true, sha
	}
	return out, err
}

func (f *Forge) checkRuns(ctx context.Context, r repo.Repo, sha repo.SHA, query string) (all []*github.CheckRun, err error) {
	c := on(r, "checks:read", http.MethodGet, repoRoute+"/commits/{sha}/check-runs")
	c.query = query
	err = pages(ctx, f, *c, withRepo(r, []any{sha}), func(page github.ListCheckRunsResults) bool {
		all = append(all, page.CheckRuns...)
		return true
	})
	return all, err
}

// workflowRuns maps check suites to the workflow runs that they belong to. Without the permission to see
// Actions there are none, and nothing can be rerun.
func (f *Forge) workflowRuns(ctx context.Context, r repo.Repo, sha repo.SHA) (map[int64]int64, error) {
	runs := map[int64]int64{}
	c := on(r, "actions:read", http.MethodGet, repoRoute+"/actions/runs")
	c.query = "head_sha=" + string(sha)
	err := pages(ctx, f, *c, withRepo(r, nil), func(page github.WorkflowRuns) bool {
		for _, run := range page.WorkflowRuns {
			runs[run.GetCheckSuiteID()] = run.GetID()
		}
		return true
	})
	if forbidden := (*Forbidden)(nil); errors.As(err, &forbidden) || errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return runs, err
}

// runAttempts orders the runs of one name in one suite by time and counts them.
func runAttempts(runs []*github.CheckRun, workflows map[int64]int64) (out []green.Check) {
	slices.SortFunc(runs, func(a, b *github.CheckRun) int {
		return cmp.Or(a.GetStartedAt().Compare(b.GetStartedAt().Time), cmp.Compare(a.GetID(), b.GetID()))
	})
	type series struct {
		name       string
		app, suite int64
	}
	attempts := map[series]int{}
	for _, run := range runs {
		s := series{run.GetName(), run.GetApp().GetID(), run.GetCheckSuite().GetID()}
		attempts[s]++
		out = append(out, green.Check{
			Name: s.name, App: s.app, Result: resultOf(run.GetStatus(), run.GetConclusion()), Attempt: attempts[s],
			ID: run.GetID(), Run: workflows[s.suite], At: ended(run), URL: run.GetHTMLURL(),
		})
	}
	return out
}

func ended(run *github.CheckRun) time.Time {
	if run.CompletedAt != nil {
		return run.CompletedAt.UTC()
	}
	return run.GetStartedAt().UTC()
}

// resultOf reduces a check run's status and conclusion. What is not known here is unknown, and unknown means no.
func resultOf(status, conclusion string) green.Result {
	if status != "completed" {
		return green.Pending
	}
	switch conclusion {
	case "success":
		return green.Success
	case "neutral", "skipped":
		return green.Neutral
	case "failure":
		return green.Failure
	case "timed_out", "startup_failure":
		return green.Timeout
	case "cancelled", "stale", "action_required":
		return green.Cancelled
	}
	return green.Unknown
}

// statusAttempts turns the log of statuses, newest first, into attempts: each result is one, and a pending
// status counts only while it is the newest of its context.
func statusAttempts(log []*github.RepoStatus) (out []green.Check) {
	attempts, newest := map[string]int{}, map[string]int64{}
	for _, s := range log {
		if _, seen := newest[s.GetContext()]; !seen {
			newest[s.GetContext()] = s.GetID()
		}
	}
	for _, s := range slices.Backward(log) {
		result := statusResult(s.GetState())
		if result == green.Pending && newest[s.GetContext()] != s.GetID() {
			continue
		}
		attempts[s.GetContext()]++
		out = append(out, green.Check{
			Name: s.GetContext(), Status: true, Result: result, Attempt: attempts[s.GetContext()],
			ID: s.GetID(), At: s.GetUpdatedAt().UTC(), URL: s.GetTargetURL(),
		})
	}
	return out
}

func statusResult(state string) green.Result {
	switch state {
	case "success":
		return green.Success
	case "pending":
		return green.Pending
	case "failure", "error":
		return green.Failure
	}
	return green.Unknown
}

// Rerun asks for another attempt of workflow runs and of check runs that have none. What is running already is
// left alone. Every one is tried; the errors come joined.
func (f *Forge) Rerun(ctx context.Context, r repo.Repo, runs, checks []int64) error {
	var errs []error
	for _, id := range runs {
		errs = append(errs, f.rerunWorkflow(ctx, r, id))
	}
	for _, id := range checks {
		errs = append(errs, f.rerunCheck(ctx, r, id))
	}
	return errors.Join(errs...)
}

func (f *Forge) rerunWorkflow(ctx context.Context, r repo.Repo, id int64) error {
	var got github.WorkflowRun
	if err := f.get(ctx, r, "actions:read", "/actions/runs/{run}", &got, id); err != nil {
		return err
	}
	if got.GetStatus() != "completed" {
		return nil
	}
	return f.send(ctx, r, "actions:write", http.MethodPost, "/actions/runs/{run}/rerun", nil, nil, id)
}

func (f *Forge) rerunCheck(ctx context.Context, r repo.Repo, id int64) error {
	var got github.CheckRun
	if err := f.get(ctx, r, "checks:read", "/check-runs/{check}", &got, id); err != nil {
		return err
	}
	if got.GetStatus() != "completed" {
		return nil
	}
	return f.send(ctx, r, "checks:write", http.MethodPost, "/check-runs/{check}/rerequest", nil, nil, id)
}

// CheckSpec is Skein's own check run on a commit, found by name and external id.
type CheckSpec struct {
	SHA         repo.SHA
	Name        string
	ExternalID  string
	Status      string // queued, in_progress, completed
	Conclusion  string // when completed: success, failure, neutral, action_required, …
	DetailsURL  string
	Title       string
	Summary     string
	Text        string
	Annotations []Annotation
}

// Annotation is a remark on lines of a file.
type Annotation struct {
	Path    string
	Line    int
	EndLine int    // 0: Line
	Level   string // notice, warning, failure
	Title   string
	Message string
}

// maxAnnotations is what GitHub takes per request.
const maxAnnotations = 50

// UpsertCheckRun keeps one check run of ours per commit, name and external id. An equal one is left alone.
// Annotations only grow on GitHub, so they are sent when the run is made or its summary changes.
func (f *Forge) UpsertCheckRun(ctx context.Context, r repo.Repo, s CheckSpec) (int64, error) {
	app, err := f.App(ctx)
	if err != nil {
		return 0, err
	}
	runs, err := f.checkRuns(ctx, r, s.SHA, "filter=latest&check_name="+escapeQuery(s.Name)+fmt.Sprintf("&app_id=%d", app.ID))
	if err != nil {
		return 0, err
	}
	for _, run := range runs {
		if run.GetApp().GetID() == app.ID && run.GetExternalID() == s.ExternalID {
			return run.GetID(), f.updateCheckRun(ctx, r, run, s)
		}
	}
	var got github.CheckRun
	first, rest := s.chunk()
	err = f.send(ctx, r, "checks:write", http.MethodPost, "/check-runs", s.body(first), &got)
	if err != nil {
		return 0, err
	}
	return got.GetID(), f.annotate(ctx, r, got.GetID(), s, rest)
}

func (f *Forge) updateCheckRun(ctx context.Context, r repo.Repo, run *github.CheckRun, s CheckSpec) error {
	out := run.GetOutput()
	if run.GetStatus() == s.Status && run.GetConclusion() == s.Conclusion && out.GetTitle() == s.Title &&
		out.GetSummary() == s.Summary && out.GetText() == s.Text {
		return nil
	}
	first, rest := s.chunk()
	return f.annotate(ctx, r, run.GetID(), s, append([][]Annotation{first}, rest...))
}

// annotate updates the run once per chunk of annotations.
func (f *Forge) annotate(ctx context.Context, r repo.Repo, id int64, s CheckSpec, chunks [][]Annotation) error {
	for _, chunk := range chunks {
		body := s.body(chunk)
		delete(body, "head_sha")
		if err := f.send(ctx, r, "checks:write", http.MethodPatch, "/check-runs/{check}", body, nil, id); err != nil {
			return err
		}
	}
	return nil
}

// chunk splits the annotations into those of the first request and the rest.
func (s CheckSpec) chunk() (first []Annotation, rest [][]Annotation) {
	chunks := slices.Collect(slices.Chunk(s.Annotations, maxAnnotations))
	if len(chunks) == 0 {
		return nil, nil
	}
	return chunks[0], chunks[1:]
}

func (s CheckSpec) body(annotations []Annotation) map[string]any {
	output := map[string]any{"title": s.Title, "summary": s.Summary}
	if s.Text != "" {
		output["text"] = s.Text
	}
	if len(annotations) > 0 {
		output["annotations"] = annotationBodies(annotations)
	}
	body := map[string]any{"head_sha": s.SHA, "name": s.Name, "status": s.Status, "output": output}
	for key, value := range map[string]string{"external_id": s.ExternalID, "details_url": s.DetailsURL, "conclusion": s.Conclusion} {
		if value != "" {
			body[key] = value
		}
	}
	return body
}

func annotationBodies(annotations []Annotation) (out []map[string]any) {
	for _, a := range annotations {
		one := map[string]any{
			"path": a.Path, "start_line": max(a.Line, 1), "end_line": max(a.EndLine, a.Line, 1),
			"annotation_level": a.Level, "message": a.Message,
		}
		if a.Title != "" {
			one["title"] = a.Title
		}
		out = append(out, one)
	}
	return out
}
