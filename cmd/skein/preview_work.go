package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/skein-bot/skein/internal/checkout"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/rewrite"
)

// fileReport is what was found in one file, with what of its text a report shows.
type fileReport struct {
	rewrite.Result
	sum   [sha256.Size]byte // of the text that the edits belong to
	hunks []byte            // unified
	marks []string          // the line of each refusal, and the marks below it; "" for a whole file
}

// rewrite does a consumer's files, as many at once as there are processors. The files that help are kept in memory;
// of the others nothing is kept without findings, and with them no more than a report shows.
func (o previewOptions) rewrite(ctx context.Context, r *reader, p plan.Plan, others []consumer.Snapshot) ([]*fileReport, error) {
	declared, helps := plan.Selects(r.consumer), plan.Helps(rewriters())
	entries, skipped, err := r.tree.List(ctx, checkout.Query{Want: declared, Also: helps})
	if err != nil {
		return nil, err
	}
	first, rest := parted(entries, func(e checkout.Entry) bool { return helps(e.Path) })
	var helping []rewrite.File
	err = r.tree.Each(ctx, first, func(f rewrite.File) error {
		helping = append(helping, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	work := p.For(r.consumer, others, helping, rewriters())
	progress := newProgress(o.io.Err, r.title(), len(entries))
	defer progress.end()
	reports, err := inParallel(ctx, r.tree, helping, rest, func(f rewrite.File) *fileReport {
		defer progress.step()
		res := work.File(f)
		if !plan.Found(res) && (!o.all || !declared(f.Path)) {
			return nil
		}
		return newFileReport(f, res)
	})
	for _, s := range skipped {
		reports = append(reports, &fileReport{Result: plan.Unreadable(s.Path, s.Reason)})
	}
	slices.SortStableFunc(reports, func(a, b *fileReport) int { return cmp.Compare(a.Path, b.Path) })
	return reports, err
}

// parted parts a list in two: what is of a kind, and the rest.
func parted[T any](list []T, is func(T) bool) (those, rest []T) {
	for _, x := range list {
		if is(x) {
			those = append(those, x)
		} else {
			rest = append(rest, x)
		}
	}
	return those, rest
}

// inParallel does the files in memory and those still to be read, of which it holds one for each processor.
func inParallel(ctx context.Context, tree *checkout.Tree, known []rewrite.File, entries []checkout.Entry, do func(rewrite.File) *fileReport) (out []*fileReport, err error) {
	files := make(chan rewrite.File)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for f := range files {
				if report := do(f); report != nil {
					mu.Lock()
					out = append(out, report)
					mu.Unlock()
				}
			}
		})
	}
	hand := func(f rewrite.File) error {
		select {
		case files <- f:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, f := range known {
		if err = hand(f); err != nil {
			break
		}
	}
	if err == nil {
		err = tree.Each(ctx, entries, hand)
	}
	close(files)
	workers.Wait()
	return out, err
}

func newFileReport(f rewrite.File, res rewrite.Result) *fileReport {
	report := &fileReport{Result: res}
	if len(res.Edits) > 0 {
		report.sum, report.hunks = sha256.Sum256(f.Content), rewrite.Unified(f.Content, res.Edits)
	}
	for _, x := range res.Refusals {
		report.marks = append(report.marks, rewrite.Snippet(f.Content, x.Start, x.End))
	}
	return report
}

// errChanged says that a file is no longer what the edits were made for.
var errChanged = errors.New("it changed while skein read the other files; run preview again")

// apply writes the edits.
func (v preview) apply() error {
	written := 0
	for _, r := range v.readers {
		for _, f := range r.files {
			if !v.writes(f) {
				continue
			}
			err := r.tree.Edit(f.Path, func(now []byte) ([]byte, error) {
				if sha256.Sum256(now) != f.sum {
					return nil, errChanged
				}
				return rewrite.Apply(now, f.Edits)
			})
			if err != nil {
				return fmt.Errorf("after %s: %w", count(written, "edited file"), err)
			}
			written++
		}
	}
	return nil
}

// progress counts files on a terminal. Elsewhere, and for a few files, it is silent.
type progress struct {
	mu    sync.Mutex
	out   io.Writer
	what  string
	n, of int
}

func newProgress(out io.Writer, what string, of int) *progress {
	if of < 200 || !isTerminal(out) {
		out = io.Discard
	}
	return &progress{out: out, what: clean(what), of: of}
}

func (p *progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n++; p.n%50 == 0 {
		fmt.Fprintf(p.out, "\r\x1b[K%s: %d of %d files", p.what, p.n, p.of)
	}
}

func (p *progress) end() { fmt.Fprint(p.out, "\r\x1b[K") }
