package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// Permission is a person's exact role: admin, maintain, write, triage, read, none, or a custom role's name.
// go-github's struct lacks role_name; the old "permission" folds maintain into write.
func (f *Forge) Permission(ctx context.Context, r repo.Repo, login string) (string, error) {
	got, err := f.role(ctx, r, login)
	if got.RoleName == "" {
		return got.Permission, err
	}
	return got.RoleName, err
}

type role struct {
	Permission string `json:"permission"` // admin, write, read, none: also for custom roles
	RoleName   string `json:"role_name"`
}

func (f *Forge) role(ctx context.Context, r repo.Repo, login string) (role, error) {
	var got role
	err := f.get(ctx, r, "metadata:read", "/collaborators/{user}/permission", &got, login)
	if errors.Is(err, ErrNotFound) { // no such user any more
		return role{Permission: "none", RoleName: "none"}, nil
	}
	return got, err
}

// mayWrite reports whether a person can push, whatever their role is called.
func (f *Forge) mayWrite(ctx context.Context, r repo.Repo, login string) (bool, error) {
	got, err := f.role(ctx, r, login)
	return got.Permission == "write" || got.Permission == "admin", err
}

// InTeam reports whether a person is an active member of ORG/TEAM, or of a team below it. The org must be the owner of
// the repository, whose installation is asked.
func (f *Forge) InTeam(ctx context.Context, r repo.Repo, team, login string) (bool, error) {
	org, slug, _ := strings.Cut(team, "/")
	if !strings.EqualFold(org, r.Name.Owner) {
		return false, fmt.Errorf("team %s is not one of %s", team, r.Name.Owner)
	}
	var got struct {
		State string `json:"state"` // active, or pending while an invitation is
	}
	c := on(r, "members:read", http.MethodGet, "/orgs/{org}/teams/{team}/memberships/{user}")
	_, err := f.do(ctx, c, nil, &got, org, slug, login)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return got.State == "active", err
}
