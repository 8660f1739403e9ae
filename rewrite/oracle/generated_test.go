package oracle_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/rewrite/oracle"
	"github.com/skein-bot/skein/rewrite/oracle/generate"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

var (
	seed     = flag.Uint64("seed", 1, "where random queries begin")
	sessions = flag.Uint64("sessions", 6, "how many random schemas per engine")
	engines  = flag.String("engines", "sqlite duckdb postgres", "which engines to ask")
	workers  = flag.Int("workers", runtime.GOMAXPROCS(0), "how many connections to an engine work at once")
	each     = flag.Int("each", 1, "how many failures of a kind are made small")
	stop     = flag.Int("stop", 0, "stop after so many failures; 0 goes on")
	results  = flag.String("results", "", "a file that the figures are added to")
	duration = flag.Duration("duration", 0, "run for so long instead of -sessions, for each engine")
	pairs    = flag.Int("pairs", 0, "run until so many pairs are informative and right instead of -sessions, for each engine")
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
		if kinds[f.Kind()]++; kinds[f.Kind()] > *each {
			continue
		}
		small, err := oracle.Shrink(t.Context(), court, generate.Source{}, f)
		if err != nil {
			t.Error(err)
		}
		t.Logf("%s %s\n%s", f.Query.Name, small.Change, small.Case())
	}
}

// wrong fails the test for what must never be, and for too many needless refusals.
func wrong(t *testing.T, total *oracle.Tally) {
	t.Helper()
	for class, n := range total.Classes {
		if class.Failed() && class != oracle.Needless {
			t.Errorf("%s: %d", class, n)
		}
	}
	if needless := total.Classes[oracle.Needless]; needless > 0 && needless*100 >= total.Decidable {
		t.Errorf("%d of %d trials that can be decided are refused: it must be fewer than one in a hundred", needless, total.Decidable)
	}
}

func TestGenerated(t *testing.T) {
	for _, name := range strings.Fields(*engines) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			hunt := &oracle.Hunt{Source: generate.Source{}, Seed: *seed, Each: *each, Enough: enough(start), Note: progress(t, start)}
			courts := courts(t, name)
			total, failures, err := hunt.Run(t.Context(), courts...)
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(start)
			t.Logf("%v, %.0f informative and right a second\n%s", took, float64(total.Informative)/took.Seconds(), total)
			report(t, courts[0], failures)
			wrong(t, total)
			for construct, c := range total.Constructs {
				if c.Generated >= often && (c.Accepted == 0 || c.NonEmpty == 0 || c.Informative == 0) {
					t.Errorf("%s proves nothing: %+v", construct, *c)
				}
			}
			record(t, name, took, total)
		})
	}
}

// courts are several for one engine; PostgreSQL has one schema, and so one court.
func courts(t *testing.T, engine string) (out []oracle.Court) {
	t.Helper()
	for range *workers {
		out = append(out, oracle.Court{Engine: open(t, engine), Rewriter: skeinsql.New()})
		if engine == "postgres" {
			break
		}
	}
	return out
}

// enough says when a hunt ends.
func enough(start time.Time) func(*oracle.Tally, uint64) bool {
	return func(total *oracle.Tally, begun uint64) bool {
		switch {
		case *stop > 0 && total.Failures() >= *stop:
			return true
		case *duration > 0 || *pairs > 0:
			return *duration > 0 && time.Since(start) >= *duration || *pairs > 0 && total.Informative >= *pairs
		}
		return begun >= *sessions
	}
}

// progress says now and then how a long hunt goes.
func progress(t *testing.T, start time.Time) func(*oracle.Tally) {
	last := start
	return func(total *oracle.Tally) {
		if now := time.Now(); now.Sub(last) >= 30*time.Second {
			last = now
			t.Logf("%v: %d informative and right, %d failures", now.Sub(start).Round(time.Second), total.Informative, total.Failures())
		}
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
