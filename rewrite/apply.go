package rewrite

import (
	"cmp"
	"fmt"
	"slices"
)

// Apply returns src with the edits made. The edits must be sorted by Start, lie within src, not overlap, and
// start at different offsets; an error names the first one that does not. Without edits the result equals src.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	size, err := check(len(src), edits)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, size)
	last := 0
	for i := range edits {
		e := &edits[i]
		out = append(out, src[last:e.Start]...)
		out = append(out, e.New...)
		last = e.End
	}
	return append(out, src[last:]...), nil
}

// check finds the first edit that breaks a rule, and otherwise the size of the result.
func check(length int, edits []Edit) (size int, err error) {
	size = length
	for i := range edits {
		e := &edits[i]
		switch {
		case e.Start < 0 || e.End < e.Start || e.End > length:
			return 0, fmt.Errorf("edit %d: bytes %d to %d are outside the file of %d bytes", i, e.Start, e.End, length)
		case i > 0 && e.Start < edits[i-1].Start:
			return 0, fmt.Errorf("edit %d: starts at %d, before edit %d at %d: sort them first", i, e.Start, i-1, edits[i-1].Start)
		case i > 0 && e.Start < edits[i-1].End:
			return 0, fmt.Errorf("edit %d: starts at %d, inside edit %d, which ends at %d", i, e.Start, i-1, edits[i-1].End)
		case i > 0 && e.Start == edits[i-1].Start:
			return 0, fmt.Errorf("edit %d: starts at %d, as edit %d does", i, e.Start, i-1)
		}
		size += len(e.New) - (e.End - e.Start)
	}
	return size, nil
}

// Sort orders a result's lists by where they stand in the file, ties by end and then by change.
func (r *Result) Sort() {
	slices.SortStableFunc(r.Edits, func(a, b Edit) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	slices.SortStableFunc(r.Refusals, func(a, b Refusal) int {
		return cmp.Or(a.Start-b.Start, a.End-b.End, a.Change-b.Change)
	})
	slices.SortStableFunc(r.Unrelated, func(a, b Unrelated) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
}

// Locate fills in Line and Column of everything in the result, and what refusals show, from the offsets into src.
func (r *Result) Locate(src []byte) {
	lines := walk{src: src, line: 1}
	for i := range r.Edits {
		e := &r.Edits[i]
		e.Line, e.Column = lines.to(e.Start)
	}
	for i := range r.Refusals {
		f := &r.Refusals[i]
		f.Line, f.Column = lines.to(f.Start)
		f.Snippet = Snippet(src, f.Start, f.End)
	}
	for i := range r.Unrelated {
		u := &r.Unrelated[i]
		u.Line, u.Column = lines.to(u.Start)
	}
}
