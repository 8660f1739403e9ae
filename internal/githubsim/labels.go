package githubsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/repo"
)

// labelColor is what a label gets that nobody has chosen a color for.
const labelColor = "ededed"

func (s *Sim) labelRoutes() []route {
	const base = "/repos/{owner}/{repo}"
	const read, write = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
	return []route{
		{method: "GET", pattern: base + "/labels", need: read, handle: s.listLabels},
		{method: "POST", pattern: base + "/labels", need: write, handle: s.createLabel},
		{method: "GET", pattern: base + "/labels/{name}", need: read, handle: s.getLabel},
		{method: "GET", pattern: base + "/issues/{number}/labels", need: read, handle: s.listIssueLabels},
		{method: "POST", pattern: base + "/issues/{number}/labels", need: write, handle: s.addLabels},
		{method: "DELETE", pattern: base + "/issues/{number}/labels/{name}", need: write, handle: s.removeLabel},
	}
}

// findLabel finds a label of the repository; case does not matter.
func (r *Repo) findLabel(name string) *Label {
	for _, l := range r.events.labels {
		if strings.EqualFold(l.Name, name) {
			return l
		}
	}
	return nil
}

// label finds a label, and makes it when there is none: putting an unknown label on an issue creates it.
func (s *Sim) label(r *Repo, name string) *Label {
	if l := r.findLabel(name); l != nil {
		return l
	}
	l := &Label{ID: s.nextID(), Name: name, Color: labelColor}
	r.events.labels = append(r.events.labels, l)
	return l
}

func (s *Sim) listLabels(q *request) (int, any) {
	return http.StatusOK, list(page(q, q.repo.events.labels), func(l *Label) object { return s.labelJSON(q.repo, l) })
}

func (s *Sim) getLabel(q *request) (int, any) {
	if l := q.repo.findLabel(q.PathValue("name")); l != nil {
		return http.StatusOK, s.labelJSON(q.repo, l)
	}
	return notFound()
}

func (s *Sim) createLabel(q *request) (int, any) {
	var in struct {
		Name        string `json:"name"`
		Color       string `json:"color"`
		Description string `json:"description"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	color := strings.Trim(in.Color, "0123456789abcdefABCDEF") == "" && (len(in.Color) == 6 || in.Color == "")
	switch {
	case in.Name == "":
		return invalid(fieldError{Resource: "Label", Field: "name", Code: "missing_field"})
	case utf8.RuneCountInString(in.Name) > 50:
		return invalid(fieldError{Resource: "Label", Field: "name", Code: "invalid"})
	case q.repo.findLabel(in.Name) != nil:
		return invalid(fieldError{Resource: "Label", Field: "name", Code: "already_exists"})
	case !color:
		return invalid(fieldError{Resource: "Label", Field: "color", Code: "invalid"})
	case utf8.RuneCountInString(in.Description) > 100:
		return invalid(fieldError{Resource: "Label", Field: "description", Code: "invalid"})
	}
	l := s.label(q.repo, in.Name)
	l.Description = in.Description
	if in.Color != "" {
		l.Color = strings.ToLower(in.Color)
	}
	s.record(q.by, "label.create", q.repo, l.Name, "", l.Color)
	return http.StatusCreated, s.labelJSON(q.repo, l)
}

func (s *Sim) listIssueLabels(q *request) (int, any) {
	i := q.issue()
	if i == nil {
		return notFound()
	}
	return http.StatusOK, list(page(q, i.Labels), func(l *Label) object { return s.labelJSON(q.repo, l) })
}

// labelsInput reads labels, given as {"labels": […]} or as a bare list.
func labelsInput(body []byte) ([]string, bool) {
	var in struct {
		Labels []string `json:"labels"`
	}
	if json.Unmarshal(body, &in) == nil && len(in.Labels) > 0 {
		return in.Labels, true
	}
	var bare []string
	err := json.Unmarshal(body, &bare)
	return bare, err == nil
}

func (s *Sim) addLabels(q *request) (int, any) {
	i := q.issue()
	if i == nil {
		return notFound()
	}
	names, ok := labelsInput(q.body)
	if !ok || slices.Contains(names, "") {
		return unprocessable("Invalid request.\n\nNo subschema in \"oneOf\" matched.")
	}
	for _, name := range names {
		s.putLabel(q.repo, i, name, q.by)
	}
	return http.StatusOK, list(i.Labels, func(l *Label) object { return s.labelJSON(q.repo, l) })
}

// putLabel puts a label on an issue that lacks it, and says who did.
func (s *Sim) putLabel(r *Repo, i *Issue, name string, by actor) {
	if i.label(name) != nil {
		return
	}
	l := s.label(r, name)
	i.Labels = append(i.Labels, l)
	s.labelChanged(r, i, l, "labeled", by)
}

func (s *Sim) removeLabel(q *request) (int, any) {
	i := q.issue()
	if i == nil {
		return notFound()
	}
	l := i.label(q.PathValue("name"))
	if l == nil {
		return fail(http.StatusNotFound, "Label does not exist")
	}
	s.takeLabel(q.repo, i, l, q.by)
	return http.StatusOK, list(i.Labels, func(l *Label) object { return s.labelJSON(q.repo, l) })
}

func (s *Sim) takeLabel(r *Repo, i *Issue, l *Label, by actor) {
	i.Labels = slices.DeleteFunc(i.Labels, func(o *Label) bool { return o == l })
	s.labelChanged(r, i, l, "unlabeled", by)
}

// replaceLabels makes the labels of an issue those named, and no others.
func (s *Sim) replaceLabels(r *Repo, i *Issue, names []string, by actor) {
	for _, l := range slices.Clone(i.Labels) {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, l.Name) }) {
			s.takeLabel(r, i, l, by)
		}
	}
	for _, name := range names {
		s.putLabel(r, i, name, by)
	}
}

func (s *Sim) labelChanged(r *Repo, i *Issue, l *Label, what string, by actor) {
	i.UpdatedAt = s.now()
	s.record(by, "issue."+what, r, i.target(), "", l.Name)
	s.note(r, &issueEvent{issue: i, by: by.user, app: by.app, what: what, label: l})
	extra := object{"label": s.labelJSON(r, l)}
	if i.Pull != nil {
		s.onPullChanged(i.Pull, what, by, extra)
		return
	}
	s.emitIssue(r, i, what, by, extra)
}

// Label puts a label on an issue or pull request.
func (p Person) Label(name repo.Name, number int, label string) error {
	return p.triage(name, number, "label", func(r *Repo, i *Issue, by actor) error {
		p.sim.putLabel(r, i, label, by)
		return nil
	})
}

// Unlabel takes a label off.
func (p Person) Unlabel(name repo.Name, number int, label string) error {
	return p.triage(name, number, "unlabel", func(r *Repo, i *Issue, by actor) error {
		l := i.label(label)
		if l == nil {
			return fmt.Errorf("there is no label %q", label)
		}
		p.sim.takeLabel(r, i, l, by)
		return nil
	})
}

// triage runs an act on an issue that takes more than reading.
func (p Person) triage(name repo.Name, number int, what string, act func(*Repo, *Issue, actor) error) error {
	return p.onIssue(name, number, what, func(r *Repo, i *Issue, by actor) error {
		if r.role(by.user) < roleTriage {
			return errors.New("not allowed")
		}
		return act(r, i, by)
	})
}
