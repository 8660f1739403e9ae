package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// followed is a change that readers follow, with its number in edits.
type followed struct {
	schema.Change
	index int
	both  bool // the old name still works
}

// follows lists the changes that readers follow; with reads only those of the datasets that are read. A
// migration without any shows what there is.
func follows(changes []schema.Change, reads []consumer.Read) []followed {
	var all, here []followed
	for _, m := range consumer.Mapping(changes).Changes {
		if m.Kind == rewrite.Reshape {
			continue
		}
		f := followed{changes[m.Index], m.Index, m.Coexists}
		all = append(all, f)
		if slices.ContainsFunc(reads, func(r consumer.Read) bool { return r.Dataset == f.Dataset }) {
			here = append(here, f)
		}
	}
	switch {
	case len(here) > 0:
		return here
	case len(all) > 0:
		return all
	}
	for i, c := range changes {
		all = append(all, followed{c, i, false})
	}
	return all
}

// Subject says in a few words what changed: "sales.orders: cust_id → customer_id".
func (p Page) Subject() string { return subject(follows(p.Migration.Changes, nil)) }

func (p Page) subjectOf(c Changeset) string {
	changes, _ := p.changes(c)
	return subject(follows(changes, c.Reads))
}

// subject joins the first two changes and counts the others. A dataset is named once.
func subject(fs []followed) string {
	if len(fs) == 0 {
		return "schema change"
	}
	var parts []string
	last := ""
	for _, f := range fs[:min(2, len(fs))] {
		part := f.phrase()
		if f.Path == "" {
			part = clean(f.Dataset, shortest) + " " + part
		} else if f.Dataset != last {
			part = clean(f.Dataset, shortest) + ": " + part
		}
		last = f.Dataset
		parts = append(parts, part)
	}
	s := strings.Join(parts, ", ")
	if more := len(fs) - 2; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// phrase says what became of a field or a dataset, without the dataset's name.
func (f followed) phrase() string {
	before, after := f.names()
	switch {
	case f.Path == "" && after != "":
		return "→ " + clean(after, shortest)
	case f.Path == "":
		return kindWords(f.Kind)
	case f.Kind == schema.EnumValueRenamed:
		return fmt.Sprintf("%s value %s → %s", clean(f.Path, shortest), clean(f.Before, shortest), clean(f.After, shortest))
	case after != "":
		return clean(before, shortest) + " → " + clean(after, shortest)
	}
	return clean(f.Path, shortest) + " " + kindWords(f.Kind)
}

// kindWords is "type changed" for type_changed, and "removed" for field_removed.
func kindWords(k schema.Kind) string {
	s := strings.ReplaceAll(string(k), "_", " ")
	for _, noun := range []string{"field ", "dataset "} {
		s = strings.TrimPrefix(s, noun)
	}
	return s
}

// names are what it was called and what it is called now; after is "" where nothing took its place.
func (f followed) names() (before, after string) {
	if f.Path == "" {
		return f.Dataset, f.To
	}
	return f.Path, f.To
}

// Row is one change as a table shows it.
type Row struct {
	Dataset, Field, Before, After string
	What                          string // the kind, in words
	Coexists                      bool
	Part                          bool // of the row above: a field of a replaced dataset
	Edits                         int
}

// Rows are the changes that readers follow, as a table shows them.
func (p Page) Rows() []Row {
	var out []Row
	for _, f := range follows(p.Migration.Changes, nil) {
		out = append(out, f.row())
		out = append(out, f.parts()...)
	}
	return out
}

// parts are the fields of a replaced dataset that have other names in the new one.
func (f followed) parts() (out []Row) {
	for _, from := range slices.Sorted(maps.Keys(f.Fields)) {
		out = append(out, Row{Dataset: f.Dataset, Field: from, Before: from, After: f.Fields[from], Part: true})
	}
	return out
}

// row has a changed value in Before and After where the name stayed, and the names where it did not.
func (f followed) row() Row {
	r := Row{Dataset: f.Dataset, Field: f.Path, What: kindWords(f.Kind), Coexists: f.both}
	if r.Before, r.After = f.names(); f.To == "" || f.Kind == schema.EnumValueRenamed {
		r.Before, r.After = f.Before, f.After
	}
	if f.Path == "" {
		r.Field = f.Dataset
	}
	return r
}

// rowsOf are the changes that a changeset follows, with the number of its edits for each.
func (p Page) rowsOf(c Changeset) (rows []Row, counted bool) {
	changes, counted := p.changes(c)
	edits := map[int]int{}
	for _, r := range c.Results {
		for _, e := range r.Edits {
			edits[e.Change]++
		}
	}
	for _, f := range follows(changes, c.Reads) {
		r := f.row()
		r.Edits = edits[f.index]
		rows = append(append(rows, r), f.parts()...)
	}
	return rows, counted
}

// diff shows all changes as lines of a diff, each under the place where it stands.
func diff(changes []schema.Change, most int) []string {
	var out []string
	for i, c := range changes {
		if i == most {
			return append(out, fmt.Sprintf("# and %d more", len(changes)-most))
		}
		out = append(out, clean(fmt.Sprintf("@@ %s @@ %s %s", c.Position, c.Dataset, kindWords(c.Kind)), sentence))
		out = append(out, diffLines(c)...)
	}
	return out
}

func diffLines(c schema.Change) (out []string) {
	minus, plus := strings.TrimSpace(c.Path+" "+c.Before), strings.TrimSpace(c.Path+" "+c.After)
	if c.To != "" {
		minus, plus = strings.TrimSpace(orElse(c.Path, c.Dataset)+" "+c.Before), strings.TrimSpace(c.To+" "+c.After)
	}
	switch c.Kind {
	case schema.FieldAdded, schema.EnumValueAdded:
		minus = ""
	case schema.FieldRemoved, schema.EnumValueRemoved:
		if c.To == "" {
			plus = ""
		}
	case schema.FieldDeprecated, schema.DatasetDeprecated:
		minus, plus = "", strings.TrimSpace(orElse(c.Path, c.Dataset)+" is deprecated")
		if c.To != "" {
			plus += ", use " + c.To
		}
	case schema.DatasetAdded:
		minus, plus = "", c.Dataset
	case schema.DatasetRemoved:
		minus, plus = c.Dataset, ""
	}
	if minus != "" {
		out = append(out, "- "+clean(minus, sentence))
	}
	if plus != "" {
		out = append(out, "+ "+clean(plus, sentence))
	}
	return out
}
