package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/status"
)

type declarations = schema.Declarations

// answer is what a person said of a likely rename, or of a pull request as a whole.
type answer struct {
	Pull    int       `json:"pull,omitempty"` // 0: said on a tracking issue, of what is merged
	Verb    string    `json:"verb"`           // map, drop, approve
	Dataset string    `json:"dataset,omitempty"`
	From    string    `json:"from,omitempty"`
	To      string    `json:"to,omitempty"`
	Head    repo.SHA  `json:"head,omitempty"` // what was approved
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason,omitempty"`
}

// mostAnswers is how many answers a repository keeps; they are dropped when they were used.
const mostAnswers = 500

func answersOf(ctx context.Context, tx Tx, id repo.ID) (out []answer, err error) {
	text, err := tx.Mark(ctx, "answers "+repoKey(id))
	if err != nil || text == "" {
		return nil, err
	}
	return out, json.Unmarshal([]byte(text), &out)
}

func saveAnswers(ctx context.Context, tx Tx, id repo.ID, all []answer) error {
	text, err := json.Marshal(all[max(0, len(all)-mostAnswers):])
	return errors.Join(err, tx.SetMark(ctx, "answers "+repoKey(id), string(text)))
}

// on are the answers that were given on one pull request.
func on(all []answer, pull int) (out []answer) {
	for _, a := range all {
		if a.Pull == pull {
			out = append(out, a)
		}
	}
	return out
}

// declared is what answers mean to a comparison of schemas.
func declared(answers []answer) (d declarations) {
	for _, a := range answers {
		switch a.Verb {
		case "map":
			d.Renames = append(d.Renames, schema.Rename{Dataset: a.Dataset, From: a.From, To: a.To})
		case "drop":
			d.Drops = append(d.Drops, schema.Drop{Dataset: a.Dataset, Field: a.From})
		}
	}
	return d
}

// approval is the word of a person who saw this very head.
func approval(answers []answer, p forge.Proposal) *rollout.Hold {
	for _, a := range answers {
		if a.Verb == "approve" && a.Head == p.Head {
			return &rollout.Hold{By: a.By, At: a.At, Reason: a.Reason}
		}
	}
	return nil
}

// had reports whether a plan shows what an answer meant.
func (a answer) had(p plan.Plan) bool {
	return slices.ContainsFunc(p.Changes, func(c schema.Change) bool {
		if c.Dataset != a.Dataset || c.Path != a.From {
			return false
		}
		return a.Verb == "map" && c.Kind == schema.FieldRenamed && c.To == a.To || a.Verb == "drop" && c.Kind == schema.FieldRemoved && c.Drop
	})
}

// trailer begins the line of a commit message that declares a rename: Skein-Rename: [DATASET.]OLD -> NEW.
const trailer = "Skein-Rename:"

// trailers are the renames that commit messages declare, as far as the comparison shows them.
func trailers(messages []string, p plan.Plan) (out []answer) {
	for _, m := range messages {
		for line := range strings.Lines(m) {
			rest, ok := strings.CutPrefix(strings.TrimSpace(line), trailer)
			field, to, both := strings.Cut(rest, "->")
			if !ok || !both {
				continue
			}
			a := answer{Verb: "map", To: strings.TrimSpace(to)}
			refusal := ""
			if a.Dataset, a.From, refusal = gone(p, strings.TrimSpace(field)); refusal == "" {
				out = append(out, a)
			}
		}
	}
	return out
}

func refusedMark(id repo.ID, number int) string { return "refused " + proposalKey(id, number) }

// answers are the commands about a schema change, rather than about what Skein makes of it.
func answers(verb string) bool { return verb == "map" || verb == "drop" || verb == "approve" }

// reply carries out a command on a dataset's pull request, or on the tracking issue of one that is merged.
func (e *Engine) reply(ctx context.Context, m consumer.Member, t target, o Order) error {
	if t.none() && !e.hasDatasets(&m) {
		return nil
	}
	p, err := e.repliedTo(ctx, t, o)
	if errors.Is(err, forge.ErrNotFound) || err == nil && t.none() && !p.Open {
		return nil
	}
	if err != nil {
		return err
	}
	t.migration.Repo = o.Repo
	a, refusal, err := e.heard(ctx, t, p, o)
	if err != nil {
		return err
	}
	return e.retryStale(ctx, func(tx Tx) error { return e.keep(ctx, tx, t, o, a, refusal) })
}

// heard is what a command means, or why it is not followed.
func (e *Engine) heard(ctx context.Context, t target, p forge.Proposal, o Order) (a answer, refusal string, err error) {
	if !answers(o.Verb) && !asks(o.Verb) {
		return a, fmt.Sprintf("%s is no command for a dataset's pull request: say map, drop, approve or status", o.Verb), nil
	}
	if refusal, err = e.mayNot(ctx, t, o); err != nil || refusal != "" || asks(o.Verb) {
		return a, refusal, err
	}
	return e.understand(ctx, t, p, o)
}

// repliedTo is what a command is about: an open pull request, or what a migration brought.
func (e *Engine) repliedTo(ctx context.Context, t target, o Order) (forge.Proposal, error) {
	if !t.none() {
		return forge.Proposal{From: t.migration.From, Head: t.migration.To}, nil
	}
	return e.GitHub.Proposal(ctx, o.Repo, o.Number)
}

// understand finds the field that a command means. It means what it brings about: an answer that changes nothing in
// the comparison is refused.
func (e *Engine) understand(ctx context.Context, t target, p forge.Proposal, o Order) (answer, string, error) {
	a := answer{Pull: p.Number, Verb: o.Verb, By: o.Actor, At: e.Clock.Now(), Head: p.Head}
	if o.Verb == "approve" {
		a.Reason = o.Arg
		if !t.none() {
			return a, "say it on the dataset's pull request, before it is merged", nil
		}
		return a, "", nil
	}
	bare, faults, err := e.compare(ctx, o.Repo, p, t.migration.Answers)
	switch {
	case err != nil:
		return a, "", err
	case len(faults) > 0:
		return a, "the schema cannot be read: " + faults[0].Message, nil
	}
	field, to, both := strings.Cut(o.Arg, "=")
	field, a.To = strings.TrimSpace(field), strings.TrimSpace(to)
	if both != (o.Verb == "map") {
		return a, "write /skein map OLD=NEW or /skein drop OLD", nil
	}
	refusal := ""
	if a.Dataset, a.From, refusal = gone(bare, field); refusal != "" {
		return a, refusal, nil
	}
	said := declared([]answer{a})
	said.Renames, said.Drops = append(said.Renames, t.migration.Answers.Renames...), append(said.Drops, t.migration.Answers.Drops...)
	bare.To.Answered = said
	if !a.had(plan.Compare(bare.From, bare.To)) {
		return a, fmt.Sprintf("%s is no new field of %s", a.To, a.Dataset), nil
	}
	return a, "", nil
}

// gone finds the removed field that a person means by FIELD or DATASET.FIELD.
func gone(p plan.Plan, field string) (dataset, path, refusal string) {
	var found []schema.Change
	for _, c := range p.Changes {
		if c.Kind == schema.FieldRemoved && (c.Path == field || c.Dataset+"."+c.Path == field) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 1:
		return found[0].Dataset, found[0].Path, ""
	case 0:
		return "", "", fmt.Sprintf("no field %s is removed here%s", field, likely(p))
	}
	return "", "", fmt.Sprintf("%s is removed from %s and from %s: write DATASET.%s", field, found[0].Dataset, found[1].Dataset, field)
}

// likely lists what could have been meant.
func likely(p plan.Plan) string {
	var all []string
	for _, q := range status.Questions(p.Changes) {
		all = append(all, q.Map())
	}
	if len(all) == 0 {
		return ""
	}
	return "; the questions are answered by " + strings.Join(all, ", ")
}

// keep saves an answer, acknowledges it, and has looked at anew what it changes.
func (e *Engine) keep(ctx context.Context, tx Tx, t target, o Order, a answer, refusal string) error {
	if done, err := tx.Mark(ctx, "order "+o.Key); err != nil || done != "" {
		return err
	}
	errs := []error{tx.SetMark(ctx, "order "+o.Key, "done")}
	if refusal == "" && answers(o.Verb) {
		errs = append(errs, e.remember(ctx, tx, t, o, a))
	}
	if t.none() {
		errs = append(errs, tx.SetMark(ctx, refusedMark(o.Repo.ID, o.Number), refusal))
		return errors.Join(append(errs, e.acknowledge(ctx, tx, o, refusal), tx.Hint(ctx, HintImpact, proposalKey(o.Repo.ID, o.Number)))...)
	}
	return errors.Join(append(errs, e.answer(ctx, tx, t, o, refusal))...)
}

// remember keeps an answer in place of an earlier one about the same. What was said of a merged change has its
// commits compared anew: a new migration follows, and takes over what the first has not merged.
func (e *Engine) remember(ctx context.Context, tx Tx, t target, o Order, a answer) error {
	all, err := answersOf(ctx, tx, o.Repo.ID)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(b answer) bool {
		return b.Pull == a.Pull && b.Dataset == a.Dataset && b.From == a.From && (a.Verb == "approve") == (b.Verb == "approve")
	})
	if err := saveAnswers(ctx, tx, o.Repo.ID, append(all, a)); err != nil || t.none() {
		return err
	}
	m, err := tx.Member(ctx, o.Repo.ID)
	m.Ingested = t.migration.From
	return errors.Join(err, tx.SaveMember(ctx, m), tx.Hint(ctx, HintRepo, repoKey(o.Repo.ID)))
}

// settled are the answers that hold for what is merged, and those to keep for later: of pull requests still open.
func (e *Engine) settled(ctx context.Context, r repo.Repo) (hold, later []answer, err error) {
	all, err := view(ctx, e.Store, func(tx Tx) ([]answer, error) { return answersOf(ctx, tx, r.ID) })
	if err != nil {
		return nil, nil, err
	}
	state := map[int]forge.Proposal{}
	for _, a := range all {
		p, known := state[a.Pull]
		if !known && a.Pull != 0 {
			if p, err = e.GitHub.Proposal(ctx, r, a.Pull); err != nil && !errors.Is(err, forge.ErrNotFound) {
				return nil, nil, err
			}
			state[a.Pull] = p
		}
		switch {
		case a.Pull == 0 || p.Merged:
			hold = append(hold, a)
		case p.Open:
			later = append(later, a)
		}
	}
	return hold, later, nil
}
