package oracle_test

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/rewrite/oracle"
	"github.com/skein-bot/skein/rewrite/oracle/generate"
)

var (
	seed     = flag.Uint64("seed", 1, "where random queries begin")
	sessions = flag.Uint64("sessions", 5, "how many random schemas per engine")
	upserts  = flag.Bool("upserts", false, "INSERT … ON CONFLICT is the only random query")
	engines  = flag.String("engines", "sqlite duckdb postgres", "which engines to ask")
	workers  = flag.Int("workers", runtime.GOMAXPROCS(0), "how many connections to an engine work at once")
	each     = flag.Int("each", 1, "how many failures of a kind are made small")
	stop     = flag.Int("stop", 0, "stop after so many failures; 0 goes on")
	results  = flag.String("results", "", "a file that the figures are added to, as rows of a table")
	commit   = flag.String("commit", "", "the commit that the results are of")
	duration = flag.Duration("duration", 0, "run for so long instead of -sessions, for each engine")
	pairs    = flag.Int("pairs", 0, "run until so many pairs are informative and right instead of -sessions, for each engine")
)

// often is how many times a construct must have been tried before it must have proved something.
const often = 60

func TestGenerated(t *testing.T) {
	for name := range strings.FieldsSeq(*engines) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			hunt := &oracle.Hunt{Source: generate.Source{Upserts: *upserts}, Seed: *seed, Each: *each, Enough: enough(start), Note: progress(t, start)}
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
			record(t, courts[0].Engine, fmt.Sprintf("random, seeds %d to %d", *seed, *seed+uint64(total.Sessions)-1), took, total)
		})
	}
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
