package handlers

import (
	"context"

	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/repo"
)

// repository notes renames, transfers, archiving, deletion and changes of visibility: all but a deletion are
// read from the repository itself.
func (h *Handlers) repository(ctx context.Context, in envelope) error {
	r, ok := in.repo()
	if !ok {
		return nil
	}
	if in.Action == "deleted" {
		return h.Engine.Removed(ctx, []repo.ID{r.ID}, "the repository was deleted")
	}
	return h.Engine.Touched(ctx, r, engine.Files)
}
