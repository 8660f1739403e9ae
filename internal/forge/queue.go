package forge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

const queueQuery = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    databaseId
    pullRequest(number: $number) {
      id
      headRefOid
      mergeQueueEntry { id position state headCommit { oid } }
      timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) {
        nodes { ... on RemovedFromMergeQueueEvent { createdAt reason actor { __typename login } } }
      }
    }
  }
}`

type queueAnswer struct {
	Repository struct {
		DatabaseID  repo.ID `json:"databaseId"`
		PullRequest struct {
			ID              string
			HeadRefOid      repo.SHA
			MergeQueueEntry *struct {
				ID         string
				Position   int
				State      string
				HeadCommit *struct{ Oid repo.SHA }
			}
			TimelineItems struct {
				Nodes []struct {
					CreatedAt time.Time
					Reason    string
					Actor     *struct {
						Typename string `json:"__typename"`
						Login    string
					}
				}
			}
		}
	}
}

// inQueue reads a pull request's place in the merge queue, and how it last left it.
func (f *Forge) inQueue(ctx context.Context, r repo.Repo, number int) (queueAnswer, error) {
	var got queueAnswer
	vars := map[string]any{"owner": r.Name.Owner, "name": r.Name.Name, "number": number}
	faults, err := f.query(ctx, r.Installation, []repo.ID{r.ID}, "pull_requests:read contents:read", queueQuery, vars, &got)
	switch {
	case err != nil:
		return got, fmt.Errorf("merge queue of #%d: %w", number, err)
	case len(faults) > 0:
		return got, noData(&call{needs: "pull_requests:read"}, faults)
	case got.Repository.DatabaseID != r.ID:
		return got, ErrGone
	}
	return got, nil
}

// queue fills a pull request's place in the merge queue.
func (f *Forge) queue(ctx context.Context, r repo.Repo, p *green.Pull) error {
	got, err := f.inQueue(ctx, r, p.Number)
	if err != nil {
		return err
	}
	pull := got.Repository.PullRequest
	if e := pull.MergeQueueEntry; e != nil {
		p.Queue = &green.Queued{State: strings.ToLower(e.State), Position: e.Position}
		if e.HeadCommit != nil {
			p.Queue.Head = e.HeadCommit.Oid
		}
	}
	for _, n := range pull.TimelineItems.Nodes {
		p.Left = green.Left{At: n.CreatedAt, Reason: n.Reason}
		if n.Actor != nil && n.Actor.Typename == "User" {
			p.Left.By = n.Actor.Login
		}
	}
	return nil
}

const enqueueMutation = `mutation($pull: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: {pullRequestId: $pull, expectedHeadOid: $head}) { mergeQueueEntry { id } }
}`

// Enqueue adds a pull request at this head to the merge queue of its base branch. One that is in it, or merged,
// already is a success.
func (f *Forge) Enqueue(ctx context.Context, r repo.Repo, number int, head repo.SHA) error {
	pull, err := f.pull(ctx, r, number)
	switch {
	case err != nil:
		return err
	case pull.GetMerged():
		return nil
	case repo.SHA(pull.GetHead().GetSHA()) != head:
		return fmt.Errorf("#%d: %w", number, ErrStale)
	}
	got, err := f.inQueue(ctx, r, number)
	if err != nil || got.Repository.PullRequest.MergeQueueEntry != nil {
		return err
	}
	return f.mutate(ctx, r, enqueueMutation, map[string]any{"pull": got.Repository.PullRequest.ID, "head": head})
}

const dequeueMutation = `mutation($pull: ID!) { dequeuePullRequest(input: {id: $pull}) { mergeQueueEntry { id } } }`

// Dequeue takes a pull request out of the merge queue. One that is not in it is a success.
func (f *Forge) Dequeue(ctx context.Context, r repo.Repo, number int) error {
	got, err := f.inQueue(ctx, r, number)
	if err != nil || got.Repository.PullRequest.MergeQueueEntry == nil {
		return err
	}
	return f.mutate(ctx, r, dequeueMutation, map[string]any{"pull": got.Repository.PullRequest.ID})
}

// mutate writes through GraphQL. What it refuses may be possible later, like a merge that is not mergeable yet.
func (f *Forge) mutate(ctx context.Context, r repo.Repo, text string, vars map[string]any) error {
	var out struct{}
	faults, err := f.query(ctx, r.Installation, []repo.ID{r.ID}, "pull_requests:write contents:write", text, vars, &out)
	if err == nil && len(faults) > 0 {
		err = noData(&call{needs: "pull_requests:write contents:write"}, faults)
	}
	if invalid, ok := asInvalid(err); ok {
		return &NotMergeable{Reason: invalid.Message}
	}
	return err
}
