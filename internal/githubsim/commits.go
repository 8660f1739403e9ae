package githubsim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

func (s *Sim) commitRoutes() []route {
	const commits, compare = "/repos/{owner}/{repo}/commits", "/repos/{owner}/{repo}/compare/{basehead...}"
	return []route{
		{method: "GET", pattern: commits, need: "contents:read", handle: s.listCommits},
		{method: "GET", pattern: commits + "/{ref...}", need: "contents:read", handle: s.getCommit},
		{method: "GET", pattern: compare, need: "contents:read", handle: s.compare},
	}
}

// emptyRepo is GitHub's answer about the contents of a repository without commits.
func emptyRepo() (int, any) { return fail(http.StatusConflict, "Git Repository is empty.") }

// isEmpty reports whether a repository has no branch yet.
func (r *Repo) isEmpty(ctx context.Context) bool {
	refs, err := r.git.Refs(ctx, heads)
	return err == nil && len(refs) == 0
}

// commitJSON builds commit.
func (s *Sim) commitJSON(ctx context.Context, r *Repo, id repo.SHA) (object, error) {
	c, err := r.git.Commit(ctx, id)
	if err != nil {
		return nil, err
	}
	u := s.repoURL(r) + "/commits/" + string(id)
	return object{
		"sha": id, "node_id": node("C", int64(r.ID)) + string(id), "url": u, "comments_url": u + "/comments",
		"html_url": s.repoHTML(r) + "/commit/" + string(id), "parents": s.parentsJSON(r, c.Parents),
		"author": s.optionalUserJSON(s.byEmail(c.Author.Email)), "committer": s.optionalUserJSON(s.byEmail(c.Committer.Email)),
		"commit": object{
			"url": s.gitURL(r, "commits", id), "author": gitUserJSON(c.Author), "committer": gitUserJSON(c.Committer),
			"message": c.Message, "comment_count": 0, "tree": object{"sha": c.Tree, "url": s.gitURL(r, "trees", c.Tree)},
			"verification": r.verificationJSON(id, c),
		},
	}, nil
}

func (s *Sim) parentsJSON(r *Repo, parents []repo.SHA) []object {
	return list(parents, func(p repo.SHA) object {
		return object{
			"sha": p, "url": s.repoURL(r) + "/commits/" + string(p), "html_url": s.repoHTML(r) + "/commit/" + string(p),
		}
	})
}

// gitURL is where the API has a git object.
func (s *Sim) gitURL(r *Repo, kind string, id repo.SHA) string {
	return s.repoURL(r) + "/git/" + kind + "/" + string(id)
}

func gitUserJSON(sig git.Signature) object {
	return object{"name": sig.Name, "email": sig.Email, "date": stamp(sig.When)}
}

// verificationJSON says that commits made on GitHub's side are signed, and no others.
func (r *Repo) verificationJSON(id repo.SHA, c git.Commit) object {
	if r.signed[id] || c.Committer.Email == "noreply@github.com" {
		return object{"verified": true, "reason": "valid", "signature": "-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----",
			"payload": "tree " + string(c.Tree), "verified_at": stamp(c.Committer.When)}
	}
	return object{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}
}

// byEmail finds the account that a commit belongs to.
func (s *Sim) byEmail(email string) *Account {
	for _, a := range s.accounts {
		if a.address() == email {
			return a
		}
	}
	return nil
}

func (s *Sim) commitsJSON(ctx context.Context, r *Repo, ids []repo.SHA) ([]object, error) {
	out := make([]object, len(ids))
	for i, id := range ids {
		var err error
		if out[i], err = s.commitJSON(ctx, r, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Sim) listCommits(q *request) (int, any) {
	if q.repo.isEmpty(q.Context()) {
		return emptyRepo()
	}
	from, err := q.repo.revision(q.Context(), q.query("sha", ""))
	if err != nil {
		return notFound()
	}
	ids, err := q.repo.git.Log(q.Context(), git.Range{From: from, Path: strings.Trim(q.query("path", ""), "/")})
	if err == nil {
		ids, err = s.between(q, ids)
	}
	if err != nil {
		return failed(err)
	}
	commits, err := s.commitsJSON(q.Context(), q.repo, page(q, ids))
	if err != nil {
		return failed(err)
	}
	return http.StatusOK, commits
}

// between keeps the commits made from since to until, where these are given.
func (s *Sim) between(q *request, ids []repo.SHA) ([]repo.SHA, error) {
	since, errSince := time.Parse(time.RFC3339, q.query("since", "0001-01-01T00:00:00Z"))
	until, errUntil := time.Parse(time.RFC3339, q.query("until", "9999-01-01T00:00:00Z"))
	if errSince != nil || errUntil != nil {
		return nil, problem(invalid(fieldError{"Commit", "since", "invalid", "want a time such as 2026-01-31T12:00:00Z"}))
	}
	var failure error
	ids = slices.DeleteFunc(slices.Clone(ids), func(id repo.SHA) bool {
		c, err := q.repo.git.Commit(q.Context(), id)
		if err != nil {
			failure = err
		}
		return c.Committer.When.Before(since) || c.Committer.When.After(until)
	})
	return ids, failure
}

func (s *Sim) getCommit(q *request) (int, any) {
	ref := q.PathValue("ref")
	if q.repo.isEmpty(q.Context()) {
		return emptyRepo()
	}
	id, err := q.repo.revision(q.Context(), ref)
	if err != nil {
		return unprocessable("No commit found for SHA: " + ref)
	}
	if strings.Contains(q.Header.Get("Accept"), "application/vnd.github.sha") ||
		strings.Contains(q.Header.Get("Accept"), "application/vnd.github.v3.sha") {
		return http.StatusOK, raw{"application/vnd.github.v3.sha; charset=utf-8", []byte(id)}
	}
	o, err := s.commitJSON(q.Context(), q.repo, id)
	if err != nil {
		return failed(err)
	}
	files, err := s.filesOf(q.Context(), q.repo, id)
	if err != nil {
		return failed(err)
	}
	added, deleted := lines(files)
	o["stats"] = object{"total": added + deleted, "additions": added, "deletions": deleted}
	o["files"] = list(page(q, files), func(f git.FileChange) object { return s.fileChangeJSON(q.repo, id, f) })
	return http.StatusOK, o
}

// filesOf lists what a commit changed against its first parent.
func (s *Sim) filesOf(ctx context.Context, r *Repo, id repo.SHA) ([]git.FileChange, error) {
	c, err := r.git.Commit(ctx, id)
	if err != nil {
		return nil, err
	}
	parent := repo.SHA("")
	if len(c.Parents) > 0 {
		parent = c.Parents[0]
	}
	return git.Changes(ctx, r.git, parent, id)
}

// lines sums what files gained and lost.
func lines(files []git.FileChange) (added, deleted int) {
	for _, f := range files {
		added, deleted = added+f.Additions, deleted+f.Deletions
	}
	return added, deleted
}

// fileChangeJSON builds diff-entry, for a file as it is at a commit.
func (s *Sim) fileChangeJSON(r *Repo, at repo.SHA, f git.FileChange) object {
	escaped := (&url.URL{Path: f.Path}).EscapedPath()
	o := object{
		"sha": f.ID, "filename": f.Path, "status": f.Status, "additions": f.Additions, "deletions": f.Deletions,
		"changes":      f.Additions + f.Deletions,
		"blob_url":     fmt.Sprintf("%s/blob/%s/%s", s.repoHTML(r), at, escaped),
		"raw_url":      fmt.Sprintf("%s/raw/%s/%s", s.repoHTML(r), at, escaped),
		"contents_url": fmt.Sprintf("%s/contents/%s?ref=%s", s.repoURL(r), escaped, at),
	}
	if f.Patch != "" {
		o["patch"] = f.Patch
	}
	return o
}

// compare answers BASE...HEAD, where each side may be OWNER:BRANCH of a fork.
func (s *Sim) compare(q *request) (int, any) {
	baseName, headName, ok := strings.Cut(q.PathValue("basehead"), "...")
	base, errBase := s.sideRevision(q, baseName)
	head, errHead := s.sideRevision(q, headName)
	if !ok || errBase != nil || errHead != nil {
		return notFound()
	}
	d, err := git.Compare(q.Context(), q.repo.git, base, head)
	if err != nil {
		return fail(http.StatusNotFound, "No common ancestor between "+baseName+" and "+headName+".")
	}
	return s.comparison(q, base, head, d)
}

func (s *Sim) sideRevision(q *request, name string) (repo.SHA, error) {
	r := q.repo
	if owner, branch, ok := strings.Cut(name, ":"); ok {
		if r, name = s.inNetwork(q.repo, owner), branch; r == nil || !q.by.sees(r) {
			return "", git.ErrNotFound
		}
	}
	return r.revision(q.Context(), name)
}

// comparison builds commit-comparison. The files come with the first page only, at most 300.
func (s *Sim) comparison(q *request, base, head repo.SHA, d git.Comparison) (int, any) {
	ends, err := s.commitsJSON(q.Context(), q.repo, []repo.SHA{base, d.Base})
	if err != nil {
		return failed(err)
	}
	shown := d.Commits
	if q.query("page", "")+q.query("per_page", "") != "" {
		shown = page(q, d.Commits)
	} else if len(shown) > 250 {
		shown = shown[len(shown)-250:]
	}
	commits, err := s.commitsJSON(q.Context(), q.repo, shown)
	if err != nil {
		return failed(err)
	}
	html := s.repoHTML(q.repo) + "/compare/" + q.PathValue("basehead")
	o := object{
		"url": s.repoURL(q.repo) + "/compare/" + q.PathValue("basehead"), "html_url": html, "permalink_url": html,
		"diff_url": html + ".diff", "patch_url": html + ".patch", "base_commit": ends[0], "merge_base_commit": ends[1],
		"status": relation(d), "ahead_by": d.Ahead, "behind_by": d.Behind, "total_commits": d.Ahead, "commits": commits,
		"files": []object{},
	}
	if atoi(q.query("page", "1")) <= 1 {
		o["files"] = list(d.Files[:min(len(d.Files), 300)], func(f git.FileChange) object {
			return s.fileChangeJSON(q.repo, head, f)
		})
	}
	return http.StatusOK, o
}

func relation(d git.Comparison) string {
	switch {
	case d.Ahead > 0 && d.Behind > 0:
		return "diverged"
	case d.Ahead > 0:
		return "ahead"
	case d.Behind > 0:
		return "behind"
	}
	return "identical"
}
