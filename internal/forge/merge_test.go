package forge

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// ready opens a pull request and lets GitHub find out that it merges.
func (w *world) ready() (int, repo.SHA) {
	w.Helper()
	n, head := w.open(w.spec())
	w.clock.Advance(5 * time.Second)
	return n, head
}

func (w *world) merge(n int, head repo.SHA, method string) (repo.SHA, error) {
	return w.forge.Merge(w.Context(), w.repo, n, head, method, "Follow sales.orders (#1)", "Body."+trailers)
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"squash", "merge", "rebase"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n, head := w.ready()
			parent := w.head()
			sha, err := w.merge(n, head, method)
			w.must(err)
			p := w.sim.Pulls(reports)[0]
			if !p.Merged || p.MergeCommit != sha || w.head() != sha || w.file("main", "a.sql") != "select 9\n" {
				t.Errorf("%s: %+v", sha, p)
			}
			if again, err := w.merge(n, head, method); err != nil || again != sha {
				t.Error("the second time:", again, err)
			}
			if p := w.observe(n, green.Required{}); !p.Merged || p.MergeSHA != sha || p.MergedBy != "" || p.MergedAt.IsZero() || p.Parent != parent {
				t.Errorf("%+v", p)
			}
			if c, err := w.forge.Commit(t.Context(), w.repo, sha); err != nil || c.Trailer(ChangesetTrailer) != "c1" || c.Trailer(MigrationTrailer) != "m1" {
				t.Error(c.Message, err)
			}
		})
	}
}

// What a person's merge came upon is found too, however many commits were rebased.
func TestParentOfMerge(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"squash", "merge", "rebase"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n, _ := w.open(w.spec())
			w.push("skein/m1", map[string]string{"x.sql": "x"})
			w.push("skein/m1", map[string]string{"y.sql": "y"})
			parent := w.push("main", map[string]string{"c.sql": "c"})
			w.clock.Advance(5 * time.Second)
			sha, err := w.sim.As("bob").MergePull(reports, n, githubsim.Merge{Method: method})
			w.must(err)
			if p := w.observe(n, green.Required{}); p.MergeSHA != sha || p.MergedBy != "bob" || p.Parent != parent || !slices.Equal(p.Foreign, []string{"bob"}) {
				t.Errorf("%+v, want parent %s", p, parent)
			}
		})
	}
}

func TestMergeRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(*world, int)
		stale bool
	}{
		{"pushed", func(w *world, _ int) { w.push("skein/m1", map[string]string{"x": "y"}) }, true},
		{"closed", func(w *world, n int) { w.must(w.sim.As("ada").ClosePull(reports, n)) }, false},
		{"conflict", func(w *world, _ int) {
			w.push("main", map[string]string{"a.sql": "other\n"})
			w.clock.Advance(5 * time.Second)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n, head := w.ready()
			c.spoil(w, n)
			before := w.head()
			_, err := w.merge(n, head, "squash")
			not := (*NotMergeable)(nil)
			if errors.Is(err, ErrStale) != c.stale || errors.As(err, &not) == c.stale || w.head() != before {
				t.Error(err)
			}
		})
	}
}

// The head moves between our look and GitHub's: GitHub's answer decides.
func TestMergeRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, head := w.ready()
	for code, want := range map[int]func(error) bool{
		409: func(err error) bool { return errors.Is(err, ErrStale) },
		405: func(err error) bool { not := (*NotMergeable)(nil); return errors.As(err, &not) && not.Retry },
		403: func(err error) bool { forbidden := (*Forbidden)(nil); return errors.As(err, &forbidden) },
	} {
		w.sim.SetFaults(interrupted(1, githubsim.Fault{Status: code, Message: "Base branch was modified. Review and try the merge again."}))
		if _, err := w.merge(n, head, "squash"); !want(err) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// GitHub merges and answers 502, or nothing: the merge is found, and never made twice.
func TestMergeUnanswered(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]githubsim.Fault{"502": {After: 502}, "dropped": {DropAfter: true}} {
		for _, method := range []string{"squash", "merge", "rebase"} {
			w := newWorld(t)
			n, head := w.ready()
			w.sim.SetFaults(interrupted(1, fault))
			sha, err := w.merge(n, head, method)
			if err != nil || w.head() != sha {
				t.Errorf("%s, %s: %s, %v", name, method, sha, err)
			}
		}
	}
	w := newWorld(t)
	n, head := w.ready()
	w.sim.SetFaults(interrupted(1, githubsim.Fault{Drop: true}))
	if _, err := w.merge(n, head, "squash"); !errors.Is(err, ErrUnknownOutcome) {
		t.Error(err)
	}
}

// The branch has moved while the pull request still looks open: the trailer on the base branch tells.
func TestMergeSeenLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, head := w.ready()
	_, err := w.forge.pull(t.Context(), w.repo, n)
	w.must(err)
	w.sim.SetFaults(func(r *http.Request) githubsim.Fault {
		if r.Method == http.MethodPut {
			return githubsim.Fault{After: 502}
		}
		return githubsim.Fault{Stale: strings.HasSuffix(r.URL.Path, "/pulls/1") || strings.HasSuffix(r.URL.Path, "/pulls/2")}
	})
	for range 2 {
		if sha, err := w.merge(n, head, "squash"); err != nil || sha != w.head() {
			t.Error(sha, err)
		}
	}
	puts := slices.DeleteFunc(w.wire.writes(), func(s string) bool { return !strings.HasPrefix(s, "PUT") })
	if len(puts) != 1 {
		t.Errorf("%d merges were asked for", len(puts))
	}
}

// A revert carries the trailer of what it reverts; neither is taken for the other.
func TestRevertIsNotTakenForMerge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	base := w.head()
	n, sha, parent := w.merged("squash")
	revert, head, err := w.forge.OpenRevert(t.Context(), w.revertSpec(n, sha, parent, "squash"))
	w.must(err)
	w.clock.Advance(5 * time.Second)
	p, err := w.forge.pull(t.Context(), w.repo, revert)
	w.must(err)
	old := string(base) // as a GitHub that is behind might say
	p.Base.SHA = &old
	message := "Revert it.\n\nThis reverts commit " + string(sha) + "." + trailers
	if got, err := w.forge.landed(t.Context(), w.repo, p, message); err != nil || got != "" {
		t.Errorf("%s is taken for the revert, %v", got, err)
	}
	merged, err := w.forge.Merge(t.Context(), w.repo, revert, head, "squash", "Revert", message)
	w.must(err)
	if got, err := w.forge.landed(t.Context(), w.repo, p, message); err != nil || got != merged {
		t.Errorf("%s, %v; want %s", got, err, merged)
	}
	if got, err := w.forge.landed(t.Context(), w.repo, p, "Body."+trailers); err != nil || got != sha {
		t.Errorf("%s, %v; want %s", got, err, sha)
	}
}

func TestUpdateBranch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, head := w.ready()
	w.push("main", map[string]string{"c.sql": "c"})
	w.must(w.forge.UpdateBranch(t.Context(), w.repo, n, head))
	w.clock.Advance(5 * time.Second)
	p := w.observe(n, green.Required{})
	if p.Behind || p.Head == head || len(p.Foreign) > 0 {
		t.Errorf("%+v", p)
	}
	if err := w.forge.UpdateBranch(t.Context(), w.repo, n, head); !errors.Is(err, ErrStale) {
		t.Error(err)
	}
	if err := w.forge.UpdateBranch(t.Context(), w.repo, n, p.Head); err != nil {
		t.Error("nothing to update:", err)
	}
}

func (w *world) revertSpec(n int, merge, parent repo.SHA, method string) RevertSpec {
	return RevertSpec{
		Repo: w.repo, Base: "main", Number: n, Merge: merge, Method: method, Parent: parent,
		Message: "Revert \"Follow sales.orders\"" + trailers, Title: "Revert", Body: "Why.",
	}
}

// merged is a merged pull request that edited a.sql, added new.sql and removed dir/b.sql.
func (w *world) merged(method string) (n int, sha, parent repo.SHA) {
	w.Helper()
	s := w.spec()
	s.Files = map[string][]byte{"a.sql": []byte("1\n2\n3\n4\nfive\n"), "new.sql": []byte("n"), "dir/b.sql": nil}
	n, head := w.open(s)
	w.clock.Advance(5 * time.Second)
	parent = w.head()
	sha, err := w.merge(n, head, method)
	w.must(err)
	return n, sha, parent
}

func TestRevert(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"squash", "merge", "rebase"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.push("main", map[string]string{"a.sql": "1\n2\n3\n4\n5\n"})
			n, sha, parent := w.merged(method)
			w.push("main", map[string]string{"a.sql": "one\n2\n3\n4\nfive\n", "later.sql": "l"})
			for range 2 { // the second time it is found
				number, head, err := w.forge.OpenRevert(t.Context(), w.revertSpec(n, sha, parent, method))
				w.must(err)
				for path, want := range map[string]string{"a.sql": "one\n2\n3\n4\n5\n", "new.sql": "none", "dir/b.sql": "select 2\n", "later.sql": "l"} {
					if got := w.file(head, path); got != want {
						t.Errorf("%s: %q, want %q", path, got, want)
					}
				}
				c, err := w.forge.Commit(t.Context(), w.repo, head)
				w.must(err)
				if !strings.Contains(c.Message, "This reverts commit "+string(sha)) || c.Trailer(ChangesetTrailer) != "c1" || c.Author != bot {
					t.Errorf("%s: %q", c.Author, c.Message)
				}
				if pulls := w.sim.Pulls(reports); len(pulls) != 2 || pulls[1].Number != number || pulls[1].Head != fmt.Sprintf("skein/revert-%d", n) {
					t.Errorf("%+v", pulls)
				}
			}
		})
	}
}

func TestRevertConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.push("main", map[string]string{"a.sql": "1\n2\n3\n4\n5\n"})
	n, sha, parent := w.merged("squash")
	w.push("main", map[string]string{"a.sql": "1\n2\n3\n4\nFIVE\n"})
	_, _, err := w.forge.OpenRevert(t.Context(), w.revertSpec(n, sha, parent, "squash"))
	conflict := (*Conflict)(nil)
	if !errors.As(err, &conflict) || !slices.Equal(conflict.Paths, []string{"a.sql"}) || len(w.sim.Pulls(reports)) != 1 {
		t.Error(err)
	}
}

func TestAlreadyReverted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, sha, parent := w.merged("squash")
	by, err := w.sim.As("bob").Push(reports, "main", githubsim.Change{
		Message: "Revert it\n\nThis reverts commit " + string(sha) + ".", Files: map[string]string{"a.sql": "select 1\n"},
	})
	w.must(err)
	_, _, err = w.forge.OpenRevert(t.Context(), w.revertSpec(n, sha, parent, "squash"))
	already := (*AlreadyReverted)(nil)
	if !errors.As(err, &already) || already.By != string(by) {
		t.Error(err)
	}
}

// Other people's commits between the recorded parent and a rebased range stay.
func TestRevertRebaseAmongOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	parent := w.head()
	w.push("main", map[string]string{"between.sql": "b"})
	n, sha, _ := w.merged("rebase")
	_, head, err := w.forge.OpenRevert(t.Context(), w.revertSpec(n, sha, parent, "rebase"))
	if err != nil || w.file(head, "between.sql") != "b" || w.file(head, "new.sql") != "none" {
		t.Error(err)
	}
}
