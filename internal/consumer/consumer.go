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
	byRepo := map[repo.Name][]Read{}
	for _, l := range listings {
		for _, r := range readers(l, own) {
			byRepo[r.Repo] = append(byRepo[r.Repo], r)
		}
	}
	out := make([]Consumer, 0, len(byRepo))
	for name, reads := range byRepo {
		slices.SortStableFunc(reads, func(a, b Read) int { return cmp.Compare(a.Dataset, b.Dataset) })
		out = append(out, Consumer{Repo: name, Reads: reads})
	}
	slices.SortFunc(out, func(a, b Consumer) int { return cmp.Compare(a.Repo.String(), b.Repo.String()) })
	return out
}

func readers(l Listing, own []Declaration) []Read {
	var reads []Read
	declared, named := map[repo.Name]bool{}, map[repo.Name]bool{}
	for _, d := range l.Repos {
		named[d.Repo] = true
	}
	for _, d := range own {
		if d.Dataset == l.Dataset && (l.Org || named[d.Repo]) {
			declared[d.Repo] = true
			reads = append(reads, Read{Declaration: d, Source: Own})
		}
	}
	for _, d := range l.Repos {
		if !declared[d.Repo] {
			d.Dataset, d.Ignore = l.Dataset, ignored(own, d.Repo)
			reads = append(reads, Read{Declaration: d, Source: Listed})
		}
	}
	return reads
}

// ignored is what a repository's own config leaves out, which each of its declarations repeats.
func ignored(own []Declaration, name repo.Name) []string {
	i := slices.IndexFunc(own, func(d Declaration) bool { return d.Repo == name })
	if i < 0 {
		return nil
	}
	return own[i].Ignore
}
