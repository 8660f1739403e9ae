package forge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// Required reads what a branch asks for, from classic protection and from rulesets. A source that cannot be
// read is named in Unreadable, not returned as an error: the rest still explains.
func (f *Forge) Required(ctx context.Context, r repo.Repo, branch string) (green.Required, error) {
	var out green.Required
	for _, source := range []struct {
		name string
		read func(context.Context, repo.Repo, string, *green.Required) error
	}{{classicSource, f.classic}, {"rulesets", f.rules}} {
		err := source.read(ctx, r, branch, &out)
		if errors.Is(err, ErrGone) || errors.Is(err, ErrSuspended) || ctx.Err() != nil {
			return out, err
		}
		if limited := (*Limited)(nil); errors.As(err, &limited) {
			return out, err
		}
		if err != nil {
			out.Unreadable = append(out.Unreadable, source.name+": "+err.Error())
		}
	}
	return out, nil
}

// rule is one active rule of a branch. It is decoded here and not by go-github, which fails on the whole list
// when a type is new to it.
type rule struct {
	Type       string          `json:"type"`
	RulesetID  int64           `json:"ruleset_id"`
	Parameters json.RawMessage `json:"parameters"`
}

func (f *Forge) rules(ctx context.Context, r repo.Repo, branch string, out *green.Required) error {
	all, err := every[rule](ctx, f, r, "metadata:read", "/rules/branches/{branch}", "", branch)
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := addRule(out, one); err != nil {
			return err
		}
	}
	return nil
}

func addRule(out *green.Required, one rule) error {
	switch one.Type {
	case "required_status_checks":
		return addChecks(out, one)
	case "pull_request":
		return addReviews(out, one)
	case "required_deployments":
		return addDeployments(out, one)
	case "merge_queue":
		out.Queue = true
	case "required_linear_history":
		allow(out, "squash", "rebase")
	case "creation", "update", "deletion", "non_fast_forward", "required_signatures",
		"commit_message_pattern", "commit_author_email_pattern", "committer_email_pattern", "branch_name_pattern",
		"tag_name_pattern":
		// GitHub holds merges to these itself and says so in its refusal; nothing waits for them.
	default:
		if !slices.Contains(out.Unknown, one.Type) {
			out.Unknown = append(out.Unknown, one.Type)
		}
	}
	return nil
}

func addChecks(out *green.Required, one rule) error {
	var p struct {
		Strict bool `json:"strict_required_status_checks_policy"`
		Checks []struct {
			Context string `json:"context"`
			App     int64  `json:"integration_id"`
		} `json:"required_status_checks"`
	}
	if err := json.Unmarshal(one.Parameters, &p); err != nil {
		return fmt.Errorf("ruleset %d: %s: %w", one.RulesetID, one.Type, err)
	}
	out.Strict = out.Strict || p.Strict
	for _, c := range p.Checks {
		out.Checks = append(out.Checks, green.RequiredCheck{
			Name: c.Context, App: max(c.App, 0), Source: fmt.Sprintf("ruleset %d", one.RulesetID),
		})
	}
	return nil
}

func addReviews(out *green.Required, one rule) error {
	var p struct {
		Reviews    int      `json:"required_approving_review_count"`
		CodeOwners bool     `json:"require_code_owner_review"`
		Threads    bool     `json:"required_review_thread_resolution"`
		LastPush   bool     `json:"require_last_push_approval"`
		Methods    []string `json:"allowed_merge_methods"`
	}
	if err := json.Unmarshal(one.Parameters, &p); err != nil {
		return fmt.Errorf("ruleset %d: %s: %w", one.RulesetID, one.Type, err)
	}
	out.Reviews = max(out.Reviews, p.Reviews)
	out.CodeOwners = out.CodeOwners || p.CodeOwners
	out.Threads = out.Threads || p.Threads
	out.LastPush = out.LastPush || p.LastPush
	if len(p.Methods) > 0 {
		allow(out, p.Methods...)
	}
	return nil
}

func addDeployments(out *green.Required, one rule) error {
	var p struct {
		Environments []string `json:"required_deployment_environments"`
	}
	if err := json.Unmarshal(one.Parameters, &p); err != nil {
		return fmt.Errorf("ruleset %d: %s: %w", one.RulesetID, one.Type, err)
	}
	for _, env := range p.Environments {
		if !slices.Contains(out.Deployments, env) {
			out.Deployments = append(out.Deployments, env)
		}
	}
	return nil
}

// allow leaves only these merge methods.
func allow(out *green.Required, methods ...string) {
	if out.Methods == nil {
		out.Methods = slices.Clone(methods)
		return
	}
	out.Methods = slices.DeleteFunc(out.Methods, func(m string) bool { return !slices.Contains(methods, m) })
}
