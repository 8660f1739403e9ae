package handlers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/engine"
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
	if !ok || in.Action != "created" || in.Comment == nil || in.Issue == nil || !person(in.Comment.User) {
		return nil
	}
	for n, c := range Parse(in.Comment.Body) {
		err := h.Engine.Give(ctx, engine.Order{
			Key: fmt.Sprintf("comment/%d/%d", in.Comment.ID, n), Actor: in.Comment.User.Login, Verb: c.Verb, Arg: c.Args,
			At: in.Comment.CreatedAt, Repo: r, Number: in.Issue.Number, Comment: in.Comment.ID,
		})
		if err != nil {
			return fmt.Errorf("/skein %s: %w", c.Verb, err)
		}
	}
	return nil
}

// person leaves out bots, ourselves among them, and the ghost that stands for deleted accounts.
func person(a *account) bool {
	return a != nil && a.Type != "Bot" && a.Login != "" && a.Login != "ghost" && !strings.HasSuffix(a.Login, "[bot]")
}
