package sql_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// TestPrepared: a prepared request gives what a rewriter gives that is told the request with every file, on any number of
// goroutines.
func TestPrepared(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/bench/*.sql")
	if err != nil || len(paths) == 0 {
		t.Fatal("no samples", err)
	}
	req := martRequest(t)
	w, p := skeinsql.New(), skeinsql.Prepare(req)
	var all sync.WaitGroup
	for _, path := range append(paths, paths...) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			f := rewrite.File{Path: path, Content: src}
			want, got := w.Rewrite(f, req), p.Rewrite(f)
			if diff := cmp.Diff(want, got); diff != "" || !got.Verified || len(got.Edits) == 0 {
				t.Errorf("%s: verified %v, %d edits\n%s", path, got.Verified, len(got.Edits), diff)
			}
		})
	}
	all.Wait()
}

// TestPreparedCopies: what becomes of a request after it was prepared is not seen.
func TestPreparedCopies(t *testing.T) {
	t.Parallel()
	req := martRequest(t)
	p := skeinsql.Prepare(req)
	f := rewrite.File{Path: "q.sql", Content: []byte("select net_paid from sales")}
	want := p.Rewrite(f)
	if len(want.Edits) == 0 {
		t.Fatalf("%+v", want)
	}
	req.Mapping.Changes[0].From = "other"
	for i := range req.Catalog.Tables {
		if req.Catalog.Tables[i].Dataset == "sales" {
			req.Catalog.Tables[i].Before = nil
			req.Catalog.Tables[i].After[0].Name = strings.ToUpper(req.Catalog.Tables[i].After[0].Name)
		}
	}
	if diff := cmp.Diff(want, p.Rewrite(f)); diff != "" {
		t.Error(diff)
	}
}
