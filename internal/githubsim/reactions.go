package githubsim

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/skein-bot/skein/internal/repo"
)

// reactionNames lists the emoji that GitHub knows.
func reactionNames() []string {
	return []string{"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"}
}

func (s *Sim) reactionRoutes() []route {
	const base = "/repos/{owner}/{repo}/issues/comments/{id}/reactions"
	return []route{
		{method: "GET", pattern: base, need: "issues:read|pull_requests:read", handle: s.listReactions},
		{method: "POST", pattern: base, need: "issues:write|pull_requests:write", handle: s.createReaction},
	}
}

func (s *Sim) listReactions(q *request) (int, any) {
	_, c := q.repo.findComment(int64(q.number("id")))
	if c == nil {
		return notFound()
	}
	wanted := q.query("content", "")
	found := slices.DeleteFunc(slices.Clone(c.Reactions), func(x *Reaction) bool { return wanted != "" && x.Content != wanted })
	return http.StatusOK, list(page(q, found), s.reactionJSON)
}

// createReaction adds a reaction; one that is already there is answered with 200.
func (s *Sim) createReaction(q *request) (int, any) {
	i, c := q.repo.findComment(int64(q.number("id")))
	if c == nil {
		return notFound()
	}
	var in struct {
		Content string `json:"content"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	if !slices.Contains(reactionNames(), in.Content) {
		return invalid(fieldError{Resource: "Reaction", Field: "content", Code: "invalid"})
	}
	x, isNew := s.react(q.repo, i, c, in.Content, q.by)
	if !isNew {
		return http.StatusOK, s.reactionJSON(x)
	}
	return http.StatusCreated, s.reactionJSON(x)
}

func (s *Sim) react(r *Repo, i *Issue, c *Comment, content string, by actor) (x *Reaction, isNew bool) {
	for _, x := range c.Reactions {
		if x.User == by.user && x.Content == content {
			return x, false
		}
	}
	x = &Reaction{ID: s.nextID(), User: by.user, Content: content, CreatedAt: s.now()}
	c.Reactions = append(c.Reactions, x)
	s.record(by, "reaction.create", r, i.target(), "", content)
	return x, true
}

// reactionJSON builds reaction.
func (s *Sim) reactionJSON(x *Reaction) object {
	return object{
		"id": x.ID, "node_id": node("REA", x.ID), "user": s.userJSON(x.User), "content": x.Content,
		"created_at": stamp(x.CreatedAt),
	}
}

// rollup counts reactions by emoji.
func rollup(url string, all []*Reaction) object {
	o := object{"url": url + "/reactions", "total_count": len(all)}
	for _, name := range reactionNames() {
		n := 0
		for _, x := range all {
			if x.Content == name {
				n++
			}
		}
		o[name] = n
	}
	return o
}

// React puts an emoji on a comment.
func (p Person) React(name repo.Name, comment int64, content string) error {
	return p.in(name, "react", func(_ context.Context, r *Repo, by actor) error {
		i, c := r.findComment(comment)
		switch {
		case c == nil:
			return fmt.Errorf("no comment %d", comment)
		case !slices.Contains(reactionNames(), content):
			return fmt.Errorf("%q is no reaction", content)
		}
		p.sim.react(r, i, c, content, by)
		return nil
	})
}
