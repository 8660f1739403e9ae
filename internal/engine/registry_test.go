package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/store"
	"github.com/skein-bot/skein/rewrite"
)

// hintless is a store's transaction where nobody takes hints.
type hintless struct{ *store.Tx }

func (hintless) Hint(context.Context, string, string) error { return nil }

// filled is a store with consumers over datasets, each named by i modulo datasets.
func filled(tb testing.TB, consumers, datasets int) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), ":memory:")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	err = s.Update(tb.Context(), func(tx *store.Tx) error {
		for i := range consumers {
			name := repo.Name{Owner: "acme", Name: fmt.Sprint("r", i)}
			m := consumer.Member{Repo: repo.Repo{ID: repo.ID(i + 1), Name: name, Visibility: repo.Private}}
			if err := tx.SaveMember(tb.Context(), m); err != nil {
				return err
			}
			all := []consumer.Declaration{{Repo: name, Dataset: fmt.Sprint("sales.d", i%datasets), Paths: []string{"**/*.sql"}}}
			if err := tx.SaveDeclarations(tb.Context(), m.Repo.ID, all); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// renamed is a plan in which a field of one dataset has a new name; its repository lists some consumers too.
func renamed(dataset string, listed ...repo.Name) plan.Plan {
	l := consumer.Listing{Dataset: dataset, Org: true}
	for _, name := range listed {
		l.Repos = append(l.Repos, consumer.Declaration{Repo: name, Dataset: dataset})
	}
	v := plan.Version{Config: &config.Repo{}, Datasets: []plan.Dataset{{Name: dataset, Names: []string{dataset}, Listing: l, Schema: schema.Dataset{Name: dataset}}}}
	return plan.Plan{From: v, To: v, Mapping: rewrite.Mapping{Changes: []rewrite.Change{{Kind: rewrite.RenameField, Dataset: dataset, From: "a", To: "b"}}}}
}

// Whoever declares a dataset is found, and whoever is only listed, with what it ignores; case tells no names apart.
func TestConsumersOf(t *testing.T) {
	t.Parallel()
	s := filled(t, 20, 10)
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		ignoring := []consumer.Declaration{{Repo: repo.Name{Owner: "acme", Name: "r5"}, Ignore: []string{"old/**"}}}
		if err := tx.SaveDeclarations(t.Context(), 6, ignoring); err != nil {
			return err
		}
		p := renamed("sales.d3", repo.Name{Owner: "ACME", Name: "R3"}, repo.Name{Owner: "acme", Name: "r5"}, repo.Name{Owner: "acme", Name: "elsewhere"})
		got, err := consumersOf(t.Context(), hintless{tx}, p)
		if err != nil {
			return err
		}
		var names []string
		for _, c := range got {
			names = append(names, fmt.Sprintf("%s %s %v", c.Repo, c.Reads[0].Source, c.Reads[0].Ignore))
		}
		want := "[acme/elsewhere dataset [] acme/r13 consumer [] acme/r3 consumer [] acme/r5 dataset [old/**]]"
		if fmt.Sprint(names) != want {
			t.Errorf("got %v\nwant %s", names, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// BenchmarkConsumersOf finds the consumers of one change among 10,000 of 1,000 datasets.
func BenchmarkConsumersOf(b *testing.B) {
	s := filled(b, 10_000, 1_000)
	p := renamed("sales.d7")
	b.ReportAllocs()
	for b.Loop() {
		err := s.Update(b.Context(), func(tx *store.Tx) error {
			got, err := consumersOf(b.Context(), hintless{tx}, p)
			if err == nil && len(got) != 10 {
				err = fmt.Errorf("%d consumers, want 10", len(got))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// Names of a dataset go where no more people read than in its own repository, or where its config allows it.
func TestHidden(t *testing.T) {
	t.Parallel()
	s := filled(t, 2, 1)
	e := &Engine{}
	at := func(n repo.ID, v repo.Visibility) repo.Repo {
		return repo.Repo{ID: n, Name: repo.Name{Owner: "acme", Name: fmt.Sprint("r", n-1)}, Visibility: v}
	}
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		for _, c := range []struct {
			dataset, reader repo.Visibility
			allow, want     string
		}{
			{repo.Private, repo.Private, "", ""},
			{repo.Private, repo.Internal, "", "withheld: the dataset is private and this repository is internal; visibility: {allow: [acme/r1]} would permit it"},
			{repo.Private, repo.Public, "", "withheld: the dataset is private and this repository is public; visibility: {allow: [acme/r1]} would permit it"},
			{repo.Internal, repo.Public, "", "withheld: the dataset is internal and this repository is public; visibility: {allow: [acme/r1]} would permit it"},
			{repo.Internal, repo.Private, "", ""},
			{repo.Public, repo.Public, "", ""},
			{repo.Private, repo.Public, "acme/r1", ""},
			{repo.Private, repo.Internal, "acme/r7", "withheld: the dataset is private and this repository is internal; visibility: {allow: [acme/r1]} would permit it"},
		} {
			owner := consumer.Member{Repo: at(1, c.dataset)}
			owner.Config.Good = "version: 1\nvisibility: {allow: [" + c.allow + "]}\n"
			if err := errors.Join(tx.SaveMember(t.Context(), owner), tx.SaveMember(t.Context(), consumer.Member{Repo: at(2, c.reader)})); err != nil {
				return err
			}
			// The callers' own idea of who may read them is out of date.
			got, err := e.hidden(t.Context(), hintless{tx}, at(1, repo.Public), at(2, repo.Private))
			if err != nil || got != c.want {
				t.Errorf("%s dataset, %s reader, allow %q: got %q, %v", c.dataset, c.reader, c.allow, got, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
