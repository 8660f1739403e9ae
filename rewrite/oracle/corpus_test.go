package oracle_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/skein-bot/skein/rewrite/oracle"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// TestCorpus renames every column of every schema under every query.
func TestCorpus(t *testing.T) {
	for _, name := range strings.Fields(*engines) {
		t.Run(name, func(t *testing.T) {
			court := oracle.Court{Engine: open(t, name), Rewriter: skeinsql.New()}
			all, err := oracle.Corpora(name)
			if err != nil {
				t.Fatal(err)
			}
			total, queries := oracle.NewTally(), 0
			for _, c := range all {
				s := &oracle.Session{Court: court, Schema: c.Schema, Queries: c.Queries, Tally: oracle.NewTally(),
					Changes: oracle.Changes(c.Schema, name, "fresh", c.Taken)}
				failures, err := s.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, q := range s.Unusable() {
					t.Errorf("%s: the engine does not accept it, or answers otherwise the second time: %s", q.Name, q.SQL)
				}
				queries += len(c.Queries)
				total.Add(s.Tally)
				report(t, court, failures)
				for _, q := range slices.Sorted(maps.Keys(s.Tally.Refused)) {
					t.Logf("refused: %s", q)
				}
			}
			wrong(t, total)
			refused := total.Classes[oracle.Refused]
			if edited := total.Classes[oracle.Right]; refused*100 > 3*(edited+refused) {
				t.Errorf("%d trials are refused and %d are right: more than three in a hundred", refused, edited)
			}
			if queries < 300 && name == "duckdb" {
				t.Errorf("only %d queries", queries)
			}
			t.Logf("%s", total)
		})
	}
}
