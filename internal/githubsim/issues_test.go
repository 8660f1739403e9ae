package githubsim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"
)

func TestIssues(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	i, _, err := bot.Issues.Create(ctx, "acme", "reports", &github.IssueRequest{
		Title: new("Migration"), Body: new("Waiting."), Labels: &[]string{"skein"},
	})
	l.must(err)
	n := i.GetNumber()
	if i.GetUser().GetLogin() != "listener[bot]" || i.Labels[0].GetName() != "skein" || i.GetState() != "open" {
		t.Errorf("created: %v", i)
	}
	i, _, err = bot.Issues.Edit(ctx, "acme", "reports", n, &github.IssueRequest{
		Title: new("Migration done"), State: new("closed"), StateReason: new("not_planned"), Labels: &[]string{"done"},
	})
	l.must(err)
	if i.GetState() != "closed" || i.GetStateReason() != "not_planned" || len(i.Labels) != 1 || i.Labels[0].GetName() != "done" {
		t.Errorf("edited: %v", i)
	}
	events, _, err := bot.Issues.ListIssueEvents(ctx, "acme", "reports", n, nil)
	l.must(err)
	var got []string
	for _, e := range events {
		got = append(got, strings.TrimSpace(e.GetEvent()+" "+e.GetLabel().GetName()))
	}
	if diff := cmp.Diff([]string{"labeled skein", "renamed", "closed", "unlabeled skein", "labeled done"}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for part, r := range map[string]*github.IssueRequest{
		"title missing_field": {}, "title too_long": {Title: new(strings.Repeat("x", 257))},
		"body too_long": {Title: new("x"), Body: new(strings.Repeat("x", 65537))},
	} {
		_, _, err := bot.Issues.Create(ctx, "acme", "reports", r)
		l.refused(err, http.StatusUnprocessableEntity, part)
	}
	_, _, err = bot.Issues.Get(ctx, "acme", "reports", 99)
	l.refused(err, http.StatusNotFound, "Not Found")
	if views := l.Issues(reports); len(views) != 1 || views[0].Title != "Migration done" {
		t.Errorf("the verifier sees %+v", views)
	}
}

// TestWhoLabelled is how a stop switch is believed: by the person who set it.
func TestWhoLabelled(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	n, err := l.As("ada").OpenIssue(reports, "Stop", "")
	l.must(err)
	if l.As("eve").Label(reports, n, "skein:stop") == nil {
		t.Error("a stranger may label")
	}
	l.must(l.As("ada").Label(reports, n, "skein:stop"))
	events, _, err := bot.Issues.ListIssueEvents(ctx, "acme", "reports", n, nil)
	l.must(err)
	if len(events) != 1 || events[0].GetActor().GetLogin() != "ada" || events[0].GetLabel().GetName() != "skein:stop" {
		t.Errorf("events: %v", events)
	}
	if got := at(l.last("issues"), "sender", "login"); got != "ada" {
		t.Errorf("sender: got %v, want ada", got)
	}
	found, _, err := bot.Issues.ListByRepo(ctx, "acme", "reports", &github.IssueListByRepoOptions{Labels: []string{"skein:stop"}})
	l.must(err)
	if len(found) != 1 || found[0].GetNumber() != n {
		t.Errorf("issues with the label: %v", found)
	}
}

func TestIssueLists(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	for i := range 5 {
		_, err := l.As("bob").OpenIssue(reports, fmt.Sprint(i), "")
		l.must(err)
		l.clock.Advance(time.Minute)
	}
	pull := l.pull("topic", map[string]string{"a.sql": "x"})
	l.must(l.As("bob").CloseIssue(reports, 2))
	numbers := func(o *github.IssueListByRepoOptions) []int {
		t.Helper()
		all, _, err := bot.Issues.ListByRepo(ctx, "acme", "reports", o)
		l.must(err)
		out := []int{}
		for _, i := range all {
			if i.IsPullRequest() != (i.GetNumber() == pull) {
				t.Errorf("#%d: is it a pull request?", i.GetNumber())
			}
			out = append(out, i.GetNumber())
		}
		return out
	}
	for name, c := range map[string]struct {
		o    github.IssueListByRepoOptions
		want []int
	}{
		"open":    {github.IssueListByRepoOptions{}, []int{6, 5, 4, 3, 1}},
		"closed":  {github.IssueListByRepoOptions{State: "closed"}, []int{2}},
		"by ada":  {github.IssueListByRepoOptions{State: "all", Creator: "ada"}, []int{}},
		"updated": {github.IssueListByRepoOptions{State: "all", Sort: "updated", Direction: "asc"}, []int{1, 3, 4, 5, 2, 6}},
		"page":    {github.IssueListByRepoOptions{State: "all", ListOptions: github.ListOptions{PerPage: 2, Page: 2}}, []int{4, 3}},
		"since":   {github.IssueListByRepoOptions{State: "all", Since: l.clock.Now()}, []int{6, 2}},
	} {
		if diff := cmp.Diff(c.want, numbers(&c.o)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	n := l.pull("topic", map[string]string{"a.sql": "x"})
	c, _, err := bot.Issues.CreateComment(ctx, "acme", "reports", n, &github.IssueComment{Body: new("Hello")})
	l.must(err)
	l.clock.Advance(time.Hour)
	_, _, err = bot.Issues.EditComment(ctx, "acme", "reports", c.GetID(), &github.IssueComment{Body: new("Hello again")})
	l.must(err)
	if got := l.last("issue_comment"); at(got, "changes", "body", "from") != "Hello" {
		t.Errorf("the edit's event: %v", got["changes"])
	}
	c, _, err = bot.Issues.GetComment(ctx, "acme", "reports", c.GetID())
	l.must(err)
	if c.GetBody() != "Hello again" || c.GetCreatedAt().Equal(c.GetUpdatedAt()) || !strings.Contains(c.GetHTMLURL(), "/pull/") {
		t.Errorf("edited: %v", c)
	}
	command, err := l.As("ada").Comment(reports, n, "/skein status")
	l.must(err)
	all, _, err := bot.Issues.ListComments(ctx, "acme", "reports", n, nil)
	l.must(err)
	if len(all) != 2 || all[1].GetID() != command || all[1].GetUser().GetLogin() != "ada" {
		t.Errorf("comments: %v", all)
	}
	if l.As("eve").EditComment(reports, command, "x") == nil {
		t.Error("a stranger may edit")
	}
	_, err = bot.Issues.DeleteComment(ctx, "acme", "reports", c.GetID())
	l.must(err)
	_, _, err = bot.Issues.CreateComment(ctx, "acme", "reports", n, &github.IssueComment{Body: new(strings.Repeat("é", 65537))})
	l.refused(err, http.StatusUnprocessableEntity, "too long")
	_, _, err = bot.Issues.CreateComment(ctx, "acme", "reports", n, &github.IssueComment{})
	l.refused(err, http.StatusUnprocessableEntity, "missing_field")
	_, _, err = bot.Issues.CreateComment(ctx, "acme", "reports", 999, &github.IssueComment{Body: new("x")})
	l.refused(err, http.StatusNotFound, "Not Found")
	_, _, err = bot.Issues.GetComment(ctx, "acme", "reports", c.GetID())
	l.refused(err, http.StatusNotFound, "Not Found")
}

func TestReactions(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	n, err := l.As("ada").OpenIssue(reports, "x", "")
	l.must(err)
	id, err := l.As("ada").Comment(reports, n, "/skein status")
	l.must(err)
	for _, want := range []int{http.StatusCreated, http.StatusOK} {
		_, resp, err := bot.Reactions.CreateIssueCommentReaction(ctx, "acme", "reports", id, "eyes")
		l.must(err)
		if resp.StatusCode != want {
			t.Errorf("got %d, want %d", resp.StatusCode, want)
		}
	}
	l.must(l.As("bob").React(reports, id, "+1"))
	all, _, err := bot.Reactions.ListIssueCommentReactions(ctx, "acme", "reports", id, nil)
	l.must(err)
	if len(all) != 2 || all[0].GetContent() != "eyes" || all[1].GetUser().GetLogin() != "bob" {
		t.Errorf("reactions: %v", all)
	}
	c, _, err := bot.Issues.GetComment(ctx, "acme", "reports", id)
	l.must(err)
	if c.GetReactions().GetTotalCount() != 2 || c.GetReactions().GetEyes() != 1 {
		t.Errorf("counts: %v", c.GetReactions())
	}
	_, _, err = bot.Reactions.CreateIssueCommentReaction(ctx, "acme", "reports", id, "clap")
	l.refused(err, http.StatusUnprocessableEntity, "content")
}

func TestLabels(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	_, _, err := bot.Issues.CreateLabel(ctx, "acme", "reports", &github.Label{Name: new("skein:wave-1"), Color: new("C0FFEE"), Description: new("first")})
	l.must(err)
	_, _, err = bot.Issues.CreateLabel(ctx, "acme", "reports", &github.Label{Name: new("Skein:Wave-1"), Color: new("ffffff")})
	l.refused(err, http.StatusUnprocessableEntity, "already_exists")
	_, _, err = bot.Issues.CreateLabel(ctx, "acme", "reports", &github.Label{Name: new("x"), Color: new("red")})
	l.refused(err, http.StatusUnprocessableEntity, "color")
	n := l.pull("topic", map[string]string{"a.sql": "x"})
	l.forget()
	names := func(all []*github.Label) []string {
		out := []string{}
		for _, x := range all {
			out = append(out, x.GetName()+" "+x.GetColor())
		}
		slices.Sort(out)
		return out
	}
	all, _, err := bot.Issues.AddLabelsToIssue(ctx, "acme", "reports", n, []string{"skein:wave-1", "new/one", "SKEIN:WAVE-1"})
	l.must(err)
	if diff := cmp.Diff([]string{"new/one ededed", "skein:wave-1 c0ffee"}, names(all)); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	_, err = bot.Issues.RemoveLabelForIssue(ctx, "acme", "reports", n, "skein:wave-1")
	l.must(err)
	_, err = bot.Issues.RemoveLabelForIssue(ctx, "acme", "reports", n, "skein:wave-1")
	l.refused(err, http.StatusNotFound, "Label does not exist")
	all, _, err = bot.Issues.ListLabelsByIssue(ctx, "acme", "reports", n, nil)
	l.must(err)
	if diff := cmp.Diff([]string{"new/one ededed"}, names(all)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"pull_request.labeled", "pull_request.labeled", "pull_request.unlabeled"}, l.story()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	all, _, err = bot.Issues.ListLabels(ctx, "acme", "reports", nil)
	l.must(err)
	if len(all) != 2 {
		t.Errorf("labels of the repository: %v", names(all))
	}
}

// TestIssueRoutesOfAPull changes through the issue what a pull request has in common with one.
func TestIssueRoutesOfAPull(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	n := l.pull("topic", map[string]string{"a.sql": "x"})
	l.forget()
	i, _, err := bot.Issues.Edit(ctx, "acme", "reports", n, &github.IssueRequest{Title: new("Renamed"), State: new("closed")})
	l.must(err)
	if !i.IsPullRequest() || i.GetState() != "closed" || i.GetTitle() != "Renamed" {
		t.Errorf("edited: %v", i)
	}
	if p := l.Pulls(reports)[0]; p.State != "closed" || p.Title != "Renamed" {
		t.Errorf("the pull request: %+v", p)
	}
	if diff := cmp.Diff([]string{"pull_request.closed", "pull_request.edited"}, l.story()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
