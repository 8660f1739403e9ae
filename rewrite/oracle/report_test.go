package oracle_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/skein-bot/skein/rewrite/oracle"
	"github.com/skein-bot/skein/rewrite/oracle/generate"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// open starts an engine for a test.
func open(t *testing.T, name string) *oracle.Engine {
	t.Helper()
	dsn := os.Getenv("SKEIN_ORACLE_POSTGRES")
	if name == "postgres" && dsn == "" {
		t.Skip("SKEIN_ORACLE_POSTGRES names no database: a server is nothing that a test can bring along, as SQLite and DuckDB are")
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
		small, err := oracle.Shrink(t.Context(), court, generate.Source{Upserts: *upserts}, f)
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

// heading is above the rows of the results.
const heading = "| commit | engine | queries | trials | informative and right | failures | refused | decidable | needless | skipped | met twice | time |\n" +
	"|-|-|-|-|-|-|-|-|-|-|-|-|\n"

// record adds a row of figures to the results, so that a long run leaves something to quote.
func record(t *testing.T, e *oracle.Engine, what string, took time.Duration, total *oracle.Tally) {
	t.Helper()
	if *results == "" {
		return
	}
	version, err := e.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(*results, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() == 0 {
		_, _ = f.WriteString(heading)
	}
	refused := total.Classes[oracle.Refused] + total.Classes[oracle.Needless]
	if _, err := fmt.Fprintf(f, "| %s | %s | %s | %d | %d | %d | %d | %d | %d | %d | %d | %v |\n", *commit, version, what, total.Trials,
		total.Informative, total.Failures(), refused, total.Decidable, total.Classes[oracle.Needless], total.Skipped, total.Duplicates,
		took.Round(time.Second)); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
