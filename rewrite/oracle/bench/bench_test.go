package bench

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql"
)

const samples = "../../sql/testdata/bench"

// turn is how long one side works before the other does.
const turn = 20 * time.Millisecond

func BenchmarkRewriteAgainstParse(b *testing.B) {
	paths, err := filepath.Glob(filepath.Join(samples, "*.sql"))
	if err != nil || len(paths) == 0 {
		b.Fatal("no samples", err)
	}
	req := request(b)
	for _, p := range paths {
		b.Run(strings.TrimSuffix(filepath.Base(p), ".sql"), func(b *testing.B) { compare(b, p, req) })
	}
}

// side is a parser, and what it took so far.
type side struct {
	run   func()
	spent time.Duration // of the processor
	best  time.Duration // of the clock, for the run that nothing disturbed
	runs  int
}

// compare lets both sides work on a file in turns, b.N turns each.
func compare(b *testing.B, path string, req rewrite.Request) {
	src, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	follow, f, text := sql.New().For(req), rewrite.File{Path: path, Content: src}, string(src)
	if res := follow(f); !res.Verified {
		b.Fatalf("not verified: %+v", res.Refusals)
	}
	parse := func() {
		if _, err := pg.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
	ours, theirs := side{run: func() { follow(f) }, best: time.Hour}, side{run: parse, best: time.Hour}
	parse()
	for b.Loop() {
		ours.turn(b)
		theirs.turn(b)
	}
	kb := float64(len(src)) / 1024
	b.ReportMetric(ours.mean()*1e6/kb, "skein-µs/KB")
	b.ReportMetric(theirs.mean()*1e6/kb, "pg-µs/KB")
	b.ReportMetric(theirs.mean()/ours.mean(), "x/pg_query")
	b.ReportMetric(ours.best.Seconds()*1e6/kb, "best-skein-µs/KB")
	b.ReportMetric(theirs.best.Seconds()*1e6/kb, "best-pg-µs/KB")
	b.ReportMetric(theirs.best.Seconds()/ours.best.Seconds(), "best-x/pg_query")
	b.ReportMetric(0, "ns/op")
}

// turn works on the file for a while.
func (s *side) turn(b *testing.B) {
	start, began := processor(b), time.Now()
	for at := began; at.Sub(began) < turn; {
		s.run()
		s.runs++
		now := time.Now()
		s.best = min(s.best, now.Sub(at))
		at = now
	}
	s.spent += processor(b) - start
}

// mean is the processor's seconds for one run.
func (s *side) mean() float64 { return s.spent.Seconds() / float64(s.runs) }

// processor is the time that this process's threads have worked.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// request renames sales.net_paid in the schema that the samples read.
func request(b *testing.B) rewrite.Request {
	data, err := os.ReadFile(filepath.Join(samples, "mart.txt"))
	if err != nil {
		b.Fatal(err)
	}
	req := rewrite.Request{Dialect: "postgres"}
	req.Mapping.Changes = []rewrite.Change{{Kind: rewrite.RenameField, Dataset: "sales", From: "net_paid", To: "net_amount"}}
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		t := rewrite.Table{Dataset: words[0], Names: []string{words[0], "mart." + words[0]}, Dialect: "postgres"}
		for _, c := range words[1:] {
			t.Before = append(t.Before, rewrite.Column{Name: c})
			if words[0] == "sales" && c == "net_paid" {
				c = "net_amount"
			}
			t.After = append(t.After, rewrite.Column{Name: c})
		}
		req.Catalog.Tables = append(req.Catalog.Tables, t)
	}
	return req
}
