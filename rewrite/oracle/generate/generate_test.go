package generate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite/oracle"
)

// TestReplay: the same bytes give the same query, and what is known of it is where it stands.
func TestReplay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		engine := []string{"duckdb", "sqlite", "postgres"}[seed%3]
		s := Source{}.Schema(engine, seed)
		a, b := Source{}.Query(engine, s, Bytes(seed)), Source{}.Query(engine, Source{}.Schema(engine, seed), Bytes(seed))
		if diff := cmp.Diff(a.SQL, b.SQL); diff != "" {
			t.Fatal(diff)
		}
		for _, n := range a.Facts.Names {
			name := strings.ToLower(strings.Trim(a.SQL[n.Start:n.End], `"`))
			if n.Column == "" {
				continue
			}
			column, field, nested := strings.Cut(n.Column, ".")
			if !nested {
				field = column
			}
			if table := s.Table(n.Table); name != field || table == nil || table.Column(column) == nil {
				t.Fatalf("seed %d: %q at %d stands for %s.%s", seed, name, n.Start, n.Table, n.Column)
			}
		}
	}
}

// TestSimplest: without choices there is still a query, and it is short.
func TestSimplest(t *testing.T) {
	t.Parallel()
	q := Source{}.Query("duckdb", Source{}.Schema("duckdb", 1), nil)
	if len(q.SQL) > 40 || !strings.HasPrefix(q.SQL, "SELECT ") {
		t.Errorf("%q", q.SQL)
	}
}

// FuzzQuery: any bytes end as a query.
func FuzzQuery(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint64(1))
	f.Fuzz(func(t *testing.T, bytes []byte, seed uint64) {
		for _, engine := range []string{"duckdb", "sqlite", "postgres"} {
			s := Source{}.Schema(engine, seed)
			q := Source{}.Query(engine, s, bytes)
			if len(oracle.Statements(q.SQL)) == 0 {
				t.Fatal("no query")
			}
			for _, ch := range oracle.Changes(s, engine, "fresh", pool()) {
				_ = q.Decides(ch)
			}
			if q.Facts.Again != nil {
				q.Facts.Again()
			}
		}
	})
}
