package forge

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/githubsim/contract"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/testenv"
)

// world is a simulated GitHub with one private repository, and a Forge that works on it. Every exchange is held to
// GitHub's description where it has been fetched, and every request to the table of permissions.
type world struct {
	*testing.T
	sim          *githubsim.Sim
	clock        *clock.Virtual
	app          githubsim.App
	installation int64
	forge        *Forge
	repo         repo.Repo
	wire         *wire
}

var reports = repo.Name{Owner: "acme", Name: "reports"}

const bot = "skein[bot]"

// newWorld: ada administers acme/reports, bob may write, eve may only read.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: clock.NewVirtual(start)}
	w.sim = githubsim.New(githubsim.Options{Clock: w.clock, MergeableDelay: 2 * time.Second})
	server := httptest.NewServer(w.sim)
	t.Cleanup(server.Close)
	w.sim.SetURL(server.URL)
	_, err := w.sim.CreateOrg("acme", "Acme")
	w.must(err)
	for _, login := range []string{"ada", "bob", "eve"} {
		_, err := w.sim.CreateUser(login, "")
		w.must(err)
	}
	w.app, err = w.sim.CreateApp("acme", githubsim.AppSpec{
		Name: "Skein", URL: "https://skein.example", PEM: string(testKey()), Inactive: true, Events: []string{"issues"},
		Permissions: map[string]string{
			"actions": "write", "administration": "read", "checks": "write", "contents": "write", "deployments": "read", "issues": "write",
			"metadata": "read", "pull_requests": "write", "statuses": "read",
		},
	})
	w.must(err)
	w.installation, err = w.sim.Install(githubsim.InstallSpec{App: w.app.ID, Account: "acme"})
	w.must(err)
	w.wire = &wire{t: t, scopes: map[string]tokenScope{}, next: contracted(w)}
	w.forge, err = New(Options{
		AppID: w.app.ID, Key: testKey(), APIURL: server.URL, Clock: w.clock, Transport: w.wire, Patience: 2 * time.Hour,
	})
	w.must(err)
	w.repo = w.create(reports, map[string]string{"a.sql": "select 1\n", "dir/b.sql": "select 2\n"})
	return w
}

// create makes a private repository and lets the Forge find it.
func (w *world) create(name repo.Name, files map[string]string) repo.Repo {
	w.Helper()
	_, err := w.sim.CreateRepo(githubsim.RepoSpec{Name: name, Private: true, Files: files, Topics: []string{"sql"}, Merging: githubsim.MergeSettings{}})
	w.must(err)
	for login, role := range map[string]string{"ada": "admin", "bob": "write", "eve": "read"} {
		w.must(w.sim.As("acme").Collaborate(name, login, role))
	}
	r, err := w.forge.Repo(w.Context(), w.installation, name)
	w.must(err)
	return r
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) head() repo.SHA {
	w.Helper()
	sha, err := w.forge.Head(w.Context(), w.repo)
	w.must(err)
	return sha
}

// push commits as bob.
func (w *world) push(branch string, files map[string]string) repo.SHA {
	w.Helper()
	sha, err := w.sim.As("bob").Push(w.repo.Name, branch, githubsim.Change{Message: "bob's work", Files: files})
	w.must(err)
	return sha
}

// validator is GitHub's description, loaded once; nil where it has not been fetched.
var validator = sync.OnceValues(func() (*contract.Validator, error) {
	v, err := contract.Load(contract.Dir(filepath.Join("..", "..")))
	if errors.Is(err, contract.ErrAbsent) && !testenv.CI() {
		return nil, nil
	}
	return v, err
})

func contracted(w *world) http.RoundTripper {
	v, err := validator()
	w.must(err)
	if v == nil {
		return http.DefaultTransport
	}
	return v.Transport(http.DefaultTransport, func(err error) { w.Error(err) })
}

// tokenScope is what a token was asked for.
type tokenScope struct {
	Repos       []int64           `json:"repository_ids"`
	Permissions map[string]string `json:"permissions"`
}

// wire sees all that is sent. It fails the test when a request carries another permission than the table says,
// or a token that is good for more than one repository.
type wire struct {
	t    *testing.T
	next http.RoundTripper

	mu     sync.Mutex
	scopes map[string]tokenScope // by token
	sent   []string              // METHOD PATH
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	minting := strings.HasSuffix(req.URL.Path, "/access_tokens")
	var asked []byte
	if minting {
		asked, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(asked))
	} else {
		w.check(req)
	}
	resp, err := w.next.RoundTrip(req)
	if err == nil && minting && resp.StatusCode == http.StatusCreated {
		w.learn(asked, resp)
	}
	return resp, err
}

func (w *wire) learn(asked []byte, resp *http.Response) {
	body, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var scope tokenScope
	var got struct{ Token string }
	if json.Unmarshal(asked, &scope) != nil || json.Unmarshal(body, &got) != nil {
		w.t.Errorf("token request %q was answered with %q", asked, body)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scopes[got.Token] = scope
}

func (w *wire) check(req *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, req.Method+" "+req.URL.Path)
	scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	rule := ruleFor(req)
	if strings.Contains(rule, "codeload") {
		return // a redirect within the simulator's one host
	}
	if rule == "" {
		w.t.Errorf("%s %s is not in the table", req.Method, req.URL.Path)
		return
	}
	if rule == "app" {
		if scheme != "Bearer" {
			w.t.Errorf("%s %s: %q instead of the app's JWT", req.Method, req.URL.Path, scheme)
		}
		return
	}
	scope := w.scopes[token]
	if got := scope.String(); got != rule {
		w.t.Errorf("%s %s carried %q, the least is %q", req.Method, req.URL.Path, got, rule)
	}
	if wide := rule == "metadata:read" || req.URL.Path == "/graphql"; len(scope.Repos) != 1 && !wide {
		w.t.Errorf("%s %s: a token for repositories %v", req.Method, req.URL.Path, scope.Repos)
	}
}

func (s tokenScope) String() string {
	var out []string
	for name, level := range s.Permissions {
		out = append(out, name+":"+level)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// clear forgets what was sent, and writes returns what of it was a write.
func (w *wire) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = nil
}

func (w *wire) writes() (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sent {
		if !strings.HasPrefix(s, "GET ") && !strings.HasSuffix(s, "/graphql") {
			out = append(out, s)
		}
	}
	return out
}

// leastPermission is the table: what GitHub's documentation names for each endpoint. Segments in braces match
// anything, a last one with a star the rest of the path.
const leastPermission = `
GET /app                                                                    app
GET /app/installations                                                      app
GET /app/installations/{id}                                                 app
GET /app/hook/deliveries                                                    app
POST /app/hook/deliveries/{id}/attempts                                     app
GET /repos/{o}/{r}/installation                                             app
GET /installation/repositories                                              metadata:read
GET /repos/{o}/{r}                                                          metadata:read
GET /_codeload/{*}                                                          codeload
GET /repos/{o}/{r}/git/ref/{*}                                              contents:read
GET /repos/{o}/{r}/git/trees/{sha}                                          contents:read
GET /repos/{o}/{r}/git/blobs/{sha}                                          contents:read
GET /repos/{o}/{r}/git/commits/{sha}                                        contents:read
POST /repos/{o}/{r}/git/trees                                               contents:write
POST /repos/{o}/{r}/git/blobs                                               contents:write
POST /repos/{o}/{r}/git/commits                                             contents:write
POST /repos/{o}/{r}/git/refs                                                contents:write
PATCH /repos/{o}/{r}/git/refs/{*}                                           contents:write
DELETE /repos/{o}/{r}/git/refs/{*}                                          contents:write
GET /repos/{o}/{r}/contents/{*}                                             contents:read
GET /repos/{o}/{r}/tarball/{*}                                              contents:read
GET /repos/{o}/{r}/commits                                                  contents:read
GET /repos/{o}/{r}/commits/{sha}                                            contents:read
GET /repos/{o}/{r}/compare/{*}                                              contents:read
GET /repos/{o}/{r}/branches/{b}                                             contents:read
GET /repos/{o}/{r}/branches/{b}/protection                                  administration:read
GET /repos/{o}/{r}/rules/branches/{b}                                       metadata:read
GET /repos/{o}/{r}/collaborators/{u}/permission                             metadata:read
GET /repos/{o}/{r}/pulls                                                    pull_requests:read
GET /repos/{o}/{r}/pulls/{n}                                                pull_requests:read
GET /repos/{o}/{r}/pulls/{n}/commits                                        pull_requests:read
GET /repos/{o}/{r}/pulls/{n}/files                                          pull_requests:read
POST /repos/{o}/{r}/pulls                                                   pull_requests:write
PATCH /repos/{o}/{r}/pulls/{n}                                              pull_requests:write
PUT /repos/{o}/{r}/pulls/{n}/update-branch                                  pull_requests:write
PUT /repos/{o}/{r}/pulls/{n}/merge                                          contents:write
PUT /repos/{o}/{r}/pulls/{n}/merge-async                                    contents:write
GET /repos/{o}/{r}/pulls/{n}/merge-async/{uuid}                             contents:read
GET /repos/{o}/{r}/deployments                                              deployments:read
GET /repos/{o}/{r}/deployments/{id}/statuses                                deployments:read
GET /repos/{o}/{r}/commits/{sha}/check-runs                                 checks:read
GET /repos/{o}/{r}/check-runs/{id}                                          checks:read
POST /repos/{o}/{r}/check-runs                                              checks:write
PATCH /repos/{o}/{r}/check-runs/{id}                                        checks:write
POST /repos/{o}/{r}/check-runs/{id}/rerequest                               checks:write
GET /repos/{o}/{r}/commits/{sha}/statuses                                   statuses:read
GET /repos/{o}/{r}/actions/runs                                             actions:read
GET /repos/{o}/{r}/actions/runs/{id}                                        actions:read
POST /repos/{o}/{r}/actions/runs/{id}/rerun                                 actions:write
GET /repos/{o}/{r}/issues                                                   issues:read
GET /repos/{o}/{r}/issues/{n}                                               issues:read
GET /repos/{o}/{r}/issues/{n}/events                                        issues:read
GET /repos/{o}/{r}/issues/{n}/comments                                      issues:read
POST /repos/{o}/{r}/issues                                                  issues:write
PATCH /repos/{o}/{r}/issues/{n}                                             issues:write
POST /repos/{o}/{r}/issues/{n}/comments                                     issues:write
PATCH /repos/{o}/{r}/issues/comments/{id}                                   issues:write
POST /repos/{o}/{r}/issues/comments/{id}/reactions                          issues:write
`

// ruleFor finds the request's line. GraphQL is told apart by what is asked.
func ruleFor(req *http.Request) string {
	if req.URL.Path == "/graphql" {
		body, err := req.GetBody()
		if err != nil {
			return ""
		}
		b, _ := io.ReadAll(body)
		switch {
		case strings.Contains(string(b), "mutation("):
			return "contents:write pull_requests:write"
		case strings.Contains(string(b), "mergeQueueEntry"):
			return "contents:read pull_requests:read"
		case strings.Contains(string(b), "pullRequest("):
			return "pull_requests:read"
		}
		return "contents:read"
	}
	path := req.URL.EscapedPath()
	if id, ok := strings.CutPrefix(path, "/repositories/"); ok { // where renamed repositories are redirected to
		path = "/repos/x/" + id
	}
	for line := range strings.Lines(strings.TrimSpace(leastPermission)) {
		f := strings.Fields(line)
		if f[0] == req.Method && matches(f[1], path) {
			return f[2]
		}
	}
	return ""
}

func matches(pattern, path string) bool {
	p, s := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, part := range p {
		if part == "{*}" {
			return len(s) > i
		}
		if i >= len(s) || !strings.HasPrefix(part, "{") && part != s[i] {
			return false
		}
	}
	return len(p) == len(s)
}
