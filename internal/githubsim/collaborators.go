package githubsim

import "net/http"

func (s *Sim) collaboratorRoutes() []route {
	const one = "/repos/{owner}/{repo}/collaborators/{login}"
	return []route{
		{method: "GET", pattern: one + "/permission", need: "metadata:read", handle: s.getPermission},
		{method: "GET", pattern: one, need: "metadata:read", handle: s.isCollaborator},
	}
}

// getPermission tells what somebody may do: in four words, and by the exact name of the role.
func (s *Sim) getPermission(q *request) (int, any) {
	who := s.account(q.PathValue("login"))
	if who == nil {
		return fail(http.StatusNotFound, q.PathValue("login")+" is not a user")
	}
	if q.by.token == nil {
		return fail(http.StatusUnauthorized, "Requires authentication")
	}
	held := q.repo.role(who)
	user := merged(s.userJSON(who), object{"role_name": held.String(), "permissions": object{
		"pull": held >= roleRead, "triage": held >= roleTriage, "push": held >= roleWrite,
		"maintain": held >= roleMaintain, "admin": held >= roleAdmin,
	}})
	return http.StatusOK, object{"permission": held.coarse(), "role_name": held.String(), "user": user}
}

func (s *Sim) isCollaborator(q *request) (int, any) {
	who := s.account(q.PathValue("login"))
	if who == nil || q.by.token == nil || who != q.repo.Owner && q.repo.collaborators[who.ID] == roleNone {
		return notFound()
	}
	return http.StatusNoContent, nil
}
