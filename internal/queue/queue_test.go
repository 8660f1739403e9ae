package queue_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/store"
)

func open(t *testing.T, db *sql.DB, handle func(ctx context.Context, kind, key string) error) *queue.Queue {
	t.Helper()
	q, err := queue.Open(t.Context(), db, handle, queue.Options{
		Lane: func(string) string { return "think" }, Workers: map[string]int{"think": 4},
		Poll: 5 * time.Millisecond, Log: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func database(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "skein.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func enqueue(t *testing.T, s *store.Store, q *queue.Queue, kind, key string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *store.Tx) error { return q.Enqueue(t.Context(), tx.SQL(), kind, key) })
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, q *queue.Queue) {
	t.Helper()
	if err := q.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Stop(context.Background()) })
}

// A hint that comes while its job runs is not lost: the job runs once more.
func TestHintDuringRun(t *testing.T) {
	s := database(t)
	running, release, runs := make(chan bool), make(chan bool), make(chan string, 10)
	var once sync.Once
	q := open(t, s.DB(), func(_ context.Context, kind, key string) error {
		once.Do(func() { running <- true; <-release })
		runs <- kind + " " + key
		return nil
	})
	start(t, q)
	enqueue(t, s, q, "advance", "m1-a")
	<-running
	enqueue(t, s, q, "advance", "m1-a")
	enqueue(t, s, q, "advance", "m1-a")
	release <- true
	for range 2 {
		if got := <-runs; got != "advance m1-a" {
			t.Fatalf("ran %q", got)
		}
	}
	waitIdle(t, q)
	if n := len(runs); n != 0 {
		t.Fatalf("ran %d more times, want once for both hints", n)
	}
}

// A job that a killed process was running is run by the next process at once.
func TestRescue(t *testing.T) {
	s := database(t)
	q := open(t, s.DB(), nil)
	enqueue(t, s, q, "advance", "m1-a")
	if _, err := s.DB().Exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = datetime('now')`); err != nil {
		t.Fatal(err)
	}
	ran := make(chan string, 1)
	q = open(t, s.DB(), func(_ context.Context, _, key string) error { ran <- key; return nil })
	start(t, q)
	if got := <-ran; got != "m1-a" {
		t.Fatalf("ran %q", got)
	}
}

// The same job again at once, as often as it asks.
func TestAgain(t *testing.T) {
	s := database(t)
	n := 0
	done := make(chan bool)
	q := open(t, s.DB(), func(context.Context, string, string) error {
		if n++; n < 3 {
			return queue.ErrAgain
		}
		close(done)
		return nil
	})
	start(t, q)
	enqueue(t, s, q, "act", "1")
	<-done
	waitIdle(t, q)
}

func waitIdle(t *testing.T, q *queue.Queue) {
	t.Helper()
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		idle, err := q.Idle(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if idle {
			return
		}
	}
}
