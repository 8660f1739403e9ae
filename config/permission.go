package config

// Commands are the commands that permissions speak of, without the slash.
func Commands() []string {
	return []string{
		"status", "why", "help", "hold", "resume", "merge", "retry", "rebase", "skip", "revert", "reapply",
		"pause", "start", "revert all", "map", "drop", "approve", "hotfix",
	}
}

func levels() []string { return []string{"read", "triage", "write", "maintain", "admin"} }

// DefaultPermission is who may give a command where nothing else is said.
func DefaultPermission(command string) Permission {
	switch command {
	case "status", "why", "help":
		return Permission{Level: "read"}
	case "pause", "start", "revert all":
		return Permission{Level: "maintain"}
	case "hotfix", "approve":
		return Permission{Level: "admin"}
	}
	return Permission{Level: "write"}
}

// PermissionFor is who may give a command in a repository: its own word, else the org's, else the default.
// Both configurations may be nil.
func PermissionFor(org *Org, c *Repo, command string) Permission {
	if c != nil {
		if p, ok := c.Permissions[command]; ok {
			return p
		}
	}
	if org != nil {
		if p, ok := org.Permissions[command]; ok {
			return p
		}
	}
	return DefaultPermission(command)
}
