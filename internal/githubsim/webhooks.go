package githubsim

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/skein-bot/skein/internal/repo"
)

// simEvents is what the world remembers of webhooks.
type simEvents struct {
	client     *http.Client // that sends them; http.DefaultClient when nil
	plan       DeliveryPlan
	deliveries []*Delivery // the log, oldest first
	queues     map[int64][]*Delivery
	underway   int // deliveries queued or on their way, and CI at work
	waiters    []chan struct{}
	schema     *ast.Schema // of GraphQL, once it was asked for
}

// repoEvents is what a repository has of checks, statuses, runs and deployments.
type repoEvents struct {
	ci          CI
	suites      map[repo.SHA][]*suite
	runs        map[int64]*checkRun
	flows       []*workflowRun
	numbers     map[string]int // of the runs, by workflow
	statuses    map[repo.SHA][]*commitStatus
	labels      []*Label
	issueEvents map[int][]*issueEvent
	deployments []*deployment
	threads     map[int][]*reviewThread // of reviews, by pull request
}

// eventRoutes lists the routes of checks, statuses, actions, issues, comments, reactions, labels, deployments,
// webhook deliveries and GraphQL.
func (s *Sim) eventRoutes() []route {
	var all []route
	for _, noun := range [][]route{
		s.checkRoutes(), s.statusRoutes(), s.actionRoutes(), s.issueRoutes(), s.commentRoutes(), s.reactionRoutes(),
		s.labelRoutes(), s.deploymentRoutes(), s.deliveryRoutes(), s.graphqlRoutes(),
	} {
		all = append(all, noun...)
	}
	return all
}

// emit sends a webhook about a repository. The payload has everything but repository, organization and
// installation; sender is the caller's.
func (s *Sim) emit(event string, r *Repo, payload object) { s.emitTo(nil, event, r, payload) }

// emitTo sends a webhook about a repository to one app, or to every app when that is nil.
func (s *Sim) emitTo(only *App, event string, r *Repo, payload object) {
	for _, i := range s.installationsByID() {
		if (only != nil && i.App != only) || !i.SuspendedAt.IsZero() || !i.covers(r) || !i.listens(event) {
			continue
		}
		if payload["repository"] == nil {
			payload["repository"] = s.repoJSON(r)
		}
		if r.Owner.Type == "Organization" {
			payload["organization"] = s.organizationJSON(r.Owner)
		}
		payload["installation"] = object{"id": i.ID, "node_id": node("I", i.ID)}
		s.send(i, event, r.ID, payload)
	}
}

// isHeard reports whether an event of a repository goes anywhere: most worlds are silent, and payloads cost.
func (s *Sim) isHeard(event string, r *Repo) bool {
	for _, i := range s.installations {
		if i.App.WebhookActive && i.App.WebhookURL != "" && i.SuspendedAt.IsZero() && i.covers(r) && i.listens(event) {
			return true
		}
	}
	return false
}

// emitInstallation sends a webhook that is about an installation and not about one repository.
func (s *Sim) emitInstallation(event string, i *Installation, payload object) {
	payload["installation"] = s.installationJSON(i)
	s.send(i, event, 0, payload)
}

// installationsByID lists the installations in the order of their ids, so that a run is the same every time.
func (s *Sim) installationsByID() []*Installation {
	ids := slices.Sorted(maps.Keys(s.installations))
	out := make([]*Installation, len(ids))
	for n, id := range ids {
		out[n] = s.installations[id]
	}
	return out
}

// listens reports whether an installation is sent an event: its app subscribes to it, and it was granted
// what the event needs. Apps that write checks hear of them unasked.
func (i *Installation) listens(event string) bool {
	if !grants(i.Permissions[eventPermission(event)], "read") {
		return false
	}
	if event == "check_run" || event == "check_suite" {
		return grants(i.Permissions["checks"], "write") || slices.Contains(i.Events, event)
	}
	return slices.Contains(i.Events, event)
}

// eventPermission is what an app must be able to read to be sent an event.
func eventPermission(event string) string {
	switch event {
	case "push", "create", "delete":
		return "contents"
	case "pull_request", "pull_request_review", "pull_request_review_thread":
		return "pull_requests"
	case "issues", "issue_comment":
		return "issues"
	case "check_run", "check_suite":
		return "checks"
	case "status":
		return "statuses"
	case "workflow_run":
		return "actions"
	case "deployment", "deployment_status":
		return "deployments"
	case "merge_group":
		return "merge_queues"
	case "branch_protection_rule", "repository_ruleset":
		return "administration"
	}
	return "metadata"
}

// Delivery is one webhook in the log.
type Delivery struct {
	ID           int64
	GUID         string // a redelivery keeps it
	App          int64
	Installation int64
	Repo         repo.ID // 0 when it is about an installation
	Event        string
	Action       string
	Body         []byte
	Header       http.Header // as it was sent
	Redelivery   bool
	At           time.Time
	Duration     time.Duration
	StatusCode   int    // of the receiver; 0 when it was not reached
	Status       string // in words: OK, Service Unavailable, timed out
	Answer       []byte // of the receiver, cut

	done bool
}

// DeliveryFault is what goes wrong with a delivery. The zero value is nothing.
type DeliveryFault struct {
	Lost     bool          // not sent; the log says that it timed out
	Vanished bool          // not sent, and not in the log either
	Twice    bool          // sent a second time right away, with the same GUID
	Delay    time.Duration // of the world's clock; later deliveries pass it
}

// DeliveryPlan decides what goes wrong with a delivery. It is called with the world locked and must not use it.
type DeliveryPlan func(Delivery) DeliveryFault

// SetWebhookClient says who sends webhooks. A transport of the client may hand them over without a network.
func (s *Sim) SetWebhookClient(c *http.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events.client = c
}

// SetDeliveryPlan says what goes wrong with deliveries from now on; nil is nothing.
func (s *Sim) SetDeliveryPlan(p DeliveryPlan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events.plan = p
}

// Deliveries returns the log of webhooks, oldest first, those on their way included.
func (s *Sim) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Delivery, len(s.events.deliveries))
	for i, d := range s.events.deliveries {
		out[i] = *d
	}
	return out
}
