package githubsim_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/githubsim/contract"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/testenv"
)

// world is a small GitHub with an organization, people, a repository and an app that is installed on it.
//
// Every exchange of its clients is held to GitHub's own description of the API, where that has been fetched.
type world struct {
	*testing.T
	*githubsim.Sim
	url          string
	clock        *clock.Virtual
	app          githubsim.App
	installation int64
}

var ctx = context.Background()

func newWorld(t *testing.T, change ...func(*githubsim.Options)) *world {
	t.Helper()
	w := &world{T: t, clock: clock.NewVirtual(time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC))}
	o := githubsim.Options{Clock: w.clock, MergeableDelay: 2 * time.Second}
	for _, f := range change {
		f(&o)
	}
	w.Sim = githubsim.New(o)
	server := httptest.NewServer(w.Sim)
	t.Cleanup(server.Close)
	w.url = server.URL
	w.SetURL(server.URL)
	w.populate()
	return w
}

var reports = repo.Name{Owner: "acme", Name: "reports"}

// populate: ada owns the repositories of acme, bob may write, eve is a stranger.
func (w *world) populate() {
	w.Helper()
	_, err := w.CreateOrg("acme", "Acme")
	w.must(err)
	for _, login := range []string{"ada", "bob", "eve"} {
		_, err := w.CreateUser(login, "")
		w.must(err)
	}
	w.create(githubsim.RepoSpec{Name: reports, Private: true, Files: map[string]string{"a.sql": "select 1\n", "dir/b.sql": "select 2\n"}})
	w.app, err = w.CreateApp("acme", githubsim.AppSpec{
		Name: "Skein", URL: "https://skein.example", PEM: testKey(), Events: []string{"push", "pull_request"},
		Permissions: map[string]string{
			"contents": "write", "pull_requests": "write", "checks": "write", "issues": "write", "statuses": "read",
			"administration": "read",
		},
	})
	w.must(err)
	w.installation, err = w.Install(githubsim.InstallSpec{App: w.app.ID, Account: "acme"})
	w.must(err)
}

// create makes a repository in which ada is an administrator and bob may write.
func (w *world) create(spec githubsim.RepoSpec) repo.ID {
	w.Helper()
	id, err := w.CreateRepo(spec)
	w.must(err)
	w.must(w.As(spec.Name.Owner).Collaborate(spec.Name, "ada", "admin"))
	w.must(w.As(spec.Name.Owner).Collaborate(spec.Name, "bob", "write"))
	return id
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// testKey is one key for all tests, as making one takes long.
var testKey = sync.OnceValue(func() string {
	s := githubsim.New(githubsim.Options{})
	_, err := s.CreateUser("someone", "")
	if err != nil {
		panic(err)
	}
	a, err := s.CreateApp("someone", githubsim.AppSpec{Name: "key"})
	if err != nil {
		panic(err)
	}
	return a.PEM
})

// validator is GitHub's description, loaded once; nil where it has not been fetched.
var validator = sync.OnceValues(func() (*contract.Validator, error) {
	v, err := contract.Load(contract.Dir(filepath.Join("..", "..")))
	if errors.Is(err, contract.ErrAbsent) && !testenv.CI() {
		return nil, nil
	}
	return v, err
})

// transport sends with a token, and checks what comes back.
func (w *world) transport(token string) http.RoundTripper {
	v, err := validator()
	w.must(err)
	if v == nil {
		return w.unchecked(token)
	}
	return v.Transport(w.unchecked(token), func(err error) { w.Error(err) })
}

// unchecked is for what GitHub does and its description leaves out.
func (w *world) unchecked(token string) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if token != "" && r.URL.Query().Get("token") == "" {
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return http.DefaultTransport.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// client is a go-github client with a token.
func (w *world) client(token string) *github.Client { return w.over(w.transport(token)) }

func (w *world) over(tr http.RoundTripper) *github.Client {
	w.Helper()
	c := github.NewClient(&http.Client{Transport: tr})
	base, err := url.Parse(w.url + "/")
	w.must(err)
	c.BaseURL = base
	return c
}

// jwt signs claims as the app, by default good ones.
func (w *world) jwt(change ...func(jwt.MapClaims)) string {
	w.Helper()
	now := time.Now()
	claims := jwt.MapClaims{"iss": strconv.FormatInt(w.app.ID, 10), "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(2 * time.Minute).Unix()}
	for _, f := range change {
		f(claims)
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(w.app.PEM))
	w.must(err)
	text, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(key)
	w.must(err)
	return text
}

func (w *world) asApp() *github.Client { return w.client(w.jwt()) }

// asBot is the installation, narrowed where options are given.
func (w *world) asBot(narrow ...*github.InstallationTokenOptions) *github.Client {
	w.Helper()
	o := &github.InstallationTokenOptions{}
	if len(narrow) > 0 {
		o = narrow[0]
	}
	t, _, err := w.asApp().Apps.CreateInstallationToken(ctx, w.installation, o)
	w.must(err)
	return w.client(t.GetToken())
}

func (w *world) botToken() string {
	w.Helper()
	t, _, err := w.asApp().Apps.CreateInstallationToken(ctx, w.installation, &github.InstallationTokenOptions{})
	w.must(err)
	return t.GetToken()
}

func (w *world) asPerson(login string) *github.Client {
	w.Helper()
	t, err := w.UserToken(login)
	w.must(err)
	return w.client(t)
}

// shut ends with a response.
func (w *world) shut(resp *http.Response) {
	w.Helper()
	w.must(resp.Body.Close())
}

// push commits files to a branch as bob.
func (w *world) push(name repo.Name, branch string, files map[string]string) repo.SHA {
	w.Helper()
	id, err := w.As("bob").Push(name, branch, githubsim.Change{Message: "Change " + branch, Files: files})
	w.must(err)
	return id
}

// pull opens a pull request of bob's with one commit and returns its number.
func (w *world) pull(branch string, files map[string]string) int {
	w.Helper()
	w.push(reports, branch, files)
	n, err := w.As("bob").OpenPull(reports, githubsim.NewPull{Title: "Title of " + branch, Body: "Body", Head: branch, Base: "main"})
	w.must(err)
	return n
}

// refused checks that a call failed with a status and a part of GitHub's message.
func (w *world) refused(err error, status int, part string) {
	w.Helper()
	var e *github.ErrorResponse
	if !errors.As(err, &e) {
		w.Fatalf("got error %v (%T), want %d %s", err, err, status, part)
	}
	text := e.Message
	for _, f := range e.Errors {
		text += " | " + f.Field + " " + f.Code + " " + f.Message
	}
	if e.Response.StatusCode != status || !strings.Contains(text, part) {
		w.Errorf("got %d %q, want %d %q", e.Response.StatusCode, text, status, part)
	}
}
