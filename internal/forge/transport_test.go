package forge

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/repo"
)

// start is when virtual time begins in these tests.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// testKey is made once: RSA keys are slow to make.
var testKey = sync.OnceValue(func() []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
})

// hub is a GitHub of one handler: it gives tokens, remembers what it was asked, and leaves the rest to answer.
type hub struct {
	*httptest.Server
	clock  *clock.Virtual
	answer http.HandlerFunc

	mu       sync.Mutex
	minted   []string // token requests: the body
	requests []string // METHOD PATH @seconds since start
	observed []Observation
}

func newHub(t *testing.T, answer http.HandlerFunc) (*hub, *Forge) {
	t.Helper()
	h := &hub{clock: clock.NewVirtual(start), answer: answer}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	f, err := New(Options{
		AppID: 7, Key: testKey(), APIURL: h.URL, Clock: h.clock, Transport: h.Client().Transport,
		Observe: func(o Observation) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.observed = append(h.observed, o)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.tokens.jitter = func(d time.Duration) time.Duration { return d }
	return h, f
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	if strings.HasSuffix(r.URL.Path, "/access_tokens") {
		body, _ := io.ReadAll(r.Body)
		h.minted = append(h.minted, strings.TrimSpace(string(body)))
		n := len(h.minted)
		h.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
		reply(w, map[string]any{"token": fmt.Sprintf("t%d", n), "expires_at": time.Now().Add(time.Hour)})
		return
	}
	h.requests = append(h.requests, fmt.Sprintf("%s %s @%.0f", r.Method, r.URL.Path, h.clock.Now().Sub(start).Seconds()))
	h.mu.Unlock()
	h.answer(w, r)
}

func (h *hub) seen() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.requests...)
}

func reply(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }

func say(w http.ResponseWriter, code int, message string, headers ...string) {
	for i := 0; i < len(headers); i += 2 {
		w.Header().Set(headers[i], headers[i+1])
	}
	w.WriteHeader(code)
	reply(w, map[string]string{"message": message})
}

func sampleRepo() repo.Repo {
	return repo.Repo{ID: 11, Name: repo.Name{Owner: "acme", Name: "reports"}, Installation: 3, DefaultBranch: "main"}
}

// script answers the requests one after the other and fails the test when there are more.
func script(t *testing.T, steps ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if len(steps) == 0 {
			t.Errorf("unexpected %s %s", r.Method, r.URL)
			say(w, http.StatusTeapot, "unexpected")
			return
		}
		step := steps[0]
		steps = steps[1:]
		step(w, r)
	}
}

func step(code int, message string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { say(w, code, message, headers...) }
}

func head(sha string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"object": map[string]string{"sha": sha}})
	}
}

const headPath = "GET /repos/acme/reports/git/ref/heads/main"

func TestReadsAreRetried(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, script(t, step(502, "oops"), step(500, "oops"), head("abc")))
	got, err := f.Head(t.Context(), sampleRepo())
	if err != nil || got != "abc" {
		t.Fatalf("Head = %q, %v", got, err)
	}
	if diff := cmp.Diff([]string{headPath + " @0", headPath + " @1", headPath + " @3"}, h.seen()); diff != "" {
		t.Error(diff)
	}
}

func TestReadsGiveUp(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, step(503, "down"))
	_, err := f.Head(t.Context(), sampleRepo())
	if !errors.Is(err, ErrUnavailable) || len(h.seen()) != maxTries {
		t.Errorf("%d tries, then %v", len(h.seen()), err)
	}
}

// A write is sent once, whatever becomes of it.
func TestWritesAreNeverResent(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"5xx":   step(502, "oops"),
		"hangs": func(_ http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
		"breaks off": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, f := newHub(t, answer)
			err := f.React(t.Context(), sampleRepo(), 5, "eyes")
			if !errors.Is(err, ErrUnknownOutcome) || len(h.seen()) != 1 {
				t.Errorf("%d tries, then %v", len(h.seen()), err)
			}
		})
	}
}

func TestCancelledWriteIsUnknown(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	_, f := newHub(t, func(http.ResponseWriter, *http.Request) { cancel(); panic(http.ErrAbortHandler) })
	if err := f.React(ctx, sampleRepo(), 5, "eyes"); !errors.Is(err, ErrUnknownOutcome) {
		t.Error(err)
	}
}

// A write that never left is not unknown.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, nil)
	h.Close()
	err := f.React(t.Context(), sampleRepo(), 5, "eyes")
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnknownOutcome) {
		t.Error(err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	epoch := func(d time.Duration) string { return fmt.Sprint(start.Add(d).Unix()) }
	for _, c := range []struct {
		name    string
		step    http.HandlerFunc
		kind    string
		seconds float64
	}{
		{"primary 403", step(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", epoch(20*time.Minute)), "primary", 1201},
		{"primary 429", step(429, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", epoch(20*time.Minute)), "primary", 1201},
		{"secondary 403, told", step(403, "You have exceeded a secondary rate limit", "Retry-After", "300"), "secondary", 300},
		{"secondary 429, told", step(429, "slow down", "Retry-After", "300"), "secondary", 300},
		{"retry-after goes before reset", step(403, "x", "Retry-After", "300", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", epoch(time.Hour)), "secondary", 300},
		{"reset without sense", step(403, "x", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "12"), "primary", 60},
		{"secondary 403, untold", step(403, "You have exceeded a secondary rate limit"), "secondary", 60},
		{"secondary 429, untold", step(429, "no"), "secondary", 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, f := newHub(t, script(t, c.step))
			calls := 1
			if c.seconds > 90 {
				calls = 2 // more than patience: the second one is not even sent
			}
			for range calls {
				err := f.React(t.Context(), sampleRepo(), 5, "eyes")
				limited := (*Limited)(nil)
				if !errors.As(err, &limited) || errors.Is(err, ErrUnknownOutcome) {
					t.Fatal(err)
				}
				if got := limited.Until.Sub(start).Seconds(); got != c.seconds || limited.Kind != c.kind || limited.Installation != 3 {
					t.Errorf("%s until +%.0fs, want %s +%.0fs", limited.Kind, got, c.kind, c.seconds)
				}
			}
			if n := len(h.seen()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// A 403 that speaks of no limit is a permission's, and pauses nothing.
func TestForbidden(t *testing.T) {
	t.Parallel()
	_, f := newHub(t, script(t, step(403, "Resource not accessible by integration", "X-RateLimit-Remaining", "4000"), head("abc")))
	_, err := f.Head(t.Context(), sampleRepo())
	forbidden := (*Forbidden)(nil)
	if !errors.As(err, &forbidden) || forbidden.Needs != "contents:read" {
		t.Fatal(err)
	}
	if _, err := f.Head(t.Context(), sampleRepo()); err != nil {
		t.Error(err)
	}
}

// A limit pauses its installation and no other.
func TestLimitIsPerInstallation(t *testing.T) {
	t.Parallel()
	_, f := newHub(t, script(t, step(429, "no", "Retry-After", "3000"), head("abc")))
	_, err := f.Head(t.Context(), sampleRepo())
	limited := (*Limited)(nil)
	if !errors.As(err, &limited) {
		t.Fatal(err)
	}
	other := sampleRepo()
	other.Installation = 4
	if _, err := f.Head(t.Context(), other); err != nil {
		t.Error(err)
	}
}

// Short limits are waited for by the reader, longer each time that GitHub names no time.
func TestReadWaitsOutAShortLimit(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, script(t, step(429, "no", "Retry-After", "30"), head("abc")))
	if _, err := f.Head(t.Context(), sampleRepo()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{headPath + " @0", headPath + " @30"}, h.seen()); diff != "" {
		t.Error(diff)
	}
}

func TestUntoldLimitsDouble(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, step(429, "no"))
	_, err := f.Head(t.Context(), sampleRepo())
	limited := (*Limited)(nil)
	if !errors.As(err, &limited) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{headPath + " @0", headPath + " @60"}, h.seen()); diff != "" {
		t.Error(diff)
	}
	if got := limited.Until.Sub(start); got != 3*time.Minute {
		t.Errorf("until +%s", got)
	}
}

// An answer that uses up the budget closes the lane before GitHub has to refuse, and go-github, which would
// refuse by itself from then on, never learns of it.
func TestSpentBudgetCloses(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", fmt.Sprint(start.Add(time.Minute).Unix()))
		head("abc")(w, r)
	})
	for range 2 {
		if _, err := f.Head(t.Context(), sampleRepo()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{headPath + " @0", headPath + " @61"}, h.seen()); diff != "" {
		t.Error(diff)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, head("abc"))
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the stranger was asked, with %q", r.Header.Get("Authorization"))
	}))
	defer stranger.Close()
	req, err := http.NewRequestWithContext(withCall(t.Context(), on(sampleRepo(), "contents:read", "GET", repoRoute)), "GET", stranger.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := f.http.Do(req)
	if err == nil {
		defer func() { _ = resp.Body.Close() }()
		t.Error("a request to another host was sent")
	}
	h.answer = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, stranger.URL+"/x", http.StatusFound) }
	if _, err := f.Head(t.Context(), sampleRepo()); err == nil {
		t.Error("a redirect to another host was followed")
	}
}

// A write must not become a read on the way, so it is not redirected.
func TestWritesAreNotRedirected(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/repositories/11/x", http.StatusMovedPermanently)
	})
	err := f.React(t.Context(), sampleRepo(), 5, "eyes")
	if codeOf(err) != http.StatusMovedPermanently || len(h.seen()) != 1 {
		t.Errorf("%v after %d requests", err, len(h.seen()))
	}
}

func TestConditionalReads(t *testing.T) {
	t.Parallel()
	asked := []string{}
	_, f := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("If-None-Match"))
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		head("abc")(w, r)
	})
	for range 2 {
		if got, err := f.Head(t.Context(), sampleRepo()); err != nil || got != "abc" {
			t.Fatal(got, err)
		}
	}
	if diff := cmp.Diff([]string{"", `"v1"`}, asked); diff != "" {
		t.Error(diff)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache(nil)
	for i := range 80 {
		resp := &http.Response{StatusCode: 200, Header: http.Header{"Etag": {"x"}}, Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20)))}
		if err := c.keep(fmt.Sprint(i), resp); err != nil {
			t.Fatal(err)
		}
	}
	if c.size > cacheBytes || c.order.Len() != len(c.byKey) || c.get("79") == nil || c.get("0") != nil {
		t.Errorf("%d bytes in %d entries", c.size, c.order.Len())
	}
}

// 404 says that a thing is gone only when its repository reads.
func TestUnknownIsNeverGone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		repo http.HandlerFunc
		want error
	}{
		{"repository reads", func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"id": 11}) }, ErrNotFound},
		{"repository is hidden too", step(404, "Not Found"), ErrGone},
		{"another took the name", func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"id": 12}) }, ErrGone},
		{"nobody knows", step(500, "oops"), ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, f := newHub(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/repos/acme/reports" {
					c.repo(w, r)
				} else {
					say(w, 404, "Not Found")
				}
			})
			_, err := f.File(t.Context(), sampleRepo(), "a.sql", "abc")
			for _, one := range []error{ErrNotFound, ErrGone, ErrUnavailable} {
				if errors.Is(err, one) != errors.Is(c.want, one) {
					t.Errorf("%v is %v: %t", err, one, errors.Is(err, one))
				}
			}
		})
	}
}

// Errors are logged; they name the route, not the repository.
func TestErrorsNameNoRepository(t *testing.T) {
	t.Parallel()
	for _, code := range []int{401, 403, 404, 409, 422, 500} {
		_, f := newHub(t, step(code, "no"))
		_, err := f.File(t.Context(), sampleRepo(), "a.sql", "abc")
		if err == nil || strings.Contains(err.Error(), "reports") {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestObservations(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, script(t, step(502, "oops"), head("abc")))
	if _, err := f.Head(t.Context(), sampleRepo()); err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, o := range h.observed {
		got = append(got, fmt.Sprintf("%d %s %s %d try %d", o.Installation, o.Method, o.Route, o.Code, o.Retry))
	}
	want := []string{
		"0 POST /app/installations/{installation}/access_tokens 201 try 0",
		"3 GET /repos/{owner}/{repo}/git/ref/heads/{branch*} 502 try 0",
		"3 GET /repos/{owner}/{repo}/git/ref/heads/{branch*} 200 try 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		route string
		args  []any
		want  string
	}{
		{"/a/{b}/c", []any{"x y"}, "/a/x%20y/c"},
		{"/a/{b}", []any{"x/../y?z#"}, "/a/x%2F..%2Fy%3Fz%23"},
		{"/a/{b*}", []any{"x/y z/%2e"}, "/a/x/y%20z/%252e"},
		{"/a/{b*}", []any{"x/../y"}, "error"},
		{"/a/{b}", []any{".."}, "error"},
		{"/a/{b}", []any{""}, "error"},
		{"/a/{b}", nil, "error"},
		{"/a", []any{1}, "error"},
	} {
		got, err := fill(c.route, c.args)
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("fill(%s, %v) = %s, want %s", c.route, c.args, got, c.want)
		}
	}
}
