package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/store"
)

// described gives every dataset that consumers declare a schema of n fields, in a repository that lists nobody.
func described(tb testing.TB, s *store.Store, datasets, n int) {
	tb.Helper()
	var snaps []consumer.Snapshot
	for i := range datasets {
		d := consumer.Snapshot{Dataset: fmt.Sprint("sales.d", i), Repo: owner}
		for k := range n {
			d.Schema.Fields = append(d.Schema.Fields, schema.Field{Name: fmt.Sprint("f", k), Type: schema.Type{Kind: "string"}})
		}
		snaps = append(snaps, d)
	}
	config := "version: 1\ndatasets: [{name: 'sales.*', schema: schemas}]\n"
	update(tb, s, func(ctx context.Context, tx *store.Tx) error {
		m := consumer.Member{Repo: repo.Repo{ID: owner, Name: repo.Name{Owner: "acme", Name: "data"}}, Config: consumer.Config{Good: config}}
		if err := tx.SaveMember(ctx, m); err != nil {
			return err
		}
		return tx.SaveSnapshots(ctx, owner, snaps)
	})
}

// owner is the repository of the datasets.
const owner = 1_000_000

func update(tb testing.TB, s *store.Store, f func(ctx context.Context, tx *store.Tx) error) {
	tb.Helper()
	if err := s.Update(tb.Context(), func(tx *store.Tx) error { return f(tb.Context(), tx) }); err != nil {
		tb.Fatal(err)
	}
}

// witnessed has every consumer seen to read so many of the fields that its dataset has.
func witnessed(tb testing.TB, s *store.Store, consumers, datasets, reads, fields int) {
	tb.Helper()
	update(tb, s, func(ctx context.Context, tx *store.Tx) error {
		for i := range consumers {
			e := consumer.Evidence{Repo: repo.ID(i + 1), At: "0123456789abcdef0123456789abcdef01234567", Asked: "0123456789abcdef01234567"}
			for k := range reads {
				e.Sights = append(e.Sights, consumer.Sight{
					Dataset: fmt.Sprint("sales.d", i%datasets), Field: fmt.Sprint("f", (i/datasets+k)%fields), File: fmt.Sprintf("models/marts/m%d.sql", k%7),
					Line: 12 + k, Places: 2, How: consumer.Reads, Declared: true,
				})
			}
			if err := tx.SaveEvidence(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// Who reads a field is known without a look at the code once it was looked at; whoever was not is looked at soon.
func TestReaders(t *testing.T) {
	t.Parallel()
	s := filled(t, 30, 10)
	described(t, s, 10, 8)
	witnessed(t, s, 20, 10, 3, 8)
	e := New(Options{})
	var got []string
	var hints hinted
	update(t, s, func(ctx context.Context, tx *store.Tx) error {
		hints.Tx = tx
		out, err := e.readersOf(ctx, &hints, "sales.d3", "f0")
		for _, r := range out {
			got = append(got, fmt.Sprint(r.Repo, " ", r.Standing, " ", len(r.Sights)))
		}
		return err
	})
	want := []string{"acme/r13 does not read 0", "acme/r23 not looked at 0", "acme/r3 reads 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	asking := New(Options{Store: hinting{s, &hints}})
	answer, err := asking.Ask(t.Context(), "sales.d3.f0")
	if err != nil || answer.Dataset != "sales.d3" || answer.Field != "f0" || len(answer.Readers) != 3 || len(answer.Fields) != 8 {
		t.Errorf("asked: %+v, %v", answer, err)
	}
	if diff := cmp.Diff([]string{"evidence 14", "evidence 24", "evidence 4"}, hints.given); diff != "" {
		t.Errorf("hints -want +got\n%s", diff)
	}
	for _, name := range []string{"sales.nothing", "d3", "", "..."} {
		if _, err := asking.Readers(t.Context(), name); !errors.Is(err, ErrUnknownDataset) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// hinting is a store whose hints are remembered.
type hinting struct {
	*store.Store
	hints *hinted
}

func (h hinting) Update(ctx context.Context, f func(Tx) error) error {
	return h.Store.Update(ctx, func(tx *store.Tx) error {
		h.hints.Tx = tx
		return f(h.hints)
	})
}

// hinted remembers the hints of a transaction.
type hinted struct {
	*store.Tx
	given []string
}

func (h *hinted) Hint(_ context.Context, kind, key string) error {
	h.given = append(h.given, kind+" "+key)
	return nil
}

// A change goes on through a dataset that a consumer makes with a star, through what is made of that, and round a ring
// no more than once. Whoever reads there is told of, and whose code is not known is looked at.
func TestOnward(t *testing.T) {
	t.Parallel()
	s := filled(t, 10, 10)
	described(t, s, 10, 3)
	makes := func(id int64, dataset, from string, how consumer.How) {
		update(t, s, func(ctx context.Context, tx *store.Tx) error {
			snap := consumer.Snapshot{Dataset: dataset, Names: []string{dataset}, Repo: repo.ID(id)}
			snap.Schema.Fields = []schema.Field{{Name: "f1"}}
			name := repo.Name{Owner: "acme", Name: fmt.Sprint("r", id-1)}
			good := fmt.Sprintf("version: 1\ndatasets: [{name: %s, schema: s.sql}]\n", dataset)
			m := consumer.Member{Repo: repo.Repo{ID: repo.ID(id), Name: name}, Config: consumer.Config{Good: good}}
			if err := tx.SaveMember(ctx, m); err != nil {
				return err
			}
			if err := tx.SaveSnapshots(ctx, repo.ID(id), []consumer.Snapshot{snap}); err != nil {
				return err
			}
			if err := tx.SaveDeclarations(ctx, repo.ID(id), []consumer.Declaration{{Repo: name, Dataset: from}}); err != nil {
				return err
			}
			file := "models/" + dataset[len("marts."):] + ".sql"
			return tx.SaveEvidence(ctx, consumer.Evidence{Repo: repo.ID(id), At: "c1", Sights: []consumer.Sight{
				{Dataset: from, Field: map[consumer.How]string{consumer.Passes: consumer.Row, consumer.Reads: "f1"}[how], File: file, Line: 2, Places: 1, How: how, Declared: true},
			}})
		})
	}
	makes(1, "marts.first", "sales.d0", consumer.Passes)
	makes(2, "marts.second", "marts.first", consumer.Passes)
	makes(3, "marts.back", "marts.second", consumer.Passes)
	makes(4, "marts.named", "marts.back", consumer.Reads)
	update(t, s, func(ctx context.Context, tx *store.Tx) error { // the ring, and a reader that nobody looked at
		ring := consumer.Evidence{Repo: 3, At: "c1", Sights: []consumer.Sight{{Dataset: "marts.second", Field: consumer.Row, File: "models/back.sql", Line: 2, How: consumer.Passes}}}
		first := consumer.Evidence{Repo: 1, At: "c1", Sights: []consumer.Sight{
			{Dataset: "sales.d0", Field: consumer.Row, File: "models/first.sql", Line: 2, How: consumer.Passes, Declared: true},
			{Dataset: "marts.back", Field: consumer.Row, File: "models/first.sql", Line: 4, How: consumer.Passes, Declared: true},
		}}
		fresh := consumer.Member{Repo: repo.Repo{ID: 9, Name: repo.Name{Owner: "acme", Name: "r8"}}}
		if err := tx.SaveMember(ctx, fresh); err != nil {
			return err
		}
		if err := tx.SaveDeclarations(ctx, 9, []consumer.Declaration{{Repo: fresh.Repo.Name, Dataset: "marts.second"}}); err != nil {
			return err
		}
		if err := tx.SaveEvidence(ctx, ring); err != nil {
			return err
		}
		return tx.SaveEvidence(ctx, first)
	})
	for _, c := range []struct {
		kind consumer.Carrier
		want string
	}{
		{consumer.Carrier{Dataset: "sales.d0", Field: "f1", Kept: true}, "[marts.first marts.second marts.back]"},
		{consumer.Carrier{Dataset: "sales.d0", Field: "f1"}, "[marts.first marts.second marts.back marts.named]"},
	} {
		var got []string
		h := &hinted{}
		update(t, s, func(ctx context.Context, tx *store.Tx) error {
			h.Tx = tx
			known, err := tx.Snapshots(ctx)
			if err != nil {
				return err
			}
			out, left, err := New(Options{}).onward(ctx, h, known, []consumer.Carrier{c.kind})
			for _, o := range out {
				got = append(got, o.Dataset)
			}
			if left != 0 {
				t.Errorf("%d are left", left)
			}
			return err
		})
		if fmt.Sprint(got) != c.want {
			t.Errorf("kept %v: got %v, want %s", c.kind.Kept, got, c.want)
		}
		if fmt.Sprint(h.given) != "[evidence 9]" {
			t.Errorf("hints are %v, want only the one whose code is not known", h.given)
		}
	}
}

// BenchmarkAffected finds whom a change of one field concerns, with the places in their code, among 10,000 consumers of
// 1,000 datasets, and in the second case among 10,000 of one. heap is what stays in memory of it all, file the size of
// the database.
func BenchmarkAffected(b *testing.B) {
	for _, c := range []struct{ consumers, datasets int }{{10_000, 1_000}, {10_000, 1}} {
		b.Run(fmt.Sprintf("%d of %d", c.consumers, c.datasets), func(b *testing.B) {
			before := heap()
			s := filled(b, c.consumers, c.datasets)
			described(b, s, c.datasets, 30)
			witnessed(b, s, c.consumers, c.datasets, 12, 30)
			e := New(Options{})
			b.ReportAllocs()
			began := processor(b)
			for b.Loop() {
				affected(b, e, s, c.consumers/c.datasets)
			}
			b.ReportMetric(float64((processor(b)-began).Microseconds())/float64(b.N)/1000, "cpu-ms/op")
			b.ReportMetric(float64(heap()-before)/(1<<20), "MB-heap")
			b.ReportMetric(pages(b, s)/(1<<20), "MB-file")
		})
	}
}

// affected asks what the impact check asks: the consumers of a change, and those of one field by their code.
func affected(b *testing.B, e *Engine, s *store.Store, want int) {
	p := renamed("sales.d0")
	update(b, s, func(ctx context.Context, tx *store.Tx) error {
		all, err := consumersOf(ctx, hintless{tx}, p)
		if err != nil {
			return err
		}
		readers, err := e.readersOf(ctx, hintless{tx}, "sales.d0", "f7")
		reading := 0
		for _, r := range readers {
			if r.Standing == consumer.Confirmed {
				reading++
			}
		}
		if err == nil && (len(all) != want || len(readers) != want || reading == 0 || reading == want) {
			err = fmt.Errorf("%d consumers, %d readers, %d of the field; want %d", len(all), len(readers), reading, want)
		}
		return err
	})
}

// processor is the time that this process has had of the processors: others may be busy with much else.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// pages is the size of a database in bytes.
func pages(b *testing.B, s *store.Store) float64 {
	b.Helper()
	var count, size float64
	update(b, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SQL().QueryRowContext(ctx, "PRAGMA page_count").Scan(&count); err != nil {
			return err
		}
		return tx.SQL().QueryRowContext(ctx, "PRAGMA page_size").Scan(&size)
	})
	return count * size
}
