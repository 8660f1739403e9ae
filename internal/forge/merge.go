package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// Merge merges a pull request at this head and returns the merge commit; one merged already is a success.
//
// GitHub may have merged although it answered 5xx or not at all, and may show the pull request as open for a
// while after that. So it is looked for before and after: in the pull request, and on the base branch by the
// Skein-Changeset trailer, which message should end with.
func (f *Forge) Merge(ctx context.Context, r repo.Repo, number int, head repo.SHA, method, title, message string) (repo.SHA, error) {
	sha, err := f.merged(ctx, r, number, head, message)
	if err != nil || sha != "" {
		return sha, err
	}
	var got github.PullRequestMergeResult
	err = f.send(ctx, r, "contents:write", http.MethodPut, "/pulls/{number}/merge", mergeBody(head, method, title, message), &got, number)
	switch {
	case err == nil && got.GetMerged():
		return repo.SHA(got.GetSHA()), nil
	case err == nil:
		return "", &NotMergeable{Reason: got.GetMessage()}
	case errors.Is(err, ErrUnknownOutcome):
		return f.settle(ctx, r, number, head, message, err)
	}
	return "", f.mergeRefusal(err)
}

func mergeBody(head repo.SHA, method, title, message string) map[string]string {
	in := map[string]string{"sha": string(head), "merge_method": method}
	if method != "rebase" { // which keeps the commits' own messages
		in["commit_title"], in["commit_message"] = title, message
	}
	return in
}

// settle looks up what became of a merge that got no usable answer.
func (f *Forge) settle(ctx context.Context, r repo.Repo, number int, head repo.SHA, message string, unknown error) (repo.SHA, error) {
	if ctx.Err() != nil {
		return "", unknown
	}
	if sha, err := f.merged(ctx, r, number, head, message); err == nil && sha != "" {
		return sha, nil
	}
	return "", unknown
}

// merged returns the merge commit when the pull request is merged, and an error when it cannot be merged.
func (f *Forge) merged(ctx context.Context, r repo.Repo, number int, head repo.SHA, message string) (repo.SHA, error) {
	got, err := f.pull(ctx, r, number)
	switch {
	case err != nil:
		return "", err
	case got.GetMerged():
		return repo.SHA(got.GetMergeCommitSHA()), nil
	case got.GetState() != "open":
		return "", &NotMergeable{Reason: "the pull request is closed"}
	case repo.SHA(got.GetHead().GetSHA()) != head:
		return "", fmt.Errorf("#%d: %w", number, ErrStale)
	case got.GetDraft():
		return "", &NotMergeable{Reason: "the pull request is a draft"}
	}
	return f.landed(ctx, r, got, message)
}

// landed finds our change on the base branch by its trailer, among what came after the pull request's base. A
// revert carries the trailer of what it takes back, so the two are told apart by git's own phrase.
func (f *Forge) landed(ctx context.Context, r repo.Repo, p *github.PullRequest, message string) (repo.SHA, error) {
	id := Commit{Message: "x\n\n" + message}.Trailer(ChangesetTrailer)
	if id == "" {
		return "", nil
	}
	way, err := f.history(ctx, r, repo.SHA(p.GetBase().GetSHA()), p.GetBase().GetRef())
	if err != nil {
		return "", err
	}
	for _, c := range way {
		if c.Trailer(ChangesetTrailer) == id && isRevert(c.Message) == isRevert(message) {
			return c.SHA, nil
		}
	}
	return "", nil
}

func isRevert(message string) bool { return strings.Contains(message, revertPhrase) }

// merger fills who merged, empty for Skein itself, and what the merge came upon.
func (f *Forge) merger(ctx context.Context, r repo.Repo, got *github.PullRequest, p *green.Pull) error {
	bot, err := f.bot(ctx)
	if err != nil {
		return err
	}
	if who := got.GetMergedBy().GetLogin(); who != bot {
		p.MergedBy = who
	}
	p.ClosedBy = p.MergedBy
	p.Parent, err = f.before(ctx, r, got)
	return err
}

// before finds the base branch's commit just before the merge: the first parent of a merge or a squash. Several
// commits that were rebased are told from a squash by the last one's message, and walked back.
func (f *Forge) before(ctx context.Context, r repo.Repo, got *github.PullRequest) (repo.SHA, error) {
	last, err := f.Commit(ctx, r, repo.SHA(got.GetMergeCommitSHA()))
	if err != nil || len(last.Parents) == 0 {
		return "", err
	}
	if len(last.Parents) > 1 || got.GetCommits() <= 1 {
		return last.Parents[0], nil
	}
	head, err := f.Commit(ctx, r, repo.SHA(got.GetHead().GetSHA()))
	if err != nil {
		return "", err
	}
	if head.Message != last.Message {
		return last.Parents[0], nil
	}
	return f.ancestor(ctx, r, last.SHA, got.GetCommits())
}

// ancestor walks n commits back along first parents; empty when that is further than one page.
func (f *Forge) ancestor(ctx context.Context, r repo.Repo, from repo.SHA, n int) (repo.SHA, error) {
	var page []*github.RepositoryCommit
	c := on(r, "contents:read", http.MethodGet, repoRoute+"/commits")
	c.query = "per_page=100&sha=" + string(from)
	if _, err := f.do(ctx, c, nil, &page, withRepo(r, nil)...); err != nil {
		return "", err
	}
	seen := map[repo.SHA]Commit{}
	for _, one := range page {
		seen[repo.SHA(one.GetSHA())] = commit(one)
	}
	at := from
	for range n {
		c, ok := seen[at]
		if !ok || len(c.Parents) == 0 {
			return "", nil
		}
		at = c.Parents[0]
	}
	return at, nil
}

// mergeRefusal tells "later" from "no longer so" from "not as it stands".
func (f *Forge) mergeRefusal(err error) error {
	invalid := (*Invalid)(nil)
	if !errors.As(err, &invalid) {
		return err
	}
	switch invalid.Code {
	case http.StatusMethodNotAllowed:
		return &NotMergeable{Reason: invalid.Message, Retry: strings.Contains(invalid.Message, "Base branch was modified")}
	case http.StatusConflict:
		return fmt.Errorf("%s: %w", invalid.Message, ErrStale)
	}
	return err
}

// UpdateBranch merges the base branch into the pull request's branch. The new head appears later.
func (f *Forge) UpdateBranch(ctx context.Context, r repo.Repo, number int, head repo.SHA) error {
	in := map[string]string{"expected_head_sha": string(head)}
	err := f.send(ctx, r, "pull_requests:write", http.MethodPut, "/pulls/{number}/update-branch", in, nil, number)
	if codeOf(err) != http.StatusUnprocessableEntity {
		return err
	}
	got, look := f.pull(ctx, r, number)
	switch {
	case look != nil:
		return look
	case repo.SHA(got.GetHead().GetSHA()) != head:
		return fmt.Errorf("#%d: %w", number, ErrStale)
	case strings.Contains(err.Error(), "no new commits"):
		return nil
	}
	return &NotMergeable{Reason: err.Error()}
}
