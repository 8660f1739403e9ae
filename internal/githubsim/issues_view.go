package githubsim

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// IssueView is an issue as a verifier sees it.
type IssueView struct {
	Number      int
	Title       string
	Body        string
	User        string
	State       string // open or closed
	StateReason string
	Labels      []string
	Comments    []CommentView
	CreatedAt   time.Time
	ClosedAt    time.Time
}

// Issues lists the issues of a repository that are no pull requests, oldest first.
func (s *Sim) Issues(name repo.Name) []IssueView {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repo(name)
	if r == nil {
		return nil
	}
	var out []IssueView
	for _, i := range slices.SortedFunc(maps.Values(r.issues), func(a, b *Issue) int { return cmp.Compare(a.Number, b.Number) }) {
		if i.Pull == nil {
			out = append(out, IssueView{
				i.Number, i.Title, i.Body, loginOf(i.User), i.State, i.StateReason, labelNames(i.Labels),
				viewComments(i.Comments), i.CreatedAt, i.ClosedAt,
			})
		}
	}
	return out
}
