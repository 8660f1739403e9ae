package store

import (
	"context"
	"time"
)

// Timer is a hint that time alone will give.
type Timer struct{ Kind, Key string }

// HintAt sets the time of the next look at a thing, in place of the one that was set before; a zero time sets
// none. Zero never means now.
func (tx *Tx) HintAt(ctx context.Context, kind, key string, at time.Time) error {
	if at.IsZero() {
		_, err := tx.exec(ctx, `DELETE FROM timers WHERE kind = ? AND key = ?`, kind, key)
		return err
	}
	_, err := tx.exec(ctx, `INSERT INTO timers (kind, key, at_ms) VALUES (?, ?, ?)
		ON CONFLICT (kind, key) DO UPDATE SET at_ms = excluded.at_ms`, kind, key, ceilMillis(at))
	return err
}

// Due takes the timers that have come by now.
func (tx *Tx) Due(ctx context.Context, now time.Time) (out []Timer, err error) {
	err = each(ctx, tx, `DELETE FROM timers WHERE at_ms <= ? RETURNING kind, key`, []any{millis(now)},
		func(scan func(...any) error) error {
			var t Timer
			err := scan(&t.Kind, &t.Key)
			out = append(out, t)
			return err
		})
	return out, err
}

// NextTimer is when the next timer comes; zero when none is set.
func (tx *Tx) NextTimer(ctx context.Context) (time.Time, error) {
	var ms int64
	err := tx.sql.QueryRowContext(ctx, `SELECT COALESCE(MIN(at_ms), 0) FROM timers`).Scan(&ms)
	return fromMillis(ms), err
}

// ceilMillis rounds up: a timer that came a fraction early would find that nothing is due.
func ceilMillis(t time.Time) int64 { return t.Add(time.Millisecond - time.Nanosecond).UnixMilli() }
