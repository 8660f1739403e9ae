package forge

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

const ourHead = repo.SHA("1111111111111111111111111111111111111111")

// answering shows an open pull request at ourHead, and answers merges in the background and classic ones.
func answering(t *testing.T, background, classic http.HandlerFunc) (*hub, *Forge) {
	t.Helper()
	return newHub(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/merge-async"):
			background(w, r)
		case strings.HasSuffix(r.URL.Path, "/merge"):
			classic(w, r)
		case strings.HasSuffix(r.URL.Path, "/repos/acme/reports"):
			reply(w, map[string]any{"id": 11})
		default:
			reply(w, map[string]any{"number": 1, "state": "open", "head": map[string]any{"sha": ourHead}})
		}
	})
}

func TestMergeLater(t *testing.T) {
	t.Parallel()
	says := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write([]byte(body))
		}
	}
	never := func(http.ResponseWriter, *http.Request) { t.Error("an unexpected merge") }
	for _, c := range []struct {
		name                string
		background, classic http.HandlerFunc
		sha                 repo.SHA
		request, err        string
	}{
		{"taken on", says(202, `{"status": "pending", "details": {"uuid": "u1"}}`), never, "", "u1", ""},
		{"merged already", says(200, `{"status": "merged", "details": {"sha": "abc"}}`), never, "abc", "", ""},
		{"an earlier request for this head", says(409, `{"status": "pending", "details": {"uuid": "u0", "expected_head_sha": "`+string(ourHead)+`"}}`), never, "", "u0", ""},
		{"an earlier request for another head", says(409, `{"status": "pending", "details": {"uuid": "u0", "expected_head_sha": "2222"}}`), never, "", "", "another head"},
		{"closed", says(400, `{"status": "failed", "details": {"message": "Pull request is closed."}}`), never, "", "", "Pull request is closed."},
		{"not offered", says(404, `{"message": "Not Found"}`), says(200, `{"sha": "def", "merged": true}`), "def", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, f := answering(t, c.background, c.classic)
			sha, request, err := f.MergeLater(t.Context(), sampleRepo(), 1, ourHead, "squash", "title", "message")
			if sha != c.sha || request != c.request || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q %q %v", sha, request, err)
			}
			if c.err != "" && !errors.As(err, new(*NotMergeable)) {
				t.Errorf("%v is no refusal", err)
			}
		})
	}
}

// A GitHub without merges in the background is asked once, not for every merge.
func TestClassicIsRemembered(t *testing.T) {
	t.Parallel()
	asked := 0
	_, f := answering(t, func(w http.ResponseWriter, _ *http.Request) { asked++; say(w, 404, "Not Found") },
		func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"sha": "def", "merged": true}) })
	for range 3 {
		if _, _, err := f.MergeLater(t.Context(), sampleRepo(), 1, ourHead, "squash", "t", "m"); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestMergeRequestIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.open(w.spec())
	if state, _, err := w.forge.MergeRequest(t.Context(), w.repo, n, "00000000-0000-0000-0000-000000000000"); state != "gone" || err != nil {
		t.Error(state, err)
	}
}

// The queue is entered and left once, however often that is asked for; what it refuses may be possible later.
func TestQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.SetCI(reports, githubsim.Usual(func(_ context.Context, c githubsim.Commit) []githubsim.Report {
		if c.Event == "merge_group" {
			return []githubsim.Report{{Name: "ci"}} // never ends
		}
		return []githubsim.Report{{Name: "ci", Conclusion: "success"}}
	}))
	n, head := w.open(w.spec())
	w.clock.Advance(time.Minute)
	if err := w.forge.Enqueue(t.Context(), w.repo, n, head); !errors.As(err, new(*NotMergeable)) {
		t.Errorf("without a queue: %v", err)
	}
	w.must(w.sim.As("ada").SetRulesets(reports, githubsim.Ruleset{Name: "r", Branches: []string{"main"}, Rules: []githubsim.Rule{
		githubsim.RequireQueue("SQUASH"), githubsim.RequireChecks(false, githubsim.RequiredCheck{Context: "ci"}),
	}}))
	if err := w.forge.Enqueue(t.Context(), w.repo, n, ourHead); !errors.Is(err, ErrStale) {
		t.Errorf("another head: %v", err)
	}
	for range 2 {
		w.must(w.forge.Enqueue(t.Context(), w.repo, n, head))
	}
	if p := w.observe(n, green.Required{Queue: true}); p.Queue == nil || p.Queue.Position != 1 || p.Queue.Head == "" {
		t.Errorf("%+v", p.Queue)
	}
	for range 2 {
		w.must(w.forge.Dequeue(t.Context(), w.repo, n))
	}
	p := w.observe(n, green.Required{Queue: true})
	if diff := cmp.Diff(green.Left{At: p.Left.At, Reason: "manual"}, p.Left); p.Queue != nil || p.Left.At.IsZero() || diff != "" {
		t.Error(p.Queue, diff)
	}
}

// A deployment counts by its newest state, and only one of the head.
func TestDeployed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, head := w.open(w.spec())
	required := green.Required{Deployments: []string{"staging"}}
	if p := w.observe(n, required); len(p.Deployed) != 0 {
		t.Errorf("%v", p.Deployed)
	}
	id, err := w.sim.As("ada").Deploy(reports, string(head), "staging")
	w.must(err)
	for state, want := range map[string]green.Result{"": green.Pending, "in_progress": green.Pending, "failure": green.Failure, "inactive": green.Unknown, "success": green.Success} {
		if state != "" {
			w.must(w.sim.As("ada").Deployed(reports, id, state, ""))
		} else if id, err = w.sim.As("ada").Deploy(reports, string(head), "staging"); err != nil {
			t.Fatal(err)
		}
		if p := w.observe(n, required); p.Deployed["staging"] != want {
			t.Errorf("%q: %v, want %s", state, p.Deployed, want)
		}
	}
}
