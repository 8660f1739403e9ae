package forge

import (
	"context"
	"errors"
	"fmt"

	"github.com/skein-bot/skein/internal/repo"
)

// readyMutation exists in GraphQL alone.
const readyMutation = `mutation($id: ID!) {
  markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } }
}`

// Ready takes a pull request out of draft. One that is no draft, or no longer open, is left as it is.
func (f *Forge) Ready(ctx context.Context, r repo.Repo, number int) error {
	p, err := f.pull(ctx, r, number)
	if err != nil || !p.GetDraft() || p.GetState() != "open" {
		return err
	}
	var got struct {
		Mark *struct {
			PullRequest struct{ IsDraft bool }
		} `json:"markPullRequestReadyForReview"`
	}
	faults, err := f.query(ctx, r.Installation, []repo.ID{r.ID}, "pull_requests:write", readyMutation, map[string]any{"id": p.GetNodeID()}, &got)
	if err == nil && (len(faults) > 0 || got.Mark == nil) {
		err = noData(&call{needs: "pull_requests:write"}, faults)
	}
	if err != nil {
		return fmt.Errorf("take #%d out of draft: %w", number, err)
	}
	if got.Mark.PullRequest.IsDraft {
		return fmt.Errorf("take #%d out of draft: %w", number, errors.New("GitHub left it a draft"))
	}
	return nil
}
