package githubsim_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
)

// asyncResult is what both calls of a merge in the background answer.
type asyncResult struct {
	Status  string `json:"status"`
	Details struct {
		Message string `json:"message"`
		UUID    string `json:"uuid"`
		Head    string `json:"expected_head_sha"`
		SHA     string `json:"sha"`
	} `json:"details"`
}

// async calls the API past go-github, which does not know this part of it.
func (w *world) async(c *github.Client, method, path string, body any) (asyncResult, int) {
	w.Helper()
	req, err := c.NewRequest(method, "repos/acme/reports/pulls/"+path, body)
	w.must(err)
	resp, err := c.Client().Do(req)
	w.must(err)
	defer w.shut(resp)
	var got asyncResult
	w.must(json.NewDecoder(resp.Body).Decode(&got))
	return got, resp.StatusCode
}

func TestMergeInTheBackground(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *githubsim.Options) { o.MergeDelay = time.Minute })
	w.pull("one", map[string]string{"a.sql": "select 2\n"})
	c := w.asBot()
	first, status := w.async(c, "PUT", "1/merge-async", map[string]string{"merge_method": "squash"})
	if status != http.StatusAccepted || first.Status != "pending" || first.Details.Head != string(w.Branches(reports)["one"]) {
		t.Errorf("got %d %+v", status, first)
	}
	second, status := w.async(c, "PUT", "1/merge-async", map[string]string{"merge_method": "rebase"})
	if status != http.StatusConflict || second.Details.UUID != first.Details.UUID {
		t.Errorf("got %d %+v", status, second)
	}
	if got, _ := w.async(c, "GET", "1/merge-async/"+first.Details.UUID, nil); got.Status != "pending" {
		t.Errorf("got %+v", got)
	}
	w.clock.Advance(time.Minute)
	main := string(w.Branches(reports)["main"])
	if got, _ := w.async(c, "GET", "1/merge-async/"+first.Details.UUID, nil); got.Status != "merged" || got.Details.SHA != main {
		t.Errorf("got %+v", got)
	}
	if got, status := w.async(c, "PUT", "1/merge-async", nil); status != http.StatusOK || got.Details.SHA != main {
		t.Errorf("got %d %+v", status, got)
	}
	w.clock.Advance(24 * time.Hour)
	if _, status := w.async(c, "GET", "1/merge-async/"+first.Details.UUID, nil); status != http.StatusNotFound {
		t.Errorf("after a day: got %d", status)
	}
}

func TestMergeInTheBackgroundFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *githubsim.Options) { o.MergeDelay = time.Minute })
	w.must(w.As("ada").Protect(reports, "main", &githubsim.Protection{Reviews: 1}))
	w.pull("one", map[string]string{"a.sql": "select 2\n"})
	c := w.asBot()
	outcome := func(disturb func()) string {
		t.Helper()
		asked, status := w.async(c, "PUT", "1/merge-async", nil)
		if status != http.StatusAccepted {
			t.Fatalf("got %d %+v", status, asked)
		}
		disturb()
		w.clock.Advance(time.Minute)
		got, _ := w.async(c, "GET", "1/merge-async/"+asked.Details.UUID, nil)
		return got.Status + ": " + got.Details.Message
	}
	if got := outcome(func() {}); got != "failed: At least 1 approving review is required by reviewers with write access." {
		t.Errorf("rules are judged late: got %q", got)
	}
	if got := outcome(func() { w.push(reports, "one", map[string]string{"b": "b"}) }); got != "failed: Head branch was modified. Review and try the merge again." {
		t.Errorf("a push cancels: got %q", got)
	}
	w.must(w.As("bob").ClosePull(reports, 1))
	if got, status := w.async(c, "PUT", "1/merge-async", nil); status != http.StatusBadRequest || got.Details.Message != "Pull request is closed." {
		t.Errorf("got %d %+v", status, got)
	}
}
