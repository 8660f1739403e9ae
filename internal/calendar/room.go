package calendar

import (
	"slices"
	"strings"
	"time"
)

// Room is whether the windows leave room for one more merge at an instant, and when that may change.
type Room struct {
	Open   bool        // a window of every side is open and has merges left
	Apart  bool        // the sides have no opening in common within 14 days
	Full   []time.Time // for each side whose open windows have had all their merges: when they count anew
	Closed bool        // a side has no window open
	Next   time.Time   // when all are open next, where Closed; zero when never
	Closes []time.Time // of the windows that are open
}

// RoomAt looks at every side's windows. merged is when the merges happened that count.
func RoomAt(sides [][]Window, freezes []Freeze, merged []time.Time, at time.Time) Room {
	r := Room{Open: true}
	given := 0
	for _, side := range sides {
		if len(side) > 0 {
			given++
			r.look(side, merged, at)
		}
	}
	switch {
	case r.Open:
	case given > 1 && !Meet(sides, at):
		return Room{Apart: true}
	case !IsOpen(sides, nil, at):
		r.Closed = true
		r.Next, _ = NextOpening(sides, freezes, at)
	}
	return r
}

// look adds what one side says.
func (r *Room) look(side []Window, merged []time.Time, at time.Time) {
	full := false
	for _, w := range side {
		o, ok := w.Current(at)
		if !ok {
			continue
		}
		if w.MaxMerges <= 0 || o.Merges(merged) < w.MaxMerges {
			r.Closes = append(r.Closes, o.Closes)
			return
		}
		full = true
	}
	r.Open = false
	if full {
		r.Full = append(r.Full, NextStart(side, at))
	}
}

// Merges counts those that happened since the opening began.
func (o Opening) Merges(merged []time.Time) (n int) {
	for _, at := range merged {
		if !at.Before(o.Opens) {
			n++
		}
	}
	return n
}

// Sources names where the windows of all sides are written.
func Sources(sides [][]Window) string {
	var names []string
	for _, side := range sides {
		for _, w := range side {
			if w.Source == "" {
				w.Source = "\"" + w.Cron + "\""
			}
			names = append(names, w.Source)
		}
	}
	return strings.Join(slices.Compact(names), " and ")
}

// Fits says how many more merges the opening takes when so many wait: none that a freeze covers wholly, and no more
// than max_merges of either side. merged is when the merges happened that count.
func (o Opening) Fits(waiting int, freezes []Freeze, merged []time.Time) int {
	if !o.leaves(freezes) {
		return 0
	}
	for _, w := range []*Window{&o.Window, o.With} {
		if w != nil && w.MaxMerges > 0 {
			waiting = min(waiting, max(0, w.MaxMerges-o.Merges(merged)))
		}
	}
	return waiting
}

// leaves reports whether freezes leave anything of the opening: then it is free at its start or where one ends.
func (o Opening) leaves(freezes []Freeze) bool {
	from := []time.Time{o.Opens}
	for _, f := range freezes {
		from = append(from, f.To)
	}
	return slices.ContainsFunc(from, func(at time.Time) bool {
		_, frozen := Frozen(freezes, at)
		return !frozen && !at.Before(o.Opens) && at.Before(o.Closes)
	})
}
