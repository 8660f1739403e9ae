package rollout

import (
	"fmt"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/wave"
)

// Gates says of every wave of a migration whether its changesets may go.
//
// The first wave's gate opens when the schema commit has settled: one that is undone within minutes leaves nothing
// behind. The next opens when every changeset of all waves before is through and the soak of the wave just before has
// passed since the last of its merged changesets came to rest. A person's /skein start opens a gate early. At its
// max_regressions-th regression a wave halts, and with it all that follow, until a person resumes. While the dataset's
// own pull request is open, every wave may prepare its own. The gates depend on all changesets: whoever opens a pull
// request asks again before the next.
func Gates(m Migration, css []Changeset, p Policy, now time.Time) map[string]Gate {
	out := map[string]Gate{}
	var before Gate
	var ahead bool // that wave may be prepared while it runs
	ready, rested, resting := true, m.settles(p), settling
	for _, w := range presentWaves(p, css) {
		in := ofWave(css, w.Name)
		g := gate(w, in, m.Forgiven[w.Name])
		why := ""
		switch started := slices.Contains(m.Started, w.Name); {
		case g.Halted:
			why = fmt.Sprintf("wave %s is halted: %d of its changesets regressed", w.Name, g.Regressions)
		case before.Halted:
			why, g.Halted = before.Why, true
		case started:
		case !ready:
			why = before.waitingFor()
		case now.Before(rested):
			why, g.Till, g.Settles = resting, rested, resting == settling
		}
		g.Why, g.Open = why, why == ""
		g.Prepare = g.Open || (ahead && before.Open || m.Pull != 0) && !g.Halted
		out[w.Name] = g
		if at := restedAt(in).Add(w.Soak); at.After(rested) {
			rested, resting = at, fmt.Sprintf("wave %s soaks", w.Name)
		}
		ready = ready && !slices.ContainsFunc(in, func(c Changeset) bool { return !through(c, p) })
		before, ahead = g, w.Ahead
	}
	return out
}

const settling = "the schema commit settles"

// settles is when the schema commit has stood long enough. What was prepared ahead has had its time, and a hotfix
// takes none.
func (m Migration) settles(p Policy) time.Time {
	if m.Landed.IsZero() || m.Hotfix != nil {
		return time.Time{}
	}
	return m.Landed.Add(p.Settle)
}

func (g Gate) waitingFor() string {
	if g.Open {
		return fmt.Sprintf("wave %s is not through", g.Wave)
	}
	return "a wave before it is not through"
}

// gate counts what is open and what went wrong.
func gate(w wave.Wave, in []Changeset, forgiven int) Gate {
	g := Gate{Wave: w.Name, Slots: -1}
	open := 0
	for _, c := range in {
		switch c.Phase {
		case Open, Merging:
			open++
		case Planned, Ready:
			if c.Pull != 0 || c.Asked != "" {
				open++
			}
		case Reverting, Reverted, Regressed:
			g.Regressions++
		case Untouched, Refused, Watching, Suspect, Healthy, Unproven, Declined, Skipped, Superseded, Failed:
		}
	}
	if w.MaxOpen > 0 {
		g.Slots = max(0, w.MaxOpen-open)
	}
	g.Halted = g.Regressions-forgiven >= max(1, w.MaxRegressions)
	return g
}

// through reports whether a changeset keeps no gate closed. What was reverted counts as a regression, which
// halts the wave by itself or is within what the wave bears.
func through(c Changeset, p Policy) bool {
	if c.Phase == Unproven {
		return p.Unproven
	}
	return c.Phase.Ended()
}

// restedAt is when the last of the merged changesets came to rest.
func restedAt(css []Changeset) (last time.Time) {
	for _, c := range css {
		if !c.MergedAt.IsZero() {
			last = later(last, later(c.MergedAt, c.Since))
		}
	}
	return last
}

// presentWaves are the policy's, as far as the changesets show them, and those of an earlier policy.
func presentWaves(p Policy, css []Changeset) []wave.Wave {
	names := make([]string, len(css))
	for i, c := range css {
		names[i] = c.Wave
	}
	if p.Graph != nil {
		return wave.Levels(*p.Graph, names)
	}
	return wave.Present(p.Waves, names)
}

func ofWave(css []Changeset, name string) (out []Changeset) {
	for _, c := range css {
		if c.Wave == name {
			out = append(out, c)
		}
	}
	return out
}
