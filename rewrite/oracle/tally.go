package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Count is how a construct fared.
type Count struct {
	Generated, Accepted, NonEmpty int // queries
	Informative, Refused          int // trials
}

// Tally counts. It is not safe for concurrent use: each session has its own, and Add brings them together.
type Tally struct {
	Sessions    int
	Trials      int
	Skipped     int // trials not held, because they could not become evidence
	Lost        int // sessions that a fault of the engine's own ended
	Duplicates  int // queries that were met before, and not tried again
	Informative int // right, and shuffling the column changes the answer
	Decidable   int // trials of a column that the query reads, and that nothing excuses from being decided
	Classes     map[Class]int
	Modes       map[Mode]int // informative
	Codes       map[string]int
	Excuses     map[string]int
	Constructs  map[string]*Count
	Refused     map[string]int // by code and name of the query, if it has one
}

// NewTally returns an empty one.
func NewTally() *Tally {
	return &Tally{Classes: map[Class]int{}, Modes: map[Mode]int{}, Codes: map[string]int{}, Excuses: map[string]int{},
		Constructs: map[string]*Count{}, Refused: map[string]int{}}
}

func (t *Tally) count(construct string) *Count {
	if t.Constructs[construct] == nil {
		t.Constructs[construct] = &Count{}
	}
	return t.Constructs[construct]
}

func (t *Tally) query(q *Query, accepted, rows bool) {
	for _, name := range q.constructs() {
		c := t.count(name)
		c.Generated++
		if accepted {
			c.Accepted++
		}
		if accepted && rows {
			c.NonEmpty++
		}
	}
}

func (q *Query) constructs() []string {
	if q.Facts == nil {
		return nil
	}
	return q.Facts.Constructs
}

func (t *Tally) trial(q *Query, ch Change, v Verdict, tells bool) {
	t.Trials++
	t.Classes[v.Class]++
	if v.Code != "" {
		t.Codes[v.Code]++
		if q.Name != "" {
			t.Refused[v.Code+" "+q.Name+" "+q.SQL]++
		}
	}
	excuse := q.excuse(ch)
	if v.Class == Refused && excuse != "" {
		t.Excuses[excuse]++
	}
	if excuse == "" && (v.Class == Needless || q.concerned(ch)) {
		t.Decidable++
	}
	evidence := tells && v.Class == Right
	if evidence {
		t.Informative++
		t.Modes[ch.Mode]++
	}
	for _, name := range q.constructs() {
		c := t.count(name)
		if evidence {
			c.Informative++
		}
		if v.Code != "" {
			c.Refused++
		}
	}
}

// Failures is how many trials went against the rewriter, needless refusals apart.
func (t *Tally) Failures() (n int) {
	for class, k := range t.Classes {
		if class.Failed() && class != Needless {
			n += k
		}
	}
	return n
}

// Add takes over what another tally counted.
func (t *Tally) Add(o *Tally) {
	t.Trials, t.Informative, t.Decidable = t.Trials+o.Trials, t.Informative+o.Informative, t.Decidable+o.Decidable
	t.Sessions += o.Sessions
	t.Skipped, t.Duplicates = t.Skipped+o.Skipped, t.Duplicates+o.Duplicates
	t.Lost += o.Lost
	add(t.Classes, o.Classes)
	add(t.Modes, o.Modes)
	add(t.Codes, o.Codes)
	add(t.Excuses, o.Excuses)
	add(t.Refused, o.Refused)
	for name, from := range o.Constructs {
		to := t.count(name)
		to.Generated, to.Accepted, to.NonEmpty = to.Generated+from.Generated, to.Accepted+from.Accepted, to.NonEmpty+from.NonEmpty
		to.Informative, to.Refused = to.Informative+from.Informative, to.Refused+from.Refused
	}
}

func add[K comparable](to, from map[K]int) {
	for k, n := range from {
		to[k] += n
	}
}

// String is the tally for people.
func (t *Tally) String() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "trials %d, informative and right %d, decidable %d, needless refusals %d; %d trials skipped, %d queries met twice, %d sessions lost\n",
		t.Trials, t.Informative, t.Decidable, t.Classes[Needless], t.Skipped, t.Duplicates, t.Lost)
	_, _ = fmt.Fprintf(&b, "classes   %s\n", counts(t.Classes))
	_, _ = fmt.Fprintf(&b, "evidence  %s\n", counts(t.Modes))
	_, _ = fmt.Fprintf(&b, "refusals  %s\n", counts(t.Codes))
	_, _ = fmt.Fprintf(&b, "excuses   %s\n", counts(t.Excuses))
	if len(t.Constructs) > 0 {
		_, _ = fmt.Fprintf(&b, "%-22s %9s %9s %9s %11s %9s\n", "construct", "generated", "accepted", "non-empty", "informative", "refused")
	}
	for _, name := range slices.Sorted(maps.Keys(t.Constructs)) {
		c := t.Constructs[name]
		_, _ = fmt.Fprintf(&b, "%-22s %9d %9d %9d %11d %9d\n", name, c.Generated, c.Accepted, c.NonEmpty, c.Informative, c.Refused)
	}
	return b.String()
}

func counts[K ~string](m map[K]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(out, ", ")
}
