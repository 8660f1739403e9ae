package consumer

import (
	"cmp"
	"slices"

	"github.com/skein-bot/skein/internal/repo"
)

// Reader is a repository that is said, or was seen, to read a dataset, and what is known of one field there.
type Reader struct {
	Repo       repo.Name       `json:"repo"`
	ID         repo.ID         `json:"id,omitempty"` // 0: Skein is not installed there
	Visibility repo.Visibility `json:"visibility"`
	Reads      []Read          `json:"declared"` // empty: nobody declared it
	Standing   Standing        `json:"standing"`
	At         repo.SHA        `json:"at,omitempty"`     // the commit that was looked at; "" when none was
	Behind     bool            `json:"behind,omitempty"` // something changed since then: the code, or what is declared
	Unread     int             `json:"unread,omitempty"` // files that could not be read
	Owners     []string        `json:"owners,omitempty"`
	Sights     []Sight         `json:"sights"` // of the field, those of declared files first
}

// Standing is what declarations and code say together.
type Standing string

// The standings.
const (
	Confirmed  Standing = "reads"         // declared, and seen
	Possible   Standing = "may read"      // declared, and what the code means is not certain
	Unread     Standing = "does not read" // declared, and seen not to
	Undeclared Standing = "undeclared"    // seen outside what is declared
	Likely     Standing = "likely"        // nobody declared it; another tool's file claims it
	Unseen     Standing = "not looked at" // declared, and nobody has looked yet
)

// Readers puts together who reads a field of a dataset, or the dataset itself as field "": consumers by their word, and
// evidence with the sights of that dataset. members tells of both whom they are.
func Readers(field string, consumers []Consumer, seen []Evidence, members []Member) []Reader {
	byName, byID := make(map[repo.Name]*Member, len(members)), make(map[repo.ID]*Member, len(members))
	for i := range members {
		m := &members[i]
		byName[m.Repo.Name.Fold()], byID[m.Repo.ID] = m, m
	}
	evidence := make(map[repo.ID]*Evidence, len(seen))
	for i := range seen {
		evidence[seen[i].Repo] = &seen[i]
	}
	out := make([]Reader, 0, len(consumers))
	for _, c := range consumers {
		m := cmp.Or(byName[c.Repo.Fold()], &Member{})
		e := evidence[m.Repo.ID]
		delete(evidence, m.Repo.ID)
		out = append(out, reader(field, c, m, e))
	}
	for id, e := range evidence {
		if m := byID[id]; m != nil && slices.ContainsFunc(e.Sights, func(s Sight) bool { return s.Covers(field) }) {
			out = append(out, reader(field, Consumer{Repo: m.Repo.Name}, m, e))
		}
	}
	slices.SortFunc(out, func(a, b Reader) int { return a.Repo.Compare(b.Repo) })
	return out
}

// reader is one of them. e is nil where nobody has looked.
func reader(field string, c Consumer, m *Member, e *Evidence) Reader {
	r := Reader{Repo: c.Repo, ID: m.Repo.ID, Visibility: m.Repo.Visibility, Reads: c.Reads, Standing: Unseen}
	if e == nil {
		return r
	}
	r.At, r.Behind, r.Unread, r.Owners = e.At, e.At != m.Head, e.Unread+e.Left, e.Owners
	for _, s := range e.Sights {
		if s.Covers(field) {
			r.Sights = append(r.Sights, s)
		}
	}
	slices.SortStableFunc(r.Sights, func(a, b Sight) int {
		return cmp.Or(-cmp.Compare(flag(a.Declared), flag(b.Declared)), cmp.Compare(a.How.rank(), b.How.rank()))
	})
	r.Standing = standing(r)
	return r
}

func standing(r Reader) Standing {
	has := func(declared bool, sure bool) bool {
		return slices.ContainsFunc(r.Sights, func(s Sight) bool {
			return s.Declared == declared && (s.How == Reads || s.How == Passes) == sure && !s.How.Claimed()
		})
	}
	switch {
	case has(true, true):
		return Confirmed
	case has(false, true):
		return Undeclared
	case len(r.Reads) == 0:
		return Likely
	case has(true, false), r.Unread > 0:
		return Possible
	}
	return Unread
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
