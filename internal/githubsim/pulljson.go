package githubsim

import (
	"context"
	"fmt"
	"strconv"

	"github.com/skein-bot/skein/internal/githubsim/git"
)

// pullURL is where the API has the pull request.
func (s *Sim) pullURL(p *Pull) string { return s.repoURL(p.Repo) + "/pulls/" + strconv.Itoa(p.Number) }

// pullHTML is where people find it.
func (s *Sim) pullHTML(p *Pull) string { return s.repoHTML(p.Repo) + "/pull/" + strconv.Itoa(p.Number) }

// pullSimpleJSON builds pull-request-simple: what lists show.
func (s *Sim) pullSimpleJSON(p *Pull) object {
	u, html := s.pullURL(p), s.pullHTML(p)
	issue := fmt.Sprintf("%s/issues/%d", s.repoURL(p.Repo), p.Number)
	o := object{
		"url": u, "id": p.ID, "node_id": node("PR", p.ID), "html_url": html, "diff_url": html + ".diff",
		"patch_url": html + ".patch", "issue_url": issue, "commits_url": u + "/commits",
		"review_comments_url": u + "/comments", "review_comment_url": s.repoURL(p.Repo) + "/pulls/comments{/number}",
		"comments_url": issue + "/comments", "statuses_url": s.repoURL(p.Repo) + "/statuses/" + string(p.Head.SHA),
		"number": p.Number, "state": p.State, "locked": false, "title": p.Title, "user": s.userJSON(p.User),
		"body": orNull(p.Body), "labels": list(p.Labels, func(l *Label) object { return s.labelJSON(p.Repo, l) }),
		"milestone": nil, "active_lock_reason": nil, "created_at": stamp(p.CreatedAt), "updated_at": stamp(p.UpdatedAt),
		"closed_at": stamp(p.ClosedAt), "merged_at": stamp(p.MergedAt), "merge_commit_sha": orNull(string(p.mergeSHA())),
		"assignee": nil, "assignees": list(p.Assignees, s.userJSON), "requested_reviewers": list(p.Requested, s.userJSON),
		"requested_teams": []object{}, "head": s.sideJSON(p.Head), "base": s.sideJSON(p.Base), "draft": p.Draft,
		"author_association": p.Repo.association(p.User), "auto_merge": nil,
	}
	if len(p.Assignees) > 0 {
		o["assignee"] = s.userJSON(p.Assignees[0])
	}
	o["_links"] = s.pullLinks(o)
	return o
}

// pullLinks repeats the URLs of a pull request as links.
func (s *Sim) pullLinks(o object) object {
	link := func(key string) object { return object{"href": o[key]} }
	return object{
		"self": link("url"), "html": link("html_url"), "issue": link("issue_url"), "comments": link("comments_url"),
		"review_comments": link("review_comments_url"), "review_comment": link("review_comment_url"),
		"commits": link("commits_url"), "statuses": link("statuses_url"),
	}
}

func (s *Sim) sideJSON(side Side) object {
	o := object{"label": side.label(), "ref": side.Ref, "sha": side.SHA, "user": s.userJSON(side.User), "repo": nil}
	if side.Repo != nil {
		o["repo"] = s.repoJSON(side.Repo)
	}
	return o
}

// label is OWNER:BRANCH.
func (side Side) label() string {
	if side.User == nil {
		return "unknown repository"
	}
	return side.User.Login + ":" + side.Ref
}

// pullJSON builds pull-request: what GET of one pull request and its webhooks show.
func (s *Sim) pullJSON(p *Pull) object {
	o := s.pullSimpleJSON(p)
	d := s.pullDiff(p)
	o["merged"], o["merged_by"] = !p.MergedAt.IsZero(), s.optionalUserJSON(p.MergedBy)
	o["mergeable"], o["rebaseable"], o["mergeable_state"] = nil, nil, s.mergeableState(p)
	if p.mergeable.known && p.State == "open" {
		o["mergeable"], o["rebaseable"] = p.mergeable.clean, p.mergeable.clean
	}
	o["comments"], o["review_comments"], o["maintainer_can_modify"] = len(p.Comments), 0, false
	o["commits"], o["changed_files"] = len(d.Commits), len(d.Files)
	additions, deletions := 0, 0
	for _, f := range d.Files {
		additions, deletions = additions+f.Additions, deletions+f.Deletions
	}
	o["additions"], o["deletions"] = additions, deletions
	return o
}

// pullDiff compares the head with the base that it was, or would be, merged into. It is kept until one of them moves.
func (s *Sim) pullDiff(p *Pull) git.Comparison {
	base := p.mergedInto
	if base == "" {
		base = p.Repo.tip(context.Background(), p.Base.Ref)
	}
	if base == "" {
		base = p.Base.SHA
	}
	if key := string(base + p.Head.SHA); p.diffOf != key {
		d, err := git.Compare(context.Background(), p.Repo.git, base, p.Head.SHA)
		if err != nil {
			return git.Comparison{}
		}
		p.diff, p.diffOf = d, key
	}
	return p.diff
}

// association is the relation of a writer to the repository, as GitHub shows it beside what they write.
func (r *Repo) association(a *Account) string {
	switch {
	case a == nil:
		return "NONE"
	case a == r.Owner:
		return "OWNER"
	case r.collaborators[a.ID] > roleNone:
		return "COLLABORATOR"
	}
	return "NONE"
}
