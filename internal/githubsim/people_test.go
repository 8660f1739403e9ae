package githubsim_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// The bodies are held to GitHub's webhook schemas by the listener.
func TestWhatPeopleDoIsHeard(t *testing.T) {
	t.Parallel()
	l := listen(t)
	_, err := l.CreateOrg("globex", "")
	l.must(err)
	heard := func(what string, err error, want ...string) {
		t.Helper()
		l.must(err)
		if diff := cmp.Diff(append([]string{}, want...), l.story()); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		l.forget()
	}
	ada, bob := l.As("ada"), l.As("bob")
	l.forget()
	other := repo.Name{Owner: "acme", Name: "other"}
	l.create(githubsim.RepoSpec{Name: other, Files: map[string]string{"a": "a"}})
	heard("create", nil, "repository.created", "installation_repositories.added", "create", "push", "check_suite.requested")
	heard("topics", ada.SetTopics(other, "x"), "repository.edited")
	heard("private", ada.SetPrivate(other, true), "repository.privatized")
	heard("public", ada.SetPrivate(other, false), "repository.publicized", "public")
	heard("archive", ada.Archive(other, true), "repository.archived")
	heard("unarchive", ada.Archive(other, false), "repository.unarchived")
	heard("rename", ada.Rename(other, "another"), "repository.renamed")
	other.Name = "another"
	_, err = bob.Push(other, "dev", githubsim.Change{Message: "m", Files: map[string]string{"b": "b"}})
	heard("branch", err, "create", "push", "check_suite.requested")
	heard("default", ada.SetDefaultBranch(other, "dev"), "repository.edited")
	n, err := bob.OpenPull(other, githubsim.NewPull{Title: "T", Head: "dev", Base: "main", Draft: true})
	heard("open", err, "pull_request.opened")
	heard("ready", bob.Ready(other, n), "pull_request.ready_for_review")
	title := "New"
	heard("edit", bob.EditPull(other, n, &title, nil, nil), "pull_request.edited")
	id, err := ada.Review(other, n, "REQUEST_CHANGES", "no")
	heard("review", err, "pull_request_review.submitted")
	heard("dismiss", ada.DismissReview(other, n, id), "pull_request_review.dismissed")
	_, err = bob.Push(other, "dev", githubsim.Change{Message: "m", Files: map[string]string{"b": "c"}})
	heard("push", err, "push", "check_suite.requested", "pull_request.synchronize")
	heard("close", bob.ClosePull(other, n), "pull_request.closed")
	heard("reopen", bob.ReopenPull(other, n), "pull_request.reopened")
	_, err = bob.MergePull(other, n, githubsim.Merge{})
	heard("merge", err, "push", "check_suite.requested", "pull_request.closed")
	if merged := l.Pulls(other)[0]; !merged.Merged || merged.Title != "New" || merged.MergedBy != "bob" {
		t.Errorf("got %+v", merged)
	}
	heard("delete branch", ada.SetDefaultBranch(other, "main"), "repository.edited")
	heard("delete branch", bob.DeleteBranch(other, "dev"), "delete", "push")
	heard("transfer", ada.Transfer(other, "globex"), "installation_repositories.removed")
	heard("delete", ada.DeleteRepo(reports), "repository.deleted")
	heard("suspend", l.Suspend(l.installation), "installation.suspend")
	heard("unsuspend", l.Unsuspend(l.installation), "installation.unsuspend")
	heard("grant", l.Grant(l.installation, everything()), "installation.new_permissions_accepted")
	heard("uninstall", l.Uninstall(l.installation), "installation.deleted")
}

func TestPeopleAreHeldToTheRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := repo.Name{Owner: "acme", Name: "gone"}
	_, errUser := w.CreateUser("ADA", "")
	_, errName := w.CreateUser("no blanks", "")
	_, errRepo := w.CreateRepo(githubsim.RepoSpec{Name: reports})
	_, errOwner := w.CreateRepo(githubsim.RepoSpec{Name: repo.Name{Owner: "nobody", Name: "x"}})
	_, errTwice := w.Install(githubsim.InstallSpec{App: w.app.ID, Account: "acme"})
	_, errPath := w.As("bob").Push(reports, "main", githubsim.Change{Files: map[string]string{"../x": "x"}})
	_, errNobody := w.As("nobody").Push(reports, "main", githubsim.Change{Files: map[string]string{"x": "x"}})
	_, errApp := w.CreateApp("acme", githubsim.AppSpec{Name: "skein", PEM: testKey()})
	_, errToken := w.UserToken("nobody")
	w.must(w.As("ada").Archive(reports, true))
	_, errArchived := w.As("bob").Push(reports, "main", githubsim.Change{Files: map[string]string{"x": "x"}})
	for what, err := range map[string]error{
		"a login twice": errUser, "a bad login": errName, "a repository twice": errRepo, "no owner": errOwner,
		"an app installed twice": errTwice, "a bad path": errPath, "nobody": errNobody, "an app twice": errApp,
		"a token for nobody": errToken, "an archived repository": errArchived,
		"a role that is none":   w.As("ada").Collaborate(reports, "bob", "king"),
		"a pull that is none":   w.As("bob").ClosePull(reports, 9),
		"a repo that is none":   w.As("ada").Archive(gone, true),
		"rename onto a name":    renameOnto(w),
		"a branch that is none": w.As("ada").SetDefaultBranch(reports, "gone"),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func renameOnto(w *world) error {
	w.create(githubsim.RepoSpec{Name: repo.Name{Owner: "acme", Name: "other"}})
	return w.As("ada").Rename(repo.Name{Owner: "acme", Name: "other"}, "reports")
}

func TestAShrunkenGrantShrinksTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.asBot()
	blob := &github.Blob{Content: new("x"), Encoding: new("utf-8")}
	_, _, err := c.Git.CreateBlob(ctx, "acme", "reports", blob)
	w.must(err)
	w.must(w.Grant(w.installation, map[string]string{"contents": "read"}))
	_, _, err = c.Git.CreateBlob(ctx, "acme", "reports", blob)
	w.refused(err, 403, "Resource not accessible by integration")
}

func TestADeletedForkLeavesItsPulls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.As("ada").SetPrivate(reports, false))
	fork, err := w.As("eve").Fork(reports)
	w.must(err)
	_, err = w.As("eve").Push(fork, "idea", githubsim.Change{Message: "Idea", Files: map[string]string{"idea": "!"}})
	w.must(err)
	n, err := w.As("eve").OpenPull(reports, githubsim.NewPull{Title: "Idea", Head: "eve:idea", Base: "main"})
	w.must(err)
	w.must(w.As("eve").DeleteRepo(fork))
	// GitHub shows null for the repository of such a head; its description forbids it.
	p, _, err := w.over(w.unchecked(w.botToken())).PullRequests.Get(ctx, "acme", "reports", n)
	w.must(err)
	if p.GetState() != "open" || p.GetHead().Repo != nil {
		t.Errorf("got %v", p)
	}
	_, err = w.As("ada").MergePull(reports, n, githubsim.Merge{})
	w.must(err)
}

// The same story over repositories that git itself keeps.
func TestOverRealGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, func(o *githubsim.Options) {
		o.Git = func(id repo.ID) (git.Repo, error) {
			return git.Init(filepath.Join(dir, strconv.FormatInt(int64(id), 10)+".git"))
		}
	})
	bot := w.asBot()
	made := w.commit(bot, w.Branches(reports)["main"], file("a.sql", "select 2\n"))
	_, _, err := bot.Git.CreateRef(ctx, "acme", "reports", ref("refs/heads/skein/x", made.GetSHA()))
	w.must(err)
	p, _, err := bot.PullRequests.Create(ctx, "acme", "reports", newPull("skein/x", "main"))
	w.must(err)
	base := w.push(reports, "main", map[string]string{"z.sql": "select 9\n"})
	_, _, err = bot.PullRequests.Merge(ctx, "acme", "reports", p.GetNumber(), "", &github.PullRequestOptions{SHA: made.GetSHA()})
	w.must(err)
	log, err := w.Log(reports, "main")
	w.must(err)
	if diff := cmp.Diff([]repo.SHA{base, repo.SHA(made.GetSHA())}, log[0].Parents); diff != "" {
		t.Error(diff)
	}
	for path, want := range map[string]string{"a.sql": "select 2\n", "z.sql": "select 9\n"} {
		if text, err := w.File(reports, "main", path); err != nil || text != want {
			t.Errorf("%s is %q, %v", path, text, err)
		}
	}
	w.must(w.As("ada").SetPrivate(reports, false))
	fork, err := w.As("eve").Fork(reports)
	w.must(err)
	_, err = w.As("eve").Push(fork, "idea", githubsim.Change{Message: "Idea", Files: map[string]string{"idea": "!"}})
	w.must(err)
	_, err = w.As("eve").OpenPull(reports, githubsim.NewPull{Title: "Idea", Head: "eve:idea", Base: "main"})
	w.must(err)
}
