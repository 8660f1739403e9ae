package schema

import (
	"slices"
	"strings"
)

// Diff returns what changed from before to after, in the order of the new files, with what is gone last.
//
// Datasets and fields are paired by name, through the renames that the files declare, and then through those
// that the config declares. Path and Dataset of a change are the old names wherever there is one, for that is
// what consumers still say. A rename that nobody declared is removed and added, with a suggestion when there is
// only one way to see it.
func Diff(before, after Schema, declared Declarations) []Change {
	d := differ{before: before, after: after, declared: declared, rules: map[string]Rule{}}
	for _, r := range Rules() {
		d.rules[r.ID] = r
	}
	d.datasets()
	slices.SortStableFunc(d.out, func(a, b Change) int { return sideOrder(a) - sideOrder(b) })
	return d.out
}

// Compatible says whether old readers can read new data, and new readers old data.
func Compatible(changes []Change) (forward, backward bool) {
	forward, backward = true, true
	for _, c := range changes {
		forward = forward && c.Forward != Breaks
		backward = backward && c.Backward != Breaks
	}
	return forward, backward
}

type differ struct {
	before, after Schema
	declared      Declarations
	rules         map[string]Rule
	out           []Change
}

func sideOrder(c Change) int {
	if c.Side == "old" {
		return 1
	}
	return 0
}

// add completes a change with what its rule says and appends it.
func (d *differ) add(rule string, c Change) {
	r := d.rules[rule]
	c.Kind, c.Rule, c.Forward, c.Backward = r.Kind, r.ID, r.Forward, r.Backward
	if c.Side == "" {
		c.Side = "new"
	}
	if c.Evidence == "" {
		c.Evidence = NoEvidence
	}
	format := d.after.Format
	if c.Suggests != "" {
		format = d.formatAt(c.Dataset)
	}
	c.Message = message(c, r, format)
	d.out = append(d.out, c)
}

func (d *differ) datasets() {
	match := d.pairNameless(pair(datasetChains(d.before), datasetChains(d.after)))
	replaced := d.replacements(match)
	gone := unmatched(len(d.before.Datasets), match)
	fresh := freshOf(match)
	hint := d.suggestDataset(gone, fresh, replaced)
	for i, o := range match {
		n := d.after.Datasets[i]
		if o < 0 && n.Part && n.Used || o >= 0 && n.Used && d.before.Datasets[o].Used {
			continue // told of the fields that hold it
		}
		if o < 0 {
			d.add("dataset_added", Change{Dataset: n.Name, Position: n.Pos, Suggests: hint[n.Name], Evidence: evidence(hint[n.Name])})
			continue
		}
		d.dataset(d.before.Datasets[o], n)
	}
	for _, o := range gone {
		old := d.before.Datasets[o]
		if !replaced[old.Name] && !old.Used {
			d.add(removalOf(old), Change{Dataset: old.Name, Side: "old", Position: old.Pos,
				Suggests: hint[old.Name], Evidence: evidence(hint[old.Name])})
		}
	}
}

func removalOf(d Dataset) string {
	if d.Part {
		return "dataset_removed_part"
	}
	return "dataset_removed"
}

func evidence(hint string) Evidence {
	if hint != "" {
		return SuggestedOnly
	}
	return NoEvidence
}

// pairNameless takes the only datasets of both sides for one where a file gives no name: what it is called then
// is only the file's name.
func (d *differ) pairNameless(match []int) []int {
	if len(match) == 1 && len(d.before.Datasets) == 1 && (d.before.Datasets[0].Nameless || d.after.Datasets[0].Nameless) {
		return []int{0}
	}
	return d.pairNamespaces(match)
}

// replacements reports the declared ones, and returns the old datasets that they speak for.
func (d *differ) replacements(match []int) map[string]bool {
	replaced := map[string]bool{}
	for _, r := range d.declared.Replaces {
		c := Change{Dataset: r.Old, To: r.Dataset, Fields: r.Fields, Deadline: r.Deadline, Evidence: Declared}
		old, next := d.before.find(r.Old), d.after.find(r.Dataset)
		if old != nil {
			c.Dataset = old.Name
		}
		if next != nil {
			c.To, c.Position = next.Name, next.Pos
		}
		rule := "dataset_replaced_coexisting"
		if old != nil && !d.survives(old, match) {
			rule = "dataset_replaced"
			replaced[old.Name] = true
		}
		d.add(rule, c)
	}
	return replaced
}

func (d *differ) survives(old *Dataset, match []int) bool {
	for _, o := range match {
		if o >= 0 && &d.before.Datasets[o] == old {
			return true
		}
	}
	return false
}

// dataset compares two versions of one dataset.
func (d *differ) dataset(old, next Dataset) {
	if d.before.DatasetKey(old) != d.after.DatasetKey(next) && !old.Nameless && !next.Nameless {
		d.add(d.datasetRenameRule(old, next), Change{Dataset: old.Name, To: next.Name, Evidence: Declared, Position: next.Pos})
	}
	d.datasetMarks(old, next)
	if old.Open || next.Open {
		return
	}
	t := newTable(d, old, next)
	if t.instances() {
		t.whole()
		return
	}
	t.level(level{old: old.Fields, next: next.Fields, was: old.Content, is: next.Content})
	t.inner()
	t.shape()
}

func (d *differ) datasetMarks(old, next Dataset) {
	at := Change{Dataset: old.Name, Position: next.Pos}
	if news(old.Deprecated, next.Deprecated) {
		c := at
		c.To, c.After = next.Deprecated.Replacement, next.Deprecated.Note
		if c.To != "" {
			c.Evidence = Declared
		}
		d.add("dataset_deprecated", c)
	}
	if before, after := docs(old.Doc, old.Deprecated), docs(next.Doc, next.Deprecated); wordsChanged(old.Doc, next.Doc, old.Deprecated, next.Deprecated) {
		at.Before, at.After = before, after
		d.add("doc_changed", at)
	}
}

// news reports whether a deprecation is new, or names another successor.
func news(old, next *Deprecation) bool {
	return next != nil && (old == nil || old.Replacement != next.Replacement)
}

// wordsChanged reports a change of words that no other change tells: documentation, a note, or a deprecation
// taken back.
func wordsChanged(old, next string, was, is *Deprecation) bool {
	if old != next {
		return true
	}
	if was == nil || is == nil {
		return was != nil
	}
	return !news(was, is) && was.Note != is.Note
}

func docs(doc string, dep *Deprecation) string {
	switch {
	case dep == nil:
		return doc
	case doc == "":
		return strings.TrimSpace("deprecated " + dep.Note)
	}
	return doc + " (deprecated " + dep.Note + ")"
}

// table is the comparison of one dataset's fields.
type table struct {
	*differ
	old, next Dataset
	wrote     [2]string // the dialects before and after
	declared  Declarations
	was, is   map[string]Field  // by path without marks, lower case
	renamed   map[string]string // top-level column, old key to new name, as written
}

func newTable(d *differ, old, next Dataset) *table {
	t := &table{differ: d, old: old, next: next, wrote: [2]string{d.before.dialectOf(old), d.after.dialectOf(next)}, renamed: map[string]string{},
		declared: d.declared.of(old.Name, next.Name), was: map[string]Field{}, is: map[string]Field{}}
	index(t.was, old.Fields, "")
	index(t.is, next.Fields, "")
	return t
}

// oldKey and newKey fold names as written without quotes; those of fields know better.
func (t *table) oldKey(name string) string { return columnKey(t.wrote[0], name, false) }
func (t *table) newKey(name string) string { return columnKey(t.wrote[1], name, false) }

func (t *table) oldField(f Field) string { return columnKey(t.wrote[0], f.Name, f.Quoted) }
func (t *table) newField(f Field) string { return columnKey(t.wrote[1], f.Name, f.Quoted) }

func (t *table) report(rule string, c Change) {
	c.Dataset = t.old.Name
	t.add(rule, c)
}
