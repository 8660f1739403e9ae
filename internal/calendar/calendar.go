// Package calendar knows when merging is allowed: the openings of cron-scheduled windows on the wall clock of their
// time zones, gaps and folds included, the times that two sides have in common, and the freezes that beat them.
package calendar

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// Window is a recurring opening. Cron has the standard five fields; Zone is loaded by whoever parsed the config.
type Window struct {
	Cron      string
	For       time.Duration
	Zone      *time.Location
	MaxMerges int    // per opening; 0: no limit
	Source    string // file:line of the declaration, for messages
}

// Freeze is a time without merges, half-open.
type Freeze struct {
	From, To time.Time // From inclusive, To exclusive; zero To: until it is lifted
	Reason   string
	Source   string
}

// common is how soon the windows of two sides must meet.
const common = 14 * 24 * time.Hour

const (
	farthest = 10 * 366 * 24 * time.Hour // no search looks further ahead
	patience = 20_000                    // nor longer than this many openings
)

// Opening is one time in which a window is open, half-open: Closes is outside.
type Opening struct {
	Opens, Closes time.Time
	Window        Window
	With          *Window // the other side's window, in a common opening
}

// CutBy reports whether a freeze overlaps the opening, even wholly.
func (o Opening) CutBy(freezes []Freeze) bool {
	return slices.ContainsFunc(freezes, func(f Freeze) bool {
		return f.From.Before(o.Closes) && (f.To.IsZero() || f.To.After(o.Opens))
	})
}

// Holds reports whether a freeze forbids merging at an instant.
func (f Freeze) Holds(at time.Time) bool {
	return !at.Before(f.From) && (f.To.IsZero() || at.Before(f.To))
}

// Frozen returns the freeze that holds and ends last.
func Frozen(freezes []Freeze, at time.Time) (last Freeze, ok bool) {
	for _, f := range freezes {
		if f.Holds(at) && (!ok || f.To.IsZero() || !last.To.IsZero() && f.To.After(last.To)) {
			last, ok = f, true
		}
	}
	return last, ok
}

// zone is the window's, UTC when it says none.
func (w Window) zone() *time.Location {
	if w.Zone == nil {
		return time.UTC
	}
	return w.Zone
}

// openings yields what the window opens after an instant. A window that is not valid never opens.
func (w Window) openings(after time.Time) iter.Seq[Opening] {
	return func(yield func(Opening) bool) {
		s, err := parseCron(w.Cron)
		if err != nil || w.For <= 0 {
			return
		}
		for at := range s.starts(after, w.zone()) {
			if !yield(Opening{Opens: at, Closes: at.Add(w.For), Window: w}) {
				return
			}
		}
	}
}

// upcoming yields the openings that close after an instant, those open then included.
func (w Window) upcoming(at time.Time) iter.Seq[Opening] { return w.openings(at.Add(-w.For)) }

// Current returns the opening that an instant is in; of overlapping ones that which began last, as it closes
// last and has seen the fewest merges.
func (w Window) Current(at time.Time) (last Opening, ok bool) {
	for back := min(w.For, time.Hour); ; back = min(w.For, 4*back) {
		for o := range w.openings(at.Add(-back)) {
			if o.Opens.After(at) {
				break
			}
			last, ok = o, true
		}
		if ok || back == w.For {
			return last, ok
		}
	}
}

// NextStart returns the first instant after a given one at which one of the windows opens; zero when none ever does.
func NextStart(ws []Window, after time.Time) (first time.Time) {
	for _, w := range ws {
		for o := range w.openings(after) {
			if first.IsZero() || o.Opens.Before(first) {
				first = o.Opens
			}
			break
		}
	}
	return first
}

// nextOpen returns the first instant, at or after the given one, at which one of the windows is open.
func nextOpen(ws []Window, at time.Time) (first time.Time, ok bool) {
	for _, w := range ws {
		for o := range w.upcoming(at) {
			opens := o.Opens
			if opens.Before(at) {
				opens = at
			}
			if !ok || opens.Before(first) {
				first, ok = opens, true
			}
			break
		}
	}
	return first, ok
}

// Openings returns the first n openings of a window that close after an instant, those open then included.
func Openings(w Window, from time.Time, n int) []Opening { return collect([]Window{w}, from, n) }

func collect(ws []Window, from time.Time, n int) (out []Opening) {
	for _, w := range ws {
		left := n
		for o := range w.upcoming(from) {
			if left--; left < 0 {
				break
			}
			out = append(out, o)
		}
	}
	return firstOpenings(out, n)
}

func firstOpenings(os []Opening, n int) []Opening {
	slices.SortStableFunc(os, func(a, b Opening) int {
		return cmp.Or(a.Opens.Compare(b.Opens), a.Closes.Compare(b.Closes))
	})
	return os[:max(0, min(n, len(os)))]
}

// Common returns the first n times in which windows of both sides are open and that end after an instant. A side
// without windows is always open; without any window on either side there is nothing to list.
func Common(one, other []Window, from time.Time, n int) (out []Opening) {
	if n <= 0 {
		return nil
	}
	if len(one) == 0 || len(other) == 0 {
		return collect(slices.Concat(one, other), from, n)
	}
	for _, w := range one {
		out = append(out, w.commonWith(other, from, n)...)
	}
	return firstOpenings(out, n)
}

func (w Window) commonWith(other []Window, from time.Time, n int) (out []Opening) {
	steps := 0
	for o := range w.upcoming(from) {
		if len(out) >= n {
			// A later opening may still meet an earlier part of the other side's, but never before it opens.
			if out = firstOpenings(out, n); !o.Opens.Before(out[n-1].Opens) {
				return out
			}
		}
		if steps++; steps > patience || o.Opens.Sub(from) > farthest {
			return out
		}
		for i := range other {
			out = append(out, o.meets(other[i], from)...)
		}
	}
	return out
}

func (o Opening) meets(w Window, from time.Time) (out []Opening) {
	for x := range w.upcoming(o.Opens) {
		if !x.Opens.Before(o.Closes) {
			break
		}
		both := Opening{Opens: later(o.Opens, x.Opens), Closes: earlier(o.Closes, x.Closes), Window: o.Window, With: &w}
		if both.Closes.After(from) {
			out = append(out, both)
		}
	}
	return out
}

// IsOpen reports whether merging is allowed at an instant: a window of every side that has some is open, and no
// freeze holds.
func IsOpen(sides [][]Window, freezes []Freeze, at time.Time) bool {
	if _, ok := Frozen(freezes, at); ok {
		return false
	}
	return !slices.ContainsFunc(sides, func(side []Window) bool { return len(side) > 0 && !anyOpen(side, at) })
}

func anyOpen(ws []Window, at time.Time) bool {
	opens, ok := nextOpen(ws, at)
	return ok && opens.Equal(at)
}

// NextOpening returns the first instant, at or after the given one, at which merging is allowed. It gives up
// after ten years, and after some ten thousand openings that do not meet.
func NextOpening(sides [][]Window, freezes []Freeze, at time.Time) (time.Time, bool) {
	return search(sides, freezes, at, at.Add(farthest))
}

// Meet reports whether the sides have an opening in common within 14 days. Freezes do not count.
func Meet(sides [][]Window, from time.Time) bool {
	_, ok := search(sides, nil, from, from.Add(common))
	return ok
}

// search gallops: every side in turn moves the instant to where it is open next, until nobody moves it.
func search(sides [][]Window, freezes []Freeze, at, until time.Time) (time.Time, bool) {
	for range patience {
		next := at
		if f, ok := Frozen(freezes, at); ok {
			if f.To.IsZero() {
				return time.Time{}, false
			}
			next = f.To
		}
		for _, side := range sides {
			if len(side) == 0 {
				continue
			}
			opens, ok := nextOpen(side, next)
			if !ok {
				return time.Time{}, false
			}
			next = opens
		}
		if next.Equal(at) {
			return at, true
		}
		if at = next; at.After(until) {
			break
		}
	}
	return time.Time{}, false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
