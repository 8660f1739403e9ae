package forge

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// IssueSpec is an issue that Skein keeps. It is found by Number, else by Marker among the app's own issues.
type IssueSpec struct {
	Number int
	Marker string // a hidden string in Body
	Title  string
	Body   string
	Labels []string // added when missing, others are left alone
	Open   bool     // what it is about goes on: it is opened again if Skein closed it
}

// UpsertIssue keeps one issue of ours and returns its number. An equal one is left alone, and one that people
// closed stays closed.
func (f *Forge) UpsertIssue(ctx context.Context, r repo.Repo, s IssueSpec) (int, error) {
	if !strings.Contains(s.Body, s.Marker) || s.Marker == "" {
		return 0, fmt.Errorf("issue %q: the body lacks the marker %q", s.Title, s.Marker)
	}
	found, err := f.ownIssue(ctx, r, s)
	if err != nil {
		return 0, err
	}
	if found != nil {
		bot, err := f.bot(ctx)
		if err != nil {
			return 0, err
		}
		again := s.Open && found.GetState() == "closed" && found.GetClosedBy().GetLogin() == bot
		return found.GetNumber(), f.updateIssue(ctx, r, found, s, again)
	}
	var got github.Issue
	in := map[string]any{"title": s.Title, "body": s.Body}
	if len(s.Labels) > 0 {
		in["labels"] = s.Labels
	}
	err = f.send(ctx, r, "issues:write", http.MethodPost, "/issues", in, &got)
	return got.GetNumber(), err
}

// ownIssue finds the issue; nil when there is none.
func (f *Forge) ownIssue(ctx context.Context, r repo.Repo, s IssueSpec) (*github.Issue, error) {
	if s.Number > 0 {
		var got github.Issue
		err := f.get(ctx, r, "issues:read", "/issues/{number}", &got, s.Number)
		return &got, err
	}
	bot, err := f.bot(ctx)
	if err != nil {
		return nil, err
	}
	all, err := every[*github.Issue](ctx, f, r, "issues:read", "/issues", "state=all&creator="+escapeQuery(bot))
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if !one.IsPullRequest() && one.GetUser().GetLogin() == bot && strings.Contains(one.GetBody(), s.Marker) {
			return one, nil
		}
	}
	return nil, nil
}

func (f *Forge) updateIssue(ctx context.Context, r repo.Repo, was *github.Issue, s IssueSpec, again bool) error {
	edit := map[string]any{}
	if was.GetTitle() != s.Title {
		edit["title"] = s.Title
	}
	if was.GetBody() != s.Body {
		edit["body"] = s.Body
	}
	if labels := union(was.Labels, s.Labels); len(labels) > len(was.Labels) {
		edit["labels"] = labels
	}
	if again {
		edit["state"] = "open"
	}
	if len(edit) == 0 {
		return nil
	}
	return f.send(ctx, r, "issues:write", http.MethodPatch, "/issues/{number}", edit, nil, was.GetNumber())
}

func union(have []*github.Label, want []string) (out []string) {
	for _, l := range have {
		out = append(out, l.GetName())
	}
	for _, name := range want {
		if !slices.ContainsFunc(out, func(has string) bool { return strings.EqualFold(has, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// CloseIssue closes an issue, after a comment when there is one to make.
func (f *Forge) CloseIssue(ctx context.Context, r repo.Repo, number int, comment string) error {
	var got github.Issue
	if err := f.get(ctx, r, "issues:read", "/issues/{number}", &got, number); err != nil || got.GetState() != "open" {
		return err
	}
	if comment != "" {
		if _, err := f.UpsertComment(ctx, r, number, closingMarker, closingMarker+"\n"+comment); err != nil {
			return err
		}
	}
	in := map[string]string{"state": "closed", "state_reason": "completed"}
	return f.send(ctx, r, "issues:write", http.MethodPatch, "/issues/{number}", in, nil, number)
}

// StopLabel is the label of the issue that stops every merge and revert.
const StopLabel = "skein:stop"

// StopIssue says why everything stops: an open issue labelled skein:stop by someone with write permission, or
// a switch that cannot be read. "" when nothing does. An error means that the answer could not be had, and
// comes with a reason to stop.
func (f *Forge) StopIssue(ctx context.Context, r repo.Repo) (string, error) {
	issues, err := every[*github.Issue](ctx, f, r, "issues:read", "/issues", "state=open&labels="+escapeQuery(StopLabel))
	if err != nil {
		return "the stop switch of " + r.Name.String() + " cannot be read", err
	}
	for _, issue := range issues {
		by, err := f.labeller(ctx, r, issue.GetNumber())
		if err != nil {
			return fmt.Sprintf("who set %s on #%d cannot be read", StopLabel, issue.GetNumber()), err
		}
		if by == "" {
			continue
		}
		return fmt.Sprintf("%s set %s on %s#%d", by, StopLabel, r.Name, issue.GetNumber()), nil
	}
	return "", nil
}

// labeller finds who last set the stop label, if they have the right to; "" when they have not.
func (f *Forge) labeller(ctx context.Context, r repo.Repo, number int) (string, error) {
	events, err := every[*github.IssueEvent](ctx, f, r, "issues:read", "/issues/{number}/events", "", number)
	if err != nil {
		return "", err
	}
	for _, e := range slices.Backward(events) {
		if e.GetEvent() != "labeled" || !strings.EqualFold(e.GetLabel().GetName(), StopLabel) {
			continue
		}
		who := e.GetActor().GetLogin()
		if who == "" {
			return "a deleted account", nil
		}
		may, err := f.mayWrite(ctx, r, who)
		if err != nil || may {
			return who, err
		}
		return "", nil
	}
	return "someone", nil // labelled, and no event says by whom: unknown means stop
}
