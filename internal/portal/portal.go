// Package portal shows the read model in a browser.
package portal

import (
	"context"
	"fmt"
	"net/http"

	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
)

// Engine is where the read model comes from.
type Engine interface {
	Migrations(ctx context.Context) ([]rollout.Migration, error)
	Page(ctx context.Context, id rollout.MigrationID) (status.Page, error)
}

// New returns the pages.
func New(e Engine) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ms, err := e.Migrations(r.Context())
		if err != nil {
			http.Error(w, "the store cannot be read", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, len(ms))
	})
}
