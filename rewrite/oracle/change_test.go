package oracle

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
)

// TestChangesAreMade: what a change does in the database is what the rewriter is told, and it can be taken back.
func TestChangesAreMade(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite", "duckdb"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engine(t, name)
			all, err := Corpora(name)
			if err != nil {
				t.Fatal(err)
			}
			want := "retail"
			if name == "duckdb" {
				want = "nested" // the one with structs
			}
			i := slices.IndexFunc(all, func(c Corpus) bool { return c.Schema.Name == want })
			if i < 0 {
				t.Fatalf("there is no corpus %s", want)
			}
			s := all[i].Schema
			if err := e.Load(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			modes := map[Mode]bool{}
			for _, ch := range Changes(s, name, "fresh", []string{"region", "f", "t"}) {
				modes[ch.Mode] = true
				made(t, e, s, ch)
			}
			most := len(Modes())
			if name == "sqlite" {
				most-- // no structs
			}
			if len(modes) != most {
				t.Errorf("only %v", modes)
			}
		})
	}
}

func engine(t *testing.T, name string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), name, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func made(t *testing.T, e *Engine, s *Schema, ch Change) {
	t.Helper()
	table := s.Table(ch.Table)
	before := content(t, e, ch.Table)
	if err := e.Do(t.Context(), ch.do(table, e.Name)...); err != nil {
		t.Fatalf("%s: %v", ch, err)
	}
	name := ch.Table
	if ch.Mode == Moved {
		name = ch.To
	}
	after := content(t, e, name)
	for _, entry := range s.catalog(e.Name, ch).Tables {
		if entry.Dataset == name {
			if diff := cmp.Diff(names(entry.After), after.Names); diff != "" {
				t.Errorf("%s: %s", ch, diff)
			}
		}
	}
	if ch.Mode == Value && ch.alike(before, after, false) == before.Same(after) {
		t.Errorf("%s: the value did not change, or nobody can read it", ch)
	}
	if err := e.Do(t.Context(), ch.undo(table, e.Name)...); err != nil {
		t.Fatalf("%s, back: %v", ch, err)
	}
	if again := content(t, e, ch.Table); !slices.Equal(before.Names, again.Names) || !before.Same(again) {
		t.Errorf("%s: not taken back", ch)
	}
}

func content(t *testing.T, e *Engine, table string) Answer {
	t.Helper()
	q := &Query{SQL: "SELECT * FROM " + quote(table)}
	a, err := e.Ask(t.Context(), q, q.SQL)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func names(cols []rewrite.Column) (out []string) {
	for _, c := range cols {
		out = append(out, c.Name)
	}
	return out
}

// parrot says the same all the time, in another layout.
type parrot struct{}

func (parrot) Schema(string, uint64) *Schema {
	return &Schema{Name: "parrot", Tables: []Table{table("k", 6, "n int 5", "v int 5")}}
}

func (parrot) Bytes(seed uint64) []byte { return []byte{byte(seed)} }

func (parrot) Query(_ string, _ *Schema, choices []byte) *Query {
	return &Query{SQL: "SELECT n " + strings.Repeat(" ", int(choices[0]%8)) + ", v FROM K -- n"}
}

// keen edits the name behind SELECT.
type keen struct{ rewrite.Rewriter }

func (keen) For(req rewrite.Request) func(rewrite.File) rewrite.Result {
	return func(f rewrite.File) (res rewrite.Result) {
		ch, p := req.Mapping.Changes[0], pieces(string(f.Content))[1]
		if ch.Kind == rewrite.RenameField && len(req.Mapping.Changes) == 1 && p.text == ch.From {
			res.Edits = append(res.Edits, rewrite.Edit{Start: p.start, End: p.end, New: ch.To + " AS " + p.text})
		}
		return res
	}
}

// TestPairsCountOnce: a query that comes again, in whatever layout, is not evidence again.
func TestPairsCountOnce(t *testing.T) {
	t.Parallel()
	run := func(sessions uint64) *Tally {
		h := &Hunt{Source: parrot{}, Enough: func(_ *Tally, begun uint64) bool { return begun >= sessions }}
		total, _, err := h.Run(t.Context(), Court{Engine: engine(t, "sqlite"), Rewriter: keen{}})
		if err != nil {
			t.Fatal(err)
		}
		return total
	}
	one, three := run(1), run(3)
	if one.Informative == 0 || one.Informative != three.Informative || three.Duplicates != 3*perSchema-1 {
		t.Errorf("%d pairs of one session, %d of three, %d queries met twice", one.Informative, three.Informative, three.Duplicates)
	}
}

// TestHuntStops: two connections together hold as many sessions as were asked for.
func TestHuntStops(t *testing.T) {
	t.Parallel()
	h := &Hunt{Source: parrot{}, Enough: func(_ *Tally, begun uint64) bool { return begun >= 5 }}
	courts := []Court{{Engine: engine(t, "sqlite"), Rewriter: keen{}}, {Engine: engine(t, "sqlite"), Rewriter: keen{}}}
	total, _, err := h.Run(t.Context(), courts...)
	if err != nil || total.Sessions != 5 {
		t.Errorf("%d sessions, %v", total.Sessions, err)
	}
}
