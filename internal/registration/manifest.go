// Package registration creates the GitHub App that Skein is.
//
// app.yml says what the app asks for (manifest.go), less of it for a server that only observes or proposes.
// GitHub's manifest flow turns it into an app with a person's consent (flow.go): a page on this machine posts the
// manifest to GitHub, the person agrees there, GitHub sends the browser back with a code, and the code is
// exchanged, once, for the app's credentials (convert.go). They are written to files that only their owner can
// read, beside a server.yml that "skein serve" takes (files.go).
//
// The exchange is the one call to GitHub outside internal/forge: it is made before there is an app to call as,
// and carries no credentials.
package registration

import (
	"fmt"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/skein-bot/skein"
)

// Profile is how far a server may ever go; its app asks for no more than that needs.
type Profile string

// The profiles, named like the modes of a rollout.
const (
	Observe Profile = "observe" // find consumers; say so in checks, also on pull requests that change a schema, and in tracking issues
	Propose Profile = "propose" // and open pull requests, which people merge
	Merge   Profile = "merge"   // and merge, watch, run again and revert
)

// Manifest describes an app in the words of GitHub's app manifests.
type Manifest struct {
	Name        string            `json:"name"`
	URL         string            `json:"url"`
	Description string            `json:"description"`
	Public      bool              `json:"public"`
	Hook        Hook              `json:"hook_attributes"`
	RedirectURL string            `json:"redirect_url"`
	Permissions map[string]string `json:"default_permissions"`
	Events      []string          `json:"default_events"`
}

// Hook is where webhooks go.
type Hook struct {
	URL    string `json:"url"`
	Active bool   `json:"active"`
}

// Load reads app.yml, lowered to what a profile needs.
func Load(p Profile) (Manifest, error) {
	var m Manifest
	if err := yaml.UnmarshalWithOptions([]byte(skein.Manifest()), &m, yaml.UseJSONUnmarshaler(), yaml.Strict()); err != nil {
		return m, fmt.Errorf("app.yml: %w", err)
	}
	switch p {
	case Observe:
		m.Permissions = map[string]string{"metadata": "read", "contents": "read", "pull_requests": "read", "issues": "write", "checks": "write"}
	case Propose:
		m.Permissions["actions"] = "read" // only mode merge runs jobs again
	case Merge:
	default:
		return m, fmt.Errorf("there is no profile %q; write observe, propose or merge", p)
	}
	m.Events = slices.DeleteFunc(m.Events, func(e string) bool { return m.Permissions[Needed(e)] == "" })
	return m, nil
}

// Needed is the permission that an app must have to subscribe to an event; reading is enough.
func Needed(event string) string {
	switch event {
	case "push", "create", "delete":
		return "contents"
	case "pull_request", "pull_request_review", "pull_request_review_thread":
		return "pull_requests"
	case "issues", "issue_comment":
		return "issues"
	case "check_run", "check_suite":
		return "checks"
	case "status":
		return "statuses"
	case "workflow_run":
		return "actions"
	case "deployment_status":
		return "deployments"
	case "merge_group":
		return "merge_queues"
	case "branch_protection_rule", "repository_ruleset":
		return "administration"
	}
	return "metadata"
}

// Asks lists the permissions as NAME: LEVEL, sorted, for people.
func (m Manifest) Asks() []string {
	out := make([]string, 0, len(m.Permissions))
	for _, name := range slices.Sorted(maps.Keys(m.Permissions)) {
		out = append(out, name+": "+m.Permissions[name])
	}
	return out
}

// maxName is the longest name that GitHub takes.
const maxName = 34

// For is the manifest of a server at publicURL, for an org; "" is the person's own account. Names of apps are
// unique, so the org's is part of it; GitHub lets the person change it.
func (m Manifest) For(org, publicURL string) Manifest {
	if name := m.Name + " " + org; org != "" && len(name) <= maxName {
		m.Name = name
	}
	m.Hook = Hook{URL: publicURL + "/api/github/hook", Active: true}
	return m
}
