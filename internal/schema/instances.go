package schema

import (
	"math/big"
	"slices"
	"strings"
)

// A JSON Schema tells which documents are valid. A change is judged by that alone: old documents that are no longer
// valid break new readers, and new ones that were not valid break old readers. So a looser schema breaks one side
// here, and what an object says about names that it does not list decides what a new property means.

// instances reports whether the dataset's schema is a set of documents.
func (t *table) instances() bool { return t.formatOf(t.after, t.next) == "jsonschema" }

// compareJSON compares types as sets of values. Structs, unions, lists and enums are compared part by part elsewhere.
func compareJSON(old, next Type) string {
	switch {
	case old.Kind == "unknown" || next.Kind == "unknown":
		return ""
	case old.Kind == next.Kind:
		return compareBases(old, next)
	case next.Kind == "any" || old.Kind == "never":
		return "type_widened"
	case old.Kind == "any" || next.Kind == "never":
		return "type_narrowed"
	case note(old) || note(next):
		return compareNotes(old, next)
	case includes(next, old):
		return "type_widened"
	case includes(old, next):
		return "type_narrowed"
	case (old.Kind == "array") != (next.Kind == "array"):
		return cardinality(old, next)
	}
	return "type_changed"
}

// compareBases compares the values that two enums are made of.
func compareBases(old, next Type) string {
	if old.Kind == "enum" && old.Base != nil && next.Base != nil && old.Base.Kind != next.Base.Kind && !includes(*old.Base, *next.Base) && !includes(*next.Base, *old.Base) {
		return "type_changed"
	}
	return ""
}

// note reports whether the type is a string with a format that validators pass over.
func note(t Type) bool { return t.Base != nil && t.Kind != "enum" }

func compareNotes(old, next Type) string {
	if note(old) {
		old = *old.Base
	}
	if note(next) {
		next = *next.Base
	}
	if rule := compareJSON(old, next); rule != "" {
		return rule
	}
	return "type_changed_logical"
}

// includes reports whether every value of a type of another kind is one of t as well.
func includes(t, of Type) bool {
	if of.Kind == "enum" && of.Base != nil {
		return t.Kind == of.Base.Kind || includes(t, *of.Base)
	}
	switch t.Kind + " " + of.Kind {
	case "float integer", "string timestamp", "string date", "string time", "string uuid", "string interval":
		return true
	}
	return false
}

// asField is the whole dataset as one value.
func (d Dataset) asField() Field {
	if d.Value && len(d.Fields) == 1 {
		return d.Fields[0]
	}
	return Field{Name: "value", Required: true, Type: Type{Kind: "struct", Wire: "json", Physical: "object"},
		Fields: d.Fields, Constraints: d.Constraints, Content: d.Content, Pos: d.Pos}
}

// whole compares datasets of which one is no object, or both are none.
func (t *table) whole() {
	if t.old.Value || t.next.Value {
		t.instance("value", "value", t.old.asField(), t.next.asField())
		return
	}
	t.conditions("", t.old.asField(), t.next.asField())
	t.level(level{old: t.old.Fields, next: t.next.Fields, was: t.old.Content, is: t.next.Content, pos: t.next.Pos})
}

// instance compares what two versions of one value may be.
func (t *table) instance(oldPath, nextPath string, old, next Field) {
	old, next = asObjects(old, next)
	if old.Required != next.Required {
		rule, c := "nullable_relaxed", Change{Path: oldPath, Before: "required", After: "optional", Position: next.Pos}
		if next.Required {
			rule, c.Before, c.After = "nullable_tightened", c.After, c.Before
		}
		t.report(rule, c)
	}
	if unlimited(old.Type) != unlimited(next.Type) {
		t.compareType(oldPath, old.Type, next.Type, next)
		return
	}
	t.nullability(oldPath, old, next)
	t.conditions(oldPath, old, next)
	t.sameKinds(oldPath, nextPath, old, next)
}

func unlimited(t Type) bool { return t.Kind == "any" || t.Kind == "unknown" || t.Kind == "never" }

// sameKinds compares types, and then whatever hangs on them.
func (t *table) sameKinds(oldPath, nextPath string, old, next Field) {
	if (old.Type.Kind == "union") != (next.Type.Kind == "union") && !unlimited(old.Type) && !unlimited(next.Type) {
		t.oneAmong(oldPath, nextPath, old, next)
		return
	}
	t.compareType(oldPath, old.Type, next.Type, next)
	t.enum(oldPath, old, next)
	marks := next.Type.Leads()
	if marks != old.Type.Leads() {
		return
	}
	switch {
	case lead("struct", old.Type, next.Type):
		t.level(level{old: old.Fields, next: next.Fields, oldPath: oldPath + marks, nextPath: nextPath + marks, was: old.Content, is: next.Content, pos: next.Pos})
	case lead("union", old.Type, next.Type):
		t.unionParts(oldPath+marks, nextPath+marks, old, next)
	}
}

// asObjects takes a map for the object that it is, where the other side has one with fields. Anything is an open
// object when the other side is one that need not be an object.
func asObjects(old, next Field) (Field, Field) {
	switch {
	case old.Type.Kind == "any" && next.loose():
		old.Type, old.Nullable = next.Type, next.Nullable
	case next.Type.Kind == "any" && old.loose():
		next.Type, next.Nullable = old.Type, old.Nullable
	case old.Type.Kind == "map" && next.Type.Kind == "struct":
		return old.asObject(), next
	case next.Type.Kind == "map" && old.Type.Kind == "struct":
		return old, next.asObject()
	}
	return old, next
}

// toldTypes leaves out the conditions that only say the type, where a change of the type says more.
func (f Field) toldTypes(other Field) []Constraint {
	var out []Constraint
	for _, c := range f.Constraints {
		marks := len(c.Name) - len(strings.TrimLeft(c.Name, "[]{}"))
		if c.Name[marks:] != "type" || f.Type.below(marks/2).Kind == other.Type.below(marks/2).Kind {
			out = append(out, c)
		}
	}
	return out
}

// below is what a type holds, so many marks deep.
func (t Type) below(marks int) Type {
	for ; marks > 0; marks-- {
		if t.Elem == nil {
			return Type{}
		}
		t = *t.Elem
	}
	return t
}

// limits reports whether what no keyword speaks of is limited in a value, so many marks deep.
func (f Field) limits(marks string) bool {
	if slices.ContainsFunc(f.Constraints, func(c Constraint) bool {
		return c.Name == marks+"unevaluatedItems" || c.Name == marks+"additionalItems"
	}) {
		return true
	}
	switch t := f.Type.below(len(marks) / 2); t.Kind {
	case "struct":
		return f.Closed || f.Rest != nil
	case "map", "array":
		return t.Elem.Kind != "any"
	case "any":
		return false
	}
	return true
}

// loose reports whether the keywords of objects stand there without a type.
func (f Field) loose() bool {
	return f.Type.Kind == "struct" && !slices.ContainsFunc(f.Constraints, func(c Constraint) bool { return c.Name == "type" })
}

func (f Field) asObject() Field {
	rest := f
	rest.Name, rest.Type, rest.Nullable, rest.Required, rest.Constraints = "{}", *f.Type.Elem, f.Type.Elem.Nullable, false, nil
	var own []Constraint
	for _, c := range f.Constraints {
		if inner, ok := strings.CutPrefix(c.Name, "{}"); ok {
			c.Name = inner
			rest.Constraints = append(rest.Constraints, c)
		} else {
			own = append(own, c)
		}
	}
	f.Type, f.Fields, f.Enum, f.Constraints, f.Content = Type{Kind: "struct", Wire: "json", Physical: "object"}, nil, nil, own, Content{Rest: &rest}
	return f
}

// oneAmong compares a value with alternatives, of which at most one is of its kind.
func (t *table) oneAmong(oldPath, nextPath string, old, next Field) {
	many, one, wider := next, old, true
	if old.Type.Kind == "union" {
		many, one, wider = old, next, false
	}
	var like []Field
	for _, a := range many.Fields {
		if a.Type.Kind == one.Type.Kind || includes(a.Type, one.Type) {
			like = append(like, a)
		}
	}
	c := Change{Path: oldPath, Before: old.Type.Physical, After: next.Type.Physical, Position: next.Pos}
	switch {
	case len(like) != 1:
		t.report("union_changed", c)
		return
	case wider:
		t.report("union_changed_wider", c)
		if like[0].Type.Kind == old.Type.Kind {
			t.sameKinds(oldPath, join(nextPath, like[0].Name), old, like[0])
		}
	default:
		t.report("union_changed_narrower", c)
		if like[0].Type.Kind == next.Type.Kind {
			t.sameKinds(join(oldPath, like[0].Name), nextPath, like[0], next)
		}
	}
}

// unionParts compares alternatives of one name, and reports those that came or went.
func (t *table) unionParts(oldPath, nextPath string, old, next Field) {
	was, is := fieldNames(old.Fields), fieldNames(next.Fields)
	came, went := missing(next.Fields, was), missing(old.Fields, is)
	c := Change{Path: strings.TrimRight(oldPath, "[]{}"), Before: old.Type.Physical, After: next.Type.Physical, Position: next.Pos}
	switch {
	case came && went:
		t.report("union_changed", c)
	case came:
		t.report("union_changed_wider", c)
	case went:
		t.report("union_changed_narrower", c)
	}
	byName := map[string]Field{}
	for _, o := range old.Fields {
		byName[o.Name] = o
	}
	for _, n := range next.Fields {
		if o, both := byName[n.Name]; both {
			t.instance(join(oldPath, o.Name), join(nextPath, n.Name), o, n)
		}
	}
}

func missing(fields []Field, among map[string]bool) bool {
	for _, f := range fields {
		if !among[f.Name] {
			return true
		}
	}
	return false
}

// content compares what objects say about names that they do not list.
func (t *table) content(l level) {
	was, is := l.was, l.is
	path, at := l.oldPath, l.pos
	if is.Rest != nil {
		at = is.Rest.Pos
	}
	c := Change{Path: path, Before: contentText(was), After: contentText(is), Position: at}
	switch {
	case was.Closed && is.Closed, was.Rest == nil && is.Rest == nil && was.Closed == is.Closed:
	case was.Closed, is.Rest == nil && !is.Closed:
		t.report("constraint_relaxed_instances", c)
	case is.Closed, was.Rest == nil:
		t.report("constraint_tightened", c)
	default:
		t.instance(path+"{}", l.nextPath+"{}", *was.Rest, *is.Rest)
	}
}

func contentText(c Content) string {
	switch {
	case c.Closed:
		return "no other properties"
	case c.Rest != nil:
		return "other properties: " + c.Rest.Type.Physical
	}
	return "any other properties"
}

// instanceAddition judges a new property by what the old object took under its name.
func instanceAddition(l level, next Field) string {
	forward, backward := l.was.takes(next)
	backward = backward && !next.Required
	tighter := "_open"
	if next.Required {
		tighter = "_required"
	}
	return "field_added" + inclusion(forward, backward, "", tighter, "_closed", "_closed_required")
}

// instanceRemoval judges a property that is gone by what the new object takes under its name.
func instanceRemoval(l level, old Field) string {
	backward, forward := l.is.takes(old)
	forward = forward && !old.Required
	return inclusion(forward, backward, "_free", "_closed", "", "_closed_required")
}

// inclusion picks by the two verdicts: both well, only forward, only backward, neither.
func inclusion(forward, backward bool, both, onlyForward, onlyBackward, neither string) string {
	switch {
	case forward && backward:
		return both
	case forward:
		return onlyForward
	case backward:
		return onlyBackward
	}
	return neither
}

// takes compares a property with what an object holds under names that it does not list: whether all values of the
// property fit there, and whether all that fits there are values of the property.
func (c Content) takes(f Field) (fits, filled bool) {
	if c.Closed {
		return f.Type.Kind == "never", true
	}
	if c.Rest == nil {
		return true, f.Type.Kind == "any" && len(f.Constraints) == 0
	}
	if f.Type.Kind == "struct" || f.Type.Kind == "union" || len(f.Constraints)+len(c.Rest.Constraints) > 0 {
		return false, false // that they are alike would take a proof
	}
	switch compareJSON(c.Rest.Type, f.Type) {
	case "":
		return f.Nullable == c.Rest.Nullable || c.Rest.Nullable, f.Nullable == c.Rest.Nullable || f.Nullable
	case "type_widened":
		return false, true
	case "type_narrowed":
		return true, false
	}
	return false, false
}

// conditions pairs the conditions on a value: those that are alike, then those of one name in their order.
func (t *table) conditions(path string, old, next Field) {
	was, is := unlike(old.toldTypes(next), next.toldTypes(old)), unlike(next.toldTypes(old), old.toldTypes(next))
	left := map[string][]Constraint{}
	for _, o := range was {
		left[o.Name] = append(left[o.Name], o)
	}
	for _, n := range is {
		c := Change{Path: marked(path, n.Name), After: conditionText(n), Position: n.Pos}
		if len(left[n.Name]) == 0 {
			t.report(unlessAdmits(n, old, "constraint_tightened"), c)
			continue
		}
		o := left[n.Name][0]
		left[n.Name] = left[n.Name][1:]
		if strings.TrimLeft(n.Name, "[]{}") == "type" {
			continue // told as a change of the type
		}
		c.Before = conditionText(o)
		t.conditionChanged(c, n.Name, o.Expr, n.Expr)
	}
	for _, o := range was {
		if gone := left[o.Name]; len(gone) > 0 && gone[0] == o {
			left[o.Name] = gone[1:]
			t.report(unlessAdmits(o, next, "constraint_relaxed_instances"), Change{Path: marked(path, o.Name), Before: conditionText(o), Side: "old", Position: o.Pos})
		}
	}
}

// unlessAdmits is the rule for a condition that came or went. One that admits makes some valid, and some not, unless
// the side without it lets everything through.
func unlessAdmits(c Constraint, without Field, rule string) string {
	marks := c.Name[:len(c.Name)-len(strings.TrimLeft(c.Name, "[]{}"))]
	if c.Admits && without.limits(marks) {
		return "constraint_tightened_other"
	}
	return rule
}

// unlike leaves out the conditions that the other side has too, each as often as it has it.
func unlike(of, other []Constraint) []Constraint {
	type condition struct{ name, expr string }
	there := map[condition]int{}
	for _, c := range other {
		there[condition{c.Name, c.Expr}]++
	}
	var out []Constraint
	for _, c := range of {
		if key := (condition{c.Name, c.Expr}); there[key] > 0 {
			there[key]--
		} else {
			out = append(out, c)
		}
	}
	return out
}

// conditionChanged tells the looser bound from the tighter one. What cannot be compared is one gone and one new.
func (t *table) conditionChanged(c Change, name, was, is string) {
	switch looser(strings.TrimLeft(name, "[]{}"), was, is) {
	case 1:
		t.report("constraint_relaxed_instances", c)
	case -1:
		t.report("constraint_tightened", c)
	default:
		t.report("constraint_tightened_other", c)
	}
}

// looser returns 1 when the new bound lets more values through, -1 when fewer, 0 when that cannot be told.
func looser(name, was, is string) int {
	old, ok := new(big.Rat).SetString(was)
	next, also := new(big.Rat).SetString(is)
	if !ok || !also {
		return 0
	}
	switch {
	case strings.HasPrefix(name, "max"), name == "exclusiveMaximum":
		return next.Cmp(old)
	case strings.HasPrefix(name, "min"), name == "exclusiveMinimum":
		return old.Cmp(next)
	case name == "multipleOf" && next.Sign() != 0 && new(big.Rat).Quo(old, next).IsInt():
		return 1
	case name == "multipleOf" && old.Sign() != 0 && new(big.Rat).Quo(next, old).IsInt():
		return -1
	}
	return 0
}

// marked is the path of what a condition is about.
func marked(path, name string) string {
	return path + name[:len(name)-len(strings.TrimLeft(name, "[]{}"))]
}

func conditionText(c Constraint) string {
	const most = 120
	text := strings.TrimLeft(c.Name, "[]{}") + " " + c.Expr
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
