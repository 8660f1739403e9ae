// Package source reads what the files of other tools say about who reads a dataset, and who answers for a repository.
//
// Three kinds of files are understood, each of which stands in the consumer's own repository:
//
//	manifest.json      dbt's: which sources its models and exposures are built on (manifest.go)
//	catalog-info.yaml  Backstage's: what a component depends on, and which APIs it consumes (backstage.go)
//	CODEOWNERS         who answers for which files (owners.go)
//
// They are hearsay beside a declaration and the code itself: what they claim is shown, with the file that claims it, as a
// likely consumer, and nothing is ever edited because of it. All of them may be hostile: they are bounded, and what is
// malformed claims nothing.
package source

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/rewrite"
)

// mostClaims bounds what one file may claim.
const mostClaims = 10_000

// Claim says that something in a repository reads a dataset.
type Claim struct {
	Names []string // what the dataset may be called; each is enough
	Who   string   // the model, exposure or component that reads it
	Of    string   // the OWNER/NAME that it belongs to, when it says so
	How   consumer.How
	File  string
	Line  int
}

// Wants reports whether a file, by its path, is one that claims something.
func Wants(file string) bool { return isManifest(file) || isCatalog(file) || isOwners(file) }

// Claims are those of all files together, in their order. A file that cannot be read claims nothing.
func Claims(files []rewrite.File) (out []Claim) {
	for _, f := range files {
		var found []Claim
		switch {
		case isManifest(f.Path):
			found, _ = Manifest(f)
		case isCatalog(f.Path):
			found, _ = Backstage(f)
		}
		out = append(out, found...)
	}
	return out[:min(len(out), mostClaims)]
}

// Index finds datasets by what claims call them.
type Index struct{ whole, tails map[string][]int }

// NewIndex indexes the names of datasets.
func NewIndex(names [][]string) Index {
	x := Index{map[string][]int{}, map[string][]int{}}
	for i, all := range names {
		for _, n := range all {
			n = plain(n)
			x.whole[n] = append(x.whole[n], i)
			for t := range tails(n) {
				x.tails[t] = append(x.tails[t], i)
			}
		}
	}
	return x
}

// Of are the datasets that a claim may be about, by their numbers. Names of several parts may lack the first ones on
// either side: acme.sales.orders is sales.orders. A name of one part is that alone.
func (x Index) Of(c Claim) (out []int) {
	for _, n := range c.Names {
		n = plain(n)
		out = append(append(out, x.whole[n]...), x.tails[n]...)
		for t := range tails(n) {
			out = append(out, x.whole[t]...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// tails are a.b.c without its first parts, as long as two are left.
func tails(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for {
			_, rest, ok := strings.Cut(name, ".")
			if !ok || !strings.Contains(rest, ".") || !yield(rest) {
				return
			}
			name = rest
		}
	}
}

// plain leaves out what differs between spellings of one name: case, quotes and blanks.
func plain(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune("`\"'[] \t", r) {
			return -1
		}
		return r
	}, name))
}
