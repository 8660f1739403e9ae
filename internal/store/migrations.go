package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
)

// AddMigration stores a new migration under the next free id, which it returns.
func (tx *Tx) AddMigration(ctx context.Context, m rollout.Migration) (rollout.MigrationID, error) {
	var n int64
	if err := tx.sql.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM migrations`).Scan(&n); err != nil {
		return "", err
	}
	m.ID = rollout.MigrationID(fmt.Sprintf("m%d", n))
	doc, err := encode(m)
	if err != nil {
		return "", err
	}
	_, err = tx.exec(ctx, `INSERT INTO migrations (id, number, repo, active, version, doc) VALUES (?, ?, ?, 1, 1, ?)`,
		m.ID, n, int64(m.Repo.ID), doc)
	return m.ID, err
}

// Migration reads one migration and its version.
func (tx *Tx) Migration(ctx context.Context, id rollout.MigrationID) (rollout.Migration, int64, error) {
	m, err := get[rollout.Migration](ctx, tx, `SELECT doc FROM migrations WHERE id = ?`, id)
	if err != nil {
		return m, 0, fmt.Errorf("migration %s: %w", id, err)
	}
	var version int64
	err = tx.sql.QueryRowContext(ctx, `SELECT version FROM migrations WHERE id = ?`, id).Scan(&version)
	return m, version, err
}

// SaveMigration writes a migration read at version, or returns ErrStale.
func (tx *Tx) SaveMigration(ctx context.Context, m rollout.Migration, version int64) error {
	doc, err := encode(m)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, `UPDATE migrations SET doc = ?, active = ?, version = version + 1 WHERE id = ? AND version = ?`,
		doc, flag(m.Ended.IsZero()), m.ID, version)
	return stale(n, err, "migration", string(m.ID))
}

// Migrations lists all migrations, newest first; with active only those that have not ended.
func (tx *Tx) Migrations(ctx context.Context, active bool) ([]rollout.Migration, error) {
	return list[rollout.Migration](ctx, tx,
		`SELECT doc FROM migrations WHERE active >= ? ORDER BY number DESC`, flag(active))
}

// AddChangeset stores a new changeset.
func (tx *Tx) AddChangeset(ctx context.Context, c rollout.Changeset) error {
	doc, results, err := encodeChangeset(c)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO changesets (id, migration, repo, active, version, doc, results) VALUES (?, ?, ?, ?, 1, ?, ?)`,
		c.ID, c.Migration, int64(c.Repo.ID), active(c), doc, results)
	return err
}

func encodeChangeset(c rollout.Changeset) (doc, results string, err error) {
	if results, err = encode(c.Results); err != nil {
		return "", "", err
	}
	c.Results = nil
	doc, err = encode(c)
	return doc, results, err
}

func decodeChangeset(doc, results string) (c rollout.Changeset, err error) {
	if err := json.Unmarshal([]byte(doc), &c); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(results), &c.Results)
}

// Changeset reads one changeset and its version.
func (tx *Tx) Changeset(ctx context.Context, id rollout.ChangesetID) (rollout.Changeset, int64, error) {
	var doc, results string
	var version int64
	err := tx.sql.QueryRowContext(ctx, `SELECT doc, results, version FROM changesets WHERE id = ?`, id).Scan(&doc, &results, &version)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return rollout.Changeset{}, 0, fmt.Errorf("changeset %s: %w", id, err)
	}
	c, err := decodeChangeset(doc, results)
	return c, version, err
}

// SaveChangeset writes a changeset read at version, or returns ErrStale.
func (tx *Tx) SaveChangeset(ctx context.Context, c rollout.Changeset, version int64) error {
	doc, results, err := encodeChangeset(c)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, `UPDATE changesets SET doc = ?, results = ?, active = ?, version = version + 1 WHERE id = ? AND version = ?`,
		doc, results, active(c), c.ID, version)
	return stale(n, err, "changeset", string(c.ID))
}

// Changesets lists a migration's changesets by id, whole.
func (tx *Tx) Changesets(ctx context.Context, m rollout.MigrationID) (out []rollout.Changeset, err error) {
	err = each(ctx, tx, `SELECT doc, results FROM changesets WHERE migration = ? ORDER BY id`, []any{m},
		func(scan func(...any) error) error {
			var doc, results string
			if err := scan(&doc, &results); err != nil {
				return err
			}
			c, err := decodeChangeset(doc, results)
			out = append(out, c)
			return err
		})
	return out, err
}

// Siblings lists a migration's changesets by id, without their results.
func (tx *Tx) Siblings(ctx context.Context, m rollout.MigrationID) ([]rollout.Changeset, error) {
	return list[rollout.Changeset](ctx, tx, `SELECT doc FROM changesets WHERE migration = ? ORDER BY id`, m)
}

// ChangesetsOf lists a repository's changesets, oldest first and without their results; with active only those that
// ActiveChangesets lists.
func (tx *Tx) ChangesetsOf(ctx context.Context, id repo.ID, active bool) ([]rollout.Changeset, error) {
	return list[rollout.Changeset](ctx, tx,
		`SELECT doc FROM changesets WHERE repo = ? AND active >= ? ORDER BY rowid`, int64(id), flag(active))
}

// ActiveChangesets lists every changeset that has not ended, or that goes on when its repository is back, without its
// results.
func (tx *Tx) ActiveChangesets(ctx context.Context) ([]rollout.Changeset, error) {
	return list[rollout.Changeset](ctx, tx, `SELECT doc FROM changesets WHERE active = 1 ORDER BY rowid`)
}

// active marks what a sweep has to look at.
func active(c rollout.Changeset) int {
	return flag(!c.Phase.Ended() || c.Phase == rollout.Failed && c.Was != "")
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func stale(n int64, err error, what, id string) error {
	if err == nil && n == 0 {
		err = ErrStale
	}
	if err != nil {
		return fmt.Errorf("save %s %s: %w", what, id, err)
	}
	return nil
}
