package handlers

import (
	"context"

	"github.com/skein-bot/skein/internal/engine"
)

// push has the repository read anew when its default branch moved. Any other branch may be the head of one of
// our pull requests.
func (h *Handlers) push(ctx context.Context, event string, in envelope) error {
	r, ok := in.repo()
	if !ok {
		return nil
	}
	if event == "push" && in.Ref == "refs/heads/"+r.DefaultBranch {
		return h.Engine.Touched(ctx, r, engine.Files)
	}
	return h.Engine.Touched(ctx, r, engine.Something)
}
