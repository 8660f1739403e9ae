package schema

import "strings"

// Declarations are what a config say about a change where the schema files cannot: plain values, with datasets
// named as in the files or by their last parts, and fields by paths of names joined by dots.
type Declarations struct {
	Renames  []Rename
	Values   []ValueRename
	Replaces []Replacement
	Casts    []Cast
	Drops    []Drop
}

// Rename says that a field has a new name. When the old one is still there, both work for a time.
type Rename struct{ Dataset, From, To string }

// ValueRename says that a value of an enum field has a new name.
type ValueRename struct{ Dataset, Field, From, To string }

// Replacement says that readers of Old should read Dataset instead. Fields of one name may be left out.
type Replacement struct {
	Dataset, Old string
	Fields       map[string]string // old to new
	Deadline     string
}

// Cast says how to read a field whose type changed: Read holds {} for the reference.
type Cast struct{ Dataset, Field, Read string }

// Drop says that readers may lose a removed field from their select lists.
type Drop struct{ Dataset, Field string }

// Since leaves out the renames and replacements that an earlier version of the config declared already: a
// config may keep them for as long as both names work, and they are news only once.
func (d Declarations) Since(earlier Declarations) Declarations {
	d.Renames = without(d.Renames, earlier.Renames, func(a, b Rename) bool { return a == b })
	d.Values = without(d.Values, earlier.Values, func(a, b ValueRename) bool { return a == b })
	d.Replaces = without(d.Replaces, earlier.Replaces, sameReplacement)
	return d
}

func without[T any](all, known []T, same func(a, b T) bool) []T {
	var out []T
	for _, a := range all {
		seen := false
		for _, b := range known {
			seen = seen || same(a, b)
		}
		if !seen {
			out = append(out, a)
		}
	}
	return out
}

// sameReplacement leaves the deadline out: another date is no other mapping.
func sameReplacement(a, b Replacement) bool {
	if a.Dataset != b.Dataset || a.Old != b.Old || len(a.Fields) != len(b.Fields) {
		return false
	}
	for from, to := range a.Fields {
		if b.Fields[from] != to {
			return false
		}
	}
	return true
}

// of returns what is declared for a dataset that is named so before or after.
func (d Declarations) of(names ...string) Declarations {
	here := func(dataset string) bool {
		for _, n := range names {
			if sameTail(n, dataset) {
				return true
			}
		}
		return false
	}
	return Declarations{
		Renames:  keep(d.Renames, func(r Rename) bool { return here(r.Dataset) }),
		Values:   keep(d.Values, func(v ValueRename) bool { return here(v.Dataset) }),
		Replaces: d.Replaces,
		Casts:    keep(d.Casts, func(c Cast) bool { return here(c.Dataset) }),
		Drops:    keep(d.Drops, func(r Drop) bool { return here(r.Dataset) }),
	}
}

func keep[T any](all []T, want func(T) bool) []T {
	var out []T
	for _, v := range all {
		if want(v) {
			out = append(out, v)
		}
	}
	return out
}

// samePath compares two paths as a person writes them: without marks, whatever their case.
func samePath(a, b string) bool { return strings.EqualFold(Names(a), Names(b)) }

// cast returns the declared way to read any of the paths.
func (d Declarations) cast(paths ...string) string {
	for _, c := range d.Casts {
		for _, p := range paths {
			if samePath(c.Field, p) {
				return c.Read
			}
		}
	}
	return ""
}

func (d Declarations) drops(path string) bool {
	for _, r := range d.Drops {
		if samePath(r.Field, path) {
			return true
		}
	}
	return false
}

// value returns the old name that is declared for an enum's value.
func (d Declarations) value(to string, paths ...string) (string, bool) {
	for _, v := range d.Values {
		for _, p := range paths {
			if v.To == to && samePath(v.Field, p) {
				return v.From, true
			}
		}
	}
	return "", false
}
