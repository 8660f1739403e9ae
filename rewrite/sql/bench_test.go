package sql_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/rewritetest"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// samples are queries of the kind that fill dashboards and dbt projects: qualified and not, short and long, with trees
// of WITH and window functions. rewrite/oracle/bench has PostgreSQL's parser read them too.
func samples(b testing.TB) []rewrite.File {
	b.Helper()
	paths, err := filepath.Glob("testdata/bench/*.sql")
	if err != nil || len(paths) == 0 {
		b.Fatal("no samples", err)
	}
	out := make([]rewrite.File, len(paths))
	for i, p := range paths {
		src, err := os.ReadFile(p)
		if err != nil {
			b.Fatal(err)
		}
		out[i] = rewrite.File{Path: p, Content: src}
	}
	return out
}

// martRequest renames sales.net_paid in the schema that the samples read: eight tables of up to thirty columns.
func martRequest(b testing.TB) rewrite.Request {
	b.Helper()
	data, err := os.ReadFile("testdata/bench/mart.txt")
	if err != nil {
		b.Fatal(err)
	}
	req := rewrite.Request{Dialect: "postgres", Mapping: rewrite.Mapping{Changes: []rewrite.Change{{Kind: rewrite.RenameField,
		Dataset: "sales", From: "net_paid", To: "net_amount"}}}}
	for line := range strings.Lines(string(data)) {
		name, cols, _ := strings.Cut(line, " ")
		t := rewrite.Table{Dataset: name, Names: []string{name, "mart." + name}, Dialect: "postgres",
			Before: rewritetest.Columns(cols), After: rewritetest.Columns(cols)}
		if name == "sales" {
			t.After = rewritetest.Columns(strings.Replace(cols, "net_paid", "net_amount", 1))
		}
		req.Catalog.Tables = append(req.Catalog.Tables, t)
	}
	return req
}

// cpu is the processor's time that this process took: what counts on a machine that others use too.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRewrite reads, resolves, edits and proves files that hold the name.
func BenchmarkRewrite(b *testing.B) {
	follow := skeinsql.New().For(martRequest(b))
	for _, f := range samples(b) {
		b.Run(strings.TrimSuffix(filepath.Base(f.Path), ".sql"), func(b *testing.B) {
			if res := follow(f); !res.Verified {
				b.Fatalf("not verified: %+v", res.Refusals)
			}
			b.SetBytes(int64(len(f.Content)))
			b.ReportAllocs()
			start := cpu(b)
			for b.Loop() {
				follow(f)
			}
			kb := float64(b.N) * float64(len(f.Content)) / 1024
			b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/1000/kb, "cpu-µs/KB")
		})
	}
}

// BenchmarkScan is what files without any of twenty names cost, as a share of what gunzip takes to deliver them. Both
// work in turns, so that the machine's load falls on both.
func BenchmarkScan(b *testing.B) {
	src := otherText(b)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(src); err != nil || z.Close() != nil {
		b.Fatal(err)
	}
	follow, f := skeinsql.New().For(twentyNames(b)), rewrite.File{Path: "q.sql", Content: src}
	if res := follow(f); len(res.Edits)+len(res.Refusals)+len(res.Unrelated) > 0 {
		b.Fatalf("%+v", res)
	}
	var scanning, unpacking time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := cpu(b)
		for range 100 {
			follow(f)
		}
		middle := cpu(b)
		for range 100 {
			unpack(b, packed.Bytes())
		}
		scanning += middle - start
		unpacking += cpu(b) - middle
	}
	mb := float64(b.N) * 100 * float64(len(src)) / 1e6
	b.ReportMetric(mb/scanning.Seconds(), "scan-MB/s")
	b.ReportMetric(mb/unpacking.Seconds(), "gunzip-MB/s")
	b.ReportMetric(scanning.Seconds()/unpacking.Seconds(), "of-gunzip")
}

// otherText is the samples again and again, every copy in other letters, or gunzip would only copy.
func otherText(b *testing.B) []byte {
	var out []byte
	for i, f := range samples(b) {
		for turn := range rune(3) {
			out = append(out, strings.Map(func(c rune) rune {
				if c >= 'a' && c <= 'z' {
					return 'a' + (c-'a'+rune(i)*3+turn+1)%26
				}
				return c
			}, string(f.Content))...)
		}
	}
	return out
}

// twentyNames renames a field in each of ten datasets.
func twentyNames(b *testing.B) rewrite.Request {
	req := martRequest(b)
	req.Mapping.Changes = nil
	for i := range 10 {
		req.Mapping.Changes = append(req.Mapping.Changes, rewrite.Change{Kind: rewrite.RenameField,
			Dataset: fmt.Sprintf("warehouse.table_%d", i), From: fmt.Sprintf("column_%d", i), To: "x"})
	}
	return req
}

func unpack(b *testing.B, packed []byte) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkManyChanges reads a request that asks for every field of 200 datasets, as evidence does, and one file under it.
func BenchmarkManyChanges(b *testing.B) {
	req := rewrite.Request{Dialect: "postgres"}
	for i := range 200 {
		t := rewrite.Table{Dataset: fmt.Sprintf("mart.d%d", i), Names: []string{fmt.Sprintf("d%d", i), fmt.Sprintf("source('mart', 'd%d')", i)}}
		for k := range 10 {
			name := fmt.Sprintf("f%d_%d", i, k)
			t.Before = append(t.Before, rewrite.Column{Name: name})
			req.Mapping.Changes = append(req.Mapping.Changes, rewrite.Change{Kind: rewrite.Review, Dataset: t.Dataset, From: name, Index: len(req.Mapping.Changes)})
		}
		t.After = t.Before
		req.Catalog.Tables = append(req.Catalog.Tables, t)
	}
	w, f := skeinsql.New(), rewrite.File{Path: "q.sql", Content: []byte("select f7_1, f7_2 as x from d7 join d8 on f7_3 = f8_1")}
	b.ReportAllocs()
	for b.Loop() {
		if res := w.For(req)(f); len(res.Refusals) != 4 {
			b.Fatalf("%+v", res.Refusals)
		}
	}
}
