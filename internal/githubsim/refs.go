package githubsim

import (
	"context"
	"errors"
	"strings"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

const heads = "refs/heads/"

// tip returns where a branch is; empty when there is no such branch.
func (r *Repo) tip(ctx context.Context, branch string) repo.SHA {
	id, err := r.git.Ref(ctx, heads+branch)
	if err != nil {
		return ""
	}
	return id
}

// revision resolves what people write for a commit: a full or short id, a branch, a tag, or a ref without refs/.
// Empty is the default branch.
func (r *Repo) revision(ctx context.Context, name string) (repo.SHA, error) {
	if name == "" || name == "HEAD" {
		name = r.DefaultBranch
	}
	for _, prefix := range []string{heads, "refs/tags/", "refs/", ""} {
		if id, err := r.git.Ref(ctx, prefix+name); err == nil {
			return id, nil
		}
	}
	if kind, _, err := r.git.Kind(ctx, repo.SHA(strings.ToLower(name))); err == nil && kind == git.KindCommit {
		return repo.SHA(strings.ToLower(name)), nil
	}
	return "", git.ErrNotFound
}

// moveRef creates a ref (before is empty), moves it or deletes it (after is empty), and lets everyone know:
// the history, webhooks and CI, and the pull requests that stand on it.
func (s *Sim) moveRef(ctx context.Context, r *Repo, ref string, before, after repo.SHA, by actor) error {
	if err := writeRef(ctx, r.git, ref, before, after); err != nil {
		return err
	}
	s.record(by, verbOfRef(before, after), r, ref, string(before), string(after))
	r.PushedAt, r.UpdatedAt = s.now(), s.now()
	s.onPush(r, ref, before, after, by)
	if branch, ok := strings.CutPrefix(ref, heads); ok {
		return s.pullsAfterPush(ctx, r, branch, before, after, by)
	}
	return nil
}

func writeRef(ctx context.Context, g git.Repo, ref string, before, after repo.SHA) error {
	switch {
	case before == "":
		return g.CreateRef(ctx, ref, after)
	case after == "":
		return g.DeleteRef(ctx, ref, before)
	default:
		return g.UpdateRef(ctx, ref, before, after)
	}
}

func verbOfRef(before, after repo.SHA) string {
	switch {
	case before == "":
		return "ref.create"
	case after == "":
		return "ref.delete"
	default:
		return "ref.update"
	}
}

// pullsAfterPush brings open pull requests up to date with a branch that moved.
func (s *Sim) pullsAfterPush(ctx context.Context, r *Repo, branch string, before, after repo.SHA, by actor) error {
	var problems []error
	var news map[repo.SHA]bool // the commits that the branch gained, once somebody asks
	for _, p := range s.openPulls(r) {
		switch {
		case p.Head.Repo == r && p.Head.Ref == branch:
			problems = append(problems, s.headMoved(ctx, p, before, after, by))
		case p.Repo == r && p.Base.Ref == branch && after == "":
			s.closePull(p, by)
		case p.Repo == r && p.Base.Ref == branch:
			if news == nil {
				var err error
				news, err = gained(ctx, r, before, after)
				problems = append(problems, err)
			}
			s.baseMoved(p, after, news, by)
		}
	}
	return errors.Join(problems...)
}

// headMoved follows the head branch: a push is a synchronize, a deletion closes.
func (s *Sim) headMoved(ctx context.Context, p *Pull, before, after repo.SHA, by actor) error {
	if after == "" {
		s.closePull(p, by)
		return nil
	}
	if e := p.queued(); e != nil {
		s.leaveQueue(ctx, e, by.user, "branch_updated")
	}
	p.Head.SHA, p.Base.SHA, p.UpdatedAt = after, p.Repo.tip(ctx, p.Base.Ref), s.now()
	p.mergeable = mergeability{}
	s.dismissStale(p)
	s.onPullChanged(p, "synchronize", by, object{"before": before, "after": after})
	done, err := git.IsAncestor(ctx, p.Repo.git, after, p.Base.SHA)
	if err == nil && done {
		s.markMerged(p, p.Base.SHA, by)
	}
	return err
}

// baseMoved forgets what was known about merging. A base that gained the head has merged it.
func (s *Sim) baseMoved(p *Pull, after repo.SHA, news map[repo.SHA]bool, by actor) {
	p.mergeable = mergeability{}
	if news[p.Head.SHA] {
		s.markMerged(p, after, by)
	}
}

// gained returns the commits that after reaches and before does not.
func gained(ctx context.Context, r *Repo, before, after repo.SHA) (map[repo.SHA]bool, error) {
	ids, err := r.git.Log(ctx, git.Range{From: after, Not: before})
	out := make(map[repo.SHA]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
