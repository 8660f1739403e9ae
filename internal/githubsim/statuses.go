package githubsim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/repo"
)

// commitStatus is what somebody said about a commit. A later one of its context replaces it.
type commitStatus struct {
	id                         int64
	sha                        repo.SHA
	state                      string // error, failure, pending or success
	context, description, link string
	creator                    *Account
	app                        *App // of the creator, if it is a bot
	created                    time.Time
}

// Limits on statuses.
const (
	maxDescription = 140
	maxStatuses    = 1000 // of one context on one commit
	maxBranches    = 10   // that a status event names
)

func (s *Sim) statusRoutes() []route {
	const base = "/repos/{owner}/{repo}"
	return []route{
		{method: "POST", pattern: base + "/statuses/{sha}", need: "statuses:write", handle: s.createStatus},
		{method: "GET", pattern: base + "/commits/{ref...}/statuses", need: "statuses:read", handle: s.listStatuses},
		{method: "GET", pattern: base + "/commits/{ref...}/status", need: "statuses:read", handle: s.combinedStatus},
	}
}

func (st *commitStatus) verdict() verdict {
	switch st.state {
	case "success":
		return checkPassed
	case "pending":
		return checkPending
	}
	return checkFailed
}

// statusesOn lists the statuses of a commit, oldest first.
func (r *Repo) statusesOn(sha repo.SHA) []*commitStatus {
	return slices.Clone(r.events.statuses[sha])
}

// latestStatuses keeps the newest of each context.
func latestStatuses(all []*commitStatus) []*commitStatus {
	var out []*commitStatus
	for _, st := range slices.Backward(all) {
		if !slices.ContainsFunc(out, func(o *commitStatus) bool { return o.context == st.context }) {
			out = append(out, st)
		}
	}
	return out
}

func (s *Sim) createStatus(q *request) (int, any) {
	var in struct {
		State       string  `json:"state"`
		TargetURL   *string `json:"target_url"`
		Description *string `json:"description"`
		Context     *string `json:"context"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	st := &commitStatus{sha: repo.SHA(q.PathValue("sha")), state: in.State, context: "default", creator: q.by.user, app: q.by.app}
	for _, f := range []struct{ from, to *string }{
		{in.TargetURL, &st.link}, {in.Description, &st.description}, {in.Context, &st.context},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if err := s.addStatus(q.Context(), q.repo, st, q.by); err != nil {
		return failed(err)
	}
	return http.StatusCreated, s.statusJSON(q.repo, st)
}

func (s *Sim) addStatus(ctx context.Context, r *Repo, st *commitStatus, by actor) error {
	wrong := func(field, message string) error {
		return problem(invalid(fieldError{Resource: "Status", Field: field, Code: "custom", Message: message}))
	}
	if _, err := r.git.Commit(ctx, st.sha); err != nil {
		return problem(unprocessable("No commit found for SHA: " + string(st.sha)))
	}
	same := slices.DeleteFunc(r.statusesOn(st.sha), func(o *commitStatus) bool { return o.context != st.context })
	switch {
	case !slices.Contains([]string{"error", "failure", "pending", "success"}, st.state):
		return wrong("state", "state is not included in the list")
	case utf8.RuneCountInString(st.description) > maxDescription:
		return wrong("description", "description is too long (maximum is 140 characters)")
	case len(same) >= maxStatuses:
		return wrong("context", "This SHA and context has reached the maximum number of statuses.")
	}
	st.id, st.created = s.nextID(), s.now()
	if r.events.statuses == nil {
		r.events.statuses = map[repo.SHA][]*commitStatus{}
	}
	r.events.statuses[st.sha] = append(r.events.statuses[st.sha], st)
	s.record(by, "status.create", r, st.context, st.state, string(st.sha))
	s.emitStatus(ctx, r, st)
	s.groupChanged(r, st.sha)
	return nil
}

func (s *Sim) emitStatus(ctx context.Context, r *Repo, st *commitStatus) {
	if !s.isHeard("status", r) {
		return
	}
	o := s.statusJSON(r, st)
	s.emit("status", r, object{
		"id": st.id, "sha": st.sha, "name": r.fullName().String(), "avatar_url": o["avatar_url"],
		"target_url": orNull(st.link), "context": st.context, "description": orNull(st.description), "state": st.state,
		"commit": s.statusCommitJSON(ctx, r, st.sha), "branches": s.branchesAt(ctx, r, st.sha), "created_at": stamp(st.created),
		"updated_at": stamp(st.created), "sender": s.userJSON(st.creator),
	})
}

// branchesAt names the branches whose tip is a commit.
func (s *Sim) branchesAt(ctx context.Context, r *Repo, sha repo.SHA) []object {
	out := []object{}
	refs, err := r.git.Refs(ctx, heads)
	if err != nil {
		return out
	}
	for _, ref := range refs {
		if ref.ID == sha && len(out) < maxBranches {
			name := ref.Name[len(heads):]
			out = append(out, object{"name": name, "protected": r.protection[name] != nil,
				"commit": object{"sha": sha, "url": s.repoURL(r) + "/commits/" + string(sha)}})
		}
	}
	return out
}

// listStatuses shows all statuses of a commit, newest first.
func (s *Sim) listStatuses(q *request) (int, any) {
	sha, err := q.repo.revision(q.Context(), q.PathValue("ref"))
	if err != nil {
		return notFound()
	}
	all := q.repo.statusesOn(sha)
	slices.Reverse(all)
	return http.StatusOK, list(page(q, all), func(st *commitStatus) object { return s.statusJSON(q.repo, st) })
}

// combinedStatus shows the newest status of each context and what they amount to. None is pending, as on GitHub.
func (s *Sim) combinedStatus(q *request) (int, any) {
	sha, err := q.repo.revision(q.Context(), q.PathValue("ref"))
	if err != nil {
		return notFound()
	}
	all := latestStatuses(q.repo.statusesOn(sha))
	u := s.repoURL(q.repo) + "/commits/" + string(sha)
	return http.StatusOK, object{
		"state": combine(all), "sha": sha, "total_count": len(all), "repository": s.minimalRepoJSON(q.repo),
		"commit_url": u, "url": u + "/status",
		"statuses": list(page(q, all), func(st *commitStatus) object {
			o := s.statusJSON(q.repo, st)
			delete(o, "creator")
			return o
		}),
	}
}

func combine(all []*commitStatus) string {
	state := "success"
	for _, st := range all {
		switch st.verdict() {
		case checkFailed:
			return "failure"
		case checkPending:
			state = "pending"
		case checkMissing, checkPassed:
		}
	}
	if len(all) == 0 {
		return "pending"
	}
	return state
}

// statusJSON builds status.
func (s *Sim) statusJSON(r *Repo, st *commitStatus) object {
	creator := s.userJSON(st.creator)
	return object{
		"id": st.id, "node_id": node("SC", st.id), "url": fmt.Sprintf("%s/statuses/%s", s.repoURL(r), st.sha),
		"avatar_url": creator["avatar_url"], "state": st.state, "description": orNull(st.description),
		"target_url": orNull(st.link), "context": st.context, "created_at": stamp(st.created), "updated_at": stamp(st.created),
		"creator": creator,
	}
}
