package demo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// same says how the outputs of two sets of models differ; "" when they do not. The case of a column's name is the
// engine's affair.
func same(want, got map[string]result) string {
	for _, file := range slices.Sorted(maps.Keys(want)) {
		w, g := want[file], got[file]
		if !slices.EqualFunc(w.columns, g.columns, strings.EqualFold) {
			return fmt.Sprintf("%s has the columns %v, had %v", file, g.columns, w.columns)
		}
		if !slices.EqualFunc(w.values, g.values, slices.Equal) {
			return fmt.Sprintf("%s returns %v, returned %v", file, g.values, w.values)
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("there are %d models, there were %d", len(got), len(want))
	}
	return ""
}
