package githubsim_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

func newPull(head, base string) *github.NewPullRequest {
	return &github.NewPullRequest{Title: new("T"), Head: &head, Base: &base, Body: new("B")}
}

func TestCreatePull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := w.push(reports, "skein/x", map[string]string{"a.sql": "select 2\n"})
	c := w.asBot()
	p, _, err := c.PullRequests.Create(ctx, "acme", "reports", newPull("skein/x", "main"))
	w.must(err)
	if p.GetNumber() != 1 || p.GetUser().GetLogin() != "skein[bot]" || p.GetHead().GetSHA() != string(head) || p.GetHead().GetLabel() != "acme:skein/x" ||
		p.GetCommits() != 1 || p.GetChangedFiles() != 1 || p.GetAdditions() != 1 || p.Mergeable != nil {
		t.Errorf("got %v", p)
	}
	_, _, err = c.PullRequests.Create(ctx, "acme", "reports", newPull("skein/x", "main"))
	w.refused(err, 422, "A pull request already exists for acme:skein/x.")
	_, _, err = c.PullRequests.Create(ctx, "acme", "reports", newPull("gone", "main"))
	w.refused(err, 422, "head invalid")
	_, _, err = c.PullRequests.Create(ctx, "acme", "reports", newPull("skein/x", "gone"))
	w.refused(err, 422, "base invalid")
	w.must(pushNothing(w, "same"))
	_, _, err = c.PullRequests.Create(ctx, "acme", "reports", newPull("same", "main"))
	w.refused(err, 422, "No commits between main and same")
	_, err = w.As("bob").ForcePush(reports, "stranger", "", githubsim.Change{Message: "x", Files: map[string]string{"x": "x"}})
	w.must(err)
	_, _, err = c.PullRequests.Create(ctx, "acme", "reports", newPull("stranger", "main"))
	w.refused(err, 422, "no history in common")
	_, _, err = c.PullRequests.Create(ctx, "acme", "reports", &github.NewPullRequest{Head: new("skein/x"), Base: new("main")})
	w.refused(err, 422, "title missing_field")
	commits, _, err := c.PullRequests.ListCommits(ctx, "acme", "reports", 1, nil)
	w.must(err)
	files, _, err := c.PullRequests.ListFiles(ctx, "acme", "reports", 1, nil)
	w.must(err)
	if len(commits) != 1 || commits[0].GetSHA() != string(head) || len(files) != 1 || files[0].GetFilename() != "a.sql" {
		t.Errorf("got %v, %v", commits, files)
	}
}

// pushNothing makes a branch that is where main is.
func pushNothing(w *world, branch string) error {
	_, err := w.As("bob").ForcePush(reports, branch, w.Branches(reports)["main"])
	return err
}

func TestListPulls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.pull(fmt.Sprintf("b%d", i), map[string]string{"n": fmt.Sprint(i)})
	}
	w.must(w.As("bob").ClosePull(reports, 2))
	c := w.asBot()
	numbers := func(o *github.PullRequestListOptions) (out []int) {
		t.Helper()
		all, _, err := c.PullRequests.List(ctx, "acme", "reports", o)
		w.must(err)
		for _, p := range all {
			out = append(out, p.GetNumber())
		}
		return out
	}
	for _, x := range []struct {
		o    *github.PullRequestListOptions
		want []int
	}{
		{nil, []int{5, 4, 3, 1}},
		{&github.PullRequestListOptions{Direction: "asc"}, []int{1, 3, 4, 5}},
		{&github.PullRequestListOptions{State: "all"}, []int{5, 4, 3, 2, 1}},
		{&github.PullRequestListOptions{State: "closed"}, []int{2}},
		{&github.PullRequestListOptions{Head: "acme:b3"}, []int{4}},
		{&github.PullRequestListOptions{Head: "acme:b1"}, nil},
		{&github.PullRequestListOptions{Head: "acme:b1", State: "all"}, []int{2}},
		{&github.PullRequestListOptions{Base: "dev"}, nil},
		{&github.PullRequestListOptions{ListOptions: github.ListOptions{PerPage: 3, Page: 2}}, []int{1}},
	} {
		if diff := cmp.Diff(x.want, numbers(x.o)); diff != "" {
			t.Errorf("%+v: %s", x.o, diff)
		}
	}
}

func TestMergeableIsFoundOutLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	c := w.asBot()
	get := func() *github.PullRequest {
		t.Helper()
		p, _, err := c.PullRequests.Get(ctx, "acme", "reports", n)
		w.must(err)
		return p
	}
	w.clock.Advance(time.Hour)
	if p := get(); p.Mergeable != nil || p.GetMergeableState() != "unknown" {
		t.Errorf("before the first look: %v %s", p.Mergeable, p.GetMergeableState())
	}
	w.clock.Advance(time.Second)
	if p := get(); p.Mergeable != nil {
		t.Errorf("too early: %v", *p.Mergeable)
	}
	w.clock.Advance(time.Second)
	p := get()
	if !p.GetMergeable() || p.GetMergeableState() != "clean" || p.GetMergeCommitSHA() == "" {
		t.Errorf("got %v", p)
	}
	w.push(reports, "main", map[string]string{"a.sql": "select 3\n"})
	if p := get(); p.Mergeable != nil {
		t.Error("a push to the base must make mergeability unknown")
	}
	w.clock.Advance(2 * time.Second)
	if p := get(); p.Mergeable == nil || *p.Mergeable || p.GetMergeableState() != "dirty" {
		t.Errorf("got %v %s, want a conflict", p.Mergeable, p.GetMergeableState())
	}
	_, _, err := c.PullRequests.Merge(ctx, "acme", "reports", n, "", nil)
	w.refused(err, 405, "Pull Request is not mergeable")
}

func TestHeadMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	second := w.push(reports, "one", map[string]string{"a.sql": "select 3\n"})
	if p := w.Pulls(reports)[0]; p.HeadSHA != second {
		t.Errorf("head is %s, want %s", p.HeadSHA, second)
	}
	forced, err := w.As("bob").ForcePush(reports, "one", w.Branches(reports)["main"], githubsim.Change{Message: "m", Files: map[string]string{"b": "b"}})
	w.must(err)
	if p := w.Pulls(reports)[0]; p.HeadSHA != forced || p.State != "open" {
		t.Errorf("after a forced push: %+v", p)
	}
	w.must(w.As("bob").DeleteBranch(reports, "one"))
	if p := w.Pulls(reports)[0]; p.HeadSHA != forced || p.State != "closed" || p.Merged {
		t.Errorf("after the branch is deleted: %+v", p)
	}
	open := "open"
	_, _, err = w.asBot().PullRequests.Edit(ctx, "acme", "reports", n, &github.PullRequest{State: &open})
	w.refused(err, 422, "The one branch has been deleted.")
}

func TestEditPull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	w.must(pushNothing(w, "dev"))
	c := w.asBot()
	edit := func(p github.PullRequest) (*github.PullRequest, error) {
		got, _, err := c.PullRequests.Edit(ctx, "acme", "reports", n, &p)
		return got, err
	}
	p, err := edit(github.PullRequest{Title: new("New"), Body: new("Text"), Base: &github.PullRequestBranch{Ref: new("dev")}})
	w.must(err)
	if p.GetTitle() != "New" || p.GetBody() != "Text" || p.GetBase().GetRef() != "dev" {
		t.Errorf("got %v", p)
	}
	_, err = edit(github.PullRequest{Base: &github.PullRequestBranch{Ref: new("gone")}})
	w.refused(err, 422, "base invalid")
	p, err = edit(github.PullRequest{State: new("closed")})
	w.must(err)
	if p.GetState() != "closed" || p.GetMerged() || p.GetClosedAt().IsZero() {
		t.Errorf("got %v", p)
	}
	_, err = edit(github.PullRequest{Base: &github.PullRequestBranch{Ref: new("main")}})
	w.refused(err, 422, "Cannot change the base branch of a closed pull request.")
	p, err = edit(github.PullRequest{State: new("open")})
	w.must(err)
	if p.GetState() != "open" || p.ClosedAt != nil {
		t.Errorf("got %v", p)
	}
	_, err = edit(github.PullRequest{State: new("ajar")})
	w.refused(err, 422, "state invalid")
}

func TestPushThatContainsTheHeadMerges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	_, err := w.As("bob").ForcePush(reports, "main", w.Branches(reports)["one"])
	w.must(err)
	p, _, err := w.asBot().PullRequests.Get(ctx, "acme", "reports", n)
	w.must(err)
	if !p.GetMerged() || p.GetMergedBy().GetLogin() != "bob" || p.GetMergeCommitSHA() != string(w.Branches(reports)["main"]) || p.GetCommits() != 1 {
		t.Errorf("got %v", p)
	}
	_, _, err = w.asBot().PullRequests.Edit(ctx, "acme", "reports", n, &github.PullRequest{State: new("open")})
	w.refused(err, 422, "already merged")
}

func TestUpdateBranch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	c := w.asBot()
	update := func(sha repo.SHA) error {
		text := string(sha)
		_, _, err := c.PullRequests.UpdateBranch(ctx, "acme", "reports", n, &github.PullRequestBranchUpdateOptions{ExpectedHeadSHA: &text})
		return err
	}
	head := w.Branches(reports)["one"]
	w.refused(update(head), 422, "There are no new commits on the base branch.")
	base := w.push(reports, "main", map[string]string{"z": "z"})
	w.refused(update(base), 422, "expected head sha didn’t match current head ref.")
	var accepted *github.AcceptedError
	if err := update(head); !errors.As(err, &accepted) {
		t.Fatalf("got %v, want 202", err)
	}
	commits, err := w.Log(reports, "one")
	w.must(err)
	if diff := cmp.Diff([]repo.SHA{head, base}, commits[0].Parents); diff != "" || commits[0].Message != "Merge branch 'main' into one" {
		t.Error(diff, commits[0])
	}
}

func TestForks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.As("ada").SetPrivate(reports, false))
	fork, err := w.As("eve").Fork(reports)
	w.must(err)
	_, err = w.As("eve").Push(fork, "idea", githubsim.Change{Message: "Idea", Files: map[string]string{"idea": "!"}})
	w.must(err)
	if _, ok := w.Branches(reports)["idea"]; ok {
		t.Error("the fork's branch shows in its parent")
	}
	n, err := w.As("eve").OpenPull(reports, githubsim.NewPull{Title: "Idea", Head: "eve:idea", Base: "main"})
	w.must(err)
	p, _, err := w.asBot().PullRequests.Get(ctx, "acme", "reports", n)
	w.must(err)
	if !p.GetHead().GetRepo().GetFork() || p.GetHead().GetLabel() != "eve:idea" || p.GetAuthorAssociation() != "NONE" {
		t.Errorf("got %v", p)
	}
	moved, err := w.As("eve").Push(fork, "idea", githubsim.Change{Message: "Better", Files: map[string]string{"idea": "!!"}})
	w.must(err)
	if got := w.Pulls(reports)[0]; got.HeadSHA != moved {
		t.Errorf("the head did not follow the fork: %+v", got)
	}
	_, err = w.As("bob").MergePull(reports, n, githubsim.Merge{Method: "squash"})
	w.must(err)
	text, err := w.File(reports, "main", "idea")
	if err != nil || text != "!!" {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestReviews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.As("ada").Protect(reports, "main", &githubsim.Protection{Reviews: 1, DismissStale: true}))
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	bot := w.asBot()
	merge := func() error {
		_, _, err := bot.PullRequests.Merge(ctx, "acme", "reports", n, "", nil)
		return err
	}
	const wanted = "At least 1 approving review is required by reviewers with write access."
	w.refused(merge(), 405, wanted)
	_, _, err := w.asPerson("bob").PullRequests.CreateReview(ctx, "acme", "reports", n, &github.PullRequestReviewRequest{Event: new("APPROVE")})
	w.refused(err, 422, "Can not approve your own pull request")
	_, _, err = bot.PullRequests.CreateReview(ctx, "acme", "reports", n, &github.PullRequestReviewRequest{Event: new("APPROVE")})
	w.must(err)
	w.refused(merge(), 405, wanted) // a bot's approval is none
	r, _, err := w.asPerson("ada").PullRequests.CreateReview(ctx, "acme", "reports", n, &github.PullRequestReviewRequest{Event: new("APPROVE")})
	w.must(err)
	w.push(reports, "one", map[string]string{"a.sql": "select 3\n"})
	w.refused(merge(), 405, wanted) // stale
	all, _, err := bot.PullRequests.ListReviews(ctx, "acme", "reports", n, nil)
	w.must(err)
	if len(all) != 2 || all[1].GetState() != "DISMISSED" || all[1].GetID() != r.GetID() {
		t.Errorf("got %v", all)
	}
	id, err := w.As("ada").Review(reports, n, "REQUEST_CHANGES", "no")
	w.must(err)
	w.refused(merge(), 405, "Changes have been requested")
	_, _, err = w.asPerson("bob").PullRequests.DismissReview(ctx, "acme", "reports", n, id, &github.PullRequestReviewDismissalRequest{Message: new("settled")})
	w.must(err)
	_, err = w.As("ada").Review(reports, n, "APPROVE", "")
	w.must(err)
	w.must(merge())
}

func TestRequestReviewers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	c := w.asBot()
	_, _, err := c.PullRequests.RequestReviewers(ctx, "acme", "reports", n, github.ReviewersRequest{Reviewers: []string{"ada"}})
	w.must(err)
	got, _, err := c.PullRequests.ListReviewers(ctx, "acme", "reports", n, nil)
	w.must(err)
	if len(got.Users) != 1 || got.Users[0].GetLogin() != "ada" {
		t.Errorf("got %v", got)
	}
	_, _, err = c.PullRequests.RequestReviewers(ctx, "acme", "reports", n, github.ReviewersRequest{Reviewers: []string{"eve"}})
	w.refused(err, http.StatusUnprocessableEntity, "not a collaborator")
}
