package consumer

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// Carrier is a field that a change reaches: that of the dataset which changes, or of one that a consumer makes of it.
type Carrier struct {
	Dataset    string          `json:"dataset"`
	Field      string          `json:"field"` // Row for all of them
	Kept       bool            `json:"kept"`  // who names the field keeps its name for others, so that only stars carry it on
	Repo       repo.ID         `json:"repo"`  // where it is made
	Name       repo.Name       `json:"name"`
	Visibility repo.Visibility `json:"visibility"`
	At         repo.SHA        `json:"at"`
	By         Sight           `json:"by"` // the place that carries it on
}

// Sure reports whether a star or a whole row carries the field on. Where a file names a field, and makes a dataset that
// has one of the same name, they are taken for one.
func (c Carrier) Sure() bool { return c.By.How == Passes }

// Onward are the fields of a repository's own datasets that a field goes on to: made says which datasets those are, and
// seen what the files read, those datasets among it.
func (c Carrier) Onward(m Member, at repo.SHA, seen []Sight, made []Snapshot) (out []Carrier) {
	for _, s := range seen {
		if s.Dataset != c.Dataset || !s.Covers(c.Field) || s.Field == "" || s.How != Reads && s.How != Passes || c.Kept && s.How != Passes {
			continue
		}
		for _, d := range made {
			field, has := c.column(s, d)
			if !has || !makes(d, s.File, seen) {
				continue
			}
			next := Carrier{Dataset: d.Dataset, Field: field, Kept: c.Kept, Repo: m.Repo.ID, Name: m.Repo.Name, Visibility: m.Repo.Visibility, At: at, By: s}
			if !slices.ContainsFunc(out, func(o Carrier) bool { return o.Dataset == next.Dataset && o.Field == next.Field && o.Sure() }) {
				out = append(out, next)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Carrier) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Field, b.Field), -cmp.Compare(flag(a.Sure()), flag(b.Sure())))
	})
	return slices.CompactFunc(out, func(a, b Carrier) bool { return a.Dataset == b.Dataset && a.Field == b.Field })
}

// column is the field of a dataset that is made which a field is there. What a star carries is there under its own
// name, or will be when the dataset's schema says so.
func (c Carrier) column(s Sight, d Snapshot) (string, bool) {
	top, _, _ := strings.Cut(c.Field, ".")
	switch has := slices.ContainsFunc(d.Schema.Fields, func(f schema.Field) bool { return strings.EqualFold(f.Name, top) }); {
	case c.Field == Row:
		return Row, s.How == Passes
	case has:
		return c.Field, true
	}
	return "", false
}

// makes reports whether a file makes a dataset: it holds its schema, is called like it, as a model of dbt is, or names it.
func makes(d Snapshot, file string, seen []Sight) bool {
	if d.Schema.Pos.File == file {
		return true
	}
	stem := strings.TrimSuffix(path.Base(file), path.Ext(file))
	for _, n := range d.Names {
		if strings.EqualFold(lastPart(n), stem) {
			return true
		}
	}
	return slices.ContainsFunc(seen, func(s Sight) bool { return s.Dataset == d.Dataset && s.Field == "" && s.File == file && s.How == Reads })
}

// lastPart is the last name in a.b, or in source('a','b').
func lastPart(name string) string {
	name = strings.TrimRight(name, " )\"'`]")
	return name[strings.LastIndexAny(name, ".\"'`[ (")+1:]
}
