package githubsim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

// commit builds a commit through the API, on top of a branch, and returns it.
func (w *world) commit(c *github.Client, parent repo.SHA, entries ...*github.TreeEntry) *github.Commit {
	w.Helper()
	tree, _, err := c.Git.CreateTree(ctx, "acme", "reports", string(parent), entries)
	w.must(err)
	made, _, err := c.Git.CreateCommit(ctx, "acme", "reports", &github.Commit{
		Message: new("By API"), Tree: tree, Parents: []*github.Commit{{SHA: new(string(parent))}},
	}, nil)
	w.must(err)
	return made
}

func file(path, content string) *github.TreeEntry {
	return &github.TreeEntry{Path: &path, Mode: new("100644"), Type: new("blob"), Content: &content}
}

func ref(name, sha string) *github.Reference {
	return &github.Reference{Ref: &name, Object: &github.GitObject{SHA: &sha}}
}

func TestCommitThroughTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.asBot()
	main := w.Branches(reports)["main"]
	made := w.commit(c, main, file("dir/new.sql", "select 3\n"), &github.TreeEntry{Path: new("a.sql"), Mode: new("100644"), Type: new("blob")})
	if !made.GetVerification().GetVerified() || made.GetAuthor().GetName() != "skein[bot]" {
		t.Errorf("got %v", made)
	}
	got, _, err := c.Git.CreateRef(ctx, "acme", "reports", ref("refs/heads/skein/new", made.GetSHA()))
	w.must(err)
	if got.GetRef() != "refs/heads/skein/new" || got.GetObject().GetType() != "commit" {
		t.Errorf("got %v", got)
	}
	_, _, err = c.Git.CreateRef(ctx, "acme", "reports", ref("refs/heads/skein/new", made.GetSHA()))
	w.refused(err, 422, "Reference already exists")
	text, err := w.File(reports, "skein/new", "dir/new.sql")
	if err != nil || text != "select 3\n" {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := w.File(reports, "skein/new", "a.sql"); err == nil {
		t.Error("an entry without sha and content must delete the path")
	}
	again, _, err := c.Git.GetCommit(ctx, "acme", "reports", made.GetSHA())
	w.must(err)
	if diff := cmp.Diff(made, again); diff != "" {
		t.Error(diff)
	}
	named, _, err := c.Git.CreateCommit(ctx, "acme", "reports", &github.Commit{
		Message: new("m"), Tree: made.Tree, Author: &github.CommitAuthor{Name: new("N"), Email: new("n@example.com")},
	}, nil)
	w.must(err)
	if named.GetVerification().GetVerified() || named.GetCommitter().GetEmail() != "n@example.com" {
		t.Errorf("a commit with an author of its own is not signed: %v", named)
	}
}

func TestTrees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.asBot()
	paths := func(sha string, recursive bool) (out []string) {
		t.Helper()
		tree, _, err := c.Git.GetTree(ctx, "acme", "reports", sha, recursive)
		w.must(err)
		if tree.GetTruncated() {
			t.Error("truncated")
		}
		for _, e := range tree.Entries {
			out = append(out, e.GetMode()+" "+e.GetType()+" "+e.GetPath())
		}
		return out
	}
	if diff := cmp.Diff([]string{"100644 blob a.sql", "040000 tree dir"}, paths("main", false)); diff != "" {
		t.Error(diff)
	}
	want := []string{"100644 blob a.sql", "040000 tree dir", "100644 blob dir/b.sql"}
	if diff := cmp.Diff(want, paths(string(w.Branches(reports)["main"]), true)); diff != "" {
		t.Error(diff)
	}
	_, _, err := c.Git.GetTree(ctx, "acme", "reports", "gone", false)
	w.refused(err, 404, "Not Found")
	_, _, err = c.Git.CreateTree(ctx, "acme", "reports", "gone", []*github.TreeEntry{file("a", "b")})
	w.refused(err, 422, "base_tree")
	bad := file("a", "b")
	bad.Mode = new("100600")
	_, _, err = c.Git.CreateTree(ctx, "acme", "reports", "", []*github.TreeEntry{bad})
	w.refused(err, 422, "tree.mode must be one of")
	_, _, err = c.Git.CreateTree(ctx, "acme", "reports", "", []*github.TreeEntry{file(".github/workflows/x.yml", "on: push")})
	w.refused(err, 403, "Resource not accessible by integration")
	_, _, err = c.Git.CreateTree(ctx, "acme", "reports", "", []*github.TreeEntry{file("../x", "b")})
	w.refused(err, 422, "")
}

func TestRefs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.asBot()
	main := string(w.Branches(reports)["main"])
	one := w.commit(c, repo.SHA(main), file("one", "1")).GetSHA()
	two := w.commit(c, repo.SHA(main), file("two", "2")).GetSHA()
	_, _, err := c.Git.CreateRef(ctx, "acme", "reports", ref("refs/heads/x", one))
	w.must(err)
	_, _, err = c.Git.UpdateRef(ctx, "acme", "reports", ref("refs/heads/x", two), false)
	w.refused(err, 422, "Update is not a fast forward")
	moved, _, err := c.Git.UpdateRef(ctx, "acme", "reports", ref("refs/heads/x", two), true)
	w.must(err)
	if moved.GetObject().GetSHA() != two || w.Branches(reports)["x"] != repo.SHA(two) {
		t.Errorf("got %v", moved)
	}
	_, _, err = c.Git.UpdateRef(ctx, "acme", "reports", ref("refs/heads/gone", two), true)
	w.refused(err, 422, "Reference does not exist")
	_, _, err = c.Git.CreateRef(ctx, "acme", "reports", ref("refs/heads/y", "0123456789012345678901234567890123456789"))
	w.refused(err, 422, "Object does not exist")
	_, _, err = c.Git.GetRef(ctx, "acme", "reports", "heads/gone")
	w.refused(err, 404, "Not Found")
	matching, _, err := c.Git.ListMatchingRefs(ctx, "acme", "reports", &github.ReferenceListOptions{Ref: "heads/"})
	w.must(err)
	if len(matching) != 2 {
		t.Errorf("got %v", matching)
	}
	_, err = c.Git.DeleteRef(ctx, "acme", "reports", "heads/x")
	w.must(err)
	_, err = c.Git.DeleteRef(ctx, "acme", "reports", "heads/x")
	w.refused(err, 422, "Reference does not exist")
	_, err = c.Git.DeleteRef(ctx, "acme", "reports", "heads/main")
	w.refused(err, 422, "Cannot delete the default branch")
}

func TestProtectedBranchesTakeNoPushes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.As("ada").Protect(reports, "main", &githubsim.Protection{Checks: []githubsim.RequiredCheck{{Context: "ci"}}}))
	c := w.asBot()
	made := w.commit(c, w.Branches(reports)["main"], file("one", "1")).GetSHA()
	_, _, err := c.Git.UpdateRef(ctx, "acme", "reports", ref("refs/heads/main", made), false)
	w.refused(err, 422, `Required status check "ci" is expected.`)
	w.must(w.As("ada").Protect(reports, "main", &githubsim.Protection{Reviews: 1}))
	_, _, err = c.Git.UpdateRef(ctx, "acme", "reports", ref("refs/heads/main", made), false)
	w.refused(err, 422, "Changes must be made through a pull request.")
	w.must(w.As("ada").Protect(reports, "main", nil))
	_, _, err = c.Git.UpdateRef(ctx, "acme", "reports", ref("refs/heads/main", made), false)
	w.must(err)
}
