package git

import (
	"context"
	"errors"
	"slices"

	"github.com/skein-bot/skein/internal/repo"
)

// MergeBase returns the newest best common ancestor, or ErrUnrelated.
func MergeBase(ctx context.Context, r Repo, a, b repo.SHA) (repo.SHA, error) {
	bases, err := r.MergeBases(ctx, a, b)
	if err != nil {
		return "", err
	}
	if len(bases) == 0 {
		return "", unrelated(a, b)
	}
	return bases[0], nil
}

// IsAncestor reports whether b reaches a. A commit is its own ancestor.
func IsAncestor(ctx context.Context, r Repo, a, b repo.SHA) (bool, error) {
	bases, err := r.MergeBases(ctx, a, b)
	return len(bases) == 1 && bases[0] == a, err
}

// MergeCommit merges theirs into ours and commits the result with both as parents. Here and below c gives
// author, committer and message; its tree and parents are set by the function.
func MergeCommit(ctx context.Context, r Repo, ours, theirs repo.SHA, c Commit) (repo.SHA, error) {
	return commitMerge(ctx, r, ours, theirs, c, ours, theirs)
}

// Squash merges theirs into ours and commits the result on top of ours alone.
func Squash(ctx context.Context, r Repo, ours, theirs repo.SHA, c Commit) (repo.SHA, error) {
	return commitMerge(ctx, r, ours, theirs, c, ours)
}

func commitMerge(ctx context.Context, r Repo, ours, theirs repo.SHA, c Commit, parents ...repo.SHA) (repo.SHA, error) {
	tree, err := r.Merge(ctx, ours, theirs)
	if err != nil {
		return "", err
	}
	c.Tree, c.Parents = tree, parents
	return r.WriteCommit(ctx, c)
}

// Apply commits on top of onto the change that leads from one commit to another. From a commit's parent to the
// commit it picks it; from the commit to its parent it reverts it; and so for a range.
func Apply(ctx context.Context, r Repo, onto, from, to repo.SHA, c Commit) (repo.SHA, error) {
	tree, err := replay(ctx, r, onto, from, to)
	if err != nil {
		return "", err
	}
	c.Tree, c.Parents = tree, []repo.SHA{onto}
	return r.WriteCommit(ctx, c)
}

// Rebase replays onto a commit, one by one and oldest first, what head has and onto lacks, and returns the new
// commits. Authors and messages stay. Merge commits are left out, as is a commit whose change is there
// already. The first conflict ends it with a *ConflictError that names the commit.
func Rebase(ctx context.Context, r Repo, onto, head repo.SHA, committer Signature) ([]repo.SHA, error) {
	ids, err := r.Log(ctx, Range{From: head, Not: onto})
	if err != nil {
		return nil, err
	}
	var done []repo.SHA
	for _, id := range slices.Backward(ids) {
		next, err := pick(ctx, r, onto, id, committer)
		if err != nil {
			return nil, err
		}
		if next != onto {
			onto = next
			done = append(done, next)
		}
	}
	return done, nil
}

// pick replays one commit and returns the new one, or onto itself where there is nothing to replay.
func pick(ctx context.Context, r Repo, onto, id repo.SHA, committer Signature) (repo.SHA, error) {
	c, err := r.Commit(ctx, id)
	if err != nil {
		return "", err
	}
	if len(c.Parents) > 1 {
		return onto, nil
	}
	parent := repo.SHA("")
	if len(c.Parents) == 1 {
		parent = c.Parents[0]
	}
	tree, err := replay(ctx, r, onto, parent, id)
	if err != nil {
		return "", atCommit(err, id)
	}
	if same, err := nothingNew(ctx, r, onto, parent, tree, c.Tree); err != nil || same {
		return onto, err
	}
	c.Tree, c.Parents, c.Committer = tree, []repo.SHA{onto}, committer
	return r.WriteCommit(ctx, c)
}

// nothingNew reports whether a replayed commit became empty. One that was empty from the start is kept.
func nothingNew(ctx context.Context, r Repo, onto, parent, replayed, original repo.SHA) (bool, error) {
	before, err := treeOf(ctx, r, onto)
	if err != nil || before != replayed {
		return false, err
	}
	from, err := treeOf(ctx, r, parent)
	return from != original, err
}

// replay merges the change from one commit to another into onto's tree. An empty commit id is the empty tree.
func replay(ctx context.Context, r Repo, onto, from, to repo.SHA) (repo.SHA, error) {
	base, err := treeOf(ctx, r, from)
	if err != nil {
		return "", err
	}
	ours, err := treeOf(ctx, r, onto)
	if err != nil {
		return "", err
	}
	theirs, err := treeOf(ctx, r, to)
	if err != nil {
		return "", err
	}
	return r.MergeTrees(ctx, base, ours, theirs)
}

func treeOf(ctx context.Context, r Repo, commit repo.SHA) (repo.SHA, error) {
	if commit == "" {
		return emptyTree, nil
	}
	c, err := r.Commit(ctx, commit)
	return c.Tree, err
}

func atCommit(err error, id repo.SHA) error {
	if conflict, ok := errors.AsType[*ConflictError](err); ok {
		return &ConflictError{Commit: id, Paths: conflict.Paths}
	}
	return err
}
