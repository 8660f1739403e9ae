package forge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// RevertSpec is a merge to take back out.
type RevertSpec struct {
	Repo    repo.Repo
	Base    string
	Number  int      // of the pull request that was merged; names the branch skein/revert-NUMBER
	Merge   repo.SHA // the merge commit, or the last of a rebased range
	Method  string   // squash, merge, rebase
	Parent  repo.SHA // the base just before the merge; needed for rebase
	Message string   // with trailers
	Title   string
	Body    string
	Draft   bool
}

// OpenRevert opens a pull request that takes a merge back out: the inverse tree change, on the base branch as
// it is now. Files that were edited again since are merged line by line; where lines overlap the answer is
// *Conflict, and when the base branch holds the revert already, *AlreadyReverted.
func (f *Forge) OpenRevert(ctx context.Context, s RevertSpec) (number int, head repo.SHA, err error) {
	if number, head, err = f.openedRevert(ctx, s); err != nil || number > 0 {
		return number, head, err
	}
	fresh, err := f.BranchHead(ctx, s.Repo, s.Base)
	if err != nil {
		return 0, "", err
	}
	if err := f.notReverted(ctx, s); err != nil {
		return 0, "", err
	}
	before, after, err := f.span(ctx, s)
	if err != nil {
		return 0, "", err
	}
	root, _, err := f.treeOf(ctx, s.Repo, fresh)
	if err != nil {
		return 0, "", err
	}
	entries, err := f.inverse(ctx, s.Repo, before, after, root)
	if err != nil {
		return 0, "", err
	}
	return f.propose(ctx, s.pull(fresh), root, entries)
}

func (s RevertSpec) branch() string { return fmt.Sprintf("skein/revert-%d", s.Number) }

func (s RevertSpec) pull(base repo.SHA) PullSpec {
	return PullSpec{
		Repo: s.Repo, Base: s.Base, BaseSHA: base, Branch: s.branch(), Message: s.message(),
		Title: s.Title, Body: s.Body, Draft: s.Draft,
	}
}

// revertPhrase is how git names what a commit reverts.
const revertPhrase = "This reverts commit "

func (s RevertSpec) phrase() string { return revertPhrase + string(s.Merge) }

// message carries git's own phrase below the subject: it is what the next try looks for.
func (s RevertSpec) message() string {
	if strings.Contains(s.Message, s.phrase()) {
		return s.Message
	}
	subject, rest, _ := strings.Cut(s.Message, "\n")
	return subject + "\n\n" + s.phrase() + ".\n" + rest
}

// openedRevert finds the pull request of an earlier try, of whatever base: the branch's name is the key.
func (f *Forge) openedRevert(ctx context.Context, s RevertSpec) (int, repo.SHA, error) {
	all, err := f.pullsOf(ctx, s.Repo, s.branch())
	if err != nil || len(all) == 0 {
		return 0, "", err
	}
	return all[0].GetNumber(), repo.SHA(all[0].GetHead().GetSHA()), nil
}

// notReverted looks for the revert on the base branch, where a person may have put it.
func (f *Forge) notReverted(ctx context.Context, s RevertSpec) error {
	way, err := f.history(ctx, s.Repo, s.Merge, s.Base)
	if err != nil {
		return err
	}
	for _, c := range way {
		if strings.Contains(c.Message, s.phrase()) {
			return &AlreadyReverted{By: string(c.SHA)}
		}
	}
	return nil
}

// span finds the trees before and after the merge. The first parent is what a squash or a merge came upon; a
// rebased range is walked back by its trailer.
func (f *Forge) span(ctx context.Context, s RevertSpec) (before, after string, err error) {
	after, parents, err := f.treeOf(ctx, s.Repo, s.Merge)
	if err != nil {
		return "", "", err
	}
	if len(parents) == 0 {
		return "", "", fmt.Errorf("commit %s has no parent", s.Merge.Short())
	}
	from := parents[0]
	if s.Method == "rebase" {
		if from, err = f.rebasedFrom(ctx, s); err != nil {
			return "", "", err
		}
	}
	before, _, err = f.treeOf(ctx, s.Repo, from)
	return before, after, err
}

func (f *Forge) rebasedFrom(ctx context.Context, s RevertSpec) (repo.SHA, error) {
	c, err := f.Compare(ctx, s.Repo, string(s.Parent), string(s.Merge))
	if err != nil {
		return "", err
	}
	if c.Status != "ahead" || len(c.Commits) == 0 || c.Truncated && len(c.Commits) < c.AheadBy {
		return "", fmt.Errorf("%s is not a range on %s", s.Merge.Short(), s.Parent.Short())
	}
	from := s.Parent
	id := c.Commits[len(c.Commits)-1].Trailer(ChangesetTrailer)
	for i := len(c.Commits) - 1; i >= 0 && id != ""; i-- {
		if c.Commits[i].Trailer(ChangesetTrailer) != id {
			break
		}
		from = c.Commits[i].Parents[0]
	}
	return from, nil
}

// inverse computes the entries that undo before→after on top of root.
func (f *Forge) inverse(ctx context.Context, r repo.Repo, before, after, root string) (entries []any, err error) {
	known := f.trees(r)
	shifts := map[string]shift{}
	if err := known.diff(ctx, before, after, "", shifts); err != nil {
		return nil, err
	}
	var conflict Conflict
	for _, path := range slices.Sorted(maps.Keys(shifts)) {
		now, err := known.at(ctx, root, path)
		if err != nil {
			return nil, err
		}
		entry, err := f.undo(ctx, r, path, shifts[path], now)
		if errors.Is(err, errOverlap) {
			conflict.Paths = append(conflict.Paths, path)
		} else if err != nil {
			return nil, err
		}
		if entry != nil {
			entries = append(entries, entry)
		}
	}
	if len(conflict.Paths) > 0 {
		return nil, &conflict
	}
	return entries, nil
}

// undo is the entry that takes one path back; nil when it is back already.
func (f *Forge) undo(ctx context.Context, r repo.Repo, path string, s shift, now node) (any, error) {
	switch {
	case now == s.before:
		return nil, nil
	case now == s.after && s.before == node{}:
		return removal{Path: path, Mode: s.after.mode, Type: "blob"}, nil
	case now == s.after:
		return leaf{Path: path, Mode: s.before.mode, Type: s.before.kind, SHA: &s.before.sha}, nil
	case s.before.kind != "blob" || s.after.kind != "blob" || now.kind != "blob" || now.mode == "120000":
		return nil, errOverlap
	}
	var texts [3][]byte
	for i, sha := range []string{s.after.sha, now.sha, s.before.sha} {
		var err error
		if texts[i], err = f.blob(ctx, r, sha); err != nil {
			return nil, err
		}
	}
	merged, err := merge3(texts[0], texts[1], texts[2])
	if err != nil {
		return nil, err
	}
	return f.leaf(ctx, r, path, now.mode, merged)
}
