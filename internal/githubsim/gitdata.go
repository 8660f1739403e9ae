package githubsim

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// GitHub's limits on one recursive tree.
const (
	maxTreeEntries = 100_000
	maxTreeBytes   = 7 << 20
)

func (s *Sim) gitRoutes() []route {
	const g = "/repos/{owner}/{repo}/git"
	return []route{
		{method: "GET", pattern: g + "/blobs/{sha}", need: "contents:read", handle: s.getBlob},
		{method: "POST", pattern: g + "/blobs", need: "contents:write", handle: s.createBlob},
		{method: "GET", pattern: g + "/trees/{sha...}", need: "contents:read", handle: s.getTree},
		{method: "POST", pattern: g + "/trees", need: "contents:write", handle: s.createTree},
		{method: "GET", pattern: g + "/commits/{sha}", need: "contents:read", handle: s.getGitCommit},
		{method: "POST", pattern: g + "/commits", need: "contents:write", handle: s.createCommit},
		{method: "GET", pattern: g + "/ref/{ref...}", need: "contents:read", handle: s.getRef},
		{method: "GET", pattern: g + "/matching-refs/{ref...}", need: "contents:read", handle: s.matchingRefs},
		{method: "POST", pattern: g + "/refs", need: "contents:write", handle: s.createRef},
		{method: "PATCH", pattern: g + "/refs/{ref...}", need: "contents:write", handle: s.updateRef},
		{method: "DELETE", pattern: g + "/refs/{ref...}", need: "contents:write", handle: s.deleteRef},
	}
}

func (s *Sim) getBlob(q *request) (int, any) {
	id := repo.SHA(q.PathValue("sha"))
	data, err := q.repo.git.Blob(q.Context(), id)
	if err != nil {
		return failed(err)
	}
	if wantsRaw(q) {
		return http.StatusOK, raw{"application/vnd.github.raw; charset=utf-8", data}
	}
	return http.StatusOK, object{
		"sha": id, "node_id": node("B", int64(q.repo.ID)) + string(id), "size": len(data), "url": s.gitURL(q.repo, "blobs", id),
		"content": wrap(data), "encoding": "base64",
	}
}

func (s *Sim) createBlob(q *request) (int, any) {
	var in struct {
		Content  string `json:"content"`
		Encoding string `json:"encoding"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	data := []byte(in.Content)
	if in.Encoding == "base64" {
		var err error
		if data, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(in.Content), "")); err != nil {
			return unprocessable("content is not valid Base64")
		}
	}
	id, err := q.repo.git.WriteBlob(q.Context(), data)
	if err != nil {
		return failed(err)
	}
	return http.StatusCreated, object{"sha": id, "url": s.gitURL(q.repo, "blobs", id)}
}

// getTree shows a tree by its id, or that of a commit or branch.
func (s *Sim) getTree(q *request) (int, any) {
	if q.repo.isEmpty(q.Context()) {
		return emptyRepo()
	}
	id := repo.SHA(q.PathValue("sha"))
	if commit, err := q.repo.revision(q.Context(), string(id)); err == nil {
		c, err := q.repo.git.Commit(q.Context(), commit)
		if err != nil {
			return failed(err)
		}
		id = c.Tree
	}
	entries, err := s.treeEntries(q, id)
	if err != nil {
		return notFound()
	}
	return http.StatusOK, s.treeJSON(q, id, entries)
}

func (s *Sim) treeEntries(q *request, id repo.SHA) ([]git.Entry, error) {
	if q.URL.Query().Get("recursive") == "" {
		return q.repo.git.Tree(q.Context(), id)
	}
	return walk(q.Context(), q.repo.git, id, "")
}

// walk lists a tree and what is below it, folders before their contents.
func walk(ctx context.Context, g git.Repo, tree repo.SHA, prefix string) ([]git.Entry, error) {
	entries, err := g.Tree(ctx, tree)
	if err != nil {
		return nil, err
	}
	var out []git.Entry
	for _, e := range entries {
		e.Name = prefix + e.Name
		out = append(out, e)
		if e.Mode != git.Dir || len(out) > maxTreeEntries {
			continue
		}
		below, err := walk(ctx, g, e.ID, e.Name+"/")
		if err != nil {
			return nil, err
		}
		out = append(out, below...)
	}
	return out, nil
}

// treeJSON builds git-tree, cut where GitHub cuts.
func (s *Sim) treeJSON(q *request, id repo.SHA, entries []git.Entry) object {
	out, size := []object{}, 0
	truncated := false
	for _, e := range entries {
		size += len(e.Name) + 150
		if truncated = len(out) >= maxTreeEntries || size > maxTreeBytes; truncated {
			break
		}
		o := object{"path": e.Name, "mode": e.Mode.String(), "type": e.Mode.Kind(), "sha": e.ID}
		switch e.Mode.Kind() { //nolint:exhaustive // a submodule's commit has no URL, and trees hold no tags
		case git.KindTree:
			o["url"] = s.gitURL(q.repo, "trees", e.ID)
		case git.KindBlob:
			o["url"] = s.gitURL(q.repo, "blobs", e.ID)
			if _, n, err := q.repo.git.Kind(q.Context(), e.ID); err == nil {
				o["size"] = n
			}
		}
		out = append(out, o)
	}
	return object{"sha": id, "url": s.gitURL(q.repo, "trees", id), "tree": out, "truncated": truncated}
}

// treeChange is an entry of a new tree: content or an object's id; an id of null deletes.
type treeChange struct {
	Path    string  `json:"path"`
	Mode    string  `json:"mode"`
	Type    string  `json:"type"`
	SHA     *string `json:"sha"`
	Content *string `json:"content"`
}

func (c treeChange) edit() (git.Change, error) {
	if c.Content == nil && c.SHA == nil {
		return git.Change{Path: c.Path, Delete: true}, nil
	}
	mode, err := git.ParseMode(c.Mode)
	switch {
	case err != nil:
		return git.Change{}, problem(unprocessable("tree.mode must be one of 100644, 100755, 040000, 160000, 120000"))
	case c.Content != nil && c.SHA != nil:
		return git.Change{}, problem(unprocessable("tree.sha and tree.content cannot be given together"))
	case c.Content != nil:
		return git.Change{Path: c.Path, Mode: mode, Content: []byte(*c.Content)}, nil
	}
	return git.Change{Path: c.Path, Mode: mode, ID: repo.SHA(*c.SHA)}, nil
}

func (s *Sim) createTree(q *request) (int, any) {
	var in struct {
		Base string       `json:"base_tree"`
		Tree []treeChange `json:"tree"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	if len(in.Tree) == 0 {
		return unprocessable("Invalid tree info")
	}
	base, err := s.baseTree(q, in.Base)
	if err != nil {
		return fail(http.StatusUnprocessableEntity, "base_tree is not a valid tree oid")
	}
	edits := make([]git.Change, len(in.Tree))
	for i, c := range in.Tree {
		if edits[i], err = c.edit(); err != nil {
			return failed(err)
		}
		if isWorkflow(c.Path) && q.by.installation != nil && !q.by.may("workflows:write", q.repo) {
			return forbidden()
		}
	}
	id, err := q.repo.git.EditTree(q.Context(), base, edits)
	switch {
	case errors.Is(err, git.ErrNotFound):
		return unprocessable("GitRPC::BadObjectState")
	case err != nil:
		return failed(err)
	}
	entries, err := q.repo.git.Tree(q.Context(), id)
	if err != nil {
		return failed(err)
	}
	return http.StatusCreated, s.treeJSON(q, id, entries)
}

// baseTree reads base_tree, which may name a tree or a commit.
func (s *Sim) baseTree(q *request, name string) (repo.SHA, error) {
	if name == "" {
		return "", nil
	}
	if c, err := q.repo.git.Commit(q.Context(), repo.SHA(name)); err == nil {
		return c.Tree, nil
	}
	_, err := q.repo.git.Tree(q.Context(), repo.SHA(name))
	return repo.SHA(name), err
}

func (s *Sim) getGitCommit(q *request) (int, any) {
	id := repo.SHA(q.PathValue("sha"))
	c, err := q.repo.git.Commit(q.Context(), id)
	if err != nil {
		return failed(err)
	}
	return http.StatusOK, s.gitCommitJSON(q.repo, id, c)
}

// gitCommitJSON builds git-commit.
func (s *Sim) gitCommitJSON(r *Repo, id repo.SHA, c git.Commit) object {
	parents := s.parentsJSON(r, c.Parents)
	for i, p := range c.Parents {
		parents[i]["url"] = s.gitURL(r, "commits", p)
	}
	return object{
		"sha": id, "node_id": node("C", int64(r.ID)) + string(id), "url": s.gitURL(r, "commits", id),
		"html_url": s.repoHTML(r) + "/commit/" + string(id), "author": gitUserJSON(c.Author),
		"committer": gitUserJSON(c.Committer), "message": c.Message, "parents": parents,
		"tree":         object{"sha": c.Tree, "url": s.gitURL(r, "trees", c.Tree)},
		"verification": r.verificationJSON(id, c),
	}
}

// person is an author or committer as the API takes it.
type person struct {
	Name  string     `json:"name"`
	Email string     `json:"email"`
	Date  *time.Time `json:"date"`
}

// or fills in what is not given.
func (p *person) or(sig git.Signature) git.Signature {
	if p == nil {
		return sig
	}
	out := git.Signature{Name: p.Name, Email: p.Email, When: sig.When}
	if p.Date != nil {
		out.When = *p.Date
	}
	return out
}

// createCommit writes a commit. GitHub signs what a bot commits without naming author or committer.
func (s *Sim) createCommit(q *request) (int, any) {
	var in struct {
		Message   string     `json:"message"`
		Tree      repo.SHA   `json:"tree"`
		Parents   []repo.SHA `json:"parents"`
		Author    *person    `json:"author"`
		Committer *person    `json:"committer"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	if _, err := q.repo.git.Tree(q.Context(), in.Tree); err != nil {
		return unprocessable("Tree SHA does not exist")
	}
	for _, p := range in.Parents {
		if _, err := q.repo.git.Commit(q.Context(), p); err != nil {
			return unprocessable("Parent SHA does not exist or is not a commit object")
		}
	}
	author := in.Author.or(s.signature(q.by.user))
	committer := in.Committer.or(author)
	c := git.Commit{Tree: in.Tree, Parents: in.Parents, Author: author, Committer: committer, Message: in.Message}
	id, err := q.repo.git.WriteCommit(q.Context(), c)
	if err != nil {
		return failed(err)
	}
	q.repo.signed[id] = q.by.installation != nil && in.Author == nil && in.Committer == nil
	return http.StatusCreated, s.gitCommitJSON(q.repo, id, c)
}
