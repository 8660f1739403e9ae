package rollout

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/skein-bot/skein/internal/repo"
)

// Member is a consumer repository as waves choose it.
type Member struct {
	Repo   repo.Repo
	Owners []string // who answers for the consumer: @user, @org/team
}

// AssignWaves says which wave each repository goes with: the first that names it by pattern, topic or owner, or
// that draws it for its percentage of those that nobody named before. A wave that says nothing of all that takes
// whoever is left; without one, they form a last wave.
func AssignWaves(members []Member, p Policy) map[repo.ID]string {
	out := map[repo.ID]string{}
	left := slices.Clone(members)
	for _, w := range allWaves(p) {
		var taken []Member
		taken, left = w.choose(left)
		for _, m := range taken {
			out[m.Repo.ID] = w.Name
		}
	}
	return out
}

// allWaves adds the last wave for those that no other takes.
func allWaves(p Policy) []Wave {
	if slices.ContainsFunc(p.Waves, Wave.takesAll) {
		return p.Waves
	}
	name := "rest"
	for n := 2; slices.ContainsFunc(p.Waves, func(w Wave) bool { return w.Name == name }); n++ {
		name = fmt.Sprintf("rest-%d", n)
	}
	return append(slices.Clone(p.Waves), Wave{Name: name, MaxRegressions: 1})
}

func (w Wave) takesAll() bool {
	return len(w.Repos)+len(w.Topics)+len(w.Owners) == 0 && (w.Percent <= 0 || w.Percent >= 100)
}

// choose parts the wave's members from the others. A percentage is drawn by a hash, so that the same
// repositories go first whatever order they come in.
func (w Wave) choose(members []Member) (taken, left []Member) {
	for _, m := range members {
		if w.takesAll() || w.names(m) {
			taken = append(taken, m)
		} else {
			left = append(left, m)
		}
	}
	if n := (len(left)*w.Percent + 99) / 100; n > 0 && n < len(left) {
		left = slices.Clone(left)
		slices.SortFunc(left, func(a, b Member) int {
			return cmp.Or(cmp.Compare(w.lot(a), w.lot(b)), cmp.Compare(a.Repo.ID, b.Repo.ID))
		})
		return append(taken, left[:n]...), left[n:]
	} else if n > 0 {
		return append(taken, left...), nil
	}
	return taken, left
}

func (w Wave) names(m Member) bool {
	name := strings.ToLower(m.Repo.Name.String())
	return slices.ContainsFunc(w.Repos, func(pattern string) bool {
		ok, err := doublestar.Match(strings.ToLower(pattern), name)
		return ok && err == nil
	}) || overlap(w.Topics, m.Repo.Topics) || overlap(w.Owners, m.Owners)
}

func (w Wave) lot(m Member) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%d", w.Name, m.Repo.ID)
	return h.Sum64()
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool {
		return slices.ContainsFunc(b, func(y string) bool { return strings.EqualFold(x, y) })
	})
}

// Gates says of every wave of a migration whether its changesets may go.
//
// The first wave's gate is open; the next opens when every changeset of all waves before is through and the soak
// of the wave just before has passed since the last of its merged changesets came to rest. A person's /skein start
// opens a gate early. At its max_regressions-th regression a wave halts, and with it all that follow, until a
// person resumes. The gates depend on all changesets: whoever opens a pull request asks again before the next.
func Gates(m Migration, css []Changeset, p Policy, now time.Time) map[string]Gate {
	out := map[string]Gate{}
	before := Gate{Open: true}
	ready, soaked, soaking := true, time.Time{}, ""
	ahead := false
	for _, w := range presentWaves(p, css) {
		in := ofWave(css, w.Name)
		g := w.gate(in, m.Forgiven[w.Name])
		why := ""
		switch started := slices.Contains(m.Started, w.Name); {
		case g.Halted:
			why = fmt.Sprintf("wave %s is halted: %d of its changesets regressed", w.Name, g.Regressions)
		case before.Halted:
			why, g.Halted = before.Why, true
		case started:
		case !ready:
			why = before.waitingFor()
		case now.Before(soaked):
			why, g.Till = fmt.Sprintf("wave %s soaks", soaking), soaked
		}
		g.Why, g.Open = why, why == ""
		g.Prepare = g.Open || ahead && before.Open && !g.Halted
		out[w.Name] = g
		if at := restedAt(in).Add(w.Soak); at.After(soaked) {
			soaked, soaking = at, w.Name
		}
		ready = ready && !slices.ContainsFunc(in, func(c Changeset) bool { return !through(c, p) })
		before, ahead = g, w.Ahead
	}
	return out
}

func (g Gate) waitingFor() string {
	if g.Open {
		return fmt.Sprintf("wave %s is not through", g.Wave)
	}
	return "a wave before it is not through"
}

// gate counts what is open and what went wrong.
func (w Wave) gate(in []Changeset, forgiven int) Gate {
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

// presentWaves are the policy's, then those that changesets were assigned to under an earlier policy.
func presentWaves(p Policy, css []Changeset) []Wave {
	waves := slices.Clone(allWaves(p))
	var lost []string
	for _, c := range css {
		if !slices.ContainsFunc(waves, func(w Wave) bool { return w.Name == c.Wave }) {
			lost = append(lost, c.Wave)
		}
	}
	slices.Sort(lost)
	for _, name := range slices.Compact(lost) {
		waves = append(waves, Wave{Name: name, MaxRegressions: 1})
	}
	return waves
}

func ofWave(css []Changeset, name string) (out []Changeset) {
	for _, c := range css {
		if c.Wave == name {
			out = append(out, c)
		}
	}
	return out
}
