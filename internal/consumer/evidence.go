package consumer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// How says what a place in the code does with a field, the surest first.
type How string

// What is seen of a field.
const (
	Reads    How = "reads"       // the code names it, or the dataset
	Passes   How = "passes on"   // a star or a whole row carries it
	May      How = "may read"    // what a name means here is not decided
	Mentions How = "mentions"    // the word stands in a description, or in a file of a kind that is not understood
	Lineage  How = "is built on" // dbt's manifest says so
	Catalog  How = "depends on"  // a catalog says so, which people keep by hand
)

func (h How) rank() int {
	return slices.Index([]How{Reads, Passes, May, Mentions, Lineage, Catalog}, h)
}

// Claimed reports whether only another tool's file says so, and no code was seen to.
func (h How) Claimed() bool { return h == Lineage || h == Catalog }

// Row stands for all fields at once, where a star or a whole row is read.
const Row = "*"

// Sight is a field of a dataset as one file of a consumer uses it.
type Sight struct {
	Dataset  string `json:"dataset"`
	Field    string `json:"field"` // its path, names joined by dots; Row; "" for the dataset by its name alone
	File     string `json:"file"`
	Line     int    `json:"line"` // of the first place
	Places   int    `json:"places"`
	How      How    `json:"how"`
	Declared bool   `json:"declared"` // the file is one of those that somebody declared to read the dataset
}

// Covers reports whether a field is, or is part of, what was seen; or what was seen is part of it. The dataset
// itself, as field "", is covered by whatever is seen of it, and what another tool claims may be about any field.
func (s Sight) Covers(field string) bool {
	switch {
	case field == "", s.Field == Row, s.Field == field, s.How.Claimed():
		return true
	}
	return strings.HasPrefix(s.Field, field+".") || s.Field != "" && strings.HasPrefix(field, s.Field+".")
}

// Evidence is what the code of one repository was seen to read, at one commit. It decides nothing: whatever is to be
// edited is read again.
type Evidence struct {
	Repo   repo.ID  `json:"repo"`
	At     repo.SHA `json:"at"`
	Asked  string   `json:"asked"` // which question it answers: the declarations, and the fields that were looked for
	Unread int      `json:"unread,omitempty"`
	Left   int      `json:"left,omitempty"`   // sights beyond the bound
	Owners []string `json:"owners,omitempty"` // of the declared files, by CODEOWNERS
	Sights []Sight  `json:"sights"`
}

// MostSights is how many sights are kept of one repository.
const MostSights = 5_000

// Gather puts sights in order, those of one field in one file together, and keeps the surest within the bound. left
// says how many are not kept.
func Gather(all []Sight) (kept []Sight, left int) {
	type key struct{ dataset, field, file string }
	at := map[key]int{}
	for _, s := range all {
		k := key{s.Dataset, s.Field, s.File}
		i, seen := at[k]
		if !seen {
			at[k] = len(kept)
			kept = append(kept, s)
			continue
		}
		kept[i] = surer(kept[i], s)
	}
	slices.SortFunc(kept, func(a, b Sight) int {
		return cmp.Or(cmp.Compare(a.How.rank(), b.How.rank()), compareSights(a, b))
	})
	left = max(0, len(kept)-MostSights)
	kept = kept[:len(kept)-left]
	slices.SortFunc(kept, compareSights)
	return kept, left
}

func surer(a, b Sight) Sight {
	places := a.Places + b.Places
	if b.How.rank() < a.How.rank() || b.How == a.How && b.Line < a.Line {
		a = b
	}
	a.Places = places
	return a
}

func compareSights(a, b Sight) int {
	return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Field, b.Field), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
}
