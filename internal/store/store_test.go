package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// in runs f in a transaction that must succeed.
func in(t *testing.T, s *store.Store, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func get[T any](t *testing.T, s *store.Store, f func(ctx context.Context, tx *store.Tx) (T, error)) (out T) {
	t.Helper()
	in(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = f(ctx, tx)
		return err
	})
	return out
}

// What is committed is there after the file is opened again, and a second opening changes no table.
func TestReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "skein.db")
	s := open(t, path)
	in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.SetMark(ctx, "a", "b") })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got := get(t, open(t, path), func(ctx context.Context, tx *store.Tx) (string, error) { return tx.Mark(ctx, "a") })
	if got != "b" {
		t.Errorf("mark a = %q, want b", got)
	}
}

func TestRollback(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	broken := errors.New("broken")
	err := s.Update(t.Context(), func(tx *store.Tx) error { return errors.Join(tx.SetMark(t.Context(), "a", "b"), broken) })
	if !errors.Is(err, broken) {
		t.Fatalf("Update = %v", err)
	}
	if got := get(t, s, func(ctx context.Context, tx *store.Tx) (string, error) { return tx.Mark(ctx, "a") }); got != "" {
		t.Errorf("mark a = %q after a rollback", got)
	}
}

// A redelivery is not handled twice, but revives what was received and never handled.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	add := func(id string) bool {
		return get(t, s, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.AddDelivery(ctx, store.Delivery{ID: id, Event: "push", Payload: []byte("{}"), Received: noon})
		})
	}
	openIDs := func() []string {
		return get(t, s, func(ctx context.Context, tx *store.Tx) ([]string, error) { return tx.OpenDeliveries(ctx) })
	}
	for _, id := range []string{"d1", "d1", "d2"} {
		if !add(id) {
			t.Errorf("%s was never handled and is not fresh", id)
		}
	}
	in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.FinishDelivery(ctx, "d1", "") })
	in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.FinishDelivery(ctx, "d2", "malformed") })
	if add("d1") {
		t.Error("a handled delivery is fresh")
	}
	if len(openIDs()) != 0 {
		t.Errorf("open: %v, want none", openIDs())
	}
	if !add("d2") || len(openIDs()) != 1 {
		t.Error("a redelivery does not revive the one that failed")
	}
	in(t, s, func(ctx context.Context, tx *store.Tx) error {
		if n, err := tx.PruneDeliveries(ctx, noon.Add(time.Hour)); err != nil || n != 1 {
			t.Errorf("pruned %d, %v, want the one that was handled", n, err)
		}
		if _, _, err := tx.Delivery(ctx, "d1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Delivery(d1) = %v, want ErrNotFound", err)
		}
		return nil
	})
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	for i, want := range []bool{true, true, false, false} {
		if got := get(t, s, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.Redeliver(ctx, "g", 2) }); got != want {
			t.Errorf("request %d: %v, want %v", i+1, got, want)
		}
	}
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	m := consumer.Member{Repo: repo.Repo{ID: 7, Name: repo.Name{Owner: "acme", Name: "old"}, Installation: 3}, Head: "abc", Seen: noon}
	in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.SaveMember(ctx, m) })
	m.Repo.Name.Name = "new"
	in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.SaveMember(ctx, m) })
	got := get(t, s, func(ctx context.Context, tx *store.Tx) ([]consumer.Member, error) { return tx.Members(ctx) })
	if diff := cmp.Diff([]consumer.Member{m}, got); diff != "" {
		t.Errorf("a renamed repository is another one (-want +got):\n%s", diff)
	}
	snap := func(name string) consumer.Snapshot {
		return consumer.Snapshot{Dataset: name, Names: []string{name}, Repo: 7, Schema: schema.Dataset{Name: name}}
	}
	in(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.SaveSnapshots(ctx, 7, []consumer.Snapshot{snap("a"), snap("b")})
	})
	in(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.SaveSnapshots(ctx, 7, []consumer.Snapshot{snap("b")})
	})
	snaps := get(t, s, func(ctx context.Context, tx *store.Tx) ([]consumer.Snapshot, error) { return tx.Snapshots(ctx) })
	if diff := cmp.Diff([]consumer.Snapshot{snap("b")}, snaps); diff != "" {
		t.Errorf("snapshots (-want +got):\n%s", diff)
	}
}

// Whoever saves on top of somebody else's save is told.
func TestVersions(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	var id rollout.MigrationID
	in(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = tx.AddMigration(ctx, rollout.Migration{Repo: repo.Repo{ID: 7}})
		return errors.Join(err, tx.AddChangeset(ctx, rollout.Changeset{ID: "m1-a", Migration: id, Phase: rollout.Open, Repo: repo.Repo{ID: 8}}))
	})
	if id != "m1" {
		t.Errorf("the first migration is %s, want m1", id)
	}
	in(t, s, func(ctx context.Context, tx *store.Tx) error {
		cs, version, err := tx.Changeset(ctx, "m1-a")
		if err != nil {
			return err
		}
		cs.Phase = rollout.Healthy
		if err := tx.SaveChangeset(ctx, cs, version); err != nil {
			return err
		}
		if err := tx.SaveChangeset(ctx, cs, version); !errors.Is(err, store.ErrStale) {
			t.Errorf("the second save on one version: %v, want ErrStale", err)
		}
		return nil
	})
	active := get(t, s, func(ctx context.Context, tx *store.Tx) ([]rollout.Changeset, error) {
		return tx.ChangesetsOf(ctx, 8, true)
	})
	all := get(t, s, func(ctx context.Context, tx *store.Tx) ([]rollout.Changeset, error) {
		return tx.ChangesetsOf(ctx, 8, false)
	})
	if len(active) != 0 || len(all) != 1 {
		t.Errorf("%d active and %d in all, want 0 and 1", len(active), len(all))
	}
}

func intent(key string, kind rollout.ActionKind) rollout.Intent {
	return rollout.Intent{Action: rollout.Action{Key: key, Kind: kind}, Changeset: "m1-a", Installation: 3}
}

func want(t *testing.T, s *store.Store, ins ...rollout.Intent) (added []bool) {
	t.Helper()
	for _, i := range ins {
		added = append(added, get(t, s, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.Want(ctx, i) }))
	}
	return added
}

// next takes the next intent's key; "" when there is none.
func next(t *testing.T, s *store.Store, at time.Time) (key string, generation int64) {
	t.Helper()
	in(t, s, func(ctx context.Context, tx *store.Tx) error {
		got, n, err := tx.NextIntent(ctx, 3, at)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		key, generation = got.Key, n
		return err
	})
	return key, generation
}

func finish(t *testing.T, s *store.Store, key string, generation int64) {
	t.Helper()
	in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.FinishIntent(ctx, key, generation) })
}

// The same decision is done once; the most urgent goes first; one that a crash left half done goes before all.
func TestIntents(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	added := want(t, s, intent("open", rollout.OpenPull), intent("open", rollout.OpenPull), intent("revert", rollout.OpenRevert), intent("merge", rollout.MergePull))
	if diff := cmp.Diff([]bool{true, false, true, true}, added); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	for _, key := range []string{"revert", "merge", "open"} {
		got, generation := next(t, s, noon)
		if got != key {
			t.Fatalf("next is %q, want %q", got, key)
		}
		finish(t, s, got, generation)
	}
	if got, _ := next(t, s, noon); got != "" {
		t.Errorf("next is %q, want none", got)
	}
	want(t, s, intent("crashed", rollout.OpenPull))
	next(t, s, noon)
	want(t, s, intent("urgent", rollout.OpenRevert))
	if got, _ := next(t, s, noon); got != "crashed" {
		t.Errorf("after a crash next is %q, want crashed", got)
	}
}

// A text that is wanted again while it is written is written again.
func TestLevelIntents(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	text := intent("comment", "status_comment")
	text.Level = true
	want(t, s, text)
	key, generation := next(t, s, noon)
	want(t, s, text)
	finish(t, s, key, generation)
	key, generation = next(t, s, noon)
	if key != "comment" {
		t.Fatal("what was wanted while it was done is lost")
	}
	finish(t, s, key, generation)
	if key, _ = next(t, s, noon); key != "" {
		t.Error("done, and still there")
	}
	if added := want(t, s, text); !added[0] {
		t.Error("a text that was written cannot be wanted again")
	}
}

func TestPostpone(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	want(t, s, intent("a", rollout.MergePull), intent("b", rollout.OpenPull))
	in(t, s, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.PostponeIntent(ctx, "a", noon.Add(time.Minute), "limited"), tx.FailIntent(ctx, "b", "forbidden"))
	})
	if key, _ := next(t, s, noon); key != "" {
		t.Errorf("next is %q before its time", key)
	}
	if key, _ := next(t, s, noon.Add(time.Minute)); key != "a" {
		t.Errorf("next is %q, want a", key)
	}
	failed := get(t, s, func(ctx context.Context, tx *store.Tx) ([]rollout.Intent, error) {
		return tx.FailedIntents(ctx, "m1-a")
	})
	if len(failed) != 1 || failed[0].Key != "b" || failed[0].Error != "forbidden" {
		t.Errorf("failed: %+v", failed)
	}
	in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DropIntents(ctx, "m1-a") })
	if added := want(t, s, intent("b", rollout.OpenPull)); !added[0] {
		t.Error("a dropped intent cannot be wanted again")
	}
}

func TestTimers(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	set := func(key string, at time.Time) {
		in(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.HintAt(ctx, "advance", key, at) })
	}
	due := func(at time.Time) []store.Timer {
		return get(t, s, func(ctx context.Context, tx *store.Tx) ([]store.Timer, error) { return tx.Due(ctx, at) })
	}
	set("a", noon.Add(time.Hour))
	set("a", noon.Add(time.Minute+time.Nanosecond))
	set("b", noon.Add(time.Hour))
	set("b", time.Time{})
	first := get(t, s, func(ctx context.Context, tx *store.Tx) (time.Time, error) { return tx.NextTimer(ctx) })
	if first.Before(noon.Add(time.Minute + time.Nanosecond)) {
		t.Errorf("the first timer comes at %s, before it was asked for", first)
	}
	if got := due(noon.Add(time.Minute)); len(got) != 0 {
		t.Errorf("due early: %v", got)
	}
	if diff := cmp.Diff([]store.Timer{{Kind: "advance", Key: "a"}}, due(first)); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
	if got := due(noon.Add(24 * time.Hour)); len(got) != 0 {
		t.Errorf("due twice: %v", got)
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	entry := func(cs rollout.ChangesetID, text string) rollout.Entry {
		return rollout.Entry{At: noon, Migration: "m1", Changeset: cs, Actor: "skein", Event: rollout.Event{Rule: "opened", Text: text}}
	}
	in(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.Log(ctx, entry("m1-a", "1"), entry("m1-b", "2"), entry("", "3"))
	})
	texts := func(cs rollout.ChangesetID) (out []string) {
		for _, e := range get(t, s, func(ctx context.Context, tx *store.Tx) ([]rollout.Entry, error) { return tx.JournalOf(ctx, "m1", cs) }) {
			out = append(out, e.Text)
		}
		return out
	}
	if diff := cmp.Diff([]string{"1", "2", "3"}, texts("")); diff != "" {
		t.Errorf("the whole journal (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2"}, texts("m1-b")); diff != "" {
		t.Errorf("one changeset's (-want +got):\n%s", diff)
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	for _, minute := range []int{0, 30, 59, 61} {
		if err := s.Record(t.Context(), 3, noon.Add(time.Duration(minute)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	n, err := s.Count(t.Context(), 3, noon.Add(30*time.Minute))
	if err != nil || n != 3 {
		t.Errorf("Count = %d, %v, want 3", n, err)
	}
	if n, _ := s.Count(t.Context(), 4, noon); n != 0 {
		t.Errorf("another installation has %d", n)
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("a closed store can be written")
	}
}
