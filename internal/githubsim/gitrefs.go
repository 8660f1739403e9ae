package githubsim

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// refJSON builds git-ref.
func (s *Sim) refJSON(r *Repo, ref git.Ref) object {
	return object{
		"ref": ref.Name, "node_id": node("REF", int64(r.ID)) + ref.Name,
		"url":    s.repoURL(r) + "/git/" + ref.Name,
		"object": object{"type": git.KindCommit, "sha": ref.ID, "url": s.gitURL(r, "commits", ref.ID)},
	}
}

func (s *Sim) getRef(q *request) (int, any) {
	name := "refs/" + q.PathValue("ref")
	if q.repo.isEmpty(q.Context()) {
		return emptyRepo()
	}
	id, err := q.repo.git.Ref(q.Context(), name)
	if err != nil {
		return notFound()
	}
	return http.StatusOK, s.refJSON(q.repo, git.Ref{Name: name, ID: id})
}

// matchingRefs lists the refs that begin with what the path says. Those of forks are nobody's business.
func (s *Sim) matchingRefs(q *request) (int, any) {
	refs, err := q.repo.git.Refs(q.Context(), "refs/"+q.PathValue("ref"))
	if err != nil {
		return failed(err)
	}
	out := []object{}
	for _, ref := range refs {
		if !strings.HasPrefix(ref.Name, "refs/forks/") {
			out = append(out, s.refJSON(q.repo, ref))
		}
	}
	return http.StatusOK, out
}

func (s *Sim) createRef(q *request) (int, any) {
	var in struct {
		Ref string   `json:"ref"`
		SHA repo.SHA `json:"sha"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	if !strings.HasPrefix(in.Ref, "refs/") || strings.Count(in.Ref, "/") < 2 || strings.HasPrefix(in.Ref, "refs/forks/") {
		return unprocessable("Reference name must start with 'refs/' and have at least two slashes.")
	}
	if _, err := q.repo.git.Commit(q.Context(), in.SHA); err != nil {
		return unprocessable("Object does not exist")
	}
	err := s.moveRef(q.Context(), q.repo, in.Ref, "", in.SHA, q.by)
	switch {
	case errors.Is(err, git.ErrExists):
		return unprocessable("Reference already exists")
	case errors.Is(err, git.ErrInvalid):
		return unprocessable("Reference name is not valid")
	case err != nil:
		return failed(err)
	}
	q.header.Set("Location", s.repoURL(q.repo)+"/git/"+in.Ref)
	return http.StatusCreated, s.refJSON(q.repo, git.Ref{Name: in.Ref, ID: in.SHA})
}

// updateRef moves a ref. Without force only forward.
func (s *Sim) updateRef(q *request) (int, any) {
	var in struct {
		SHA   repo.SHA `json:"sha"`
		Force bool     `json:"force"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	name := "refs/" + q.PathValue("ref")
	before, err := q.repo.git.Ref(q.Context(), name)
	if err != nil {
		return unprocessable("Reference does not exist")
	}
	if _, err := q.repo.git.Commit(q.Context(), in.SHA); err != nil {
		return unprocessable("Object does not exist")
	}
	forward, err := git.IsAncestor(q.Context(), q.repo.git, before, in.SHA)
	switch {
	case err != nil:
		return failed(err)
	case !forward && !in.Force:
		return unprocessable("Update is not a fast forward")
	}
	if err := s.mayPush(q, name, before, in.SHA, forward); err != nil {
		return failed(err)
	}
	if before != in.SHA {
		if err := s.moveRef(q.Context(), q.repo, name, before, in.SHA, q.by); err != nil {
			return failed(err)
		}
	}
	return http.StatusOK, s.refJSON(q.repo, git.Ref{Name: name, ID: in.SHA})
}

// mayPush holds direct pushes to what protects a branch.
func (s *Sim) mayPush(q *request, ref string, before, after repo.SHA, forward bool) error {
	branch, ok := strings.CutPrefix(ref, heads)
	if !ok {
		return nil
	}
	changed, err := git.Changes(q.Context(), q.repo.git, before, after)
	if err != nil {
		return err
	}
	if err := s.mayTouchWorkflows(q.repo, changed, q.by); err != nil {
		return err
	}
	protection := q.repo.protection[branch]
	if protection == nil {
		protection = &Protection{}
	} else if !forward {
		return problem(unprocessable("Cannot force-push to this branch"))
	} else if protection.Locked {
		return problem(unprocessable("Cannot change this locked branch"))
	}
	checks, reviews := protection.Checks, protection.Reviews
	for _, rule := range q.repo.rulesFor(branch) {
		if rule.Type == "non_fast_forward" && !forward {
			return problem(unprocessable("Repository rule violations found\n\nCannot force-push to this branch\n\n"))
		}
		checks, reviews = append(slices.Clip(checks), rule.Checks...), max(reviews, rule.Reviews)
		if rule.Type == "pull_request" {
			return problem(unprocessable("Repository rule violations found\n\nChanges must be made through a pull request.\n\n"))
		}
	}
	if reviews > 0 {
		return problem(unprocessable("Changes must be made through a pull request."))
	}
	if missing := s.checksMissing(q.repo, after, checks); len(missing) > 0 {
		return problem(unprocessable(strings.Join(missing, " ")))
	}
	return nil
}

func (s *Sim) deleteRef(q *request) (int, any) {
	name := "refs/" + q.PathValue("ref")
	before, err := q.repo.git.Ref(q.Context(), name)
	branch, isBranch := strings.CutPrefix(name, heads)
	switch {
	case err != nil:
		return unprocessable("Reference does not exist")
	case isBranch && branch == q.repo.DefaultBranch:
		return unprocessable("Cannot delete the default branch")
	case isBranch && q.repo.protection[branch] != nil:
		return unprocessable("Cannot delete a protected branch")
	}
	if err := s.moveRef(q.Context(), q.repo, name, before, "", q.by); err != nil {
		return failed(err)
	}
	return http.StatusNoContent, nil
}
