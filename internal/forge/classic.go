package forge

import (
	"context"
	"errors"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

const classicSource = "branch protection"

// classic reads the branch's own protection. Who may not read it (the permission is optional) learns the names
// of the required checks from the branch; without names, a protected branch is unreadable.
func (f *Forge) classic(ctx context.Context, r repo.Repo, branch string, out *green.Required) error {
	var got protection
	err := f.get(ctx, r, "administration:read", "/branches/{branch}/protection", &got, branch)
	forbidden := (*Forbidden)(nil)
	switch {
	case err == nil:
		got.add(out)
		return nil
	case errors.Is(err, ErrNotFound), errors.As(err, &forbidden):
		return f.visible(ctx, r, branch, out)
	}
	return err
}

// protection is what of a branch's protection concerns a merge. Signatures, and who may push, GitHub holds merges to
// by itself and says so in its refusal.
type protection struct {
	Checks  *classicChecks `json:"required_status_checks"`
	Reviews *struct {
		Count      int  `json:"required_approving_review_count"`
		CodeOwners bool `json:"require_code_owner_reviews"`
		LastPush   bool `json:"require_last_push_approval"`
	} `json:"required_pull_request_reviews"`
	Threads toggle `json:"required_conversation_resolution"`
	Linear  toggle `json:"required_linear_history"`
	Locked  toggle `json:"lock_branch"`
}

type toggle struct {
	On bool `json:"enabled"`
}

func (p protection) add(out *green.Required) {
	if p.Checks != nil {
		p.Checks.add(out)
	}
	if r := p.Reviews; r != nil {
		out.Reviews = max(out.Reviews, r.Count)
		out.CodeOwners = out.CodeOwners || r.CodeOwners
		out.LastPush = out.LastPush || r.LastPush
	}
	out.Threads = out.Threads || p.Threads.On
	out.Locked = out.Locked || p.Locked.On
	if p.Linear.On {
		allow(out, "squash", "rebase")
	}
}

// classicChecks names checks twice: with their app, and by the name alone.
type classicChecks struct {
	Strict   bool     `json:"strict"`
	Contexts []string `json:"contexts"`
	Checks   []struct {
		Context string `json:"context"`
		App     int64  `json:"app_id"` // null or -1: any
	} `json:"checks"`
}

func (c classicChecks) add(out *green.Required) {
	out.Strict = out.Strict || c.Strict
	named := map[string]bool{}
	for _, one := range c.Checks {
		named[one.Context] = true
		out.Checks = append(out.Checks, green.RequiredCheck{Name: one.Context, App: max(one.App, 0), Source: classicSource})
	}
	for _, name := range c.Contexts {
		if !named[name] {
			out.Checks = append(out.Checks, green.RequiredCheck{Name: name, Source: classicSource})
		}
	}
}

// visible reads what every reader of the branch may see of its protection: the names of the required checks.
func (f *Forge) visible(ctx context.Context, r repo.Repo, branch string, out *green.Required) error {
	var got struct {
		Protected  bool `json:"protected"`
		Protection *struct {
			Checks *classicChecks `json:"required_status_checks"`
		} `json:"protection"`
	}
	if err := f.get(ctx, r, "contents:read", "/branches/{branch}", &got, branch); err != nil {
		return err
	}
	if !got.Protected {
		return nil
	}
	if got.Protection == nil || got.Protection.Checks == nil {
		return errors.New("the branch is protected, and how is not visible to the app (it needs administration: read)")
	}
	got.Protection.Checks.add(out)
	return nil
}
