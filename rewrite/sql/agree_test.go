package sql

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
)

// TestAgreed compares the sweep with the rule it stands for, on pieces and edits at random.
func TestAgreed(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	made, refused := 0, 0
	for range 3000 {
		m, asked := randomPieces(rnd), map[rewrite.Edit]int{}
		for range 1 + rnd.IntN(5) {
			start := rnd.IntN(20)
			asked[rewrite.Edit{Start: start, End: start + rnd.IntN(3), New: "xyz"[rnd.IntN(3):]}] += 1 + rnd.IntN(3)
		}
		done, disputed := m.agreed(asked)
		made, refused = made+len(done), refused+len(disputed)
		got := map[rewrite.Edit]bool{}
		for _, e := range done {
			got[e] = true
		}
		want := map[rewrite.Edit]bool{}
		for e := range asked {
			if agrees(m, e, asked) {
				want[e] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(done)+len(disputed) != len(asked) {
			t.Fatalf("%+v\n%+v\n(-rule +sweep):\n%s", m.pieces, asked, diff)
		}
	}
	if made < 1000 || refused < 1000 {
		t.Errorf("%d edits made and %d refused: too few to tell", made, refused)
	}
}

func randomPieces(rnd *rand.Rand) *pieceMap {
	m := &pieceMap{}
	for range rnd.IntN(8) {
		start := rnd.IntN(18)
		p := Piece{Start: start, End: start + rnd.IntN(8), Made: rnd.IntN(3) == 0}
		p.Closes = p.Made && rnd.IntN(2) == 0
		m.pieces = append(m.pieces, p)
	}
	return m
}

// agrees is the rule for one edit: every copy of the place asks for it, and no other edit overlaps it.
func agrees(m *pieceMap, e rewrite.Edit, asked map[rewrite.Edit]int) bool {
	copies := 0
	for _, p := range m.pieces {
		switch {
		case e.Start == e.End:
			if p.Start < e.Start && e.Start <= p.End && p.Made == (p.Closes && e.Start == p.End) {
				copies++
			}
		case !p.Made && p.Start <= e.Start && e.End <= p.End:
			copies++
		}
	}
	for other := range asked {
		if other != e && (other.Start == e.Start || other.Start < e.End && e.Start < other.End) {
			return false
		}
	}
	return asked[e] >= copies
}
