package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/contract"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/status"
)

// Under the strategy expand-contract a migration that left old names in place goes on after its last changeset: when
// nobody reads them any more, their removal is proposed in the dataset's repository, where people merge it.
// internal/contract decides, and internal/removal writes.

// HintContract says that the old names of a migration may go: its key is the migration's id.
const HintContract = "contract"

// The writes about a removal, in the dataset's repository.
const (
	openContract  rollout.ActionKind = "open_contract"
	closeContract rollout.ActionKind = "close_contract"
)

// leaving is a migration whose old names are to go.
type leaving struct {
	migration  rollout.Migration
	member     consumer.Member // the dataset's repository
	state      contract.State
	text       string // the state as it was stored
	changesets []rollout.Changeset
	policy     rollout.Policy
	wanted     bool // the strategy asks for it
}

func contractMark(id rollout.MigrationID) string { return "contract " + string(id) }

// contractOf is what is known of a migration's removal, and as it is stored.
func contractOf(ctx context.Context, tx Tx, id rollout.MigrationID) (s contract.State, text string, err error) {
	text, err = tx.Mark(ctx, contractMark(id))
	if err != nil || text == "" {
		return s, text, err
	}
	return s, text, json.Unmarshal([]byte(text), &s)
}

// contractToday is the state with the repositories that it is about as they are now: one may be private since.
func contractToday(ctx context.Context, tx Tx, id rollout.MigrationID) (contract.State, error) {
	s, _, err := contractOf(ctx, tx, id)
	for _, waits := range [][]contract.Wait{s.Waits, s.Moved, s.Still} {
		for i := range waits {
			if waits[i].Repo.ID != 0 && err == nil {
				waits[i].Repo, err = asToday(ctx, tx, waits[i].Repo)
			}
		}
	}
	return s, err
}

// contracts reports whether a migration still has old names to take away.
func (e *Engine) contracts(ctx context.Context, tx Tx, m rollout.Migration) (bool, error) {
	if m.Pull != 0 || len(contract.Fields(m.Changes)) == 0 {
		return false, nil
	}
	s, _, err := contractOf(ctx, tx, m.ID)
	if err != nil || s.Phase.Ended() || s.Pull != 0 {
		return err == nil && !s.Phase.Ended(), err
	}
	strategy, err := e.strategyOf(ctx, tx, m)
	return strategy == config.ExpandContract, err
}

func (e *Engine) strategyOf(ctx context.Context, tx Tx, m rollout.Migration) (config.Strategy, error) {
	g, err := governing(ctx, tx, m, m.Repo)
	return config.StrategyOf(e.configs.org(g.org), e.configs.repo(g.dataset)), err
}

// contract takes the next step of a removal. It waits while the dataset's head is yet to be taken in, or cannot be.
func (e *Engine) contract(ctx context.Context, id rollout.MigrationID) error {
	l, err := view(ctx, e.Store, func(tx Tx) (leaving, error) { return e.leaving(ctx, tx, id) })
	if err != nil || !l.wanted || l.member.Gone != "" || l.member.Head == "" || l.member.Head != l.member.Ingested {
		return err
	}
	v, err := e.versionAt(ctx, l.member.Repo, l.member.Head)
	if err != nil {
		return fmt.Errorf("read the schemas of %s: %w", l.member.Repo.Name, err)
	}
	obs, err := e.aroundContract(ctx, l, v)
	if err != nil {
		return err
	}
	d := contract.Step(l.state, obs, e.Clock.Now())
	if d.Look {
		if err := e.lookAround(ctx, l, v, d.State.Fields, &obs); err != nil {
			return err
		}
		d = contract.Step(l.state, obs, e.Clock.Now())
	}
	return e.Store.Update(ctx, func(tx Tx) error { return e.saveContract(ctx, tx, l, d) })
}

func (e *Engine) leaving(ctx context.Context, tx Tx, id rollout.MigrationID) (l leaving, err error) {
	if l.migration, _, err = tx.Migration(ctx, id); err != nil || !l.migration.Ended.IsZero() {
		return l, err
	}
	if l.wanted, err = e.contracts(ctx, tx, l.migration); err != nil || !l.wanted {
		return l, err
	}
	if l.member, err = tx.Member(ctx, l.migration.Repo.ID); err != nil {
		return l, err
	}
	if l.policy, err = e.policyOf(ctx, tx, l.migration, l.member.Repo); err != nil {
		return l, err
	}
	if l.state, l.text, err = contractOf(ctx, tx, id); err != nil {
		return l, err
	}
	if l.changesets, err = tx.Siblings(ctx, id); err != nil {
		return l, err
	}
	active, err := tx.Migrations(ctx, true)
	for _, other := range active { // what is under way beside it may be taking its consumers over
		if err == nil && other.Repo.ID == l.member.Repo.ID && other.ID != id {
			var css []rollout.Changeset
			css, err = tx.Siblings(ctx, other.ID)
			l.changesets = append(l.changesets, slices.DeleteFunc(css, func(c rollout.Changeset) bool { return c.Phase.Ended() })...)
		}
	}
	return l, err
}

// aroundContract is what is to be known before anybody's code is looked at.
func (e *Engine) aroundContract(ctx context.Context, l leaving, v plan.Version) (contract.Observation, error) {
	o := contract.Observation{
		Fields: contract.Fields(l.migration.Changes), Tables: tablesOf(v), Renames: renamesOf(v),
		Changesets: l.changesets, Policy: l.policy, Paused: l.migration.Pause,
	}
	if l.state.Pull == 0 {
		return o, nil
	}
	p, err := e.GitHub.Proposal(ctx, l.member.Repo, l.state.Pull)
	if err != nil {
		return o, fmt.Errorf("look at %s#%d: %w", l.member.Repo.Name, l.state.Pull, err)
	}
	o.Pull = &contract.Pull{Open: p.Open, Merged: p.Merged}
	return o, nil
}

func tablesOf(v plan.Version) map[string]schema.Dataset {
	out := map[string]schema.Dataset{}
	for _, d := range v.Datasets {
		out[d.Name] = d.Schema
	}
	return out
}

func renamesOf(v plan.Version) (out []schema.Rename) {
	for _, r := range v.Config.Renames {
		if r.From != "" {
			out = append(out, schema.Rename{Dataset: r.Dataset, From: r.From, To: r.To})
		}
	}
	return out
}

// lookAround follows the removal into every consumer, as an impact check does, and writes it. Whose code has not changed
// since it was looked at last is not read again.
func (e *Engine) lookAround(ctx context.Context, l leaving, v plan.Version, fields []contract.Field, o *contract.Observation) error {
	p := plan.Compare(v, v.Lacking(byDataset(fields)))
	key := "contract/" + string(l.migration.ID)
	in := status.Impact{Repo: l.member.Repo, Head: l.member.Head, Changes: p.Changes}
	err := e.Store.Update(ctx, func(tx Tx) (err error) {
		o.Looked, err = e.lookedAt(ctx, tx, p)
		return err
	})
	if err != nil {
		return err
	}
	if o.Looked != l.state.Looked {
		if err := e.readers(ctx, l.member, p, key, &in); err != nil {
			return err
		}
		if in.Waiting > 0 {
			return queue.ErrAgain
		}
		o.Unread = in.Unread
		for _, r := range in.Remaining() {
			o.Readers = append(o.Readers, contract.Reader{Repo: r.Repo, Note: r.Note, Results: r.Results, Undeclared: in.Astray(r)})
		}
		for _, r := range in.Readers {
			if !slices.ContainsFunc(o.Readers, func(c contract.Reader) bool { return c.Repo.ID == r.Repo.ID && c.Repo.Name == r.Repo.Name }) {
				o.Readers = append(o.Readers, contract.Reader{Repo: r.Repo})
			}
		}
	}
	if s := l.state; o.Looked == s.Looked && (s.Written != "" || s.Unable != "" || len(s.Still) > 0) { // the head is the same too
		o.Written, o.Unable = s.Written, s.Unable
		return nil
	}
	files, err := e.removed(ctx, l, v, fields)
	if unable := (*unwritten)(nil); errors.As(err, &unable) {
		o.Unable = unable.Error()
		return nil
	}
	o.Written = digestOf(files)
	return err
}

func byDataset(fields []contract.Field) map[string][]string {
	out := map[string][]string{}
	for _, f := range fields {
		out[f.Dataset] = append(out[f.Dataset], f.Path)
	}
	return out
}

// lookedAt is a digest of all that a look would see: the consumers, what they declare, and their heads.
func (e *Engine) lookedAt(ctx context.Context, tx Tx, p plan.Plan) (string, error) {
	consumers, err := consumersOf(ctx, tx, p)
	if err != nil {
		return "", err
	}
	heads, err := headsOf(ctx, tx, consumers)
	if err != nil {
		return "", err
	}
	var seen []string
	for _, listing := range p.Listings() {
		all, err := tx.Seen(ctx, listing.Dataset)
		if err != nil {
			return "", err
		}
		for _, s := range all {
			seen = append(seen, fmt.Sprint(s.Repo, s.At))
		}
	}
	slices.Sort(seen)
	text, err := json.Marshal([]any{p.From.Commit, p.Mapping, consumers, heads, seen})
	return digest(string(text)), err
}

// headsOf are the newest commits of consumers that are known, by their folded names; "" for one that is away.
func headsOf(ctx context.Context, tx Tx, consumers []consumer.Consumer) (map[string]string, error) {
	out := map[string]string{}
	for _, c := range consumers {
		m, err := tx.MemberNamed(ctx, c.Repo)
		known, err := found(m, err)
		if err != nil {
			return nil, err
		}
		if known != nil {
			out[c.Repo.Fold().String()] = string(m.Head)
		}
		if known != nil && m.Gone != "" {
			out[c.Repo.Fold().String()] = ""
		}
	}
	return out, nil
}

// saveContract saves a decision and what it asks for. Somebody may have written the state meanwhile.
func (e *Engine) saveContract(ctx context.Context, tx Tx, l leaving, d contract.Decision) error {
	id := l.migration.ID
	if _, now, err := contractOf(ctx, tx, id); err != nil || now != l.text {
		return errors.Join(err, queue.ErrAgain)
	}
	errs := []error{tx.HintAt(ctx, HintContract, string(id), d.Wake), e.log(ctx, tx, id, "", d.Events...)}
	text, err := json.Marshal(d.State)
	if string(text) != l.text {
		errs = append(errs, err, tx.SetMark(ctx, contractMark(id), string(text)), tx.Hint(ctx, HintMigration, string(id)))
	}
	if d.Propose {
		errs = append(errs, e.want(ctx, tx, intentAbout(l, openContract, contractKey(id, d.State.Round))))
	}
	if d.Close {
		errs = append(errs, e.want(ctx, tx, intentAbout(l, closeContract, "contract/"+string(id)+"/close")))
	}
	if !alike(l.state.Still, d.State.Still) && d.State.Pull != 0 {
		errs = append(errs, tx.Hint(ctx, HintImpact, proposalKey(l.member.Repo.ID, d.State.Pull)))
	}
	if d.State.Phase.Ended() {
		errs = append(errs, tx.DropLooks(ctx, "contract/"+string(id)))
	}
	return errors.Join(errs...)
}

func intentAbout(l leaving, kind rollout.ActionKind, key string) rollout.Intent {
	return rollout.Intent{
		Action: rollout.Action{Key: key, Kind: kind}, Migration: l.migration.ID,
		Repo: l.member.Repo, Installation: l.member.Repo.Installation,
	}
}

// noteContract writes what came of an intent into the state, and has it judged again.
func noteContract(ctx context.Context, tx Tx, id rollout.MigrationID, note func(*contract.State)) error {
	s, _, err := contractOf(ctx, tx, id)
	if err != nil {
		return err
	}
	note(&s)
	text, err := json.Marshal(s)
	return errors.Join(err, tx.SetMark(ctx, contractMark(id), string(text)), tx.Hint(ctx, HintContract, string(id)), tx.Hint(ctx, HintMigration, string(id)))
}

// proposeAgain has a removal proposed again that GitHub refused. It reports whether there is one.
func (e *Engine) proposeAgain(ctx context.Context, tx Tx, id rollout.MigrationID, o Order) (bool, error) {
	s, _, err := contractOf(ctx, tx, id)
	if err != nil || s.Refusal == "" || s.Phase.Ended() {
		return false, err
	}
	return true, errors.Join(
		noteContract(ctx, tx, id, func(s *contract.State) { *s = s.Again() }),
		e.logBy(ctx, tx, o.Actor, id, "", rollout.Event{Rule: "retried", Text: o.Actor + " asked to propose the removal again"}))
}

// hintContracts has the removals looked at that something may mean: a push to a dataset or to a consumer, or what
// happened to a pull request of a dataset's repository.
func hintContracts(ctx context.Context, tx Tx, concerns func(rollout.Migration, contract.State) bool) error {
	active, err := tx.Migrations(ctx, true)
	for _, mig := range active {
		var s contract.State
		if err == nil && len(contract.Fields(mig.Changes)) > 0 {
			s, _, err = contractOf(ctx, tx, mig.ID)
		}
		if err == nil && s.Phase != "" && !s.Phase.Ended() && concerns(mig, s) {
			err = tx.Hint(ctx, HintContract, string(mig.ID))
		}
	}
	return err
}
