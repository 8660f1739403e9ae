package githubsim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// deployment is a request to deploy a commit, and what became of it.
type deployment struct {
	id                int64
	sha               repo.SHA
	ref               string
	task, environment string
	description       string
	creator           *Account
	app               *App
	statuses          []*deploymentStatus
	created           time.Time
}

type deploymentStatus struct {
	id                       int64
	state, description, link string
	creator                  *Account
	app                      *App
	created                  time.Time
}

func (s *Sim) deploymentRoutes() []route {
	const base = "/repos/{owner}/{repo}/deployments"
	return []route{
		{method: "GET", pattern: base, need: "deployments:read", handle: s.listDeployments},
		{method: "POST", pattern: base, need: "deployments:write", handle: s.createDeployment},
		{method: "GET", pattern: base + "/{id}/statuses", need: "deployments:read", handle: s.listDeploymentStatuses},
		{method: "POST", pattern: base + "/{id}/statuses", need: "deployments:write", handle: s.createDeploymentStatus},
	}
}

func (r *Repo) deployment(id int64) *deployment {
	for _, d := range r.events.deployments {
		if d.id == id {
			return d
		}
	}
	return nil
}

// listDeployments lists the deployments that the query asks for, newest first.
func (s *Sim) listDeployments(q *request) (int, any) {
	wanted := func(key, value string) bool { return q.query(key, value) == value }
	var found []*deployment
	for _, d := range slices.Backward(q.repo.events.deployments) {
		if wanted("sha", string(d.sha)) && wanted("ref", d.ref) && wanted("task", d.task) && wanted("environment", d.environment) {
			found = append(found, d)
		}
	}
	return http.StatusOK, list(page(q, found), func(d *deployment) object { return s.deploymentJSON(q.repo, d) })
}

func (s *Sim) createDeployment(q *request) (int, any) {
	var in struct {
		Ref         string  `json:"ref"`
		Task        string  `json:"task"`
		Environment string  `json:"environment"`
		Description *string `json:"description"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	d := &deployment{ref: in.Ref, task: in.Task, environment: in.Environment}
	if in.Description != nil {
		d.description = *in.Description
	}
	if err := s.addDeployment(q.Context(), q.repo, d, q.by); err != nil {
		return failed(err)
	}
	return http.StatusCreated, s.deploymentJSON(q.repo, d)
}

func (s *Sim) addDeployment(ctx context.Context, r *Repo, d *deployment, by actor) error {
	sha, err := r.revision(ctx, d.ref)
	if err != nil || d.ref == "" {
		return problem(unprocessable("No ref found for: " + d.ref))
	}
	if d.task == "" {
		d.task = "deploy"
	}
	if d.environment == "" {
		d.environment = "production"
	}
	d.id, d.sha, d.creator, d.app, d.created = s.nextID(), sha, by.user, by.app, s.now()
	r.events.deployments = append(r.events.deployments, d)
	s.record(by, "deployment.create", r, d.environment, "", string(sha))
	return nil
}

// listDeploymentStatuses lists what became of a deployment, newest first.
func (s *Sim) listDeploymentStatuses(q *request) (int, any) {
	d := q.repo.deployment(int64(q.number("id")))
	if d == nil {
		return notFound()
	}
	all := slices.Clone(d.statuses)
	slices.Reverse(all)
	return http.StatusOK, list(page(q, all), func(st *deploymentStatus) object { return s.deploymentStatusJSON(q.repo, d, st) })
}

func (s *Sim) createDeploymentStatus(q *request) (int, any) {
	d := q.repo.deployment(int64(q.number("id")))
	if d == nil {
		return notFound()
	}
	var in struct {
		State       string `json:"state"`
		Description string `json:"description"`
		LogURL      string `json:"log_url"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	st := &deploymentStatus{state: in.State, description: in.Description, link: in.LogURL}
	if err := s.addDeploymentStatus(q.repo, d, st, q.by); err != nil {
		return failed(err)
	}
	return http.StatusCreated, s.deploymentStatusJSON(q.repo, d, st)
}

func (s *Sim) addDeploymentStatus(r *Repo, d *deployment, st *deploymentStatus, by actor) error {
	states := []string{"error", "failure", "inactive", "in_progress", "queued", "pending", "success"}
	if !slices.Contains(states, st.state) {
		return problem(invalid(fieldError{Resource: "DeploymentStatus", Field: "state", Code: "invalid"}))
	}
	st.id, st.creator, st.app, st.created = s.nextID(), by.user, by.app, s.now()
	d.statuses = append(d.statuses, st)
	s.record(by, "deployment.status", r, d.environment, "", st.state)
	s.emit("deployment_status", r, object{
		"action": "created", "deployment": s.deploymentJSON(r, d), "deployment_status": s.deploymentStatusJSON(r, d, st),
		"check_run": nil, "workflow": nil, "workflow_run": nil, "sender": s.userJSON(by.user),
	})
	return nil
}

// deploymentJSON builds deployment.
func (s *Sim) deploymentJSON(r *Repo, d *deployment) object {
	url := fmt.Sprintf("%s/deployments/%d", s.repoURL(r), d.id)
	updated := d.created
	if n := len(d.statuses); n > 0 {
		updated = d.statuses[n-1].created
	}
	return object{
		"id": d.id, "node_id": node("DE", d.id), "url": url, "sha": d.sha, "ref": d.ref, "task": d.task, "payload": object{},
		"original_environment": d.environment, "environment": d.environment, "description": orNull(d.description),
		"creator": s.userJSON(d.creator), "created_at": stamp(d.created), "updated_at": stamp(updated),
		"statuses_url": url + "/statuses", "repository_url": s.repoURL(r), "transient_environment": false,
		"production_environment": d.environment == "production", "performed_via_github_app": nil,
	}
}

// deploymentStatusJSON builds deployment-status.
func (s *Sim) deploymentStatusJSON(r *Repo, d *deployment, st *deploymentStatus) object {
	url := fmt.Sprintf("%s/deployments/%d", s.repoURL(r), d.id)
	o := object{
		"id": st.id, "node_id": node("DES", st.id), "url": fmt.Sprintf("%s/statuses/%d", url, st.id), "state": st.state,
		"creator": s.userJSON(st.creator), "description": st.description, "environment": d.environment, "target_url": st.link,
		"created_at": stamp(st.created), "updated_at": stamp(st.created), "deployment_url": url,
		"repository_url": s.repoURL(r), "performed_via_github_app": nil,
	}
	if st.link != "" {
		o["log_url"] = st.link
	}
	return o
}

// Deploy records a deployment of a ref and returns its id.
func (p Person) Deploy(name repo.Name, ref, environment string) (id int64, err error) {
	err = p.in(name, "deploy "+ref, func(ctx context.Context, r *Repo, by actor) error {
		d := &deployment{ref: ref, environment: environment}
		err := p.sim.addDeployment(ctx, r, d, by)
		id = d.id
		return err
	})
	return id, err
}

// Deployed says what became of a deployment: success, failure, …
func (p Person) Deployed(name repo.Name, id int64, state, description string) error {
	return p.in(name, "finish a deployment", func(_ context.Context, r *Repo, by actor) error {
		d := r.deployment(id)
		if d == nil {
			return fmt.Errorf("no deployment %d", id)
		}
		return p.sim.addDeploymentStatus(r, d, &deploymentStatus{state: state, description: description}, by)
	})
}
