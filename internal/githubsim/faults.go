package githubsim

import (
	"net/http"
	"strconv"
	"time"
)

// FaultPlan decides before each request what goes wrong with it. It may be called concurrently; it must leave the
// request's body alone, and must not use the Sim.
type FaultPlan func(*http.Request) Fault

// Fault is what goes wrong with one request. The zero Fault is nothing.
type Fault struct {
	Delay      time.Duration // of the world's clock, before anything happens
	Drop       bool          // the connection breaks before the request takes effect
	DropAfter  bool          // … after it took effect
	Status     int           // is answered, and nothing takes effect
	After      int           // is answered although the request took effect
	Stale      bool          // a read is answered as it was answered the last time
	Message    string        // of Status and After
	Docs       string        // likewise
	RetryAfter time.Duration // likewise, as a header
}

// SecondaryLimit is the fault of a secondary rate limit: 403 or 429, with a Retry-After unless that is zero.
func SecondaryLimit(status int, retryAfter time.Duration) Fault {
	return Fault{
		Status: status, RetryAfter: retryAfter, Message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
		Docs: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
	}
}

// SetFaults changes the plan; nil is a GitHub without faults.
func (s *Sim) SetFaults(p FaultPlan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = p
}

// withFault serves a request, and lets happen to it what is planned.
func (s *Sim) withFault(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter)) {
	s.mu.Lock()
	plan := s.faults
	s.mu.Unlock()
	if plan == nil {
		serve(w)
		return
	}
	f := plan(r)
	if f.Delay > 0 && s.clock.Sleep(r.Context(), f.Delay) != nil {
		return
	}
	switch {
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		f.write(w, f.Status)
	case f.DropAfter:
		serve(&recorder{header: http.Header{}})
		panic(http.ErrAbortHandler)
	case f.After != 0:
		serve(&recorder{header: http.Header{}})
		f.write(w, f.After)
	default:
		s.serveStale(w, r, f.Stale, serve)
	}
}

// write answers with a fault.
func (f Fault) write(w http.ResponseWriter, status int) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
	}
	e := apiError{Message: f.Message, Docs: f.Docs, Status: strconv.Itoa(status)}
	if e.Message == "" {
		e.Message = http.StatusText(status)
	}
	if e.Docs == "" {
		e.Docs = docs
	}
	a := answer{status: status, header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body: encode(e)}
	a.write(w, nil)
}

// maxStale bounds how many answers are remembered.
const maxStale = 4096

// serveStale answers a read with what the same reader was told before, if that is wanted and there was something.
func (s *Sim) serveStale(w http.ResponseWriter, r *http.Request, stale bool, serve func(http.ResponseWriter)) {
	if r.Method != http.MethodGet {
		serve(w)
		return
	}
	key := r.Header.Get("Authorization") + " " + r.URL.String()
	s.mu.Lock()
	old := s.told[key]
	s.mu.Unlock()
	if !stale || old == nil {
		old = &recorder{header: http.Header{}}
		serve(old)
		s.mu.Lock()
		if len(s.told) >= maxStale {
			clear(s.told)
		}
		s.told[key] = old
		s.mu.Unlock()
	}
	a := answer{status: old.status, header: old.header, body: old.body}
	a.write(w, r)
}

// recorder takes an answer that nobody, or somebody later, will see.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *recorder) Header() http.Header    { return r.header }
func (r *recorder) WriteHeader(status int) { r.status = status }
func (r *recorder) Write(p []byte) (int, error) {
	r.body = append(r.body, p...)
	return len(p), nil
}
