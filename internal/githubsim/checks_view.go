package githubsim

import (
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// CheckView is a check run as a verifier sees it.
type CheckView struct {
	ID         int64
	Name       string
	App        string // slug
	AppID      int64
	SHA        repo.SHA
	Status     string
	Conclusion string
	Title      string
	Summary    string
	Text       string
	Notes      []Annotation
	Attempt    int
	Started    time.Time
	Completed  time.Time
}

// Checks lists the check runs on a commit, those that others have replaced too, oldest first.
func (s *Sim) Checks(name repo.Name, sha repo.SHA) []CheckView {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repo(name)
	if r == nil {
		return nil
	}
	runs := r.runsOn(sha)
	out := make([]CheckView, len(runs))
	for n, c := range runs {
		out[n] = CheckView{
			c.id, c.name, c.suite.app.Slug, c.suite.app.ID, sha, c.status, c.conclusion, c.title, c.summary, c.text,
			slices.Clone(c.annotations), c.attempt, c.started, c.completed,
		}
	}
	return out
}

// StatusView is a commit status as a verifier sees it.
type StatusView struct {
	Context     string
	State       string
	Description string
	Creator     string
	Created     time.Time
}

// Statuses lists the statuses of a commit, those that others have replaced too, oldest first.
func (s *Sim) Statuses(name repo.Name, sha repo.SHA) []StatusView {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repo(name)
	if r == nil {
		return nil
	}
	all := r.statusesOn(sha)
	out := make([]StatusView, len(all))
	for n, st := range all {
		out[n] = StatusView{st.context, st.state, st.description, loginOf(st.creator), st.created}
	}
	return out
}
