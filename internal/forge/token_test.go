package forge

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
)

// A token is asked for once per repository and permission, narrowed to both, and kept.
func TestTokensAreNarrowed(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		reply(w, map[string]any{})
	})
	other := sampleRepo()
	other.ID = 12
	for range 2 {
		for _, r := range []repo.Repo{sampleRepo(), other} {
			if _, err := f.Head(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if err := f.React(t.Context(), r, 5, "eyes"); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := []string{
		`{"repository_ids":[11],"permissions":{"contents":"read"}}`, `{"repository_ids":[11],"permissions":{"issues":"write"}}`,
		`{"repository_ids":[12],"permissions":{"contents":"read"}}`, `{"repository_ids":[12],"permissions":{"issues":"write"}}`,
	}
	if diff := cmp.Diff(want, h.minted); diff != "" {
		t.Error(diff)
	}
}

// Many at once share one token request.
func TestTokenIsMintedOnce(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, head("abc"))
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if _, err := f.Head(t.Context(), sampleRepo()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(h.minted) != 1 {
		t.Errorf("%d token requests", len(h.minted))
	}
}

func TestRefusedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, nil)
	h.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "token t1" {
			say(w, 401, "Bad credentials")
			return
		}
		w.WriteHeader(http.StatusCreated)
	}
	if err := f.React(t.Context(), sampleRepo(), 5, "eyes"); err != nil {
		t.Fatal(err)
	}
	if len(h.minted) != 2 || len(h.seen()) != 2 {
		t.Errorf("%d tokens, %d requests", len(h.minted), len(h.seen()))
	}
	h.answer = step(401, "Bad credentials")
	if err := f.React(t.Context(), sampleRepo(), 5, "eyes"); !errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrUnknownOutcome) {
		t.Error(err)
	}
}

// mint answers every token request alike, without a network.
type mint struct {
	asked  int
	answer http.HandlerFunc
}

func (m *mint) RoundTrip(req *http.Request) (*http.Response, error) {
	m.asked++
	w := httptest.NewRecorder()
	m.answer(w, req)
	return w.Result(), nil
}

func TestMintRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		is     error
		as     any
		asked  int
	}{
		{"not granted", step(422, "The permissions requested are not granted to this installation."), nil, new(*Forbidden), 1},
		{"repository out of reach", step(422, "There is at least one repository that does not exist or is not accessible to the parent installation."), ErrGone, nil, 2},
		{"suspended", step(403, "This installation has been suspended"), ErrSuspended, nil, 2},
		{"uninstalled", step(404, "Not Found"), ErrGone, nil, 2},
		{"bad key", step(401, "A JSON web token could not be decoded"), ErrUnauthorized, nil, 2},
		{"limited", step(429, "no", "Retry-After", "4000"), nil, new(*Limited), 1},
		{"down", step(502, "oops"), ErrUnavailable, nil, 2 * maxTries},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mint := &mint{answer: c.answer}
			_, f := newHub(t, nil)
			f.tokens.next = mint
			for range 2 {
				err := f.React(t.Context(), sampleRepo(), 5, "eyes")
				if c.is != nil && !errors.Is(err, c.is) || c.as != nil && !errors.As(err, c.as) || err == nil {
					t.Error(err)
				}
				if errors.Is(err, ErrUnknownOutcome) {
					t.Errorf("nothing was sent, but: %v", err)
				}
			}
			if mint.asked != c.asked {
				t.Errorf("asked %d times, want %d", mint.asked, c.asked)
			}
		})
	}
}

// A key that is refused because the clocks disagree says so.
func TestClockSkewIsNamed(t *testing.T) {
	t.Parallel()
	_, f := newHub(t, step(401, "bad", "Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)))
	if _, err := f.App(t.Context()); !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "1h0m") {
		t.Error(err)
	}
}

// A permission that go-github cannot express would be lost on the way, and a token without any is one with all.
func TestUnknownPermissionIsRefused(t *testing.T) {
	t.Parallel()
	for _, needs := range []string{"merge_queues:read", "contents", ""} {
		if o, err := narrowed(&call{needs: needs}); err == nil {
			b, _ := json.Marshal(o)
			t.Errorf("%q became %s", needs, b)
		}
	}
}

func TestTokenCacheIsBounded(t *testing.T) {
	t.Parallel()
	_, f := newHub(t, nil)
	for i := range 3 * maxTokens {
		r := sampleRepo()
		r.ID = repo.ID(i)
		if _, err := f.tokens.source(on(r, "contents:read", "GET", repoRoute)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(f.tokens.cache); n > maxTokens {
		t.Errorf("%d tokens", n)
	}
	f.Forget(3)
	if n := len(f.tokens.cache); n != 0 {
		t.Errorf("%d tokens of a forgotten installation", n)
	}
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	good := Options{AppID: 7, Key: testKey(), APIURL: "https://api.github.com"}
	for name, spoil := range map[string]func(*Options){
		"no id":       func(o *Options) { o.AppID = 0 },
		"no key":      func(o *Options) { o.Key = nil },
		"no url":      func(o *Options) { o.APIURL = "" },
		"odd scheme":  func(o *Options) { o.APIURL = "ftp://x" },
		"odd graphql": func(o *Options) { o.GraphQLURL = "graphql" },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for api, want := range map[string]string{
		"https://api.github.com":         "https://api.github.com/graphql",
		"https://git.example.org/api/v3": "https://git.example.org/api/graphql",
	} {
		o := good
		o.APIURL = api
		f, err := New(o)
		if err != nil || f.graphQL != want {
			t.Errorf("%s: %v, %v", api, f, err)
		}
	}
}
