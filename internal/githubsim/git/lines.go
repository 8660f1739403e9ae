package git

import (
	"bytes"
	"slices"
)

// maxText bounds what is shown as a patch. Larger files are treated like binary ones there, as on GitHub.
const maxText = 1 << 20

// maxLined bounds what is compared line by line at all.
const maxLined = 16 << 20

// isText follows git: no zero byte near the start. Very large files count as binary.
func isText(data []byte) bool {
	return len(data) <= maxLined && bytes.IndexByte(data[:min(len(data), 8000)], 0) < 0
}

// text is a file as lines, each with its line feed. Equal lines of the texts made together have equal numbers.
type text struct {
	lines [][]byte
	ids   []int
}

// texts splits files into lines and numbers them.
func texts(files ...[]byte) []text {
	numbers := map[string]int{}
	list := make([]text, len(files))
	for i, data := range files {
		for line := range bytes.Lines(data) {
			n, ok := numbers[string(line)]
			if !ok {
				n = len(numbers)
				numbers[string(line)] = n
			}
			list[i].lines = append(list[i].lines, line)
			list[i].ids = append(list[i].ids, n)
		}
	}
	return list
}

// hunk says that lines a0 to a1 of one text became b0 to b1 of another.
type hunk struct{ a0, a1, b0, b1 int }

// differ compares two sequences of line numbers. A line is marked when the other side has no line for it.
//
// Merging must line files up as git does, or the two would disagree about what overlaps. Git's merges use the
// histogram method: split at the longest run of common lines around the rarest line, and go on left and right.
type differ struct {
	a, b         []int
	goneA, newB  []bool
	occurrencesA map[int][]int // reused between regions
}

// diff returns what changed from a to b, in order.
func diff(a, b []int) []hunk {
	d := &differ{a: a, b: b, goneA: make([]bool, len(a)), newB: make([]bool, len(b))}
	d.region(0, len(a), 0, len(b))
	slide(d.a, d.goneA, d.newB)
	slide(d.b, d.newB, d.goneA)
	return d.hunks()
}

func (d *differ) hunks() []hunk {
	var list []hunk
	for i, j := 0, 0; i < len(d.a) || j < len(d.b); i, j = i+1, j+1 {
		h := hunk{a0: i, b0: j}
		i, j = runEnd(d.goneA, i), runEnd(d.newB, j)
		if h.a1, h.b1 = i, j; h.a0 < i || h.b0 < j {
			list = append(list, h)
		}
	}
	return list
}

// runEnd returns where the marked lines that start at i end.
func runEnd(marked []bool, i int) int {
	for i < len(marked) && marked[i] {
		i++
	}
	return i
}

// rarest is how often a line may occur for the histogram to split at it.
const rarest = 64

// region compares a[a0:a1] with b[b0:b1].
func (d *differ) region(a0, a1, b0, b1 int) {
	for a0 < a1 || b0 < b1 {
		if a0 == a1 || b0 == b1 {
			d.mark(a0, a1, b0, b1)
			return
		}
		common, tooMany := d.split(a0, a1, b0, b1)
		if tooMany {
			d.shortest(a0, a1, b0, b1)
			return
		}
		if common.a0 == common.a1 {
			d.mark(a0, a1, b0, b1)
			return
		}
		d.region(a0, common.a0, b0, common.b0)
		a0, b0 = common.a1, common.b1
	}
}

func (d *differ) mark(a0, a1, b0, b1 int) {
	for i := a0; i < a1; i++ {
		d.goneA[i] = true
	}
	for j := b0; j < b1; j++ {
		d.newB[j] = true
	}
}

// split finds the run of common lines to split at. tooMany: there are common lines, but all of them occur too often.
func (d *differ) split(a0, a1, b0, b1 int) (best hunk, tooMany bool) {
	if d.occurrencesA == nil {
		d.occurrencesA = map[int][]int{}
	}
	clear(d.occurrencesA)
	for i := a0; i < a1; i++ {
		d.occurrencesA[d.a[i]] = append(d.occurrencesA[d.a[i]], i)
	}
	fewest, common := rarest+1, false
	for j := b0; j < b1; {
		next := j + 1
		at := d.occurrencesA[d.b[j]]
		common = common || len(at) > 0
		if len(at) > fewest {
			at = nil
		}
		for k := 0; k < len(at); {
			run, rare := d.extend(at[k], j, a0, a1, b0, b1)
			next = max(next, run.b1)
			if best.a1-best.a0 < run.a1-run.a0 || rare < fewest {
				best, fewest = run, rare
			}
			for k < len(at) && at[k] < run.a1 {
				k++
			}
		}
		j = next
	}
	return best, common && fewest > rarest
}

// extend grows a pair of equal lines to the whole run, and counts how often its rarest line occurs.
func (d *differ) extend(i, j, a0, a1, b0, b1 int) (run hunk, rare int) {
	rare = len(d.occurrencesA[d.a[i]])
	run = hunk{i, i + 1, j, j + 1}
	for run.a0 > a0 && run.b0 > b0 && d.a[run.a0-1] == d.b[run.b0-1] {
		run.a0, run.b0 = run.a0-1, run.b0-1
		rare = min(rare, len(d.occurrencesA[d.a[run.a0]]))
	}
	for run.a1 < a1 && run.b1 < b1 && d.a[run.a1] == d.b[run.b1] {
		rare = min(rare, len(d.occurrencesA[d.a[run.a1]]))
		run.a1, run.b1 = run.a1+1, run.b1+1
	}
	return run, rare
}

// maxEdits bounds the work of shortest; beyond it a region counts as replaced.
const maxEdits = 1500

// shortest compares a region by the fewest insertions and deletions (Myers), where the histogram has no rare line.
func (d *differ) shortest(a0, a1, b0, b1 int) {
	for a0 < a1 && b0 < b1 && d.a[a0] == d.b[b0] {
		a0, b0 = a0+1, b0+1
	}
	for a0 < a1 && b0 < b1 && d.a[a1-1] == d.b[b1-1] {
		a1, b1 = a1-1, b1-1
	}
	n, m := a1-a0, b1-b0
	limit := min(n+m, maxEdits)
	furthest := make([]int, 2*limit+3) // by diagonal i-j, shifted by limit+1
	var trace [][]int
	for edits := 0; edits <= limit; edits++ {
		trace = append(trace, slices.Clone(furthest[limit+1-edits:limit+2+edits]))
		for k := -edits; k <= edits; k += 2 {
			at := limit + 1 + k
			i := furthest[at-1] + 1
			if k == -edits || k != edits && furthest[at-1] < furthest[at+1] {
				i = furthest[at+1]
			}
			if edits == 0 {
				i = 0
			}
			for i < n && i-k < m && d.a[a0+i] == d.b[b0+i-k] {
				i++
			}
			if furthest[at] = i; i >= n && i-k >= m {
				d.walkBack(trace, a0, b0, n, m)
				return
			}
		}
	}
	d.mark(a0, a1, b0, b1)
}

// walkBack marks the lines on the path that shortest found. trace[e] holds the diagonals -e to e before step e.
func (d *differ) walkBack(trace [][]int, a0, b0, i, j int) {
	for e := len(trace) - 1; e > 0; e-- {
		v, k := trace[e], i-j
		down := k == -e || k != e && v[e+k-1] < v[e+k+1]
		if down {
			i = v[e+k+1]
			j = i - k - 1
			d.newB[b0+j] = true
			continue
		}
		i = v[e+k-1]
		j = i - k + 1
		d.goneA[a0+i] = true
	}
}

// slide moves each run of marked lines of one side as far down as equal lines allow, or to where it meets a run of
// the other side. The same change then looks the same however it was found.
func slide(ids []int, marked, other []bool) {
	g := &group{ids: ids, marked: marked}
	o := &group{marked: other}
	g.first()
	o.first()
	for {
		if g.end > g.start {
			g.settle(o)
		}
		if !g.next() {
			return
		}
		o.next()
	}
}

// group is a run of marked lines, perhaps empty, between two lines that both sides have. Both sides have equally
// many groups.
type group struct {
	ids        []int
	marked     []bool
	start, end int
}

func (g *group) first() { g.start, g.end = 0, runEnd(g.marked, 0) }

func (g *group) next() bool {
	if g.end == len(g.marked) {
		return false
	}
	g.start, g.end = g.end+1, runEnd(g.marked, g.end+1)
	return true
}

func (g *group) previous() {
	g.end = g.start - 1
	g.start = runStart(g.marked, g.end)
}

func runStart(marked []bool, i int) int {
	for i > 0 && marked[i-1] {
		i--
	}
	return i
}

// up moves the run by one line if the line before it equals its last, and joins it with a run that it meets.
func (g *group) up() bool {
	if g.start == 0 || g.ids[g.start-1] != g.ids[g.end-1] {
		return false
	}
	g.start, g.end = g.start-1, g.end-1
	g.marked[g.start], g.marked[g.end] = true, false
	g.start = runStart(g.marked, g.start)
	return true
}

func (g *group) down() bool {
	if g.end == len(g.ids) || g.ids[g.start] != g.ids[g.end] {
		return false
	}
	g.marked[g.start], g.marked[g.end] = false, true
	g.start, g.end = g.start+1, runEnd(g.marked, g.end+1)
	return true
}

// settle moves the run all the way up and down until it no longer grows, and then back up to the last place
// where the other side has a run too.
func (g *group) settle(o *group) {
	for {
		size := g.end - g.start
		for g.up() {
			o.previous()
		}
		highest, meets := g.end, -1
		if o.end > o.start {
			meets = g.end
		}
		for g.down() {
			if o.next(); o.end > o.start {
				meets = g.end
			}
		}
		if size != g.end-g.start {
			continue
		}
		for g.end != highest && meets >= 0 && o.end == o.start {
			g.up()
			o.previous()
		}
		return
	}
}
