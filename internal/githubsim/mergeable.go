package githubsim

import (
	"context"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// mergeability is what GitHub has found out about merging a head into its base. It is forgotten when one of them moves.
type mergeability struct {
	running bool
	known   bool
	clean   bool
	test    repo.SHA // the test merge commit
}

// startMergeable begins to find out whether p merges, which nobody is told: a later GET shows it.
func (s *Sim) startMergeable(p *Pull) {
	if p.State != "open" || p.mergeable.known || p.mergeable.running {
		return
	}
	p.mergeable.running = true
	head, base := p.Head.SHA, p.Repo.tip(context.Background(), p.Base.Ref)
	s.clock.AfterFunc(s.options.MergeableDelay, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case !p.mergeable.running || p.Head.SHA != head:
		case p.Repo.tip(context.Background(), p.Base.Ref) != base: // what was being found out is no longer asked
			p.mergeable = mergeability{}
			s.startMergeable(p)
		default:
			s.findMergeable(p, base)
		}
	})
}

// findMergeable makes the test merge. When git itself fails, mergeability stays unknown and the next GET tries again.
func (s *Sim) findMergeable(p *Pull, base repo.SHA) {
	p.mergeable = mergeability{}
	message := "Merge " + string(p.Head.SHA) + " into " + string(base)
	test, err := git.MergeCommit(context.Background(), p.Repo.git, base, p.Head.SHA, s.webCommit(actor{user: p.User}, message))
	switch {
	case err == nil:
		p.mergeable = mergeability{known: true, clean: true, test: test}
	case conflicting(err):
		p.mergeable = mergeability{known: true}
	}
}

// mergeableState is GitHub's one-word summary. It is never complete: see rollout for what counts as green.
func (s *Sim) mergeableState(p *Pull) string {
	switch {
	case p.State != "open" || !p.mergeable.known:
		return "unknown"
	case !p.mergeable.clean:
		return "dirty"
	case p.Draft:
		return "draft"
	case s.outdated(p):
		return "behind"
	case len(s.violations(p)) > 0:
		return "blocked"
	case s.unstable(p.Repo, p.Head.SHA):
		return "unstable"
	}
	return "clean"
}

// unstable reports whether anything on a commit, required or not, has failed or is still going on.
func (s *Sim) unstable(r *Repo, sha repo.SHA) bool {
	for _, c := range r.runsOn(sha) {
		if c.verdict() != checkPassed {
			return true
		}
	}
	for _, st := range latestStatuses(r.statusesOn(sha)) {
		if st.verdict() != checkPassed {
			return true
		}
	}
	return false
}
