package handlers

import (
	"context"

	"github.com/skein-bot/skein/internal/repo"
)

// installation notes which repositories came within reach and which went out of it.
func (h *Handlers) installation(ctx context.Context, in envelope) error {
	if in.Installation == nil {
		return nil
	}
	if gone := ids(in.Removed); len(gone) > 0 {
		if err := h.Engine.Removed(ctx, gone, "Skein was removed from the repository"); err != nil {
			return err
		}
	}
	switch in.Action {
	case "deleted", "suspend":
		return nil // every call will say so, and what waits says why
	}
	return h.Engine.Installed(ctx, in.Installation.ID)
}

func ids(rs []repository) (out []repo.ID) {
	for _, r := range rs {
		out = append(out, repo.ID(r.ID))
	}
	return out
}
