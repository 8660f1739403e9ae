package forge

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// maxComment is GitHub's limit on the characters of a body.
const maxComment = 65536

// UpsertComment keeps one comment of ours on an issue or pull request, found by its marker; it returns its id.
// An equal one is left alone.
func (f *Forge) UpsertComment(ctx context.Context, r repo.Repo, number int, marker, body string) (int64, error) {
	if marker == "" || !strings.Contains(body, marker) {
		return 0, fmt.Errorf("comment on #%d: the body lacks the marker %q", number, marker)
	}
	if len(body) > maxComment {
		return 0, fmt.Errorf("comment on #%d has %d bytes: %w", number, len(body), ErrTooLarge)
	}
	was, err := f.ownComment(ctx, r, number, marker)
	if err != nil {
		return 0, err
	}
	in := map[string]string{"body": body}
	if was == nil {
		var got github.IssueComment
		err = f.send(ctx, r, "issues:write", http.MethodPost, "/issues/{number}/comments", in, &got, number)
		return got.GetID(), err
	}
	if was.GetBody() == body {
		return was.GetID(), nil
	}
	return was.GetID(), f.send(ctx, r, "issues:write", http.MethodPatch, "/issues/comments/{comment}", in, nil, was.GetID())
}

// ownComment finds our comment with the marker. Only the bot's own count: anyone may copy a marker.
func (f *Forge) ownComment(ctx context.Context, r repo.Repo, number int, marker string) (*github.IssueComment, error) {
	bot, err := f.bot(ctx)
	if err != nil {
		return nil, err
	}
	all, err := every[*github.IssueComment](ctx, f, r, "issues:read", "/issues/{number}/comments", "", number)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.GetUser().GetLogin() == bot && strings.Contains(c.GetBody(), marker) {
			return c, nil
		}
	}
	return nil, nil
}

// React puts a reaction on a comment: +1, -1, laugh, confused, heart, hooray, rocket, eyes. GitHub keeps one of
// a kind per account, so doing it twice is doing it once.
func (f *Forge) React(ctx context.Context, r repo.Repo, comment int64, content string) error {
	in := map[string]string{"content": content}
	return f.send(ctx, r, "issues:write", http.MethodPost, "/issues/comments/{comment}/reactions", in, nil, comment)
}
