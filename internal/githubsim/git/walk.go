package git

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
	w := &walker{
		colors: map[*node]color{},
		queue:  queue[*node]{before: func(x, y *node) bool { return x.generation > y.generation }},
	}
	for n, c := range start {
		w.paint(n, c)
	}
	for w.fresh > 0 {
		n := w.queue.pop()
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

// walker is the commits that a walk has met, and those that it has yet to visit.
type walker struct {
	colors map[*node]color
	queue  queue[*node]
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
		w.queue.push(n)
	}
}

// arrival is a commit that waits to be listed: the newest goes first, and of one date the one that came first.
type arrival struct {
	*node
	date int64
	seq  int
}

func arrive(n *node, seq int) arrival {
	return arrival{node: n, date: n.commit.Committer.When.Unix(), seq: seq}
}

func (a arrival) before(b arrival) bool {
	if a.date != b.date {
		return a.date > b.date
	}
	return a.seq < b.seq
}

// queue is a heap.
type queue[T any] struct {
	before func(x, y T) bool
	items  []T
}

func (q *queue[T]) push(x T) {
	q.items = append(q.items, x)
	for i := len(q.items) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q.before(q.items[i], q.items[parent]) {
			return
		}
		q.items[i], q.items[parent] = q.items[parent], q.items[i]
		i = parent
	}
}

func (q *queue[T]) pop() T {
	first, last := q.items[0], len(q.items)-1
	q.items[0] = q.items[last]
	q.items = q.items[:last]
	for i := 0; ; {
		next := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if q.before(q.items[child], q.items[next]) {
				next = child
			}
		}
		if next == i {
			return first
		}
		q.items[i], q.items[next] = q.items[next], q.items[i]
		i = next
	}
}
