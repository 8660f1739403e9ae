package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// PullSpec is a pull request to open: one commit on BaseSHA, on a branch of its own.
type PullSpec struct {
	Repo    repo.Repo
	Base    string
	BaseSHA repo.SHA
	Branch  string
	Files   map[string][]byte // whole new contents; nil deletes. Modes are kept
	Message string            // with the trailers Skein-Migration and Skein-Changeset
	Title   string
	Body    string
	Draft   bool
}

// OpenPull opens a pull request, or finds the one that an earlier try opened. A branch that holds only
// commits of Skein's is moved to the new commit; one that holds others' is refused with *Foreign.
func (f *Forge) OpenPull(ctx context.Context, s PullSpec) (number int, head repo.SHA, err error) {
	root, _, err := f.treeOf(ctx, s.Repo, s.BaseSHA)
	if err != nil {
		return 0, "", err
	}
	entries, err := f.leaves(ctx, s.Repo, root, s.Files)
	if err != nil {
		return 0, "", err
	}
	return f.propose(ctx, s, root, entries)
}

// propose brings the entries onto the branch and the branch into a pull request.
func (f *Forge) propose(ctx context.Context, s PullSpec, root string, entries []any) (int, repo.SHA, error) {
	if len(entries) == 0 {
		return 0, "", ErrNothing
	}
	tree, err := f.makeTree(ctx, s.Repo, root, entries)
	if err != nil {
		return 0, "", err
	}
	if tree == root {
		return 0, "", ErrNothing
	}
	head, found, err := f.branch(ctx, s, tree)
	if err != nil {
		return 0, "", err
	}
	number, err := f.pullOf(ctx, s, found)
	return number, head, err
}

// branch makes sure that the branch holds a commit with this tree on BaseSHA, and returns its tip, and whether
// an earlier try had made the commit.
func (f *Forge) branch(ctx context.Context, s PullSpec, tree string) (tip repo.SHA, found bool, err error) {
	tip, err = f.BranchHead(ctx, s.Repo, s.Branch)
	if errors.Is(err, ErrNotFound) {
		tip, err = f.newBranch(ctx, s, tree)
		return tip, false, err
	}
	if err != nil {
		return "", false, err
	}
	self, err := f.signer(ctx)
	if err != nil {
		return "", false, err
	}
	c, err := f.Compare(ctx, s.Repo, s.Base, string(tip))
	if err != nil {
		return "", false, err
	}
	if slices.ContainsFunc(c.Commits, func(c Commit) bool { return self.ours(c) && c.is(tree, s.BaseSHA) }) {
		return tip, true, nil // whatever came on top is kept
	}
	others := self.foreign(c.Commits)
	if len(others) > 0 || c.Truncated && len(c.Commits) < c.AheadBy {
		return "", false, &Foreign{Branch: s.Branch, Authors: others}
	}
	tip, err = f.moveBranch(ctx, s, tree, tip)
	return tip, false, err
}

func (c Commit) is(tree string, parent repo.SHA) bool {
	return string(c.Tree) == tree && len(c.Parents) == 1 && c.Parents[0] == parent
}

// newBranch commits and creates the ref. Someone else's having been faster is found by looking again.
func (f *Forge) newBranch(ctx context.Context, s PullSpec, tree string) (repo.SHA, error) {
	head, err := f.makeCommit(ctx, s.Repo, s.Message, tree, s.BaseSHA)
	if err != nil {
		return "", err
	}
	in := map[string]string{"ref": "refs/heads/" + s.Branch, "sha": string(head)}
	err = f.send(ctx, s.Repo, "contents:write", http.MethodPost, "/git/refs", in, nil)
	if codeOf(err) == http.StatusUnprocessableEntity {
		if tip, look := f.BranchHead(ctx, s.Repo, s.Branch); look == nil {
			return "", fmt.Errorf("branch %s appeared at %s: %w", s.Branch, tip.Short(), ErrStale)
		}
	}
	return head, err
}

// moveBranch puts the branch, which holds nothing but Skein's own commits, onto the new commit. The tip is
// read once more just before.
func (f *Forge) moveBranch(ctx context.Context, s PullSpec, tree string, tip repo.SHA) (repo.SHA, error) {
	head, err := f.makeCommit(ctx, s.Repo, s.Message, tree, s.BaseSHA)
	if err != nil {
		return "", err
	}
	now, err := f.BranchHead(ctx, s.Repo, s.Branch)
	if err != nil {
		return "", err
	}
	if now != tip {
		return "", fmt.Errorf("branch %s: %w", s.Branch, ErrStale)
	}
	in := map[string]any{"sha": head, "force": true}
	return head, f.send(ctx, s.Repo, "contents:write", http.MethodPatch, "/git/refs/heads/{branch*}", in, nil, s.Branch)
}

// pullOf finds or opens the pull request of the branch. When our commit was found there already, a closed or merged
// one counts too: a person's no is not asked again.
func (f *Forge) pullOf(ctx context.Context, s PullSpec, found bool) (int, error) {
	if number, err := f.existing(ctx, s, found); err != nil || number > 0 {
		return number, err
	}
	var got github.PullRequest
	in := map[string]any{"title": s.Title, "body": s.Body, "head": s.Branch, "base": s.Base, "draft": s.Draft}
	err := f.send(ctx, s.Repo, "pull_requests:write", http.MethodPost, "/pulls", in, &got)
	if codeOf(err) == http.StatusUnprocessableEntity {
		if number, look := f.existing(ctx, s, found); look == nil && number > 0 {
			return number, nil
		}
		if s.Draft { // some plans have no drafts in private repositories
			s.Draft = false
			return f.pullOf(ctx, s, found)
		}
	}
	return got.GetNumber(), err
}

func (f *Forge) existing(ctx context.Context, s PullSpec, closedToo bool) (int, error) {
	all, err := f.pullsOf(ctx, s.Repo, s.Branch)
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if p.GetState() == "open" || closedToo {
			return p.GetNumber(), nil
		}
	}
	return 0, nil
}

// DeleteBranch deletes a branch that still is at head; one that is gone is a success.
func (f *Forge) DeleteBranch(ctx context.Context, r repo.Repo, branch string, head repo.SHA) error {
	tip, err := f.BranchHead(ctx, r, branch)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if tip != head {
		return fmt.Errorf("branch %s is at %s: %w", branch, tip.Short(), ErrStale)
	}
	return f.send(ctx, r, "contents:write", http.MethodDelete, "/git/refs/heads/{branch*}", nil, nil, branch)
}
