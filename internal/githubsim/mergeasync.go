package githubsim

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/skein-bot/skein/internal/repo"
)

// asyncLife is how long the result of a merge in the background can be asked for.
const asyncLife = 24 * time.Hour

// asyncMerge is a merge in the background: asked for now, done later, under the rules of then.
type asyncMerge struct {
	id      string
	pull    *Pull
	in      Merge
	action  string
	by      actor
	status  string // pending, merged or failed
	message string
	expires time.Time
}

func (s *Sim) asyncRoutes() []route {
	const merge = "/repos/{owner}/{repo}/pulls/{number}/merge-async"
	return []route{
		{method: "PUT", pattern: merge, need: "contents:write", creates: true, handle: s.putMergeAsync},
		{method: "GET", pattern: merge + "/{uuid}", need: "contents:read", handle: s.getMergeAsync},
	}
}

func (s *Sim) putMergeAsync(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	var in struct {
		Merge
		Action string `json:"merge_action"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	switch {
	case !p.MergedAt.IsZero():
		return http.StatusOK, mergedJSON(p.MergeCommit, "Pull request is already merged.")
	case p.async != nil:
		return http.StatusConflict, p.async.json("A merge request already exists for this pull request.")
	}
	if message := cannotMerge(p, in.SHA, in.Action); message != "" {
		return http.StatusBadRequest, object{"status": "failed", "details": object{"message": message}}
	}
	m := s.mergeLater(p, in.Merge, in.Action, q.by)
	return http.StatusAccepted, m.json("Merge request enqueued.")
}

// cannotMerge is what is checked at once: the state of the pull request, and no rules.
func cannotMerge(p *Pull, head repo.SHA, action string) string {
	switch {
	case p.State != "open":
		return "Pull request is closed."
	case p.Draft:
		return "Pull request is a draft."
	case head != "" && head != p.Head.SHA:
		return "Head branch was modified. Review and try the merge again."
	case action == "merge_queue" && p.Repo.queueRule(p.Base.Ref) == nil:
		return "The base branch has no merge queue."
	}
	return ""
}

// mergeLater merges once the delay has passed, if the head is still the same then.
func (s *Sim) mergeLater(p *Pull, in Merge, action string, by actor) *asyncMerge {
	if action == "" {
		action = "default"
	}
	if in.SHA == "" {
		in.SHA = p.Head.SHA
	}
	m := &asyncMerge{
		id: uuid.NewString(), pull: p, in: in, action: action, by: by, status: "pending", message: "Merge request enqueued.",
		expires: s.now().Add(asyncLife),
	}
	p.async, s.merges[m.id] = m, m
	s.clock.AfterFunc(s.options.MergeDelay, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.finishMerge(m)
	})
	return m
}

func (s *Sim) finishMerge(m *asyncMerge) {
	m.pull.async = nil
	if m.action != "direct_merge" && m.pull.Repo.queueRule(m.pull.Base.Ref) != nil {
		m.status, m.message = "enqueued", "Pull request was added to the merge queue."
		if _, err := s.joinQueue(context.Background(), m.pull, m.in.SHA, m.by); err != nil {
			m.status, m.message = "failed", err.Error()
		}
		return
	}
	err := s.mergePull(context.Background(), m.pull, m.in, m.by)
	var refusal apiError
	switch {
	case err == nil:
		m.status, m.message = "merged", "Pull request was merged."
	case errors.As(err, &refusal):
		m.status, m.message = "failed", refusal.Message
	default:
		m.status, m.message = "failed", err.Error()
	}
}

// json shows a merge that is still to be done.
func (m *asyncMerge) json(message string) object {
	method := m.in.Method
	if method == "" {
		method = "default"
	}
	return object{"status": "pending", "details": object{
		"message": message, "uuid": m.id, "merge_method": method, "merge_action": m.action, "expected_head_sha": m.in.SHA,
	}}
}

func mergedJSON(id repo.SHA, message string) object {
	return object{"status": "merged", "details": object{"message": message, "sha": id}}
}

func (s *Sim) getMergeAsync(q *request) (int, any) {
	m := s.merges[q.PathValue("uuid")]
	switch {
	case m == nil || m.pull != q.pull() || !s.now().Before(m.expires):
		return notFound()
	case m.status == "pending":
		return http.StatusOK, m.json(m.message)
	case m.status == "merged":
		return http.StatusOK, mergedJSON(m.pull.MergeCommit, m.message)
	}
	return http.StatusOK, object{"status": m.status, "details": object{"message": m.message}}
}
