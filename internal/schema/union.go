package schema

import "slices"

// Branch is what a union calls an alternative: the name of a named type, else the type on the wire.
func (t Type) Branch() string {
	switch {
	case t.Name != "":
		return lastPart(t.Name)
	case t.Kind == "string":
		return "string"
	case t.Base != nil:
		return t.Base.Branch()
	case t.Kind == "integer" && t.Bits == 32:
		return "int"
	case t.Kind == "integer":
		return "long"
	case t.Kind == "float" && t.Bits == 64:
		return "double"
	}
	return t.Kind
}

// compareUnions judges a change of the alternatives by who can still read whose values. Differences within an
// alternative that both sides have are told of that alternative.
func compareUnions(old, next Type) string {
	was, is := old.alternatives(), next.alternatives()
	if old.Kind == next.Kind && slices.Equal(branches(was), branches(is)) {
		return ""
	}
	backward, forward := reads(is, was), reads(was, is)
	switch {
	case backward && forward:
		return "union_changed_covered"
	case backward:
		return "union_changed_wider"
	case forward:
		return "union_changed_narrower"
	}
	return "union_changed"
}

// alternatives returns what a union may hold; any other type has itself alone.
func (t Type) alternatives() []Type {
	if t.Kind == "union" {
		return t.Of
	}
	return []Type{t}
}

func branches(types []Type) []string {
	var out []string
	for _, t := range types {
		out = append(out, t.Branch())
	}
	slices.Sort(out)
	return out
}

// reads reports whether every alternative of the data is taken by one of the reader.
func reads(reader, data []Type) bool {
	for _, d := range data {
		if !slices.ContainsFunc(reader, func(r Type) bool { return r.takes(d) }) {
			return false
		}
	}
	return true
}

// takes reports whether a newer type t reads data of type d.
func (t Type) takes(d Type) bool {
	rule := compareTypes(d, t)
	if rule == "" {
		return t.Elem == nil || d.Elem == nil || t.Elem.takes(*d.Elem)
	}
	r, _ := RuleFor(rule)
	return r.Backward != Breaks
}

// alternatives compares the alternatives that two unions share. What came and went was told of the union.
func (t *table) alternatives(l level) {
	for _, n := range l.next {
		for _, o := range l.old {
			if o.Name != n.Name {
				continue
			}
			oldPath, nextPath := join(l.oldPath, o.Name), join(l.nextPath, n.Name)
			t.compareType(oldPath, o.Type, n.Type, n)
			t.enum(oldPath, o, n)
			t.members(oldPath, nextPath, o, n)
		}
	}
}
