package githubsim

import "github.com/skein-bot/skein/internal/repo"

// onPush is called after a ref moved, whoever moved it: it sends push, create and delete, and starts CI.
// ref is full; before or after is empty when the ref was created or deleted.
func (s *Sim) onPush(r *Repo, ref string, before, after repo.SHA, by actor) {}

// onPullChanged is called after a pull request changed: it sends pull_request with the action, and starts CI.
func (s *Sim) onPullChanged(p *Pull, action string, by actor, extra map[string]any) {}

// verdict is what a required check says about a commit.
type verdict int

const (
	checkMissing verdict = iota
	checkPending
	checkFailed
	checkPassed
)

// requiredCheck judges context on a commit. A check run and a status of one name must both pass; app is the
// only app whose run counts, or 0 for any.
func (s *Sim) requiredCheck(r *Repo, sha repo.SHA, context string, app int64) verdict {
	return checkMissing
}
