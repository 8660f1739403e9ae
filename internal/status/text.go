package status

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
)

// CheckText is what Skein's own check run says.
type CheckText struct {
	Status     string // in_progress, completed
	Conclusion string // when completed: success, neutral, failure, action_required
	Title      string
	Summary    string
}

// CommentMarker finds the one status comment of a changeset again.
func CommentMarker(id rollout.ChangesetID) string {
	return fmt.Sprintf("<!-- skein:status v=1 id=%s -->", id)
}

// IssueMarker finds the tracking issue of a migration again.
func IssueMarker(id rollout.MigrationID) string { return fmt.Sprintf("<!-- skein:migration v=1 id=%s -->", id) }

// PullTitle is the title of a changeset's pull request.
func PullTitle(p Page, c Changeset) string { return "Follow " + p.Subject() }

// Subject says in a few words what changed.
func (p Page) Subject() string {
	var parts []string
	for _, c := range p.Migration.Changes {
		parts = append(parts, strings.TrimSpace(c.Dataset+" "+c.Path+" → "+c.To))
	}
	return strings.Join(parts, ", ")
}

// CommitMessage is the message of a changeset's commit, with the trailers by which it is known.
func CommitMessage(p Page, c Changeset) string {
	return fmt.Sprintf("%s\n\nSkein-Migration: %s\nSkein-Changeset: %s\n", PullTitle(p, c), p.Migration.ID, c.ID)
}

// PullBody is the description of a changeset's pull request.
func PullBody(p Page, c Changeset) string { return p.Subject() }

// RevertTitle is the title of a revert's pull request.
func RevertTitle(p Page, c Changeset) string { return "Revert: " + PullTitle(p, c) }

// RevertMessage is the message of a revert's commit.
func RevertMessage(p Page, c Changeset) string {
	return fmt.Sprintf("%s\n\nThis reverts commit %s.\n\nSkein-Migration: %s\nSkein-Changeset: %s\n", RevertTitle(p, c), c.Merge, p.Migration.ID, c.ID)
}

// RevertBody is the description of a revert's pull request.
func RevertBody(p Page, c Changeset) string { return RevertTitle(p, c) }

// Comment is the one status comment on a changeset's pull request.
func Comment(p Page, c Changeset) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n**%s**\n", CommentMarker(c.ID), c.Phase)
	for _, w := range c.Waits {
		fmt.Fprintf(&b, "- %s\n", w.Text)
	}
	return b.String()
}

// Check is Skein's own check run on a changeset's head.
func Check(p Page, c Changeset) CheckText {
	return CheckText{Status: "completed", Conclusion: "neutral", Title: string(c.Phase), Summary: Comment(p, c)}
}

// Issue is the tracking issue of a migration.
func Issue(p Page) (title, body string) {
	var b strings.Builder
	fmt.Fprintln(&b, IssueMarker(p.Migration.ID))
	for _, c := range p.Changesets {
		fmt.Fprintf(&b, "- %s: %s\n", c.Repo.Name, c.Phase)
	}
	return "Skein: " + p.Subject(), b.String()
}
