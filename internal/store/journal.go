package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/skein-bot/skein/internal/rollout"
)

// Log appends to the journal.
func (tx *Tx) Log(ctx context.Context, entries ...rollout.Entry) error {
	for _, e := range entries {
		doc, err := encode(e)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `INSERT INTO journal (at_ms, migration, changeset, doc) VALUES (?, ?, ?, ?)`,
			millis(e.At), e.Migration, e.Changeset, doc); err != nil {
			return err
		}
	}
	return nil
}

// JournalOf lists a migration's entries in order; with a changeset only that one's.
func (tx *Tx) JournalOf(ctx context.Context, m rollout.MigrationID, c rollout.ChangesetID) (out []rollout.Entry, err error) {
	err = each(ctx, tx, `SELECT seq, doc FROM journal WHERE migration = ? AND (? = '' OR changeset = ?) ORDER BY seq`,
		[]any{m, c, c}, func(scan func(...any) error) error {
			var seq int64
			var doc string
			if err := scan(&seq, &doc); err != nil {
				return err
			}
			e := rollout.Entry{}
			err := json.Unmarshal([]byte(doc), &e)
			e.Seq = seq
			out = append(out, e)
			return err
		})
	return out, err
}

// SetMark remembers a small fact.
func (tx *Tx) SetMark(ctx context.Context, key, value string) error {
	_, err := tx.exec(ctx, `INSERT INTO marks (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// Mark reads a small fact; "" when it was never set.
func (tx *Tx) Mark(ctx context.Context, key string) (value string, err error) {
	err = tx.sql.QueryRowContext(ctx, `SELECT value FROM marks WHERE key = ?`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// Record adds a content-creating request to the ledger and forgets those older than an hour.
func (s *Store) Record(ctx context.Context, installation int64, at time.Time) error {
	return s.Update(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, `DELETE FROM writes WHERE at_ms < ?`, millis(at.Add(-time.Hour))); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO writes (installation, at_ms) VALUES (?, ?)`, installation, millis(at))
		return err
	})
}

// Count is how many content-creating requests an installation made since t.
func (s *Store) Count(ctx context.Context, installation int64, since time.Time) (n int, err error) {
	err = s.Update(ctx, func(tx *Tx) error {
		return tx.sql.QueryRowContext(ctx, `SELECT COUNT(*) FROM writes WHERE installation = ? AND at_ms >= ?`,
			installation, millis(since)).Scan(&n)
	})
	return n, err
}
