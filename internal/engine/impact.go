package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/contract"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/rewrite"
)

// HintImpact says that a pull request may change schemas: its key is the repository's id, a slash and the number.
const HintImpact = "impact"

// checkImpact writes what a pull request would mean.
const checkImpact rollout.ActionKind = "check_impact"

const (
	mostReaders = 1_000 // consumers that one check looks at: each costs an archive
	atOnce      = 20    // those that one job looks at, so that it ends in time and what it found is shown
)

// mostPatch is how much of one consumer's would-be patch is kept, in bytes.
const mostPatch = 16 << 10

type proposals interface {
	Proposal(ctx context.Context, r repo.Repo, number int) (forge.Proposal, error)
	Compare(ctx context.Context, r repo.Repo, base, head string) (forge.Comparison, error)
	Proposals(ctx context.Context, r repo.Repo, base string) ([]forge.Proposal, error)
}

// Proposed says that something happened to a pull request, whoever opened it.
func (e *Engine) Proposed(ctx context.Context, r repo.Repo, number int) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		m, err := memberOf(ctx, tx, r.ID)
		if err != nil || !e.hasDatasets(m) {
			return err
		}
		return errors.Join(tx.Hint(ctx, HintImpact, proposalKey(r.ID, number)), hintContracts(ctx, tx, func(mig rollout.Migration, s contract.State) bool {
			return mig.Repo.ID == r.ID && s.Pull == number
		}))
	})
}

func proposalKey(id repo.ID, number int) string { return fmt.Sprintf("%d/%d", id, number) }

func (e *Engine) hasDatasets(m *consumer.Member) bool {
	cfg := e.configs.repo(m)
	return cfg != nil && len(cfg.Datasets) > 0 && !isOrg(m.Repo)
}

// lookAtProposals has the open pull requests of a dataset's repository looked at whose heads were not yet: a
// delivery may have been lost.
func (e *Engine) lookAtProposals(ctx context.Context, m consumer.Member) error {
	open, err := e.GitHub.Proposals(ctx, m.Repo, m.Repo.DefaultBranch)
	if _, not := errors.AsType[*forge.Forbidden](err); not { // an installation may not let Skein see them
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the pull requests of %s: %w", m.Repo.Name, err)
	}
	return e.Store.Update(ctx, func(tx Tx) error {
		for _, p := range open {
			key := proposalKey(m.Repo.ID, p.Number)
			seen, err := tx.Mark(ctx, "impact "+key)
			if err == nil && seen != string(p.Head) {
				err = tx.Hint(ctx, HintImpact, key)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// impact tells on a pull request of a dataset's repository what it would mean for every consumer.
func (e *Engine) impact(ctx context.Context, key string) error {
	id, number, err := readProposalKey(key)
	if err != nil {
		return err
	}
	m, err := view(ctx, e.Store, func(tx Tx) (*consumer.Member, error) { return memberOf(ctx, tx, id) })
	if err != nil || m == nil || m.Gone != "" || !e.hasDatasets(m) {
		return err
	}
	p, err := e.GitHub.Proposal(ctx, m.Repo, number)
	switch {
	case errors.Is(err, forge.ErrNotFound), errors.Is(err, forge.ErrGone):
		return nil
	case err != nil:
		return fmt.Errorf("look at %s#%d: %w", m.Repo.Name, number, err)
	case !p.Open || p.Base != m.Repo.DefaultBranch:
		return errors.Join(e.withdraw(ctx, *m, p), e.Store.Update(ctx, func(tx Tx) error { return tx.DropLooks(ctx, key) }))
	}
	if err := e.ahead(ctx, *m, p); err != nil {
		return fmt.Errorf("prepare %s#%d: %w", m.Repo.Name, number, err)
	}
	in, err := e.weigh(ctx, *m, p)
	if err != nil {
		return fmt.Errorf("weigh %s#%d: %w", m.Repo.Name, number, err)
	}
	return e.tellImpact(ctx, key, in)
}

// tellImpact has the check written. One that is not complete goes on in a further job.
func (e *Engine) tellImpact(ctx context.Context, key string, in status.Impact) error {
	err := e.Store.Update(ctx, func(tx Tx) error {
		if in.Waiting > 0 {
			return e.wantImpact(ctx, tx, in)
		}
		return errors.Join(tx.SetMark(ctx, "impact "+key, string(in.Head)), tx.DropLooks(ctx, key), e.wantImpact(ctx, tx, in))
	})
	if err == nil && in.Waiting > 0 {
		err = queue.ErrAgain
	}
	return err
}

func readProposalKey(key string) (repo.ID, int, error) {
	a, b, _ := strings.Cut(key, "/")
	id, err := strconv.ParseInt(a, 10, 64)
	number, err2 := strconv.Atoi(b)
	return repo.ID(id), number, errors.Join(err, err2)
}

// weigh compares a pull request with where it parted from the base branch, and follows the change into every
// consumer as it is now.
func (e *Engine) weigh(ctx context.Context, m consumer.Member, p forge.Proposal) (status.Impact, error) {
	in := status.Impact{Repo: m.Repo, Number: p.Number, Head: p.Head, Links: e.Links}
	answers, err := e.judgedBy(ctx, m, &in)
	if err != nil {
		return in, err
	}
	in.Approved = approval(answers, p)
	changes, faults, err := e.compare(ctx, m.Repo, p, declared(answers))
	if err != nil || len(faults) > 0 {
		in.Faults = faults
		return in, err
	}
	in.Changes = changes.Changes
	if in.Contract {
		in.Remarks = contract.Remarks(in.Changes, tablesOf(changes.To), renamesOf(changes.To))
	}
	return in, e.readers(ctx, m, changes, proposalKey(m.Repo.ID, p.Number), &in)
}

// judgedBy fills what the configuration demands, and returns what people have answered on this pull request.
func (e *Engine) judgedBy(ctx context.Context, m consumer.Member, in *status.Impact) ([]answer, error) {
	return view(ctx, e.Store, func(tx Tx) ([]answer, error) {
		org, err := orgOf(ctx, tx, m.Repo)
		if err != nil {
			return nil, err
		}
		in.Demand = status.Demand(config.ImpactOf(e.configs.org(org), e.configs.repo(&m)))
		in.Contract = config.StrategyOf(e.configs.org(org), e.configs.repo(&m)) == config.ExpandContract
		all, err := answersOf(ctx, tx, m.Repo.ID)
		if err != nil {
			return nil, err
		}
		in.Refused, err = tx.Mark(ctx, refusedMark(m.Repo.ID, in.Number))
		return on(all, in.Number), err
	})
}

// compare reads both sides. Faults are those of the pull request's own files.
func (e *Engine) compare(ctx context.Context, r repo.Repo, p forge.Proposal, answered declarations) (plan.Plan, []status.Fault, error) {
	from, err := e.versionAt(ctx, r, p.From)
	if len(faultsOf(err)) == 0 && err != nil {
		return plan.Plan{}, nil, err
	}
	faults, err := e.configFaults(ctx, r, p.Head)
	if err != nil || len(faults) > 0 {
		return plan.Plan{}, faults, err
	}
	to, err := e.versionAt(ctx, r, p.Head)
	if own := faultsOf(err); len(own) > 0 {
		for _, f := range own {
			faults = append(faults, status.Fault{Position: f.Position, Message: f.Message})
		}
		return plan.Plan{}, faults, nil
	}
	return followed(from, to, p.Messages, answered), nil, err
}

// followed compares two versions by what files declare, what commit messages do, and what people answered, who have
// the last word.
func followed(from, to plan.Version, messages []string, answered declarations) plan.Plan {
	to.Answered = answered
	p := plan.Compare(from, to)
	if told := trailers(messages, p); len(told) > 0 {
		to.Answered.Renames = append(slices.Clip(answered.Renames), declared(told).Renames...)
		p = plan.Compare(from, to)
	}
	return p
}

func (e *Engine) configFaults(ctx context.Context, r repo.Repo, at repo.SHA) (out []status.Fault, err error) {
	src, err := e.GitHub.File(ctx, r, config.RepoPath, at)
	if errors.Is(err, forge.ErrNotFound) {
		return nil, nil
	}
	for _, f := range findings(r, src) {
		out = append(out, status.Fault{Position: f.Position, Message: f.Message})
	}
	return out, err
}

// patch shows what the results change, unless it is long.
func patch(files []rewrite.File, results []rewrite.Result) string {
	var b strings.Builder
	for _, res := range results {
		i := slices.IndexFunc(files, func(f rewrite.File) bool { return f.Path == res.Path })
		if i < 0 || len(res.Edits) == 0 {
			continue
		}
		fmt.Fprintf(&b, "--- a/%s\n+++ b/%s\n%s", res.Path, res.Path, rewrite.Unified(files[i].Content, res.Edits))
		if b.Len() > mostPatch {
			return ""
		}
	}
	return b.String()
}

// wantImpact wants the check written. The text goes with the intent: what it was made of is not kept.
func (e *Engine) wantImpact(ctx context.Context, tx Tx, in status.Impact) error {
	check := status.ImpactCheck(in)
	text, err := json.Marshal(impactText{Check: check, Diffs: status.ImpactDiffs(in), Notes: status.ImpactNotes(in)})
	if err != nil {
		return err
	}
	return e.want(ctx, tx, rollout.Intent{
		Action: rollout.Action{Key: "impact/" + proposalKey(in.Repo.ID, in.Number) + "/" + digest(string(text)+string(in.Head)), Kind: checkImpact, Head: in.Head, Text: string(text)},
		Repo:   in.Repo, Installation: in.Repo.Installation,
	})
}

// impactText is a rendered check on its way to GitHub.
type impactText struct {
	Check status.CheckText
	Diffs string
	Notes []status.Note
}

func (e *Engine) writeImpact(ctx context.Context, in rollout.Intent) error {
	var t impactText
	if err := json.Unmarshal([]byte(in.Text), &t); err != nil {
		return err
	}
	spec := forge.CheckSpec{
		SHA: in.Head, Name: "skein / impact", ExternalID: "impact", Status: t.Check.Status, Conclusion: t.Check.Conclusion,
		Title: t.Check.Title, Summary: t.Check.Summary, Text: t.Diffs,
	}
	for _, n := range t.Notes {
		spec.Annotations = append(spec.Annotations, forge.Annotation{
			Path: n.File, Line: max(n.Line, 1), Level: n.Level, Title: n.Title, Message: n.Message,
		})
	}
	_, err := e.GitHub.UpsertCheckRun(ctx, in.Repo, spec)
	return err
}
