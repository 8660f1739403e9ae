package engine

import (
	"context"

	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
)

// Grouped answers a merge queue that tries a group: who requires Skein's check would otherwise wait for it until the
// queue gives up. What was judged before it was enqueued is not judged again; what may no longer merge is taken out.
func (e *Engine) Grouped(ctx context.Context, r repo.Repo, head repo.SHA) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		known, err := memberOf(ctx, tx, r.ID)
		if err != nil || known == nil {
			return err
		}
		return e.wantGroupCheck(ctx, tx, known.Repo, head)
	})
}

func (e *Engine) wantGroupCheck(ctx context.Context, tx Tx, r repo.Repo, head repo.SHA) error {
	return e.want(ctx, tx, rollout.Intent{
		Action: rollout.Action{Key: "repo/" + repoKey(r.ID) + "/group/" + string(head), Kind: checkGroup, Head: head},
		Repo:   r, Installation: r.Installation,
	})
}

// groupHead is the group that one of a changeset's pull requests is tried in; empty while there is none.
func groupHead(obs rollout.Observation) repo.SHA {
	switch {
	case obs.Revert != nil && obs.Revert.Queue != nil:
		return obs.Revert.Queue.Head
	case obs.Pull != nil && obs.Pull.Queue != nil:
		return obs.Pull.Queue.Head
	}
	return ""
}

func (e *Engine) writeGroupCheck(ctx context.Context, in rollout.Intent) error {
	_, err := e.GitHub.UpsertCheckRun(ctx, in.Repo, forge.CheckSpec{
		SHA: in.Head, Name: ownCheck, ExternalID: "group", Status: "completed", Conclusion: "success",
		Title: "Nothing of Skein's is in the way", Summary: "What Skein adds to the merge queue was judged before it went in.",
	})
	return err
}
