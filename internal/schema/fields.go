package schema

import (
	"slices"
	"sort"
	"strconv"

	"github.com/skein-bot/skein/internal/repo"
)

// level is one list of siblings before and after: columns, or the members of one struct.
type level struct {
	old, next         []Field
	oldPath, nextPath string // of the parent, with the marks that lead to the siblings
	was, is           Content
	pos               repo.Position // of the new parent
	numbers           *numbers
}

// level compares siblings and, through their types, what is below them.
func (t *table) level(l level) {
	if t.numbered() {
		l.numbers = numbersOf(l)
	}
	chains := fieldChains(t.wrote[1], l.next)
	t.declareRenames(l, chains)
	match := pairRest(fieldChains(t.wrote[0], l.old), chains, pairNumbers(l))
	moved := t.outOfOrder(match)
	if t.numbered() {
		l.numbers.paired(l, match)
	}
	gone, fresh := unmatched(len(l.old), match), freshOf(match)
	hintOld, hintNew := suggestField(l, gone, fresh)
	for i, o := range match {
		n := l.next[i]
		if o < 0 {
			t.added(l, i, hintNew)
			t.fileCoexists(l, n, nil)
			continue
		}
		t.matched(l, l.old[o], n)
		if moved[i] {
			t.report("field_reordered", Change{Path: join(l.oldPath, l.old[o].Name), Ordinal: i + 1,
				Before: strconv.Itoa(o + 1), After: strconv.Itoa(i + 1), Position: n.Pos})
		}
	}
	for _, o := range gone {
		t.removed(l, l.old[o], hintOld)
	}
	switch {
	case t.numbered():
		t.oneofs(l, match)
		t.reserved(l)
	case t.instances():
		t.content(l)
	}
}

// declareRenames puts the config's renames into the chains, where both names are siblings and the old one is
// gone.
func (t *table) declareRenames(l level, chains []chain) {
	for i, n := range l.next {
		for _, r := range t.declared.Renames {
			if !samePath(r.To, join(l.nextPath, n.Name)) || t.has(t.is, r.From) || t.has(t.was, r.To) {
				continue
			}
			for _, o := range l.old {
				if samePath(r.From, join(l.oldPath, o.Name)) {
					chains[i].names = append(chains[i].names[:1:1], fieldChains(t.wrote[0], []Field{o})[0].names...)
				}
			}
		}
	}
}

func (t *table) has(side map[string]Field, path string) bool {
	_, ok := side[lowerNames(path)]
	return ok
}

// added reports a new field, or one that the config says has moved here from another parent.
func (t *table) added(l level, i int, hint string) {
	n := l.next[i]
	path := join(l.nextPath, n.Name)
	for _, r := range t.declared.Renames {
		if old, ok := t.was[lowerNames(r.From)]; ok && samePath(r.To, path) && !t.has(t.is, r.From) && !t.has(t.was, path) {
			t.report("field_moved", Change{Path: r.From, To: path, Before: old.Type.Physical, After: n.Type.Physical,
				Evidence: Declared, Position: n.Pos})
			t.values(l, r.From, path, old, n)
			t.members(r.From, path, old, n)
			return
		}
	}
	t.report(t.additionRule(l, n), Change{Path: path, After: n.Type.Physical, Ordinal: i + 1, Suggests: hint, Evidence: evidence(hint), Position: n.Pos})
}

// removed reports a field that is gone: it may have moved, it may have a replacement, or nothing is known.
func (t *table) removed(l level, old Field, hint string) {
	path := join(l.oldPath, old.Name)
	c := Change{Path: path, Before: old.Type.Physical, Side: "old", Position: old.Pos, Drop: t.declared.drops(path)}
	for _, r := range t.declared.Renames {
		if !samePath(r.From, path) || !t.has(t.is, r.To) {
			continue
		}
		if !t.has(t.was, r.To) {
			return // told as moved, where it went
		}
		c.To = r.To
	}
	if dep := old.Deprecated; c.To == "" && dep != nil && dep.Replacement != "" {
		if to := replacement(l.nextPath, l.next, dep.Replacement); t.has(t.is, to) {
			c.To = to
		}
	}
	if c.To != "" {
		c.Evidence = Declared
		t.report(t.removalRule("field_removed_replaced", l, old), c)
		return
	}
	c.Suggests, c.Evidence = hint, evidence(hint)
	t.report(t.removalRule("field_removed", l, old), c)
}

// matched compares two versions of one field.
func (t *table) matched(l level, old, next Field) {
	oldPath, nextPath := join(l.oldPath, old.Name), join(l.nextPath, next.Name)
	if t.oldField(old) != t.newField(next) {
		if l.oldPath == "" {
			t.renamed[t.oldField(old)] = next.Name
		}
		t.report(t.renameRule(old, next), Change{Path: oldPath, To: nextPath, Exact: next.Exact(t.wrote[1]), Before: old.Type.Physical, After: next.Type.Physical,
			Evidence: Declared, Position: next.Pos})
	} else {
		t.configCoexists(l, old, next)
		t.fileCoexists(l, next, &old)
	}
	t.identity(oldPath, old, next)
	t.values(l, oldPath, nextPath, old, next)
	t.members(oldPath, nextPath, old, next)
}

// members compares the structs that both versions of a field lead to.
func (t *table) members(oldPath, nextPath string, old, next Field) {
	if t.instances() {
		return // values compares them, for what hangs on a union depends on its alternatives
	}
	marks := next.Type.Leads()
	if marks != old.Type.Leads() || len(old.Fields) == 0 && len(next.Fields) == 0 {
		return
	}
	switch {
	case lead("struct", old.Type, next.Type):
		t.level(level{old: old.Fields, next: next.Fields, oldPath: oldPath + marks, nextPath: nextPath + marks, was: old.Content, is: next.Content})
	case lead("union", old.Type, next.Type):
		t.alternatives(level{old: old.Fields, next: next.Fields, oldPath: oldPath + marks, nextPath: nextPath + marks})
	}
}

// configCoexists reports the old name of a declared rename when it still works beside the new one.
func (t *table) configCoexists(l level, old, next Field) {
	path := join(l.oldPath, old.Name)
	if next.Deprecated != nil && next.Deprecated.Replacement != "" {
		return // the file says it
	}
	for _, r := range t.declared.Renames {
		if samePath(r.From, join(l.nextPath, next.Name)) && t.has(t.is, r.To) {
			t.report("field_deprecated_replaced", Change{Path: path, To: r.To, Evidence: Declared, Position: next.Pos})
			return
		}
	}
}

// fileCoexists reports the old name when a field says that it was renamed from one that is still there. That is
// news when the field is new, or did not say so before.
func (t *table) fileCoexists(l level, next Field, before *Field) {
	if next.Renamed == "" || next.Moved || before != nil && before.Renamed != "" {
		return
	}
	for _, still := range l.next {
		if t.newField(still) != columnKey(t.wrote[1], next.Renamed, true) || still.Deprecated != nil && still.Deprecated.Replacement != "" {
			continue
		}
		path := join(l.oldPath, still.Name)
		if t.has(t.was, path) && t.newField(still) != t.newField(next) {
			t.report("field_deprecated_replaced", Change{Path: path, To: join(l.nextPath, next.Name), Evidence: Declared, Position: still.Pos})
		}
	}
}

// replacement turns a sibling's name, or a path from the root, into a path from the root.
func replacement(parent string, siblings []Field, name string) string {
	for _, s := range siblings {
		if samePath(s.Name, name) {
			return join(parent, s.Name)
		}
	}
	return name
}

// lead reports whether both types lead to one of the kind in the same way.
func lead(kind string, a, b Type) bool {
	for a.Elem != nil && b.Elem != nil {
		a, b = *a.Elem, *b.Elem
	}
	return a.Kind == kind && b.Kind == kind
}

func suggestField(l level, gone, fresh []int) (old, next string) {
	if len(gone) != 1 || len(fresh) != 1 {
		return "", ""
	}
	o, n := l.old[gone[0]], l.next[fresh[0]]
	if !likely(o, n, gone[0] == fresh[0]) {
		return "", ""
	}
	return join(l.nextPath, n.Name), join(l.oldPath, o.Name)
}

// outOfOrder marks the fewest fields whose moving explains the new order: all but a longest run of pairs that
// kept theirs. Where readers know fields by number or by name alone, there is no order.
func (t *table) outOfOrder(match []int) map[int]bool {
	if t.numbered() || t.instances() {
		return nil
	}
	var tails []int // index into match of the last of the best run of each length
	prev := make([]int, len(match))
	for i, o := range match {
		if o < 0 {
			continue
		}
		k := sort.Search(len(tails), func(k int) bool { return match[tails[k]] > o })
		prev[i] = -1
		if k > 0 {
			prev[i] = tails[k-1]
		}
		tails = append(tails[:k], append([]int{i}, tails[min(k+1, len(tails)):]...)...)
	}
	kept := map[int]bool{}
	for i := last(tails); i >= 0; i = prev[i] {
		kept[i] = true
	}
	moved := map[int]bool{}
	for i, o := range match {
		if o >= 0 && !kept[i] {
			moved[i] = true
		}
	}
	return moved
}

func last(s []int) int {
	if len(s) == 0 {
		return -1
	}
	return s[len(s)-1]
}

// sameColumns compares two lists of columns as sets, the old ones under their new names.
func (t *table) sameColumns(old, next []string) bool {
	return slices.Equal(t.columnSet(old, t.renamed), t.columnSet(next, nil))
}

func (t *table) columnSet(names []string, renamed map[string]string) []string {
	var out []string
	for _, n := range names {
		if to, ok := renamed[t.oldKey(n)]; ok {
			n = to
		}
		out = append(out, t.newKey(n))
	}
	slices.Sort(out)
	return out
}
