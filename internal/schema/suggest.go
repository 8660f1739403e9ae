package schema

import (
	"slices"
	"strings"
	"unicode"
)

// alike is the least similarity of two names that makes a rename likely.
const alike = 0.6

// likely reports whether the only field removed and the only one added among siblings may be one renamed: same
// type and nullability, and the same place or a similar name.
func likely(old, next Field, samePlace bool) bool {
	if old.Nullable != next.Nullable || compareTypes(old.Type, next.Type) != "" || !sameMembers(old.Fields, next.Fields) {
		return false
	}
	return samePlace || similarity(old.Name, next.Name) >= alike
}

// sameMembers compares two structs shallowly but exactly: a guess never rests on another guess.
func sameMembers(old, next []Field) bool {
	return slices.EqualFunc(old, next, func(a, b Field) bool {
		return strings.EqualFold(a.Name, b.Name) && compareTypes(a.Type, b.Type) == "" && sameMembers(a.Fields, b.Fields)
	})
}

// suggestDataset names the only dataset removed and the only one added to each other when they have the same
// fields.
func (d *differ) suggestDataset(gone, fresh []int, replaced map[string]bool) map[string]string {
	if len(gone) != 1 || len(fresh) != 1 {
		return nil
	}
	old, next := d.before.Datasets[gone[0]], d.after.Datasets[fresh[0]]
	if replaced[old.Name] || len(old.Fields) == 0 || !sameMembers(old.Fields, next.Fields) {
		return nil
	}
	return map[string]string{old.Name: next.Name, next.Name: old.Name}
}

// similarity compares two names as sets of words, with usual abbreviations spelled out: from 0 to 1.
func similarity(a, b string) float64 {
	x, y := words(a), words(b)
	both := 0
	for _, w := range x {
		if slices.Contains(y, w) {
			both++
		}
	}
	if len(x)+len(y) == 0 {
		return 0
	}
	return 2 * float64(both) / float64(len(x)+len(y))
}

// words splits snake_case and camelCase, in lower case, each word once.
func words(name string) []string {
	var out []string
	var word []rune
	flush := func() {
		if w := spelledOut(strings.ToLower(string(word))); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
		word = word[:0]
	}
	lowerBefore := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			lowerBefore = false
			continue
		}
		if unicode.IsUpper(r) && lowerBefore {
			flush()
		}
		lowerBefore = unicode.IsLower(r) || unicode.IsDigit(r)
		word = append(word, r)
	}
	flush()
	return out
}

// spelledOut undoes the abbreviations that column names use most.
func spelledOut(w string) string {
	switch w {
	case "identifier", "key":
		return "id"
	case "ts", "time", "at", "datetime":
		return "timestamp"
	case "dt", "day":
		return "date"
	case "cust", "client":
		return "customer"
	case "acct", "acc":
		return "account"
	case "amt":
		return "amount"
	case "qty":
		return "quantity"
	case "num", "no", "nr", "nbr":
		return "number"
	case "cnt":
		return "count"
	case "addr":
		return "address"
	case "desc", "descr":
		return "description"
	case "cat":
		return "category"
	case "prod":
		return "product"
	case "org":
		return "organization"
	case "usr":
		return "user"
	}
	return w
}
