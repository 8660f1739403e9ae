package githubsim_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

func TestJWT(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	for name, c := range map[string]struct {
		change func(jwt.MapClaims)
		want   string // a part of the message; empty for success
	}{
		"good":            {func(jwt.MapClaims) {}, ""},
		"by client id":    {func(m jwt.MapClaims) { m["iss"] = w.app.ClientID }, ""},
		"by number":       {func(m jwt.MapClaims) { m["iss"] = w.app.ID }, ""},
		"another app":     {func(m jwt.MapClaims) { m["iss"] = "77" }, "Integration not found"},
		"no issuer":       {func(m jwt.MapClaims) { delete(m, "iss") }, "could not be decoded"},
		"expired":         {func(m jwt.MapClaims) { m["exp"] = at(-time.Second) }, "future time"},
		"too long":        {func(m jwt.MapClaims) { m["exp"] = at(11 * time.Minute) }, "too far in the future"},
		"no expiry":       {func(m jwt.MapClaims) { delete(m, "exp") }, "Missing 'exp'"},
		"no issue time":   {func(m jwt.MapClaims) { delete(m, "iat") }, "Missing 'iat'"},
		"from the future": {func(m jwt.MapClaims) { m["iat"] = at(time.Minute) }, "'Issued at' claim"},
		"expiry as text":  {func(m jwt.MapClaims) { m["exp"] = "soon" }, "Missing 'exp'"},
	} {
		app, _, err := w.client(w.jwt(c.change)).Apps.Get(ctx, "")
		switch {
		case c.want != "":
			t.Run(name, func(t *testing.T) { (&world{T: t}).refused(err, http.StatusUnauthorized, c.want) })
		case err != nil || app.GetSlug() != "skein":
			t.Errorf("%s: got %v, %v", name, app, err)
		}
	}
}

func TestJWTOfAnotherKeyOrMethod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, err := w.CreateApp("acme", githubsim.AppSpec{Name: "Other"})
	w.must(err)
	forged := *w
	forged.app.PEM = other.PEM
	_, _, err = w.client(forged.jwt()).Apps.Get(ctx, "")
	w.refused(err, http.StatusUnauthorized, "could not be decoded")

	claims := jwt.MapClaims{"iss": w.app.ID, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
	symmetric, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("secret"))
	w.must(err)
	_, _, err = w.client(symmetric).Apps.Get(ctx, "")
	w.refused(err, http.StatusUnauthorized, "could not be decoded")
	_, _, err = w.client(w.jwt()).Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusForbidden, "Resource not accessible by integration")
	_, _, err = w.asBot().Apps.Get(ctx, "")
	w.refused(err, http.StatusUnauthorized, "could not be decoded")
}

func TestInstallationsAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all, _, err := w.asApp().Apps.ListInstallations(ctx, nil)
	w.must(err)
	if len(all) != 1 || all[0].GetID() != w.installation || all[0].GetPermissions().GetContents() != "write" {
		t.Errorf("got %v", all)
	}
	for name, get := range map[string]func() (*github.Installation, *github.Response, error){
		"by id": func() (*github.Installation, *github.Response, error) {
			return w.asApp().Apps.GetInstallation(ctx, w.installation)
		},
		"by repo": func() (*github.Installation, *github.Response, error) {
			return w.asApp().Apps.FindRepositoryInstallation(ctx, "acme", "reports")
		},
		"by org": func() (*github.Installation, *github.Response, error) {
			return w.asApp().Apps.FindOrganizationInstallation(ctx, "acme")
		},
	} {
		if i, _, err := get(); err != nil || i.GetID() != w.installation {
			t.Errorf("%s: got %v, %v", name, i.GetID(), err)
		}
	}
	_, _, err = w.asApp().Apps.FindUserInstallation(ctx, "eve")
	w.refused(err, http.StatusNotFound, "Not Found")
	_, _, err = w.asApp().Apps.GetInstallation(ctx, 4711)
	w.refused(err, http.StatusNotFound, "Not Found")
}

func TestTokenIsNarrowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := repo.Name{Owner: "acme", Name: "other"}
	id := w.create(githubsim.RepoSpec{Name: other, Private: true, Files: map[string]string{"a": "a"}})
	read := "read"
	token, _, err := w.asApp().Apps.CreateInstallationToken(ctx, w.installation, &github.InstallationTokenOptions{
		RepositoryIDs: []int64{int64(id)}, Permissions: &github.InstallationPermissions{Contents: &read},
	})
	w.must(err)
	if !strings.HasPrefix(token.GetToken(), "ghs_") || len(token.Repositories) != 1 || token.GetPermissions().PullRequests != nil {
		t.Errorf("got %v", token)
	}
	if d := time.Until(token.GetExpiresAt().Time); d < 59*time.Minute || d > time.Hour {
		t.Errorf("expires in %v, want an hour", d)
	}
	c := w.client(token.GetToken())
	_, _, err = c.Repositories.Get(ctx, "acme", "other")
	w.must(err)
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusNotFound, "Not Found")
	_, _, err = c.PullRequests.List(ctx, "acme", "other", nil)
	w.refused(err, http.StatusForbidden, "Resource not accessible by integration")
	_, _, err = c.Git.CreateRef(ctx, "acme", "other", &github.Reference{Ref: new("refs/heads/x"), Object: &github.GitObject{SHA: new("1")}})
	w.refused(err, http.StatusForbidden, "Resource not accessible by integration")
	repos, _, err := c.Apps.ListRepos(ctx, nil)
	w.must(err)
	if repos.GetTotalCount() != 1 || repos.Repositories[0].GetName() != "other" {
		t.Errorf("got %v", repos)
	}
}

func TestTokenNeverExceedsTheGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	write, admin := "write", "admin"
	ask := func(o github.InstallationTokenOptions) error {
		_, _, err := w.asApp().Apps.CreateInstallationToken(ctx, w.installation, &o)
		return err
	}
	const notGranted = "The permissions requested are not granted to this installation."
	w.refused(ask(github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Administration: &write}}), 422, notGranted)
	w.refused(ask(github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Contents: &admin}}), 422, notGranted)
	w.refused(ask(github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Workflows: &write}}), 422, notGranted)
	w.refused(ask(github.InstallationTokenOptions{Repositories: []string{"nowhere"}}), 422, "at least one repository that does not exist")
	w.refused(ask(github.InstallationTokenOptions{RepositoryIDs: []int64{1}}), 422, "at least one repository that does not exist")
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	auth := clock.NewVirtual(time.Now())
	w := newWorld(t, func(o *githubsim.Options) { o.AuthClock = auth })
	c := w.asBot()
	_, _, err := c.Repositories.Get(ctx, "acme", "reports")
	w.must(err)
	auth.Advance(time.Hour)
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusUnauthorized, "Bad credentials")
}

func TestRevokedTokenIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.asBot()
	_, err := c.Apps.RevokeInstallationToken(ctx)
	w.must(err)
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusUnauthorized, "Bad credentials")
}

func TestSuspension(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.asBot()
	w.must(w.Suspend(w.installation))
	_, _, err := c.Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusForbidden, "This installation has been suspended")
	_, _, err = w.asApp().Apps.CreateInstallationToken(ctx, w.installation, nil)
	w.refused(err, http.StatusForbidden, "This installation has been suspended")
	i, _, err := w.asApp().Apps.GetInstallation(ctx, w.installation)
	w.must(err)
	if i.GetSuspendedAt().IsZero() {
		t.Error("the installation does not say that it is suspended")
	}
	w.must(w.Unsuspend(w.installation))
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.must(err)
	w.must(w.Uninstall(w.installation))
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusUnauthorized, "Bad credentials")
}

func TestSelection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(githubsim.RepoSpec{Name: repo.Name{Owner: "acme", Name: "other"}, Private: true})
	w.must(w.Uninstall(w.installation))
	var err error
	w.installation, err = w.Install(githubsim.InstallSpec{App: w.app.ID, Account: "acme", Repos: []string{"other"}})
	w.must(err)
	c := w.asBot()
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusNotFound, "Not Found")
	w.must(w.Select(w.installation, reports, true))
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.must(err)
	w.must(w.Select(w.installation, reports, false))
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusNotFound, "Not Found")
}

func TestPublicRepositoriesAreReadByAnybodyAndWrittenByNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.CreateOrg("globex", "")
	w.must(err)
	public := repo.Name{Owner: "globex", Name: "public"}
	w.create(githubsim.RepoSpec{Name: public, Files: map[string]string{"a": "a"}})
	bot := w.asBot()
	_, _, _, err = bot.Repositories.GetContents(ctx, "globex", "public", "a", nil)
	w.must(err)
	_, _, err = bot.Git.CreateBlob(ctx, "globex", "public", &github.Blob{Content: new("x"), Encoding: new("utf-8")})
	w.refused(err, http.StatusForbidden, "Resource not accessible by integration")
	_, _, err = bot.Repositories.GetBranchProtection(ctx, "globex", "public", "main")
	w.refused(err, http.StatusForbidden, "Resource not accessible by integration")
	_, _, err = w.client("").Repositories.Get(ctx, "globex", "public")
	w.must(err)
	_, _, err = w.client("").Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusNotFound, "Not Found")
	_, _, err = w.client("ghs_guess").Repositories.Get(ctx, "globex", "public")
	w.refused(err, http.StatusUnauthorized, "Bad credentials")
}

func TestPeopleHaveTheRightsOfTheirRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	blob := &github.Blob{Content: new("x"), Encoding: new("utf-8")}
	_, _, err := w.asPerson("bob").Git.CreateBlob(ctx, "acme", "reports", blob)
	w.must(err)
	_, _, err = w.asPerson("eve").Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusNotFound, "Not Found")
	w.must(w.As("ada").Collaborate(reports, "eve", "triage"))
	_, _, err = w.asPerson("eve").Git.CreateBlob(ctx, "acme", "reports", blob)
	w.refused(err, http.StatusForbidden, "")
	who, _, err := w.asPerson("eve").Users.Get(ctx, "")
	w.must(err)
	if who.GetLogin() != "eve" {
		t.Errorf("got %s", who.GetLogin())
	}
}

func TestGHInstallation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tr, err := ghinstallation.New(w.transport(""), w.app.ID, w.installation, []byte(w.app.PEM))
	w.must(err)
	tr.BaseURL = w.url
	tr.InstallationTokenOptions = &github.InstallationTokenOptions{Repositories: []string{"reports"}}
	c := github.NewClient(&http.Client{Transport: tr})
	c.BaseURL, err = url.Parse(w.url + "/api/v3/")
	w.must(err)
	r, _, err := c.Repositories.Get(ctx, "acme", "reports")
	w.must(err)
	if diff := cmp.Diff("acme/reports", r.GetFullName()); diff != "" {
		t.Error(diff)
	}
}

// FuzzCredentials: no Authorization header breaks anything, and none that was not handed out opens a private repository.
func FuzzCredentials(f *testing.F) {
	for _, header := range []string{
		"", "Bearer", "Bearer a.b.c", "token ghs_x", "Basic eDp5", "Basic %", "bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjEwMDZ9.AAAA",
		"Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiIxMDA2IiwiZXhwIjo5OTk5OTk5OTk5LCJpYXQiOjF9.", "Bearer ..",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		w := &world{T: t, Sim: githubsim.New(githubsim.Options{})}
		w.populate()
		for path, want := range map[string]int{"/app": http.StatusUnauthorized, "/repos/acme/reports": http.StatusNotFound} {
			req, err := http.NewRequest("GET", "http://sim.example"+path, nil)
			w.must(err)
			req.Header["Authorization"] = []string{header}
			resp, err := w.Transport().RoundTrip(req)
			w.must(err)
			w.shut(resp)
			if resp.StatusCode != want && resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s with %q: got %d", path, header, resp.StatusCode)
			}
		}
	})
}
