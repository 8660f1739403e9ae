package forge

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

const trailers = "\n\nSkein-Migration: m1\nSkein-Changeset: c1"

// spec is a pull request that edits a.sql.
func (w *world) spec() PullSpec {
	return PullSpec{
		Repo: w.repo, Base: "main", BaseSHA: w.head(), Branch: "skein/m1", Files: map[string][]byte{"a.sql": []byte("select 9\n")},
		Message: "Follow sales.orders" + trailers, Title: "Follow sales.orders", Body: "Hello.",
	}
}

func (w *world) open(s PullSpec) (int, repo.SHA) {
	w.Helper()
	n, head, err := w.forge.OpenPull(w.Context(), s)
	w.must(err)
	return n, head
}

func (w *world) file(at repo.SHA, path string) string {
	w.Helper()
	text, err := w.sim.File(reports, string(at), path)
	if err != nil {
		return "none"
	}
	return text
}

func TestOpenPull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.sim.As("bob").Push(reports, "main", githubsim.Change{
		Message: "more", Scripts: map[string]string{"run.sh": "old"}, Files: map[string]string{"bin.dat": "x", "gone.sql": "x"},
		Links: map[string]string{"link.sql": "a.sql"},
	})
	w.must(err)
	s := w.spec()
	s.Files = map[string][]byte{"a.sql": []byte("select 9\r\n"), "run.sh": []byte("new"), "bin.dat": {0, 0xff}, "gone.sql": nil, "new/x.sql": []byte("n")}
	n, head := w.open(s)
	pulls := w.sim.Pulls(reports)
	if len(pulls) != 1 || pulls[0].Number != n || pulls[0].HeadSHA != head || pulls[0].User != bot || pulls[0].Head != "skein/m1" {
		t.Fatalf("%+v", pulls)
	}
	for path, want := range map[string]string{
		"a.sql": "select 9\r\n", "dir/b.sql": "select 2\n", "run.sh": "new", "bin.dat": "\x00\xff", "gone.sql": "none", "new/x.sql": "n",
	} {
		if got := w.file(head, path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	tree, _, err := w.forge.treeOf(t.Context(), w.repo, head)
	w.must(err)
	if run, err := w.forge.trees(w.repo).at(t.Context(), tree, "run.sh"); err != nil || run.mode != "100755" {
		t.Error(run, err)
	}
	s.Files, s.Branch = map[string][]byte{"link.sql": []byte("x")}, "skein/m2"
	if _, _, err := w.forge.OpenPull(t.Context(), s); err == nil {
		t.Error("a link was written through")
	}
	s.Files = map[string][]byte{".github/workflows/ci.yml": []byte("x")}
	forbidden := (*Forbidden)(nil)
	if _, _, err := w.forge.OpenPull(t.Context(), s); !errors.As(err, &forbidden) || forbidden.Needs != "workflows:write" {
		t.Error(err)
	}
	s.Files = map[string][]byte{"a.sql": []byte("select 1\n")}
	if _, _, err := w.forge.OpenPull(t.Context(), s); !errors.Is(err, ErrNothing) {
		t.Error(err)
	}
}

func TestOpenPullTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.spec()
	n, head := w.open(s)
	w.push("main", map[string]string{"c.sql": "c"}) // the base may move meanwhile
	again, headAgain := w.open(s)
	if n != again || head != headAgain || len(w.sim.Pulls(reports)) != 1 {
		t.Errorf("#%d %s, then #%d %s", n, head, again, headAgain)
	}
	w.must(w.sim.As("ada").ClosePull(reports, n))
	if again, _ := w.open(s); again != n {
		t.Errorf("a declined pull request was opened anew, as #%d", again)
	}
	tip := w.push("skein/m1", map[string]string{"mine.sql": "bob"})
	if again, head := w.open(s); again != n || head != tip {
		t.Errorf("#%d %s: a person's commit on top was lost", again, head)
	}
}

// New edits for the same branch replace the old ones as long as nobody else's work is on it.
func TestOpenPullAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.open(w.spec())
	w.push("main", map[string]string{"c.sql": "c"})
	s := w.spec()
	s.Files["dir/b.sql"] = []byte("select 8\n")
	again, head := w.open(s)
	if again != n || w.file(head, "dir/b.sql") != "select 8\n" || w.file(head, "c.sql") != "c" {
		t.Errorf("#%d, then #%d at %s", n, again, head)
	}
	tip := w.push("skein/m1", map[string]string{"mine.sql": "bob"})
	s.Files["dir/b.sql"] = []byte("select 7\n")
	_, _, err := w.forge.OpenPull(t.Context(), s)
	foreign := (*Foreign)(nil)
	if !errors.As(err, &foreign) || !slices.Equal(foreign.Authors, []string{"bob"}) || w.sim.Branches(reports)["skein/m1"] != tip {
		t.Error(err)
	}
}

func TestOpenPullOnForeignBranch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tip := w.push("skein/m1", map[string]string{"a.sql": "bob's"})
	_, _, err := w.forge.OpenPull(t.Context(), w.spec())
	foreign := (*Foreign)(nil)
	if !errors.As(err, &foreign) || w.sim.Branches(reports)["skein/m1"] != tip || len(w.sim.Pulls(reports)) != 0 {
		t.Error(err)
	}
}

// interrupted breaks the n-th write, before or after it takes effect.
func interrupted(n int, fault githubsim.Fault) githubsim.FaultPlan {
	var mu sync.Mutex
	writes := 0
	return func(r *http.Request) githubsim.Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/access_tokens") || r.URL.Path == "/graphql" {
			return githubsim.Fault{}
		}
		if writes++; writes == n {
			return fault
		}
		return githubsim.Fault{}
	}
}

// Whichever write breaks, and however: it is reported as unknown, and the next try ends with one pull request.
func TestOpenPullInterrupted(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]githubsim.Fault{"before": {Drop: true}, "after": {DropAfter: true}, "502 after": {After: 502}} {
		for n := 1; n <= 4; n++ {
			w := newWorld(t)
			s := w.spec()
			w.sim.SetFaults(interrupted(n, fault))
			if _, _, err := w.forge.OpenPull(t.Context(), s); !errors.Is(err, ErrUnknownOutcome) {
				t.Errorf("%s, write %d: %v", name, n, err)
			}
			w.sim.SetFaults(nil)
			number, head := w.open(s)
			pulls := w.sim.Pulls(reports)
			c, err := w.forge.Compare(t.Context(), w.repo, "main", "skein/m1")
			w.must(err)
			if len(pulls) != 1 || pulls[0].Number != number || pulls[0].HeadSHA != head || c.AheadBy != 1 {
				t.Errorf("%s, write %d: %d pull requests, %d commits", name, n, len(pulls), c.AheadBy)
			}
		}
	}
}

func TestDeleteBranch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, head := w.open(w.spec())
	tip := w.push("skein/m1", map[string]string{"mine.sql": "bob"})
	if err := w.forge.DeleteBranch(t.Context(), w.repo, "skein/m1", head); !errors.Is(err, ErrStale) {
		t.Error(err)
	}
	for range 2 {
		w.must(w.forge.DeleteBranch(t.Context(), w.repo, "skein/m1", tip))
	}
	if _, there := w.sim.Branches(reports)["skein/m1"]; there {
		t.Error("the branch is still there")
	}
}

func (w *world) observe(n int, required green.Required) green.Pull {
	w.Helper()
	p, err := w.forge.Pull(w.Context(), w.repo, n, required)
	w.must(err)
	return p
}

func TestObservePull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.spec()
	n, head := w.open(s)
	p := w.observe(n, green.Required{})
	want := green.Pull{Number: n, Open: true, Head: head, Base: "main", BaseSHA: s.BaseSHA, Mergeable: p.Mergeable, Test: p.Test,
		Methods: []string{"merge", "squash", "rebase"}}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	w.clock.Advance(5 * time.Second)
	if p := w.observe(n, green.Required{}); p.Mergeable == nil || !*p.Mergeable {
		t.Errorf("mergeable: %v", p.Mergeable)
	}
	w.push("main", map[string]string{"c.sql": "c"})
	_, err := w.sim.As("bob").Push(reports, "skein/m1", githubsim.Change{Message: "sneaky" + trailers, Files: map[string]string{".github/skein.yml": "version: 1"}})
	w.must(err)
	_, err = w.sim.As("bob").Review(reports, n, "APPROVE", "")
	w.must(err)
	_, err = w.sim.As("ada").Review(reports, n, "REQUEST_CHANGES", "no")
	w.must(err)
	thread, err := w.sim.As("ada").OpenThread(reports, n)
	w.must(err)
	p = w.observe(n, green.Required{Threads: true})
	if !p.Behind || !p.TouchesOwn || !slices.Equal(p.Foreign, []string{"bob"}) || p.Review.Approvals != 1 {
		t.Errorf("%+v", p)
	}
	if p.Review.Threads != 1 {
		t.Errorf("review: %+v", p.Review)
	}
	w.must(w.sim.As("ada").ResolveThread(reports, n, thread))
	if p = w.observe(n, green.Required{Threads: true}); p.Review.Threads != 0 {
		t.Errorf("review: %+v", p.Review)
	}
	w.must(w.sim.As("ada").ClosePull(reports, n))
	if p = w.observe(n, green.Required{}); p.Open || p.Merged || p.ClosedBy != "ada" {
		t.Errorf("%+v", p)
	}
}

// An author is only a claim: what GitHub did not sign is not ours, whoever it says wrote it.
func TestForgedAuthor(t *testing.T) {
	t.Parallel()
	self := signer{bot: bot}
	good := Commit{Author: bot, Committer: "web-flow", Verified: true, Message: "x" + trailers, Parents: []repo.SHA{"a"}}
	for name, spoil := range map[string]func(*Commit){
		"unsigned":           func(c *Commit) { c.Verified = false },
		"signed by a person": func(c *Commit) { c.Committer = "bob" },
		"written by another": func(c *Commit) { c.Author = "bob" },
		"without trailer":    func(c *Commit) { c.Message = "x" },
	} {
		c := good
		spoil(&c)
		if self.ours(c) || len(self.foreign([]Commit{good, c})) != 1 {
			t.Errorf("%s: passes for ours", name)
		}
	}
	if !self.ours(good) || !(signer{bot: bot, unsigned: true}).ours(Commit{Author: bot, Message: good.Message}) {
		t.Error("ours does not pass")
	}
}

func TestRequiredReviewIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.sim.As("ada").SetRulesets(reports, githubsim.Ruleset{
		Name: "r", Branches: []string{"~DEFAULT_BRANCH"}, Rules: []githubsim.Rule{githubsim.RequireReviews(1)},
	}))
	n, _ := w.open(w.spec())
	if p := w.observe(n, green.Required{}); !p.Review.Missing {
		t.Error("nothing is missing")
	}
	_, err := w.sim.As("bob").Review(reports, n, "APPROVE", "")
	w.must(err)
	if p := w.observe(n, green.Required{}); p.Review.Missing || p.Review.Approvals != 1 {
		t.Errorf("review: %+v", p.Review)
	}
}

func TestUpdateAndClosePull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.open(w.spec())
	for range 2 {
		w.wire.clear()
		w.must(w.forge.UpdatePull(t.Context(), w.repo, n, "New title", "New body"))
	}
	if got := w.wire.writes(); len(got) != 0 {
		t.Errorf("an equal text was written again: %v", got)
	}
	for range 2 {
		w.must(w.forge.ClosePull(t.Context(), w.repo, n, "Superseded."))
	}
	p := w.sim.Pulls(reports)[0]
	if p.Title != "New title" || p.Body != "New body" || p.State != "closed" || len(p.Comments) != 1 {
		t.Errorf("%+v", p)
	}
	found, err := w.forge.FindPull(t.Context(), w.repo, "skein/m1")
	none, err2 := w.forge.FindPull(t.Context(), w.repo, "skein/none")
	if found != n || none != 0 || err != nil || err2 != nil {
		t.Error(found, none, err, err2)
	}
}
