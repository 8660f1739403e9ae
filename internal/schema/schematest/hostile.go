package schematest

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
)

// Hostile is how a format writes what hurts a careless reader. Each func writes a whole file; the ones for which the
// format has no words are nil.
type Hostile struct {
	Parse Parser
	File  string // the name of the file, whose ending may choose the language

	Nest     func(n int) string              // n types within each other
	Open     string                          // what opens a level; it is never closed
	Before   string                          // what stands before the levels that are never closed
	Chain    func(n int) string              // n types of which each leads to the next
	Cycle    func(n int) string              // n types of which each leads to the next, and the last to the first
	Doubling func(n int) string              // n types of which each holds the next twice: 2^n in all
	Enum     func(n int, name string) string // an enum of n values whose names begin so
	Wide     func(n int, name string) string // a dataset of n fields whose names begin so
	Pad      string                          // what may stand in a file any number of times and says nothing
}

// attack is one file, and what may come of it.
type attack struct {
	name    string
	write   func() string
	refused bool // whether it must be refused; else it must be read when easy, and may be either when not
	easy    bool
	spare   uint64 // how many bytes reading may allocate
}

// The bounds of the memory that all that is allocated while reading a file may take, freed or not.
const (
	little = 1 << 20 // to refuse a file that nobody read
	much   = 3 << 29 // to read the largest file that is not refused
)

// Attack feeds all that the format has words for, and holds that each file is read, or refused with a place, in bounded
// memory. It measures, so a test that calls it must not be parallel.
func (h Hostile) Attack() error {
	var faults []error
	for _, a := range h.attacks() {
		if err := h.survive(a); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", a.name, err))
		}
	}
	return errors.Join(append(faults, h.compare("enum", h.Enum), h.compare("dataset", h.Wide))...)
}

func (h Hostile) attacks() []attack {
	all := []attack{
		{name: "a file of 100 MiB", refused: true, spare: little, write: func() string { return strings.Repeat(h.Pad, 100<<20/len(h.Pad)+1) }},
		{name: "levels never closed", refused: true, spare: much, write: func() string { return h.Before + strings.Repeat(h.Open, 100_000) }},
	}
	add := func(name string, write func(int) string, n int, refused, easy bool) {
		if write != nil {
			all = append(all, attack{fmt.Sprintf("%s of %d", name, n), func() string { return write(n) }, refused, easy, much})
		}
	}
	add("nesting", h.Nest, 10, false, true)
	add("nesting", h.Nest, 10_000, true, false)
	add("a chain", h.Chain, 10, false, true)
	add("a chain", h.Chain, 10_000, true, false)
	for _, n := range []int{1, 2, 20} {
		add("a cycle", h.Cycle, n, false, true)
	}
	add("a cycle", h.Cycle, 5000, false, false)
	add("doubling", h.Doubling, 5, false, true)
	add("doubling", h.Doubling, 64, true, false)
	add("an enum", named(h.Enum), 100_000, false, true)
	add("an enum", named(h.Enum), 1_000_000, true, false)
	add("a dataset", named(h.Wide), 5000, false, true)
	add("a dataset", named(h.Wide), 100_000, false, false)
	add("a dataset", named(h.Wide), 1_000_000, true, false)
	return all
}

func named(write func(int, string) string) func(int) string {
	if write == nil {
		return nil
	}
	return func(n int) string { return write(n, "x") }
}

// survive parses one file.
func (h Hostile) survive(a attack) error {
	src := []byte(a.write())
	var s schema.Schema
	var err error
	spent := allocated(func() { s, err = h.Parse([]schema.File{{Path: h.File, Content: src}}, "") })
	switch {
	case spent > a.spare:
		return fmt.Errorf("took %d bytes of memory, and %d at most are right", spent, a.spare)
	case err == nil && a.refused:
		return fmt.Errorf("was not refused")
	case err == nil && len(s.Datasets) == 0:
		return fmt.Errorf("was read as nothing")
	case err != nil && a.easy:
		return fmt.Errorf("was refused: %w", err)
	case err != nil:
		return h.told(err)
	}
	return nil
}

// told holds that a refusal is short and says where. Of a file that nobody read the name must do.
func (h Hostile) told(err error) error {
	var at *schema.ParseError
	switch {
	case !errors.As(err, &at):
		return fmt.Errorf("no place: %.400w", err)
	case at.File != h.File || at.Line == 0 && !strings.Contains(at.Msg, "too large"):
		return fmt.Errorf("no place but %s: %.400s", at.Position, at.Msg)
	case len(at.Msg) > 400:
		return fmt.Errorf("a refusal of %d bytes: %.400s", len(at.Msg), at.Msg)
	}
	return nil
}

// compare holds that a large thing of which all names are new is compared with the old one in bounded memory, and that
// each name counts.
func (h Hostile) compare(what string, write func(int, string) string) error {
	if write == nil {
		return nil
	}
	const n = 5000
	var sides [2]schema.Schema
	for i, name := range []string{"x", "y"} {
		var err error
		if sides[i], err = h.Parse([]schema.File{{Path: h.File, Content: []byte(write(n, name))}}, ""); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	var changes []schema.Change
	spent := allocated(func() { changes = schema.Diff(sides[0], sides[1], schema.Declarations{}) })
	if len(changes) < n || spent > much {
		return fmt.Errorf("comparing one %s of %d names with another tells %d changes and takes %d bytes", what, n, len(changes), spent)
	}
	return nil
}

// allocated is how many bytes a call takes from memory in all.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Lines writes n lines, each made of its number.
func Lines(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
	}
	return b.String()
}
