package store

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
)

// SaveEvidence replaces what a repository's code was seen to read.
func (tx *Tx) SaveEvidence(ctx context.Context, e consumer.Evidence) error {
	if _, err := tx.exec(ctx, `DELETE FROM sights WHERE repo = ?`, int64(e.Repo)); err != nil {
		return err
	}
	insert, err := tx.sql.PrepareContext(ctx, `INSERT INTO sights (repo, dataset, field, file, line, places, how, declared) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }() // the transaction ends it anyway
	for _, s := range e.Sights {
		if _, err := insert.ExecContext(ctx, int64(e.Repo), s.Dataset, s.Field, s.File, s.Line, s.Places, string(s.How), flag(s.Declared)); err != nil {
			return err
		}
	}
	e.Sights = nil
	doc, err := encode(e)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO evidence (repo, doc) VALUES (?, ?) ON CONFLICT (repo) DO UPDATE SET doc = excluded.doc`, int64(e.Repo), doc)
	return err
}

// DropEvidence forgets what a repository's code was seen to read.
func (tx *Tx) DropEvidence(ctx context.Context, id repo.ID) error {
	if _, err := tx.exec(ctx, `DELETE FROM sights WHERE repo = ?`, int64(id)); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `DELETE FROM evidence WHERE repo = ?`, int64(id))
	return err
}

// EvidenceOf is what is known of one repository, without its sights.
func (tx *Tx) EvidenceOf(ctx context.Context, id repo.ID) (consumer.Evidence, error) {
	return get[consumer.Evidence](ctx, tx, `SELECT doc FROM evidence WHERE repo = ?`, int64(id))
}

// Seen is the evidence about one dataset: of every repository that declares it or was seen to read it, by its id, with
// the sights of that dataset alone.
func (tx *Tx) Seen(ctx context.Context, dataset string) ([]consumer.Evidence, error) {
	return tx.seen(ctx, dataset, `WHERE dataset = ? ORDER BY repo, field, file`, dataset)
}

// SeenOf is Seen with those sights alone that cover one field.
func (tx *Tx) SeenOf(ctx context.Context, dataset, field string) ([]consumer.Evidence, error) {
	if field == "" {
		return tx.Seen(ctx, dataset)
	}
	out, err := tx.seen(ctx, dataset, `WHERE dataset = ? AND (field IN (?, ?) OR substr(field, 1, ?) = ? OR substr(?, 1, length(field) + 1) = field || '.' OR how IN (?, ?))
		ORDER BY repo, field, file`, dataset, field, consumer.Row, utf8.RuneCountInString(field)+1, field+".", field, string(consumer.Lineage), string(consumer.Catalog))
	for i := range out {
		out[i].Sights = slices.DeleteFunc(out[i].Sights, func(s consumer.Sight) bool { return !s.Covers(field) })
	}
	return out, err
}

func (tx *Tx) seen(ctx context.Context, dataset, where string, args ...any) ([]consumer.Evidence, error) {
	out, err := list[consumer.Evidence](ctx, tx, `SELECT doc FROM evidence WHERE repo IN
		(SELECT repo FROM declarations WHERE dataset = ? UNION SELECT repo FROM sights WHERE dataset = ?) ORDER BY repo`, dataset, dataset)
	if err != nil {
		return nil, err
	}
	at := make(map[repo.ID]int, len(out))
	for i := range out {
		at[out[i].Repo] = i
	}
	err = tx.sights(ctx, where, args, func(id repo.ID, s consumer.Sight) {
		if i, ok := at[id]; ok {
			out[i].Sights = append(out[i].Sights, s)
		}
	})
	return out, err
}

// SightsIn are those of one dataset in one repository.
func (tx *Tx) SightsIn(ctx context.Context, id repo.ID, dataset string) (out []consumer.Sight, err error) {
	err = tx.sights(ctx, `WHERE dataset = ? AND repo = ? ORDER BY field, file`, []any{dataset, int64(id)}, func(_ repo.ID, s consumer.Sight) {
		out = append(out, s)
	})
	return out, err
}

func (tx *Tx) sights(ctx context.Context, where string, args []any, f func(repo.ID, consumer.Sight)) error {
	return each(ctx, tx, `SELECT repo, dataset, field, file, line, places, how, declared FROM sights `+where, args, func(scan func(...any) error) error {
		var s consumer.Sight
		var id int64
		err := scan(&id, &s.Dataset, &s.Field, &s.File, &s.Line, &s.Places, &s.How, &s.Declared)
		f(repo.ID(id), s)
		return err
	})
}
