package githubsim_test

import (
	"context"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

// shown is how the API shows the checks of a commit: NAME STATUS CONCLUSION.
func shown(l *listener, c *github.Client, sha repo.SHA, filter string) []string {
	l.Helper()
	got, _, err := c.Checks.ListCheckRunsForRef(ctx, "acme", "reports", string(sha), &github.ListCheckRunsOptions{Filter: &filter})
	l.must(err)
	out := []string{}
	for _, r := range got.CheckRuns {
		out = append(out, strings.TrimSpace(r.GetName()+" "+r.GetStatus()+" "+r.GetConclusion()))
	}
	slices.Sort(out)
	return out
}

func TestChecksTakeTheirTime(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	l.ci(reports,
		githubsim.Report{Name: "build", Conclusion: "success", Queue: time.Minute, Duration: 3 * time.Minute},
		githubsim.Report{Name: "lint", Kind: githubsim.Check, App: "linter", Conclusion: "neutral", After: 2 * time.Minute},
		githubsim.Report{Name: "legacy/ci", Kind: githubsim.Status, Conclusion: "failure", Duration: time.Minute, Title: "2 tests failed"},
		githubsim.Report{Name: "hangs"},
	)
	l.forget()
	sha := l.push(reports, "main", map[string]string{"a.sql": "select 3\n"})
	for _, at := range []struct {
		wait time.Duration
		want []string
	}{
		{0, []string{"build queued", "hangs in_progress"}},
		{time.Minute, []string{"build in_progress", "hangs in_progress"}},
		{time.Minute, []string{"build in_progress", "hangs in_progress", "lint completed neutral"}},
		{2 * time.Minute, []string{"build completed success", "hangs in_progress", "lint completed neutral"}},
	} {
		l.after(at.wait)
		if diff := cmp.Diff(at.want, shown(l, bot, sha, "latest")); diff != "" {
			t.Errorf("at %s (-want +got):\n%s", l.clock.Now().Format(time.TimeOnly), diff)
		}
	}
	statuses := l.Statuses(reports, sha)
	if len(statuses) != 2 || statuses[0].State != "pending" || statuses[1].State != "failure" || statuses[1].Description != "2 tests failed" {
		t.Errorf("statuses: %+v", statuses)
	}
	want := []string{"push", "check_suite.requested", "workflow_run.requested", "check_run.created", "workflow_run.in_progress",
		"check_run.created", "status", "check_run.completed", "check_suite.completed"}
	for _, event := range want {
		if !slices.Contains(l.story(), event) {
			t.Errorf("%s was not heard: %v", event, l.story())
		}
	}
}

func TestCISeesTheCommit(t *testing.T) {
	t.Parallel()
	l := listen(t)
	var seen []githubsim.Commit
	var read []string
	l.SetCI(reports, func(_ context.Context, c githubsim.Commit) []githubsim.Report {
		b, err := fs.ReadFile(c.Files, "a.sql")
		if err != nil {
			t.Errorf("read: %v", err)
		}
		seen, read = append(seen, c), append(read, string(b))
		return nil
	})
	n := l.pull("topic", map[string]string{"dir/b.sql": "select 4\n"})
	l.push(reports, "main", map[string]string{"a.sql": "select 5\n"})
	l.settle()
	l.push(reports, "topic", map[string]string{"c.sql": "select 6\n"})
	l.settle()
	type cause struct {
		event, branch string
		pull          int
		changed       string
	}
	var got []cause
	for _, c := range seen {
		got = append(got, cause{c.Event, c.Branch, c.Pull, strings.Join(c.Changed, " ")})
	}
	want := []cause{
		{"push", "topic", 0, "dir/b.sql"}, {"pull_request", "topic", n, "dir/b.sql"}, {"push", "main", 0, "a.sql"},
		{"push", "topic", 0, "c.sql"}, {"pull_request", "topic", n, "c.sql dir/b.sql"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(cause{})); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
	if last := read[len(read)-1]; last != "select 5\n" {
		t.Errorf("the pull request's files are not merged with the base: a.sql is %q", last)
	}
}

func TestConflictingPullRunsNothing(t *testing.T) {
	t.Parallel()
	l := listen(t)
	var events []string
	l.SetCI(reports, func(_ context.Context, c githubsim.Commit) []githubsim.Report {
		events = append(events, c.Event)
		return nil
	})
	l.push(reports, "topic", map[string]string{"a.sql": "select 7\n"})
	l.push(reports, "main", map[string]string{"a.sql": "select 8\n"})
	_, err := l.As("bob").OpenPull(reports, githubsim.NewPull{Title: "x", Head: "topic", Base: "main"})
	l.must(err)
	l.settle()
	if slices.Contains(events, "pull_request") {
		t.Errorf("CI ran for a conflicting pull request: %v", events)
	}
}

func TestPathFilteredCheckNeverAppears(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.SetCI(reports, githubsim.OnPaths(func(context.Context, githubsim.Commit) []githubsim.Report {
		return []githubsim.Report{{Name: "sql", Conclusion: "success"}}
	}, "*.sql", "dir"))
	for path, want := range map[string]int{"docs/x.md": 0, "y.sql": 1, "dir/z.txt": 1} {
		sha := l.push(reports, "main", map[string]string{path: "x"})
		l.settle()
		if got := len(l.Checks(reports, sha)); got != want {
			t.Errorf("%s: got %d checks, want %d", path, got, want)
		}
	}
}

func TestRerunOfFailedJobs(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	reports2 := []githubsim.Report{
		{Name: "unit", Conclusion: "success"}, {Name: "flaky", Conclusion: "x", Duration: time.Minute},
		{Name: "docs", Workflow: "Docs", Conclusion: "success"},
	}
	l.SetCI(reports, githubsim.Usual(githubsim.Flaky(func(context.Context, githubsim.Commit) []githubsim.Report {
		return slices.Clone(reports2)
	}, "flaky", "failure", "success")))
	sha := l.push(reports, "main", map[string]string{"a.sql": "select 9\n"})
	l.settle()
	run := workflow(l, bot, sha, "CI")
	if run.GetConclusion() != "failure" || run.GetRunAttempt() != 1 || workflow(l, bot, sha, "Docs").GetConclusion() != "success" {
		t.Fatalf("first attempt: %v", run)
	}
	l.forget()
	_, err := bot.Actions.RerunFailedJobsByID(ctx, "acme", "reports", run.GetID())
	l.must(err)
	_, err = bot.Actions.RerunWorkflowByID(ctx, "acme", "reports", run.GetID())
	l.refused(err, http.StatusForbidden, "")
	l.settle()
	run = workflow(l, bot, sha, "CI")
	if run.GetConclusion() != "success" || run.GetRunAttempt() != 2 || run.GetPreviousAttemptURL() == "" {
		t.Errorf("second attempt: %v", run)
	}
	want := []string{"docs completed success", "flaky completed failure", "flaky completed success", "unit completed success"}
	if diff := cmp.Diff(want, shown(l, bot, sha, "all")); diff != "" {
		t.Errorf("all checks (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Delete(want, 1, 2), shown(l, bot, sha, "latest")); diff != "" {
		t.Errorf("latest checks (-want +got):\n%s", diff)
	}
	wantStory := []string{"workflow_run.requested", "check_run.created", "workflow_run.in_progress", "check_run.completed",
		"check_suite.completed", "workflow_run.completed"}
	if diff := cmp.Diff(wantStory, l.story()); diff != "" {
		t.Errorf("events of the rerun (-want +got):\n%s", diff)
	}
	_, err = bot.Actions.RerunFailedJobsByID(ctx, "acme", "reports", run.GetID())
	l.refused(err, http.StatusForbidden, "")
}

func TestRerunOfAWholeRun(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	l.ci(reports, githubsim.Report{Name: "a", Conclusion: "success"}, githubsim.Report{Name: "a", Conclusion: "failure"})
	sha := l.push(reports, "main", map[string]string{"a.sql": "select 9\n"})
	l.settle()
	run := workflow(l, bot, sha, "CI")
	_, err := bot.Actions.RerunWorkflowByID(ctx, "acme", "reports", run.GetID())
	l.must(err)
	l.settle()
	for filter, want := range map[string]int{"latest": 2, "all": 4} {
		jobs, _, err := bot.Actions.ListWorkflowJobs(ctx, "acme", "reports", run.GetID(), &github.ListWorkflowJobsOptions{Filter: filter})
		l.must(err)
		if jobs.GetTotalCount() != want {
			t.Errorf("%s jobs: got %d, want %d", filter, jobs.GetTotalCount(), want)
		}
	}
	jobs, _, err := bot.Actions.ListWorkflowJobsAttempt(ctx, "acme", "reports", run.GetID(), 1, nil)
	l.must(err)
	if jobs.GetTotalCount() != 2 || jobs.Jobs[0].GetRunAttempt() != 1 || jobs.Jobs[0].GetConclusion() != "success" {
		t.Errorf("jobs of the first attempt: %v", jobs)
	}
	l.clock.Advance(31 * 24 * time.Hour)
	_, err = bot.Actions.RerunWorkflowByID(ctx, "acme", "reports", run.GetID())
	l.refused(err, http.StatusForbidden, "")
}

func TestConclusionOfARun(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	for want, jobs := range map[string][]string{
		"success": {"success", "skipped"}, "skipped": {"skipped", "skipped"}, "failure": {"cancelled", "failure", "success"},
		"cancelled": {"success", "cancelled"}, "timed_out": {"timed_out", "success"}, "startup_failure": {"startup_failure"},
		"action_required": {"action_required", "success"},
	} {
		var reps []githubsim.Report
		for n, c := range jobs {
			reps = append(reps, githubsim.Report{Name: string(rune('a' + n)), Conclusion: c})
		}
		l.ci(reports, reps...)
		sha := l.push(reports, "main", map[string]string{"a.sql": want})
		l.settle()
		if got := workflow(l, bot, sha, "CI").GetConclusion(); got != want {
			t.Errorf("%v: got %s, want %s", jobs, got, want)
		}
	}
}

func TestRerequestOfAnAppsCheck(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	l.SetCI(reports, githubsim.Flaky(func(context.Context, githubsim.Commit) []githubsim.Report {
		return []githubsim.Report{{Name: "scan", Kind: githubsim.Check, App: "scanner", Conclusion: "x"}, {Name: "job", Conclusion: "success"}}
	}, "scan", "timed_out", "success"))
	sha := l.push(reports, "main", map[string]string{"a.sql": "select 9\n"})
	l.settle()
	var scan, job int64
	for _, c := range l.Checks(reports, sha) {
		switch c.Name {
		case "scan":
			scan = c.ID
		case "job":
			job = c.ID
		}
	}
	_, err := bot.Checks.ReRequestCheckRun(ctx, "acme", "reports", job)
	l.refused(err, http.StatusUnprocessableEntity, "not rerequestable")
	_, err = bot.Checks.ReRequestCheckRun(ctx, "acme", "reports", scan)
	l.must(err)
	l.settle()
	if diff := cmp.Diff([]string{"job completed success", "scan completed success"}, shown(l, bot, sha, "latest")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	suites, _, err := bot.Checks.ListCheckSuitesForRef(ctx, "acme", "reports", string(sha), nil)
	l.must(err)
	for _, x := range suites.CheckSuites {
		if x.GetApp().GetSlug() == "listener" {
			continue // a suite without runs
		}
		_, err := bot.Checks.ReRequestCheckSuite(ctx, "acme", "reports", x.GetID())
		l.must(err)
	}
	l.settle()
	if got := len(l.Checks(reports, sha)); got != 5 {
		t.Errorf("after rerequesting both suites: got %d runs, want 5", got)
	}
}

func workflow(l *listener, c *github.Client, sha repo.SHA, name string) *github.WorkflowRun {
	l.Helper()
	runs, _, err := c.Actions.ListRepositoryWorkflowRuns(ctx, "acme", "reports", &github.ListWorkflowRunsOptions{HeadSHA: string(sha)})
	l.must(err)
	for _, r := range runs.WorkflowRuns {
		if r.GetName() == name {
			one, _, err := c.Actions.GetWorkflowRunByID(ctx, "acme", "reports", r.GetID())
			l.must(err)
			return one
		}
	}
	l.Fatalf("no run of %s on %s", name, sha)
	return nil
}

// TestNobodyIsTheAppBehindActions: apps that only report have no key, and nobody may sign as them.
func TestNobodyIsTheAppBehindActions(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.ci(reports, githubsim.Report{Name: "build", Conclusion: "success"})
	sha := l.push(reports, "main", map[string]string{"a.sql": "x"})
	l.settle()
	if c := l.Checks(reports, sha)[0]; c.AppID != 15368 || c.App != "github-actions" {
		t.Fatalf("the job is reported by %s, %d", c.App, c.AppID)
	}
	_, _, err := l.client(l.jwt(func(c jwt.MapClaims) { c["iss"] = "15368" })).Apps.Get(ctx, "")
	l.refused(err, http.StatusUnauthorized, "Integration not found")
}
