package oracle_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skein-bot/skein/rewrite/oracle"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// TestCorpus makes every change of every schema under every query.
func TestCorpus(t *testing.T) {
	for name := range strings.FieldsSeq(*engines) {
		t.Run(name, func(t *testing.T) {
			start, version := time.Now(), open(t, name)
			all, err := oracle.Corpora(name)
			if err != nil {
				t.Fatal(err)
			}
			total, queries := oracle.NewTally(), 0
			var mu sync.Mutex // guards total
			t.Run("schemas", func(t *testing.T) {
				for _, c := range all {
					queries += len(c.Queries)
					t.Run(c.Schema.Name, func(t *testing.T) {
						if name != "postgres" { // which has one schema for all
							t.Parallel()
						}
						tally := corpus(t, name, c)
						mu.Lock()
						defer mu.Unlock()
						total.Add(tally)
					})
				}
			})
			wrong(t, total)
			refused := total.Classes[oracle.Refused]
			for _, excused := range total.Excuses {
				refused -= excused
			}
			if edited := total.Classes[oracle.Right]; refused*100 > 3*(edited+refused) {
				t.Errorf("%d trials are refused without an excuse and %d are right: more than three in a hundred", refused, edited)
			}
			if queries < 300 && name == "duckdb" {
				t.Errorf("only %d queries", queries)
			}
			t.Logf("%s", total)
			record(t, version, "corpus", time.Since(start), total)
		})
	}
}

// corpus tries the queries of one schema.
func corpus(t *testing.T, engine string, c oracle.Corpus) *oracle.Tally {
	t.Helper()
	court := oracle.Court{Engine: open(t, engine), Rewriter: skeinsql.New()}
	s := &oracle.Session{Court: court, Schema: c.Schema, Queries: c.Queries, Tally: oracle.NewTally(), Share: c.Share,
		Changes: oracle.Changes(c.Schema, engine, "fresh", c.Taken)}
	failures, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range s.Unusable() {
		t.Errorf("%s: the engine does not accept it, or answers otherwise the second time: %s", q.Name, q.SQL)
	}
	for _, q := range slices.Sorted(maps.Keys(s.Tally.Refused)) {
		t.Logf("refused: %s", q)
	}
	report(t, court, failures)
	return s.Tally
}
