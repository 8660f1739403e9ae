package sql_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// TestRequestsSideBySide: a rewriter that answers two requests on many goroutines answers each as if it were alone.
func TestRequestsSideBySide(t *testing.T) {
	t.Parallel()
	one, other := martRequest(t), martRequest(t)
	other.Mapping.Changes[0].To = "net_sum"
	for i := range other.Catalog.Tables {
		for k := range other.Catalog.Tables[i].After {
			if c := &other.Catalog.Tables[i].After[k]; c.Name == "net_amount" {
				c.Name = "net_sum"
			}
		}
	}
	w := skeinsql.New()
	var all sync.WaitGroup
	for _, req := range []rewrite.Request{one, other} {
		follow := w.For(req)
		for _, f := range append(samples(t), samples(t)...) {
			want := skeinsql.New().For(req)(f)
			all.Go(func() {
				got := follow(f)
				if diff := cmp.Diff(want, got); diff != "" || !got.Verified || len(got.Edits) == 0 {
					t.Errorf("%s: verified %v, %d edits\n%s", f.Path, got.Verified, len(got.Edits), diff)
				}
			})
		}
	}
	all.Wait()
}
