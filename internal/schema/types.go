package schema

import "math"

// compareTypes returns the rule for a change of one type, not looking into elements and members; "" for none.
func compareTypes(old, next Type) string {
	switch {
	case old.Wire == "json" || next.Wire == "json":
		return compareJSON(old, next)
	case old.Wire != "" || next.Wire != "":
		return compareWire(old, next)
	case old.Kind == "unknown" || next.Kind == "unknown":
		return ""
	case old.Kind == "union" || next.Kind == "union":
		return compareUnions(old, next)
	case old.Base != nil || next.Base != nil:
		return compareCarried(old, next)
	case old.Name != "" || next.Name != "":
		return compareNamed(old, next)
	case old.Kind != next.Kind:
		return otherKind(old, next)
	}
	return sameKind(old, next)
}

// sameKind compares the parameters of two types of one kind.
func sameKind(old, next Type) string {
	switch old.Kind {
	case "integer":
		return compareIntegers(old, next)
	case "float":
		return wider(orElse(old.Bits, 64), orElse(next.Bits, 64))
	case "decimal":
		return comparePrecision(decimalSize(old), decimalSize(next))
	case "string", "bytes":
		return compareLengths(old, next)
	case "time", "timestamp":
		if old.Zone != next.Zone {
			return "type_changed_zone"
		}
		return comparePrecision([]int{orElse(old.Scale, 6)}, []int{orElse(next.Scale, 6)})
	case "map":
		if old.Key != nil && next.Key != nil && compareTypes(*old.Key, *next.Key) != "" {
			return "type_changed"
		}
	case "other":
		if !sameText(old.Physical, next.Physical) {
			return "type_changed"
		}
	}
	return ""
}

func compareIntegers(old, next Type) string {
	was, is := orElse(old.Bits, 64), orElse(next.Bits, 64)
	switch {
	case old.Unsigned == next.Unsigned:
		return wider(was, is)
	case old.Unsigned && is > was:
		return "type_widened"
	case next.Unsigned && was > is:
		return "type_narrowed"
	}
	return "type_changed"
}

func compareLengths(old, next Type) string {
	rule := comparePrecision([]int{orElse(old.Length, math.MaxInt)}, []int{orElse(next.Length, math.MaxInt)})
	if rule == "" && old.Fixed != next.Fixed {
		return "precision_changed"
	}
	return rule
}

func wider(was, is int) string {
	switch {
	case is > was:
		return "type_widened"
	case is < was:
		return "type_narrowed"
	}
	return ""
}

func comparePrecision(was, is []int) string {
	rule := ""
	for i := range was {
		if is[i] < was[i] {
			return "precision_changed_narrower"
		}
		if is[i] > was[i] {
			rule = "precision_changed"
		}
	}
	if rule != "" && len(was) == 2 && is[0] != math.MaxInt && is[0]-is[1] < was[0]-was[1] {
		return "precision_changed_narrower" // more scale took digits from before the point
	}
	return rule
}

// otherKind judges two types of different kinds.
func otherKind(old, next Type) string {
	if (old.Kind == "array") != (next.Kind == "array") {
		return cardinality(old, next)
	}
	if holds(next, old) {
		return "type_widened"
	}
	if holds(old, next) {
		return "type_narrowed"
	}
	return "type_changed"
}

func cardinality(old, next Type) string {
	one, many := old, next
	if old.Kind == "array" {
		one, many = next, old
	}
	if many.Elem != nil && many.Elem.Kind != one.Kind {
		return "type_changed"
	}
	return "cardinality_changed"
}

// holds reports whether every value of a type of another kind is one of t as well.
func holds(t, of Type) bool {
	switch t.Kind + " " + of.Kind {
	case "decimal integer":
		return t.Digits == 0 || t.Digits-t.Scale >= decimalDigits(of)
	case "float integer", "timestamp date", "string enum", "string uuid":
		return true
	}
	return false
}

// decimalSize returns precision and scale; a decimal without any takes what comes.
func decimalSize(t Type) []int {
	if t.Digits == 0 {
		return []int{math.MaxInt, math.MaxInt}
	}
	return []int{t.Digits, t.Scale}
}

func decimalDigits(integer Type) int {
	switch orElse(integer.Bits, 64) {
	case 8:
		return 3
	case 16:
		return 5
	case 24:
		return 8
	case 32:
		return 10
	case 64:
		return 19
	}
	return 78 // up to 256 bits
}

func orElse(v, unset int) int {
	if v == 0 {
		return unset
	}
	return v
}
