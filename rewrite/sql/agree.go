package sql

import (
	"cmp"
	"maps"
	"slices"

	"github.com/skein-bot/skein/rewrite"
)

// A stretch of a file may come several times in what a template makes of it. An edit is made only if every copy of its
// place asks for it and no other edit overlaps it.

// agreed takes edits in places of the file and how many copies ask for each. It gives the edits to make and those to refuse.
func (m *pieceMap) agreed(asked map[rewrite.Edit]int) (done, disputed []rewrite.Edit) {
	edits := slices.SortedFunc(maps.Keys(asked), func(a, b rewrite.Edit) int {
		return cmp.Or(a.Start-b.Start, a.End-b.End, cmp.Compare(a.New, b.New), cmp.Compare(a.Reason, b.Reason),
			cmp.Compare(a.Dataset, b.Dataset), a.Change-b.Change)
	})
	copies, reach := m.copies(edits), -1 // how far the edits before this one reach
	for i, e := range edits {
		overlaps := reach > e.Start || i > 0 && edits[i-1].Start == e.Start
		if next := i + 1; next < len(edits) {
			overlaps = overlaps || edits[next].Start == e.Start || edits[next].Start < e.End
		}
		if reach = max(reach, e.End); overlaps || asked[e] < copies[i] {
			disputed = append(disputed, e)
		} else {
			done = append(done, e)
		}
	}
	return done, disputed
}

// copies counts for every edit the pieces that its place stands in. An insertion belongs to the byte before it, or goes
// behind the piece that closes there.
func (m *pieceMap) copies(edits []rewrite.Edit) []int {
	var verbatim []span
	closing := map[int]int{} // pieces, by their ends
	for _, p := range m.pieces {
		switch {
		case !p.Made:
			verbatim = append(verbatim, span{p.Start, p.End})
		case p.Closes && p.Start < p.End:
			closing[p.End]++
		}
	}
	places, out := make([]span, len(edits)), make([]int, len(edits))
	for i, e := range edits {
		if places[i] = (span{e.Start, e.End}); e.Start == e.End {
			places[i].start--
			out[i] = closing[e.Start]
		}
	}
	for i, n := range around(places, verbatim) {
		out[i] += n
	}
	return out
}

// around counts for every place the spans that hold it: it goes through both from left to right and tallies the spans
// that have begun by where they end.
func around(places []span, spans []span) []int {
	byStart := func(a, b span) int { return a.start - b.start }
	spans = slices.SortedFunc(slices.Values(spans), byStart)
	ends := make([]int, len(spans))
	for i, s := range spans {
		ends[i] = s.end
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return byStart(places[a], places[b]) })
	out, ended, begun := make([]int, len(places)), make(tally, len(ends)+1), 0
	for _, i := range order {
		for ; begun < len(spans) && spans[begun].start <= places[i].start; begun++ {
			at, _ := slices.BinarySearch(ends, spans[begun].end)
			ended.add(at)
		}
		before, _ := slices.BinarySearch(ends, places[i].end)
		out[i] = begun - ended.below(before)
	}
	return out
}

// tally counts numbers that are added to it; it is a Fenwick tree, whose first element is not used.
type tally []int

func (t tally) add(n int) {
	for n++; n < len(t); n += n & -n {
		t[n]++
	}
}

// below is how many smaller numbers were added.
func (t tally) below(n int) (sum int) {
	for ; n > 0; n -= n & -n {
		sum += t[n]
	}
	return sum
}
