package store

import (
	"context"
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
	doc, err := encode(c)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO changesets (id, migration, repo, active, version, doc) VALUES (?, ?, ?, ?, 1, ?)`,
		c.ID, c.Migration, int64(c.Repo.ID), flag(!c.Phase.Ended()), doc)
	return err
}

// Changeset reads one changeset and its version.
func (tx *Tx) Changeset(ctx context.Context, id rollout.ChangesetID) (rollout.Changeset, int64, error) {
	c, err := get[rollout.Changeset](ctx, tx, `SELECT doc FROM changesets WHERE id = ?`, id)
	if err != nil {
		return c, 0, fmt.Errorf("changeset %s: %w", id, err)
	}
	var version int64
	err = tx.sql.QueryRowContext(ctx, `SELECT version FROM changesets WHERE id = ?`, id).Scan(&version)
	return c, version, err
}

// SaveChangeset writes a changeset read at version, or returns ErrStale.
func (tx *Tx) SaveChangeset(ctx context.Context, c rollout.Changeset, version int64) error {
	doc, err := encode(c)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, `UPDATE changesets SET doc = ?, active = ?, version = version + 1 WHERE id = ? AND version = ?`,
		doc, flag(!c.Phase.Ended()), c.ID, version)
	return stale(n, err, "changeset", string(c.ID))
}

// Changesets lists a migration's changesets by id.
func (tx *Tx) Changesets(ctx context.Context, m rollout.MigrationID) ([]rollout.Changeset, error) {
	return list[rollout.Changeset](ctx, tx, `SELECT doc FROM changesets WHERE migration = ? ORDER BY id`, m)
}

// ChangesetsOf lists a repository's changesets, oldest first; with active only those that have not ended.
func (tx *Tx) ChangesetsOf(ctx context.Context, id repo.ID, active bool) ([]rollout.Changeset, error) {
	return list[rollout.Changeset](ctx, tx,
		`SELECT doc FROM changesets WHERE repo = ? AND active >= ? ORDER BY rowid`, int64(id), flag(active))
}

// ActiveChangesets lists every changeset that has not ended.
func (tx *Tx) ActiveChangesets(ctx context.Context) ([]rollout.Changeset, error) {
	return list[rollout.Changeset](ctx, tx, `SELECT doc FROM changesets WHERE active = 1 ORDER BY rowid`)
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
