package githubsim_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
)

// answered sends a request with a token and returns status and body.
func (w *world) answered(token, method, path, body string) (int, string) {
	w.Helper()
	req, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	w.must(err)
	resp, err := w.unchecked(token).RoundTrip(req)
	w.must(err)
	defer w.shut(resp)
	text, err := io.ReadAll(resp.Body)
	w.must(err)
	return resp.StatusCode, string(text)
}

func TestErrorsHaveGitHubsShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.botToken()
	for _, x := range []struct {
		token, method, path, body string
		want                      int
		message                   string
	}{
		{token, "GET", "/nowhere", "", 404, "Not Found"},
		{token, "DELETE", "/repos/acme/reports", "", 404, "Not Found"},
		{token, "POST", "/repos/acme/reports/pulls", "{", 400, "Problems parsing JSON"},
		{token, "POST", "/repos/acme/reports/pulls", `{"title": 7}`, 400, "Problems parsing JSON"},
		{token, "POST", "/repos/acme/reports/git/refs", `{"ref": "main"}`, 422, "Reference name must start with 'refs/' and have at least two slashes."},
		{token, "GET", "/repos/acme/reports/pulls/x", "", 404, "Not Found"},
		{"", "POST", "/repos/acme/reports/pulls", "{}", 401, "Requires authentication"},
		{"", "GET", "/app", "", 401, "Requires authentication"},
		{"", "GET", "/rate_limit", "", 401, "Requires authentication"},
		{"nonsense", "GET", "/repos/acme/reports", "", 401, "Bad credentials"},
		{token, "GET", "/user", "", 403, "Resource not accessible by integration"},
	} {
		status, body := w.answered(x.token, x.method, x.path, x.body)
		var got struct {
			Message string `json:"message"`
			Docs    string `json:"documentation_url"`
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || status != x.want || got.Message != x.message || got.Docs == "" {
			t.Errorf("%s %s: got %d %s, want %d %q", x.method, x.path, status, body, x.want, x.message)
		}
	}
}

func TestEnterprisePathsAndSlashesInBranches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.push(reports, "skein/a/b", map[string]string{"x": "x"})
	token := w.botToken()
	for _, path := range []string{
		"/api/v3/repos/acme/reports", "/repos/acme/reports/branches/skein/a/b", "/repos/acme/reports/branches/skein%2Fa%2Fb",
		"/repos/acme/reports/commits/skein/a/b", "/repos/acme/reports/commits/skein%2Fa%2Fb/pulls", "/repos/acme/reports/commits/skein/a/b/pulls",
		"/repos/acme/reports/compare/main...skein/a/b", "/repos/acme/reports/git/ref/heads/skein/a/b", "/repos/acme/reports/contents/x?ref=skein/a/b",
		"/repos/acme/reports/git/trees/skein/a/b?recursive=1", "/repos/acme/reports/contents", "/repos/acme/reports/contents/",
	} {
		if status, body := w.answered(token, "GET", path, ""); status != http.StatusOK {
			t.Errorf("%s: got %d %s", path, status, body)
		}
	}
}

func TestPagesLinkToEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, text := range []string{"1", "2", "3", "4"} {
		w.push(reports, "main", map[string]string{"n": text})
	}
	token := w.botToken()
	for page, want := range map[string]string{
		"1": `<URL?page=2&per_page=2>; rel="next", <URL?page=3&per_page=2>; rel="last"`,
		"2": `<URL?page=1&per_page=2>; rel="prev", <URL?page=3&per_page=2>; rel="next", <URL?page=3&per_page=2>; rel="last", <URL?page=1&per_page=2>; rel="first"`,
		"3": `<URL?page=2&per_page=2>; rel="prev", <URL?page=1&per_page=2>; rel="first"`,
		"9": `<URL?page=3&per_page=2>; rel="prev", <URL?page=1&per_page=2>; rel="first"`,
	} {
		req, err := http.NewRequest("GET", w.url+"/repos/acme/reports/commits?per_page=2&page="+page, nil)
		w.must(err)
		resp, err := w.unchecked(token).RoundTrip(req)
		w.must(err)
		w.shut(resp)
		got := strings.ReplaceAll(resp.Header.Get("Link"), w.url+"/repos/acme/reports/commits", "URL")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("page %s: %s", page, diff)
		}
	}
}

func TestTooManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *githubsim.Options) { o.Limits = &githubsim.Limits{Concurrent: 1} })
	token := w.botToken()
	slow, feed := io.Pipe()
	req, err := http.NewRequest("POST", w.url+"/repos/acme/reports/git/blobs", slow)
	w.must(err)
	done := make(chan int)
	go func() {
		resp, err := w.unchecked(token).RoundTrip(req)
		if err != nil {
			done <- 0
			return
		}
		_ = resp.Body.Close() // nothing more is wanted of it
		done <- resp.StatusCode
	}()
	_, err = feed.Write([]byte(`{"content":`)) // returns once the server reads, or its client has buffered
	w.must(err)
	refused := false
	for range 1000 {
		status, body := w.answered(token, "GET", "/repos/acme/reports", "")
		if refused = status == http.StatusForbidden && strings.Contains(body, "secondary rate limit"); refused {
			break
		}
	}
	if !refused {
		t.Error("a second request at the same time was let through")
	}
	_, err = feed.Write([]byte(`"x"}`))
	w.must(err)
	w.must(feed.Close())
	if status := <-done; status != http.StatusCreated {
		t.Errorf("the first request: got %d", status)
	}
}

func TestInProcessTransport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.botToken()
	c := github.NewClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+token)
		return w.Transport().RoundTrip(r)
	})})
	r, resp, err := c.Repositories.Get(ctx, "acme", "reports")
	w.must(err)
	if r.GetName() != "reports" || resp.Rate.Limit != 5000 {
		t.Errorf("got %v, %v", r, resp.Rate)
	}
	w.SetFaults(func(*http.Request) githubsim.Fault { return githubsim.Fault{Drop: true} })
	if _, _, err := c.Repositories.Get(ctx, "acme", "reports"); err == nil || !strings.Contains(err.Error(), "connection reset") {
		t.Errorf("got %v", err)
	}
	w.SetFaults(nil)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := c.Repositories.Get(gone, "acme", "reports"); err == nil {
		t.Error("a request whose context has ended was served")
	}
}

func TestCallsAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.botToken()
	var calls []githubsim.Call
	w.OnCall(func(c githubsim.Call) { calls = append(calls, c) })
	w.answered(token, "GET", "/repos/acme/reports/pulls?state=all", "")
	w.answered(token, "GET", "/nowhere", "")
	w.OnCall(nil)
	if len(calls) != 2 {
		t.Fatalf("got %v", calls)
	}
	calls[0].Granted = nil
	want := githubsim.Call{
		Method: "GET", Pattern: "/repos/{owner}/{repo}/pulls", Path: "/repos/acme/reports/pulls", Repo: reports, Actor: "skein[bot]",
		Installation: w.installation, Need: "pull_requests:read", Status: 200,
	}
	if diff := cmp.Diff(want, calls[0]); diff != "" {
		t.Error(diff)
	}
	if calls[1].Status != 404 || calls[1].Pattern != "" {
		t.Errorf("got %+v", calls[1])
	}
}

// FuzzServe: whatever is asked, by whomever, the answer is GitHub's, never a 500 and never a panic.
func FuzzServe(f *testing.F) {
	for _, path := range []string{
		"GET /repos/acme/reports/contents/a.sql?ref=main", "POST /repos/acme/reports/git/trees", "PATCH /repos/acme/reports/git/refs/heads/main",
		"PUT /repos/acme/reports/pulls/1/merge", "GET /repos/acme/reports/compare/main...one", "POST /repos/acme/reports/pulls",
		"GET /repositories/1005/branches/x", "POST /settings/apps/new", "GET /repos/acme/reports/commits?since=x&per_page=-1&page=99999999999999999999",
		"GET /repos/acme/reports/git/trees/main?recursive=1", "POST /graphql", "GET /%zz", "GET //", "POST /repos/acme/reports/git/commits",
		"POST /repos/acme/reports/check-runs", "POST /repos/acme/reports/issues/1/comments", "PUT /repos/acme/reports/pulls/1/update-branch",
	} {
		f.Add(path, `{"title": "t", "head": "one", "base": "main", "sha": null, "tree": [{"path": "../x", "mode": "100644", "content": ""}]}`)
	}
	f.Fuzz(func(t *testing.T, line, body string) {
		method, path, _ := strings.Cut(line, " ")
		now := clock.NewVirtual(time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC))
		w := &world{T: t, clock: now, Sim: githubsim.New(githubsim.Options{Clock: now, URL: "http://sim.example"}), url: "http://sim.example"}
		w.populate()
		w.pull("one", map[string]string{"a.sql": "select 2\n"})
		req, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
		if err != nil {
			return // it is no request
		}
		token, err := w.UserToken("ada")
		w.must(err)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := w.Transport().RoundTrip(req)
		w.must(err)
		defer w.shut(resp)
		if resp.StatusCode >= 500 {
			text, _ := io.ReadAll(resp.Body)
			t.Errorf("%s: got %d %s", line, resp.StatusCode, text)
		}
	})
}
