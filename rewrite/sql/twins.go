package sql

import (
	"slices"
	"strconv"
	"strings"
)

// numberTwins gives the columns of a subquery that have the name of an earlier one the names that they then go by:
// name_1, name_2, … A column that is a twin in one schema only cannot be followed.
func (r *resolver) numberTwins(rel *relation) {
	if !r.hasTwins(rel.cols) {
		return
	}
	rel.cols = r.mem.cols.pushAll(nil, rel.cols)
	was, is := map[string]int{}, map[string]int{}
	for i := range rel.cols {
		c := &rel.cols[i]
		c.twin = numberTwin(&c.before, was) != numberTwin(&c.after, is) || c.twin // a twin on both sides is followed
	}
}

// markTwins: what a pivot makes has the names that its text gives, and a column that stays may have one of them in one
// schema only. Which of the two is then read is the engine's affair.
func (r *resolver) markTwins(rel *relation) {
	if !r.hasTwins(rel.cols) {
		return
	}
	rel.cols = r.mem.cols.pushAll(nil, rel.cols)
	for i := range rel.cols {
		for k := range rel.cols[:i] {
			a, b := &rel.cols[i], &rel.cols[k]
			if r.d.same(a.before, b.before) != r.d.same(a.after, b.after) {
				a.twin, b.twin = true, true
			}
		}
	}
}

// hasTwins looks closer only at names whose hash it has seen.
func (r *resolver) hasTwins(cols []outcol) bool {
	var seen [2][4]uint64
	for i := range cols {
		for s, n := range [...]name{cols[i].before, cols[i].after} {
			word, bit := &seen[s][n.hash>>6&3], uint64(1)<<(n.hash&63)
			earlier := func(c outcol) bool { return r.d.same(*c.on(side(s == 1)), n) }
			if *word&bit != 0 && slices.ContainsFunc(cols[:i], earlier) {
				return true
			}
			*word |= bit
		}
	}
	return false
}

// numberTwin gives a name its number if it is a twin. taken has the names before it, with the next number of each.
func numberTwin(at *name, taken map[string]int) bool {
	text := strings.ToLower(at.text)
	n, twin := taken[text]
	switch {
	case text == "":
	case !twin:
		taken[text] = 1
	default:
		numbered := at.text
		for used := true; used; n++ {
			numbered = at.text + "_" + strconv.Itoa(n)
			_, used = taken[strings.ToLower(numbered)]
		}
		taken[text], taken[strings.ToLower(numbered)] = n, 1
		*at = exactly(numbered)
	}
	return twin
}
