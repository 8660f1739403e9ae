package schematest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
)

// Format is what TellsAll needs of a format: its parser, what to make up, and a printer that may format as it
// likes.
type Format struct {
	Parse     Parser
	Maker     Maker
	Print     func(s schema.Schema, r *rand.Rand) []schema.File
	Unordered bool // fields have no order, and lists no presence
}

// Words makes types of their spellings.
func Words(words ...string) []schema.Type {
	var out []schema.Type
	for _, w := range words {
		out = append(out, schema.Type{Kind: "scalar", Physical: w})
	}
	return out
}

// TellsAll holds what tell says of so many pairs, and that among them each kind of change was seen that any format can
// show, and those that this one can show also.
func (f Format) TellsAll(t testing.TB, pairs uint64, also ...schema.Kind) {
	t.Helper()
	seen, err := f.tell(pairs)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range append(also, schema.DatasetAdded, schema.DatasetRemoved, schema.FieldAdded, schema.FieldRemoved, schema.FieldRenamed,
		schema.TypeWidened, schema.TypeNarrowed, schema.TypeChanged, schema.NullableRelaxed, schema.NullableTightened) {
		if seen[k] == 0 {
			t.Errorf("no schema had a change of kind %s", k)
		}
	}
}

// tell makes up so many pairs of schemas, prints and parses them, and holds that
//   - what is printed twice, formatted otherwise, differs in nothing;
//   - printing what was parsed and parsing it again changes nothing;
//   - the reported changes, applied to the old schema, give the new one.
//
// It returns how often each kind of change was seen.
func (f Format) tell(pairs uint64) (map[schema.Kind]int, error) {
	seen := map[schema.Kind]int{}
	for seed := range pairs {
		m := f.Maker
		m.Rand = rand.New(rand.NewPCG(seed, 3))
		made := m.Schema()
		before, err := f.parsed(made, m.Rand)
		if err != nil {
			return nil, fmt.Errorf("seed %d: %w", seed, err)
		}
		after, err := f.parsed(m.Changed(made), m.Rand)
		if err != nil {
			return nil, fmt.Errorf("seed %d: %w", seed, err)
		}
		changes := schema.Diff(before, after, schema.Declarations{})
		got := f.plain(Apply(before, changes, Spelled(before, after)), before)
		if want := f.plain(after, before); strings.Join(want, "\n") != strings.Join(got, "\n") {
			return nil, fmt.Errorf("seed %d: applying\n%sto\n%s\ngives\n%s\nand not\n%s", seed, Changes(changes), Show(before), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, c := range changes {
			seen[c.Kind]++
		}
	}
	return seen, nil
}

// parsed prints a schema twice and returns what both say.
func (f Format) parsed(s schema.Schema, r *rand.Rand) (schema.Schema, error) {
	one, err := f.Parse(f.Print(s, r), "")
	if err != nil {
		return one, fmt.Errorf("%w in\n%s", err, text(f.Print(s, r)))
	}
	for _, again := range []schema.Schema{s, one} {
		files := f.Print(again, r)
		other, err := f.Parse(files, "")
		if err != nil {
			return one, fmt.Errorf("%w in\n%s", err, text(files))
		}
		if changes := schema.Diff(one, other, schema.Declarations{}); len(changes) > 0 {
			return one, fmt.Errorf("printed anew it differs:\n%s%s", Changes(changes), text(files))
		}
	}
	return one, nil
}

func text(files []schema.File) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "-- %s --\n%s\n", f.Path, f.Content)
	}
	return b.String()
}
