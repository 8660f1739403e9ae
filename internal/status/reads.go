package status

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/schema"
)

// mostOthers is how many fields a check names that a reader reads and that stay as they are.
const mostOthers = 6

// sure reports whether the code certainly uses what was seen.
func sure(s consumer.Sight) bool { return s.How == consumer.Reads || s.How == consumer.Passes }

// touch is the first change of what was seen; -1 when it stays as it is. Fields that are new or stand elsewhere are
// for stars alone.
func (i Impact) touch(s consumer.Sight) int {
	return slices.IndexFunc(i.Changes, func(c schema.Change) bool {
		added := c.Kind == schema.FieldAdded || c.Kind == schema.FieldReordered
		return c.Dataset == s.Dataset && (!added && s.Covers(schema.Names(c.Path)) || added && s.Field == consumer.Row)
	})
}

// breaks reports whether code that stays as it is fails where this was seen.
func (i Impact) breaks(s consumer.Sight) bool {
	return slices.ContainsFunc(i.Changes, func(c schema.Change) bool {
		return c.Forward == schema.Breaks && c.Dataset == s.Dataset && s.Covers(schema.Names(c.Path)) && sure(s)
	})
}

// seenIn are the fields that a reader's code reads: those that change with the first place of each, and others.
func (i Impact) seenIn(r Reader) string {
	changed := codes(i.reads(r))
	if len(r.Sights) == 0 {
		return changed
	}
	var parts, others []string
	told := map[string]bool{}
	for _, s := range r.Sights {
		name := sightName(s)
		switch {
		case told[name] || s.Field == "":
		case i.touch(s) >= 0:
			parts = append(parts, perhaps(s)+code(name)+" at "+i.at(r, s))
		case sure(s):
			others = append(others, code(name))
		default:
			continue
		}
		told[name] = true
	}
	if len(parts) == 0 && r.fate() != unaffected {
		parts = append(parts, changed)
	}
	more := ""
	if n := len(others) - mostOthers; n > 0 {
		others, more = others[:mostOthers], fmt.Sprintf(" and %d more", n)
	}
	if len(others) > 0 {
		parts = append(parts, "not changed: "+strings.Join(others, ", ")+more)
	}
	if len(parts) == 0 {
		return changed
	}
	return strings.Join(parts, "; ")
}

func perhaps(s consumer.Sight) string {
	if sure(s) {
		return ""
	}
	return "perhaps "
}

func sightName(s consumer.Sight) string { return field(s.Dataset, s.Field) }

// field is DATASET.FIELD, DATASET.* for whole rows, or the dataset alone.
func field(dataset, name string) string { return strings.TrimSuffix(dataset+"."+name, ".") }

func (i Impact) at(r Reader, s consumer.Sight) string {
	return link(fmt.Sprintf("%s:%d", s.File, s.Line), i.Links.Line(r.Repo.Name, r.At, s.File, s.Line))
}

// mostOwners is how many owners a check names.
const mostOwners = 5

// whom says who answers for a reader's files where people are needed.
func (i Impact) whom(r Reader) string {
	if r.fate() != needsPeople || len(r.Owners) == 0 {
		return ""
	}
	return ": " + codes(r.Owners[:min(len(r.Owners), mostOwners)])
}

// claims are what other tools' files say of a repository whose code was not seen to read what changes, one for each
// dataset.
func (r Reader) claims() (out []consumer.Sight) {
	for _, s := range r.Sights {
		same := func(o consumer.Sight) bool { return o.Dataset == s.Dataset && (sure(o) || o.Declared) }
		told := func(o consumer.Sight) bool { return o.Dataset == s.Dataset }
		if s.How.Claimed() && !s.Declared && !slices.ContainsFunc(r.Sights, same) && !slices.ContainsFunc(out, told) {
			out = append(out, s)
		}
	}
	return out
}

// idle are the changed datasets that a reader declares, and of which none of its declared files reads anything.
func (r Reader) idle() (out []string) {
	if !r.Seen {
		return nil
	}
	for _, read := range r.Reads {
		used := func(s consumer.Sight) bool {
			return s.Dataset == read.Dataset && s.Declared && s.How != consumer.Mentions
		}
		if !slices.ContainsFunc(r.Sights, used) {
			out = append(out, read.Dataset)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// astray are the files that read a changed dataset and that nobody declared, one sight for each file: the one of which most
// is to be said.
func (i Impact) astray(r Reader) (out []consumer.Sight) {
	for _, s := range r.Sights {
		if s.Declared || !sure(s) {
			continue
		}
		k := slices.IndexFunc(out, func(o consumer.Sight) bool { return o.File == s.File && o.Dataset == s.Dataset })
		switch {
		case k < 0:
			out = append(out, s)
		case i.worse(s, out[k]):
			out[k] = s
		}
	}
	return out
}

// worse reports whether more is to be said of a than of b: that it breaks, that it changes, which field it is.
func (i Impact) worse(a, b consumer.Sight) bool {
	weight := func(s consumer.Sight) (n int) {
		for bit, is := range []bool{s.Field != "", i.touch(s) >= 0, i.breaks(s)} {
			if is {
				n |= 1 << bit
			}
		}
		return n
	}
	return weight(a) > weight(b)
}

// strays is how many repositories have files that nobody declared and that break.
func (i Impact) strays() (n int) {
	for _, r := range slices.Concat(i.Readers, i.Strays) {
		if slices.ContainsFunc(i.astray(r), i.breaks) && r.fate() != needsPeople {
			n++
		}
	}
	return n
}

// drift lists where what is declared and what the code reads differ, both ways.
func (i Impact) drift(m *markdown) {
	var items []string
	unseen := 0
	for _, r := range slices.Concat(i.sorted(), i.Strays) {
		idle, astray, claims := r.idle(), i.astray(r), r.claims()
		if len(idle)+len(astray)+len(claims) > 0 && i.hidden(r) {
			unseen++
			continue
		}
		name := link(r.Repo.Name.String(), i.Links.Repo(r.Repo.Name))
		for _, d := range idle {
			items = append(items, fmt.Sprintf("%s declares %s, and no file that it declares reads it", name, code(d)))
		}
		for _, s := range astray {
			items = append(items, fmt.Sprintf("%s reads %s at %s, %s: no one is asked to change it%s", name, code(sightName(s)), i.at(r, s), unsaid(r), fails(i.breaks(s))))
		}
		for _, s := range claims {
			items = append(items, fmt.Sprintf("%s %s %s, as %s has it, and declares nothing of it; no code was seen to read it", name, s.How, code(s.Dataset), i.at(r, s)))
		}
	}
	if len(items)+unseen == 0 {
		return
	}
	m.heading("Declared and read")
	m.list(items, "difference")
	if unseen > 0 {
		m.para("And such differences in private repositories: %d.", unseen)
	}
}

func unsaid(r Reader) string {
	if len(r.Reads) == 0 {
		return "and declares nothing of it"
	}
	return "which is outside the declared paths"
}

func fails(breaks bool) string {
	if breaks {
		return ", and it breaks"
	}
	return ""
}
