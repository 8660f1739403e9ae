package forge

import (
	"context"
	"time"
)

type lateKey struct{}

// NotAfter bounds the writes made with a context: one whose turn comes only at that time or later is not sent, and the
// answer is ErrLate. A zero time bounds nothing.
func NotAfter(ctx context.Context, t time.Time) context.Context {
	if t.IsZero() {
		return ctx
	}
	return context.WithValue(ctx, lateKey{}, t)
}

// late reports whether a call has missed its time.
func late(ctx context.Context, c *call, now time.Time) bool {
	t, ok := ctx.Value(lateKey{}).(time.Time)
	return ok && c.writes() && !now.Before(t)
}
