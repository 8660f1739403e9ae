package githubsim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// noCommit is how a push event writes the missing side of a created or deleted ref.
const noCommit = "0000000000000000000000000000000000000000"

// maxPushCommits is how many commits a push event lists.
const maxPushCommits = 2048

// emitRef sends create, delete and push, as they suit what happened to a ref.
func (s *Sim) emitRef(r *Repo, ref string, before, after repo.SHA, by actor) {
	kind, name := "branch", strings.TrimPrefix(ref, heads)
	if tag, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
		kind, name = "tag", tag
	}
	change := object{"ref": name, "ref_type": kind, "pusher_type": "user", "sender": s.userJSON(by.user)}
	switch {
	case before == "":
		change["master_branch"], change["description"] = r.DefaultBranch, orNull(r.Description)
		s.emit("create", r, change)
	case after == "":
		s.emit("delete", r, change)
	}
	if s.isHeard("push", r) {
		s.emit("push", r, s.pushJSON(r, ref, before, after, by))
	}
}

func (s *Sim) pushJSON(r *Repo, ref string, before, after repo.SHA, by actor) object {
	ctx := context.Background()
	commits, forced := []object{}, false
	if after != "" {
		ids, err := r.git.Log(ctx, git.Range{From: after, Not: s.knownBefore(ctx, r, ref, before), Limit: maxPushCommits})
		if err == nil {
			for _, id := range slices.Backward(ids) {
				commits = append(commits, s.pushCommitJSON(ctx, r, id))
			}
		}
		forced = before != "" && !isAncestor(ctx, r, before, after)
	}
	var head any
	if after != "" {
		head = s.pushCommitJSON(ctx, r, after)
	}
	return object{
		"ref": ref, "before": orZeros(before), "after": orZeros(after), "created": before == "", "deleted": after == "",
		"forced": forced, "base_ref": nil, "compare": s.compareURL(r, before, after), "commits": commits, "head_commit": head,
		"pusher": object{"name": login(by.user), "email": email(by.user)}, "sender": s.userJSON(by.user),
		"repository": s.pushRepoJSON(r),
	}
}

// knownBefore is what a push adds to: the old tip, or for a new branch the default branch.
func (s *Sim) knownBefore(ctx context.Context, r *Repo, ref string, before repo.SHA) repo.SHA {
	if before == "" && ref != heads+r.DefaultBranch {
		return r.tip(ctx, r.DefaultBranch)
	}
	return before
}

func isAncestor(ctx context.Context, r *Repo, a, b repo.SHA) bool {
	ok, err := git.IsAncestor(ctx, r.git, a, b)
	return err == nil && ok
}

func orZeros(id repo.SHA) repo.SHA {
	if id == "" {
		return noCommit
	}
	return id
}

func (s *Sim) compareURL(r *Repo, before, after repo.SHA) string {
	switch {
	case before == "":
		return fmt.Sprintf("%s/commit/%s", s.repoHTML(r), after)
	case after == "":
		return fmt.Sprintf("%s/compare/%s...%s", s.repoHTML(r), before[:12], noCommit[:12])
	}
	return fmt.Sprintf("%s/compare/%s...%s", s.repoHTML(r), before[:12], after[:12])
}

func email(a *Account) any {
	if a == nil || a.Email == "" {
		return nil
	}
	return a.Email
}

// pushRepoJSON is the repository in a push event, whose times are numbers and whose owner has a name.
func (s *Sim) pushRepoJSON(r *Repo) object {
	o := s.repoJSON(r)
	owner := s.userJSON(r.Owner)
	owner["name"], owner["email"] = r.Owner.Login, email(r.Owner)
	o["owner"], o["created_at"], o["pushed_at"] = owner, r.CreatedAt.Unix(), r.PushedAt.Unix()
	o["master_branch"], o["stargazers"] = r.DefaultBranch, 0
	if r.Owner.Type == "Organization" {
		o["organization"] = r.Owner.Login
	}
	return o
}

// pushCommitJSON is a commit in a push event, with the names of its files.
func (s *Sim) pushCommitJSON(ctx context.Context, r *Repo, id repo.SHA) object {
	c, err := r.git.Commit(ctx, id)
	if err != nil {
		return object{}
	}
	files := map[git.Status][]string{}
	parent := repo.SHA("")
	if len(c.Parents) > 0 {
		parent = c.Parents[0]
	}
	for _, d := range s.deltas(ctx, r, parent, c.Tree) {
		files[statusOf(d)] = append(files[statusOf(d)], d.Path)
	}
	return object{
		"id": id, "tree_id": c.Tree, "distinct": true, "message": c.Message, "timestamp": c.Author.When.Format(time.RFC3339),
		"url": s.repoHTML(r) + "/commit/" + string(id), "author": nameJSON(c.Author),
		"committer": nameJSON(c.Committer), "added": orEmpty(files["added"]), "removed": orEmpty(files["removed"]),
		"modified": orEmpty(files["modified"]),
	}
}

func (s *Sim) deltas(ctx context.Context, r *Repo, parent, tree repo.SHA) []git.Delta {
	var from repo.SHA
	if c, err := r.git.Commit(ctx, parent); err == nil {
		from = c.Tree
	}
	deltas, err := r.git.Diff(ctx, from, tree)
	if err != nil {
		return nil
	}
	return deltas
}

func statusOf(d git.Delta) git.Status {
	switch {
	case d.Old == "":
		return "added"
	case d.New == "":
		return "removed"
	}
	return "modified"
}

func orEmpty(all []string) []string { return append([]string{}, all...) }

func nameJSON(g git.Signature) object { return object{"name": g.Name, "email": g.Email} }

// simpleCommitJSON builds simple-commit.
func (s *Sim) simpleCommitJSON(r *Repo, id repo.SHA) object {
	c, err := r.git.Commit(context.Background(), id)
	if err != nil {
		return object{"id": id, "tree_id": "", "message": "", "timestamp": stamp(time.Unix(0, 0)), "author": nil, "committer": nil}
	}
	return object{
		"id": id, "tree_id": c.Tree, "message": c.Message, "timestamp": c.Committer.When.Format(time.RFC3339),
		"author": nameJSON(c.Author), "committer": nameJSON(c.Committer),
	}
}

// statusCommitJSON is the commit in a status event.
func (s *Sim) statusCommitJSON(ctx context.Context, r *Repo, id repo.SHA) object {
	url, html := s.repoURL(r)+"/commits/"+string(id), s.repoHTML(r)+"/commit/"+string(id)
	c, err := r.git.Commit(ctx, id)
	if err != nil {
		c = git.Commit{}
	}
	dated := func(g git.Signature) object {
		return object{"name": g.Name, "email": g.Email, "date": g.When.Format(time.RFC3339)}
	}
	parents := []object{}
	for _, p := range c.Parents {
		parents = append(parents, object{"sha": p, "url": s.repoURL(r) + "/commits/" + string(p),
			"html_url": s.repoHTML(r) + "/commit/" + string(p)})
	}
	return object{
		"sha": id, "node_id": node("C", int64(r.ID)) + id.Short(), "url": url, "html_url": html,
		"comments_url": url + "/comments", "author": nil, "committer": nil, "parents": parents,
		"commit": object{
			"author": dated(c.Author), "committer": dated(c.Committer), "message": c.Message, "comment_count": 0,
			"tree":         object{"sha": c.Tree, "url": s.repoURL(r) + "/git/trees/" + string(c.Tree)},
			"url":          s.repoURL(r) + "/git/commits/" + string(id),
			"verification": object{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil},
		},
	}
}
