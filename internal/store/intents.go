package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/skein-bot/skein/internal/rollout"
)

// Want records an intent. The same key is recorded once; a level intent that was done is wanted again. added
// reports whether there is something to do that was not there before.
func (tx *Tx) Want(ctx context.Context, in rollout.Intent) (added bool, err error) {
	doc, err := encode(in)
	if err != nil {
		return false, err
	}
	conflict := "DO NOTHING"
	if in.Level {
		conflict = `DO UPDATE SET generation = generation + 1, doc = excluded.doc, not_before_ms = max(intents.not_before_ms, excluded.not_before_ms),
			state = CASE intents.state WHEN 'doing' THEN 'doing' ELSE 'pending' END`
	}
	n, err := tx.exec(ctx, `INSERT INTO intents (key, seq, installation, changeset, priority, state, generation, attempts, not_before_ms, doc)
		VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM intents), ?, ?, ?, 'pending', 1, 0, ?, ?) ON CONFLICT (key) `+conflict,
		in.Key, in.Installation, in.Changeset, in.Kind.Priority(), millis(in.NotBefore), doc)
	return n > 0, err
}

// NextIntent takes the most urgent intent of an installation that may be done now and marks it as being done.
// One that a crash left marked comes first. generation must be given back to FinishIntent.
func (tx *Tx) NextIntent(ctx context.Context, installation int64, now time.Time) (in rollout.Intent, generation int64, err error) {
	row := tx.sql.QueryRowContext(ctx, `SELECT key, doc, state, attempts, generation FROM intents
		WHERE installation = ? AND state IN ('pending', 'doing') AND not_before_ms <= ?
		ORDER BY state = 'doing' DESC, priority DESC, seq LIMIT 1`, installation, millis(now))
	in, generation, err = scanIntent(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return in, 0, ErrNotFound
	}
	if err != nil {
		return in, 0, err
	}
	_, err = tx.exec(ctx, `UPDATE intents SET state = 'doing', attempts = attempts + 1 WHERE key = ?`, in.Key)
	return in, generation, err
}

func scanIntent(scan func(...any) error) (in rollout.Intent, generation int64, err error) {
	var key, doc, state string
	var attempts int
	if err := scan(&key, &doc, &state, &attempts, &generation); err != nil {
		return in, 0, err
	}
	err = json.Unmarshal([]byte(doc), &in)
	in.State, in.Attempts = rollout.IntentState(state), attempts
	return in, generation, err
}

// FinishIntent marks an intent as done, unless it was wanted again since it was taken.
func (tx *Tx) FinishIntent(ctx context.Context, key string, generation int64) error {
	_, err := tx.exec(ctx, `UPDATE intents SET attempts = 0, error = '', not_before_ms = 0,
		state = CASE generation WHEN ? THEN 'done' ELSE 'pending' END WHERE key = ?`, generation, key)
	return err
}

// PostponeIntent puts an intent back until t, with the reason.
func (tx *Tx) PostponeIntent(ctx context.Context, key string, t time.Time, reason string) error {
	_, err := tx.exec(ctx, `UPDATE intents SET state = 'pending', not_before_ms = ?, error = ? WHERE key = ?`, millis(t), reason, key)
	return err
}

// FailIntent gives an intent up, with the reason.
func (tx *Tx) FailIntent(ctx context.Context, key, reason string) error {
	_, err := tx.exec(ctx, `UPDATE intents SET state = 'failed', error = ? WHERE key = ?`, reason, key)
	return err
}

// DropIntent forgets an intent, so that the same decision may be taken again.
func (tx *Tx) DropIntent(ctx context.Context, key string) error {
	_, err := tx.exec(ctx, `DELETE FROM intents WHERE key = ?`, key)
	return err
}

// DropIntents forgets a changeset's intents that are not done yet, and those that failed.
func (tx *Tx) DropIntents(ctx context.Context, id rollout.ChangesetID) error {
	_, err := tx.exec(ctx, `DELETE FROM intents WHERE changeset = ? AND state IN ('pending', 'failed')`, id)
	return err
}

// FailedIntents lists what was given up for a changeset.
func (tx *Tx) FailedIntents(ctx context.Context, id rollout.ChangesetID) (out []rollout.Intent, err error) {
	err = each(ctx, tx, `SELECT doc, error FROM intents WHERE changeset = ? AND state = 'failed' ORDER BY seq`, []any{id},
		func(scan func(...any) error) error {
			var doc, reason string
			if err := scan(&doc, &reason); err != nil {
				return err
			}
			in := rollout.Intent{}
			err := json.Unmarshal([]byte(doc), &in)
			in.State, in.Error = rollout.IntentFailed, reason
			out = append(out, in)
			return err
		})
	return out, err
}

// OpenInstallations lists the installations that have intents to do by now.
func (tx *Tx) OpenInstallations(ctx context.Context, now time.Time) (ids []int64, err error) {
	err = each(ctx, tx, `SELECT DISTINCT installation FROM intents
		WHERE state IN ('pending', 'doing') AND not_before_ms <= ? ORDER BY installation`, []any{millis(now)},
		func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}
