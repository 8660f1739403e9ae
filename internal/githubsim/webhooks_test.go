package githubsim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

// TestEveryEventIsValid plays one life in which every event that Skein knows occurs; the listener checks each body.
func TestEveryEventIsValid(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bob, ada := l.As("bob"), l.As("ada")
	l.ci(reports, githubsim.Report{Name: "build", Conclusion: "success"},
		githubsim.Report{Name: "scan", Kind: githubsim.Check, Conclusion: "failure", Title: "No", Summary: "No.",
			Notes: []githubsim.Annotation{{Path: "a.sql", StartLine: 1, EndLine: 1, Level: "failure", Message: "no"}}},
		githubsim.Report{Name: "status", Kind: githubsim.Status, Conclusion: "success"})
	n := l.pull("topic", map[string]string{"a.sql": "select 3\n"})
	l.must(bob.EditPull(reports, n, new("New title"), nil, nil))
	l.must(bob.ClosePull(reports, n))
	l.must(bob.ReopenPull(reports, n))
	l.must(bob.Label(reports, n, "skein:stop"))
	l.must(bob.Unlabel(reports, n, "skein:stop"))
	_, err := ada.Review(reports, n, "APPROVE", "Good.")
	l.must(err)
	thread, err := ada.OpenThread(reports, n)
	l.must(err)
	l.must(bob.ResolveThread(reports, n, thread))
	l.push(reports, "topic", map[string]string{"a.sql": "select 4\n"})
	l.settle()
	_, err = bob.MergePull(reports, n, githubsim.Merge{})
	l.must(err)
	l.must(bob.DeleteBranch(reports, "topic"))
	issue, err := bob.OpenIssue(reports, "It broke", "Badly.", "bug")
	l.must(err)
	comment, err := bob.Comment(reports, issue, "/skein help")
	l.must(err)
	l.must(bob.EditComment(reports, comment, "/skein why"))
	l.must(bob.DeleteComment(reports, comment))
	l.must(ada.CloseIssue(reports, issue))
	l.must(ada.ReopenIssue(reports, issue))
	d, err := ada.Deploy(reports, "main", "production")
	l.must(err)
	l.must(ada.Deployed(reports, d, "success", "It runs."))
	l.must(ada.SetPrivate(reports, false))
	l.must(ada.SetTopics(reports, "sql"))
	l.must(ada.Archive(reports, true))
	l.must(ada.Archive(reports, false))
	l.must(ada.Rename(reports, "accounts"))
	l.must(l.Suspend(l.installation))
	l.must(l.Unsuspend(l.installation))
	l.must(l.Grant(l.installation, everything()))
	l.must(l.Uninstall(l.installation))
	l.installation, err = l.Install(githubsim.InstallSpec{App: l.app.ID, Account: "acme", Repos: []string{"accounts"}, By: "ada"})
	l.must(err)
	l.must(l.Select(l.installation, repo.Name{Owner: "acme", Name: "accounts"}, false))
	story := l.story()
	for _, want := range []string{
		"push", "create", "delete", "pull_request.opened", "pull_request.synchronize", "pull_request.edited",
		"pull_request.closed", "pull_request.reopened", "pull_request.labeled", "pull_request.unlabeled",
		"pull_request_review.submitted", "pull_request_review_thread.resolved", "issues.opened", "issues.labeled",
		"issues.closed", "issues.reopened", "issue_comment.created", "issue_comment.edited", "issue_comment.deleted",
		"deployment_status.created", "check_run.created", "check_run.completed", "check_suite.requested",
		"check_suite.completed", "status", "workflow_run.requested", "workflow_run.in_progress", "workflow_run.completed",
		"repository.archived", "repository.unarchived", "repository.renamed", "repository.publicized", "public",
		"installation.created", "installation.suspend", "installation.unsuspend", "installation.deleted",
		"installation.new_permissions_accepted", "installation_repositories.removed",
	} {
		if !slices.Contains(story, want) {
			t.Errorf("%s was not heard", want)
		}
	}
	for _, h := range l.heard {
		if i, ok := h.body["installation"].(map[string]any); !ok || i["id"] == nil {
			t.Errorf("%s carries no installation id", h)
		}
		if _, err := github.ParseWebHook(h.event, mustJSON(t, h.body)); err != nil {
			t.Errorf("%s is not read by go-github: %v", h, err)
		}
	}
}

func TestOnlyWhatTheAppMayHear(t *testing.T) {
	t.Parallel()
	l := listen(t)
	for _, c := range []struct {
		permissions map[string]string
		events      []string
		want        []string
	}{
		{map[string]string{"issues": "read"}, []string{"issues", "push"}, []string{"issues.opened"}},
		{map[string]string{"issues": "read", "contents": "read"}, []string{"push"}, []string{"push"}},
		{map[string]string{"checks": "write"}, nil, []string{"check_suite.requested"}},
		{map[string]string{"checks": "read"}, nil, []string{}},
	} {
		l.must(l.Uninstall(l.installation))
		var err error
		l.installation, err = l.Install(githubsim.InstallSpec{App: l.app.ID, Account: "acme", Permissions: c.permissions, Events: append([]string{}, c.events...)})
		l.must(err)
		l.forget()
		l.push(reports, "main", map[string]string{"a.sql": fmt.Sprint(c.permissions)})
		_, err = l.As("bob").OpenIssue(reports, "x", "y")
		l.must(err)
		if diff := cmp.Diff(c.want, l.story()); diff != "" {
			t.Errorf("%v %v (-want +got):\n%s", c.permissions, c.events, diff)
		}
	}
	l.must(l.Suspend(l.installation))
	l.forget()
	l.push(reports, "main", map[string]string{"a.sql": "suspended"})
	if got := l.story(); len(got) > 0 {
		t.Errorf("a suspended installation hears %v", got)
	}
}

func TestDeliveriesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.forget()
	for n := range 50 {
		_, err := l.As("bob").OpenIssue(reports, fmt.Sprint(n), "")
		l.must(err)
	}
	l.settle()
	for n, h := range l.heard {
		if got := at(h.body, "issue", "title"); got != fmt.Sprint(n) {
			t.Fatalf("delivery %d is about issue %v", n, got)
		}
	}
	if len(l.heard) != 50 {
		t.Errorf("got %d deliveries, want 50", len(l.heard))
	}
}

func TestFaultyDeliveries(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.forget()
	l.SetDeliveryPlan(func(d githubsim.Delivery) githubsim.DeliveryFault {
		switch d.ID % 5 {
		case 0:
			return githubsim.DeliveryFault{Lost: true}
		case 1:
			return githubsim.DeliveryFault{Vanished: true}
		case 2:
			return githubsim.DeliveryFault{Twice: true}
		case 3:
			return githubsim.DeliveryFault{Delay: time.Hour}
		}
		return githubsim.DeliveryFault{}
	})
	before := len(l.Deliveries())
	for range 60 {
		_, err := l.As("bob").OpenIssue(reports, "x", "")
		l.must(err)
	}
	l.must(l.Quiesce(ctx))
	early := len(l.heard)
	l.settle()
	guids := map[string]int{}
	for _, h := range l.heard {
		guids[h.guid]++
	}
	lost, twice := 0, 0
	log := l.Deliveries()[before:]
	for _, d := range log {
		if d.StatusCode == 0 {
			lost++
		}
	}
	for _, n := range guids {
		if n == 2 {
			twice++
		}
	}
	if lost == 0 || twice == 0 || early == len(l.heard) {
		t.Errorf("lost %d, doubled %d, delayed %d: want some of each", lost, twice, len(l.heard)-early)
	}
	if vanished := 60 - (len(log) - twice); vanished <= 0 || len(l.heard) != len(log)-lost {
		t.Errorf("heard %d of %d logged, %d lost, %d vanished", len(l.heard), len(log), lost, vanished)
	}
}

func TestDeliveryLog(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.forget()
	l.answer = func(n int) int { return []int{200, 503}[n%2] }
	for n := range 7 {
		_, err := l.As("bob").OpenIssue(reports, fmt.Sprint(n), "")
		l.must(err)
	}
	l.settle()
	app := l.asApp()
	var all []*github.HookDelivery
	o := &github.ListCursorOptions{PerPage: 3}
	for {
		some, resp, err := app.Apps.ListHookDeliveries(ctx, o)
		l.must(err)
		all = append(all, some...)
		if o.Cursor = resp.Cursor; o.Cursor == "" {
			break
		}
	}
	failed := 0
	var bad *github.HookDelivery
	for n, d := range all {
		if n > 0 && d.GetID() >= all[n-1].GetID() {
			t.Errorf("delivery %d is out of order", n)
		}
		if d.GetStatusCode() == 503 {
			failed, bad = failed+1, d
		}
	}
	if failed != 4 || len(all) != 8 { // the first is about the installation itself
		t.Fatalf("got %d deliveries, %d failed, want 8 and 4", len(all), failed)
	}
	full, _, err := app.Apps.GetHookDelivery(ctx, bad.GetID())
	l.must(err)
	if full.Request.GetHeaders()["X-GitHub-Delivery"] != bad.GetGUID() || full.GetEvent() != "issues" {
		t.Errorf("the delivery in full: %v", full)
	}
	l.redelivers(app, bad)
	l.clock.Advance(73 * time.Hour)
	some, _, err := app.Apps.ListHookDeliveries(ctx, nil)
	l.must(err)
	if len(some) != 0 {
		t.Errorf("after three days %d deliveries are left", len(some))
	}
}

func (l *listener) redelivers(app *github.Client, bad *github.HookDelivery) {
	l.Helper()
	_, _, err := app.Apps.RedeliverHookDelivery(ctx, bad.GetID())
	if _, ok := errors.AsType[*github.AcceptedError](err); !ok {
		l.Fatalf("redelivery: got %v, want 202", err)
	}
	l.settle()
	if last := l.heard[len(l.heard)-1]; last.guid != bad.GetGUID() {
		l.Errorf("the redelivery has GUID %s, want %s", last.guid, bad.GetGUID())
	}
	log := l.Deliveries()
	if again := log[len(log)-1]; !again.Redelivery || again.ID == bad.GetID() || again.GUID != bad.GetGUID() {
		l.Errorf("the redelivery in the log: %+v", again)
	}
	_, _, err = app.Apps.RedeliverHookDelivery(ctx, 1)
	l.refused(err, http.StatusNotFound, "Not Found")
}

func TestQuiesceObeysItsContext(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.forget()
	held := make(chan struct{})
	l.SetWebhookClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		<-held
		return l.receive(r)
	})})
	_, err := l.As("bob").OpenIssue(reports, "x", "")
	l.must(err)
	if l.Idle() {
		t.Error("idle while a delivery is under way")
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if l.Quiesce(ended) == nil {
		t.Error("Quiesce returns without an error though its context has ended")
	}
	close(held)
	l.must(l.Quiesce(ctx))
	if !l.Idle() {
		t.Error("not idle after Quiesce")
	}
}

func TestPushEvents(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.forget()
	first := l.push(reports, "topic", map[string]string{"new.sql": "select 1\n", "a.sql": "select 2\n"})
	p := l.last("push")
	if p["created"] != true || p["forced"] != false || p["after"] != string(first) || at(p, "commits", 0) == nil || at(p, "commits", 1) != nil {
		t.Errorf("a new branch: %v", p)
	}
	if diff := cmp.Diff([]any{"new.sql"}, at(p, "head_commit", "added")); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"a.sql"}, at(p, "head_commit", "modified")); diff != "" {
		t.Errorf("modified (-want +got):\n%s", diff)
	}
	main := l.Branches(reports)["main"]
	_, err := l.As("bob").ForcePush(reports, "topic", main, githubsim.Change{Message: "Again", Files: map[string]string{"x": "y"}})
	l.must(err)
	if p := l.last("push"); p["forced"] != true {
		t.Errorf("a forced push: forced is %v", p["forced"])
	}
	l.must(l.As("bob").DeleteBranch(reports, "topic"))
	if p := l.last("push"); p["deleted"] != true || p["after"] != "0000000000000000000000000000000000000000" || p["head_commit"] != nil {
		t.Errorf("a deleted branch: %v", p)
	}
}
