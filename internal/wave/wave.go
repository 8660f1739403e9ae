// Package wave says which repositories go together, and in which order.
//
// People write the waves down as a list: a repository goes with the first wave that names it by pattern, topic or
// owner, or that draws it for its percentage of those that nobody named before. Or they leave it to the graph of who
// reads from whom: a repository that makes a dataset of what it reads goes before those that read that dataset, so
// that whoever is upstream has settled when those downstream move.
package wave

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

// Wave is a group of repositories that go together.
type Wave struct {
	Name           string
	Repos          []string // OWNER/NAME, doublestar patterns allowed
	Topics         []string
	Owners         []string
	Percent        int // of the repositories that no earlier wave took
	Soak           time.Duration
	MaxOpen        int // 0: no limit
	MaxRegressions int // the wave halts at this one; at least 1
	Ahead          bool
}

// Member is a repository as waves choose it.
type Member struct {
	Repo   repo.Repo
	Owners []string // who answers for it: @user, @org/team
}

// Assign says which wave of a list each repository goes with. A wave that says nothing of whom it takes takes
// whoever is left; without one, they form a last wave.
func Assign(members []Member, list []Wave) map[repo.ID]string {
	out := map[repo.ID]string{}
	left := slices.Clone(members)
	for _, w := range whole(list) {
		var taken []Member
		taken, left = w.choose(left)
		for _, m := range taken {
			out[m.Repo.ID] = w.Name
		}
	}
	return out
}

// Present are the waves of a list, then those that repositories were assigned to under an earlier one.
func Present(list []Wave, assigned []string) []Wave {
	waves := slices.Clone(whole(list))
	var lost []string
	for _, name := range assigned {
		if !slices.ContainsFunc(waves, func(w Wave) bool { return w.Name == name }) {
			lost = append(lost, name)
		}
	}
	slices.SortFunc(lost, Compare)
	for _, name := range slices.Compact(lost) {
		waves = append(waves, Wave{Name: name, MaxRegressions: 1})
	}
	return waves
}

// whole adds the last wave for those that no other takes.
func whole(list []Wave) []Wave {
	if slices.ContainsFunc(list, Wave.takesAll) {
		return list
	}
	name := "rest"
	for n := 2; slices.ContainsFunc(list, func(w Wave) bool { return w.Name == name }); n++ {
		name = fmt.Sprintf("rest-%d", n)
	}
	return append(slices.Clone(list), Wave{Name: name, MaxRegressions: 1})
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
