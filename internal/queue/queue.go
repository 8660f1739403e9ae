// Package queue runs durable jobs. It is the only room that knows River.
//
// A job is a hint: "look at this thing". Hints for one thing never run side by side, and a hint that comes
// while its job runs makes the job run once more: each hint bumps a generation in the transaction that
// enqueues it, and a job completes in a transaction that sees the generation it began with, or goes again.
package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"github.com/rs/zerolog"
)

// ErrAgain asks for the same job to run again at once: there is more to do than one run should take.
var ErrAgain = errors.New("run again")

// Hint says what to look at. Two hints with the same kind and key are the same job.
type Hint struct {
	HintKind string `json:"kind" river:"unique"`
	Key      string `json:"key" river:"unique"`
}

// Kind is River's name for the job; all hints share one, so that a new kind of hint needs no deployment order.
func (Hint) Kind() string { return "hint" }

// Options configure a queue. Lane names the lane of a hint's kind, Workers how many jobs of a lane run at once.
type Options struct {
	Lane    func(kind string) string
	Workers map[string]int
	Poll    time.Duration // how often to look for jobs; 0: 200 ms
	Timeout time.Duration // of one run; 0: 60 s
	Log     zerolog.Logger
}

// Queue keeps its jobs in the store's database.
type Queue struct {
	db     *sql.DB
	client *river.Client[*sql.Tx]
	opts   Options
}

// maxAttempts is low, because a job's effects are outside: the sweep brings back what was given up.
const maxAttempts = 5

// Open prepares the tables, takes back the jobs that a crash left running, and returns a queue that does not
// run yet. The caller holds the database alone.
func Open(ctx context.Context, db *sql.DB, handle func(ctx context.Context, kind, key string) error, opts Options) (*Queue, error) {
	opts.Poll, opts.Timeout = orElse(opts.Poll, 200*time.Millisecond), orElse(opts.Timeout, time.Minute)
	if err := prepare(ctx, db); err != nil {
		return nil, fmt.Errorf("prepare the job queue: %w", err)
	}
	q := &Queue{db: db, opts: opts}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{handle: handle, queue: q})
	client, err := river.NewClient(riversqlite.New(db), q.config(workers))
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	q.client = client
	return q, nil
}

func (q *Queue) config(workers *river.Workers) *river.Config {
	lanes := map[string]river.QueueConfig{}
	for lane, n := range q.opts.Workers {
		lanes[lane] = river.QueueConfig{MaxWorkers: n}
	}
	return &river.Config{
		Queues:               lanes,
		Workers:              workers,
		FetchCooldown:        2 * time.Millisecond,
		FetchPollInterval:    q.opts.Poll,
		JobTimeout:           q.opts.Timeout,
		RescueStuckJobsAfter: q.opts.Timeout + 15*time.Second,
		MaxAttempts:          maxAttempts,
		RetryPolicy:          backoff{},
		SoftStopTimeout:      10 * time.Second,
		Logger:               slog.New(slog.DiscardHandler),
		ErrorHandler:         failures{q.opts.Log},
	}
}

// Start runs jobs until Stop.
func (q *Queue) Start(ctx context.Context) error { return q.client.Start(ctx) }

// Stop lets running jobs finish, for a while.
func (q *Queue) Stop(ctx context.Context) error { return q.client.Stop(ctx) }

// Enqueue hints inside a transaction, so that the state and the look at it are saved together.
func (q *Queue) Enqueue(ctx context.Context, tx *sql.Tx, kind, key string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO hints (kind, key, generation) VALUES (?, ?, 1)
		ON CONFLICT (kind, key) DO UPDATE SET generation = generation + 1`, kind, key)
	if err != nil {
		return fmt.Errorf("hint %s %s: %w", kind, key, err)
	}
	_, err = q.client.InsertTx(ctx, tx, Hint{HintKind: kind, Key: key}, &river.InsertOpts{
		Queue: q.opts.Lane(kind),
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}},
	})
	if err != nil {
		return fmt.Errorf("hint %s %s: %w", kind, key, err)
	}
	return nil
}

// Idle reports whether no job waits to run or runs.
func (q *Queue) Idle(ctx context.Context) (bool, error) {
	var n int
	err := q.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM river_job
		WHERE state IN ('available', 'running', 'pending', 'retryable', 'scheduled')`).Scan(&n)
	return n == 0, err
}

func prepare(ctx context.Context, db *sql.DB) error {
	m, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS hints (
		kind TEXT NOT NULL, key TEXT NOT NULL, generation INTEGER NOT NULL, PRIMARY KEY (kind, key))`); err != nil {
		return err
	}
	return rescue(ctx, db)
}

// rescue makes jobs that a killed process was running available again. It honours the attempts, or a job that
// kills the process would loop for ever. River's own rescue needs at least a minute.
func rescue(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `UPDATE river_job SET
		state = CASE WHEN json_extract(metadata, '$.cancel_attempted_at') IS NOT NULL THEN 'cancelled'
		             WHEN attempt >= max_attempts THEN 'discarded' ELSE 'available' END,
		finalized_at = CASE WHEN json_extract(metadata, '$.cancel_attempted_at') IS NOT NULL
		                      OR attempt >= max_attempts THEN datetime('now', 'subsec') END
		WHERE state = 'running'`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM river_leader`); err != nil {
		return err
	}
	return tx.Commit()
}

func orElse(d, other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return d
}
