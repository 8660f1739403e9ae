package githubsim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// queueEntry is a pull request in the merge queue of its base branch. The first one is tried: merged with the base
// on a branch of the queue's own, whose checks decide.
type queueEntry struct {
	id         int64
	pull       *Pull
	by         actor
	at         time.Time
	base, head repo.SHA // of the group that is tried; empty while it waits for its turn
}

// dequeued is how a pull request left a queue without being merged.
type dequeued struct {
	at     time.Time
	by     *Account
	reason string
}

// queueRule is the rule that gives a branch its merge queue, or nil.
func (r *Repo) queueRule(branch string) *Rule {
	for _, rule := range r.rulesFor(branch) {
		if rule.Type == "merge_queue" {
			return &rule
		}
	}
	return nil
}

// RequireQueue is the rule that changes are merged by a queue.
func RequireQueue(method string) Rule {
	return Rule{Type: "merge_queue", Parameters: map[string]any{
		"check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN", "max_entries_to_build": 1, "max_entries_to_merge": 1,
		"merge_method": method, "min_entries_to_merge": 1, "min_entries_to_merge_wait_minutes": 0,
	}}
}

// joinQueue adds a pull request that could be merged now.
func (s *Sim) joinQueue(ctx context.Context, p *Pull, head repo.SHA, by actor) (*queueEntry, error) {
	refuse := func(why string) (*queueEntry, error) { return nil, graphError{"UNPROCESSABLE", why} }
	switch e := p.queued(); {
	case e != nil:
		return e, nil
	case p.Repo.queueRule(p.Base.Ref) == nil:
		return refuse("Pull request's base branch does not have a merge queue")
	case p.State != "open" || p.Draft:
		return refuse("Pull request is not mergeable")
	case head != "" && head != p.Head.SHA:
		return refuse("Head branch was modified. Review and try the merge again.")
	}
	if broken := s.violations(p); len(broken) > 0 {
		return refuse(strings.Join(broken, " "))
	}
	e := &queueEntry{id: s.nextID(), pull: p, by: by, at: s.now()}
	if p.Repo.queues == nil {
		p.Repo.queues = map[string][]*queueEntry{}
	}
	p.Repo.queues[p.Base.Ref] = append(p.Repo.queues[p.Base.Ref], e)
	s.record(by, "queue.enter", p.Repo, p.target(), "", string(p.Head.SHA))
	s.onPullChanged(p, "enqueued", by, nil)
	s.tryFirst(ctx, p.Repo, p.Base.Ref)
	return e, nil
}

// queued is the pull request's entry, or nil.
func (p *Pull) queued() *queueEntry {
	for _, e := range p.Repo.queues[p.Base.Ref] {
		if e.pull == p {
			return e
		}
	}
	return nil
}

func (e *queueEntry) position() int {
	return 1 + slices.Index(e.pull.Repo.queues[e.pull.Base.Ref], e)
}

func (e *queueEntry) state() string {
	if e.head == "" {
		return "QUEUED"
	}
	return "AWAITING_CHECKS"
}

// tryFirst makes the group of whoever stands first, and asks for its checks.
func (s *Sim) tryFirst(ctx context.Context, r *Repo, branch string) {
	queue := r.queues[branch]
	if len(queue) == 0 || queue[0].head != "" {
		return
	}
	e, base := queue[0], r.tip(ctx, branch)
	method := strings.ToLower(fmt.Sprint(r.queueRule(branch).Parameters["merge_method"]))
	head, err := s.mergeCommits(ctx, e.pull, Merge{Method: method}, base, actor{user: s.queueBot()})
	if err != nil {
		s.leaveQueue(ctx, e, nil, "merge_conflict")
		return
	}
	e.base, e.head = base, head
	s.emitGroup(e, "checks_requested", "")
	s.startCI(r, trigger{event: "merge_group", sha: head, files: head, before: base, branch: e.branch(), changed: changed(ctx, r, base, head)}, e.by)
	s.clock.AfterFunc(time.Hour, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if e.head == head && e.pull.queued() == e {
			s.leaveQueue(ctx, e, nil, "ci_timeout")
		}
	})
	s.groupChanged(r, head)
}

func (e *queueEntry) branch() string {
	return fmt.Sprintf("gh-readonly-queue/%s/pr-%d-%s", e.pull.Base.Ref, e.pull.Number, e.base)
}

func (s *Sim) queueBot() *Account { return s.appNamed("github-merge-queue", 0).Bot }

// groupChanged looks whether the checks of a group have decided, after one of them reported.
func (s *Sim) groupChanged(r *Repo, sha repo.SHA) {
	for branch, queue := range r.queues {
		if len(queue) == 0 || queue[0].head != sha {
			continue
		}
		switch s.groupVerdict(r, branch, sha) {
		case checkPassed:
			s.landGroup(context.Background(), queue[0])
		case checkFailed:
			s.leaveQueue(context.Background(), queue[0], nil, "failed_checks")
		case checkMissing, checkPending:
		}
		return
	}
}

// groupVerdict is the worst of what the branch's required checks say of a group.
func (s *Sim) groupVerdict(r *Repo, branch string, sha repo.SHA) verdict {
	var checks []RequiredCheck
	if p := r.protection[branch]; p != nil {
		checks = append(checks, p.Checks...)
	}
	for _, rule := range r.rulesFor(branch) {
		checks = append(checks, rule.Checks...)
	}
	worst := checkPassed
	for _, c := range checks {
		switch v := s.requiredCheck(r, sha, c.Context, c.App); v {
		case checkFailed:
			return checkFailed
		case checkMissing, checkPending:
			worst = v
		case checkPassed:
		}
	}
	return worst
}

// landGroup moves the base to the group's commit.
func (s *Sim) landGroup(ctx context.Context, e *queueEntry) {
	p, by := e.pull, actor{user: s.queueBot()}
	if p.Repo.tip(ctx, p.Base.Ref) != e.base { // somebody pushed: the group is made anew
		e.head = ""
		s.tryFirst(ctx, p.Repo, p.Base.Ref)
		return
	}
	s.drop(e)
	s.settleMerged(p, e.base, e.head, by)
	if err := s.moveRef(ctx, p.Repo, heads+p.Base.Ref, e.base, e.head, by); err != nil {
		panic(fmt.Sprintf("githubsim: the merge queue of %s cannot move its branch: %v", p.Repo.fullName(), err))
	}
	s.onPullChanged(p, "closed", by, nil)
	s.emitGroup(e, "destroyed", "merged")
	s.tryFirst(ctx, p.Repo, p.Base.Ref)
}

// leaveQueue takes an entry out; by is nil when GitHub does.
func (s *Sim) leaveQueue(ctx context.Context, e *queueEntry, by *Account, reason string) {
	s.drop(e)
	e.pull.left = &dequeued{at: s.now(), by: by, reason: reason}
	who := actor{user: by}
	if by == nil {
		who.user = s.queueBot()
	}
	s.record(who, "queue.leave", e.pull.Repo, e.pull.target(), string(e.pull.Head.SHA), reason)
	s.onPullChanged(e.pull, "dequeued", who, object{"reason": strings.ToUpper(reason)})
	if e.head != "" {
		s.emitGroup(e, "destroyed", "dequeued")
	}
	s.tryFirst(ctx, e.pull.Repo, e.pull.Base.Ref)
}

func (s *Sim) drop(e *queueEntry) {
	queue := e.pull.Repo.queues[e.pull.Base.Ref]
	e.pull.Repo.queues[e.pull.Base.Ref] = slices.DeleteFunc(slices.Clone(queue), func(o *queueEntry) bool { return o == e })
}

// emitGroup tells about a group by webhook.
func (s *Sim) emitGroup(e *queueEntry, action, reason string) {
	r := e.pull.Repo
	c, err := r.git.Commit(context.Background(), e.head)
	if err != nil {
		return
	}
	payload := object{"action": action, "sender": s.userJSON(s.queueBot()), "merge_group": object{
		"head_sha": e.head, "head_ref": heads + e.branch(), "base_sha": e.base, "base_ref": heads + e.pull.Base.Ref,
		"head_commit": object{
			"id": e.head, "tree_id": c.Tree, "message": c.Message, "timestamp": stamp(c.Committer.When),
			"author":    object{"name": c.Author.Name, "email": c.Author.Email},
			"committer": object{"name": c.Committer.Name, "email": c.Committer.Email},
		},
	}}
	if reason != "" {
		payload["reason"] = reason
	}
	s.emit("merge_group", r, payload)
}

// Dequeue takes a pull request out of its merge queue.
func (p Person) Dequeue(name repo.Name, number int) error {
	return p.onPull(name, number, "dequeue", func(ctx context.Context, pull *Pull, by actor) error {
		if e := pull.queued(); e != nil {
			p.sim.leaveQueue(ctx, e, by.user, "manual")
			return nil
		}
		return fmt.Errorf("it is in no queue")
	})
}

// graphEntry is a place in a queue; null for none.
func (s *Sim) graphEntry(q *request, e *queueEntry) *graphObject {
	if e == nil {
		return nil
	}
	return &graphObject{"MergeQueueEntry", func(name string, args object) (any, error) {
		if name == "headCommit" {
			if e.head == "" {
				return nil, nil // null is the answer
			}
			return s.graphCommit(q, e.pull.Repo, e.head)
		}
		return fixed("MergeQueueEntry", object{
			"id": node("MQE", e.id), "position": e.position(), "state": e.state(), "enqueuedAt": stamp(e.at),
		}).get(name, args)
	}}
}

// graphTimeline has the one kind of event that is asked for: how a pull request last left the queue.
func (p *Pull) graphTimeline() *graphObject {
	nodes := []*graphObject{}
	if l := p.left; l != nil {
		nodes = append(nodes, fixed("RemovedFromMergeQueueEvent", object{
			"id": node("RFMQE", p.ID), "createdAt": stamp(l.at), "reason": l.reason, "actor": graphAccount(l.by),
		}))
	}
	return fixed("PullRequestTimelineItemsConnection", object{"nodes": nodes, "totalCount": len(nodes)})
}

// graphMutation is the root of every mutation.
func (s *Sim) graphMutation(q *request) *graphObject {
	return &graphObject{"Mutation", func(name string, args object) (any, error) {
		in, _ := args["input"].(map[string]any)
		switch name {
		case "markPullRequestReadyForReview":
			return s.graphReady(q, in)
		case "enqueuePullRequest":
			p, err := s.graphTarget(q, fmt.Sprint(in["pullRequestId"]))
			if err != nil {
				return nil, err
			}
			head, _ := in["expectedHeadOid"].(string)
			e, err := s.joinQueue(q.Context(), p, repo.SHA(head), q.by)
			if err != nil {
				return nil, err
			}
			if p.queued() != e { // it went through at once
				e = nil
			}
			return fixed("EnqueuePullRequestPayload", object{"mergeQueueEntry": s.graphEntry(q, e)}), nil
		case "dequeuePullRequest":
			p, err := s.graphTarget(q, fmt.Sprint(in["id"]))
			if err != nil {
				return nil, err
			}
			e := p.queued()
			if e == nil {
				return nil, graphError{"UNPROCESSABLE", "Pull request is not in the merge queue"}
			}
			s.leaveQueue(q.Context(), e, q.by.user, "manual")
			return fixed("DequeuePullRequestPayload", object{"mergeQueueEntry": s.graphEntry(q, e)}), nil
		}
		return nil, unanswered(name)
	}}
}

// graphTarget finds the pull request that a mutation names, and checks that the actor may write to it.
func (s *Sim) graphTarget(q *request, id string) (*Pull, error) {
	for _, r := range s.repos {
		for _, p := range r.pulls {
			if node("PR", p.ID) != id || !q.by.sees(r) {
				continue
			}
			if err := readable(q, r, "pull_requests:write"); err != nil {
				return nil, err
			}
			return p, readable(q, r, "contents:write")
		}
	}
	return nil, graphError{"NOT_FOUND", fmt.Sprintf("Could not resolve to a node with the global id of '%s'.", id)}
}
