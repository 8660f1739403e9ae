package handlers

import (
	"context"
	"strings"
	"time"
)

type comment struct {
	ID        int64     `json:"id"`
	Body      string    `json:"body"`
	User      *account  `json:"user"`
	CreatedAt time.Time `json:"created_at"`
}

// comment reads commands from a new comment by a person. Edits and deletions never act: what was done cannot
// be taken back by changing what was said.
func (h *Handlers) comment(ctx context.Context, in envelope) error {
	r, ok := in.repo()
	if !ok || in.Action != "created" || in.Comment == nil || in.Issue == nil || !h.person(in.Comment.User) {
		return nil
	}
	commands := Parse(in.Comment.Body)
	if len(commands) == 0 {
		return nil
	}
	return h.Engine.Said(ctx, Comment{
		ID: in.Comment.ID, Repo: r, Number: in.Issue.Number, Pull: hasPull(in.Issue), Author: in.Comment.User.Login,
		At: in.Comment.CreatedAt, Commands: commands,
	})
}

func hasPull(i *issue) bool { return len(i.PullRequest) > 0 && string(i.PullRequest) != "null" }

// person leaves out bots, ourselves and the ghost that stands for deleted accounts.
func (h *Handlers) person(a *account) bool {
	return a != nil && a.Type != "Bot" && a.Login != "" && a.Login != "ghost" && a.Login != h.Bot && !strings.HasSuffix(a.Login, "[bot]")
}
