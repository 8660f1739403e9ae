package githubsim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// History returns everything that was written, by whomever, in order.
func (s *Sim) History() []Entry { return s.HistoryFrom(0) }

// HistoryFrom returns the history but for its first n entries, for whoever has seen those.
func (s *Sim) HistoryFrom(n int) []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.history[min(n, len(s.history)):])
	for i := range out {
		out[i].Granted = maps.Clone(out[i].Granted)
	}
	return out
}

// RepoView is a repository as a verifier sees it.
type RepoView struct {
	ID            repo.ID
	Name          repo.Name
	DefaultBranch string
	Private       bool
	Archived      bool
	Topics        []string
}

// Repos lists all repositories, oldest first.
func (s *Sim) Repos() []RepoView {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.sortedRepos()
	out := make([]RepoView, len(all))
	for i, r := range all {
		out[i] = RepoView{r.ID, r.fullName(), r.DefaultBranch, r.Private, r.Archived, slices.Clone(r.Topics)}
	}
	return out
}

// PullView is a pull request as a verifier sees it.
type PullView struct {
	Number      int
	Title       string
	Body        string
	User        string
	State       string // open or closed
	Draft       bool
	Head, Base  string // branches
	HeadOwner   string
	HeadSHA     repo.SHA
	Merged      bool
	MergedBy    string
	MergedAt    time.Time
	MergeCommit repo.SHA
	Labels      []string
	Comments    []CommentView
	CreatedAt   time.Time
	ClosedAt    time.Time
}

// CommentView is a comment as a verifier sees it.
type CommentView struct {
	ID        int64
	User      string
	Body      string
	CreatedAt time.Time
	UpdatedAt time.Time
	Reactions []string // as LOGIN:CONTENT
}

// Pulls lists the pull requests of a repository, oldest first; none for a repository that is not there.
func (s *Sim) Pulls(name repo.Name) []PullView {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repo(name)
	if r == nil {
		return nil
	}
	all := r.sortedPulls()
	out := make([]PullView, len(all))
	for i, p := range all {
		out[i] = viewPull(p)
	}
	return out
}

func viewPull(p *Pull) PullView {
	return PullView{
		Number: p.Number, Title: p.Title, Body: p.Body, User: p.User.Login, State: p.State, Draft: p.Draft,
		Head: p.Head.Ref, HeadOwner: loginOf(p.Head.User), Base: p.Base.Ref, HeadSHA: p.Head.SHA,
		Merged: !p.MergedAt.IsZero(), MergedBy: loginOf(p.MergedBy), MergedAt: p.MergedAt, MergeCommit: p.MergeCommit,
		Labels: labelNames(p.Labels), Comments: viewComments(p.Comments), CreatedAt: p.CreatedAt, ClosedAt: p.ClosedAt,
	}
}

func loginOf(a *Account) string {
	if a == nil {
		return ""
	}
	return a.Login
}

func labelNames(labels []*Label) []string {
	out := make([]string, len(labels))
	for i, l := range labels {
		out[i] = l.Name
	}
	return out
}

func viewComments(comments []*Comment) []CommentView {
	out := make([]CommentView, len(comments))
	for i, c := range comments {
		out[i] = CommentView{c.ID, loginOf(c.User), c.Body, c.CreatedAt, c.UpdatedAt, nil}
		for _, r := range c.Reactions {
			out[i].Reactions = append(out[i].Reactions, loginOf(r.User)+":"+r.Content)
		}
	}
	return out
}

// Branches returns where the branches of a repository are.
func (s *Sim) Branches(name repo.Name) map[string]repo.SHA {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]repo.SHA{}
	r := s.repo(name)
	if r == nil {
		return out
	}
	refs, err := r.git.Refs(context.Background(), heads)
	if err != nil {
		return out
	}
	for _, ref := range refs {
		out[strings.TrimPrefix(ref.Name, heads)] = ref.ID
	}
	return out
}

// Objects returns the git side of a repository, to be read.
func (s *Sim) Objects(name repo.Name) (git.Repo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repo(name)
	if r == nil {
		return nil, fmt.Errorf("objects of %s: no such repository", name)
	}
	return r.git, nil
}

// File returns a file as it is at a branch, tag or commit.
func (s *Sim) File(name repo.Name, revision, path string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repo(name)
	if r == nil {
		return "", fmt.Errorf("file %s of %s: no such repository", path, name)
	}
	id, err := r.revision(context.Background(), revision)
	if err != nil {
		return "", fmt.Errorf("file %s of %s at %q: %w", path, name, revision, err)
	}
	data, err := git.ReadFile(context.Background(), r.git, id, path)
	return string(data), err
}

// CommitView is a commit as a verifier sees it.
type CommitView struct {
	SHA       repo.SHA
	Parents   []repo.SHA
	Author    string // the e-mail address
	Committer string
	Message   string
	When      time.Time
}

// Log lists the commits of a branch, newest first.
func (s *Sim) Log(name repo.Name, revision string) ([]CommitView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repo(name)
	if r == nil {
		return nil, fmt.Errorf("log of %s: no such repository", name)
	}
	id, err := r.revision(context.Background(), revision)
	if err != nil {
		return nil, fmt.Errorf("log of %s at %q: %w", name, revision, err)
	}
	ids, err := r.git.Log(context.Background(), git.Range{From: id})
	if err != nil {
		return nil, err
	}
	out := make([]CommitView, len(ids))
	for i, id := range ids {
		c, err := r.git.Commit(context.Background(), id)
		if err != nil {
			return nil, err
		}
		out[i] = CommitView{id, slices.Clone(c.Parents), c.Author.Email, c.Committer.Email, c.Message, c.Committer.When}
	}
	return out, nil
}
