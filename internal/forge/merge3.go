package forge

import (
	"bytes"
	"errors"
	"slices"
)

// errOverlap: two edits of one file cannot both be kept.
var errOverlap = errors.New("edits overlap")

// hunk replaces the lines from start to end of the base by others.
type hunk struct {
	start, end int
	lines      [][]byte
}

// merge3 applies to ours what led from base to theirs. Edits that touch each other's lines are refused, never
// guessed at; equal ones are made once.
func merge3(base, ours, theirs []byte) ([]byte, error) {
	lines := bytes.SplitAfter(base, []byte("\n"))
	a, err := hunks(lines, bytes.SplitAfter(ours, []byte("\n")))
	if err != nil {
		return nil, err
	}
	b, err := hunks(lines, bytes.SplitAfter(theirs, []byte("\n")))
	if err != nil {
		return nil, err
	}
	all, err := weave(a, b)
	if err != nil {
		return nil, err
	}
	var out []byte
	at := 0
	for _, h := range all {
		out = append(out, bytes.Join(lines[at:h.start], nil)...)
		out = append(out, bytes.Join(h.lines, nil)...)
		at = h.end
	}
	return append(out, bytes.Join(lines[at:], nil)...), nil
}

// weave puts the hunks of both sides in order.
func weave(a, b []hunk) (all []hunk, err error) {
	for _, x := range a {
		for _, y := range b {
			if !same(x, y) && x.start <= y.end && y.start <= x.end {
				return nil, errOverlap
			}
		}
		if !slices.ContainsFunc(b, func(y hunk) bool { return same(x, y) }) {
			all = append(all, x)
		}
	}
	all = append(all, b...)
	slices.SortFunc(all, func(x, y hunk) int { return x.start - y.start })
	return all, nil
}

func same(x, y hunk) bool {
	return x.start == y.start && x.end == y.end && slices.EqualFunc(x.lines, y.lines, bytes.Equal)
}

// maxEdits bounds the search for the shortest edit; files further apart are not merged.
const maxEdits = 1000

// hunks finds the shortest edit from a to b, by Myers' greedy search over furthest reaching paths.
func hunks(a, b [][]byte) ([]hunk, error) {
	front := 0
	for front < min(len(a), len(b)) && bytes.Equal(a[front], b[front]) {
		front++
	}
	back := 0
	for back < min(len(a), len(b))-front && bytes.Equal(a[len(a)-1-back], b[len(b)-1-back]) {
		back++
	}
	x, y := a[front:len(a)-back], b[front:len(b)-back]
	trace, ok := search(x, y)
	if !ok {
		return nil, errOverlap
	}
	out := collect(x, y, trace)
	for i := range out {
		out[i].start += front
		out[i].end += front
	}
	return out, nil
}

// search returns, for each number of edits, how far every diagonal reached. Diagonal k is stored at k+edits.
func search(a, b [][]byte) (trace [][]int, ok bool) {
	prev := []int{0}
	for d := 0; d <= min(len(a)+len(b), maxEdits); d++ {
		reach := make([]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			i := begin(prev, d, k)
			for i < len(a) && i-k < len(b) && bytes.Equal(a[i], b[i-k]) {
				i++
			}
			reach[k+d] = i
			if i >= len(a) && i-k >= len(b) {
				return append(trace, reach), true
			}
		}
		trace = append(trace, reach)
		prev = reach
	}
	return nil, false
}

// begin is where diagonal k begins with its d-th edit: down from k+1 or right from k-1 of the round before.
func begin(prev []int, d, k int) int {
	switch {
	case d == 0:
		return 0
	case down(prev, d, k):
		return prev[k+1+d-1]
	}
	return prev[k-1+d-1] + 1
}

func down(prev []int, d, k int) bool {
	return k == -d || k != d && prev[k-1+d-1] < prev[k+1+d-1]
}

// collect walks the trace back and joins neighbouring edits into hunks.
func collect(a, b [][]byte, trace [][]int) (out []hunk) {
	i, j := len(a), len(b)
	for d := len(trace) - 1; d > 0; d-- {
		prev, k := trace[d-1], i-j
		from := k - 1
		if down(prev, d, k) {
			from = k + 1
		}
		pi := prev[from+d-1]
		pj := pi - from
		h := hunk{start: pi, end: pi}
		if from == k+1 { // a line of b comes in
			h.lines = b[pj : pj+1]
		} else { // a line of a goes
			h.end = pi + 1
		}
		out = prepend(out, h)
		i, j = pi, pj
	}
	return out
}

// prepend puts h before the hunks, joined to the first when they touch.
func prepend(hunks []hunk, h hunk) []hunk {
	if len(hunks) > 0 && hunks[0].start == h.end {
		hunks[0] = hunk{h.start, hunks[0].end, append(slices.Clone(h.lines), hunks[0].lines...)}
		return hunks
	}
	return slices.Insert(hunks, 0, h)
}
