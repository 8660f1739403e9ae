package githubsim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

func (s *Sim) mergeRoutes() []route {
	return []route{{
		method: "PUT", pattern: "/repos/{owner}/{repo}/pulls/{number}/merge", need: "contents:write",
		creates: true, handle: s.putMerge,
	}}
}

// Merge is how a pull request is to be merged.
type Merge struct {
	Method  string   `json:"merge_method"` // merge (the default), squash or rebase
	SHA     repo.SHA `json:"sha"`          // that the head must have; empty for any
	Title   string   `json:"commit_title"`
	Message string   `json:"commit_message"`
}

func (s *Sim) putMerge(q *request) (int, any) {
	p := q.pull()
	if p == nil {
		return notFound()
	}
	var in Merge
	if q.decode(&in) != nil {
		return badJSON()
	}
	if err := s.mergePull(q.Context(), p, in, q.by); err != nil {
		return failed(err)
	}
	return http.StatusOK, object{"sha": p.MergeCommit, "merged": true, "message": "Pull Request successfully merged"}
}

// mergePull merges as the button does: it checks, makes the commits, moves the base, and closes.
func (s *Sim) mergePull(ctx context.Context, p *Pull, in Merge, by actor) error {
	if in.Method == "" {
		in.Method = "merge"
	}
	if err := s.mayMerge(p, in, by); err != nil {
		return err
	}
	base := p.Repo.tip(ctx, p.Base.Ref)
	id, err := s.mergeCommits(ctx, p, in, base, by)
	switch {
	case conflicting(err):
		return notMergeable("Pull Request is not mergeable")
	case err != nil:
		return err
	}
	s.settleMerged(p, base, id, by)
	if id != base { // a rebase may find that the base has it all
		if err := s.moveRef(ctx, p.Repo, heads+p.Base.Ref, base, id, by); err != nil {
			return err
		}
	}
	s.onPullChanged(p, "closed", by, nil)
	if p.Repo.Merging.DeleteBranch && p.Head.Repo == p.Repo {
		return s.moveRef(ctx, p.Repo, heads+p.Head.Ref, p.Head.SHA, "", by)
	}
	return nil
}

// conflicting tells a merge that needs a person from git failing.
func conflicting(err error) bool {
	return errors.Is(err, git.ErrConflict) || errors.Is(err, git.ErrUnrelated)
}

// markMerged is for commits that reached the base by a push: the pull request counts as merged.
func (s *Sim) markMerged(p *Pull, base repo.SHA, by actor) {
	s.settleMerged(p, p.Base.SHA, base, by)
	s.onPullChanged(p, "closed", by, nil)
}

func (s *Sim) settleMerged(p *Pull, base, id repo.SHA, by actor) {
	p.State, p.MergeCommit, p.mergedInto, p.MergedBy, p.ClosedBy = "closed", id, base, by.user, by.user
	p.MergedAt, p.ClosedAt, p.UpdatedAt = s.now(), s.now(), s.now()
	s.record(by, "pull.merge", p.Repo, p.target(), string(p.Head.SHA), string(id))
}

// notMergeable is GitHub's 405.
func notMergeable(message string) error { return problem(fail(http.StatusMethodNotAllowed, message)) }

// mayMerge checks everything but the contents, in the order in which GitHub complains.
func (s *Sim) mayMerge(p *Pull, in Merge, by actor) error {
	switch {
	case p.State != "open":
		return notMergeable("Pull Request is not mergeable")
	case p.Draft:
		return notMergeable("Pull Request is still a draft")
	case in.SHA != "" && in.SHA != p.Head.SHA:
		return problem(fail(http.StatusConflict, "Head branch was modified. Review and try the merge again."))
	}
	if err := p.Repo.Merging.allow(in.Method); err != nil {
		return err
	}
	if by.bypasses(p) {
		return nil
	}
	if p.Repo.queueRule(p.Base.Ref) != nil {
		return notMergeable("Changes must be made through the merge queue")
	}
	if c := p.Repo.protection[p.Base.Ref]; c != nil && c.Linear && in.Method == "merge" {
		return notMergeable("Merge commits are not allowed on this branch.")
	}
	if s.outdated(p) {
		return notMergeable("Head branch is out of date. Review and try the merge again.")
	}
	if broken := s.violations(p); len(broken) > 0 {
		return notMergeable(strings.Join(broken, " "))
	}
	return s.mayTouchWorkflows(p.Repo, s.pullDiff(p).Files, by)
}

// allow refuses a method that the settings exclude.
func (m MergeSettings) allow(method string) error {
	switch {
	case method == "merge" && m.NoMerge:
		return notMergeable("Merge commits are not allowed on this repository.")
	case method == "squash" && m.NoSquash:
		return notMergeable("Squash merges are not allowed on this repository.")
	case method == "rebase" && m.NoRebase:
		return notMergeable("Rebase merges are not allowed on this repository.")
	case method != "merge" && method != "squash" && method != "rebase":
		return problem(invalid(fieldError{"PullRequest", "merge_method", "invalid", ""}))
	}
	return nil
}

// mayTouchWorkflows lets an app change workflow files only with the permission made for it.
func (s *Sim) mayTouchWorkflows(r *Repo, files []git.FileChange, by actor) error {
	if by.installation == nil || by.may("workflows:write", r) {
		return nil
	}
	for _, f := range files {
		if isWorkflow(f.Path) {
			return problem(fail(http.StatusForbidden, fmt.Sprintf(
				"refusing to allow a GitHub App to create or update workflow `%s` without `workflows` permission", f.Path)))
		}
	}
	return nil
}

func isWorkflow(path string) bool { return strings.HasPrefix(path, ".github/workflows/") }

// mergeCommits makes the commits of a merge and returns the last.
func (s *Sim) mergeCommits(ctx context.Context, p *Pull, in Merge, base repo.SHA, by actor) (repo.SHA, error) {
	switch in.Method {
	case "squash":
		c, err := s.squashCommit(ctx, p, in)
		if err != nil {
			return "", err
		}
		return git.Squash(ctx, p.Repo.git, base, p.Head.SHA, c)
	case "rebase":
		done, err := git.Rebase(ctx, p.Repo.git, base, p.Head.SHA, s.signature(by.user))
		if err != nil || len(done) == 0 {
			return base, err
		}
		return done[len(done)-1], nil
	}
	title := fmt.Sprintf("Merge pull request #%d from %s/%s", p.Number, p.Head.User.Login, p.Head.Ref)
	return git.MergeCommit(ctx, p.Repo.git, base, p.Head.SHA, s.webCommit(by, in.text(title, p.Title)))
}

// text is the commit message that was asked for, or GitHub's own.
func (in Merge) text(title, body string) string {
	if in.Title != "" {
		title = in.Title
	}
	if in.Message != "" {
		body = in.Message
	}
	if body == "" {
		return title
	}
	return title + "\n\n" + body
}

// squashCommit has the author of the pull request. A single commit lends its words, several are listed.
func (s *Sim) squashCommit(ctx context.Context, p *Pull, in Merge) (git.Commit, error) {
	ids := s.pullDiff(p).Commits
	title, body := p.Title, ""
	for _, id := range ids {
		c, err := p.Repo.git.Commit(ctx, id)
		if err != nil {
			return git.Commit{}, err
		}
		if len(ids) == 1 {
			title, body, _ = strings.Cut(c.Message, "\n\n")
			break
		}
		body += "* " + c.Message + "\n\n"
	}
	title = fmt.Sprintf("%s (#%d)", strings.TrimSpace(title), p.Number)
	return s.webCommit(actor{user: p.User}, in.text(title, strings.TrimSpace(body))), nil
}

// webCommit is a commit made on GitHub's side: GitHub commits, and signs, what the actor wrote.
func (s *Sim) webCommit(by actor, message string) git.Commit {
	return git.Commit{
		Author: s.signature(by.user), Message: message,
		Committer: git.Signature{Name: "GitHub", Email: "noreply@github.com", When: s.now()},
	}
}

// signature is how an account signs commits now.
func (s *Sim) signature(a *Account) git.Signature {
	if a == nil {
		return git.Signature{Name: "ghost", Email: "ghost@users.noreply.github.com", When: s.now()}
	}
	return git.Signature{Name: a.display(), Email: a.address(), When: s.now()}
}

func (a *Account) display() string {
	if a.Name != "" {
		return a.Name
	}
	return a.Login
}

func (a *Account) address() string {
	if a.Email != "" {
		return a.Email
	}
	return fmt.Sprintf("%d+%s@users.noreply.github.com", a.ID, a.Login)
}
