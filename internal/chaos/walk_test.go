package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/store"
)

// errNothing says that an act had nothing to act on.
var errNothing = errors.New("there is nothing to do that with")

// walk is one walk from its seed to its end.
type walk struct {
	t        *testing.T
	seed     uint64
	r        *rand.Rand
	zone     *time.Location
	key      string      // the app's
	planted  string      // the rule that is left out of the configs, to see it missed
	tell     func(*walk) // what happens instead of chance
	mistakes engine.Faults

	sim          *githubsim.Sim
	clock        *clock.Virtual
	store        *store.Store
	jobs         *jobs
	process      *process
	judge        *judge
	app          githubsim.App
	installation int64
	rules        rules
	coexists     [columns]bool
	stage        int
	evolved      [columns][]time.Time // when a column changed, was changed back, and so on
	heard        []hearing            // what Skein took in of that
	places       []*place
	consumers    []*place
	org, data    *place
	said         []saying
	reopened     map[string]bool
	outage       time.Time // the CI fails until then
	frozen       time.Time // since when the org is frozen
	suspended    bool
	back         time.Time // when a repository could last be worked on again: what was parked takes its place anew
	told         map[string]time.Time
	nextSweep    time.Time
	deadline     time.Time // no wait goes beyond it
	serial       int
	depth        int
	calm         bool

	steps  int // everything that happened: jobs, acts, events in time, requests whose fate was drawn
	turns  int // jobs and acts, and times at which nothing else was to be done
	trace  []string
	story  []string // the journal after a told walk
	counts map[string]int
	writes map[string]int
}

// violation is a rule that Skein broke, or a walk that came to no end.
type violation struct{ text string }

func (w *walk) violate(format string, args ...any) {
	panic(violation{fmt.Sprintf("seed %d, step %d: ", w.seed, w.steps) + fmt.Sprintf(format, args...)})
}

func (w *walk) check(err error) {
	if err != nil {
		w.violate("the walk itself failed: %v", err)
	}
}

// remembered is how many lines of the way are kept for whoever has to look for a mistake.
const remembered = 400

func (w *walk) say(format string, args ...any) {
	if len(w.trace) >= 2*remembered {
		w.trace = slices.Clone(w.trace[remembered:])
	}
	w.trace = append(w.trace, fmt.Sprintf("%5d %s  ", w.steps, w.now().Format("Jan 02 15:04:05"))+fmt.Sprintf(format, args...))
}

func (w *walk) now() time.Time { return w.clock.Now() }

// take takes a walk of so many turns and to its end. It returns what was violated; "" when nothing was.
func (w *walk) take(turns int) (broken string) {
	defer func() {
		if v, ok := recover().(violation); ok {
			broken = strings.Join(append(append(w.trace, w.journal()...), v.text), "\n")
		} else if v := recover(); v != nil {
			panic(v)
		}
		if w.store != nil {
			_ = w.store.Close()
		}
	}()
	w.r = rand.New(rand.NewPCG(w.seed, 11))
	w.told, w.counts, w.writes, w.jobs = map[string]time.Time{}, map[string]int{}, map[string]int{}, newJobs()
	w.reopened = map[string]bool{}
	w.judge = &judge{w: w, merged: map[string]bool{}, taken: map[string]int{}}
	var err error
	w.store, err = store.Open(w.t.Context(), ":memory:")
	w.check(err)
	w.build()
	w.meet()
	if w.tell != nil {
		w.tell(w)
		w.story = w.journal()
		return ""
	}
	for w.turns < turns {
		w.step()
	}
	w.end()
	return ""
}

// meet lets Skein get to know the org in peace: what was there before it came is nothing that changed.
func (w *walk) meet() {
	calm := w.calm
	w.calm = true
	w.pass(time.Hour)
	w.calm, w.nextSweep = calm, w.now()
	w.sim.SetFaults(w.fault)
	w.sim.SetDeliveryPlan(w.deliver)
}

// pass lets a calm time pass.
func (w *walk) pass(d time.Duration) {
	w.settle()
	for w.deadline = w.now().Add(d); w.now().Before(w.deadline) || len(w.jobs.ready(w.now())) > 0; {
		w.step()
	}
	w.deadline = time.Time{}
}

// step is one thing that happens.
func (w *walk) step() {
	w.steps++
	w.turns++
	if w.process.dead {
		w.say("the process starts again")
		w.process = w.start()
		w.nextSweep = w.now()
	}
	ready := w.jobs.ready(w.now())
	switch n := w.r.IntN(100); {
	case n < 7 && !w.calm:
		w.somebody()
	case n < 8 && !w.calm:
		w.process.fuse = w.r.IntN(60)
	case len(ready) > 0 && (n < 85 || w.calm):
		w.run(ready[w.r.IntN(len(ready))])
	default:
		w.wait()
	}
	w.settle()
}

// settle lets what was sent arrive, and judges.
func (w *walk) settle() {
	w.check(w.sim.Quiesce(context.WithoutCancel(w.t.Context())))
	w.hear()
	w.judge.look()
}

// hearing is a commit of the dataset that Skein took in.
type hearing struct {
	commit repo.SHA
	at     time.Time
	stage  int
}

// hear notes which commit of the dataset Skein has taken in last.
func (w *walk) hear() {
	ctx := context.WithoutCancel(w.t.Context())
	var m consumer.Member
	w.check(w.store.Update(ctx, func(tx *store.Tx) (err error) {
		if m, err = tx.Member(ctx, w.data.id); errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	}))
	if m.Ingested == "" || len(w.heard) > 0 && w.heard[len(w.heard)-1].commit == m.Ingested {
		return
	}
	text, err := w.sim.File(w.data.name, string(m.Ingested), "schemas/marsupials.sql")
	w.check(err)
	h := hearing{commit: m.Ingested, at: w.now()}
	for h.stage < columns && strings.Contains(text, fmt.Sprintf("wombat%d", h.stage)) {
		h.stage++
	}
	w.heard = append(w.heard, h)
}

// heardUndone reports whether Skein has heard since a time that a column was as before.
func (w *walk) heardUndone(column int, since time.Time) bool {
	return slices.ContainsFunc(w.heard, func(h hearing) bool { return h.stage <= column && !h.at.Before(since) })
}

// wait lets time pass until something happens by itself, or, now and then, for hours in which Skein is not there.
func (w *walk) wait() {
	if !w.calm && w.r.IntN(200) == 0 {
		w.say("the machine sleeps")
		w.passTo(w.now().Add(time.Duration(w.r.IntN(600)) * time.Minute))
		return
	}
	next := w.nextSweep
	soonest := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	if at, ok := w.clock.Next(); ok {
		soonest(at)
	}
	if at, err := w.process.engine.NextTimer(w.t.Context()); err == nil {
		soonest(at)
	}
	soonest(w.jobs.next())
	soonest(w.deadline)
	w.passTo(next)
	w.tick()
}

// passTo moves the clock, and lets everything happen in its order.
func (w *walk) passTo(at time.Time) {
	for {
		next, ok := w.clock.Next()
		if !ok || next.After(at) {
			break
		}
		w.steps++
		w.clock.AdvanceTo(next)
		w.settle()
	}
	w.clock.AdvanceTo(at)
}

// tick is what the engine's loop does.
func (w *walk) tick() {
	if err := w.process.engine.Tick(w.t.Context()); err != nil {
		w.say("tick: %v", err)
	}
	if w.planted == "sweeps" && !w.nextSweep.IsZero() || w.now().Before(w.nextSweep) {
		w.nextSweep = maxTime(w.nextSweep, w.now().Add(time.Minute))
		return
	}
	w.nextSweep = w.now().Add(sweep)
	if w.calm {
		w.nextSweep = w.now().Add(6 * sweep)
	}
	if err := w.process.engine.Sweep(w.t.Context()); err != nil {
		w.say("sweep: %v", err)
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// end stops everything that goes wrong, has people do what only they can, and wants an end of everything.
func (w *walk) end() {
	w.say("all is calm")
	w.calm, w.outage = true, time.Time{}
	w.process.fuse = -1
	w.repair()
	for day := range 30 {
		until := w.now().Add(24 * time.Hour)
		for w.now().Before(until) {
			w.step()
		}
		if len(w.left()) == 0 {
			return
		}
		w.relieve(day)
	}
	w.violate("not everything came to an end: %s", strings.Join(w.left(), "; "))
}

// journal is what Skein wrote down of it all, for whoever looks for a mistake.
func (w *walk) journal() (out []string) {
	ctx := context.WithoutCancel(w.t.Context())
	err := w.store.Update(ctx, func(tx *store.Tx) error {
		ms, err := tx.Migrations(ctx, false)
		for _, m := range ms {
			entries, readErr := tx.JournalOf(ctx, m.ID, "")
			err = errors.Join(err, readErr)
			for _, e := range entries {
				out = append(out, fmt.Sprintf("%s %s %s %s: %s", e.At.Format("Jan 02 15:04:05"), e.Changeset, e.Actor, e.Rule, e.Text))
			}
		}
		return err
	})
	if err != nil {
		out = append(out, err.Error())
	}
	return out
}

func (w *walk) active() (out []rollout.Changeset) {
	w.check(w.store.Update(context.WithoutCancel(w.t.Context()), func(tx *store.Tx) (err error) {
		out, err = tx.ActiveChangesets(context.WithoutCancel(w.t.Context()))
		return err
	}))
	return out
}

// left is what has not come to an end: changesets under way, and pull requests of Skein's.
func (w *walk) left() (out []string) {
	for _, cs := range w.active() {
		if cs.Phase.Ended() {
			continue // parked with its repository
		}
		out = append(out, fmt.Sprintf("%s is %s (%s): %v", cs.ID, cs.Phase, cs.Note, cs.Waits))
	}
	for _, p := range w.consumers {
		for _, v := range w.pulls(p, "open") {
			if w.reopened[fmt.Sprint(p.id, "#", v.Number)] {
				continue // a person wanted it so, and what became of its changeset is known
			}
			if v.Draft && strings.HasPrefix(v.Title, "Again: ") {
				continue // it keeps what was taken back, for as long as nobody takes it up
			}
			out = append(out, fmt.Sprintf("%s#%d (%s) is open", p.name, v.Number, v.Head))
		}
	}
	return append(out, w.forgotten()...)
}

// forgotten are the consumers that still read a column by its former name, and that Skein never said a word to about
// it, although nobody told it to leave them alone.
func (w *walk) forgotten() (out []string) {
	for _, p := range w.consumers {
		if !p.public.IsZero() && !w.rules.allow || p.quiet {
			continue
		}
		var last time.Time
		for _, v := range w.sim.Pulls(p.name) {
			if v.User == w.app.Bot.Login && v.CreatedAt.After(last) {
				last = v.CreatedAt
			}
		}
		for n := range w.stage {
			text, err := w.sim.File(p.name, "main", fmt.Sprintf("q%d.sql", n))
			w.check(err)
			changed := w.since(n)
			if strings.Contains(text, fmt.Sprintf("m.quokka%d", n)) && last.Before(changed) {
				out = append(out, fmt.Sprintf("%s still reads quokka%d, which changed at %s", p.name, n, changed))
			}
		}
	}
	return out
}

// since is when a column changed that is changed now. That it was as before in between counts if Skein heard of it: if it
// was suspended then, or nothing reached it, it is one change to it.
func (w *walk) since(column int) time.Time {
	evolved := w.evolved[column]
	i := len(evolved) - 1
	for i >= 2 && !w.heardUndone(column, evolved[i-1]) {
		i -= 2
	}
	return evolved[i]
}

// repair is what people do when a bad time is over.
func (w *walk) repair() {
	for range len(w.places) * 8 {
		for _, mend := range []func(*place) error{w.unarchives, w.lifts, w.mendsConfig, w.mendsMain, w.unsuspends, w.thaws, w.hides, w.bringsHome} {
			if err := mend(w.data); err == nil {
				w.settle()
			}
		}
	}
}

// relieve is what people do for what waits for them.
func (w *walk) relieve(day int) {
	_ = w.onIssue([]string{"/skein resume"})
	for _, cs := range w.active() {
		p := w.place(cs.Repo.ID)
		verb := "resume"
		switch {
		case cs.Phase == rollout.Regressed:
			verb = []string{"revert", "skip", "skip"}[day%3]
		case cs.Phase == rollout.Reverting:
			if r := w.pull(p, cs.RevertPull); r.State == "open" && day > 3 {
				_ = w.sim.As("bo").ClosePull(p.name, r.Number)
			}
		case cs.Hold != nil:
		case day%4 == 0:
			verb = "retry"
		case day%4 == 1:
			verb = "merge"
		case day%4 == 2:
			verb = "rebase"
		case day > 5:
			verb = "skip"
		}
		if p != nil && cs.Pull != 0 {
			_ = w.tells(p, cs.Pull, "/skein "+verb)
		}
		w.settle()
	}
}
