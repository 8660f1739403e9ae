package githubsim

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"time"
)

// object is a JSON object under construction.
type object = map[string]any

// node is the opaque id that GraphQL knows things by.
func node(kind string, id int64) string {
	return kind + "_" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d", kind, id))
}

// stamp writes a time as GitHub does; the zero time is null.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// orNull is null for an empty string.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// list applies a builder to each element. No elements are an empty list, not null.
func list[T any](all []T, build func(T) object) []object {
	out := make([]object, len(all))
	for i, e := range all {
		out[i] = build(e)
	}
	return out
}

// userJSON builds simple-user. Whoever is gone is the ghost.
func (s *Sim) userJSON(a *Account) object {
	if a == nil {
		a = &Account{ID: 10137, Login: "ghost", Type: "User"}
	}
	u := s.url + "/users/" + strings.ReplaceAll(strings.ReplaceAll(a.Login, "[", "%5B"), "]", "%5D")
	return object{
		"login": a.Login, "id": a.ID, "node_id": node("U", a.ID), "type": a.Type, "site_admin": false,
		"avatar_url": fmt.Sprintf("%s/avatars/u/%d?v=4", s.url, a.ID), "gravatar_id": "",
		"url": u, "html_url": s.htmlURL(a), "followers_url": u + "/followers",
		"following_url": u + "/following{/other_user}", "gists_url": u + "/gists{/gist_id}",
		"starred_url": u + "/starred{/owner}{/repo}", "subscriptions_url": u + "/subscriptions",
		"organizations_url": u + "/orgs", "repos_url": u + "/repos", "events_url": u + "/events{/privacy}",
		"received_events_url": u + "/received_events", "user_view_type": "public",
	}
}

func (s *Sim) htmlURL(a *Account) string {
	if slug, ok := strings.CutSuffix(a.Login, "[bot]"); ok {
		return s.url + "/apps/" + slug
	}
	return s.url + "/" + a.Login
}

// optionalUserJSON is null for nobody.
func (s *Sim) optionalUserJSON(a *Account) any {
	if a == nil {
		return nil
	}
	return s.userJSON(a)
}

// organizationJSON builds organization-simple, which webhooks carry.
func (s *Sim) organizationJSON(a *Account) object {
	u := s.url + "/orgs/" + a.Login
	return object{
		"login": a.Login, "id": a.ID, "node_id": node("O", a.ID), "url": u, "repos_url": u + "/repos",
		"events_url": u + "/events", "hooks_url": u + "/hooks", "issues_url": u + "/issues",
		"members_url": u + "/members{/member}", "public_members_url": u + "/public_members{/member}",
		"avatar_url": fmt.Sprintf("%s/avatars/u/%d?v=4", s.url, a.ID), "description": a.Name,
	}
}

// repoURL is where the API has the repository.
func (s *Sim) repoURL(r *Repo) string { return s.url + "/repos/" + r.fullName().String() }

// repoHTML is where people find it.
func (s *Sim) repoHTML(r *Repo) string { return s.url + "/" + r.fullName().String() }

// minimalRepoJSON builds minimal-repository.
func (s *Sim) minimalRepoJSON(r *Repo) object {
	u, html := s.repoURL(r), s.repoHTML(r)
	o := object{
		"id": r.ID, "node_id": node("R", int64(r.ID)), "name": r.Name, "full_name": r.fullName().String(),
		"owner": s.userJSON(r.Owner), "private": r.Private, "html_url": html, "description": orNull(r.Description),
		"fork": r.Fork != nil, "url": u,
	}
	for _, k := range []string{"contributors", "deployments", "downloads", "events", "forks", "hooks", "languages",
		"merges", "stargazers", "subscribers", "subscription", "tags", "teams"} {
		o[k+"_url"] = u + "/" + k
	}
	for k, template := range repoTemplates() {
		o[k+"_url"] = u + template
	}
	return o
}

// repoTemplates are the URLs of a repository that have a variable part.
func repoTemplates() map[string]string {
	return map[string]string{
		"archive": "/{archive_format}{/ref}", "assignees": "/assignees{/user}", "blobs": "/git/blobs{/sha}",
		"branches": "/branches{/branch}", "collaborators": "/collaborators{/collaborator}",
		"comments": "/comments{/number}", "commits": "/commits{/sha}", "compare": "/compare/{base}...{head}",
		"contents": "/contents/{+path}", "git_commits": "/git/commits{/sha}", "git_refs": "/git/refs{/sha}",
		"git_tags": "/git/tags{/sha}", "issue_comment": "/issues/comments{/number}",
		"issue_events": "/issues/events{/number}", "issues": "/issues{/number}", "keys": "/keys{/key_id}",
		"labels": "/labels{/name}", "milestones": "/milestones{/number}",
		"notifications": "/notifications{?since,all,participating}", "pulls": "/pulls{/number}",
		"releases": "/releases{/id}", "statuses": "/statuses/{sha}", "trees": "/git/trees{/sha}",
	}
}

func (r *Repo) visibility() string {
	switch {
	case !r.Private:
		return "public"
	case r.Internal:
		return "internal"
	}
	return "private"
}

// repoJSON builds repository.
func (s *Sim) repoJSON(r *Repo) object {
	o, html := s.minimalRepoJSON(r), s.repoHTML(r)
	open := 0
	for _, i := range r.issues {
		if i.State == "open" {
			open++
		}
	}
	return merged(o, object{
		"git_url": "git://" + strings.TrimPrefix(strings.TrimPrefix(html, "https://"), "http://") + ".git",
		"ssh_url": "git@github.invalid:" + r.fullName().String() + ".git", "clone_url": html + ".git",
		"svn_url": html, "mirror_url": nil, "homepage": nil, "language": nil, "license": nil,
		"forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0, "watchers_count": 0, "size": 1,
		"default_branch": r.DefaultBranch, "open_issues": open, "open_issues_count": open, "topics": topics(r),
		"has_issues": true, "has_projects": false, "has_wiki": false, "has_pages": false, "has_downloads": false,
		"has_discussions": false, "is_template": false, "web_commit_signoff_required": false,
		"archived": r.Archived, "disabled": false, "visibility": r.visibility(), "allow_forking": true,
		"pushed_at": stamp(r.PushedAt), "created_at": stamp(r.CreatedAt), "updated_at": stamp(r.UpdatedAt),
	})
}

func topics(r *Repo) []string { return append([]string{}, r.Topics...) }

// appJSON builds integration.
func (s *Sim) appJSON(a *App) object {
	return object{
		"id": a.ID, "slug": a.Slug, "client_id": a.ClientID, "node_id": node("A", a.ID), "owner": s.userJSON(a.Owner),
		"name": a.Name, "description": orNull(a.Description), "external_url": a.ExternalURL,
		"html_url": s.url + "/apps/" + a.Slug, "created_at": stamp(a.CreatedAt), "updated_at": stamp(a.CreatedAt),
		"permissions": levels(a.Permissions), "events": append([]string{}, a.Events...),
	}
}

// levels copies a permission table.
func levels(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	maps.Copy(out, m)
	return out
}

// installationJSON builds installation.
func (s *Sim) installationJSON(i *Installation) object {
	selection := "selected"
	if i.All {
		selection = "all"
	}
	return object{
		"id": i.ID, "account": s.userJSON(i.Account), "repository_selection": selection,
		"access_tokens_url": fmt.Sprintf("%s/app/installations/%d/access_tokens", s.url, i.ID),
		"repositories_url":  s.url + "/installation/repositories",
		"html_url":          fmt.Sprintf("%s/organizations/%s/settings/installations/%d", s.url, i.Account.Login, i.ID),
		"app_id":            i.App.ID, "client_id": i.App.ClientID, "app_slug": i.App.Slug, "target_id": i.Account.ID,
		"target_type": i.Account.Type, "permissions": levels(i.Permissions),
		"events": append([]string{}, i.Events...), "created_at": stamp(i.CreatedAt), "updated_at": stamp(i.UpdatedAt),
		"single_file_name": nil, "has_multiple_single_files": false, "single_file_paths": []string{},
		"suspended_by": s.optionalUserJSON(i.SuspendedBy), "suspended_at": stamp(i.SuspendedAt),
	}
}

// labelJSON builds label.
func (s *Sim) labelJSON(r *Repo, l *Label) object {
	return object{
		"id": l.ID, "node_id": node("LA", l.ID), "url": s.repoURL(r) + "/labels/" + url.PathEscape(l.Name),
		"name": l.Name, "description": orNull(l.Description), "color": l.Color, "default": false,
	}
}
