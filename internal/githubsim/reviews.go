package githubsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// Review is a person's verdict on a head.
type Review struct {
	ID        int64
	User      *Account
	Body      string
	State     string // APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED
	Commit    repo.SHA
	Submitted time.Time
}

func (s *Sim) reviewRoutes() []route {
	const reviews = "/repos/{owner}/{repo}/pulls/{number}/reviews"
	const requested = "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers"
	return []route{
		{method: "GET", pattern: reviews, need: "pull_requests:read", handle: s.listReviews},
		{method: "POST", pattern: reviews, need: "pull_requests:write", creates: true, handle: s.createReview},
		{method: "PUT", pattern: reviews + "/{review}/dismissals", need: "pull_requests:write", handle: s.dismissReview},
		{method: "GET", pattern: requested, need: "pull_requests:read", handle: s.listRequested},
		{method: "POST", pattern: requested, need: "pull_requests:write", creates: true, handle: s.requestReviewers},
	}
}

// approvals counts the latest verdicts of people who may write. An app's review never counts.
func (p *Pull) approvals() (approved, refused int) {
	latest := map[int64]string{}
	for _, r := range p.Reviews {
		if r.State != "COMMENTED" && r.User.Type == "User" && p.Repo.role(r.User) >= roleWrite {
			latest[r.User.ID] = r.State
		}
	}
	for _, state := range latest {
		switch state {
		case "APPROVED":
			approved++
		case "CHANGES_REQUESTED":
			refused++
		}
	}
	return approved, refused
}

// dismissStale takes approvals back after a push, where the branch asks for it.
func (s *Sim) dismissStale(p *Pull) {
	if c := p.Repo.protection[p.Base.Ref]; c == nil || !c.DismissStale {
		return
	}
	for _, r := range p.Reviews {
		if r.State == "APPROVED" {
			r.State = "DISMISSED"
		}
	}
}

func (s *Sim) reviewJSON(p *Pull, r *Review) object {
	html := fmt.Sprintf("%s#pullrequestreview-%d", s.pullHTML(p), r.ID)
	return object{
		"id": r.ID, "node_id": node("PRR", r.ID), "user": s.userJSON(r.User), "body": r.Body, "state": r.State,
		"html_url": html, "pull_request_url": s.pullURL(p), "commit_id": r.Commit, "submitted_at": stamp(r.Submitted),
		"author_association": p.Repo.association(r.User),
		"_links":             object{"html": object{"href": html}, "pull_request": object{"href": s.pullURL(p)}},
	}
}

func (s *Sim) listReviews(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	return http.StatusOK, list(page(q, p.Reviews), func(r *Review) object { return s.reviewJSON(p, r) })
}

func (s *Sim) createReview(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	var in struct {
		Body   string   `json:"body"`
		Event  string   `json:"event"`
		Commit repo.SHA `json:"commit_id"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	r, err := s.review(p, in.Event, in.Body, in.Commit, q.by)
	if err != nil {
		return failed(err)
	}
	return http.StatusOK, s.reviewJSON(p, r)
}

// review adds a verdict: APPROVE, REQUEST_CHANGES or COMMENT. Nobody judges their own pull request.
func (s *Sim) review(p *Pull, event, body string, commit repo.SHA, by actor) (*Review, error) {
	state := map[string]string{"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}[event]
	switch {
	case state == "":
		return nil, problem(unprocessable("Unprocessable Entity"))
	case p.User == by.user && state == "APPROVED":
		return nil, problem(unprocessable("Review Can not approve your own pull request"))
	case p.User == by.user && state == "CHANGES_REQUESTED":
		return nil, problem(unprocessable("Review Can not request changes on your own pull request"))
	}
	if commit == "" {
		commit = p.Head.SHA
	}
	r := &Review{ID: s.nextID(), User: by.user, Body: body, State: state, Commit: commit, Submitted: s.now()}
	p.Reviews = append(p.Reviews, r)
	p.Requested = slices.DeleteFunc(p.Requested, func(a *Account) bool { return a == by.user })
	s.record(by, "review.create", p.Repo, p.target(), "", state)
	s.onReview(p, r, "submitted", by)
	return r, nil
}

func (s *Sim) dismissReview(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	var in struct {
		Message string `json:"message"`
	}
	if q.decode(&in) != nil || in.Message == "" {
		return unprocessable("Invalid request.\n\n\"message\" wasn't supplied.")
	}
	r, err := s.dismiss(p, int64(q.number("review")), q.by)
	if err != nil {
		return failed(err)
	}
	return http.StatusOK, s.reviewJSON(p, r)
}

// dismiss takes the force from a verdict.
func (s *Sim) dismiss(p *Pull, id int64, by actor) (*Review, error) {
	i := slices.IndexFunc(p.Reviews, func(r *Review) bool { return r.ID == id })
	if i < 0 {
		return nil, problem(notFound())
	}
	r := p.Reviews[i]
	if r.State != "APPROVED" && r.State != "CHANGES_REQUESTED" {
		return nil, problem(unprocessable("Can not dismiss a commented pull request review"))
	}
	s.record(by, "review.dismiss", p.Repo, p.target(), r.State, "DISMISSED")
	r.State = "DISMISSED"
	s.onReview(p, r, "dismissed", by)
	return r, nil
}

// onReview tells about a review by webhook.
func (s *Sim) onReview(p *Pull, r *Review, action string, by actor) {
	review := s.reviewJSON(p, r)
	review["state"] = strings.ToLower(r.State) // events write it so
	s.emit("pull_request_review", p.Repo, object{
		"action": action, "review": review, "pull_request": s.pullSimpleJSON(p), "sender": s.userJSON(by.user),
	})
}

func (s *Sim) listRequested(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	return http.StatusOK, object{"users": list(p.Requested, s.userJSON), "teams": []object{}}
}

func (s *Sim) requestReviewers(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	var in struct {
		Reviewers []string `json:"reviewers"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	for _, login := range in.Reviewers {
		who := s.account(login)
		switch {
		case who == nil || q.repo.role(who) == roleNone:
			return unprocessable("Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the " + q.repo.fullName().String() + " repository.")
		case who == p.User:
			return unprocessable("Review cannot be requested from pull request author.")
		case !slices.Contains(p.Requested, who):
			p.Requested = append(p.Requested, who)
			s.onPullChanged(p, "review_requested", q.by, object{"requested_reviewer": s.userJSON(who)})
		}
	}
	return http.StatusCreated, s.pullSimpleJSON(p)
}
