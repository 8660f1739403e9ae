package forge

import (
	"context"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// deployed fills how far the head's newest deployment to each of these environments is.
func (f *Forge) deployed(ctx context.Context, r repo.Repo, p *green.Pull, environments []string) error {
	for _, env := range environments {
		query := "sha=" + string(p.Head) + "&environment=" + escapeQuery(env)
		all, err := every[*github.Deployment](ctx, f, r, "deployments:read", "/deployments", query)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			continue
		}
		states, err := every[*github.DeploymentStatus](ctx, f, r, "deployments:read", "/deployments/{id}/statuses", "", all[0].GetID())
		if err != nil {
			return err
		}
		if p.Deployed == nil {
			p.Deployed = map[string]green.Result{}
		}
		p.Deployed[env] = green.Pending
		if len(states) > 0 {
			p.Deployed[env] = deploymentResult(states[0].GetState())
		}
	}
	return nil
}

// deploymentResult reads a state. A deployment that another one took the place of counts as one that succeeded only
// while it is not inactive.
func deploymentResult(state string) green.Result {
	switch state {
	case "success":
		return green.Success
	case "queued", "pending", "in_progress", "waiting":
		return green.Pending
	case "failure", "error":
		return green.Failure
	}
	return green.Unknown
}
