package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// maxPullCommits and maxPullFiles are where GitHub cuts these listings.
const (
	maxPullCommits = 250
	maxPullFiles   = 3000
)

// Pull observes a pull request. What its base branch requires says where there is something to look for.
func (f *Forge) Pull(ctx context.Context, r repo.Repo, number int, required green.Required) (green.Pull, error) {
	got, err := f.pull(ctx, r, number)
	if err != nil {
		return green.Pull{}, err
	}
	p := outline(got)
	switch {
	case p.Merged:
		return p, errors.Join(f.merger(ctx, r, got, &p), f.authorship(ctx, r, &p))
	case !p.Open:
		p.ClosedBy, err = f.closedBy(ctx, r, number)
		return p, err
	}
	if required.Queue {
		err = f.queue(ctx, r, &p)
	}
	return p, errors.Join(
		err,
		f.place(ctx, r, &p),
		f.reviews(ctx, r, &p),
		f.deployed(ctx, r, &p, required.Deployments),
		f.authorship(ctx, r, &p),
		f.touches(ctx, r, &p),
	)
}

func (f *Forge) pull(ctx context.Context, r repo.Repo, number int) (*github.PullRequest, error) {
	var got github.PullRequest
	err := f.get(ctx, r, "pull_requests:read", "/pulls/{number}", &got, number)
	return &got, err
}

// Proposal is what anybody's pull request would bring to its base branch.
type Proposal struct {
	Number       int
	Open, Merged bool
	Base         string   // branch
	Head         repo.SHA //
	From         repo.SHA // where it parted from the base branch; empty when it is no longer open
	Messages     []string // of its commits, oldest first
	Author       string   // login of who opened it
	Title        string
	Fork         bool // its head is in another repository, where others write
}

// Proposal looks at a pull request as a change to come, whoever opened it.
func (f *Forge) Proposal(ctx context.Context, r repo.Repo, number int) (Proposal, error) {
	got, err := f.pull(ctx, r, number)
	if err != nil {
		return Proposal{}, err
	}
	o := outline(got)
	p := Proposal{Number: o.Number, Open: o.Open, Merged: o.Merged, Base: o.Base, Head: o.Head, Author: got.GetUser().GetLogin(), Title: got.GetTitle()}
	p.Fork = got.GetHead().GetRepo().GetID() != got.GetBase().GetRepo().GetID()
	if !p.Open {
		return p, nil
	}
	c, err := f.Compare(ctx, r, p.Base, string(p.Head))
	p.From = c.MergeBase
	for _, one := range c.Commits {
		p.Messages = append(p.Messages, one.Message)
	}
	return p, err
}

// Proposals lists open pull requests against a branch, the newest first, without From.
func (f *Forge) Proposals(ctx context.Context, r repo.Repo, base string) (out []Proposal, err error) {
	got, err := every[*github.PullRequest](ctx, f, r, "pull_requests:read", "/pulls", "state=open&sort=created&direction=desc&base="+escapeQuery(base))
	for _, g := range got {
		o := outline(g)
		out = append(out, Proposal{Number: o.Number, Open: o.Open, Base: o.Base, Head: o.Head})
	}
	return out, err
}

// outline is what the pull request itself says.
func outline(g *github.PullRequest) green.Pull {
	p := green.Pull{
		Number: g.GetNumber(), Open: g.GetState() == "open", Merged: g.GetMerged(), Draft: g.GetDraft(),
		Head: repo.SHA(g.GetHead().GetSHA()), Base: g.GetBase().GetRef(), BaseSHA: repo.SHA(g.GetBase().GetSHA()),
		Mergeable: g.Mergeable,
	}
	if p.Merged {
		p.MergeSHA, p.MergedAt = repo.SHA(g.GetMergeCommitSHA()), g.GetMergedAt().Time
	} else if p.Open && g.GetMergeable() {
		p.Test = repo.SHA(g.GetMergeCommitSHA())
	}
	return p
}

func (f *Forge) closedBy(ctx context.Context, r repo.Repo, number int) (string, error) {
	var got github.Issue
	err := f.get(ctx, r, "issues:read", "/issues/{number}", &got, number)
	return got.GetClosedBy().GetLogin(), err
}

// place fills whether the base branch has moved on.
func (f *Forge) place(ctx context.Context, r repo.Repo, p *green.Pull) error {
	c, err := f.Compare(ctx, r, p.Base, string(p.Head))
	p.Behind = c.BehindBy > 0
	return err
}

// authorship fills who else committed to the branch.
func (f *Forge) authorship(ctx context.Context, r repo.Repo, p *green.Pull) error {
	self, err := f.signer(ctx)
	if err != nil {
		return err
	}
	got, err := every[*github.RepositoryCommit](ctx, f, r, "pull_requests:read", "/pulls/{number}/commits", "", p.Number)
	if err != nil {
		return err
	}
	commits := make([]Commit, len(got))
	for i, c := range got {
		commits[i] = commit(c)
	}
	p.Foreign = self.foreign(commits)
	if len(got) >= maxPullCommits {
		p.Foreign = append(p.Foreign, "unknown (too many commits to list)")
	}
	return nil
}

// touches fills whether Skein's own config is changed. A listing that GitHub may have cut counts as yes.
func (f *Forge) touches(ctx context.Context, r repo.Repo, p *green.Pull) error {
	files, err := every[*github.CommitFile](ctx, f, r, "pull_requests:read", "/pulls/{number}/files", "", p.Number)
	p.TouchesOwn = len(files) >= maxPullFiles
	for _, file := range files {
		if isOwn(r, file.GetFilename()) || isOwn(r, file.GetPreviousFilename()) {
			p.TouchesOwn = true
		}
	}
	return err
}

// isOwn reports whether the path is config of Skein's: of the repository, or of the whole org.
func isOwn(r repo.Repo, path string) bool {
	return strings.EqualFold(path, ".github/skein.yml") || r.Name.Name == ".github" && strings.EqualFold(path, "skein.yml")
}

const reviewsQuery = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    databaseId
    mergeCommitAllowed
    squashMergeAllowed
    rebaseMergeAllowed
    pullRequest(number: $number) {
      reviewDecision
      headRefOid
      latestOpinionatedReviews(first: 100, writersOnly: true) { nodes { state author { login } commit { oid } } }
      reviewRequests(first: 100) { nodes { asCodeOwner requestedReviewer { ... on User { login } ... on Team { combinedSlug } } } }
      reviewThreads(first: 100) { totalCount nodes { isResolved } }
    }
  }
}`

type reviewsAnswer struct {
	Repository struct {
		DatabaseID         repo.ID `json:"databaseId"`
		MergeCommitAllowed bool
		SquashMergeAllowed bool
		RebaseMergeAllowed bool
		PullRequest        struct {
			ReviewDecision           string
			HeadRefOid               repo.SHA
			LatestOpinionatedReviews struct {
				Nodes []struct {
					State  string
					Author struct{ Login string }
					Commit struct{ Oid repo.SHA }
				}
			}
			ReviewRequests struct {
				Nodes []struct {
					AsCodeOwner       bool
					RequestedReviewer struct{ Login, CombinedSlug string }
				}
			}
			ReviewThreads struct {
				TotalCount int
				Nodes      []struct{ IsResolved bool }
			}
		}
	}
}

// reviews fills what people said of a pull request, and what they were asked and have not said.
func (f *Forge) reviews(ctx context.Context, r repo.Repo, p *green.Pull) error {
	var got reviewsAnswer
	vars := map[string]any{"owner": r.Name.Owner, "name": r.Name.Name, "number": p.Number}
	faults, err := f.query(ctx, r.Installation, []repo.ID{r.ID}, "pull_requests:read", reviewsQuery, vars, &got)
	if err == nil && len(faults) > 0 {
		err = noData(&call{needs: "pull_requests:read"}, faults)
	}
	if err == nil && got.Repository.DatabaseID != r.ID {
		err = ErrGone
	}
	if err != nil {
		return fmt.Errorf("reviews of #%d: %w", p.Number, err)
	}
	p.Review, p.Methods = got.review(), got.methods()
	return nil
}

// methods lists the merge methods that the repository's settings allow.
func (a reviewsAnswer) methods() []string {
	out := []string{}
	for i, on := range []bool{a.Repository.MergeCommitAllowed, a.Repository.SquashMergeAllowed, a.Repository.RebaseMergeAllowed} {
		if on {
			out = append(out, []string{"merge", "squash", "rebase"}[i])
		}
	}
	return out
}

func (a reviewsAnswer) review() green.Review {
	pull := a.Repository.PullRequest
	out := green.Review{Missing: pull.ReviewDecision == "REVIEW_REQUIRED"}
	for _, n := range pull.LatestOpinionatedReviews.Nodes {
		switch n.State {
		case "APPROVED":
			out.Approvals++
			if n.Commit.Oid != pull.HeadRefOid {
				out.Stale++
			}
		case "CHANGES_REQUESTED":
			out.Against = append(out.Against, n.Author.Login)
		}
	}
	if pull.ReviewDecision == "CHANGES_REQUESTED" && len(out.Against) == 0 {
		out.Against = []string{"a reviewer"}
	}
	for _, n := range pull.ReviewRequests.Nodes {
		if n.AsCodeOwner {
			out.Owners = append(out.Owners, cmp.Or(n.RequestedReviewer.Login, n.RequestedReviewer.CombinedSlug, "somebody"))
		}
	}
	out.Threads = pull.ReviewThreads.TotalCount - len(pull.ReviewThreads.Nodes) // unseen ones count as open
	for _, t := range pull.ReviewThreads.Nodes {
		if !t.IsResolved {
			out.Threads++
		}
	}
	return out
}

// FindPull finds the newest pull request from a branch of this repository, open ones first; 0 when there is none.
func (f *Forge) FindPull(ctx context.Context, r repo.Repo, branch string) (int, error) {
	all, err := f.pullsOf(ctx, r, branch)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return all[0].GetNumber(), nil
}

// pullsOf lists the pull requests from a branch of this repository, open ones first, then newest first.
func (f *Forge) pullsOf(ctx context.Context, r repo.Repo, branch string) ([]*github.PullRequest, error) {
	all, err := every[*github.PullRequest](ctx, f, r, "pull_requests:read", "/pulls",
		"state=all&sort=created&direction=desc&head="+escapeQuery(r.Name.Owner+":"+branch))
	if err != nil {
		return nil, err
	}
	var open, closed []*github.PullRequest
	for _, p := range all {
		switch {
		case p.GetHead().GetRef() != branch || repo.ID(p.GetHead().GetRepo().GetID()) != r.ID:
		case p.GetState() == "open":
			open = append(open, p)
		default:
			closed = append(closed, p)
		}
	}
	return append(open, closed...), nil
}

// UpdatePull writes title and body of a pull request; an empty one is left as it is.
func (f *Forge) UpdatePull(ctx context.Context, r repo.Repo, number int, title, body string) error {
	got, err := f.pull(ctx, r, number)
	if err != nil {
		return err
	}
	edit := map[string]string{}
	if title != "" && title != got.GetTitle() {
		edit["title"] = title
	}
	if body != "" && body != got.GetBody() {
		edit["body"] = body
	}
	if len(edit) == 0 {
		return nil
	}
	return f.send(ctx, r, "pull_requests:write", http.MethodPatch, "/pulls/{number}", edit, nil, number)
}

// ClosePull closes a pull request, after a comment when there is one to make. A merged one stays as it is.
func (f *Forge) ClosePull(ctx context.Context, r repo.Repo, number int, comment string) error {
	got, err := f.pull(ctx, r, number)
	if err != nil || got.GetState() != "open" {
		return err
	}
	if comment != "" {
		if _, err := f.UpsertComment(ctx, r, number, closingMarker, closingMarker+"\n"+comment); err != nil {
			return err
		}
	}
	return f.send(ctx, r, "pull_requests:write", http.MethodPatch, "/pulls/{number}", map[string]string{"state": "closed"}, nil, number)
}

// closingMarker keeps the last comment from being made twice.
const closingMarker = "<!-- skein:closing -->"
