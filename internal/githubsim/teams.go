package githubsim

import (
	"fmt"
	"net/http"
	"strings"
)

func (s *Sim) teamRoutes() []route {
	return []route{{method: "GET", pattern: "/orgs/{org}/teams/{team}/memberships/{login}", need: "members:read", handle: s.getMembership}}
}

// SetTeam says who is in ORG/SLUG.
func (s *Sim) SetTeam(team string, logins ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.teams == nil {
		s.teams = map[string][]string{}
	}
	s.teams[strings.ToLower(team)] = logins
}

// getMembership tells whether somebody is in a team. An installation sees the teams of its own org.
func (s *Sim) getMembership(q *request) (int, any) {
	org, login := q.PathValue("org"), q.PathValue("login")
	if in := q.by.installation; in == nil || !strings.EqualFold(in.Account.Login, org) {
		return notFound()
	}
	for _, member := range s.teams[strings.ToLower(org+"/"+q.PathValue("team"))] {
		if strings.EqualFold(member, login) {
			url := fmt.Sprintf("%s%s", s.url, q.URL.Path)
			return http.StatusOK, object{"url": url, "role": "member", "state": "active"}
		}
	}
	return notFound()
}
