package githubsim_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

func TestMergeMethods(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		method, title, message string
		want                   []string // messages of main since the pull request, newest first
		parents                int
		author                 string
	}{
		{"", "", "", []string{"Merge pull request #1 from acme/one\n\nTitle of one"}, 2, "skein[bot]"},
		{"merge", "Take it", "Because", []string{"Take it\n\nBecause"}, 2, "skein[bot]"},
		{"squash", "", "", []string{"Title of one (#1)\n\n* Change one\n\n* Change one"}, 1, "bob"},
		{"squash", "One", "", []string{"One\n\n* Change one\n\n* Change one"}, 1, "bob"},
		{"rebase", "", "", []string{"Change one", "Change one"}, 1, "bob"},
	} {
		t.Run(x.method+x.title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
			head := w.push(reports, "one", map[string]string{"b.sql": "select 3\n"})
			base := w.push(reports, "main", map[string]string{"z.sql": "select 9\n"})
			w.clock.Advance(time.Hour)
			got, _, err := w.asBot().PullRequests.Merge(ctx, "acme", "reports", n, x.message, &github.PullRequestOptions{
				MergeMethod: x.method, CommitTitle: x.title, SHA: string(head),
			})
			w.must(err)
			if !got.GetMerged() || got.GetMessage() != "Pull Request successfully merged" || got.GetSHA() != string(w.Branches(reports)["main"]) {
				t.Errorf("got %v", got)
			}
			log, err := w.Log(reports, "main")
			w.must(err)
			var messages []string
			for _, c := range log[:len(x.want)] {
				messages = append(messages, c.Message)
			}
			if diff := cmp.Diff(x.want, messages); diff != "" {
				t.Error(diff)
			}
			if len(log[0].Parents) != x.parents || x.method != "rebase" && log[0].Parents[0] != base {
				t.Errorf("parents are %v", log[0].Parents)
			}
			c, _, err := w.asBot().Repositories.GetCommit(ctx, "acme", "reports", "main", nil)
			w.must(err)
			if c.GetAuthor().GetLogin() != x.author || c.GetCommit().GetVerification().GetVerified() != (x.method != "rebase") {
				t.Errorf("author %s, verified %v", c.GetAuthor().GetLogin(), c.GetCommit().GetVerification().GetVerified())
			}
			p := w.Pulls(reports)[0]
			if !p.Merged || p.State != "closed" || p.MergedBy != "skein[bot]" || p.MergeCommit != w.Branches(reports)["main"] || p.HeadSHA != head {
				t.Errorf("got %+v", p)
			}
			for path, want := range map[string]string{"a.sql": "select 2\n", "b.sql": "select 3\n", "z.sql": "select 9\n"} {
				if text, err := w.File(reports, "main", path); err != nil || text != want {
					t.Errorf("%s is %q, %v", path, text, err)
				}
			}
		})
	}
}

func TestSquashOfOneCommitTakesItsWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.As("bob").Push(reports, "one", githubsim.Change{Message: "Fix it\n\nFor good.", Files: map[string]string{"a.sql": "x"}})
	w.must(err)
	n, err := w.As("bob").OpenPull(reports, githubsim.NewPull{Title: "T", Head: "one", Base: "main"})
	w.must(err)
	_, err = w.As("ada").MergePull(reports, n, githubsim.Merge{Method: "squash"})
	w.must(err)
	log, err := w.Log(reports, "main")
	w.must(err)
	if want := "Fix it (#1)\n\nFor good."; log[0].Message != want {
		t.Errorf("got %q, want %q", log[0].Message, want)
	}
}

func TestMergeRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	old := w.Branches(reports)["one"]
	w.push(reports, "one", map[string]string{"a.sql": "select 3\n"})
	c := w.asBot()
	merge := func(number int, o *github.PullRequestOptions) error {
		_, _, err := c.PullRequests.Merge(ctx, "acme", "reports", number, "", o)
		return err
	}
	w.refused(merge(n, &github.PullRequestOptions{SHA: string(old)}), 409, "Head branch was modified. Review and try the merge again.")
	w.refused(merge(99, nil), 404, "Not Found")
	w.refused(merge(n, &github.PullRequestOptions{MergeMethod: "stack"}), 422, "merge_method invalid")
	w.must(w.As("ada").SetMerging(reports, githubsim.MergeSettings{NoMerge: true, NoSquash: true, NoRebase: true}))
	w.refused(merge(n, nil), 405, "Merge commits are not allowed on this repository.")
	w.refused(merge(n, &github.PullRequestOptions{MergeMethod: "squash"}), 405, "Squash merges are not allowed on this repository.")
	w.refused(merge(n, &github.PullRequestOptions{MergeMethod: "rebase"}), 405, "Rebase merges are not allowed on this repository.")
	w.must(w.As("ada").SetMerging(reports, githubsim.MergeSettings{DeleteBranch: true}))
	draft := w.push(reports, "draft", map[string]string{"d": "d"})
	d, err := w.As("bob").OpenPull(reports, githubsim.NewPull{Title: "D", Head: "draft", Base: "main", Draft: true})
	w.must(err)
	w.refused(merge(d, &github.PullRequestOptions{SHA: string(draft)}), 405, "Pull Request is still a draft")
	w.must(w.As("bob").Ready(reports, d))
	w.must(merge(d, nil))
	w.refused(merge(d, nil), 405, "Pull Request is not mergeable")
	if _, there := w.Branches(reports)["draft"]; there {
		t.Error("the merged branch was to be deleted")
	}
	read := "read"
	_, _, err = w.asBot(&github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Contents: &read}}).
		PullRequests.Merge(ctx, "acme", "reports", n, "", nil)
	w.refused(err, 403, "Resource not accessible by integration")
}

func TestWorkflowFilesNeedTheirPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{".github/workflows/ci.yml": "on: push\n"})
	_, _, err := w.asBot().PullRequests.Merge(ctx, "acme", "reports", n, "", nil)
	w.refused(err, 403, "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission")
	w.must(w.Grant(w.installation, map[string]string{"contents": "write", "workflows": "write", "pull_requests": "write"}))
	_, _, err = w.asBot().PullRequests.Merge(ctx, "acme", "reports", n, "", nil)
	w.must(err)
}

func TestMergeWaitsForRequiredChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	checks := []githubsim.RequiredCheck{{Context: "ci/build", App: w.app.ID}}
	w.must(w.As("ada").Protect(reports, "main", &githubsim.Protection{Checks: checks, Strict: true}))
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	head := w.Branches(reports)["one"]
	c := w.asBot()
	merge := func() error {
		_, _, err := c.PullRequests.Merge(ctx, "acme", "reports", n, "", nil)
		return err
	}
	report := func(status, conclusion string) {
		t.Helper()
		o := github.CreateCheckRunOptions{Name: "ci/build", HeadSHA: string(head), Status: &status}
		if conclusion != "" {
			o.Conclusion = &conclusion
		}
		_, _, err := c.Checks.CreateCheckRun(ctx, "acme", "reports", o)
		w.must(err)
	}
	w.refused(merge(), 405, `Required status check "ci/build" is expected.`)
	report("in_progress", "")
	w.refused(merge(), 405, `Required status check "ci/build" is pending.`)
	report("completed", "failure")
	w.refused(merge(), 405, `Required status check "ci/build" is failing.`)
	report("completed", "success")
	base := w.push(reports, "main", map[string]string{"z": "z"})
	w.refused(merge(), 405, "Head branch is out of date")
	_, _, err := c.PullRequests.Get(ctx, "acme", "reports", n)
	w.must(err)
	w.clock.Advance(time.Minute)
	if p, _, err := c.PullRequests.Get(ctx, "acme", "reports", n); err != nil || p.GetMergeableState() != "behind" {
		t.Errorf("got %s, %v", p.GetMergeableState(), err)
	}
	_, err = w.As("bob").ForcePush(reports, "one", base, githubsim.Change{Message: "again", Files: map[string]string{"a.sql": "select 2\n"}})
	w.must(err)
	head = w.Branches(reports)["one"]
	w.refused(merge(), 405, "is expected")
	report("completed", "neutral")
	w.must(merge())

	protection, _, err := c.Repositories.GetBranchProtection(ctx, "acme", "reports", "main")
	w.must(err)
	got := protection.GetRequiredStatusChecks()
	if !got.Strict || len(*got.Checks) != 1 || (*got.Checks)[0].Context != "ci/build" || *(*got.Checks)[0].AppID != w.app.ID {
		t.Errorf("got %v", got)
	}
	_, _, err = c.Repositories.GetBranchProtection(ctx, "acme", "reports", "one")
	if err == nil || err.Error() != github.ErrBranchNotProtected.Error() {
		t.Errorf("got %v, want %v", err, github.ErrBranchNotProtected)
	}
	w.must(w.Grant(w.installation, map[string]string{"contents": "write"}))
	_, _, err = w.asBot().Repositories.GetBranchProtection(ctx, "acme", "reports", "main")
	w.refused(err, 403, "Resource not accessible by integration")
}

func TestAdministratorsBypassClassicProtection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	protection := githubsim.Protection{Reviews: 1, EnforceAdmins: true}
	w.must(w.As("ada").Protect(reports, "main", &protection))
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	if _, err := w.As("ada").MergePull(reports, n, githubsim.Merge{}); err == nil {
		t.Error("ada merged although protection is enforced for administrators")
	}
	protection.EnforceAdmins = false
	w.must(w.As("ada").Protect(reports, "main", &protection))
	if _, err := w.As("bob").MergePull(reports, n, githubsim.Merge{}); err == nil {
		t.Error("bob is no administrator and merged")
	}
	_, err := w.As("ada").MergePull(reports, n, githubsim.Merge{})
	w.must(err)
}

// What classic protection asks for beside checks is shown, and holds.
func TestClassicProtection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	protect := func(p githubsim.Protection) *github.Protection {
		t.Helper()
		w.must(w.As("ada").Protect(reports, "main", &p))
		shown, _, err := w.asBot().Repositories.GetBranchProtection(ctx, "acme", "reports", "main")
		w.must(err)
		return shown
	}
	merge := func(method string) error {
		_, _, err := w.asBot().PullRequests.Merge(ctx, "acme", "reports", n, "", &github.PullRequestOptions{MergeMethod: method})
		return err
	}
	if p := protect(githubsim.Protection{Locked: true}); !*p.GetLockBranch().Enabled {
		t.Error("the lock is not shown")
	}
	w.refused(merge("squash"), 405, "Cannot change this locked branch")
	head := string(w.Branches(reports)["one"])
	_, _, err := w.asBot().Git.UpdateRef(ctx, "acme", "reports", &github.Reference{Ref: new("heads/main"), Object: &github.GitObject{SHA: &head}}, false)
	w.refused(err, 422, "Cannot change this locked branch")
	if p := protect(githubsim.Protection{Linear: true, Reviews: 2, CodeOwners: true, Threads: true}); !p.GetRequireLinearHistory().Enabled ||
		!p.GetRequiredConversationResolution().Enabled || !p.GetRequiredPullRequestReviews().RequireCodeOwnerReviews ||
		p.GetRequiredPullRequestReviews().RequiredApprovingReviewCount != 2 {
		t.Errorf("shown is %v", p)
	}
	w.refused(merge("merge"), 405, "Merge commits are not allowed")
	w.refused(merge("squash"), 405, "At least 2 approving reviews are required")
	protect(githubsim.Protection{Linear: true})
	w.must(merge("squash"))
}

func TestRulesets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.As("ada").SetRulesets(reports,
		githubsim.Ruleset{Name: "main", Branches: []string{"~DEFAULT_BRANCH"}, Rules: []githubsim.Rule{
			githubsim.RequireChecks(false, githubsim.RequiredCheck{Context: "ci/build", App: w.app.ID}),
			{Type: "max_file_size", Parameters: map[string]any{"max_file_size": 10}, Refuses: "a.sql is too large"},
			githubsim.RequireReviews(1),
		}},
		githubsim.Ruleset{Name: "org", Org: true, Branches: []string{"release/*"}, Rules: []githubsim.Rule{{Type: "deletion"}}},
		githubsim.Ruleset{Name: "off", Inactive: true, Branches: []string{"~ALL"}, Rules: []githubsim.Rule{{Type: "non_fast_forward"}}},
	))
	w.push(reports, "release/1", map[string]string{"a": "a"})
	c := w.asBot()
	rules := func(branch string) (out []string) {
		t.Helper()
		req, err := c.NewRequest("GET", "repos/acme/reports/rules/branches/"+branch, nil)
		w.must(err)
		var got []struct {
			Type       string          `json:"type"`
			Parameters json.RawMessage `json:"parameters"`
			Source     string          `json:"ruleset_source_type"`
		}
		_, err = c.Do(ctx, req, &got)
		w.must(err)
		for _, r := range got {
			out = append(out, r.Source+" "+r.Type)
		}
		return out
	}
	want := []string{"Repository required_status_checks", "Repository max_file_size", "Repository pull_request"}
	if diff := cmp.Diff(want, rules("main")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Organization deletion"}, rules("release%2F1")); diff != "" {
		t.Error(diff)
	}
	if got := rules("other"); got != nil {
		t.Errorf("got %v", got)
	}
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	_, _, err := c.PullRequests.Merge(ctx, "acme", "reports", n, "", nil)
	w.refused(err, 405, "Repository rule violations found\n\nRequired status check \"ci/build\" is expected.\n\na.sql is too large\n\nAt least 1 approving")
}

func TestHistoryTellsWhoWroteWhatWithWhichRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	before := len(w.History())
	write := "write"
	c := w.asBot(&github.InstallationTokenOptions{Repositories: []string{"reports"}, Permissions: &github.InstallationPermissions{Contents: &write, PullRequests: &write}})
	_, _, err := c.PullRequests.Merge(ctx, "acme", "reports", n, "", nil)
	w.must(err)
	var verbs []string
	for _, e := range w.History()[before:] {
		verbs = append(verbs, e.Verb)
		want := map[string]string{"contents": "write", "pull_requests": "write", "metadata": "read"}
		if diff := cmp.Diff(want, e.Granted); diff != "" || e.Actor != "skein[bot]" || e.Need != "contents:write" || e.Repos != 1 || e.Repo != reports {
			t.Errorf("got %+v %s", e, diff)
		}
	}
	if diff := cmp.Diff([]string{"pull.merge", "ref.update"}, verbs); diff != "" {
		t.Error(diff)
	}
	merged := w.History()[before]
	if repo.SHA(merged.Before) != w.Pulls(reports)[0].HeadSHA || repo.SHA(merged.After) != w.Branches(reports)["main"] {
		t.Errorf("got %+v", merged)
	}
}

func TestRebaseOfWhatTheBaseHasAlready(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	base := w.push(reports, "main", map[string]string{"a.sql": "select 2\n"})
	got, _, err := w.asBot().PullRequests.Merge(ctx, "acme", "reports", n, "", &github.PullRequestOptions{MergeMethod: "rebase"})
	w.must(err)
	if got.GetSHA() != string(base) || w.Branches(reports)["main"] != base || !w.Pulls(reports)[0].Merged {
		t.Errorf("got %v, main at %s", got, w.Branches(reports)["main"])
	}
}
