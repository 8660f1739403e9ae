package forge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// App is how the app sees itself.
type App struct {
	ID          int64
	Slug        string
	Bot         string // the login that its commits and comments carry: SLUG[bot]
	Permissions map[string]string
	Events      []string
}

// Installation is one account that the app is installed on.
type Installation struct {
	ID           int64
	Account      string
	Organization bool
	SuspendedAt  time.Time // zero: not suspended
	Permissions  map[string]string
	Events       []string
}

// asApp is a call that the app makes as itself.
func asApp(method, route string) *call { return &call{method: method, route: route} }

// App asks who the app is; the answer is kept.
func (f *Forge) App(ctx context.Context) (App, error) {
	f.mu.Lock()
	self := f.self
	f.mu.Unlock()
	if self != nil {
		return *self, nil
	}
	var got github.App
	if _, err := f.do(ctx, asApp(http.MethodGet, "/app"), nil, &got); err != nil {
		return App{}, err
	}
	permissions, err := permissionsOf(got.Permissions)
	if err != nil {
		return App{}, err
	}
	app := App{
		ID: got.GetID(), Slug: got.GetSlug(), Bot: got.GetSlug() + "[bot]", Permissions: permissions, Events: got.Events,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.self = &app
	return app, nil
}

// bot is the login of the app's own commits and comments.
func (f *Forge) bot(ctx context.Context) (string, error) {
	app, err := f.App(ctx)
	return app.Bot, err
}

// Installations lists where the app is installed, suspended ones included.
func (f *Forge) Installations(ctx context.Context) (all []Installation, err error) {
	var failed error
	c := asApp(http.MethodGet, "/app/installations")
	err = pages(ctx, f, *c, nil, func(page []*github.Installation) bool {
		for _, in := range page {
			one, err := installation(in)
			if err != nil {
				failed = err
				return false
			}
			all = append(all, one)
		}
		return true
	})
	return all, errors.Join(err, failed)
}

// Installation reads one installation.
func (f *Forge) Installation(ctx context.Context, id int64) (Installation, error) {
	var got github.Installation
	if _, err := f.do(ctx, asApp(http.MethodGet, "/app/installations/{installation}"), nil, &got, id); err != nil {
		return Installation{}, err
	}
	return installation(&got)
}

// InstallationOf finds the installation that covers a repository.
func (f *Forge) InstallationOf(ctx context.Context, name repo.Name) (int64, error) {
	var got github.Installation
	_, err := f.do(ctx, asApp(http.MethodGet, repoRoute+"/installation"), nil, &got, name.Owner, name.Name)
	return got.GetID(), err
}

func installation(in *github.Installation) (Installation, error) {
	permissions, err := permissionsOf(in.Permissions)
	return Installation{
		ID: in.GetID(), Account: in.GetAccount().GetLogin(), Organization: in.GetAccount().GetType() == "Organization",
		SuspendedAt: in.GetSuspendedAt().Time, Permissions: permissions, Events: in.Events,
	}, err
}

func permissionsOf(p *github.InstallationPermissions) (out map[string]string, err error) {
	b, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	return out, err
}

// InstallationRepos lists the repositories of an installation.
func (f *Forge) InstallationRepos(ctx context.Context, installation int64) (all []repo.Repo, err error) {
	c := call{installation: installation, needs: "metadata:read", method: http.MethodGet, route: "/installation/repositories"}
	err = pages(ctx, f, c, nil, func(page github.ListRepositories) bool {
		for _, r := range page.Repositories {
			all = append(all, repository(r, installation))
		}
		return true
	})
	return all, err
}

func repository(r *github.Repository, installation int64) repo.Repo {
	return repo.Repo{
		ID: repo.ID(r.GetID()), Name: repo.Name{Owner: r.GetOwner().GetLogin(), Name: r.GetName()}, Installation: installation,
		DefaultBranch: r.GetDefaultBranch(), Visibility: repo.VisibilityOf(r.GetPrivate(), r.GetVisibility()),
		Archived: r.GetArchived(), Topics: r.Topics,
	}
}

// Repo finds a repository by name, following renames; the answer carries the name of today. Its token is good
// for metadata only, as the id to narrow it to is not known yet.
func (f *Forge) Repo(ctx context.Context, installation int64, name repo.Name) (repo.Repo, error) {
	var got github.Repository
	c := &call{installation: installation, needs: "metadata:read", method: http.MethodGet, route: repoRoute}
	if _, err := f.do(ctx, c, nil, &got, name.Owner, name.Name); err != nil {
		return repo.Repo{}, err
	}
	return repository(&got, installation), nil
}

// Refresh reads a repository anew. It is known by its id: when the name leads elsewhere, the installation's
// list is searched.
func (f *Forge) Refresh(ctx context.Context, r repo.Repo) (repo.Repo, error) {
	got, err := f.refresh(ctx, r)
	if err != nil {
		return repo.Repo{}, err
	}
	return repository(got, r.Installation), nil
}

func (f *Forge) refresh(ctx context.Context, r repo.Repo) (*github.Repository, error) {
	var got github.Repository
	err := f.get(ctx, r, "metadata:read", "", &got)
	if err == nil && repo.ID(got.GetID()) == r.ID {
		return &got, nil
	}
	if err != nil && !errors.Is(err, ErrGone) {
		return nil, err
	}
	return f.search(ctx, r)
}

// search looks for a repository by id among all that the installation covers.
func (f *Forge) search(ctx context.Context, r repo.Repo) (found *github.Repository, err error) {
	c := call{installation: r.Installation, needs: "metadata:read", method: http.MethodGet, route: "/installation/repositories"}
	err = pages(ctx, f, c, nil, func(page github.ListRepositories) bool {
		for _, one := range page.Repositories {
			if repo.ID(one.GetID()) == r.ID {
				found = one
			}
		}
		return found == nil
	})
	if err == nil && found == nil {
		err = fmt.Errorf("repository %d: %w", r.ID, ErrGone)
	}
	return found, err
}

// Gone says why a repository cannot be worked on, or "" when it can, and who may read it then. An error means that it
// cannot be known.
func (f *Forge) Gone(ctx context.Context, r repo.Repo) (readers repo.Visibility, why string, err error) {
	got, err := f.refresh(ctx, r)
	switch {
	case errors.Is(err, ErrGone):
		return r.Visibility, "removed from the installation", nil
	case errors.Is(err, ErrSuspended):
		return r.Visibility, "the installation is suspended", nil
	case err != nil:
		return r.Visibility, "", err
	case got.GetArchived():
		why = "archived"
	case got.GetDisabled():
		why = "disabled by GitHub"
	}
	return repository(got, r.Installation).Visibility, why, nil
}

// Head is the newest commit of the default branch; empty for an empty repository.
func (f *Forge) Head(ctx context.Context, r repo.Repo) (repo.SHA, error) {
	if r.DefaultBranch == "" {
		return "", nil
	}
	sha, err := f.BranchHead(ctx, r, r.DefaultBranch)
	if codeOf(err) == http.StatusConflict { // "Git Repository is empty."
		return "", nil
	}
	return sha, err
}

// BranchHead is the newest commit of a branch.
func (f *Forge) BranchHead(ctx context.Context, r repo.Repo, branch string) (repo.SHA, error) {
	var got github.Reference
	err := f.get(ctx, r, "contents:read", "/git/ref/heads/{branch*}", &got, branch)
	return repo.SHA(got.GetObject().GetSHA()), err
}

// codeOf is the status of a refusal, else 0.
func codeOf(err error) int {
	if invalid := (*Invalid)(nil); errors.As(err, &invalid) {
		return invalid.Code
	}
	return 0
}

// maxFile bounds what File reads.
const maxFile = 8 << 20

// File reads one file at a commit.
func (f *Forge) File(ctx context.Context, r repo.Repo, path string, at repo.SHA) ([]byte, error) {
	var raw json.RawMessage
	c := on(r, "contents:read", http.MethodGet, repoRoute+"/contents/{path*}")
	c.query = "ref=" + string(at)
	if _, err := f.do(ctx, c, nil, &raw, withRepo(r, []any{path})...); err != nil {
		return nil, err
	}
	var got github.RepositoryContent
	if err := json.Unmarshal(raw, &got); err != nil || got.GetType() != "file" {
		return nil, fmt.Errorf("%s is not a file: %w", path, ErrNotFound)
	}
	if got.GetSize() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes: %w", path, got.GetSize(), ErrTooLarge)
	}
	if got.GetEncoding() == "none" || got.Content == nil { // above 1 MB
		return f.blob(ctx, r, got.GetSHA())
	}
	text, err := got.GetContent()
	return []byte(text), err
}

func (f *Forge) blob(ctx context.Context, r repo.Repo, sha string) ([]byte, error) {
	var got github.Blob
	if err := f.get(ctx, r, "contents:read", "/git/blobs/{sha}", &got, sha); err != nil {
		return nil, err
	}
	return decodeBlob(&got)
}
