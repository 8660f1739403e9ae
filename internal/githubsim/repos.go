package githubsim

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/skein-bot/skein/internal/githubsim/git"
)

func (s *Sim) repoRoutes() []route {
	const one = "/repos/{owner}/{repo}"
	return []route{
		{method: "GET", pattern: one, need: "metadata:read", handle: s.getRepo},
		{method: "GET", pattern: one + "/topics", need: "metadata:read", handle: s.listTopics},
		{method: "GET", pattern: one + "/branches", need: "contents:read", handle: s.listBranches},
		{method: "GET", pattern: one + "/branches/{branch...}", need: "contents:read", handle: s.getBranch},
		{method: "GET", pattern: "/orgs/{org}/repos", handle: s.listOrgRepos},
		{method: "GET", pattern: "/users/{org}/repos", handle: s.listOrgRepos},
	}
}

// fullRepoJSON builds full-repository.
func (s *Sim) fullRepoJSON(r *Repo) object {
	o := merged(s.repoJSON(r), object{
		"subscribers_count": 0, "network_count": 0, "allow_merge_commit": !r.Merging.NoMerge,
		"allow_squash_merge": !r.Merging.NoSquash, "allow_rebase_merge": !r.Merging.NoRebase,
		"allow_auto_merge": false, "delete_branch_on_merge": r.Merging.DeleteBranch, "allow_update_branch": false,
		"temp_clone_token": nil,
	})
	if r.Owner.Type == "Organization" {
		o["organization"] = s.userJSON(r.Owner)
	}
	if r.Fork != nil {
		o["parent"], o["source"] = s.repoJSON(r.Fork), s.repoJSON(r.Fork)
	}
	return o
}

func (s *Sim) getRepo(q *request) (int, any) { return http.StatusOK, s.fullRepoJSON(q.repo) }

func (s *Sim) listTopics(q *request) (int, any) {
	return http.StatusOK, object{"names": page(q, topics(q.repo))}
}

func (s *Sim) listOrgRepos(q *request) (int, any) {
	owner := s.account(q.PathValue("org"))
	if owner == nil {
		return notFound()
	}
	var seen []*Repo
	for _, r := range s.sortedRepos() {
		if r.Owner == owner && q.by.sees(r) {
			seen = append(seen, r)
		}
	}
	return http.StatusOK, list(page(q, seen), s.repoJSON)
}

func (s *Sim) listBranches(q *request) (int, any) {
	refs, err := q.repo.git.Refs(q.Context(), heads)
	if err != nil {
		return failed(err)
	}
	return http.StatusOK, list(page(q, refs), func(ref git.Ref) object {
		name := strings.TrimPrefix(ref.Name, heads)
		return object{
			"name": name, "protected": q.repo.isProtected(name), "protection": q.repo.protectionJSON(name),
			"protection_url": s.branchURL(q.repo, name) + "/protection",
			"commit":         object{"sha": ref.ID, "url": s.repoURL(q.repo) + "/commits/" + string(ref.ID)},
		}
	})
}

func (s *Sim) branchURL(r *Repo, branch string) string {
	return s.repoURL(r) + "/branches/" + url.PathEscape(branch)
}

func (r *Repo) isProtected(branch string) bool {
	return r.protection[branch] != nil || len(r.rulesFor(branch)) > 0
}

func (s *Sim) getBranch(q *request) (int, any) {
	name := q.PathValue("branch")
	id := q.repo.tip(q.Context(), name)
	if id == "" {
		return fail(http.StatusNotFound, "Branch not found")
	}
	commit, err := s.commitJSON(q.Context(), q.repo, id)
	if err != nil {
		return failed(err)
	}
	u := s.branchURL(q.repo, name)
	return http.StatusOK, object{
		"name": name, "commit": commit, "protected": q.repo.isProtected(name),
		"protection": q.repo.protectionJSON(name), "protection_url": u + "/protection",
		"_links": object{"self": u, "html": s.repoHTML(q.repo) + "/tree/" + name},
	}
}
