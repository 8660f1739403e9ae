package schema

import (
	"fmt"
	"maps"
	"sort"
	"strconv"
)

// Protobuf's readers know fields by number and see no more of a value than how it is encoded. They never fail for
// want of a field, and names matter only to code, JSON and queries. This file says what changes mean for them.

// numbered reports whether readers of the dataset go by numbers.
func (t *table) numbered() bool { return t.formatOf(t.after, t.next) == "protobuf" }

// numbers is what a level's siblings say about numbers and oneofs, on both sides.
type numbers struct {
	taken    map[int]bool    // the numbers of the new fields
	was, is  map[string]bool // the oneofs
	survives map[string]bool // the old oneofs of which a field is in one still
	into     map[string]sources
}

func numbersOf(l level) *numbers {
	n := &numbers{taken: map[int]bool{}, was: map[string]bool{}, is: map[string]bool{}, survives: map[string]bool{}}
	for _, f := range l.old {
		n.was[f.Oneof] = true
	}
	for _, f := range l.next {
		n.is[f.Oneof], n.taken[f.ID] = true, true
	}
	return n
}

// pairNumbers pairs fields by their numbers, nil when they have none. A name that both sides have outweighs a
// number, and a number under an unlike name and with another encoding was reused.
func pairNumbers(l level) []int {
	numbers, was, is := map[int]int{}, fieldNames(l.old), fieldNames(l.next)
	for i, o := range l.old {
		if o.ID != 0 {
			numbers[o.ID] = i
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	match := make([]int, len(l.next))
	for i, n := range l.next {
		match[i] = -1
		o, ok := numbers[n.ID]
		if ok && (l.old[o].Name == n.Name || !was[n.Name] && !is[l.old[o].Name] && !reused(l.old[o], n)) {
			match[i] = o
		}
	}
	return match
}

func fieldNames(fields []Field) map[string]bool {
	names := make(map[string]bool, len(fields))
	for _, f := range fields {
		names[f.Name] = true
	}
	return names
}

func reused(old, next Field) bool {
	rule := compareTypes(old.Type, next.Type)
	return (rule == "type_changed" || rule == "cardinality_changed") && similarity(old.Name, next.Name) < alike
}

func numberedAddition(l level, next Field) string {
	switch {
	case next.Required:
		return "field_added_required"
	case next.Oneof != "" && l.numbers.was[next.Oneof]:
		return "field_added_oneof"
	}
	return "field_added"
}

// numberedRemoval is the circumstance of a removal: what became of the number matters most.
func numberedRemoval(l level, old Field) string {
	switch {
	case l.numbers.taken[old.ID]:
		return "_reused"
	case old.Required:
		return ""
	case old.Oneof != "" && l.numbers.survives[old.Oneof]:
		return "_oneof"
	case holdsBack(l.is.Reserved, old.ID):
		return "_reserved"
	}
	return "_number"
}

// holdsBack reports whether one of the ranges, which are in order, holds a number.
func holdsBack(reserved []Reserved, number int) bool {
	return covered(Reserved{From: number, To: number}, reserved)
}

// compareWire compares types by their encodings first, and then by what the values mean.
func compareWire(old, next Type) string {
	switch {
	case old.Kind == "array" && next.Kind == "array":
		return ""
	case old.Kind == "array":
		return runs(old, next)
	case next.Kind == "array":
		return runs(next, old)
	case old.Wire != next.Wire:
		return "type_changed"
	case old.Kind == "map":
		if compareTypes(*old.Key, *next.Key) != "" {
			return "type_changed"
		}
		return ""
	case old.Wire == "message" || old.Wire == "group":
		return compareMessages(old, next)
	case old.Kind == "enum" && next.Kind == "enum":
		return compareMessages(old, next)
	}
	return compareEncoded(old, next)
}

// runs compares a repeated type with one that is not: readers of one value can take the last of several when
// these stand one by one.
func runs(many, one Type) string {
	switch {
	case compareWire(*many.Elem, one) == "type_changed":
		return "type_changed"
	case many.Wire == "packed" || one.Kind == "map" || one.Wire != "text" && one.Wire != "message":
		return "cardinality_changed"
	}
	return "cardinality_changed_wire"
}

func compareMessages(old, next Type) string {
	opaque := old.Kind == "unknown" || next.Kind == "unknown"
	switch {
	case old.Kind != next.Kind && !opaque:
		return "type_changed"
	case lastPart(old.Name) != lastPart(next.Name), old.Kind == next.Kind && opaque && old.Name != next.Name:
		return "type_changed_message"
	}
	return ""
}

// compareEncoded compares types of one encoding.
func compareEncoded(old, next Type) string {
	switch {
	case old.Kind == "boolean" && next.Kind == "integer", old.Kind == "enum" && next.Kind == "integer" && !next.Unsigned,
		old.Kind == "string" && next.Kind == "bytes":
		return "type_widened_wire"
	case next.Kind == "boolean" && old.Kind == "integer", next.Kind == "enum" && old.Kind == "integer" && !old.Unsigned,
		next.Kind == "string" && old.Kind == "bytes":
		return "type_narrowed_wire"
	case old.Kind != next.Kind:
		return "type_changed_wire"
	}
	if rule := sameKind(old, next); rule != "" {
		return rule + "_wire"
	}
	return ""
}

// identity reports what names a field in encoded data: its number, and its key in JSON.
func (t *table) identity(path string, old, next Field) {
	if old.ID != next.ID && t.numbered() {
		t.report("field_id_changed", Change{Path: path, Before: strconv.Itoa(old.ID), After: strconv.Itoa(next.ID), Position: next.Pos})
	}
	if old.Label != next.Label && old.Name == next.Name {
		t.report("field_id_changed_json", Change{Path: path, Before: old.Label, After: next.Label, Position: next.Pos})
	}
}

// presence compares how a reader can tell that a field is not set. Moving into a oneof or out of it says it too.
func (t *table) presence(path string, old, next Field) {
	if old.Required != next.Required {
		rule, c := "nullable_relaxed", Change{Path: path, Before: "required", After: "optional", Position: next.Pos}
		if next.Required {
			rule, c.Before, c.After = "nullable_tightened", c.After, c.Before
		}
		t.report(rule, c)
		return
	}
	if old.Nullable == next.Nullable || old.Oneof != next.Oneof || !choosesPresence(next.Type) {
		return
	}
	rule, c := "nullable_relaxed_presence", Change{Path: path, Before: "no presence", After: "presence", Position: next.Pos}
	if old.Nullable {
		rule, c.Before, c.After = "nullable_tightened_presence", c.After, c.Before
	}
	t.report(rule, c)
}

// choosesPresence reports whether the type leaves it open if a field has presence: lists never do, messages always.
func choosesPresence(t Type) bool { return t.Elem == nil && t.Wire != "message" && t.Wire != "group" }

// numberedEnum compares values by name and then by number. Several names may share a number.
func (t *table) numberedEnum(path string, old, next Field) {
	if old.EnumOpen != next.EnumOpen {
		t.report("default_changed", Change{Path: path, Before: unknownValues(old), After: unknownValues(next), Position: next.Pos})
	}
	if maps.Equal(old.EnumID, next.EnumID) {
		t.reserved(level{oldPath: path, was: old.Content, is: next.Content})
		return
	}
	was, is := valueNumbers(old), valueNumbers(next)
	taken := map[string]bool{}
	for _, v := range next.Enum {
		number := next.EnumID[v]
		c := Change{Path: path, After: v, Position: enumPos(next, v)}
		if before, same := old.EnumID[v]; same {
			if before != number {
				c.Before, c.After = fmt.Sprintf("%s = %d", v, before), fmt.Sprintf("%s = %d", v, number)
				t.report("field_id_changed_value", c)
			}
			continue
		}
		if from := goneName(was[number], next, taken); from != "" {
			taken[from], c.Before, c.Evidence = true, from, Declared
			t.report("enum_value_renamed_number", c)
			continue
		}
		t.report(valueAddition(was[number], old), c)
	}
	for _, v := range old.Enum {
		if _, stays := next.EnumID[v]; !stays && !taken[v] {
			t.report(valueRemoval(is[old.EnumID[v]], old.EnumID[v], next), Change{Path: path, Before: v, Side: "old", Position: enumPos(old, v)})
		}
	}
	t.reserved(level{oldPath: path, was: old.Content, is: next.Content})
}

func unknownValues(f Field) string {
	if f.EnumOpen {
		return "unknown values are kept"
	}
	return "unknown values are put aside"
}

// valueNumbers lists the names of each number, in their order.
func valueNumbers(f Field) map[int][]string {
	out := map[int][]string{}
	for _, v := range f.Enum {
		out[f.EnumID[v]] = append(out[f.EnumID[v]], v)
	}
	return out
}

// goneName returns the first name that the new enum does not have and that nothing else continues.
func goneName(names []string, next Field, taken map[string]bool) string {
	for _, n := range names {
		if _, stays := next.EnumID[n]; !stays && !taken[n] {
			return n
		}
	}
	return ""
}

func valueAddition(known []string, old Field) string {
	switch {
	case len(known) > 0:
		return "enum_value_added_alias"
	case old.EnumOpen:
		return "enum_value_added_open"
	}
	return "enum_value_added_closed"
}

func valueRemoval(known []string, number int, next Field) string {
	switch {
	case len(known) > 0:
		return "enum_value_removed_alias"
	case holdsBack(next.Reserved, number):
		return "enum_value_removed_reserved"
	}
	return "enum_value_removed_number"
}

// sources are the old oneofs of the fields in a new one, "" for none.
type sources struct {
	fields int
	from   string
	mixed  bool
}

// paired enters what became of the old oneofs, once it is known which fields continue which.
func (n *numbers) paired(l level, match []int) {
	n.into = map[string]sources{}
	for i, o := range match {
		if o >= 0 {
			was, is := l.old[o].Oneof, l.next[i].Oneof
			s := n.into[is]
			s.mixed = s.mixed || s.fields > 0 && s.from != was
			s.fields, s.from = s.fields+1, was
			n.into[is] = s
			n.survives[was] = n.survives[was] || is != ""
		}
	}
}

// oneofs reports the fields that moved into a oneof or out of one, and oneofs that only have another name.
func (t *table) oneofs(l level, match []int) {
	told := map[string]bool{}
	for i, o := range match {
		if o < 0 || l.old[o].Oneof == l.next[i].Oneof {
			continue
		}
		old, next := l.old[o], l.next[i]
		rule := oneofRule(l, old.Oneof, next.Oneof, l.numbers.into[next.Oneof])
		if rule == "union_changed_oneof_renamed" {
			if told[next.Oneof] {
				continue
			}
			told[next.Oneof] = true
		}
		t.report(rule, Change{Path: join(l.oldPath, old.Name), Before: oneofText(old), After: oneofText(next), Position: next.Pos})
	}
}

func oneofRule(l level, was, is string, from sources) string {
	switch {
	case is == "", was != "" && l.numbers.is[was] && !l.numbers.was[is] && from.fields == 1:
		return "union_changed_oneof_left"
	case was != "" && !l.numbers.was[is] && !l.numbers.is[was] && !from.mixed:
		return "union_changed_oneof_renamed"
	case was == "" && !l.numbers.was[is] && from.fields == 1:
		return "union_changed_oneof_alone"
	}
	return "union_changed_oneof"
}

func oneofText(f Field) string {
	if f.Oneof == "" {
		return ""
	}
	return "oneof " + f.Oneof
}

// reserved reports what is no longer kept for nobody.
func (t *table) reserved(l level) {
	names := map[string]bool{}
	for _, r := range l.is.Reserved {
		names[r.Name] = true
	}
	for _, r := range l.was.Reserved {
		if r.Name != "" && !names[r.Name] || r.Name == "" && !covered(r, l.is.Reserved) {
			t.report("constraint_relaxed_reserved", Change{Path: l.oldPath, Before: "reserved " + r.String(), Side: "old", Position: r.Pos})
		}
	}
}

// covered reports whether ranges, which are in order and do not overlap, together hold all of one.
func covered(r Reserved, by []Reserved) bool {
	i := sort.Search(len(by), func(i int) bool { return by[i].Name != "" || by[i].To >= r.From })
	for next := r.From; i < len(by) && by[i].Name == "" && by[i].From <= next; i++ {
		if next = by[i].To + 1; next > r.To {
			return true
		}
	}
	return false
}

// String writes the range as a file does.
func (r Reserved) String() string {
	switch {
	case r.Name != "":
		return strconv.Quote(r.Name)
	case r.From == r.To:
		return strconv.Itoa(r.From)
	}
	return fmt.Sprintf("%d to %d", r.From, r.To)
}

// inner compares the types declared inside a dataset, where no field tells of them on both sides.
func (t *table) inner() {
	was := map[string]Inner{}
	for _, o := range t.old.Inner {
		was[o.Name] = o
	}
	is := map[string]bool{}
	for _, n := range t.next.Inner {
		is[n.Name] = true
		o, known := was[n.Name]
		switch {
		case !known && !n.Used:
			t.report("field_added", Change{Path: n.Name, After: innerKind(n.Type), Position: n.Pos})
		case known && !(o.Used && n.Used):
			t.values(level{}, n.Name, n.Name, o.Field, n.Field)
			t.members(n.Name, n.Name, o.Field, n.Field)
		}
	}
	for _, o := range t.old.Inner {
		if !is[o.Name] && !o.Used {
			t.report("field_removed_"+innerKind(o.Type), Change{Path: o.Name, Before: innerKind(o.Type), Side: "old", Position: o.Pos})
		}
	}
}

func innerKind(t Type) string {
	if t.Kind == "enum" {
		return "enum"
	}
	return "message"
}
