package forge

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// GraphQL refuses under a 200.
func TestGraphQLRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer string
		as           any
	}{
		{"limit", `{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}`, new(*Limited)},
		{"limit beside data", `{"data": {"repository": null}, "errors": [{"type": "RATE_LIMITED", "message": "x"}]}`, new(*Limited)},
		{"forbidden", `{"data": null, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}`, new(*Forbidden)},
		{"partly forbidden", `{"data": {"repository": {"databaseId": 11}}, "errors": [{"type": "FORBIDDEN", "message": "x"}]}`, new(*Forbidden)},
		{"faulty query", `{"errors": [{"message": "Field 'x' doesn't exist"}]}`, new(*Invalid)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, f := newHub(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.answer) })
			err := f.reviews(t.Context(), sampleRepo(), &green.Pull{Number: 1})
			if !errors.As(err, c.as) {
				t.Error(err)
			}
		})
	}
}

// A query is a read although it is sent as a POST: it may be tried again.
func TestQueriesAreRetried(t *testing.T) {
	t.Parallel()
	h, f := newHub(t, script(t, step(502, "oops"), func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"data": {"repository": {"databaseId": 11, "pullRequest": {}}}}`)
	}))
	if err := f.reviews(t.Context(), sampleRepo(), &green.Pull{Number: 1}); err != nil || len(h.seen()) != 2 {
		t.Error(err, h.seen())
	}
}

// Threads that were not listed count as open.
func TestUnlistedThreads(t *testing.T) {
	t.Parallel()
	var got reviewsAnswer
	got.Repository.PullRequest.ReviewThreads.TotalCount = 101
	if r := got.review(); r.Threads != 101 {
		t.Errorf("%+v", r)
	}
}

func TestConfigsInBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repos := []repo.Repo{}
	for i := range 600 {
		repos = append(repos, w.create(repo.Name{Owner: "acme", Name: fmt.Sprint("r", i)}, map[string]string{"c.yml": fmt.Sprint(i)}))
	}
	w.wire.clear()
	got, err := w.forge.Configs(t.Context(), w.installation, repos, "c.yml")
	w.must(err)
	for i, r := range repos {
		if c := got[r.ID]; c.Err != nil || c.Text != fmt.Sprint(i) {
			t.Errorf("%s: %+v", r.Name, c)
		}
	}
	if n := len(w.wire.sent); n != 3 {
		t.Errorf("%d queries", n)
	}
}
