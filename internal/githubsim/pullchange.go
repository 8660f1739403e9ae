package githubsim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// pullPatch is what PATCH of a pull request may change.
type pullPatch struct {
	Title *string `json:"title"`
	Body  *string `json:"body"`
	State *string `json:"state"`
	Base  *string `json:"base"`
}

func (s *Sim) patchPull(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	var in pullPatch
	if q.decode(&in) != nil {
		return badJSON()
	}
	for _, change := range []func(context.Context, *Pull, pullPatch, actor) error{s.changeState, s.changeBase, s.changeText} {
		if err := change(q.Context(), p, in, q.by); err != nil {
			return failed(err)
		}
	}
	return http.StatusOK, s.pullJSON(p)
}

func (s *Sim) changeState(ctx context.Context, p *Pull, in pullPatch, by actor) error {
	switch {
	case in.State == nil || *in.State == p.State:
		return nil
	case *in.State == "closed":
		s.closePull(p, by)
		return nil
	case *in.State == "open":
		return s.reopenPull(ctx, p, by)
	}
	return problem(invalid(fieldError{"PullRequest", "state", "invalid", ""}))
}

// closePull closes without merging. Closing what is closed does nothing.
func (s *Sim) closePull(p *Pull, by actor) {
	if p.State == "closed" {
		return
	}
	if e := p.queued(); e != nil {
		s.leaveQueue(context.Background(), e, by.user, "pull_request_closed")
	}
	p.State, p.ClosedAt, p.UpdatedAt, p.ClosedBy = "closed", s.now(), s.now(), by.user
	s.record(by, "pull.close", p.Repo, p.target(), "", string(p.Head.SHA))
	s.onPullChanged(p, "closed", by, nil)
}

// reopenPull opens a closed pull request whose branches are still as it left them.
func (s *Sim) reopenPull(ctx context.Context, p *Pull, by actor) error {
	if err := s.mayReopen(ctx, p); err != nil {
		return err
	}
	p.Head.SHA, p.mergeable = p.Head.Repo.tip(ctx, p.Head.Ref), mergeability{}
	p.State, p.ClosedAt, p.UpdatedAt, p.ClosedBy = "open", time.Time{}, s.now(), nil
	s.record(by, "pull.reopen", p.Repo, p.target(), "", string(p.Head.SHA))
	s.onPullChanged(p, "reopened", by, nil)
	return nil
}

func (s *Sim) mayReopen(ctx context.Context, p *Pull) error {
	cannot := func(why string) error {
		return problem(invalid(fieldError{"PullRequest", "state", "invalid", "state cannot be changed. " + why}))
	}
	if !p.MergedAt.IsZero() {
		return cannot("The pull request is already merged.")
	}
	head, base := repo.SHA(""), p.Repo.tip(ctx, p.Base.Ref)
	if p.Head.Repo != nil {
		head = p.Head.Repo.tip(ctx, p.Head.Ref)
	}
	switch {
	case head == "":
		return cannot(fmt.Sprintf("The %s branch has been deleted.", p.Head.Ref))
	case base == "":
		return cannot(fmt.Sprintf("The %s branch has been deleted.", p.Base.Ref))
	}
	if grown, err := git.IsAncestor(ctx, p.Repo.git, p.Head.SHA, head); err != nil || !grown {
		return cannot(fmt.Sprintf("The %s branch was force-pushed or recreated.", p.Head.Ref))
	}
	return s.mayOpen(ctx, p.Repo, Side{p.Head.Repo, p.Head.Ref, head, p.Head.User}, Side{p.Repo, p.Base.Ref, base, p.Base.User})
}

func (s *Sim) changeBase(ctx context.Context, p *Pull, in pullPatch, by actor) error {
	if in.Base == nil || *in.Base == p.Base.Ref {
		return nil
	}
	to := Side{Repo: p.Repo, Ref: *in.Base, SHA: p.Repo.tip(ctx, *in.Base), User: p.Repo.Owner}
	switch {
	case p.State != "open":
		return problem(unprocessable("Cannot change the base branch of a closed pull request."))
	case to.SHA == "":
		return problem(invalid(fieldError{"PullRequest", "base", "invalid", ""}))
	}
	if err := s.mayOpen(ctx, p.Repo, p.Head, to); err != nil {
		return err
	}
	before := p.Base
	p.Base, p.mergeable, p.UpdatedAt = to, mergeability{}, s.now()
	s.record(by, "pull.edit", p.Repo, p.target(), before.Ref, to.Ref)
	s.onPullChanged(p, "edited", by, object{"changes": object{"base": object{
		"ref": object{"from": before.Ref}, "sha": object{"from": before.SHA}}}})
	return nil
}

func (s *Sim) changeText(_ context.Context, p *Pull, in pullPatch, by actor) error {
	changes := object{}
	change := func(name string, to *string, field *string) {
		if to != nil && *to != *field {
			changes[name] = object{"from": *field}
			s.record(by, "pull.edit", p.Repo, p.target(), *field, *to)
			*field = *to
		}
	}
	if in.Title != nil && *in.Title == "" {
		return problem(invalid(fieldError{"PullRequest", "title", "missing_field", ""}))
	}
	change("title", in.Title, &p.Title)
	change("body", in.Body, &p.Body)
	if len(changes) > 0 {
		p.UpdatedAt = s.now()
		s.onPullChanged(p, "edited", by, object{"changes": changes})
	}
	return nil
}

func (s *Sim) listPullCommits(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	ids := s.pullDiff(p).Commits
	commits, err := s.commitsJSON(q.Context(), q.repo, page(q, ids[:min(len(ids), 250)]))
	if err != nil {
		return failed(err)
	}
	return http.StatusOK, commits
}

func (s *Sim) listPullFiles(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	files := s.pullDiff(p).Files
	return http.StatusOK, list(page(q, files[:min(len(files), 3000)]), func(f git.FileChange) object {
		return s.fileChangeJSON(q.repo, p.Head.SHA, f)
	})
}

// listPullsOfCommit lists the merged pull request that brought a commit to the default branch, or the
// open ones that have it.
func (s *Sim) listPullsOfCommit(q *request) (int, any) {
	id, err := q.repo.revision(q.Context(), q.PathValue("ref"))
	if err != nil {
		return unprocessable("No commit found for SHA: " + q.PathValue("ref"))
	}
	all := slices.DeleteFunc(q.repo.sortedPulls(), func(p *Pull) bool {
		return p.MergeCommit != id && !slices.Contains(s.pullDiff(p).Commits, id)
	})
	return http.StatusOK, list(page(q, all), s.pullSimpleJSON)
}

// updateBranch merges the base into the head branch. GitHub does it after it has answered.
func (s *Sim) updateBranch(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	var in struct {
		Expected repo.SHA `json:"expected_head_sha"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	base := p.Repo.tip(q.Context(), p.Base.Ref)
	switch {
	case in.Expected != "" && in.Expected != p.Head.SHA:
		return unprocessable("expected head sha didn’t match current head ref.")
	case p.State != "open" || base == "" || p.Head.Repo == nil:
		return unprocessable("Pull request is closed")
	}
	if p.Head.Repo != q.repo && q.by.installation != nil && !q.by.reaches(p.Head.Repo) {
		return forbidden()
	}
	if done, err := git.IsAncestor(q.Context(), q.repo.git, base, p.Head.SHA); err != nil || done {
		return unprocessable("There are no new commits on the base branch.")
	}
	message := fmt.Sprintf("Merge branch '%s' into %s", p.Base.Ref, p.Head.Ref)
	merged, err := git.MergeCommit(q.Context(), q.repo.git, p.Head.SHA, base, s.webCommit(q.by, message))
	if err != nil {
		return unprocessable("merge conflict between base and head")
	}
	if err := s.moveRef(q.Context(), p.Head.Repo, heads+p.Head.Ref, p.Head.SHA, merged, q.by); err != nil {
		return failed(err)
	}
	return http.StatusAccepted, object{"message": "Updating pull request branch.", "url": s.pullURL(p)}
}
