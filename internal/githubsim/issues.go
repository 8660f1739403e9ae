package githubsim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/repo"
)

// maxBodyText is GitHub's limit on the text of an issue or a comment, in characters.
const maxBodyText = 65536

// issueEvent is one entry of an issue's events: who labelled or closed it, and when.
type issueEvent struct {
	id    int64
	issue *Issue
	by    *Account
	app   *App
	what  string // labeled, unlabeled, closed, reopened or renamed
	label *Label
	at    time.Time
	from  string // of a rename
	to    string
}

func (s *Sim) issueRoutes() []route {
	const base = "/repos/{owner}/{repo}/issues"
	return []route{
		{method: "GET", pattern: base, need: "issues:read|pull_requests:read", handle: s.listIssues},
		{method: "POST", pattern: base, need: "issues:write", creates: true, handle: s.createIssue},
		{method: "GET", pattern: base + "/{number}", need: "issues:read|pull_requests:read", handle: s.getIssue},
		{method: "PATCH", pattern: base + "/{number}", need: "issues:write|pull_requests:write", handle: s.patchIssue},
		{method: "GET", pattern: base + "/{number}/events", need: "issues:read|pull_requests:read", handle: s.listIssueEvents},
	}
}

// issue finds the issue or pull request that the path names.
func (q *request) issue() *Issue { return q.repo.issues[q.number("number")] }

func (s *Sim) getIssue(q *request) (int, any) {
	if i := q.issue(); i != nil {
		return http.StatusOK, s.issueJSON(q.repo, i)
	}
	return notFound()
}

// listIssues lists issues and pull requests, newest first unless asked otherwise.
func (s *Sim) listIssues(q *request) (int, any) {
	state, creator := q.query("state", "open"), q.query("creator", "")
	since, err := time.Parse(time.RFC3339, q.query("since", "1970-01-01T00:00:00Z"))
	if err != nil {
		return invalid(fieldError{Resource: "Issue", Field: "since", Code: "invalid"})
	}
	var found []*Issue
	for _, i := range q.repo.issues {
		if (state == "all" || i.State == state) && (creator == "" || strings.EqualFold(login(i.User), creator)) &&
			i.labelled(q.query("labels", "")) && !i.UpdatedAt.Before(since) {
			found = append(found, i)
		}
	}
	order := func(a, b *Issue) int { return a.Number - b.Number }
	if q.query("sort", "created") == "updated" {
		order = func(a, b *Issue) int { return a.UpdatedAt.Compare(b.UpdatedAt)*2 + compareInt(a.Number, b.Number) }
	}
	slices.SortFunc(found, order)
	if q.query("direction", "desc") == "desc" {
		slices.Reverse(found)
	}
	return http.StatusOK, list(page(q, found), func(i *Issue) object { return s.issueJSON(q.repo, i) })
}

func compareInt(a, b int) int { return min(max(a-b, -1), 1) }

// labelled reports whether an issue has all labels of a list set apart by commas.
func (i *Issue) labelled(names string) bool {
	for name := range strings.SplitSeq(names, ",") {
		if name != "" && i.label(name) == nil {
			return false
		}
	}
	return true
}

func (i *Issue) label(name string) *Label {
	for _, l := range i.Labels {
		if strings.EqualFold(l.Name, name) {
			return l
		}
	}
	return nil
}

// issueInput is the body of creating and of changing an issue.
type issueInput struct {
	Title       *string   `json:"title"`
	Body        *string   `json:"body"`
	State       *string   `json:"state"`
	StateReason *string   `json:"state_reason"`
	Labels      *[]any    `json:"labels"`
	Assignees   *[]string `json:"assignees"`
}

func (in *issueInput) fault() *fieldError {
	wrong := func(field, code string) *fieldError { return &fieldError{Resource: "Issue", Field: field, Code: code} }
	switch {
	case in.Title != nil && strings.TrimSpace(*in.Title) == "":
		return wrong("title", "missing_field")
	case in.Title != nil && utf8.RuneCountInString(*in.Title) > 256:
		return wrong("title", "too_long")
	case in.Body != nil && utf8.RuneCountInString(*in.Body) > maxBodyText:
		return wrong("body", "too_long")
	case in.State != nil && *in.State != "open" && *in.State != "closed":
		return wrong("state", "invalid")
	case in.StateReason != nil && !slices.Contains([]string{"completed", "not_planned", "reopened", "duplicate"}, *in.StateReason):
		return wrong("state_reason", "invalid")
	}
	return nil
}

// labelNames reads labels, which may be given by name or as objects.
func (in *issueInput) labelNames() []string {
	var names []string
	for _, l := range *in.Labels {
		switch l := l.(type) {
		case string:
			names = append(names, l)
		case object:
			if name, ok := l["name"].(string); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

func (s *Sim) createIssue(q *request) (int, any) {
	var in issueInput
	if q.decode(&in) != nil {
		return badJSON()
	}
	if in.Title == nil {
		return invalid(fieldError{Resource: "Issue", Field: "title", Code: "missing_field"})
	}
	if fault := in.fault(); fault != nil {
		return invalid(*fault)
	}
	return http.StatusCreated, s.issueJSON(q.repo, s.addIssue(q.repo, in, q.by))
}

func (s *Sim) addIssue(r *Repo, in issueInput, by actor) *Issue {
	i := &Issue{
		ID: s.nextID(), Number: r.nextNumber(), Title: *in.Title, User: by.user, State: "open", App: by.app,
		CreatedAt: s.now(), UpdatedAt: s.now(),
	}
	if in.Body != nil {
		i.Body = *in.Body
	}
	r.issues[i.Number] = i
	s.record(by, "issue.create", r, i.target(), "", i.Title)
	if in.Labels != nil {
		for _, name := range in.labelNames() {
			i.Labels = append(i.Labels, s.label(r, name))
		}
	}
	s.emitIssue(r, i, "opened", by, nil)
	for _, l := range i.Labels {
		s.note(r, &issueEvent{issue: i, by: by.user, app: by.app, what: "labeled", label: l})
		s.emitIssue(r, i, "labeled", by, object{"label": s.labelJSON(r, l)})
	}
	return i
}

func (i *Issue) target() string { return "#" + strconv.Itoa(i.Number) }

// patchIssue changes an issue, or what a pull request has in common with one.
func (s *Sim) patchIssue(q *request) (int, any) {
	i := q.issue()
	if i == nil {
		return notFound()
	}
	var in issueInput
	if q.decode(&in) != nil {
		return badJSON()
	}
	if fault := in.fault(); fault != nil {
		return invalid(*fault)
	}
	if i.Pull != nil {
		patch := pullPatch{Title: in.Title, Body: in.Body, State: in.State}
		if err := s.changeState(q.Context(), i.Pull, patch, q.by); err != nil {
			return failed(err)
		}
		if err := s.changeText(q.Context(), i.Pull, patch, q.by); err != nil {
			return failed(err)
		}
	} else {
		s.retell(q.repo, i, in, q.by)
		s.setIssueState(q.repo, i, in, q.by)
	}
	if in.Labels != nil {
		s.replaceLabels(q.repo, i, in.labelNames(), q.by)
	}
	return http.StatusOK, s.issueJSON(q.repo, i)
}

// retell changes the title and the text of an issue.
func (s *Sim) retell(r *Repo, i *Issue, in issueInput, by actor) {
	changes := object{}
	if in.Title != nil && *in.Title != i.Title {
		changes["title"] = object{"from": i.Title}
		s.note(r, &issueEvent{issue: i, by: by.user, app: by.app, what: "renamed", from: i.Title, to: *in.Title})
		i.Title = *in.Title
	}
	if in.Body != nil && *in.Body != i.Body {
		changes["body"] = object{"from": i.Body}
		i.Body = *in.Body
	}
	if len(changes) == 0 {
		return
	}
	i.UpdatedAt = s.now()
	s.record(by, "issue.update", r, i.target(), "", i.Title)
	s.emitIssue(r, i, "edited", by, object{"changes": changes})
}

func (s *Sim) setIssueState(r *Repo, i *Issue, in issueInput, by actor) {
	if in.State == nil || *in.State == i.State {
		return
	}
	i.State, i.UpdatedAt = *in.State, s.now()
	what := "closed"
	if i.State == "open" {
		what, i.StateReason, i.ClosedAt, i.ClosedBy = "reopened", "reopened", time.Time{}, nil
	} else {
		i.StateReason, i.ClosedAt, i.ClosedBy = "completed", s.now(), by.user
		if in.StateReason != nil {
			i.StateReason = *in.StateReason
		}
	}
	s.record(by, "issue."+what, r, i.target(), "", i.StateReason)
	s.note(r, &issueEvent{issue: i, by: by.user, app: by.app, what: what})
	s.emitIssue(r, i, what, by, nil)
}

// emitIssue sends issues with the action.
func (s *Sim) emitIssue(r *Repo, i *Issue, action string, by actor, extra object) {
	if !s.isHeard("issues", r) {
		return
	}
	payload := object{"action": action, "issue": s.issueJSON(r, i), "sender": s.userJSON(by.user)}
	maps.Copy(payload, extra)
	s.emit("issues", r, payload)
}

// note adds to an issue's events.
func (s *Sim) note(r *Repo, e *issueEvent) {
	e.id, e.at = s.nextID(), s.now()
	if r.events.issueEvents == nil {
		r.events.issueEvents = map[int][]*issueEvent{}
	}
	r.events.issueEvents[e.issue.Number] = append(r.events.issueEvents[e.issue.Number], e)
}

// listIssueEvents lists an issue's events, oldest first.
func (s *Sim) listIssueEvents(q *request) (int, any) {
	i := q.issue()
	if i == nil {
		return notFound()
	}
	return http.StatusOK, list(page(q, q.repo.events.issueEvents[i.Number]), func(e *issueEvent) object {
		o := object{
			"id": e.id, "node_id": node("IE", e.id), "url": fmt.Sprintf("%s/issues/events/%d", s.repoURL(q.repo), e.id),
			"actor": s.userJSON(e.by), "event": e.what, "commit_id": nil, "commit_url": nil, "created_at": stamp(e.at),
			"performed_via_github_app": s.viaJSON(e.app),
		}
		if e.label != nil {
			o["label"] = object{"name": e.label.Name, "color": e.label.Color}
		}
		if e.what == "renamed" {
			o["rename"] = object{"from": e.from, "to": e.to}
		}
		return o
	})
}

// viaJSON is the app through which something was done; null for none.
func (s *Sim) viaJSON(a *App) any {
	if a == nil {
		return nil
	}
	return s.appJSON(a)
}

// issueJSON builds issue, of a pull request too.
func (s *Sim) issueJSON(r *Repo, i *Issue) object {
	url, html := fmt.Sprintf("%s/issues/%d", s.repoURL(r), i.Number), fmt.Sprintf("%s/issues/%d", s.repoHTML(r), i.Number)
	var first any
	if len(i.Assignees) > 0 {
		first = s.userJSON(i.Assignees[0])
	}
	o := object{
		"id": i.ID, "node_id": node("I", i.ID), "url": url, "repository_url": s.repoURL(r), "labels_url": url + "/labels{/name}",
		"comments_url": url + "/comments", "events_url": url + "/events", "timeline_url": url + "/timeline", "html_url": html,
		"number": i.Number, "state": i.State, "state_reason": orNull(i.StateReason), "title": i.Title, "body": orNull(i.Body),
		"user": s.userJSON(i.User), "labels": list(i.Labels, func(l *Label) object { return s.labelJSON(r, l) }),
		"assignee": first, "assignees": list(i.Assignees, s.userJSON), "milestone": nil, "locked": false,
		"active_lock_reason": nil, "comments": len(i.Comments), "closed_at": stamp(i.ClosedAt), "created_at": stamp(i.CreatedAt),
		"updated_at": stamp(i.UpdatedAt), "author_association": r.association(i.User), "closed_by": s.optionalUserJSON(i.ClosedBy),
		"performed_via_github_app": s.viaJSON(i.App), "reactions": rollup(url, i.Reactions),
	}
	if i.Pull != nil {
		pull := s.pullURL(i.Pull)
		html = s.pullHTML(i.Pull)
		o["html_url"], o["draft"] = html, i.Pull.Draft
		o["pull_request"] = object{"url": pull, "html_url": html, "diff_url": html + ".diff", "patch_url": html + ".patch",
			"merged_at": stamp(i.Pull.MergedAt)}
	}
	return o
}

// OpenIssue opens an issue and returns its number.
func (p Person) OpenIssue(name repo.Name, title, body string, labels ...string) (number int, err error) {
	names := make([]any, len(labels))
	for n, l := range labels {
		names[n] = l
	}
	err = p.in(name, "open an issue", func(_ context.Context, r *Repo, by actor) error {
		number = p.sim.addIssue(r, issueInput{Title: &title, Body: &body, Labels: &names}, by).Number
		return nil
	})
	return number, err
}

// CloseIssue closes an issue.
func (p Person) CloseIssue(name repo.Name, number int) error {
	return p.setIssue(name, number, "closed")
}

// ReopenIssue opens a closed issue again.
func (p Person) ReopenIssue(name repo.Name, number int) error {
	return p.setIssue(name, number, "open")
}

func (p Person) setIssue(name repo.Name, number int, state string) error {
	return p.onIssue(name, number, "change", func(r *Repo, i *Issue, by actor) error {
		if i.Pull != nil {
			return errors.New("it is a pull request")
		}
		p.sim.setIssueState(r, i, issueInput{State: &state}, by)
		return nil
	})
}

// onIssue runs an act of the person on an issue or pull request.
func (p Person) onIssue(name repo.Name, number int, what string, act func(*Repo, *Issue, actor) error) error {
	return p.in(name, fmt.Sprintf("%s #%d", what, number), func(_ context.Context, r *Repo, by actor) error {
		i := r.issues[number]
		if i == nil || r.role(by.user) == roleNone {
			return errors.New("no such issue or pull request")
		}
		return act(r, i, by)
	})
}
