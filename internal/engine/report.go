package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/status"
)

type informer interface {
	UpsertComment(ctx context.Context, r repo.Repo, number int, marker, body string) (int64, error)
	UpsertIssue(ctx context.Context, r repo.Repo, s forge.IssueSpec) (int, error)
	CloseIssue(ctx context.Context, r repo.Repo, number int, comment string) error
	UpsertCheckRun(ctx context.Context, r repo.Repo, s forge.CheckSpec) (int64, error)
	React(ctx context.Context, r repo.Repo, comment int64, content string) error
	Permission(ctx context.Context, r repo.Repo, login string) (string, error)
	InTeam(ctx context.Context, r repo.Repo, team, login string) (bool, error)
}

// calm is the shortest time between two edits of one text.
const calm = 30 * time.Second

// Page is the read model of a migration. It is what the portal and `skein why` show.
func (e *Engine) Page(ctx context.Context, id rollout.MigrationID) (status.Page, error) {
	return view(ctx, e.Store, func(tx Tx) (status.Page, error) { return e.pageIn(ctx, tx, id, "") })
}

// Migrations lists all migrations, newest first, for the portal.
func (e *Engine) Migrations(ctx context.Context) ([]rollout.Migration, error) {
	return view(ctx, e.Store, func(tx Tx) ([]rollout.Migration, error) { return tx.Migrations(ctx, false) })
}

func (e *Engine) page(ctx context.Context, j job) (status.Page, error) {
	return view(ctx, e.Store, func(tx Tx) (status.Page, error) { return e.pageIn(ctx, tx, j.migration.ID, j.cs.ID) })
}

// pageIn reads a page; with a changeset, only that one's windows and journal are on it.
func (e *Engine) pageIn(ctx context.Context, tx Tx, id rollout.MigrationID, only rollout.ChangesetID) (status.Page, error) {
	in := status.Input{Now: e.Clock.Now(), Links: e.Links, Policies: map[rollout.ChangesetID]rollout.Policy{}}
	var err error
	if in.Migration, _, err = tx.Migration(ctx, id); err != nil {
		return status.Page{}, err
	}
	if in.Changesets, err = changesetsOn(ctx, tx, id, only); err != nil {
		return status.Page{}, err
	}
	if in.Journal, err = tx.JournalOf(ctx, id, only); err != nil {
		return status.Page{}, err
	}
	if in.Contract, err = contractToday(ctx, tx, id); err != nil {
		return status.Page{}, err
	}
	in.Changes = map[rollout.ChangesetID][]schema.Change{}
	for _, cs := range in.Changesets {
		if cs.Changes != nil {
			in.Changes[cs.ID] = cs.Changes
		}
		if only != "" && cs.ID != only {
			continue
		}
		if in.Policies[cs.ID], err = e.policyOf(ctx, tx, in.Migration, cs.Repo); err != nil {
			return status.Page{}, err
		}
	}
	policy, err := e.policyOf(ctx, tx, in.Migration, in.Migration.Repo)
	in.Gates = rollout.Gates(in.Migration, in.Changesets, policy, in.Now)
	return status.New(in), err
}

// changesetsOn are the changesets of a page; with only, the others come without their results.
func changesetsOn(ctx context.Context, tx Tx, id rollout.MigrationID, only rollout.ChangesetID) ([]rollout.Changeset, error) {
	if only == "" {
		return tx.Changesets(ctx, id)
	}
	css, err := tx.Siblings(ctx, id)
	if err != nil {
		return nil, err
	}
	whole, _, err := tx.Changeset(ctx, only)
	for i := range css {
		if css[i].ID == only {
			css[i] = whole
		}
	}
	return css, err
}

// report wants a changeset's comment and check run brought up to date, where they would say something new.
func (e *Engine) report(ctx context.Context, id rollout.ChangesetID) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		cs, _, err := tx.Changeset(ctx, id)
		if err != nil || cs.Pull == 0 {
			return err
		}
		p, err := e.pageIn(ctx, tx, cs.Migration, id)
		if err != nil {
			return err
		}
		if why, err := e.hidden(ctx, tx, p.Migration.Repo, cs.Repo); err != nil || why != "" {
			return err
		}
		c := p.Of(id)
		err = e.wantText(ctx, tx, intentFor(cs, statusComment, ""), status.Comment(p, c))
		for _, head := range heads(cs) {
			err = errors.Join(err, e.wantText(ctx, tx, intentFor(cs, checkRun, head), fmt.Sprint(status.Check(p, c))))
		}
		return err
	})
}

// heads are the commits that a changeset's check belongs on: the newest of its pull request, whoever pushed it, and
// its revert's.
func heads(cs rollout.Changeset) []repo.SHA {
	out := []repo.SHA{cmp.Or(cs.Seen, cs.Head)}
	if cs.Phase == rollout.Reverting && cs.RevertHead != "" {
		out = append(out, cs.RevertHead)
	}
	return out
}

func intentFor(cs rollout.Changeset, kind rollout.ActionKind, head repo.SHA) rollout.Intent {
	return rollout.Intent{
		Action:    rollout.Action{Key: fmt.Sprintf("%s/%s/%s", cs.ID, kind, head), Kind: kind, Head: head},
		Migration: cs.Migration, Changeset: cs.ID, Repo: cs.Repo, Installation: cs.Repo.Installation, Level: true,
	}
}

// wantText wants a text written if it differs from what was written last, and not sooner than calm after that.
func (e *Engine) wantText(ctx context.Context, tx Tx, in rollout.Intent, text string) error {
	last, at, err := lastText(ctx, tx, in.Key)
	if err != nil || last == digest(text) {
		return err
	}
	if !at.IsZero() {
		in.NotBefore = at.Add(calm)
	}
	return e.want(ctx, tx, in)
}

// lastText is the digest of what was written last for a key, and when.
func lastText(ctx context.Context, tx Tx, key string) (sum string, at time.Time, err error) {
	mark, err := tx.Mark(ctx, "text "+key)
	if err != nil || mark == "" {
		return "", at, err
	}
	sum, ms, _ := strings.Cut(mark, " ")
	n, err := strconv.ParseInt(ms, 10, 64)
	return sum, time.UnixMilli(n).UTC(), err
}

func (e *Engine) wrote(ctx context.Context, key, text string) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		return tx.SetMark(ctx, "text "+key, digest(text)+" "+strconv.FormatInt(e.Clock.Now().UnixMilli(), 10))
	})
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// inform writes what people read, from the newest state.
func (e *Engine) inform(ctx context.Context, in rollout.Intent) error {
	switch in.Kind { //nolint:exhaustive // perform sends only those here that inform
	case trackingIssue:
		return e.writeIssue(ctx, in)
	case checkConfig:
		return e.writeConfigCheck(ctx, in)
	case checkSchema:
		return e.writeSchemaCheck(ctx, in)
	case checkImpact:
		return e.writeImpact(ctx, in)
	case checkGroup:
		return e.writeGroupCheck(ctx, in)
	case react:
		comment, content, _ := strings.Cut(in.Text, " ")
		id, err := strconv.ParseInt(comment, 10, 64)
		if err != nil {
			return err
		}
		return e.GitHub.React(ctx, in.Repo, id, content)
	}
	j, err := e.load(ctx, in.Changeset)
	if err != nil {
		return err
	}
	if why, err := e.hiddenNow(ctx, j); err != nil || why != "" {
		return err
	}
	p, err := e.page(ctx, j)
	if err != nil {
		return err
	}
	if in.Kind == checkRun {
		return e.writeCheck(ctx, in, p, p.Of(in.Changeset))
	}
	text := status.Comment(p, p.Of(in.Changeset))
	if _, err := e.GitHub.UpsertComment(ctx, in.Repo, j.cs.Pull, status.CommentMarker(j.cs.ID), text); err != nil {
		return err
	}
	return e.wrote(ctx, in.Key, text)
}

// ownCheck is what Skein calls its check on a changeset, which a branch may require.
const ownCheck = "skein"

// vouch has GitHub find Skein's own check passed, where the branch requires it, on the head that is about to be merged.
func (e *Engine) vouch(ctx context.Context, j job, obs rollout.Observation, p status.Page, head repo.SHA) error {
	if !obs.Required.Own {
		return nil
	}
	return e.writeCheck(ctx, intentFor(j.cs, checkRun, head), p, p.Of(j.cs.ID))
}

func (e *Engine) writeCheck(ctx context.Context, in rollout.Intent, p status.Page, c status.Changeset) error {
	check := status.Check(p, c)
	_, err := e.GitHub.UpsertCheckRun(ctx, in.Repo, forge.CheckSpec{
		SHA: in.Head, Name: ownCheck, ExternalID: string(c.ID), Status: check.Status, Conclusion: check.Conclusion,
		Title: check.Title, Summary: check.Summary,
	})
	if err != nil {
		return err
	}
	return e.wrote(ctx, in.Key, fmt.Sprint(check))
}

// wantIssue wants the tracking issue looked at, once there is something to track: at most once in a calm, because
// rendering it reads every changeset.
func (e *Engine) wantIssue(ctx context.Context, tx Tx, m rollout.Migration, css []rollout.Changeset) error {
	leaves, _, err := contractOf(ctx, tx, m.ID)
	if err != nil || m.Pull != 0 || len(leaves.Waits) == 0 && leaves.Pull == 0 && !slices.ContainsFunc(css, func(c rollout.Changeset) bool {
		return c.Phase != rollout.Planned && c.Phase != rollout.Untouched
	}) {
		return err
	}
	in := rollout.Intent{
		Action:    rollout.Action{Key: string(m.ID) + "/" + string(trackingIssue), Kind: trackingIssue},
		Migration: m.ID, Repo: m.Repo, Installation: m.Repo.Installation, Level: true,
	}
	_, at, err := lastText(ctx, tx, in.Key)
	if !at.IsZero() {
		in.NotBefore = at.Add(calm)
	}
	return errors.Join(err, e.want(ctx, tx, in))
}

// writeIssue brings the tracking issue up to date. One that says what it said before is left alone.
func (e *Engine) writeIssue(ctx context.Context, in rollout.Intent) error {
	p, err := e.Page(ctx, in.Migration)
	if err != nil {
		return err
	}
	title, body := status.Issue(p)
	last, err := view(ctx, e.Store, func(tx Tx) (string, error) {
		sum, _, err := lastText(ctx, tx, in.Key)
		return sum, err
	})
	if err != nil || last == digest(body) {
		return errors.Join(err, e.wrote(ctx, in.Key, body))
	}
	number, err := e.GitHub.UpsertIssue(ctx, in.Repo, forge.IssueSpec{
		Number: p.Migration.Issue, Marker: status.IssueMarker(in.Migration), Title: title, Body: body, Labels: []string{"skein"},
		Open: p.Migration.Ended.IsZero(),
	})
	if err != nil {
		return err
	}
	if err := e.issueOpened(ctx, in.Migration, number); err != nil {
		return err
	}
	if !p.Migration.Ended.IsZero() {
		if err := e.GitHub.CloseIssue(ctx, in.Repo, number, ""); err != nil {
			return err
		}
	}
	return e.wrote(ctx, in.Key, body)
}

func (e *Engine) issueOpened(ctx context.Context, id rollout.MigrationID, number int) error {
	return e.retryStale(ctx, func(tx Tx) error {
		m, version, err := tx.Migration(ctx, id)
		if err != nil || m.Issue == number {
			return err
		}
		m.Issue = number
		return errors.Join(tx.SaveMigration(ctx, m, version), e.log(ctx, tx, id, "", rollout.Event{
			Rule: "tracking_issue", Text: fmt.Sprintf("tracked in %s#%d", m.Repo.Name, number),
		}))
	})
}

// writeConfigCheck says on the commit where .github/skein.yml does not parse.
func (e *Engine) writeConfigCheck(ctx context.Context, in rollout.Intent) error {
	m, err := view(ctx, e.Store, func(tx Tx) (consumer.Member, error) { return tx.Member(ctx, in.Repo.ID) })
	if err != nil || m.Head != in.Head {
		return err
	}
	faults := findings(m.Repo, []byte(m.Config.Text))
	spec := forge.CheckSpec{
		SHA: in.Head, Name: "skein / config", ExternalID: "config", Status: "completed", Conclusion: "success",
		Title: "The configuration is valid", Summary: "`" + configPath(m.Repo) + "` parses again.",
	}
	if len(faults) > 0 {
		spec.Conclusion, spec.Title = "failure", count(len(faults), "error")+" in "+configPath(m.Repo)
		spec.Summary = "Nothing is merged under this configuration until it is fixed. The last valid one goes on being used for finding consumers and for watching merges."
		spec.Annotations = configNotes(faults)
	}
	_, err = e.GitHub.UpsertCheckRun(ctx, m.Repo, spec)
	return err
}

func configNotes(faults []config.Finding) (out []forge.Annotation) {
	for _, f := range faults {
		out = append(out, annotation(f.Position, string(f.Code), f.Message))
	}
	return out
}

func annotation(at repo.Position, title, message string) forge.Annotation {
	return forge.Annotation{
		Path: at.File, Line: max(at.Line, 1), Level: "failure", Title: title,
		Message: fmt.Sprintf("line %d, column %d: %s", max(at.Line, 1), max(at.Column, 1), message),
	}
}

// wantSchemaCheck says on the commit where a schema file does not parse. There is no migration then.
func (e *Engine) wantSchemaCheck(ctx context.Context, tx Tx, m consumer.Member, faults []*plan.Error) error {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = fmt.Sprintf("%s\t%d\t%d\t%s", f.File, f.Line, f.Column, strings.ReplaceAll(f.Message, "\n", " "))
	}
	return e.want(ctx, tx, rollout.Intent{
		Action: rollout.Action{
			Key: "repo/" + repoKey(m.Repo.ID) + "/schema/" + string(m.Head), Kind: checkSchema, Head: m.Head,
			Text: strings.Join(lines, "\n"),
		},
		Repo: m.Repo, Installation: m.Repo.Installation,
	})
}

func (e *Engine) writeSchemaCheck(ctx context.Context, in rollout.Intent) error {
	spec := forge.CheckSpec{
		SHA: in.Head, Name: "skein / schema", ExternalID: "schema", Status: "completed", Conclusion: "failure",
		Summary: "Skein reads no schema change from this commit. The one before stays in force until this is fixed.",
	}
	for line := range strings.SplitSeq(in.Text, "\n") {
		f := strings.SplitN(line, "\t", 4)
		if len(f) < 4 {
			continue
		}
		at := repo.Position{File: f[0]}
		at.Line, _ = strconv.Atoi(f[1])
		at.Column, _ = strconv.Atoi(f[2])
		spec.Annotations = append(spec.Annotations, annotation(at, "schema", f[3]))
	}
	spec.Title = count(len(spec.Annotations), "schema") + " cannot be read"
	_, err := e.GitHub.UpsertCheckRun(ctx, in.Repo, spec)
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
