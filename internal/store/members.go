package store

import (
	"context"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
)

// SaveMember writes what is known of a repository.
func (tx *Tx) SaveMember(ctx context.Context, m consumer.Member) error {
	doc, err := encode(m)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO members (id, owner, name, installation, doc) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, name = excluded.name,
		installation = excluded.installation, doc = excluded.doc`,
		int64(m.Repo.ID), m.Repo.Name.Owner, m.Repo.Name.Name, m.Repo.Installation, doc)
	return err
}

// Member reads one repository.
func (tx *Tx) Member(ctx context.Context, id repo.ID) (consumer.Member, error) {
	return get[consumer.Member](ctx, tx, `SELECT doc FROM members WHERE id = ?`, int64(id))
}

// MemberNamed reads one repository by its name of today, whatever its case.
func (tx *Tx) MemberNamed(ctx context.Context, name repo.Name) (consumer.Member, error) {
	return get[consumer.Member](ctx, tx, `SELECT doc FROM members WHERE owner = ? COLLATE NOCASE AND name = ? COLLATE NOCASE
		ORDER BY id DESC LIMIT 1`, name.Owner, name.Name)
}

// MembersNear lists the repositories that declare a dataset or were seen to read it.
func (tx *Tx) MembersNear(ctx context.Context, dataset string) ([]consumer.Member, error) {
	return list[consumer.Member](ctx, tx, `SELECT doc FROM members WHERE id IN
		(SELECT repo FROM declarations WHERE dataset = ? UNION SELECT repo FROM sights WHERE dataset = ?) ORDER BY id`, dataset, dataset)
}

// Members lists every repository that is or was installed, by name.
func (tx *Tx) Members(ctx context.Context) ([]consumer.Member, error) {
	return list[consumer.Member](ctx, tx, `SELECT doc FROM members ORDER BY owner, name, id`)
}

// SaveDeclarations replaces what a repository says that it reads.
func (tx *Tx) SaveDeclarations(ctx context.Context, id repo.ID, all []consumer.Declaration) error {
	if _, err := tx.exec(ctx, `DELETE FROM declarations WHERE repo = ?`, int64(id)); err != nil {
		return err
	}
	for i, d := range all {
		doc, err := encode(d)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `INSERT INTO declarations (repo, seq, dataset, name, doc) VALUES (?, ?, ?, ?, ?)`,
			int64(id), i, d.Dataset, strings.ToLower(d.Repo.String()), doc); err != nil {
			return err
		}
	}
	return nil
}

// Readers are the declarations of whoever says that it reads a dataset.
func (tx *Tx) Readers(ctx context.Context, dataset string) ([]consumer.Declaration, error) {
	return list[consumer.Declaration](ctx, tx, `SELECT doc FROM declarations WHERE dataset = ? ORDER BY name, repo, seq`, dataset)
}

// DeclarationsOf is all that one repository says that it reads.
func (tx *Tx) DeclarationsOf(ctx context.Context, name repo.Name) ([]consumer.Declaration, error) {
	return list[consumer.Declaration](ctx, tx, `SELECT doc FROM declarations WHERE name = ? ORDER BY repo, seq`, strings.ToLower(name.String()))
}

// SaveSnapshots replaces the datasets that a repository declares.
func (tx *Tx) SaveSnapshots(ctx context.Context, id repo.ID, snaps []consumer.Snapshot) error {
	if _, err := tx.exec(ctx, `DELETE FROM datasets WHERE repo = ?`, int64(id)); err != nil {
		return err
	}
	for _, s := range snaps {
		doc, err := encode(s)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `INSERT INTO datasets (name, repo, doc) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET repo = excluded.repo, doc = excluded.doc`, s.Dataset, int64(id), doc); err != nil {
			return err
		}
	}
	return nil
}

// Snapshots lists the newest known schema of every dataset.
func (tx *Tx) Snapshots(ctx context.Context) ([]consumer.Snapshot, error) {
	return list[consumer.Snapshot](ctx, tx, `SELECT doc FROM datasets ORDER BY name`)
}

// Snapshot is the newest known schema of one dataset.
func (tx *Tx) Snapshot(ctx context.Context, dataset string) (consumer.Snapshot, error) {
	return get[consumer.Snapshot](ctx, tx, `SELECT doc FROM datasets WHERE name = ?`, dataset)
}
