package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/wave"
)

// Wave is one wave with its gate and how far it is.
type Wave struct {
	rollout.Gate
	Name  string
	Size  int // changesets
	Ended int // that have reached an end
}

// Waves lists the waves that have changesets, in the order in which they go.
func (p Page) Waves() (out []Wave) {
	for _, name := range p.waveNames() {
		w := Wave{Gate: p.Gates[name], Name: name}
		for _, c := range p.Changesets {
			if c.Wave != name {
				continue
			}
			w.Size++
			if c.Phase.Ended() {
				w.Ended++
			}
		}
		if w.Size > 0 {
			out = append(out, w)
		}
	}
	return out
}

// waveNames gives the policy's waves in their order, then those that only gates or changesets know.
func (p Page) waveNames() []string {
	var names []string
	for _, c := range p.Changesets {
		for _, w := range p.Policies[c.ID].Waves {
			if !slices.Contains(names, w.Name) {
				names = append(names, w.Name)
			}
		}
	}
	others := slices.SortedFunc(maps.Keys(p.Gates), wave.Compare)
	for _, c := range p.Changesets {
		others = append(others, c.Wave)
	}
	for _, name := range others {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// WaveState says in a few words where a wave is.
func (p Page) WaveState(w Wave) string {
	switch {
	case w.Halted:
		if why, own := strings.CutPrefix(w.Why, "wave "+w.Name+" is halted: "); own {
			return "halted: " + why
		}
		return "halted, since " + w.Why
	case w.Ended == w.Size:
		return "done"
	case w.Open:
		return "open"
	case w.Settles:
		return fmt.Sprintf("opens when the schema commit has settled, %s", Stamp(w.Till, p.Zone()))
	case !w.Till.IsZero():
		return fmt.Sprintf("opens when the soak has passed, %s", Stamp(w.Till, p.Zone()))
	case w.Why != "":
		return "waits: " + w.Why
	}
	return "waits"
}

// Next says what time alone will bring first: a gate that opens, or a merge window; "" when nothing waits for time
// only.
func (p Page) Next() string {
	var first time.Time
	what := ""
	earlier := func(at time.Time, text string) {
		if at.After(p.Now) && (first.IsZero() || at.Before(first)) {
			first, what = at, text
		}
	}
	for _, w := range p.Waves() {
		if w.Ended < w.Size && !w.Halted {
			earlier(w.Till, "wave "+w.Name+" opens")
		}
	}
	for _, c := range p.Changesets {
		for _, w := range c.Waits {
			switch w.Rule {
			case "window_closed":
				earlier(w.Till, "the merge window opens")
			case "freeze":
				earlier(w.Till, "a freeze ends")
			case "watching":
				earlier(w.Till, "a watch ends")
			}
		}
	}
	if what == "" {
		return ""
	}
	return fmt.Sprintf("Next: %s %s.", what, Stamp(first, p.Zone()))
}
