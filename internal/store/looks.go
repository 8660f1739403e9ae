package store

import "context"

// Looks is what was found for a pull request in a round, by the name of the consumer.
func (tx *Tx) Looks(ctx context.Context, pull, round string) (map[string]string, error) {
	out := map[string]string{}
	err := each(ctx, tx, `SELECT name, doc FROM looks WHERE pull = ? AND round = ?`, []any{pull, round}, func(scan func(...any) error) error {
		var name, doc string
		err := scan(&name, &doc)
		out[name] = doc
		return err
	})
	return out, err
}

// SaveLook keeps what was found of one consumer, and forgets what earlier rounds found.
func (tx *Tx) SaveLook(ctx context.Context, pull, round, name, doc string) error {
	if _, err := tx.exec(ctx, `DELETE FROM looks WHERE pull = ? AND round <> ?`, pull, round); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `INSERT INTO looks (pull, round, name, doc) VALUES (?, ?, ?, ?)
		ON CONFLICT (pull, name) DO UPDATE SET round = excluded.round, doc = excluded.doc`, pull, round, name, doc)
	return err
}

// DropLooks forgets what was found for a pull request.
func (tx *Tx) DropLooks(ctx context.Context, pull string) error {
	_, err := tx.exec(ctx, `DELETE FROM looks WHERE pull = ?`, pull)
	return err
}
