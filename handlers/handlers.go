// Package handlers takes GitHub's webhooks in and tells the engine what they hint at. It decodes, records and
// returns; it decides nothing.
//
// A delivery takes two steps. Webhook checks size and signature and commits the raw delivery to an inbox before
// it answers, so nothing that was acknowledged is lost. Later a worker gives the stored delivery to Deliver,
// which has one file for each kind of event.
//
// The package also knows the grammar of /skein commands in comments.
package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/repo"
)

// Engine is what the hints go to.
type Engine interface {
	Touched(ctx context.Context, r repo.Repo, what engine.Touch) error
	Installed(ctx context.Context, installation int64) error
	Removed(ctx context.Context, repos []repo.ID, why string) error
	Proposed(ctx context.Context, r repo.Repo, number int) error
	Give(ctx context.Context, o engine.Order) error
	Grouped(ctx context.Context, r repo.Repo, head repo.SHA) error
}

// Handlers handles stored deliveries. It satisfies go-githubapp's EventHandler: one for all events, because its
// dispatcher calls only the first of several for one event.
type Handlers struct {
	Engine Engine
}

// errMalformed is a payload that is not what its event promises.
var errMalformed = errors.New("malformed payload")

// Handles lists the events that the app subscribes to, and those that come unasked.
func (*Handlers) Handles() []string {
	return []string{
		"push", "create", "delete", "repository", "public", "installation", "installation_repositories",
		"pull_request", "pull_request_review", "pull_request_review_thread", "issues", "issue_comment",
		"check_run", "check_suite", "status", "workflow_run", "deployment_status", "merge_group",
		"branch_protection_rule", "repository_ruleset",
	}
}

// Handle gives a delivery to its event's file.
func (h *Handlers) Handle(ctx context.Context, event, _ string, payload []byte) error {
	if !slices.Contains(h.Handles(), event) {
		return nil
	}
	var in envelope
	if err := json.Unmarshal(payload, &in); err != nil {
		return fmt.Errorf("%s: %w: %w", event, errMalformed, err)
	}
	switch event {
	case "push", "create", "delete":
		return h.push(ctx, event, in)
	case "repository", "public":
		return h.repository(ctx, in)
	case "installation", "installation_repositories":
		return h.installation(ctx, in)
	case "issue_comment":
		return h.comment(ctx, in)
	case "pull_request":
		return h.pull(ctx, in)
	case "merge_group":
		return h.group(ctx, in)
	}
	return h.touched(ctx, event, in)
}

// touched is for events that only say "look again": what happened is read from GitHub.
func (h *Handlers) touched(ctx context.Context, event string, in envelope) error {
	r, ok := in.repo()
	switch {
	case !ok:
		return nil
	case event == "issues":
		return h.Engine.Touched(ctx, r, engine.StopSwitch)
	}
	return h.Engine.Touched(ctx, r, engine.Something)
}

// pull is for pull requests, which may be Skein's own or somebody's change to a schema.
func (h *Handlers) pull(ctx context.Context, in envelope) error {
	r, ok := in.repo()
	if !ok {
		return nil
	}
	err := h.Engine.Touched(ctx, r, engine.Something)
	if in.Number > 0 {
		err = errors.Join(err, h.Engine.Proposed(ctx, r, in.Number))
	}
	return err
}

// group is for merge queues: one that asks for checks is answered, whatever is in its group.
func (h *Handlers) group(ctx context.Context, in envelope) error {
	r, ok := in.repo()
	if !ok {
		return nil
	}
	err := h.Engine.Touched(ctx, r, engine.Something)
	if in.Action == "checks_requested" && in.MergeGroup != nil && in.MergeGroup.Head != "" {
		err = errors.Join(err, h.Engine.Grouped(ctx, r, in.MergeGroup.Head))
	}
	return err
}

// envelope is what Skein reads of any payload. Everything else is left alone, so that what GitHub adds or
// changes elsewhere cannot hurt.
type envelope struct {
	Action       string        `json:"action"`
	Ref          string        `json:"ref"`
	Number       int           `json:"number"` // of a pull request
	Installation *installation `json:"installation"`
	Repository   *repository   `json:"repository"`
	Added        []repository  `json:"repositories_added"`
	Removed      []repository  `json:"repositories_removed"`
	MergeGroup   *mergeGroup   `json:"merge_group"`
	Comment      *comment      `json:"comment"`
	Issue        *issue        `json:"issue"`
	Sender       *account      `json:"sender"`
}

type installation struct {
	ID int64 `json:"id"`
}

type account struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

type repository struct {
	ID            int64    `json:"id"`
	FullName      string   `json:"full_name"`
	DefaultBranch string   `json:"default_branch"`
	Private       bool     `json:"private"`
	Visibility    string   `json:"visibility"` // left out where repositories are only listed
	Archived      bool     `json:"archived"`
	Topics        []string `json:"topics"`
}

type mergeGroup struct {
	Head repo.SHA `json:"head_sha"`
}

type issue struct {
	Number int `json:"number"`
}

// repo is the repository that an event is about; ok is false when it names none.
func (in envelope) repo() (repo.Repo, bool) {
	if in.Repository == nil {
		return repo.Repo{}, false
	}
	r, ok := in.Repository.repo()
	if in.Installation != nil {
		r.Installation = in.Installation.ID
	}
	return r, ok
}

func (x repository) repo() (repo.Repo, bool) {
	name, err := repo.ParseName(x.FullName)
	return repo.Repo{
		ID: repo.ID(x.ID), Name: name, DefaultBranch: x.DefaultBranch, Visibility: repo.VisibilityOf(x.Private, x.Visibility), Archived: x.Archived, Topics: x.Topics,
	}, err == nil && x.ID != 0
}

// Malformed reports whether an error means that a payload is not what its event promises: handling it again
// would end the same way.
func Malformed(err error) bool { return errors.Is(err, errMalformed) }
