package plan

import (
	"slices"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/rewrite"
)

// Catalog is what is known of all tables: this repository's before and after, the others' as they are. A dataset
// that readers are to leave and that nobody describes is there by its name alone.
func (p Plan) Catalog(others []consumer.Snapshot) rewrite.Catalog {
	var cat rewrite.Catalog
	known := map[string]bool{}
	for _, d := range slices.Concat(p.To.Datasets, p.From.Datasets) {
		if known[d.Name] {
			continue
		}
		known[d.Name] = true
		before, after := p.From.schemaOf(d.Name), p.To.schemaOf(d.Name)
		cat.Tables = append(cat.Tables, consumer.Table(d.Name, p.names(d.Name), d.Dialect, before, after))
	}
	for _, s := range others {
		if !known[s.Dataset] {
			known[s.Dataset] = true
			cat.Tables = append(cat.Tables, consumer.Table(s.Dataset, s.Names, s.Dialect, &s.Schema, &s.Schema))
		}
	}
	for _, c := range p.Mapping.Changes {
		if c.Kind == rewrite.ReplaceDataset && !known[c.From] {
			known[c.From] = true
			cat.Tables = append(cat.Tables, rewrite.Table{Dataset: c.From, Names: []string{c.From}})
		}
	}
	return cat
}

// names are those by which consumers know a dataset. Their code is written against the older version, so its
// names come first, and a name that belonged to another dataset then is not taken over from the newer one.
func (p Plan) names(dataset string) []string {
	var out []string
	if d := p.From.Dataset(dataset); d != nil {
		out = d.Names
	}
	d := p.To.Dataset(dataset)
	if d == nil {
		return out
	}
	for _, n := range d.Names {
		if !slices.Contains(out, n) && !p.From.taken(n, dataset) {
			out = append(slices.Clip(out), n)
		}
	}
	return out
}

// taken reports whether another dataset bears a name.
func (v Version) taken(name, but string) bool {
	return slices.ContainsFunc(v.Datasets, func(d Dataset) bool { return d.Name != but && slices.Contains(d.Names, name) })
}
