package chaos

import (
	"errors"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/queue"
)

// job is a hint on its way.
type job struct{ kind, key string }

// jobs stands for the queue: the same promises, kept by drawing lots. Hints for one thing never run side by
// side, and one that comes while its job runs makes it run once more.
type jobs struct {
	waiting []job
	of      map[job]*attempt
}

type attempt struct {
	generation, tries int
	running           bool
	notBefore         time.Time
}

// maxTries is the queue's: what was given up comes back with the next sweep.
const maxTries = 5

func newJobs() *jobs { return &jobs{of: map[job]*attempt{}} }

func (js *jobs) add(hints []job) {
	for _, j := range hints {
		if js.of[j] == nil {
			js.of[j] = &attempt{}
			js.waiting = append(js.waiting, j)
		}
		js.of[j].generation++
	}
}

// ready lists what may run now.
func (js *jobs) ready(now time.Time) (out []job) {
	for _, j := range js.waiting {
		if a := js.of[j]; !a.running && !a.notBefore.After(now) {
			out = append(out, j)
		}
	}
	return out
}

// next is when a job that failed is tried again.
func (js *jobs) next() (at time.Time) {
	for _, a := range js.of {
		if !a.running && (at.IsZero() || a.notBefore.Before(at)) {
			at = a.notBefore
		}
	}
	return at
}

func (js *jobs) done(j job) {
	delete(js.of, j)
	js.waiting = slices.DeleteFunc(js.waiting, func(x job) bool { return x == j })
}

// run runs a job in the process that lives now, and does with it what the queue would do.
func (w *walk) run(j job) {
	p, a := w.process, w.jobs.of[j]
	a.running = true
	before := a.generation
	err := p.work(w.t.Context(), j)
	a.running = false
	switch {
	case errors.Is(err, queue.ErrAgain):
		a.tries = 0
	case err != nil || p.dead:
		w.say("%s %s: %v", j.kind, j.key, err)
		if a.tries++; a.tries >= maxTries {
			w.jobs.done(j)
			return
		}
		if !p.dead { // a restart takes it up at once
			a.notBefore = w.now().Add(time.Second << a.tries)
		}
	case a.generation == before:
		w.jobs.done(j)
	}
}
