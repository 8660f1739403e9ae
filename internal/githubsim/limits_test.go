package githubsim_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
)

func TestRateLimitHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *githubsim.Options) { o.Limits = &githubsim.Limits{PerHour: 3} })
	c := w.asBot()
	for left := 2; left >= 0; left-- {
		_, resp, err := c.Repositories.Get(ctx, "acme", "reports")
		w.must(err)
		if resp.Rate.Remaining != left || resp.Rate.Limit != 3 || !resp.Rate.Reset.Equal(github.Timestamp{Time: w.Now().Add(time.Hour)}) {
			t.Errorf("got %v, want %d left", resp.Rate, left)
		}
	}
	limits, _, err := c.RateLimit.Get(ctx)
	w.must(err)
	if limits.GetCore().Remaining != 0 {
		t.Errorf("got %v", limits)
	}
	_, _, err = w.asBot().Repositories.Get(ctx, "acme", "reports")
	var limited *github.RateLimitError
	if !errors.As(err, &limited) || limited.Response.StatusCode != 403 {
		t.Errorf("got %v, want a rate limit with status 403", err)
	}
	w.clock.Advance(time.Hour)
	_, _, err = w.asBot().Repositories.Get(ctx, "acme", "reports")
	w.must(err)
	_, resp, err := w.asPerson("ada").Repositories.Get(ctx, "acme", "reports")
	w.must(err)
	if resp.Rate.Remaining != 2 {
		t.Errorf("everybody has a budget of their own: %v", resp.Rate)
	}
}

func TestContentCreationIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *githubsim.Options) { o.Limits = &githubsim.Limits{ContentPerMinute: 2, ContentPerHour: 3} })
	try := func(i int) error {
		branch := fmt.Sprint("b", i)
		w.push(reports, branch, map[string]string{"n": branch})
		_, _, err := w.asBot().PullRequests.Create(ctx, "acme", "reports", newPull(branch, "main"))
		return err
	}
	var limited *github.AbuseRateLimitError
	w.must(try(1))
	w.must(try(2))
	if err := try(3); !errors.As(err, &limited) || limited.GetRetryAfter() != time.Minute {
		t.Errorf("the third in a minute: got %v", err)
	}
	w.clock.Advance(time.Minute)
	w.must(try(4))
	w.clock.Advance(time.Minute)
	if err := try(5); !errors.As(err, &limited) {
		t.Errorf("the fourth in an hour: got %v", err)
	}
	w.clock.Advance(time.Hour)
	w.must(try(6))
	_, _, err := w.asBot().Repositories.Get(ctx, "acme", "reports")
	w.must(err)
}

func TestLimitsAs429AndPoints(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *githubsim.Options) {
		o.Limits = &githubsim.Limits{PointsPerMinute: 6, As429: true, RetryAfter: 7 * time.Second}
	})
	c := w.asBot()
	_, _, err := c.Git.CreateBlob(ctx, "acme", "reports", &github.Blob{Content: new("x"), Encoding: new("utf-8")})
	w.must(err)
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.must(err)
	_, resp, err := c.Repositories.Get(ctx, "acme", "reports")
	w.refused(err, http.StatusTooManyRequests, "secondary rate limit")
	if resp.Header.Get("Retry-After") != "7" {
		t.Errorf("got %q", resp.Header.Get("Retry-After"))
	}
	w.clock.Advance(time.Minute)
	_, _, err = c.Repositories.Get(ctx, "acme", "reports")
	w.must(err)
}

func TestUnchangedAnswersAreFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.asBot()
	_, first, err := c.Repositories.Get(ctx, "acme", "reports")
	w.must(err)
	req, err := c.NewRequest("GET", "repos/acme/reports", nil)
	w.must(err)
	req.Header.Set("If-None-Match", first.Header.Get("ETag"))
	resp, err := c.BareDo(ctx, req)
	if resp == nil || resp.StatusCode != http.StatusNotModified || resp.Rate.Remaining != first.Rate.Remaining {
		t.Fatalf("got %v, %v", resp, err)
	}
	w.must(w.As("ada").SetTopics(reports, "new"))
	resp, err = c.BareDo(ctx, req)
	w.must(err)
	if resp.StatusCode != http.StatusOK || resp.Rate.Remaining != first.Rate.Remaining-1 {
		t.Errorf("got %v", resp)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	c := w.over(w.unchecked(w.botToken()))
	fault := func(f githubsim.Fault) { w.SetFaults(func(*http.Request) githubsim.Fault { return f }) }
	merge := func() error {
		_, _, err := c.PullRequests.Merge(ctx, "acme", "reports", n, "", nil)
		return err
	}
	merged := func() bool { return w.Pulls(reports)[0].Merged }

	fault(githubsim.Fault{Status: 502})
	w.refused(merge(), 502, "Bad Gateway")
	fault(githubsim.Fault{Drop: true})
	if err := merge(); err == nil || merged() {
		t.Errorf("a dropped request: %v, merged %v", err, merged())
	}
	fault(githubsim.SecondaryLimit(403, 0))
	var limited *github.AbuseRateLimitError
	if err := merge(); !errors.As(err, &limited) || merged() {
		t.Errorf("got %v, merged %v", err, merged())
	}
	fault(githubsim.SecondaryLimit(429, time.Minute))
	w.refused(merge(), 429, "secondary rate limit")
	fault(githubsim.Fault{Status: 405, Message: "Base branch was modified. Review and try the merge again."})
	w.refused(merge(), 405, "Base branch was modified")
	before := w.Now()
	fault(githubsim.Fault{Delay: time.Minute, After: 502})
	w.refused(merge(), 502, "Bad Gateway")
	if !merged() || w.Now().Sub(before) != time.Minute {
		t.Errorf("merged %v after %v", merged(), w.Now().Sub(before))
	}
	fault(githubsim.Fault{DropAfter: true})
	if _, _, err := c.Git.CreateRef(ctx, "acme", "reports", ref("refs/heads/new", string(w.Branches(reports)["main"]))); err == nil {
		t.Error("the answer was to be lost")
	}
	if _, made := w.Branches(reports)["new"]; !made {
		t.Error("the request was to take effect")
	}
}

func TestStaleReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var stale atomic.Bool
	w.SetFaults(func(*http.Request) githubsim.Fault { return githubsim.Fault{Stale: stale.Load()} })
	n := w.pull("one", map[string]string{"a.sql": "select 2\n"})
	c := w.asBot()
	state := func() string {
		t.Helper()
		p, _, err := c.PullRequests.Get(ctx, "acme", "reports", n)
		w.must(err)
		return p.GetState()
	}
	if got := state(); got != "open" {
		t.Fatalf("got %s", got)
	}
	w.must(w.As("bob").ClosePull(reports, n))
	stale.Store(true)
	if got := state(); got != "open" {
		t.Errorf("a stale read shows %s", got)
	}
	stale.Store(false)
	if got := state(); got != "closed" {
		t.Errorf("a fresh read shows %s", got)
	}
}
