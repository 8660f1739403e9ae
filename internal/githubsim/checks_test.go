package githubsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

func TestAnAppWritesItsCheck(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot, sha := l.asBot(), l.Branches(reports)["main"]
	l.forget()
	run, _, err := bot.Checks.CreateCheckRun(ctx, "acme", "reports", github.CreateCheckRunOptions{
		Name: "skein", HeadSHA: string(sha), Status: new("in_progress"), ExternalID: new("42"),
	})
	l.must(err)
	if run.GetStatus() != "in_progress" || run.Conclusion != nil || run.GetApp().GetID() != l.app.ID || run.GetExternalID() != "42" {
		t.Errorf("created: %v", run)
	}
	done := github.UpdateCheckRunOptions{Name: "skein", Conclusion: new("failure"), Output: &github.CheckRunOutput{
		Title: new("One place"), Summary: new("Look."), Annotations: notes(50),
	}}
	_, _, err = bot.Checks.UpdateCheckRun(ctx, "acme", "reports", run.GetID(), done)
	l.must(err)
	run, _, err = bot.Checks.UpdateCheckRun(ctx, "acme", "reports", run.GetID(), done)
	l.must(err)
	if run.GetStatus() != "completed" || run.GetOutput().GetAnnotationsCount() != 100 || run.CompletedAt == nil {
		t.Errorf("updated twice: %v", run)
	}
	got, _, err := bot.Checks.GetCheckRun(ctx, "acme", "reports", run.GetID())
	l.must(err)
	if got.GetConclusion() != "failure" || got.GetCheckSuite().GetID() != run.GetCheckSuite().GetID() {
		t.Errorf("read: %v", got)
	}
	if diff := cmp.Diff([]string{"check_run.created", "check_run.completed", "check_suite.completed"}, l.story()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	list, resp, err := bot.Checks.ListCheckRunAnnotations(ctx, "acme", "reports", run.GetID(), &github.ListOptions{PerPage: 60})
	l.must(err)
	if len(list) != 60 || resp.NextPage != 2 || list[1].GetPath() != "f1.sql" {
		t.Errorf("annotations: got %d, next page %d", len(list), resp.NextPage)
	}
	// A conclusion taken back, as when an app runs again.
	run, _, err = bot.Checks.UpdateCheckRun(ctx, "acme", "reports", run.GetID(), github.UpdateCheckRunOptions{Name: "skein", Status: new("queued")})
	l.must(err)
	if run.GetStatus() != "queued" || run.Conclusion != nil || run.CompletedAt != nil {
		t.Errorf("queued again: %v", run)
	}
}

func notes(n int) []*github.CheckRunAnnotation {
	out := make([]*github.CheckRunAnnotation, n)
	for i := range out {
		out[i] = &github.CheckRunAnnotation{
			Path: new(fmt.Sprintf("f%d.sql", i)), StartLine: new(1), EndLine: new(2),
			AnnotationLevel: new("warning"), Message: new("m"),
		}
	}
	return out
}

func TestRefusedChecks(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot, sha := l.asBot(), string(l.Branches(reports)["main"])
	create := func(change func(*github.CreateCheckRunOptions)) error {
		o := github.CreateCheckRunOptions{Name: "skein", HeadSHA: sha}
		change(&o)
		_, _, err := bot.Checks.CreateCheckRun(ctx, "acme", "reports", o)
		return err
	}
	for part, change := range map[string]func(*github.CreateCheckRunOptions){
		"No commit found":        func(o *github.CreateCheckRunOptions) { o.HeadSHA = strings.Repeat("a", 40) },
		"name is too short":      func(o *github.CreateCheckRunOptions) { o.Name = "" },
		"status is not included": func(o *github.CreateCheckRunOptions) { o.Status = new("done") },
		"conclusion is not":      func(o *github.CreateCheckRunOptions) { o.Conclusion = new("green") },
		"conclusion is missing":  func(o *github.CreateCheckRunOptions) { o.Status = new("completed") },
		"needs a title":          func(o *github.CreateCheckRunOptions) { o.Output = &github.CheckRunOutput{} },
		"Only 50 annotations":    func(o *github.CreateCheckRunOptions) { o.Output = output(notes(51)) },
		"needs path":             func(o *github.CreateCheckRunOptions) { o.Output = output([]*github.CheckRunAnnotation{{}}) },
		"Only three actions":     func(o *github.CreateCheckRunOptions) { o.Actions = make([]*github.CheckRunAction, 4) },
		"Only 65535 characters are": func(o *github.CreateCheckRunOptions) {
			o.Output = output(nil)
			o.Output.Summary = new(strings.Repeat("x", 65536))
		},
	} {
		l.refused(create(change), http.StatusUnprocessableEntity, part)
	}
	_, _, err := l.asPerson("ada").Checks.CreateCheckRun(ctx, "acme", "reports", github.CreateCheckRunOptions{Name: "x", HeadSHA: sha})
	l.refused(err, http.StatusForbidden, "must authenticate via a GitHub App")
	weak := l.asBot(&github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Checks: new("read")}})
	_, _, err = weak.Checks.CreateCheckRun(ctx, "acme", "reports", github.CreateCheckRunOptions{Name: "x", HeadSHA: sha})
	l.refused(err, http.StatusForbidden, "not accessible")
	l.ci(reports, githubsim.Report{Name: "build", Conclusion: "success"})
	head := l.push(reports, "main", map[string]string{"a.sql": "x"})
	l.settle()
	other := l.Checks(reports, head)[0]
	_, _, err = bot.Checks.UpdateCheckRun(ctx, "acme", "reports", other.ID, github.UpdateCheckRunOptions{Name: "build"})
	l.refused(err, http.StatusForbidden, "can only be modified by the GitHub App that created it")
}

func output(all []*github.CheckRunAnnotation) *github.CheckRunOutput {
	return &github.CheckRunOutput{Title: new("t"), Summary: new("s"), Annotations: all}
}

func TestChecksAreFiltered(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	l.ci(reports, githubsim.Report{Name: "a", Conclusion: "success"}, githubsim.Report{Name: "b"},
		githubsim.Report{Name: "a", Kind: githubsim.Check, App: "other", Conclusion: "failure"})
	sha := l.push(reports, "main", map[string]string{"a.sql": "x"})
	l.settle()
	for want, o := range map[int]*github.ListCheckRunsOptions{
		3: {}, 2: {CheckName: new("a")}, 1: {CheckName: new("a"), AppID: new(int64(15368))}, 0: {Status: new("queued")},
	} {
		got, _, err := bot.Checks.ListCheckRunsForRef(ctx, "acme", "reports", string(sha), o)
		l.must(err)
		if got.GetTotal() != want || len(got.CheckRuns) != want {
			t.Errorf("%+v: got %d, want %d", o, got.GetTotal(), want)
		}
	}
	suites, _, err := bot.Checks.ListCheckSuitesForRef(ctx, "acme", "reports", string(sha), &github.ListCheckSuiteOptions{AppID: new(15368)})
	l.must(err)
	if suites.GetTotal() != 1 || suites.CheckSuites[0].GetStatus() != "in_progress" {
		t.Errorf("suites of Actions: %v", suites)
	}
	runs, _, err := bot.Checks.ListCheckRunsCheckSuite(ctx, "acme", "reports", suites.CheckSuites[0].GetID(), nil)
	l.must(err)
	if runs.GetTotal() != 2 {
		t.Errorf("runs of the suite: got %d, want 2", runs.GetTotal())
	}
}

// TestRequiredChecks says when a protected branch lets a pull request in.
func TestRequiredChecks(t *testing.T) {
	t.Parallel()
	job := func(conclusion string) githubsim.Report { return githubsim.Report{Name: "ci", Conclusion: conclusion} }
	posted := func(conclusion string) githubsim.Report {
		return githubsim.Report{Name: "ci", Kind: githubsim.Status, Conclusion: conclusion}
	}
	foreign := func(conclusion string) githubsim.Report {
		return githubsim.Report{Name: "ci", Kind: githubsim.Check, App: "other", Conclusion: conclusion}
	}
	for name, c := range map[string]struct {
		app     int64
		reports []githubsim.Report
		merges  bool
	}{
		"missing":                          {0, nil, false},
		"passed":                           {0, []githubsim.Report{job("success")}, true},
		"neutral":                          {0, []githubsim.Report{job("neutral")}, true},
		"skipped":                          {0, []githubsim.Report{job("skipped")}, true},
		"failed":                           {0, []githubsim.Report{job("failure")}, false},
		"cancelled":                        {0, []githubsim.Report{job("cancelled")}, false},
		"pending":                          {0, []githubsim.Report{job("")}, false},
		"a status passes":                  {0, []githubsim.Report{posted("success")}, true},
		"run passed, status failed":        {0, []githubsim.Report{job("success"), posted("failure")}, false},
		"run passed, status pending":       {0, []githubsim.Report{job("success"), posted("")}, false},
		"of the right app":                 {15368, []githubsim.Report{job("success")}, true},
		"of another app":                   {15368, []githubsim.Report{foreign("success")}, false},
		"of both apps, the other failed":   {15368, []githubsim.Report{job("success"), foreign("failure")}, true},
		"of any app, one of them failed":   {0, []githubsim.Report{job("success"), foreign("failure")}, false},
		"status of an app, run of another": {15368, []githubsim.Report{posted("success")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := listen(t)
			l.ci(reports, c.reports...)
			l.must(l.As("ada").Protect(reports, "main", &githubsim.Protection{Checks: []githubsim.RequiredCheck{{Context: "ci", App: c.app}}}))
			n := l.pull("topic", map[string]string{"a.sql": "select 3\n"})
			l.settle()
			_, err := l.As("bob").MergePull(reports, n, githubsim.Merge{})
			if (err == nil) != c.merges {
				t.Errorf("merge: got %v, want it to succeed: %v", err, c.merges)
			}
		})
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot, sha := l.asBot(), string(l.Branches(reports)["main"])
	say := func(context, state string) {
		t.Helper()
		_, _, err := bot.Repositories.CreateStatus(ctx, "acme", "reports", sha, &github.RepoStatus{State: &state, Context: &context})
		l.must(err)
		l.clock.Advance(time.Second)
	}
	combined := func() string {
		t.Helper()
		got, _, err := bot.Repositories.GetCombinedStatus(ctx, "acme", "reports", sha, nil)
		l.must(err)
		return fmt.Sprintf("%s of %d", got.GetState(), got.GetTotalCount())
	}
	for _, step := range []struct{ context, state, want string }{
		{"", "", "pending of 0"}, {"a", "success", "success of 1"}, {"b", "pending", "pending of 2"},
		{"a", "error", "failure of 2"}, {"a", "success", "pending of 2"}, {"b", "failure", "failure of 2"}, {"b", "success", "success of 2"},
	} {
		if step.context != "" {
			say(step.context, step.state)
		}
		if got := combined(); got != step.want {
			t.Errorf("after %s %s: got %s, want %s", step.context, step.state, got, step.want)
		}
	}
	all, _, err := bot.Repositories.ListStatuses(ctx, "acme", "reports", sha, nil)
	l.must(err)
	if len(all) != 6 || all[0].GetContext() != "b" || all[0].GetState() != "success" {
		t.Errorf("all statuses, newest first: %v", all)
	}
	for part, s := range map[string]*github.RepoStatus{
		"state is not included": {State: new("green")},
		"too long":              {State: new("success"), Description: new(strings.Repeat("é", 141))},
	} {
		_, _, err := bot.Repositories.CreateStatus(ctx, "acme", "reports", sha, s)
		l.refused(err, http.StatusUnprocessableEntity, part)
	}
	_, _, err = bot.Repositories.CreateStatus(ctx, "acme", "reports", strings.Repeat("b", 40), &github.RepoStatus{State: new("success")})
	l.refused(err, http.StatusUnprocessableEntity, "No commit found")
}

func TestDeployments(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot, sha := l.asBot(), l.Branches(reports)["main"]
	d, _, err := bot.Repositories.CreateDeployment(ctx, "acme", "reports", &github.DeploymentRequest{Ref: new("main")})
	l.must(err)
	if repo.SHA(d.GetSHA()) != sha || d.GetEnvironment() != "production" || d.GetTask() != "deploy" {
		t.Errorf("created: %v", d)
	}
	for _, state := range []string{"in_progress", "failure"} {
		_, _, err := bot.Repositories.CreateDeploymentStatus(ctx, "acme", "reports", d.GetID(), &github.DeploymentStatusRequest{State: &state})
		l.must(err)
	}
	if got := at(l.last("deployment_status"), "deployment_status", "state"); got != "failure" {
		t.Errorf("event: got %v", got)
	}
	all, _, err := bot.Repositories.ListDeploymentStatuses(ctx, "acme", "reports", d.GetID(), nil)
	l.must(err)
	if len(all) != 2 || all[0].GetState() != "failure" {
		t.Errorf("statuses, newest first: %v", all)
	}
	for want, o := range map[int]*github.DeploymentsListOptions{
		1: {SHA: string(sha)}, 0: {Environment: "staging"},
	} {
		found, _, err := bot.Repositories.ListDeployments(ctx, "acme", "reports", o)
		l.must(err)
		if len(found) != want {
			t.Errorf("%+v: got %d, want %d", o, len(found), want)
		}
	}
	_, _, err = bot.Repositories.CreateDeployment(ctx, "acme", "reports", &github.DeploymentRequest{Ref: new("nowhere")})
	l.refused(err, http.StatusUnprocessableEntity, "No ref found")
	_, _, err = bot.Repositories.CreateDeploymentStatus(ctx, "acme", "reports", d.GetID(), &github.DeploymentStatusRequest{State: new("odd")})
	l.refused(err, http.StatusUnprocessableEntity, "state")
}
