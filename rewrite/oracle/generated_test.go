package oracle_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/rewrite/oracle"
	"github.com/skein-bot/skein/rewrite/oracle/generate"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

var (
	seed     = flag.Uint64("seed", 1, "where random queries begin")
	sessions = flag.Int("sessions", 6, "how many random schemas per engine")
	engines  = flag.String("engines", "sqlite duckdb postgres", "which engines to ask")
	each     = flag.Int("each", 1, "how many failures of a kind are made small")
	results  = flag.String("results", "", "a file that the figures are added to")
	duration = flag.Duration("duration", 0, "run for so long instead of -n schemas")
)

// often is how many times a construct must have been tried before it must have proved something.
const often = 60

// open starts an engine for a test.
func open(t *testing.T, name string) *oracle.Engine {
	t.Helper()
	dsn := os.Getenv("SKEIN_ORACLE_POSTGRES")
	if name == "postgres" && dsn == "" {
		t.Skip("SKEIN_ORACLE_POSTGRES names no database")
	}
	e, err := oracle.Open(t.Context(), name, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// report makes failures small and prints them as cases, a few of each kind.
func report(t *testing.T, court oracle.Court, failures []oracle.Failure) {
	t.Helper()
	kinds := map[string]int{}
	for _, f := range failures {
		key := string(f.Class) + f.Code
		if kinds[key]++; kinds[key] > *each {
			continue
		}
		small, err := oracle.Shrink(t.Context(), court, generate.Source{}, f)
		if err != nil {
			t.Error(err)
		}
		t.Logf("%s %s\n%s", f.Query.Name, small.Change, small.Case())
	}
	for kind, n := range kinds {
		if !strings.HasPrefix(kind, string(oracle.Needless)) {
			t.Errorf("%s: %d", kind, n)
		}
	}
}

func TestGenerated(t *testing.T) {
	for _, name := range strings.Fields(*engines) {
		t.Run(name, func(t *testing.T) {
			court := oracle.Court{Engine: open(t, name), Rewriter: skeinsql.New()}
			total := oracle.NewTally()
			start := time.Now()
			var all []oracle.Failure
			for i := 0; i < *sessions || time.Since(start) < *duration; i++ {
				tally, failures, err := oracle.Random(t.Context(), court, generate.Source{}, *seed+uint64(i))
				if err != nil {
					t.Fatal(err)
				}
				total.Add(tally)
				all = append(all, failures...)
			}
			t.Logf("%v\n%s", time.Since(start), total)
			report(t, court, all)
			if needless := total.Classes[oracle.Needless]; needless*100 >= total.Decidable {
				t.Errorf("%d of %d trials that can be decided are refused: it must be fewer than one in a hundred", needless, total.Decidable)
			}
			for construct, c := range total.Constructs {
				if c.Generated >= often && (c.Accepted == 0 || c.NonEmpty == 0 || c.Informative == 0) {
					t.Errorf("%s proves nothing: %+v", construct, *c)
				}
			}
			record(t, name, time.Since(start), total)
		})
	}
}

// record adds the figures to a file, so that a long run leaves something to quote.
func record(t *testing.T, engine string, took time.Duration, total *oracle.Tally) {
	t.Helper()
	if *results == "" {
		return
	}
	f, err := os.OpenFile(*results, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(f, "%s, seed %d, %v\n%s\n", engine, *seed, took.Round(time.Second), total); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
