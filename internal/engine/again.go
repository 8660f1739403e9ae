package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
)

// What was taken back with proof is kept as a draft, made anew on the newest base, with the check that failed quoted: a
// start for whoever mends it. Nothing merges it before a person says /skein reapply, which takes the draft up. When the
// dataset changes again, so does the draft; a person who closes it has said no.

// HintAgain says that something was taken back: its key is the changeset's id.
const HintAgain = "again"

// openAgain opens the draft, or brings it up to date.
const openAgain rollout.ActionKind = "open_again"

// mostKept is how many drafts of one dataset's repository are kept up to date.
const mostKept = 200

// kept is the draft of a changeset.
type kept struct {
	Pull    int    `json:"pull,omitempty"`
	Written string `json:"written,omitempty"` // a digest of what was wanted last
	Round   int    `json:"round,omitempty"`   // how often
}

func keptMark(id rollout.ChangesetID) string { return "kept " + string(id) }

func keptOf(ctx context.Context, tx Tx, id rollout.ChangesetID) (k kept, err error) {
	text, err := tx.Mark(ctx, keptMark(id))
	if err != nil || text == "" {
		return k, err
	}
	return k, json.Unmarshal([]byte(text), &k)
}

func saveKept(ctx context.Context, tx Tx, id rollout.ChangesetID, k kept) error {
	text, err := json.Marshal(k)
	return errors.Join(err, tx.SetMark(ctx, keptMark(id), string(text)))
}

func keptIn(dataset repo.ID) string { return "kept of " + repoKey(dataset) }

// hintKept has the drafts made anew that follow a dataset's repository.
func hintKept(ctx context.Context, tx Tx, dataset repo.ID) error {
	all, err := tx.Mark(ctx, keptIn(dataset))
	for id := range strings.FieldsSeq(all) {
		err = errors.Join(err, tx.Hint(ctx, HintAgain, id))
	}
	return err
}

// enlist has a draft follow its dataset, or no longer.
func enlist(ctx context.Context, tx Tx, dataset repo.ID, id rollout.ChangesetID, follows bool) error {
	text, err := tx.Mark(ctx, keptIn(dataset))
	all := slices.DeleteFunc(strings.Fields(text), func(other string) bool { return other == string(id) })
	if follows {
		all = append(all, string(id))
	}
	all = all[max(0, len(all)-mostKept):]
	return errors.Join(err, tx.SetMark(ctx, keptIn(dataset), strings.Join(all, " ")))
}

// again decides whether what was taken back is kept as a draft, and whether the draft is as it should be.
func (e *Engine) again(ctx context.Context, id rollout.ChangesetID) error {
	j, err := e.load(ctx, id)
	if err != nil {
		return err
	}
	k, err := view(ctx, e.Store, func(tx Tx) (kept, error) { return keptOf(ctx, tx, id) })
	if err != nil {
		return err
	}
	wanted, err := e.keeps(ctx, j, k)
	if err != nil {
		return err
	}
	if !wanted {
		return e.Store.Update(ctx, func(tx Tx) error { return enlist(ctx, tx, j.migration.Repo.ID, id, false) })
	}
	cs, err := e.renewed(ctx, j)
	if err != nil {
		return err
	}
	written, err := writtenIn(cs)
	if err != nil {
		return err
	}
	return e.Store.Update(ctx, func(tx Tx) error {
		err := enlist(ctx, tx, j.migration.Repo.ID, id, true)
		if written == k.Written || cs.Edits() == 0 {
			return err
		}
		k.Written, k.Round = written, k.Round+1
		return errors.Join(err, saveKept(ctx, tx, id, k), e.want(ctx, tx, rollout.Intent{
			Action:    rollout.Action{Key: fmt.Sprintf("%s/%s/%d", id, openAgain, k.Round), Kind: openAgain, Text: string(id)},
			Migration: cs.Migration, Repo: cs.Repo, Installation: cs.Repo.Installation,
		}))
	})
}

// keeps reports whether a draft is wanted: the change was taken back with proof, people have not closed the draft, and
// nothing keeps Skein from writing there.
func (e *Engine) keeps(ctx context.Context, j job, k kept) (bool, error) {
	if j.cs.Phase != rollout.Reverted || j.cs.RevertBy != nil || j.policy.Mode < rollout.Propose {
		return false, nil
	}
	if why, err := e.gone(ctx, j.cs.Repo); err != nil || why != "" {
		return false, err
	}
	if why, err := e.hiddenNow(ctx, j); err != nil || why != "" || k.Pull == 0 {
		return err == nil && why == "", err
	}
	p, err := e.GitHub.Proposal(ctx, j.cs.Repo, k.Pull)
	return p.Open, err
}

// renewed is the changeset with its edits made anew, on the newest base, from the schema that the code is written
// against to the one that is there now.
func (e *Engine) renewed(ctx context.Context, j job) (rollout.Changeset, error) {
	cs := j.cs
	m := j.migration
	owner, err := view(ctx, e.Store, func(tx Tx) (consumer.Member, error) { return tx.Member(ctx, m.Repo.ID) })
	if err != nil {
		return cs, err
	}
	if owner.Ingested != "" {
		m.To = owner.Ingested
	}
	p, err := e.planOf(ctx, m, cs.From)
	if err != nil {
		return cs, err
	}
	others, err := view(ctx, e.Store, func(tx Tx) ([]consumer.Snapshot, error) { return tx.Snapshots(ctx) })
	if err != nil {
		return cs, err
	}
	cs.Base, cs.Results, err = e.rewritten(ctx, p, consumer.Consumer{Repo: cs.Repo.Name, Reads: cs.Reads}, others, cs.Repo)
	return cs, err
}

// writtenIn is a digest of a changeset's edits.
func writtenIn(cs rollout.Changeset) (string, error) {
	text, err := json.Marshal(cs.Results)
	return digest(string(text)), err
}

// draftAgain opens the draft, or moves its branch to the newest edits.
func (e *Engine) draftAgain(ctx context.Context, in rollout.Intent) error {
	id := rollout.ChangesetID(in.Text)
	j, err := e.load(ctx, id)
	if err != nil || j.cs.Phase != rollout.Reverted {
		return err
	}
	cs, err := e.renewed(ctx, j)
	if err != nil || cs.Edits() == 0 {
		return err
	}
	files, err := e.edited(ctx, cs)
	if err != nil {
		return err
	}
	page, err := e.page(ctx, j)
	if err != nil {
		return err
	}
	c := page.Of(id)
	c.Results, c.Base = cs.Results, cs.Base
	title, body := status.AgainTitle(page, c), status.AgainBody(page, c)
	number, _, err := e.GitHub.OpenPull(ctx, forge.PullSpec{
		Draft: true, Repo: cs.Repo, Base: cs.Repo.DefaultBranch, BaseSHA: cs.Base, Branch: rollout.NextBranch(cs), Files: files,
		Message: status.CommitMessage(page, c), Title: title, Body: body,
	})
	if err != nil {
		return err
	}
	if err := e.GitHub.UpdatePull(ctx, cs.Repo, number, title, body); err != nil {
		return err
	}
	return e.Store.Update(ctx, func(tx Tx) error {
		k, err := keptOf(ctx, tx, id)
		if err != nil || k.Pull == number {
			return err
		}
		k.Pull = number
		return errors.Join(saveKept(ctx, tx, id, k), e.log(ctx, tx, cs.Migration, id, rollout.Event{
			Rule: "kept_as_draft", Text: fmt.Sprintf("draft #%d keeps what was taken back; /skein reapply takes it up", number),
		}))
	})
}
