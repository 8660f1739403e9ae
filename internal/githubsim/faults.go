package githubsim

import "net/http"

// FaultPlan decides before each request what goes wrong with it.
type FaultPlan func(*http.Request) Fault

// Fault is what goes wrong with one request. The zero Fault is none.
type Fault struct{}

func (s *Sim) withFault(w http.ResponseWriter, _ *http.Request, serve func(http.ResponseWriter)) {
	serve(w)
}
