package chaos

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/rollout"
)

// What follows are mistakes that walks found, each told without the noise around it.

// story is a walk on which nothing goes wrong but what the case says.
func story(t *testing.T, tell func(w *walk)) {
	t.Helper()
	t.Parallel()
	w := &walk{t: t, seed: 7, key: appKey(t), zone: stockholm(t), calm: true, tell: tell}
	if broken := w.take(0); broken != "" {
		t.Fatal(broken)
	}
	if t.Failed() {
		t.Log(strings.Join(append(w.trace, w.story...), "\n"))
	}
}

func (w *walk) first() *place { return w.consumers[0] }

// always has no windows: what can merge merges.
func (w *walk) always() {
	w.rules.windows = false
	w.check(w.configure(w.data, ""))
}

// stopped has a pull request open at the first consumer that must not merge yet.
func (w *walk) stopped() {
	w.check(w.stops(w.first()))
	w.check(w.evolve(nil))
	w.pass(2 * time.Hour)
}

// only is Skein's first pull request on the first consumer.
func (w *walk) only() githubsim.PullView {
	if all := w.sim.Pulls(w.first().name); len(all) > 0 {
		return all[0]
	}
	return githubsim.PullView{}
}

// A pull request that was to be closed when its repository was archived is closed when the repository is back.
func TestCloseOfArchived(t *testing.T) {
	story(t, func(w *walk) {
		w.stopped()
		w.check(w.archives(w.first()))
		w.check(w.evolve(nil))
		w.pass(2 * time.Hour)
		if v := w.only(); v.State != "open" {
			t.Errorf("#1 is %q, want it open: nobody can close it", v.State)
		}
		w.check(w.unarchives(nil))
		w.pass(5 * time.Hour)
		if v := w.only(); v.State != "closed" || v.Merged {
			t.Errorf("#1 is %q, want closed: a later change took its place", v.State)
		}
	})
}

// What was parked while the installation was suspended goes on by the next sweep, although nothing says so.
func TestParked(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.check(w.stops(w.data))
		w.check(w.evolve(nil))
		w.pass(2 * time.Hour)
		w.check(w.suspends(nil))
		w.pass(8 * time.Hour)
		for _, cs := range w.active() {
			if cs.Phase != rollout.Failed {
				t.Errorf("%s is %s while its installation is suspended, want failed", cs.ID, cs.Phase)
			}
		}
		w.sim.SetDeliveryPlan(func(githubsim.Delivery) githubsim.DeliveryFault { return githubsim.DeliveryFault{Vanished: true} })
		w.check(w.unsuspends(nil))
		w.check(w.lifts(nil))
		w.pass(3 * 24 * time.Hour)
		for _, p := range w.consumers {
			if all := w.sim.Pulls(p.name); len(all) == 0 || !all[0].Merged {
				t.Errorf("%s is not merged: %+v", p.name, all)
			}
		}
	})
}

// A repository that is archived when a schema changes gets its pull request once it is back.
func TestArchivedAtBirth(t *testing.T) {
	story(t, func(w *walk) {
		w.rules.windows, w.rules.allow = false, false
		w.check(w.configure(w.data, ""))
		open := w.consumers[len(w.consumers)-1] // it may not see the dataset, archived or not: the judge knows
		w.check(w.archives(w.first()))
		w.check(w.archives(open))
		w.pass(time.Hour)
		w.check(w.evolve(nil))
		w.pass(time.Hour)
		w.check(w.unarchives(nil))
		w.check(w.unarchives(nil))
		w.pass(24 * time.Hour)
		if v := w.only(); !v.Merged {
			t.Errorf("#1 is %q, want it merged", v.State)
		}
	})
}

// GitHub asks to wait just before a merge, and meanwhile the window closes: the merge waits for the next one.
func TestWindowClosesMeanwhile(t *testing.T) {
	for nth := range 3 {
		t.Run(fmt.Sprint(nth), func(t *testing.T) {
			story(t, func(w *walk) {
				w.rules.windows = true
				w.check(w.configure(w.data, ""))
				w.check(w.stops(w.first()))
				w.check(w.evolve(nil))
				w.pass(time.Date(2026, 3, 2, 15, 59, 0, 0, time.UTC).Sub(w.now()))
				looks := 0
				w.sim.SetFaults(func(r *http.Request) (f githubsim.Fault) {
					if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/c1/pulls/2") {
						if looks++; looks == nth+1 {
							return githubsim.SecondaryLimit(429, 80*time.Second)
						}
					}
					return f
				})
				w.check(w.lifts(nil))
				w.pass(24 * time.Hour)
				if v := w.only(); !v.Merged {
					t.Errorf("#1 is %q, want it merged the next day", v.State)
				}
			})
		})
	}
}

// A repository is renamed unnoticed: what is written to its former name is answered with a redirect, and done under the
// new one.
func TestRenamedUnnoticed(t *testing.T) {
	story(t, func(w *walk) {
		w.check(w.evolve(nil))
		w.sim.SetFaults(func(r *http.Request) (f githubsim.Fault) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/acme/c1/git/trees") {
				w.check(w.renamesRepo(w.first()))
			}
			return f
		})
		w.sim.SetDeliveryPlan(func(d githubsim.Delivery) githubsim.DeliveryFault {
			return githubsim.DeliveryFault{Vanished: d.Event == "repository"}
		})
		w.pass(2 * time.Hour)
		if v := w.only(); v.State != "open" && !v.Merged {
			t.Errorf("#1 is %q, want it open or merged", v.State)
		}
	})
}

// GitHub opens a pull request without saying so, and a later schema change takes over before it is looked up: the pull
// request that nobody knows of is found and closed.
func TestOpenedUnseen(t *testing.T) {
	story(t, func(w *walk) {
		lost := false
		w.sim.SetFaults(func(r *http.Request) (f githubsim.Fault) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/c1/pulls") && !lost {
				lost = true
				return githubsim.Fault{After: 502}
			}
			if lost && strings.Contains(r.URL.Path, "/c1") && w.stage == 1 {
				return githubsim.Fault{Status: 503}
			}
			return f
		})
		w.check(w.evolve(nil))
		w.pass(time.Hour)
		w.check(w.evolve(nil))
		w.pass(24 * time.Hour)
		if v := w.only(); !lost || v.State != "closed" || v.Merged {
			t.Errorf("#1 is %q, want closed: a later change took its place", v.State)
		}
	})
}

// A repository becomes public while Skein's pull request is open there: from then on nothing of the private dataset is
// written to it, whatever happens, and the migration goes on elsewhere. Private again, it goes on there too.
func TestPublished(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.stopped()
		w.check(w.sim.As("ana").SetPrivate(w.first().name, false))
		w.first().public = w.now().Add(-lag)
		w.check(w.lifts(nil))
		w.pass(24 * time.Hour)
		for _, cs := range w.active() {
			if cs.Repo.Name.Same(w.first().name) && (cs.Phase != rollout.Failed || !strings.HasPrefix(cs.Note, "withheld")) {
				t.Errorf("%s is %s (%s), want it withheld", cs.ID, cs.Phase, cs.Note)
			}
		}
		w.check(w.sim.As("ana").SetPrivate(w.first().name, true))
		w.first().public = time.Time{}
		w.pass(24 * time.Hour)
		if v := w.only(); !v.Merged {
			t.Errorf("#1 is %q, want it merged", v.State)
		}
	})
}

// A repository becomes public unnoticed, and just then its pull request may merge: the last look sees who could read the
// merge's message.
func TestPublishedUnnoticed(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.stopped()
		w.sim.SetDeliveryPlan(func(d githubsim.Delivery) githubsim.DeliveryFault {
			return githubsim.DeliveryFault{Vanished: d.Event == "repository" || d.Event == "public"}
		})
		w.check(w.sim.As("ana").SetPrivate(w.first().name, false))
		w.first().public = w.now().Add(-lag)
		w.check(w.lifts(nil))
		w.pass(24 * time.Hour)
		if v := w.only(); v.State != "open" {
			t.Errorf("#1 is %q, want it left alone", v.State)
		}
	})
}

// A pull request is to be closed in a repository that was renamed unnoticed: it is closed under the new name.
func TestCloseOfRenamed(t *testing.T) {
	story(t, func(w *walk) {
		w.stopped()
		w.sim.SetDeliveryPlan(func(d githubsim.Delivery) githubsim.DeliveryFault {
			return githubsim.DeliveryFault{Vanished: d.Event == "repository"}
		})
		w.check(w.renamesRepo(w.first()))
		w.check(w.evolve(nil))
		w.pass(2 * time.Hour)
		if v := w.only(); v.State != "closed" {
			t.Errorf("#1 is %q, want closed: a later change took its place", v.State)
		}
	})
}

// A repository is public when the private dataset's schema changes, and private later: it gets its pull request then.
func TestWithheldAtBirth(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.check(w.sim.As("ana").SetPrivate(w.first().name, false))
		w.first().public = w.now().Add(-lag)
		w.pass(time.Hour)
		w.check(w.evolve(nil))
		w.pass(24 * time.Hour)
		if v := w.only(); v.Number != 0 {
			t.Errorf("#%d is open where the dataset must not be known", v.Number)
		}
		w.check(w.sim.As("ana").SetPrivate(w.first().name, true))
		w.first().public = time.Time{}
		w.pass(24 * time.Hour)
		if v := w.only(); !v.Merged {
			t.Errorf("#1 is %q, want it merged", v.State)
		}
	})
}

// A repository is given away unnoticed, and the schema changes: what was open there is closed, and what is new
// begins, when the repository is home again.
func TestGivenAway(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.stopped()
		if v := w.only(); v.State != "open" {
			t.Errorf("#1 is %q, want it open: it must not merge yet", v.State)
		}
		w.sim.SetDeliveryPlan(func(d githubsim.Delivery) githubsim.DeliveryFault {
			return githubsim.DeliveryFault{Vanished: d.Event == "repository" || d.Event == "installation_repositories"}
		})
		w.check(w.givesAway(w.first()))
		w.check(w.evolve(nil))
		w.pass(10 * time.Minute)
		w.check(w.bringsHome(nil))
		w.check(w.lifts(nil))
		w.pass(48 * time.Hour)
		if v := w.only(); v.State != "closed" || v.Merged {
			t.Errorf("#1 is %q, want it closed: a later change took its place", v.State)
		}
		if left := w.left(); len(left) > 0 {
			t.Error(left)
		}
	})
}

// A config is broken and nobody says so: a merge that was judged by the config before does not happen.
func TestConfigJustBroken(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.stopped()
		w.sim.SetDeliveryPlan(func(d githubsim.Delivery) githubsim.DeliveryFault {
			return githubsim.DeliveryFault{Vanished: d.Event == "push"}
		})
		w.check(w.breaksConfig(w.first()))
		w.check(w.lifts(nil))
		w.pass(time.Hour)
		if v := w.only(); v.State != "open" {
			t.Errorf("#1 is %q, want it open under a config that does not parse", v.State)
		}
		w.check(w.mendsConfig(nil))
		w.pass(24 * time.Hour)
		if v := w.only(); !v.Merged {
			t.Errorf("#1 is %q, want it merged", v.State)
		}
	})
}

// A migration ends because every repository is archived, and goes on when they are back: its issue is open again,
// as people steer by it.
func TestIssueOpenedAgain(t *testing.T) {
	story(t, func(w *walk) {
		w.check(w.stops(w.first()))
		w.check(w.evolve(nil))
		w.pass(time.Hour)
		for _, p := range w.consumers {
			w.check(w.archives(p))
		}
		w.pass(4 * time.Hour)
		for range w.consumers {
			w.check(w.unarchives(nil))
		}
		w.pass(4 * time.Hour)
		issues := w.sim.Issues(w.data.name)
		if len(issues) == 0 || issues[0].State != "open" {
			t.Errorf("the issues are %v, want the migration's open", issues)
		}
	})
}

// A schema change is undone while it settles: nobody is asked anything. Made again, it settles anew.
func TestUndone(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.check(w.evolve(nil))
		w.pass(usual / 2)
		w.check(w.undoes(nil))
		w.pass(24 * time.Hour)
		for _, p := range w.consumers {
			if all := w.sim.Pulls(p.name); len(all) != 0 {
				t.Errorf("%s has pull requests: %+v", p.name, all)
			}
		}
		w.check(w.evolve(nil))
		w.pass(24 * time.Hour)
		if v := w.only(); !v.Merged || v.Number != 1 {
			t.Errorf("#%d is %q, want #1 merged", v.Number, v.State)
		}
		if left := w.left(); len(left) > 0 {
			t.Error(left)
		}
	})
}

// A schema change is undone while it settles, and nobody says so: who is about to open a pull request looks.
func TestUndoneUnnoticed(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.check(w.evolve(nil))
		w.pass(usual / 2)
		w.sim.SetDeliveryPlan(func(d githubsim.Delivery) githubsim.DeliveryFault {
			return githubsim.DeliveryFault{Vanished: d.Event == "push"}
		})
		w.check(w.undoes(nil))
		w.pass(24 * time.Hour)
		for _, p := range w.consumers {
			if all := w.sim.Pulls(p.name); len(all) != 0 {
				t.Errorf("%s has pull requests: %+v", p.name, all)
			}
		}
	})
}

// A schema change is undone while every consumer is archived, so that its migration has ended: nobody follows it when they
// are back.
func TestUndoneWhileAway(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.check(w.evolve(nil))
		w.pass(usual / 2)
		for _, p := range w.consumers {
			w.check(w.archives(p))
		}
		w.pass(4 * time.Hour)
		w.check(w.undoes(nil))
		w.pass(2 * time.Hour)
		for range w.consumers {
			w.check(w.unarchives(nil))
		}
		w.pass(24 * time.Hour)
		for _, p := range w.consumers {
			if all := w.sim.Pulls(p.name); len(all) != 0 {
				t.Errorf("%s has pull requests: %+v", p.name, all)
			}
		}
		if left := w.left(); len(left) > 0 {
			t.Error(left)
		}
	})
}

// The schema changes twice before a consumer has followed once: the second pull request makes both steps, the first is
// closed, and one of them is merged.
func TestTwoChangesOneConsumer(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.stopped()
		w.check(w.evolve(nil))
		w.pass(2 * time.Hour)
		w.check(w.lifts(nil))
		w.pass(24 * time.Hour)
		all := w.sim.Pulls(w.first().name)
		if len(all) != 2 || all[0].Merged || all[0].State != "closed" || !all[1].Merged {
			t.Fatalf("got %d pull requests, want the first closed and the second merged: %+v", len(all), all)
		}
		for n := range 2 {
			text, err := w.sim.File(w.first().name, "main", fmt.Sprintf("q%d.sql", n))
			w.check(err)
			if !strings.Contains(text, fmt.Sprintf("m.wombat%d", n)) {
				t.Errorf("q%d.sql is %q, want the new name in it", n, text)
			}
		}
	})
}

// A consumer gets another name while a schema commit settles, and then the schema changes again: under its new name it
// follows both changes.
func TestRenamedBetweenChanges(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.check(w.evolve(nil))
		w.pass(5 * time.Minute)
		w.check(w.renamesRepo(w.first()))
		w.pass(time.Minute)
		w.check(w.evolve(nil))
		w.pass(24 * time.Hour)
		for n := range 2 {
			text, err := w.sim.File(w.first().name, "main", fmt.Sprintf("q%d.sql", n))
			w.check(err)
			if !strings.Contains(text, fmt.Sprintf("m.wombat%d", n)) {
				t.Errorf("q%d.sql is %q, want the new name in it", n, text)
			}
		}
		if left := w.left(); len(left) > 0 {
			t.Error(left)
		}
	})
}

// A person skips a pull request, GitHub does not take the close for a while, and the person brings the change in again
// meanwhile: the first pull request is closed then, and the second one stays.
func TestReappliedBeforeClosed(t *testing.T) {
	story(t, func(w *walk) {
		w.always()
		w.stopped()
		refuses := true
		w.sim.SetFaults(func(r *http.Request) (f githubsim.Fault) {
			if r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/c1/pulls/2") && refuses {
				return githubsim.Fault{Status: 503}
			}
			return f
		})
		w.check(w.tells(w.first(), 2, "/skein skip"))
		w.pass(5 * time.Minute)
		w.check(w.tells(w.first(), 2, "/skein reapply"))
		w.pass(30 * time.Minute)
		refuses = false
		w.pass(2 * time.Hour)
		var got []string
		for _, v := range w.sim.Pulls(w.first().name) {
			got = append(got, v.State)
		}
		if diff := cmp.Diff([]string{"closed", "open"}, got); diff != "" {
			t.Errorf("the pull requests (-want +got):\n%s", diff)
		}
	})
}
