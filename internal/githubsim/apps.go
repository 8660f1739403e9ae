package githubsim

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// tokenLife is how long an installation's token lives.
const tokenLife = time.Hour

func (s *Sim) authRoutes() []route {
	return []route{
		{method: "GET", pattern: "/app", caller: byApp, handle: s.getApp},
		{method: "GET", pattern: "/app/installations", caller: byApp, handle: s.listInstallations},
		{method: "GET", pattern: "/app/installations/{id}", caller: byApp, handle: s.getInstallation},
		{method: "POST", pattern: "/app/installations/{id}/access_tokens", caller: byApp, handle: s.createToken},
		{method: "GET", pattern: "/repos/{owner}/{repo}/installation", caller: byApp, handle: s.getRepoInstallation},
		{method: "GET", pattern: "/orgs/{org}/installation", caller: byApp, handle: s.getAccountInstallation},
		{method: "GET", pattern: "/users/{org}/installation", caller: byApp, handle: s.getAccountInstallation},
		{method: "GET", pattern: "/installation/repositories", caller: byBot, handle: s.listInstallationRepos},
		{method: "DELETE", pattern: "/installation/token", caller: byBot, handle: s.revokeToken},
		{method: "GET", pattern: "/user", handle: s.getUser},
		{method: "GET", pattern: "/users/{login}", caller: byAnyone, handle: s.getAccount},
		{method: "GET", pattern: "/apps/{slug}", caller: byAnyone, handle: s.getAppBySlug},
	}
}

func (s *Sim) getApp(q *request) (int, any) {
	o := s.appJSON(q.by.app)
	o["installations_count"] = len(s.installationsOf(q.by.app))
	return http.StatusOK, o
}

func (s *Sim) getAppBySlug(q *request) (int, any) {
	for _, a := range s.apps {
		if a.Slug == q.PathValue("slug") {
			return http.StatusOK, s.appJSON(a)
		}
	}
	return notFound()
}

// installationsOf lists the installations of an app, oldest first.
func (s *Sim) installationsOf(a *App) []*Installation {
	all := slices.SortedFunc(maps.Values(s.installations), func(a, b *Installation) int { return cmp.Compare(a.ID, b.ID) })
	return slices.DeleteFunc(all, func(i *Installation) bool { return i.App != a })
}

func (s *Sim) listInstallations(q *request) (int, any) {
	return http.StatusOK, list(page(q, s.installationsOf(q.by.app)), s.installationJSON)
}

// installation is the one that the path names, if it is the calling app's.
func (q *request) installation() *Installation {
	i := q.sim.installations[int64(q.number("id"))]
	if i == nil || i.App != q.by.app {
		return nil
	}
	return i
}

func (s *Sim) getInstallation(q *request) (int, any) {
	if i := q.installation(); i != nil {
		return http.StatusOK, s.installationJSON(i)
	}
	return notFound()
}

func (s *Sim) getRepoInstallation(q *request) (int, any) {
	if i := s.installationOn(q.by.app, q.repo); i != nil {
		return http.StatusOK, s.installationJSON(i)
	}
	return notFound()
}

func (s *Sim) getAccountInstallation(q *request) (int, any) {
	for _, i := range s.installationsOf(q.by.app) {
		if strings.EqualFold(i.Account.Login, q.PathValue("org")) {
			return http.StatusOK, s.installationJSON(i)
		}
	}
	return notFound()
}

func (s *Sim) getUser(q *request) (int, any) {
	if q.by.installation != nil {
		return forbidden()
	}
	return http.StatusOK, s.publicUserJSON(q.by.user)
}

func (s *Sim) getAccount(q *request) (int, any) {
	if a := s.account(q.PathValue("login")); a != nil {
		return http.StatusOK, s.publicUserJSON(a)
	}
	return notFound()
}

// publicUserJSON builds public-user.
func (s *Sim) publicUserJSON(a *Account) object {
	return merged(s.userJSON(a), object{
		"name": orNull(a.Name), "company": nil, "blog": "", "location": nil, "email": orNull(a.Email), "hireable": nil,
		"bio": nil, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
		"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
	})
}

// tokenRequest narrows a token.
type tokenRequest struct {
	Repositories  []string       `json:"repositories"`
	RepositoryIDs []repo.ID      `json:"repository_ids"`
	Permissions   map[string]any `json:"permissions"`
}

func (s *Sim) createToken(q *request) (int, any) {
	i := q.installation()
	if i == nil {
		return notFound()
	}
	if !i.SuspendedAt.IsZero() {
		return fail(http.StatusForbidden, "This installation has been suspended")
	}
	var in tokenRequest
	if q.decode(&in) != nil {
		return badJSON()
	}
	t := &token{secret: secret("ghs_", 27), installation: i, expires: s.authClock.Now().UTC().Truncate(time.Second).Add(tokenLife)}
	var err error
	if t.permissions, err = i.narrow(in.Permissions); err != nil {
		return failed(err)
	}
	if t.repos, err = s.narrowRepos(i, in); err != nil {
		return failed(err)
	}
	s.dropExpired()
	s.tokens[t.secret] = t
	return http.StatusCreated, s.tokenJSON(t)
}

// manyTokens is when it is time to look for expired ones.
const manyTokens = 4096

// dropExpired keeps long runs from filling the memory with what is no longer good for anything.
func (s *Sim) dropExpired() {
	now := s.authClock.Now()
	if len(s.tokens) > manyTokens {
		maps.DeleteFunc(s.tokens, func(_ string, t *token) bool { return !t.expires.IsZero() && !now.Before(t.expires) })
	}
	if len(s.downloads) > manyTokens {
		maps.DeleteFunc(s.downloads, func(_ string, d download) bool { return now.After(d.expires) })
	}
}

func (s *Sim) tokenJSON(t *token) object {
	o := object{
		"token": t.secret, "expires_at": stamp(t.expires), "permissions": levels(t.permissions),
		"repository_selection": "all",
	}
	if t.repos != nil {
		o["repository_selection"], o["repositories"] = "selected", list(s.reposOf(t), s.repoJSON)
	} else if !t.installation.All {
		o["repository_selection"] = "selected"
	}
	return o
}

// secret makes a credential that nobody guesses: prefix and n random bytes.
func secret(prefix string, n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

// narrow returns the permissions of a token: what was asked for if all of it was granted, everything when nothing was.
// Metadata may always be read.
func (i *Installation) narrow(wanted map[string]any) (map[string]string, error) {
	if len(wanted) == 0 {
		return levels(i.Permissions), nil
	}
	out := map[string]string{"metadata": "read"}
	for permission, v := range wanted {
		level, ok := v.(string)
		if !ok || rank(level) == 0 {
			return nil, problem(invalid(fieldError{"Integration", "permissions", "invalid", ""}))
		}
		if !grants(i.Permissions[permission], level) {
			return nil, problem(unprocessable("The permissions requested are not granted to this installation."))
		}
		out[permission] = level
	}
	return out, nil
}

// narrowRepos returns the repositories of a token; nil means all of the installation.
func (s *Sim) narrowRepos(i *Installation, in tokenRequest) (map[repo.ID]bool, error) {
	if in.Repositories == nil && in.RepositoryIDs == nil {
		return nil, nil
	}
	ids := slices.Clone(in.RepositoryIDs)
	for _, name := range in.Repositories {
		ids = append(ids, s.names[strings.ToLower(i.Account.Login+"/"+name)])
	}
	out := map[repo.ID]bool{}
	for _, id := range ids {
		if r := s.repos[id]; r == nil || !i.covers(r) {
			return nil, problem(unprocessable(
				"There is at least one repository that does not exist or is not accessible to the parent installation."))
		}
		out[id] = true
	}
	return out, nil
}

// reposOf lists the repositories that a token reaches, oldest first.
func (s *Sim) reposOf(t *token) []*Repo {
	a := actor{installation: t.installation, token: t}
	return slices.DeleteFunc(s.sortedRepos(), func(r *Repo) bool { return !a.reaches(r) })
}

// sortedRepos lists all repositories, oldest first.
func (s *Sim) sortedRepos() []*Repo {
	return slices.SortedFunc(maps.Values(s.repos), func(a, b *Repo) int { return cmp.Compare(a.ID, b.ID) })
}

func (s *Sim) listInstallationRepos(q *request) (int, any) {
	all := s.reposOf(q.by.token)
	selection := "selected"
	if q.by.installation.All {
		selection = "all"
	}
	return http.StatusOK, object{
		"total_count": len(all), "repository_selection": selection, "repositories": list(page(q, all), s.repoJSON),
	}
}

func (s *Sim) revokeToken(q *request) (int, any) {
	delete(s.tokens, q.by.token.secret)
	return http.StatusNoContent, nil
}
