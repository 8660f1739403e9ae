package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// dropItem takes an item out of a select list that is just a field whose dropping is wanted. It does so only where
// the outputs are known by their names: what matches columns by position, or counts distinct rows, is for people.
func (r *resolver) dropItem(s *selectBody, i int, sc *scope, u use) (outcol, bool) {
	it := &s.items[i]
	ref := plainRef(it.expr)
	if !r.drops || ref == nil || !u.named || u.positional || s.distinct || s.asStruct || !r.keepsOne(s, sc) {
		return outcol{}, false
	}
	ch := r.droppedBy(ref, sc)
	if ch == nil {
		return outcol{}, false
	}
	ch.seen = len(r.stmts)
	r.cuts = append(r.cuts, len(r.stmts)-1)
	r.cut(s, i, r.keptBefore(s, i, sc), ch)
	name := r.named(ref.path[len(ref.path)-1])
	if it.alias >= 0 {
		name = r.named(it.alias)
	}
	return outcol{before: name, change: ch, via: -1, unsure: -1, at: it.start, gone: true}, true
}

// dropsHalf: a statement that lost an item has a refusal too. Then nothing is dropped, and every place is listed.
func (r *resolver) dropsHalf() bool {
	if len(r.cuts) == 0 || len(r.refusals) == 0 {
		return false
	}
	var places []span
	for i := range r.refusals {
		places = append(places, span{r.refusals[i].Start, r.refusals[i].End})
	}
	refused := union(places)
	return slices.ContainsFunc(r.cuts, func(stmt int) bool { return refused.overlap(r.stmts[stmt]) })
}

// droppedBy is the change that lets a reference be dropped.
func (r *resolver) droppedBy(ref *expr, sc *scope) *change {
	path := r.path(ref.path)
	b := r.lookup(sc, path, old)
	if b.kind != isColumn || b.col == nil || len(path) != b.part+1 {
		return nil
	}
	if ch := b.col.change; ch != nil && ch.Kind == rewrite.DropField {
		return ch
	}
	return nil
}

// keepsOne: something stays in the list.
func (r *resolver) keepsOne(s *selectBody, sc *scope) bool { return r.keptBefore(s, len(s.items), sc) }

func (r *resolver) keptBefore(s *selectBody, end int, sc *scope) bool {
	for i := range s.items[:end] {
		if ref := plainRef(s.items[i].expr); ref == nil || r.droppedBy(ref, sc) == nil {
			return true
		}
	}
	return false
}

// cut removes an item with the comma before it, or after it when it is the first that stays in the list.
func (r *resolver) cut(s *selectBody, i int, kept bool, ch *change) {
	it := &s.items[i]
	reason := r.source(it.expr) + " reads " + ch.datasetName() + ": " + ch.describe()
	first, last := it.start, max(it.end, it.alias+1)-1
	comma := first - 1
	if !kept {
		comma = last + 1
	}
	if comma < 0 || comma >= len(r.toks) {
		return
	}
	from, to := int(r.toks[first].Start), int(r.toks[last].End)
	if kept {
		from = int(r.toks[comma-1].End)
	} else {
		to = int(r.toks[comma+1].Start)
	}
	if between := r.src[from:to]; !strings.Contains(between, "--") && !strings.Contains(between, "/*") && !strings.Contains(between, "#") {
		r.put(from, to, "", ch, reason)
		return
	}
	// A comment stands there: only the item and its comma go.
	r.put(int(r.toks[comma].Start), int(r.toks[comma].End), "", ch, reason)
	r.put(int(r.toks[first].Start), int(r.toks[last].End), "", ch, reason)
}
