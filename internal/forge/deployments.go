package forge

import (
	"context"
	"errors"

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

// mostDeployments is how many of a commit's newest deployments are asked what became of them.
const mostDeployments = 10

// Deployments are what became of a commit where it was deployed, as statuses named deployment/ENVIRONMENT. Without the
// permission to see deployments there are none.
func (f *Forge) Deployments(ctx context.Context, r repo.Repo, sha repo.SHA) ([]green.Check, error) {
	all, err := every[*github.Deployment](ctx, f, r, "deployments:read", "/deployments", "sha="+escapeQuery(string(sha)))
	if forbidden := (*Forbidden)(nil); errors.As(err, &forbidden) || errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	var out []green.Check
	for _, d := range all[:min(len(all), mostDeployments)] {
		states, more := every[*github.DeploymentStatus](ctx, f, r, "deployments:read", "/deployments/{id}/statuses", "", d.GetID())
		if err = errors.Join(err, more); err != nil {
			return nil, err
		}
		c := green.Check{
			Name: "deployment/" + d.GetEnvironment(), Status: true, Result: green.Pending, Attempt: 1,
			ID: d.GetID(), At: d.GetCreatedAt().UTC(), SHA: sha,
		}
		for _, s := range states { // the newest first; inactive says that a later one took its place, not how it went
			if s.GetState() != "inactive" {
				c.Result, c.At, c.URL = deploymentResult(s.GetState()), s.GetCreatedAt().UTC(), s.GetLogURL()
				break
			}
		}
		out = append(out, c)
	}
	return out, err
}
