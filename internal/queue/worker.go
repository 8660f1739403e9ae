package queue

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
	"github.com/rs/zerolog"
)

type worker struct {
	river.WorkerDefaults[Hint]
	handle func(ctx context.Context, kind, key string) error
	queue  *Queue
}

// Work runs a hint's handler and completes the job only if no hint came meanwhile.
func (w *worker) Work(ctx context.Context, job *river.Job[Hint]) error {
	before, err := w.generation(ctx, w.queue.db, job.Args)
	if err != nil {
		return err
	}
	err = w.handle(ctx, job.Args.HintKind, job.Args.Key)
	if errors.Is(err, ErrAgain) {
		return river.JobSnooze(0)
	}
	if err != nil {
		return err
	}
	return w.complete(ctx, job, before)
}

func (w *worker) complete(ctx context.Context, job *river.Job[Hint], before int64) error {
	tx, err := w.queue.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	now, err := w.generation(ctx, tx, job.Args)
	if err != nil {
		return err
	}
	if now != before {
		return river.JobSnooze(0)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM hints WHERE kind = ? AND key = ?`, job.Args.HintKind, job.Args.Key); err != nil {
		return err
	}
	if _, err := river.JobCompleteTx[*riversqlite.Driver](ctx, tx, job); err != nil {
		return err
	}
	return tx.Commit()
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (w *worker) generation(ctx context.Context, q queryer, h Hint) (n int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT generation FROM hints WHERE kind = ? AND key = ?`, h.HintKind, h.Key).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// backoff doubles from two seconds.
type backoff struct{}

func (backoff) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().UTC().Add(time.Second << min(len(job.Errors)+1, 6))
}

type failures struct{ log zerolog.Logger }

func (f failures) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.Error().Err(err).RawJSON("hint", job.EncodedArgs).Int("attempt", job.Attempt).Msg("job")
	return nil
}

func (f failures) HandlePanic(_ context.Context, job *rivertype.JobRow, v any, trace string) *river.ErrorHandlerResult {
	f.log.Error().Any("panic", v).Str("trace", trace).RawJSON("hint", job.EncodedArgs).Msg("job")
	return nil
}
