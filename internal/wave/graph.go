package wave

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// Graph is who reads the datasets that a repository makes.
type Graph map[repo.ID][]repo.ID

// Order puts repositories into waves, so that each goes after all those whose datasets it reads, be it by way of
// repositories that are not among them. Those that read from each other in a circle go together; circles lists them.
func (g Graph) Order(members []repo.ID) (waves map[repo.ID]string, circles [][]repo.ID) {
	s := search{graph: g, number: map[repo.ID]int{}, low: map[repo.ID]int{}, part: map[repo.ID]int{}}
	for _, id := range members {
		s.visit(id)
	}
	waves = map[repo.ID]string{}
	level := make([]int, len(s.parts)) // of each part, the highest that comes before it and its own
	for at := len(s.parts) - 1; at >= 0; at-- {
		in := intersection(s.parts[at], members)
		if len(in) > 0 {
			level[at]++
		}
		if len(in) > 1 {
			circles = append(circles, in)
		}
		for _, id := range in {
			waves[id] = levelName(level[at])
		}
		for _, id := range s.parts[at] {
			for _, reader := range g[id] {
				if to := s.part[reader]; to != at {
					level[to] = max(level[to], level[at])
				}
			}
		}
	}
	slices.SortFunc(circles, func(a, b []repo.ID) int { return cmp.Compare(a[0], b[0]) })
	return waves, circles
}

// Levels are the graph's waves, each with these limits, that repositories were assigned to.
func Levels(limits Wave, assigned []string) []Wave {
	names := slices.Clone(assigned)
	slices.SortFunc(names, Compare)
	var waves []Wave
	for _, name := range slices.Compact(names) {
		w := limits
		w.Name = name
		waves = append(waves, w)
	}
	return waves
}

const graphPrefix = "graph-"

func levelName(n int) string { return graphPrefix + strconv.Itoa(n) }

// Compare orders the names of waves: the graph's by their number, after all others.
func Compare(a, b string) int { return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a, b)) }

func number(name string) int {
	digits, ok := strings.CutPrefix(name, graphPrefix)
	n, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return 0
	}
	return n
}

func intersection(part, members []repo.ID) (out []repo.ID) {
	for _, id := range part {
		if slices.Contains(members, id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// search finds the circles of a graph by Tarjan's algorithm. A part is a largest set of repositories that all lead to
// each other, mostly one alone; parts are found with those downstream first.
type search struct {
	graph  Graph
	number map[repo.ID]int // in the order of discovery, from 1
	low    map[repo.ID]int // the earliest on the stack that is reached
	stack  []repo.ID
	parts  [][]repo.ID
	part   map[repo.ID]int // each repository's, once known
}

func (s *search) visit(id repo.ID) {
	if s.number[id] != 0 {
		return
	}
	s.number[id] = len(s.number) + 1
	s.low[id] = s.number[id]
	s.stack = append(s.stack, id)
	for _, reader := range s.graph[id] {
		if _, known := s.part[reader]; known {
			continue
		}
		s.visit(reader)
		s.low[id] = min(s.low[id], s.low[reader])
	}
	if s.low[id] == s.number[id] {
		s.close(id)
	}
}

// close takes the part that began with a repository off the stack.
func (s *search) close(id repo.ID) {
	from := slices.Index(s.stack, id)
	for _, in := range s.stack[from:] {
		s.part[in] = len(s.parts)
	}
	s.parts = append(s.parts, slices.Clone(s.stack[from:]))
	s.stack = s.stack[:from]
}
