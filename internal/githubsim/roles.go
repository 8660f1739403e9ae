package githubsim

// role is what a person may do in a repository; each includes those below it.
type role int

const (
	roleNone role = iota
	roleRead
	roleTriage
	roleWrite
	roleMaintain
	roleAdmin
)

// parseRole reads GitHub's name of a role; unknown names are roleNone.
func parseRole(name string) role {
	switch name {
	case "read", "pull":
		return roleRead
	case "triage":
		return roleTriage
	case "write", "push":
		return roleWrite
	case "maintain":
		return roleMaintain
	case "admin":
		return roleAdmin
	}
	return roleNone
}

func (r role) String() string {
	switch r {
	case roleRead:
		return "read"
	case roleTriage:
		return "triage"
	case roleWrite:
		return "write"
	case roleMaintain:
		return "maintain"
	case roleAdmin:
		return "admin"
	case roleNone:
	}
	return "none"
}

// coarse is the role in the four words that the API knew first.
func (r role) coarse() string {
	if r == roleTriage || r == roleMaintain {
		return (r - 1).String()
	}
	return r.String()
}

// role says what an account may do: as owner, as collaborator, or as anybody in a public repository.
func (r *Repo) role(a *Account) role {
	switch {
	case a == nil:
		return roleNone
	case a == r.Owner:
		return roleAdmin
	case !r.Private, r.Internal && a.Type == "User":
		return max(r.collaborators[a.ID], roleRead)
	}
	return r.collaborators[a.ID]
}
