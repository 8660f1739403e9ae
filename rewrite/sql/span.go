package sql

import (
	"slices"
	"sort"
)

// span is a range of bytes, end exclusive.
type span struct{ start, end int }

// spans are sorted and apart, so that thousands of places can be asked about quickly.
type spans []span

// union sorts and merges.
func union(all []span) spans {
	slices.SortFunc(all, func(a, b span) int { return a.start - b.start })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// overlap: some span shares a byte with s.
func (all spans) overlap(s span) bool {
	i := sort.Search(len(all), func(i int) bool { return all[i].end > s.start })
	return i < len(all) && all[i].start < s.end
}

// hold: one span has all of s in it.
func (all spans) hold(s span) bool {
	i := sort.Search(len(all), func(i int) bool { return all[i].end > s.start })
	return i < len(all) && all[i].start <= s.start && s.end <= all[i].end
}
