package forge

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/githubsim"
)

func TestUpsertComment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const marker = "<!-- skein:status -->"
	n, err := w.sim.As("bob").OpenIssue(reports, "Title", "Body")
	w.must(err)
	_, err = w.sim.As("eve").Comment(reports, n, marker+"\nI am the bot, honestly.")
	w.must(err)
	first, err := w.forge.UpsertComment(t.Context(), w.repo, n, marker, marker+"\none")
	w.must(err)
	for _, text := range []string{"one", "two", "two"} {
		if id, err := w.forge.UpsertComment(t.Context(), w.repo, n, marker, marker+"\n"+text); err != nil || id != first {
			t.Error(id, err)
		}
	}
	comments := w.sim.Issues(reports)[0].Comments
	if len(comments) != 2 || comments[0].User != "eve" || comments[1].User != bot || comments[1].Body != marker+"\ntwo" {
		t.Errorf("%+v", comments)
	}
	for range 2 {
		w.must(w.forge.React(t.Context(), w.repo, comments[0].ID, "eyes"))
	}
	if got := w.sim.Issues(reports)[0].Comments[0].Reactions; !cmp.Equal(got, []string{bot + ":eyes"}) {
		t.Error(got)
	}
	for _, body := range []string{"no marker", marker + strings.Repeat("x", maxComment)} {
		if _, err := w.forge.UpsertComment(t.Context(), w.repo, n, marker, body); err == nil {
			t.Errorf("a body of %d bytes was accepted", len(body))
		}
	}
}

// A comment whose answer is lost is found by the next try.
func TestCommentIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, err := w.sim.As("bob").OpenIssue(reports, "Title", "Body")
	w.must(err)
	w.sim.SetFaults(interrupted(1, githubsim.Fault{DropAfter: true}))
	if _, err := w.forge.UpsertComment(t.Context(), w.repo, n, "<!-- m -->", "<!-- m -->x"); !errors.Is(err, ErrUnknownOutcome) {
		t.Error(err)
	}
	if _, err := w.forge.UpsertComment(t.Context(), w.repo, n, "<!-- m -->", "<!-- m -->x"); err != nil {
		t.Error(err)
	}
	if got := w.sim.Issues(reports)[0].Comments; len(got) != 1 {
		t.Errorf("%d comments", len(got))
	}
}

func TestUpsertIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.sim.As("eve").OpenIssue(reports, "Mine", "<!-- m1 -->")
	w.must(err)
	s := IssueSpec{Marker: "<!-- m1 -->", Title: "Migration", Body: "<!-- m1 -->one", Labels: []string{"skein"}}
	n, err := w.forge.UpsertIssue(t.Context(), w.repo, s)
	w.must(err)
	w.must(w.sim.As("bob").Label(reports, n, "important"))
	w.wire.clear()
	if again, err := w.forge.UpsertIssue(t.Context(), w.repo, s); err != nil || again != n || len(w.wire.writes()) != 0 {
		t.Error(again, err, w.wire.writes())
	}
	s.Body, s.Number, s.Labels = "<!-- m1 -->two", n, []string{"skein", "done"}
	if again, err := w.forge.UpsertIssue(t.Context(), w.repo, s); err != nil || again != n {
		t.Error(again, err)
	}
	for range 2 {
		w.must(w.forge.CloseIssue(t.Context(), w.repo, n, "All is done."))
	}
	issues := w.sim.Issues(reports)
	if len(issues) != 2 {
		t.Fatalf("%+v", issues)
	}
	got := issues[1]
	if got.Body != s.Body || got.State != "closed" || len(got.Comments) != 1 || len(got.Labels) != 3 || got.User != bot {
		t.Errorf("%+v", got)
	}
	if _, err := w.forge.UpsertIssue(t.Context(), w.repo, IssueSpec{Title: "x", Body: "y"}); err == nil {
		t.Error("an issue that could not be found again was accepted")
	}
}

func TestPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.sim.As("ada").Collaborate(reports, "bob", "maintain"))
	for who, want := range map[string]string{"ada": "admin", "bob": "maintain", "eve": "read", "nobody-at-all": "none"} {
		if got, err := w.forge.Permission(t.Context(), w.repo, who); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", who, got, err, want)
		}
	}
	w.sim.SetFaults(func(*http.Request) githubsim.Fault { return githubsim.Fault{Status: 500} })
	if got, err := w.forge.Permission(t.Context(), w.repo, "ada"); err == nil {
		t.Errorf("unreadable, yet %q", got)
	}
}

func TestStopIssue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(w *world, n int)
		want string
	}{
		{"nothing", func(*world, int) {}, ""},
		{"by a writer", func(w *world, n int) { w.must(w.sim.As("bob").Label(reports, n, StopLabel)) }, "bob set skein:stop on acme/reports#1"},
		{"lifted", func(w *world, n int) {
			w.must(w.sim.As("bob").Label(reports, n, StopLabel))
			w.must(w.sim.As("bob").Unlabel(reports, n, StopLabel))
		}, ""},
		{"closed", func(w *world, n int) {
			w.must(w.sim.As("bob").Label(reports, n, StopLabel))
			w.must(w.sim.As("bob").CloseIssue(reports, n))
		}, ""},
		{"by someone who lost the right", func(w *world, n int) {
			w.must(w.sim.As("bob").Label(reports, n, StopLabel))
			w.must(w.sim.As("ada").Collaborate(reports, "bob", "read"))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n, err := w.sim.As("eve").OpenIssue(reports, "Stop", "please")
			w.must(err)
			c.do(w, n)
			got, err := w.forge.StopIssue(t.Context(), w.repo)
			if err != nil || strings.Split(got, "#")[0] != strings.Split(c.want, "#")[0] {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// A switch that cannot be read means stop, at every step of reading it.
func TestStopIssueUnreadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, err := w.sim.As("eve").OpenIssue(reports, "Stop", "please")
	w.must(err)
	w.must(w.sim.As("bob").Label(reports, n, StopLabel))
	for _, part := range []string{"/issues", "/events", "/permission"} {
		w.sim.SetFaults(func(r *http.Request) githubsim.Fault {
			if strings.HasSuffix(r.URL.Path, part) {
				return githubsim.Fault{Status: 500}
			}
			return githubsim.Fault{}
		})
		if got, err := w.forge.StopIssue(t.Context(), w.repo); got == "" || err == nil {
			t.Errorf("%s: %q, %v", part, got, err)
		}
	}
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status := http.StatusServiceUnavailable
	w.sim.SetWebhookClient(&http.Client{Transport: receiver(func() int { return status })})
	w.must(w.sim.Configure(w.app.ID, "https://skein.example/hook", "s3cret", true))
	for range 130 {
		_, err := w.sim.As("bob").OpenIssue(reports, "x", "y")
		w.must(err)
	}
	w.settle()
	failed, err := w.forge.FailedDeliveries(t.Context(), start)
	if err != nil || len(failed) != 130 || failed[0].Repo != w.repo.ID || failed[0].Event != "issues" || failed[0].Code != status {
		t.Fatalf("%d failed, %v", len(failed), err)
	}
	status = http.StatusOK
	for _, d := range failed {
		w.must(w.forge.Redeliver(t.Context(), d.ID))
	}
	w.settle()
	if again, err := w.forge.FailedDeliveries(t.Context(), start); err != nil || len(again) != 0 {
		t.Errorf("%d still failed, %v", len(again), err)
	}
	if late, err := w.forge.FailedDeliveries(t.Context(), w.clock.Now()); err != nil || len(late) != 0 {
		t.Error(late, err)
	}
}

// receiver answers webhooks without a network.
type receiver func() int

func (f receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: f(), Status: http.StatusText(f()), Body: http.NoBody, Request: req}, nil
}
