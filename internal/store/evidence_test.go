package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/store"
)

// Evidence about a dataset is that of whoever declares it, and of whoever was seen to read it; saving it anew forgets
// what was seen before.
func TestEvidence(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	see := func(id int64, at string, sights ...consumer.Sight) {
		in(t, s, func(ctx context.Context, tx *store.Tx) error {
			return tx.SaveEvidence(ctx, consumer.Evidence{Repo: repo.ID(id), At: repo.SHA(at), Asked: "q", Sights: sights})
		})
	}
	read := consumer.Sight{Dataset: "a.b", Field: "x", File: "q.sql", Line: 3, Places: 2, How: consumer.Reads, Declared: true}
	other := consumer.Sight{Dataset: "a.c", Field: "x", File: "q.sql", Line: 4, Places: 1, How: consumer.May}
	see(1, "old", read, other, consumer.Sight{Dataset: "a.b", Field: "gone", File: "q.sql", Line: 1, Places: 1, How: consumer.Reads})
	see(1, "new", read, other)
	see(2, "two", other)
	see(3, "three")
	in(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.SaveDeclarations(ctx, 3, []consumer.Declaration{{Repo: repo.Name{Owner: "acme", Name: "c"}, Dataset: "a.b"}})
	})
	seen := func() []consumer.Evidence {
		return get(t, s, func(ctx context.Context, tx *store.Tx) ([]consumer.Evidence, error) { return tx.Seen(ctx, "a.b") })
	}
	want := []consumer.Evidence{{Repo: 1, At: "new", Asked: "q", Sights: []consumer.Sight{read}}, {Repo: 3, At: "three", Asked: "q"}}
	if diff := cmp.Diff(want, seen()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for field, n := range map[string]int{"x": 1, "x.deep": 1, "y": 0, "": 1} {
		got := get(t, s, func(ctx context.Context, tx *store.Tx) ([]consumer.Evidence, error) {
			return tx.SeenOf(ctx, "a.b", field)
		})
		if len(got) != 2 || len(got[0].Sights) != n {
			t.Errorf("of %q is seen %+v", field, got)
		}
	}
	in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DropEvidence(ctx, 1) })
	if diff := cmp.Diff(want[1:], seen()); diff != "" {
		t.Errorf("after dropping -want +got\n%s", diff)
	}
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.EvidenceOf(t.Context(), 1)
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("dropped evidence: %v", err)
	}
}

// What an earlier round found is not seen, and gone with the first find of the next one.
func TestLooks(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	in(t, s, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.SaveLook(ctx, "7/1", "r1", "acme/a", "1"), tx.SaveLook(ctx, "7/1", "r1", "acme/b", "2"), tx.SaveLook(ctx, "7/2", "r1", "acme/a", "3"),
			tx.SaveLook(ctx, "7/1", "r2", "acme/a", "4"))
	})
	for _, c := range []struct {
		pull, round string
		want        map[string]string
	}{
		{"7/1", "r1", map[string]string{}}, {"7/1", "r2", map[string]string{"acme/a": "4"}}, {"7/2", "r1", map[string]string{"acme/a": "3"}},
	} {
		got := get(t, s, func(ctx context.Context, tx *store.Tx) (map[string]string, error) {
			return tx.Looks(ctx, c.pull, c.round)
		})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s in %s: %s", c.pull, c.round, diff)
		}
	}
	in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DropLooks(ctx, "7/1") })
	if got := get(t, s, func(ctx context.Context, tx *store.Tx) (map[string]string, error) { return tx.Looks(ctx, "7/1", "r2") }); len(got) > 0 {
		t.Errorf("dropped looks: %v", got)
	}
}
