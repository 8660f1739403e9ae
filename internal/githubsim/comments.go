package githubsim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/repo"
)

func (s *Sim) commentRoutes() []route {
	const base = "/repos/{owner}/{repo}/issues"
	const read, write = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
	return []route{
		{method: "GET", pattern: base + "/{number}/comments", need: read, handle: s.listComments},
		{method: "POST", pattern: base + "/{number}/comments", need: write, creates: true, handle: s.createComment},
		{method: "GET", pattern: base + "/comments/{id}", need: read, handle: s.getComment},
		{method: "PATCH", pattern: base + "/comments/{id}", need: write, handle: s.patchComment},
		{method: "DELETE", pattern: base + "/comments/{id}", need: write, handle: s.deleteComment},
	}
}

// findComment finds a comment and the conversation that it belongs to.
func (r *Repo) findComment(id int64) (*Issue, *Comment) {
	for _, i := range r.issues {
		for _, c := range i.Comments {
			if c.ID == id {
				return i, c
			}
		}
	}
	return nil, nil
}

// listComments lists a conversation, oldest first.
func (s *Sim) listComments(q *request) (int, any) {
	i := q.issue()
	if i == nil {
		return notFound()
	}
	since, err := time.Parse(time.RFC3339, q.query("since", "1970-01-01T00:00:00Z"))
	if err != nil {
		return invalid(fieldError{Resource: "IssueComment", Field: "since", Code: "invalid"})
	}
	all := slices.DeleteFunc(slices.Clone(i.Comments), func(c *Comment) bool { return c.UpdatedAt.Before(since) })
	return http.StatusOK, list(page(q, all), func(c *Comment) object { return s.commentJSON(q.repo, i, c) })
}

func (s *Sim) getComment(q *request) (int, any) {
	i, c := q.repo.findComment(int64(q.number("id")))
	if c == nil {
		return notFound()
	}
	return http.StatusOK, s.commentJSON(q.repo, i, c)
}

// commentBody reads and checks the text of a comment; a non-zero status is the answer.
func (q *request) commentBody() (text string, status int, answer any) {
	var in struct {
		Body *string `json:"body"`
	}
	if q.decode(&in) != nil {
		status, answer = badJSON()
		return "", status, answer
	}
	if in.Body == nil || *in.Body == "" {
		status, answer = invalid(fieldError{Resource: "IssueComment", Field: "body", Code: "missing_field"})
		return "", status, answer
	}
	if utf8.RuneCountInString(*in.Body) > maxBodyText {
		status, answer = invalid(fieldError{Resource: "IssueComment", Field: "data", Code: "unprocessable",
			Message: "Body is too long (maximum is 65536 characters)"})
		return "", status, answer
	}
	return *in.Body, 0, nil
}

func (s *Sim) createComment(q *request) (int, any) {
	i := q.issue()
	if i == nil {
		return notFound()
	}
	text, status, answer := q.commentBody()
	if status != 0 {
		return status, answer
	}
	return http.StatusCreated, s.commentJSON(q.repo, i, s.addComment(q.repo, i, text, q.by))
}

func (s *Sim) addComment(r *Repo, i *Issue, text string, by actor) *Comment {
	c := &Comment{ID: s.nextID(), User: by.user, App: by.app, Body: text, CreatedAt: s.now(), UpdatedAt: s.now()}
	i.Comments = append(i.Comments, c)
	i.UpdatedAt = s.now()
	s.record(by, "comment.create", r, i.target(), "", text)
	s.emitComment(r, i, c, "created", by, nil)
	return c
}

func (s *Sim) patchComment(q *request) (int, any) {
	i, c := q.repo.findComment(int64(q.number("id")))
	if c == nil {
		return notFound()
	}
	if !q.by.mayChange(q.repo, c) {
		return forbidden()
	}
	text, status, answer := q.commentBody()
	if status != 0 {
		return status, answer
	}
	s.editComment(q.repo, i, c, text, q.by)
	return http.StatusOK, s.commentJSON(q.repo, i, c)
}

func (s *Sim) editComment(r *Repo, i *Issue, c *Comment, text string, by actor) {
	if c.Body == text {
		return
	}
	before := c.Body
	c.Body, c.UpdatedAt = text, s.now()
	s.record(by, "comment.update", r, i.target(), before, text)
	s.emitComment(r, i, c, "edited", by, object{"changes": object{"body": object{"from": before}}})
}

func (s *Sim) deleteComment(q *request) (int, any) {
	i, c := q.repo.findComment(int64(q.number("id")))
	if c == nil {
		return notFound()
	}
	if !q.by.mayChange(q.repo, c) {
		return forbidden()
	}
	s.removeComment(q.repo, i, c, q.by)
	return http.StatusNoContent, nil
}

func (s *Sim) removeComment(r *Repo, i *Issue, c *Comment, by actor) {
	i.Comments = slices.DeleteFunc(i.Comments, func(o *Comment) bool { return o == c })
	s.record(by, "comment.delete", r, i.target(), c.Body, "")
	s.emitComment(r, i, c, "deleted", by, nil)
}

// mayChange reports whether the actor may edit or delete a comment: its own, or any with write access.
func (a actor) mayChange(r *Repo, c *Comment) bool {
	if a.installation != nil {
		return true // the route has asked for issues:write
	}
	return a.user == c.User || r.role(a.user) >= roleWrite
}

func (s *Sim) emitComment(r *Repo, i *Issue, c *Comment, action string, by actor, extra object) {
	if !s.isHeard("issue_comment", r) {
		return
	}
	payload := object{
		"action": action, "issue": s.issueJSON(r, i), "comment": s.commentJSON(r, i, c), "sender": s.userJSON(by.user),
	}
	maps.Copy(payload, extra)
	s.emit("issue_comment", r, payload)
}

// commentJSON builds issue-comment.
func (s *Sim) commentJSON(r *Repo, i *Issue, c *Comment) object {
	url := fmt.Sprintf("%s/issues/comments/%d", s.repoURL(r), c.ID)
	html := fmt.Sprintf("%s/issues/%d", s.repoHTML(r), i.Number)
	if i.Pull != nil {
		html = s.pullHTML(i.Pull)
	}
	return object{
		"id": c.ID, "node_id": node("IC", c.ID), "url": url, "html_url": fmt.Sprintf("%s#issuecomment-%d", html, c.ID),
		"issue_url": fmt.Sprintf("%s/issues/%d", s.repoURL(r), i.Number), "user": s.userJSON(c.User), "body": c.Body,
		"created_at": stamp(c.CreatedAt), "updated_at": stamp(c.UpdatedAt), "author_association": r.association(c.User),
		"performed_via_github_app": s.viaJSON(c.App), "reactions": rollup(url, c.Reactions),
	}
}

// Comment writes to an issue or pull request and returns the comment's id.
func (p Person) Comment(name repo.Name, number int, text string) (id int64, err error) {
	err = p.onIssue(name, number, "comment on", func(r *Repo, i *Issue, by actor) error {
		id = p.sim.addComment(r, i, text, by).ID
		return nil
	})
	return id, err
}

// EditComment changes a comment.
func (p Person) EditComment(name repo.Name, id int64, text string) error {
	return p.onComment(name, id, func(r *Repo, i *Issue, c *Comment, by actor) { p.sim.editComment(r, i, c, text, by) })
}

// DeleteComment removes a comment.
func (p Person) DeleteComment(name repo.Name, id int64) error {
	return p.onComment(name, id, p.sim.removeComment)
}

func (p Person) onComment(name repo.Name, id int64, act func(*Repo, *Issue, *Comment, actor)) error {
	return p.in(name, fmt.Sprintf("change comment %d", id), func(_ context.Context, r *Repo, by actor) error {
		i, c := r.findComment(id)
		switch {
		case c == nil:
			return errors.New("no such comment")
		case !by.mayChange(r, c):
			return errors.New("not allowed")
		}
		act(r, i, c, by)
		return nil
	})
}
