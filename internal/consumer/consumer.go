// Package consumer says who reads what: from declarations on both sides to the consumers of a changed dataset,
// with the reason why each is one.
//
// A repository declares what it consumes in its own .github/skein.yml; a dataset's repository may list
// consumers that declare nothing. A repository's own declaration replaces the dataset's entry for it.
package consumer

import (
	"cmp"
	"slices"

	"github.com/skein-bot/skein/internal/repo"
)

// Declaration is one statement that paths of a repository read a dataset.
type Declaration struct {
	Repo    repo.Name     `json:"repo"`
	Dataset string        `json:"dataset"`
	Paths   []string      `json:"paths"` // doublestar globs from the repository's root
	Ignore  []string      `json:"ignore,omitempty"`
	Dialect string        `json:"dialect,omitempty"`
	ReadAs  []string      `json:"read_as,omitempty"`
	SQLKeys []string      `json:"sql_keys,omitempty"` // of YAML files
	Pos     repo.Position `json:"pos"`
}

// Listing is what a dataset's repository says about the dataset's consumers.
type Listing struct {
	Dataset string
	Org     bool // every installed repository that declares it
	Repos   []Declaration
}

// Source is whose declaration counts.
type Source string

// The sources, by whose file says it.
const (
	Own    Source = "consumer"
	Listed Source = "dataset"
)

// Read is one dataset that a consumer reads.
type Read struct {
	Declaration
	Source Source `json:"source"`
}

// Consumer is a repository and the changed datasets that it reads.
type Consumer struct {
	Repo  repo.Name `json:"repo"`
	Reads []Read    `json:"reads"`
}

// Resolve returns the consumers of the listed datasets, sorted by name. own holds what repositories declare
// themselves; what a repository ignores there it ignores also where only a listing names it. A dataset with Org
// false is read only by the repositories that its listing names.
func Resolve(listings []Listing, own []Declaration) []Consumer {
	byRepo, ignores := make(map[repo.Name]*Consumer, len(own)), ignored(own)
	for _, l := range listings {
		for _, r := range readers(l, own, ignores) {
			c := byRepo[r.Repo.Fold()]
			if c == nil {
				c = &Consumer{Repo: r.Repo}
				byRepo[r.Repo.Fold()] = c
			}
			r.Repo = c.Repo
			c.Reads = append(c.Reads, r)
		}
	}
	out := make([]Consumer, 0, len(byRepo))
	for _, c := range byRepo {
		slices.SortStableFunc(c.Reads, func(a, b Read) int { return cmp.Compare(a.Dataset, b.Dataset) })
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Consumer) int { return a.Repo.Compare(b.Repo) })
	return out
}

func readers(l Listing, own []Declaration, ignores map[repo.Name][]string) []Read {
	reads := make([]Read, 0, len(own))
	declared, named := map[repo.Name]bool{}, map[repo.Name]bool{}
	for _, d := range l.Repos {
		named[d.Repo.Fold()] = true
	}
	for _, d := range own {
		if d.Dataset == l.Dataset && (l.Org || named[d.Repo.Fold()]) {
			declared[d.Repo.Fold()] = true
			reads = append(reads, Read{Declaration: d, Source: Own})
		}
	}
	for _, d := range l.Repos {
		if !declared[d.Repo.Fold()] {
			d.Dataset, d.Ignore = l.Dataset, ignores[d.Repo.Fold()]
			reads = append(reads, Read{Declaration: d, Source: Listed})
		}
	}
	return reads
}

// ignored is what the repositories' own configs leave out, which each of their declarations repeats.
func ignored(own []Declaration) map[repo.Name][]string {
	out := make(map[repo.Name][]string, len(own))
	for _, d := range own {
		out[d.Repo.Fold()] = d.Ignore
	}
	return out
}
