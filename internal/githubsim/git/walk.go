package git

import "container/heap"

// color is what a walk knows of a commit: who reaches it, and whether it still matters.
type color uint8

const (
	fromA color = 1 << iota
	fromB
	spent
)

// walk visits what the painted commits reach, each commit after all its descendants, until every commit that
// waits is spent. visit may add to the color that the parents inherit.
func walk(start map[*node]color, visit func(*node, color) color) {
	w := &walker{colors: map[*node]color{}}
	for n, c := range start {
		w.paint(n, c)
	}
	for w.fresh > 0 {
		n := heap.Pop(w).(*node)
		c := w.colors[n]
		if c&spent == 0 {
			w.fresh--
		}
		c = visit(n, c)
		for _, p := range n.parents {
			w.paint(p, c)
		}
	}
}

// walker is a heap of commits, the highest generation first.
type walker struct {
	queue  []*node
	colors map[*node]color
	fresh  int // commits in the queue that are not spent
}

func (w *walker) paint(n *node, c color) {
	before, seen := w.colors[n]
	after := before | c
	w.colors[n] = after
	switch {
	case !seen && after&spent == 0:
		w.fresh++
	case seen && before&spent == 0 && after&spent != 0:
		w.fresh--
	}
	if !seen {
		heap.Push(w, n)
	}
}

func (w *walker) Len() int           { return len(w.queue) }
func (w *walker) Less(i, j int) bool { return w.queue[i].generation > w.queue[j].generation }
func (w *walker) Swap(i, j int)      { w.queue[i], w.queue[j] = w.queue[j], w.queue[i] }

// Push is for container/heap.
func (w *walker) Push(x any) { w.queue = append(w.queue, x.(*node)) }

// Pop is for container/heap.
func (w *walker) Pop() any {
	last := len(w.queue) - 1
	n := w.queue[last]
	w.queue = w.queue[:last]
	return n
}

// newest is a heap of commits by date, the newest first, and those of one date in the order they came.
type newest struct {
	queue []arrival
	count int
}

type arrival struct {
	*node
	date int64
	seq  int
}

func (q *newest) add(n *node) {
	q.count++
	heap.Push(q, arrival{node: n, date: n.commit.Committer.When.Unix(), seq: q.count})
}

func (q *newest) take() *node { return heap.Pop(q).(arrival).node }

func (q *newest) Len() int      { return len(q.queue) }
func (q *newest) Swap(i, j int) { q.queue[i], q.queue[j] = q.queue[j], q.queue[i] }
func (q *newest) Less(i, j int) bool {
	if q.queue[i].date != q.queue[j].date {
		return q.queue[i].date > q.queue[j].date
	}
	return q.queue[i].seq < q.queue[j].seq
}

// Push is for container/heap.
func (q *newest) Push(x any) { q.queue = append(q.queue, x.(arrival)) }

// Pop is for container/heap.
func (q *newest) Pop() any {
	last := len(q.queue) - 1
	a := q.queue[last]
	q.queue = q.queue[:last]
	return a
}
