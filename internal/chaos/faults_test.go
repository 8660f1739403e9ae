package chaos

import (
	"net/http"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// fault draws what goes wrong with a request.
func (w *walk) fault(r *http.Request) githubsim.Fault {
	key := r.Header.Get("Authorization") + r.URL.String()
	fresh := w.now().Sub(w.told[key]) < time.Minute // GitHub's replicas are seconds behind, not days
	f := githubsim.Fault{}
	switch n := w.r.IntN(1000); {
	case w.calm:
	case n < 4:
		f.Status = []int{500, 502, 503}[w.r.IntN(3)]
	case n < 8:
		f.After = 502
	case n < 11:
		f.Drop = true
	case n < 14:
		f.DropAfter = true
	case n < 16:
		f = githubsim.SecondaryLimit([]int{403, 429}[w.r.IntN(2)], time.Duration(10+w.r.IntN(200))*time.Second)
	case n < 60 && r.Method == http.MethodGet && fresh:
		f.Stale = true
	}
	if f == (githubsim.Fault{}) {
		w.told[key] = w.now()
	} else if !f.Stale {
		w.say("GitHub fails %s %s: %+v", r.Method, r.URL.Path, f)
	}
	return f
}

// deliver draws what goes wrong with a delivery.
func (w *walk) deliver(d githubsim.Delivery) (f githubsim.DeliveryFault) {
	switch n := w.r.IntN(100); {
	case w.planted == "sweeps":
		f.Vanished = true
	case w.calm:
	case n < 6:
		f.Lost = true
	case n < 9:
		f.Vanished = true
	case n < 15:
		f.Twice = true
	case n < 30:
		f.Delay = time.Duration(w.r.IntN(1800)) * time.Second
	}
	return f
}

// meanwhile lets others act between a request's leaving and its arrival.
func (w *walk) meanwhile(r *http.Request) {
	if w.calm || w.depth > 1 || r.Method != http.MethodGet {
		return
	}
	w.depth++
	defer func() { w.depth-- }()
	switch n := w.r.IntN(400); {
	case n < 2:
		w.somebody()
	case n < 6:
		if ready := w.jobs.ready(w.now()); len(ready) > 0 {
			w.run(ready[w.r.IntN(len(ready))])
		}
	}
}
