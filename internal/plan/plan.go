// Package plan turns two versions of a dataset repository into what must happen to its consumers.
//
// It is the core that the app and `skein preview` share: both read files, the one from GitHub, the other from
// a disk, and hand them to the same functions here.
//
//	Read     a repository's config and schema files → a Version: its datasets by the names people use
//	Compare  two Versions → a Plan: the changes, and what they mean for SQL
//	Rewrite  a Plan, one consumer and its files → edits, refusals, unrelated occurrences
package plan

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// Plan is what changed between two versions of a dataset repository.
type Plan struct {
	From, To Version
	Changes  []schema.Change
	Mapping  rewrite.Mapping
}

// Compare finds the changes. What the config declares counts as of the newer version, and only what the older
// one had not declared yet.
func Compare(from, to Version) Plan {
	declared := declarations(to.Config)
	if from.Config != nil {
		declared = declared.Since(declarations(from.Config))
	}
	declared.Renames = append(declared.Renames, to.Answered.Renames...)
	declared.Drops = append(declared.Drops, to.Answered.Drops...)
	changes := schema.Diff(from.schema(), to.after(from).schema(), declared)
	return Plan{From: from, To: to, Changes: changes, Mapping: consumer.Mapping(changes)}
}

// Affects reports whether anything changed that a reader may have to follow.
func (p Plan) Affects() bool { return len(p.Mapping.Changes) > 0 }

// Beyond reports whether code of which another plan asks nothing may follow p. It may if p is all about names that the
// schema which that plan begins with did not have, as such code was not written against it, or that go on to work.
func (p Plan) Beyond(other Plan) bool {
	return !slices.ContainsFunc(p.Mapping.Changes, func(c rewrite.Change) bool {
		switch d := other.From.Dataset(c.Dataset); c.Kind {
		case rewrite.Reshape:
			return false
		case rewrite.RenameDataset, rewrite.ReplaceDataset:
			return other.From.Dataset(c.From) != nil
		case rewrite.RenameField, rewrite.Cast, rewrite.RenameEnum, rewrite.DropField, rewrite.Review:
			return !c.Coexists && d != nil && schema.Find(d.Schema.Fields, c.From) != nil
		}
		return true
	})
}

// Less reports whether p asks readers to follow some of what was asked of them, and nothing else: the rest was undone.
func (p Plan) Less(was Plan) bool {
	same := func(c rewrite.Change) func(rewrite.Change) bool {
		return func(b rewrite.Change) bool {
			b.Index = c.Index
			return reflect.DeepEqual(b, c)
		}
	}
	for _, c := range p.Mapping.Changes {
		if !slices.ContainsFunc(was.Mapping.Changes, same(c)) {
			return false
		}
	}
	return len(p.Mapping.Changes) < len(was.Mapping.Changes)
}

// Listings says who may read the datasets that changed. A dataset that is gone keeps the listing it had, and
// one that this repository never declared has that of the dataset which replaces it.
func (p Plan) Listings() []consumer.Listing {
	var out []consumer.Listing
	seen := map[string]bool{}
	for _, c := range p.Mapping.Changes {
		for _, name := range touched(c) {
			if l, ok := p.listing(name, c); ok && !seen[name] {
				seen[name] = true
				out = append(out, l)
			}
		}
	}
	return out
}

func (p Plan) listing(name string, c rewrite.Change) (consumer.Listing, bool) {
	d, next := p.dataset(name), p.To.Dataset(c.To)
	moved := c.Kind == rewrite.RenameDataset || c.Kind == rewrite.ReplaceDataset
	switch {
	case d == nil && moved && next != nil:
		return as(next.Listing, name), true
	case d == nil:
		return consumer.Listing{}, false
	case c.Kind == rewrite.RenameDataset && next != nil:
		return join(d.Listing, as(next.Listing, name)), true
	}
	return d.Listing, true
}

// touched names the datasets whose readers a change concerns.
func touched(c rewrite.Change) []string {
	switch c.Kind {
	case rewrite.ReplaceDataset, rewrite.RenameDataset:
		return []string{c.From}
	case rewrite.RenameField, rewrite.Cast, rewrite.RenameEnum, rewrite.DropField, rewrite.Review, rewrite.Reshape:
		return []string{c.Dataset}
	}
	return nil
}

func (p Plan) dataset(name string) *Dataset {
	if d := p.To.Dataset(name); d != nil {
		return d
	}
	return p.From.Dataset(name)
}

// Coexists reports whether everything that changed for a consumer leaves the old names working.
func (p Plan) Coexists(c consumer.Consumer) bool {
	for _, ch := range p.restrict(c.Reads).Changes {
		if !ch.Coexists && ch.Kind != rewrite.Reshape {
			return false
		}
	}
	return true
}

// restrict keeps the changes of datasets that are read. Code that was never declared to read a dataset is not
// edited for it.
func (p Plan) restrict(reads []consumer.Read) rewrite.Mapping {
	var m rewrite.Mapping
	for _, c := range p.Mapping.Changes {
		if slices.ContainsFunc(touched(c), func(name string) bool {
			return slices.ContainsFunc(reads, func(r consumer.Read) bool { return r.Dataset == name })
		}) {
			m.Changes = append(m.Changes, c)
		}
	}
	return m
}

// Snapshots is what the registry keeps of the newer version.
func (p Plan) Snapshots(id repo.ID, at repo.SHA) []consumer.Snapshot { return p.To.Snapshots(id, at) }

// Subject says in a few words what changed, for titles: "sales.orders: cust_id → customer_id".
func (p Plan) Subject() string { return Subject(p.Changes, p.Mapping) }

// Subject names the changes that readers follow; many are counted.
func Subject(changes []schema.Change, m rewrite.Mapping) string {
	var parts []string
	for _, c := range m.Changes {
		if c.Kind == rewrite.Reshape || c.Index >= len(changes) {
			continue
		}
		parts = append(parts, phrase(changes[c.Index]))
	}
	parts = slices.Compact(parts)
	switch {
	case len(parts) == 0 && len(changes) > 0:
		return phrase(changes[0])
	case len(parts) > 2:
		return strings.Join(parts[:2], ", ") + ", …"
	}
	return strings.Join(parts, ", ")
}

func phrase(c schema.Change) string {
	switch {
	case c.To != "" && c.Path != "":
		return c.Dataset + ": " + c.Path + " → " + c.To
	case c.To != "":
		return c.Dataset + " → " + c.To
	case c.Path != "":
		return c.Dataset + ": " + c.Path + " " + strings.ReplaceAll(string(c.Kind), "_", " ")
	}
	return c.Dataset + " " + strings.ReplaceAll(string(c.Kind), "_", " ")
}

func declarations(c *config.Repo) (d schema.Declarations) {
	if c == nil {
		return d
	}
	for _, r := range c.Renames {
		if r.From != "" {
			d.Renames = append(d.Renames, schema.Rename{Dataset: r.Dataset, From: r.From, To: r.To})
		}
		for _, from := range sortedKeys(r.Enum) {
			d.Values = append(d.Values, schema.ValueRename{Dataset: r.Dataset, Field: r.Field, From: from, To: r.Enum[from]})
		}
	}
	for _, x := range c.Casts {
		d.Casts = append(d.Casts, schema.Cast{Dataset: x.Dataset, Field: x.Field, Read: x.Read})
	}
	for _, x := range c.Drops {
		d.Drops = append(d.Drops, schema.Drop{Dataset: x.Dataset, Field: x.Field})
	}
	for _, ds := range c.Datasets {
		if r := ds.Replaces; r != nil {
			d.Replaces = append(d.Replaces, replacement(ds.Name, *r))
		}
	}
	return d
}

func replacement(name string, r config.Replaces) schema.Replacement {
	out := schema.Replacement{Dataset: name, Old: r.Dataset, Fields: r.Fields}
	if !r.Deadline.IsZero() {
		out.Deadline = r.Deadline.Format("2006-01-02")
	}
	return out
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Deadline is the earliest day by which a replaced dataset goes away; zero when none is declared.
func (p Plan) Deadline() (day time.Time) {
	for _, d := range p.To.Config.Datasets {
		if r := d.Replaces; r != nil && !r.Deadline.IsZero() && p.replaced(r.Dataset) && (day.IsZero() || r.Deadline.Before(day)) {
			day = r.Deadline
		}
	}
	return day
}

func (p Plan) replaced(dataset string) bool {
	return slices.ContainsFunc(p.Changes, func(c schema.Change) bool {
		return c.Kind == schema.DatasetReplaced && c.Dataset == dataset
	})
}
