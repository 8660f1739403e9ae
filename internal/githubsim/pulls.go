package githubsim

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// Pull is a pull request. Title, body, state, labels and comments are its Issue's.
type Pull struct {
	*Issue
	ID          int64
	Repo        *Repo // of the base
	Head        Side
	Base        Side
	Draft       bool
	Reviews     []*Review
	Requested   []*Account // reviewers
	MergedAt    time.Time
	MergedBy    *Account
	MergeCommit repo.SHA // of a merged pull request
	mergedInto  repo.SHA // where the base was just before
	mergeable   mergeability
	async       *asyncMerge // that is still to be done
	left        *dequeued   // the merge queue, the last time
	diff        git.Comparison
	diffOf      string // the pair of commits that diff is about
}

// Side is one end of a pull request. SHA stays when the branch goes.
type Side struct {
	Repo *Repo // nil when the fork was deleted
	Ref  string
	SHA  repo.SHA
	User *Account
}

// mergeSHA is the merge commit, or the test merge of an open pull request.
func (p *Pull) mergeSHA() repo.SHA {
	if p.MergedAt.IsZero() {
		return p.mergeable.test
	}
	return p.MergeCommit
}

func (s *Sim) pullRoutes() []route {
	const pulls, one = "/repos/{owner}/{repo}/pulls", "/repos/{owner}/{repo}/pulls/{number}"
	return []route{
		{method: "GET", pattern: pulls, need: "pull_requests:read", handle: s.listPulls},
		{method: "POST", pattern: pulls, need: "pull_requests:write", creates: true, handle: s.createPull},
		{method: "GET", pattern: one, need: "pull_requests:read", handle: s.getPull},
		{method: "PATCH", pattern: one, need: "pull_requests:write", handle: s.patchPull},
		{method: "GET", pattern: one + "/commits", need: "pull_requests:read", handle: s.listPullCommits},
		{method: "GET", pattern: one + "/files", need: "pull_requests:read", handle: s.listPullFiles},
		{method: "PUT", pattern: one + "/update-branch", need: "pull_requests:write", handle: s.updateBranch},
		{method: "GET", pattern: "/repos/{owner}/{repo}/commits/{ref...}/pulls", need: "pull_requests:read", handle: s.listPullsOfCommit},
	}
}

// pull is the pull request that the path names, or nil.
func (q *request) pull() *Pull { return q.repo.pulls[q.number("number")] }

// sortedPulls returns all pull requests of a repository, oldest first.
func (r *Repo) sortedPulls() []*Pull {
	return slices.SortedFunc(maps.Values(r.pulls), func(a, b *Pull) int { return a.Number - b.Number })
}

// openPulls returns the open pull requests whose head or base may be in r.
func (s *Sim) openPulls(r *Repo) []*Pull {
	all := r.sortedPulls()
	for up := r.Fork; up != nil; up = up.Fork {
		all = append(all, up.sortedPulls()...)
	}
	return slices.DeleteFunc(all, func(p *Pull) bool { return p.State != "open" })
}

func (s *Sim) listPulls(q *request) (int, any) {
	state, head, base := q.query("state", "open"), q.query("head", ""), q.query("base", "")
	all := slices.DeleteFunc(q.repo.sortedPulls(), func(p *Pull) bool {
		return state != "all" && p.State != state || base != "" && p.Base.Ref != base ||
			strings.Contains(head, ":") && !strings.EqualFold(p.Head.label(), head)
	})
	if q.query("sort", "created") == "updated" {
		slices.SortStableFunc(all, func(a, b *Pull) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
	}
	if q.query("direction", "desc") == "desc" {
		slices.Reverse(all)
	}
	return http.StatusOK, list(page(q, all), s.pullSimpleJSON)
}

func (s *Sim) getPull(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	s.startMergeable(p)
	return http.StatusOK, s.pullJSON(p)
}

// NewPull is what opening a pull request takes.
type NewPull struct {
	Title string `json:"title"`
	Body  string `json:"body"`
	Head  string `json:"head"` // BRANCH, or OWNER:BRANCH of a fork
	Base  string `json:"base"`
	Draft bool   `json:"draft"`
}

func (s *Sim) createPull(q *request) (int, any) {
	var in NewPull
	if q.decode(&in) != nil {
		return badJSON()
	}
	p, err := s.openPull(q.Context(), q.repo, in, q.by)
	if err != nil {
		return failed(err)
	}
	return http.StatusCreated, s.pullJSON(p)
}

// openPull opens a pull request into r.
func (s *Sim) openPull(ctx context.Context, r *Repo, in NewPull, by actor) (*Pull, error) {
	head, base, err := s.sidesOf(ctx, r, in)
	if err != nil {
		return nil, err
	}
	if err := s.mayOpen(ctx, r, head, base); err != nil {
		return nil, err
	}
	issue := &Issue{
		ID: s.nextID(), Number: r.nextNumber(), Title: in.Title, Body: in.Body, User: by.user, App: by.app,
		State: "open", CreatedAt: s.now(), UpdatedAt: s.now(),
	}
	p := &Pull{Issue: issue, ID: s.nextID(), Repo: r, Head: head, Base: base, Draft: in.Draft}
	issue.Pull = p
	r.issues[issue.Number], r.pulls[issue.Number] = issue, p
	s.record(by, "pull.open", r, p.target(), "", string(head.SHA))
	for _, owner := range p.Repo.codeOwners {
		if owner != p.User {
			p.Requested = append(p.Requested, owner)
		}
	}
	s.onPullChanged(p, "opened", by, nil)
	return p, nil
}

func (p *Pull) target() string { return "#" + strconv.Itoa(p.Number) }

// sidesOf resolves both branches of a new pull request.
func (s *Sim) sidesOf(ctx context.Context, r *Repo, in NewPull) (head, base Side, err error) {
	if in.Title == "" {
		return head, base, problem(invalid(fieldError{"PullRequest", "title", "missing_field", ""}))
	}
	from, branch := r, in.Head
	if owner, b, ok := strings.Cut(in.Head, ":"); ok {
		from, branch = s.inNetwork(r, owner), b
	}
	if from != nil {
		head = Side{Repo: from, Ref: branch, SHA: from.tip(ctx, branch), User: from.Owner}
	}
	base = Side{Repo: r, Ref: in.Base, SHA: r.tip(ctx, in.Base), User: r.Owner}
	switch {
	case head.SHA == "":
		err = problem(invalid(fieldError{"PullRequest", "head", "invalid", ""}))
	case base.SHA == "":
		err = problem(invalid(fieldError{"PullRequest", "base", "invalid", ""}))
	}
	return head, base, err
}

// inNetwork finds the repository of owner that is r, a fork of r, or what r was forked from.
func (s *Sim) inNetwork(r *Repo, owner string) *Repo {
	if strings.EqualFold(r.Owner.Login, owner) {
		return r
	}
	for _, other := range s.repos {
		if strings.EqualFold(other.Owner.Login, owner) && (other.Fork == r || r.Fork == other) {
			return other
		}
	}
	return nil
}

// mayOpen refuses a second open pull request for the same branches, and one that would bring nothing.
func (s *Sim) mayOpen(ctx context.Context, r *Repo, head, base Side) error {
	for _, p := range r.pulls {
		if p.State == "open" && p.Head.Repo == head.Repo && p.Head.Ref == head.Ref && p.Base.Ref == base.Ref {
			return refused("A pull request already exists for " + head.label() + ".")
		}
	}
	bases, err := r.git.MergeBases(ctx, head.SHA, base.SHA)
	switch {
	case err != nil:
		return err
	case len(bases) == 0:
		return refused(fmt.Sprintf("The %s branch has no history in common with %s", head.Ref, base.Ref))
	case bases[0] == head.SHA:
		return refused(fmt.Sprintf("No commits between %s and %s", base.Ref, head.Ref))
	}
	return nil
}

// refused is the 422 for a pull request that GitHub does not want.
func refused(message string) error {
	return problem(invalid(fieldError{Resource: "PullRequest", Code: "custom", Message: message}))
}
