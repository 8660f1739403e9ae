package wave_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/wave"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		graph   wave.Graph
		members []repo.ID
		want    map[repo.ID]string
		circles [][]repo.ID
	}{
		"nobody reads from another":    {nil, []repo.ID{1, 2}, map[repo.ID]string{1: "graph-1", 2: "graph-1"}, nil},
		"a chain":                      {wave.Graph{1: {2}, 2: {3}}, []repo.ID{3, 1, 2}, map[repo.ID]string{1: "graph-1", 2: "graph-2", 3: "graph-3"}, nil},
		"the longest way counts":       {wave.Graph{1: {2, 3}, 2: {3}}, []repo.ID{1, 2, 3}, map[repo.ID]string{1: "graph-1", 2: "graph-2", 3: "graph-3"}, nil},
		"by way of one that is not in": {wave.Graph{1: {9}, 9: {2}}, []repo.ID{1, 2}, map[repo.ID]string{1: "graph-1", 2: "graph-2"}, nil},
		"a circle goes together": {wave.Graph{1: {2}, 2: {3}, 3: {2, 4}}, []repo.ID{1, 2, 3, 4},
			map[repo.ID]string{1: "graph-1", 2: "graph-2", 3: "graph-2", 4: "graph-3"}, [][]repo.ID{{2, 3}}},
		"a circle by way of one that is not in": {wave.Graph{1: {9}, 9: {2}, 2: {1}}, []repo.ID{1, 2}, map[repo.ID]string{1: "graph-1", 2: "graph-1"}, [][]repo.ID{{1, 2}}},
		"its own reader":                        {wave.Graph{1: {1, 2}}, []repo.ID{1, 2}, map[repo.ID]string{1: "graph-1", 2: "graph-2"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, circles := tt.graph.Order(tt.members)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.circles, circles); diff != "" {
				t.Errorf("circles: -want +got\n%s", diff)
			}
		})
	}
}

// In any graph a reader goes after whom it reads from, unless they are in a circle, and then with it; and no wave is
// left out.
func TestOrderHolds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		n := 2 + r.IntN(9)
		g := wave.Graph{}
		for range r.IntN(2 * n) {
			from := repo.ID(r.IntN(n))
			g[from] = append(g[from], repo.ID(r.IntN(n)))
		}
		var members []repo.ID
		for id := range n {
			if r.IntN(4) > 0 {
				members = append(members, repo.ID(id))
			}
		}
		got, _ := g.Order(members)
		names := map[string]bool{}
		for _, a := range members {
			names[got[a]] = true
			for _, b := range members {
				forth, back := leads(g, a, b), leads(g, b, a)
				if a != b && forth && (back && got[a] != got[b] || !back && wave.Compare(got[a], got[b]) >= 0) {
					t.Fatalf("seed %d: %d is read by %d, back: %v, and they go with %s and %s: %v", seed, a, b, back, got[a], got[b], g)
				}
			}
		}
		for w := range names {
			if w != "graph-1" && !names[before(w)] {
				t.Fatalf("seed %d: %s without %s", seed, w, before(w))
			}
		}
	}
}

func before(name string) string {
	n := int(name[len(name)-1] - '1')
	return name[:len(name)-1] + string(rune('0'+n))
}

// leads looks for a way by trying all, which is another algorithm than the one that is tested.
func leads(g wave.Graph, from, to repo.ID) bool {
	seen, todo := map[repo.ID]bool{}, []repo.ID{from}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		for _, next := range g[at] {
			if next == to {
				return true
			}
			if !seen[next] {
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	return false
}

// Waves that are gone from the list, and the tenth wave of a graph, come in their order.
func TestPresent(t *testing.T) {
	t.Parallel()
	var names []string
	for _, w := range wave.Present([]wave.Wave{{Name: "canary", Percent: 5}}, []string{"graph-10", "graph-9", "old", "canary", "old"}) {
		names = append(names, w.Name)
	}
	if want := []string{"canary", "rest", "old", "graph-9", "graph-10"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	levels := wave.Levels(wave.Wave{MaxOpen: 3}, []string{"graph-2", "graph-1", "graph-2"})
	if len(levels) != 2 || levels[0].Name != "graph-1" || levels[1].MaxOpen != 3 {
		t.Errorf("%+v", levels)
	}
}
