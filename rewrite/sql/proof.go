package sql

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// prove applies the edits, reads the result as new, and resolves it under the new schema alone. If a reference
// means something else than was decided, or a query's outputs differ, the file is refused.
func prove(res *rewrite.Result, src []byte, first *source, r *resolver) {
	if len(res.Edits) == 0 {
		return
	}
	failed := func(why string) {
		whole := r.cat.wholeFile("proof_failed", "the edited file would not mean the same: "+why, "write the new names by hand, or qualify every column and give outputs aliases first")
		whole[0].Dataset, whole[0].Change = res.Edits[0].Dataset, res.Edits[0].Change
		res.Edits, res.Verified = nil, false
		res.Refusals = append(whole, res.Refusals...)
	}
	second := first.swapped(res.Edits)
	if second == nil {
		out, err := rewrite.Apply(src, res.Edits)
		if err != nil {
			failed(err.Error())
			return
		}
		second = read(out, r.d, r.mem, nil)
	}
	if why := sameStatements(first.stmts, second.stmts); why != "" {
		failed(why)
		return
	}
	after := second.resolve(r.cat.proving, false)
	if why := r.sameMeaning(after); why != "" {
		failed(why)
		return
	}
	res.Verified = len(res.Refusals) == 0
}

func sameStatements(a, b []*stmt) string {
	if len(a) != len(b) {
		return fmt.Sprintf("it would have %d statements instead of %d", len(b), len(a))
	}
	for i := range a {
		if a[i].kind != b[i].kind {
			return fmt.Sprintf("statement %d would be read differently", i+1)
		}
	}
	return ""
}

// sameMeaning compares what was decided with what the edited file says.
func (r *resolver) sameMeaning(after *resolver) string {
	if len(r.facts) != len(after.facts) || len(r.rels) != len(after.rels) {
		return "it would have another number of references"
	}
	for i := range r.facts {
		want, got := &r.facts[i], &after.facts[i]
		if want.refused {
			continue
		}
		if want.kind != got.kind || want.id != got.id || !r.d.sameText(want.col, got.col) {
			line := 1 + strings.Count(r.src[:want.span.start], "\n")
			return fmt.Sprintf("%s on line %d would mean %s", shorten(r.src[want.span.start:want.span.end]), line, got.kind)
		}
	}
	for i, rel := range r.rels {
		if got := after.rels[i].reads(); got != rel.becomes() && (got != rel.reads() || len(r.refusals) == 0) {
			return fmt.Sprintf("%s, which reads %s, would read something else", rel.what, rel.name())
		}
	}
	return r.sameOutputs(after)
}

// reads is the dataset that the relation is, empty if it is something else.
func (rel *relation) reads() string {
	if rel.table == nil {
		return ""
	}
	return rel.table.dataset
}

// becomes is the dataset that it is to be after the edits.
func (rel *relation) becomes() string {
	if rel.table != nil && rel.table.moved != nil {
		return rel.table.moved.To
	}
	return rel.reads()
}

func (r *resolver) sameOutputs(after *resolver) string {
	if len(r.cols) != len(after.cols) {
		return "it would have another number of queries"
	}
	for i := range r.cols {
		if r.cols[i].loose || len(r.dropped) > 0 && r.dropped[r.cols[i].stmt] {
			continue
		}
		want, got := r.cols[i].of(r.list), after.cols[i].of(after.list)
		if len(want) != len(got) {
			return fmt.Sprintf("query %d would have %d outputs instead of %d", i+1, len(got), len(want))
		}
		k := r.d.firstOther(want, got)
		if k >= 0 { // the columns of a star may stand in another order
			r.list.sortRuns(r.cols[i])
			after.list.sortRuns(after.cols[i])
			k = r.d.firstOther(want, got)
		}
		if k >= 0 {
			return fmt.Sprintf("output %d of query %d would be %q instead of %q", k+1, i+1, got[k], want[k])
		}
	}
	return ""
}

// firstOther is the first output that is called differently, or -1.
func (d *dialect) firstOther(want, got []string) int {
	for k := range want {
		if want[k] != "" && !d.sameText(want[k], got[k]) {
			return k
		}
	}
	return -1
}

func (d *dialect) sameText(a, b string) bool {
	return a == b || d.fold != exact && strings.EqualFold(a, b)
}
