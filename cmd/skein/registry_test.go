package main

import (
	"fmt"
	"testing"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/store"
)

// Ten thousand repositories are seen, and what they declare is known, with no more than 150 requests; the next look at
// them takes no more.
func TestManyRepositories(t *testing.T) {
	t.Parallel()
	const repos, datasets, most = 10_000, 1_000, 150
	all := map[string]map[string]string{}
	for i := range repos {
		all[fmt.Sprint("r", i)] = map[string]string{
			".github/skein.yml": fmt.Sprintf("version: 1\nconsumes: [{dataset: sales.d%d, paths: [\"**/*.sql\"]}]\n", i%datasets),
		}
	}
	l := newLife(t, all)
	l.check(l.app.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "DELETE FROM members; DELETE FROM declarations")
		return err
	}))
	for _, look := range []string{"a look from nothing", "the next look"} {
		l.requests.Store(0)
		l.check(l.app.engine.Sweep(t.Context()))
		l.check(l.settle(t.Context()))
		n := l.requests.Load()
		t.Logf("%s took %d requests", look, n)
		if n > most {
			t.Errorf("%s took %d requests, want at most %d", look, n, most)
		}
	}
	var readers []consumer.Declaration
	l.check(l.app.store.Update(t.Context(), func(tx *store.Tx) (err error) {
		readers, err = tx.Readers(t.Context(), "sales.d7")
		return err
	}))
	if len(readers) != repos/datasets {
		t.Errorf("%d repositories declare sales.d7, want %d", len(readers), repos/datasets)
	}
}
