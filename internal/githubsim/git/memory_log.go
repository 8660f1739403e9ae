package git

import (
	"context"

	"github.com/skein-bot/skein/internal/repo"
)

func (m *memory) MergeBases(ctx context.Context, a, b repo.SHA) ([]repo.SHA, error) {
	x, err := m.findKind(ctx, a, KindCommit)
	if err != nil {
		return nil, err
	}
	y, err := m.findKind(ctx, b, KindCommit)
	if err != nil {
		return nil, err
	}
	if x == y {
		return []repo.SHA{a}, nil
	}
	var bases []repo.SHA
	walk(map[*node]color{x: fromA, y: fromB}, func(n *node, c color) color {
		if c == fromA|fromB {
			bases = append(bases, n.id)
			c |= spent
		}
		return c
	})
	return newestFirst(ctx, m, bases)
}

func (m *memory) Log(ctx context.Context, q Range) ([]repo.SHA, error) {
	h := &history{memory: m, at: map[*node]Entry{}}
	from, err := m.findKind(ctx, q.From, KindCommit)
	if err != nil {
		return nil, err
	}
	if q.Not != "" {
		if h.not, err = m.findKind(ctx, q.Not, KindCommit); err != nil {
			return nil, err
		}
	}
	if q.Path != "" {
		if h.path, err = splitPath(q.Path); err != nil {
			return nil, err
		}
	}
	if q.Limit <= 0 {
		q.Limit = -1
	}
	list, rest, err := h.straight(ctx, from, q.Limit)
	if err != nil || rest == nil || len(list) == q.Limit {
		return list, err
	}
	return h.branched(ctx, rest, list, q.Limit)
}

// history is one Log: what bounds it, and what the commits have at its path.
type history struct {
	*memory
	not    *node
	path   []string
	within map[*node]bool // reached by from and not by not; nil: everything is
	at     map[*node]Entry
}

// straight lists commits as long as each has but one parent, which is the quick way through most histories. It
// returns where it stopped; nil at the root.
func (h *history) straight(ctx context.Context, from *node, limit int) (list []repo.SHA, rest *node, err error) {
	for h.not == nil && from != nil && len(from.parents) < 2 && len(list) != limit {
		parents, shown, err := h.simplify(ctx, from)
		if err != nil {
			return nil, nil, err
		}
		if shown {
			list = append(list, from.id)
		}
		from = nil
		if len(parents) == 1 {
			from = parents[0]
		}
	}
	return list, from, nil
}

// branched appends the rest of a history to list: of the commits whose children are all listed, always the newest.
func (h *history) branched(ctx context.Context, from *node, list []repo.SHA, limit int) ([]repo.SHA, error) {
	if h.not != nil {
		h.within = reach(from, h.not)
	}
	g := &graph{parents: map[*node][]*node{}, children: map[*node]int{}, shown: map[*node]bool{}}
	if err := g.load(ctx, h, from); err != nil {
		return nil, err
	}
	ready := queue[arrival]{before: arrival.before}
	ready.push(arrive(from, 0))
	for seq := 1; len(ready.items) > 0 && len(list) != limit; {
		n := ready.pop().node
		if g.shown[n] {
			list = append(list, n.id)
		}
		for _, p := range g.parents[n] {
			if g.children[p]--; g.children[p] == 0 {
				ready.push(arrive(p, seq))
				seq++
			}
		}
	}
	return list, nil
}

// reach returns what one commit reaches and another does not.
func reach(from, not *node) map[*node]bool {
	within := map[*node]bool{}
	start := map[*node]color{from: fromA}
	start[not] |= spent
	walk(start, func(n *node, c color) color {
		if c&spent == 0 {
			within[n] = true
		}
		return c
	})
	return within
}

// graph is a history without the branches that a path does not need.
type graph struct {
	parents  map[*node][]*node
	children map[*node]int
	shown    map[*node]bool
}

func (g *graph) load(ctx context.Context, h *history, from *node) error {
	for todo := []*node{from}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		parents, shown, err := h.simplify(ctx, n)
		if err != nil {
			return err
		}
		g.shown[n] = shown && h.inside(n)
		for _, p := range parents {
			if h.path == nil && !h.inside(p) {
				continue
			}
			if g.children[p]++; g.children[p] == 1 {
				todo = append(todo, p)
			}
			g.parents[n] = append(g.parents[n], p)
		}
	}
	return nil
}

func (h *history) inside(n *node) bool { return h.within == nil || h.within[n] }

// simplify says which parents to follow and whether the commit is shown. Without a path that is all of them and
// yes. With one it follows git: a merge that took the path from one parent as it was is explained by that parent
// alone.
func (h *history) simplify(ctx context.Context, n *node) (parents []*node, shown bool, err error) {
	if h.path == nil {
		return n.parents, true, nil
	}
	own, err := h.entry(ctx, n)
	if err != nil {
		return nil, false, err
	}
	for _, p := range n.parents {
		there, err := h.entry(ctx, p)
		if err != nil {
			return nil, false, err
		}
		if own == there {
			return []*node{p}, false, nil
		}
	}
	return n.parents, len(n.parents) > 0 || own != Entry{}, nil
}

// entry returns what a commit has at the path.
func (h *history) entry(ctx context.Context, n *node) (Entry, error) {
	if e, ok := h.at[n]; ok {
		return e, nil
	}
	e := Entry{Mode: Dir, ID: n.commit.Tree}
	for _, name := range h.path {
		var err error
		if e, err = child(ctx, h, e, name); err != nil {
			return Entry{}, err
		}
	}
	h.at[n] = e
	return e, nil
}
