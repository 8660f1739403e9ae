package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Delivery is a webhook as it came in, its signature already checked.
type Delivery struct {
	ID       string // X-GitHub-Delivery: a redelivery keeps it
	Event    string
	Payload  []byte
	Received time.Time
}

// AddDelivery stores a delivery. fresh is false when this id was handled before. One that was received but never
// handled counts as fresh, so that a redelivery revives what a crash left behind.
func (tx *Tx) AddDelivery(ctx context.Context, d Delivery) (fresh bool, err error) {
	n, err := tx.exec(ctx, `INSERT INTO deliveries (id, event, payload, received_ms) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET state = 'received' WHERE deliveries.state <> 'done'`,
		d.ID, d.Event, d.Payload, millis(d.Received))
	return n > 0, err
}

// Delivery reads a delivery back. done is true when it was handled.
func (tx *Tx) Delivery(ctx context.Context, id string) (d Delivery, done bool, err error) {
	var ms int64
	var state string
	err = tx.sql.QueryRowContext(ctx, `SELECT id, event, payload, received_ms, state FROM deliveries WHERE id = ?`, id).
		Scan(&d.ID, &d.Event, &d.Payload, &ms, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, ErrNotFound
	}
	d.Received = fromMillis(ms)
	return d, state == "done", err
}

// FinishDelivery records the outcome; an empty text means handled.
func (tx *Tx) FinishDelivery(ctx context.Context, id, failure string) error {
	state := "done"
	if failure != "" {
		state = "failed"
	}
	_, err := tx.exec(ctx, `UPDATE deliveries SET state = ?, error = ? WHERE id = ?`, state, failure, id)
	return err
}

// OpenDeliveries lists the ids of deliveries that wait to be handled, oldest first.
func (tx *Tx) OpenDeliveries(ctx context.Context) (ids []string, err error) {
	err = each(ctx, tx, `SELECT id FROM deliveries WHERE state = 'received' ORDER BY received_ms, id`, nil,
		func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

// PruneDeliveries forgets what was handled before t; GitHub keeps its own copy for three days.
func (tx *Tx) PruneDeliveries(ctx context.Context, t time.Time) (int64, error) {
	return tx.exec(ctx, `DELETE FROM deliveries WHERE state = 'done' AND received_ms < ?`, millis(t))
}

// Redeliver counts a request to deliver again; false when there have been enough.
func (tx *Tx) Redeliver(ctx context.Context, guid string, most int) (bool, error) {
	n, err := tx.exec(ctx, `INSERT INTO redeliveries (guid, count) VALUES (?, 1)
		ON CONFLICT (guid) DO UPDATE SET count = count + 1 WHERE redeliveries.count < ?`, guid, most)
	return n > 0, err
}
