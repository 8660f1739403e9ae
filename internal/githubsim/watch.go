package githubsim

import (
	"net/http"

	"github.com/skein-bot/skein/internal/repo"
)

// Call is one request as a verifier sees it: what was asked for, and with which rights.
type Call struct {
	Method       string
	Pattern      string // of the route, such as /repos/{owner}/{repo}/pulls; empty when there is none
	Path         string
	Repo         repo.Name // as it is called now; zero outside repositories
	Actor        string    // login
	Installation int64
	Granted      map[string]string // what the token could do
	Repos        int               // that the token was narrowed to; 0 means all of the installation
	Need         string            // what the route asks for: alternatives set apart by a bar
	Status       int
}

// OnCall has f called after every request, with the world locked: f must not use the Sim. It replaces an earlier f.
func (s *Sim) OnCall(f func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onCall = f
}

func (s *Sim) tell(q *request, status int) {
	if s.onCall == nil {
		return
	}
	c := Call{Method: q.Method, Pattern: q.route.pattern, Path: q.URL.Path, Need: q.route.need, Status: status}
	if q.repo != nil {
		c.Repo = q.repo.fullName()
	}
	if q.by.user != nil {
		c.Actor = q.by.user.Login
	}
	if q.by.installation != nil {
		c.Installation, c.Granted, c.Repos = q.by.installation.ID, levels(q.by.token.permissions), len(q.by.token.repos)
	}
	s.onCall(c)
}

// isRead reports whether a request only looks.
func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }
