package githubsim

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// Limits of GraphQL.
const (
	maxNodes = 100 // of one page
	maxText  = 512_000
)

// graphQuery is the root of every query.
func (s *Sim) graphQuery(q *request) *graphObject {
	return &graphObject{"Query", func(name string, args object) (any, error) {
		switch name {
		case "rateLimit":
			return s.graphLimit(q), nil
		case "repository":
			return s.graphRepository(q, repo.Name{Owner: fmt.Sprint(args["owner"]), Name: fmt.Sprint(args["name"])})
		}
		return nil, unanswered(name)
	}}
}

// unanswered is a field that the schema has and the simulator forgot.
func unanswered(name string) error { return fmt.Errorf("githubsim: no answer for the field %s", name) }

// fixed is an object whose fields are all known beforehand.
func fixed(kind string, fields object) *graphObject {
	return &graphObject{kind, func(name string, _ object) (any, error) {
		v, ok := fields[name]
		if !ok {
			return nil, unanswered(name)
		}
		return v, nil
	}}
}

func (s *Sim) graphRepository(q *request, name repo.Name) (any, error) {
	r := s.repo(name)
	if r == nil || !q.by.sees(r) {
		return nil, graphError{"NOT_FOUND", fmt.Sprintf("Could not resolve to a Repository with the name '%s'.", name)}
	}
	plain := fixed("Repository", object{
		"id": node("R", int64(r.ID)), "databaseId": r.ID, "name": r.Name, "nameWithOwner": r.fullName().String(),
		"url": s.repoHTML(r), "isArchived": r.Archived, "isPrivate": r.Private, "visibility": strings.ToUpper(r.visibility()), "isEmpty": r.isEmpty(q.Context()),
		"owner": graphAccount(r.Owner), "mergeCommitAllowed": !r.Merging.NoMerge, "squashMergeAllowed": !r.Merging.NoSquash,
		"rebaseMergeAllowed": !r.Merging.NoRebase,
	})
	return &graphObject{"Repository", func(name string, args object) (any, error) {
		switch name {
		case "defaultBranchRef":
			return s.graphDefault(q, r)
		case "object":
			return s.graphGitObject(q, r, args)
		case "pullRequest":
			return s.graphPull(q, r, args["number"])
		}
		return plain.get(name, args)
	}}, nil
}

// readable is an error unless the actor holds a permission.
func readable(q *request, r *Repo, need string) error {
	if q.by.may(need, r) {
		return nil
	}
	return graphError{"FORBIDDEN", "Resource not accessible by integration"}
}

func (s *Sim) graphDefault(q *request, r *Repo) (any, error) {
	if err := readable(q, r, "contents:read"); err != nil {
		return nil, err
	}
	tip := r.tip(q.Context(), r.DefaultBranch)
	if tip == "" {
		return nil, nil // null is the answer
	}
	target, err := s.graphCommit(q, r, tip)
	return fixed("Ref", object{"id": node("REF", int64(r.ID)), "name": r.DefaultBranch, "target": target}), err
}

func (s *Sim) graphCommit(q *request, r *Repo, id repo.SHA) (*graphObject, error) {
	c, err := r.git.Commit(q.Context(), id)
	if err != nil {
		return nil, err
	}
	return fixed("Commit", object{
		"id": gitNode("C", r, id), "oid": id, "message": c.Message, "committedDate": stamp(c.Committer.When),
	}), nil
}

func gitNode(kind string, r *Repo, id repo.SHA) string { return node(kind, int64(r.ID)) + string(id) }

// graphGitObject finds what an expression such as main:path names; what is not there is null.
func (s *Sim) graphGitObject(q *request, r *Repo, args object) (any, error) {
	if err := readable(q, r, "contents:read"); err != nil {
		return nil, err
	}
	expression, _ := args["expression"].(string)
	if oid, ok := args["oid"].(string); ok {
		expression = oid
	}
	revision, path, hasPath := strings.Cut(expression, ":")
	if expression == "" {
		return nil, nil // null is the answer
	}
	commit, err := r.revision(q.Context(), revision)
	switch {
	case err != nil && !hasPath:
		return s.graphByID(q, r, repo.SHA(revision))
	case err != nil:
		return nil, nil //nolint:nilerr // a revision that is not there is null
	case !hasPath:
		return s.graphByID(q, r, commit)
	}
	entry, err := git.Lookup(q.Context(), r.git, commit, path)
	if err != nil {
		return nil, nil //nolint:nilerr // so is a path
	}
	return s.graphByID(q, r, entry.ID)
}

func (s *Sim) graphByID(q *request, r *Repo, id repo.SHA) (any, error) {
	kind, size, err := r.git.Kind(q.Context(), id)
	if err != nil {
		return nil, nil //nolint:nilerr // an id that is not there is null
	}
	switch kind {
	case git.KindCommit:
		return s.graphCommit(q, r, id)
	case git.KindTree:
		return fixed("Tree", object{"id": gitNode("T", r, id), "oid": id}), nil
	case git.KindBlob, git.KindTag: // a tag object is not made here
	}
	data, err := r.git.Blob(q.Context(), id)
	if err != nil {
		return nil, err
	}
	binary := bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 || !utf8.Valid(data)
	fields := object{
		"id": gitNode("B", r, id), "oid": id, "byteSize": size, "isBinary": binary, "isTruncated": size > maxText, "text": nil,
	}
	if !binary {
		fields["text"] = strings.ToValidUTF8(string(data[:min(len(data), maxText)]), "")
	}
	return fixed("Blob", fields), nil
}

func (s *Sim) graphPull(q *request, r *Repo, number any) (any, error) {
	if err := readable(q, r, "pull_requests:read"); err != nil {
		return nil, err
	}
	p := r.pulls[atoi(fmt.Sprint(number))]
	if p == nil {
		return nil, graphError{"NOT_FOUND", fmt.Sprintf("Could not resolve to a PullRequest with the number of %v.", number)}
	}
	s.startMergeable(p)
	plain := fixed("PullRequest", object{
		"id": node("PR", p.ID), "databaseId": p.ID, "number": p.Number, "title": p.Title, "url": s.pullHTML(p),
		"state": p.graphState(), "merged": !p.MergedAt.IsZero(), "isDraft": p.Draft, "mergeable": p.graphMergeable(),
		"mergeStateStatus": strings.ToUpper(s.mergeableState(p)), "reviewDecision": s.graphDecision(p),
		"headRefName": p.Head.Ref, "headRefOid": p.Head.SHA, "baseRefName": p.Base.Ref,
	})
	return &graphObject{"PullRequest", func(name string, args object) (any, error) {
		switch name {
		case "mergeCommit":
			if p.MergedAt.IsZero() {
				return nil, nil // null is the answer
			}
			return s.graphCommit(q, r, p.MergeCommit)
		case "mergeQueueEntry":
			return s.graphEntry(q, p.queued()), nil
		case "timelineItems":
			return p.graphTimeline(), nil
		case "reviewThreads":
			return graphPage("PullRequestReviewThread", name, args, graphThreads(r.events.threads[p.Number]))
		case "latestOpinionatedReviews":
			return graphPage("PullRequestReview", name, args, s.opinions(q, p, args["writersOnly"] == true))
		case "reviewRequests":
			return graphPage("ReviewRequest", name, args, p.graphRequests())
		}
		return plain.get(name, args)
	}}, nil
}

func (p *Pull) graphState() string {
	if !p.MergedAt.IsZero() {
		return "MERGED"
	}
	return strings.ToUpper(p.State)
}

func (p *Pull) graphMergeable() string {
	switch {
	case p.State != "open" || !p.mergeable.known:
		return "UNKNOWN"
	case p.mergeable.clean:
		return "MERGEABLE"
	}
	return "CONFLICTING"
}

// graphDecision says what the reviews amount to; null when the branch asks for none and there are none.
func (s *Sim) graphDecision(p *Pull) any {
	approved, refused := p.approvals()
	switch {
	case refused > 0:
		return "CHANGES_REQUESTED"
	case approved < p.Repo.approvalsNeeded(p.Base.Ref), p.Repo.ownersNeeded(p.Base.Ref) && !p.ownerApproved():
		return "REVIEW_REQUIRED"
	case approved > 0:
		return "APPROVED"
	}
	return nil
}

// graphAccount is an account as an owner or an author; null for one that is gone.
func graphAccount(a *Account) any {
	if a == nil {
		return nil
	}
	return fixed(a.Type, object{"id": node("U", a.ID), "login": strings.TrimSuffix(a.Login, "[bot]")})
}

func graphThreads(all []*reviewThread) []*graphObject {
	out := make([]*graphObject, len(all))
	for n, t := range all {
		out[n] = fixed("PullRequestReviewThread", object{
			"id": node("PRRT", t.id), "isResolved": t.resolved, "isOutdated": false,
		})
	}
	return out
}

// opinions lists the latest review of everybody who approved or refused, perhaps only of those who may write.
func (s *Sim) opinions(q *request, p *Pull, writersOnly bool) []*graphObject {
	var order []*Account
	latest := map[*Account]*Review{}
	for _, r := range p.Reviews {
		if r.State == "COMMENTED" || writersOnly && p.Repo.role(r.User) < roleWrite {
			continue
		}
		if latest[r.User] == nil {
			order = append(order, r.User)
		}
		latest[r.User] = r
	}
	out := make([]*graphObject, len(order))
	for n, a := range order {
		out[n] = &graphObject{"PullRequestReview", func(name string, args object) (any, error) {
			if name == "commit" {
				return s.graphCommit(q, p.Repo, latest[a].Commit)
			}
			return fixed("PullRequestReview", object{
				"id": node("PRR", latest[a].ID), "author": graphAccount(a), "state": latest[a].State,
			}).get(name, args)
		}}
	}
	return out
}

// graphRequests lists who was asked for a review and has not given one.
func (p *Pull) graphRequests() []*graphObject {
	out := make([]*graphObject, len(p.Requested))
	for n, a := range p.Requested {
		out[n] = fixed("ReviewRequest", object{
			"id": node("RR", p.ID+a.ID), "asCodeOwner": slices.Contains(p.Repo.codeOwners, a), "requestedReviewer": graphAccount(a),
		})
	}
	return out
}

// graphPage cuts the asked-for page out of a connection. GitHub wants to be told how much.
func graphPage(kind, field string, args object, all []*graphObject) (any, error) {
	first, after := atoi(fmt.Sprint(args["first"])), 0
	switch {
	case args["first"] == nil:
		return nil, graphError{"MISSING_PAGINATION_BOUNDARIES",
			fmt.Sprintf("You must provide a `first` or `last` value to properly paginate the `%s` connection.", field)}
	case first < 1 || first > maxNodes:
		return nil, graphError{"EXCESSIVE_PAGINATION",
			fmt.Sprintf("Requesting %d records on the `%s` connection exceeds the `first` limit of 100 records.", first, field)}
	}
	if cursor, ok := args["after"].(string); ok {
		after = atoi(cursor)
	}
	after = min(max(after, 0), len(all))
	end := min(after+first, len(all))
	info := object{"startCursor": nil, "endCursor": nil, "hasNextPage": end < len(all), "hasPreviousPage": after > 0}
	if end > after {
		info["startCursor"], info["endCursor"] = fmt.Sprint(after+1), fmt.Sprint(end)
	}
	return fixed(kind+"Connection", object{
		"nodes": all[after:end], "pageInfo": fixed("PageInfo", info), "totalCount": len(all),
	}), nil
}

// graphLimit is what is left of the hour's points.
func (s *Sim) graphLimit(q *request) *graphObject {
	b, limit := s.budget(q.by, q.resource()), s.hourly(q.by)
	return fixed("RateLimit", object{
		"cost": 1, "limit": limit, "nodeCount": 0, "used": b.used, "remaining": max(limit-b.used, 0), "resetAt": stamp(b.reset),
	})
}

// graphLimited says that the hour's points are used up. GraphQL says so under a 200.
func graphLimited(by actor) (int, any) {
	return http.StatusOK, object{"errors": []object{{
		"type": "RATE_LIMITED", "message": "API rate limit exceeded for " + by.holder() + ".",
	}}}
}

// approvalsNeeded is the strictest demand on reviews for a branch.
func (r *Repo) approvalsNeeded(branch string) int {
	need := 0
	if p := r.protection[branch]; p != nil {
		need = p.Reviews
	}
	for _, rule := range r.rulesFor(branch) {
		need = max(need, rule.Reviews)
	}
	return need
}

// ownersNeeded reports whether code owners must approve what goes into a branch.
func (r *Repo) ownersNeeded(branch string) bool {
	p := r.protection[branch]
	return p != nil && p.CodeOwners || slices.ContainsFunc(r.rulesFor(branch), func(rule Rule) bool { return rule.CodeOwners })
}

// SetCodeOwners says who owns every file of a repository, as a CODEOWNERS file with one line does. They are asked for
// a review of pull requests that are opened afterwards.
func (p Person) SetCodeOwners(name repo.Name, logins ...string) error {
	return p.in(name, "set code owners", func(_ context.Context, r *Repo, _ actor) error {
		r.codeOwners = nil
		for _, login := range logins {
			a := p.sim.account(login)
			if a == nil {
				return fmt.Errorf("no account %s", login)
			}
			r.codeOwners = append(r.codeOwners, a)
		}
		return nil
	})
}

// reviewThread is one conversation of a review.
type reviewThread struct {
	id       int64
	resolved bool
}

// OpenThread starts a conversation on a pull request's files and returns its id.
func (p Person) OpenThread(name repo.Name, number int) (id int64, err error) {
	err = p.onPull(name, number, "start a conversation on", func(_ context.Context, pull *Pull, _ actor) error {
		if pull.Repo.events.threads == nil {
			pull.Repo.events.threads = map[int][]*reviewThread{}
		}
		id = p.sim.nextID()
		pull.Repo.events.threads[number] = append(pull.Repo.events.threads[number], &reviewThread{id: id})
		return nil
	})
	return id, err
}

// ResolveThread settles a conversation.
func (p Person) ResolveThread(name repo.Name, number int, thread int64) error {
	return p.onPull(name, number, "resolve a conversation of", func(_ context.Context, pull *Pull, by actor) error {
		for _, t := range pull.Repo.events.threads[number] {
			if t.id == thread && !t.resolved {
				t.resolved = true
				p.sim.emit("pull_request_review_thread", pull.Repo, object{
					"action": "resolved", "pull_request": p.sim.pullJSON(pull), "sender": p.sim.userJSON(by.user),
					"thread": object{"node_id": node("PRRT", t.id), "comments": []object{}},
				})
				return nil
			}
		}
		return fmt.Errorf("no open conversation %d", thread)
	})
}
