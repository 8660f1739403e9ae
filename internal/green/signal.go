package green

import "slices"

// Signal is one check with all its attempts, oldest first; there is at least one.
type Signal struct {
	Source
	Attempts []Check
}

// Signals puts the attempts of every check together.
func Signals(checks []Check) (out []Signal) {
	for _, c := range Latest(checks) {
		s := Signal{Source: c.Source()}
		for _, a := range checks {
			if a.Source() == s.Source {
				s.Attempts = append(s.Attempts, a)
			}
		}
		slices.SortStableFunc(s.Attempts, Older)
		out = append(out, s)
	}
	return out
}

// Count is how many attempts had a result.
func (s Signal) Count(r Result) (n int) {
	for _, c := range s.Attempts {
		if c.Result == r {
			n++
		}
	}
	return n
}

// Newest is the last attempt.
func (s Signal) Newest() Check { return s.Attempts[len(s.Attempts)-1] }

// Pending reports whether the newest attempt has yet to end.
func (s Signal) Pending() bool { return s.Newest().Result == Pending }

// Failed reports whether the newest attempt ended without passing.
func (s Signal) Failed() bool {
	r := s.Newest().Result
	return r == Failure || r == Timeout || r == Cancelled
}

// Rerunnable reports whether GitHub can be asked to run it again: a status can not.
func (s Signal) Rerunnable() bool { return !s.Status && (s.Newest().Run != 0 || s.Newest().ID != 0) }

// Trailing counts the attempts since the last that passed.
func (s Signal) Trailing() (n int) {
	for _, c := range slices.Backward(s.Attempts) {
		if c.Result == Success || c.Result == Neutral {
			break
		}
		n++
	}
	return n
}

// Has reports whether an attempt of a check had a result.
func Has(checks []Check, s Source, r Result) bool {
	return slices.ContainsFunc(checks, func(c Check) bool { return c.Source() == s && c.Result == r })
}

// SignalNames are the names, each once where they follow each other.
func SignalNames(ss []Signal) []string {
	var names []string
	for _, s := range ss {
		names = append(names, s.Name)
	}
	return slices.Compact(names)
}
