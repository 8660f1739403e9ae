package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/contract"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/wave"
	"github.com/skein-bot/skein/rewrite"
)

type archives interface {
	Archive(ctx context.Context, r repo.Repo, at repo.SHA, want func(path string) bool, l forge.Limits) ([]rewrite.File, []forge.Skipped, error)
	Commit(ctx context.Context, r repo.Repo, sha repo.SHA) (forge.Commit, error)
}

// ingest compares a dataset repository's head with the commit that was handled last. It looks at states, not
// at pushes, so it does not matter how many pushes, or which of their deliveries, came between.
func (e *Engine) ingest(ctx context.Context, m consumer.Member, cfg *config.Repo) error {
	if m.Ingested == m.Head {
		return nil
	}
	to, err := e.version(ctx, m.Repo, cfg, m.Head)
	if faults := faultsOf(err); len(faults) > 0 {
		return e.Store.Update(ctx, func(tx Tx) error { return e.wantSchemaCheck(ctx, tx, m, faults) })
	}
	if err != nil {
		return fmt.Errorf("read the schemas of %s: %w", m.Repo.Name, err)
	}
	said, later, err := e.settled(ctx, m.Repo)
	if err != nil {
		return fmt.Errorf("look up the answers given on %s: %w", m.Repo.Name, err)
	}
	p, counts, err := e.since(ctx, m, to, said)
	if err != nil {
		return fmt.Errorf("compare %s: %w", m.Repo.Name, err)
	}
	prepared, err := e.merged(ctx, m)
	if err != nil {
		return fmt.Errorf("look up what was prepared for %s: %w", m.Repo.Name, err)
	}
	if !counts {
		return e.Store.Update(ctx, func(tx Tx) (err error) {
			if prepared != "" {
				err = e.withdrawn(ctx, tx, prepared)
			}
			return errors.Join(err, e.ingested(ctx, tx, m, to))
		})
	}
	later = append(later, slices.DeleteFunc(said, func(a answer) bool { return a.had(p) })...)
	commit, err := e.GitHub.Commit(ctx, m.Repo, m.Head)
	if err != nil {
		return err
	}
	owners, err := e.owners(ctx, m, p)
	if err != nil {
		return fmt.Errorf("look up who owns the consumers of %s: %w", m.Repo.Name, err)
	}
	return e.Store.Update(ctx, func(tx Tx) error {
		return errors.Join(e.begin(ctx, tx, m, p, commit, prepared, owners), saveAnswers(ctx, tx, m.Repo.ID, later), e.ingested(ctx, tx, m, to))
	})
}

// since compares with the commit that was ingested last. counts is false when no reader has to follow, or when there
// is no such commit: the repository is new to Skein, or its history was rewritten.
func (e *Engine) since(ctx context.Context, m consumer.Member, to plan.Version, said []answer) (p plan.Plan, counts bool, err error) {
	if m.Ingested == "" {
		return p, false, nil
	}
	from, err := e.versionAt(ctx, m.Repo, m.Ingested)
	if errors.Is(err, forge.ErrNotFound) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	to.Answered = declared(said)
	if p = plan.Compare(from, to); !slices.ContainsFunc(p.Changes, func(c schema.Change) bool { return c.Kind == schema.FieldRemoved }) {
		undone, err := e.undone(ctx, m, to)
		return p, p.Affects() || undone, err
	}
	messages, err := e.messages(ctx, m)
	p = followed(from, to, messages, to.Answered)
	return p, err == nil && p.Affects(), err
}

// undone reports whether consumers are still to follow something that does not hold any more. A commit that undoes it
// may be nothing by itself that a reader has to follow: a name that works again as it did asks nothing of anybody.
func (e *Engine) undone(ctx context.Context, m consumer.Member, to plan.Version) (bool, error) {
	all, err := view(ctx, e.Store, func(tx Tx) ([]pending, error) { return pendingOf(ctx, tx, m.Repo.ID) })
	for _, p := range all {
		was, err := e.planOf(ctx, p.migration, p.migration.From)
		if errors.Is(err, forge.ErrNotFound) {
			continue
		}
		to.Answered = p.migration.Answers
		if err != nil || plan.Compare(was.From, to).Less(was) {
			return err == nil, err
		}
	}
	return false, err
}

// messages are those of the commits since the one that was ingested last; GitHub lists the newest 250.
func (e *Engine) messages(ctx context.Context, m consumer.Member) (out []string, err error) {
	c, err := e.GitHub.Compare(ctx, m.Repo, string(m.Ingested), string(m.Head))
	for _, one := range c.Commits {
		out = append(out, one.Message)
	}
	return out, err
}

// pending is a migration with those of its changesets that have yet to be merged.
type pending struct {
	migration  rollout.Migration
	changesets []rollout.Changeset
}

// pendingOf lists what consumers have yet to follow of a dataset's repository, newest first, without what was prepared
// for an open pull request. A migration may have ended because all that is left of it is parked: that goes on when its
// repositories are back.
func pendingOf(ctx context.Context, tx Tx, id repo.ID) (out []pending, err error) {
	active, err := tx.ActiveChangesets(ctx)
	seen := map[rollout.MigrationID]int{}
	for _, cs := range slices.Backward(active) {
		if err != nil || !unmerged(cs) {
			continue
		}
		at, known := seen[cs.Migration]
		if !known {
			var m rollout.Migration
			if m, _, err = tx.Migration(ctx, cs.Migration); err != nil {
				return nil, err
			}
			if at = -1; m.Repo.ID == id && m.Pull == 0 {
				at, out = len(out), append(out, pending{migration: m})
			}
			seen[cs.Migration] = at
		}
		if at >= 0 {
			out[at].changesets = append(out[at].changesets, cs)
		}
	}
	return out, err
}

func (e *Engine) ingested(ctx context.Context, tx Tx, m consumer.Member, to plan.Version) error {
	now, err := tx.Member(ctx, m.Repo.ID)
	if err != nil {
		return err
	}
	now.Ingested = to.Commit
	return errors.Join(hintKept(ctx, tx, m.Repo.ID), tx.SaveMember(ctx, now), tx.SaveSnapshots(ctx, m.Repo.ID, to.Snapshots(m.Repo.ID, to.Commit)),
		hintContracts(ctx, tx, func(mig rollout.Migration, _ contract.State) bool { return mig.Repo.ID == m.Repo.ID }))
}

// versionAt is a dataset repository at a commit. A commit does not change, and all consumers of a migration ask
// for the same two.
func (e *Engine) versionAt(ctx context.Context, r repo.Repo, at repo.SHA) (plan.Version, error) {
	key := commitKey{r.ID, at}
	if v, ok := e.versions.get(key); ok {
		return v, nil
	}
	v, err := e.readVersion(ctx, r, at)
	if err == nil {
		e.versions.put(key, v)
	}
	return v, err
}

func (e *Engine) readVersion(ctx context.Context, r repo.Repo, at repo.SHA) (plan.Version, error) {
	src, err := e.GitHub.File(ctx, r, config.RepoPath, at)
	if err != nil && !errors.Is(err, forge.ErrNotFound) {
		return plan.Version{}, err
	}
	cfg, _ := config.ParseRepo(config.RepoPath, src)
	return e.version(ctx, r, cfg, at)
}

func (e *Engine) version(ctx context.Context, r repo.Repo, cfg *config.Repo, at repo.SHA) (plan.Version, error) {
	files, skipped, err := e.GitHub.Archive(ctx, r, at, plan.Wants(cfg), forge.Limits{})
	if err != nil {
		return plan.Version{}, err
	}
	var faults []error
	for _, s := range skipped {
		faults = append(faults, &plan.Error{Position: repo.Position{File: s.Path}, Message: s.Reason})
	}
	v, err := plan.Read(cfg, at, files)
	return v, errors.Join(append(faults, err)...)
}

// faultsOf takes the faults of a repository's own files out of an error.
func faultsOf(err error) (out []*plan.Error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range many.Unwrap() {
			out = append(out, faultsOf(err)...)
		}
		return out
	}
	if one, ok := errors.AsType[*plan.Error](err); ok {
		out = append(out, one)
	}
	return out
}

// begin makes a migration and its changesets of a plan, or goes on with the one that was prepared for it.
func (e *Engine) begin(ctx context.Context, tx Tx, m consumer.Member, p plan.Plan, c forge.Commit, prepared rollout.MigrationID, owners ownership) error {
	mig := rollout.Migration{
		Repo: m.Repo, From: m.Ingested, To: m.Head, Author: author(c), Title: c.Subject,
		Changes: p.Changes, Created: e.Clock.Now(), Deadline: p.Deadline(),
	}
	var err error
	if mig.Answers, err = answersSoFar(ctx, tx, m.Repo.ID, p.To.Answered); err != nil {
		return err
	}
	if prepared != "" {
		return e.adopt(ctx, tx, prepared, mig, p, owners)
	}
	if mig.Landed, err = landed(ctx, tx, mig); err != nil {
		return err
	}
	return e.launch(ctx, tx, mig, p, owners)
}

// landed is when a migration's commit was first seen: an answer about it begins another migration, not another wait.
func landed(ctx context.Context, tx Tx, mig rollout.Migration) (time.Time, error) {
	active, err := tx.Migrations(ctx, true)
	for _, m := range active {
		if m.Repo.ID == mig.Repo.ID && m.To == mig.To && m.Pull == 0 {
			return m.Landed, err
		}
	}
	return mig.Created, err
}

// launch saves a new migration with a changeset for each consumer.
func (e *Engine) launch(ctx context.Context, tx Tx, mig rollout.Migration, p plan.Plan, owners ownership) error {
	id, err := tx.AddMigration(ctx, mig)
	if err != nil {
		return err
	}
	mig.ID = id
	css, err := e.changesets(ctx, tx, mig, p, owners)
	if err != nil {
		return err
	}
	for _, cs := range css {
		if err := errors.Join(tx.AddChangeset(ctx, cs), e.start(ctx, tx, cs)); err != nil {
			return err
		}
	}
	return errors.Join(tx.Hint(ctx, HintMigration, string(id)), e.log(ctx, tx, id, "", rollout.Event{
		Rule: "schema_changed", Text: fmt.Sprintf("%s changed %s in %s: %d consumers", mig.Author, p.Subject(), mig.To.Short(), len(css)),
	}))
}

// answersSoFar adds what was said for the migrations under way and for those whose consumers the new one takes over,
// and has these looked at: a question of theirs may be answered now.
func answersSoFar(ctx context.Context, tx Tx, id repo.ID, d declarations) (declarations, error) {
	active, err := tx.Migrations(ctx, true)
	if err != nil {
		return d, err
	}
	older, err := pendingOf(ctx, tx, id)
	for _, p := range older {
		if !p.migration.Ended.IsZero() {
			active = append(active, p.migration)
		}
	}
	for _, m := range active {
		if m.Repo.ID == id {
			d.Renames, d.Drops = append(d.Renames, m.Answers.Renames...), append(d.Drops, m.Answers.Drops...)
			err = errors.Join(err, tx.Hint(ctx, HintMigration, string(m.ID)))
		}
	}
	return d, err
}

func author(c forge.Commit) string {
	if c.Author != "" {
		return c.Author
	}
	return c.Name
}

func (e *Engine) start(ctx context.Context, tx Tx, cs rollout.Changeset) error {
	if cs.Phase.Ended() {
		return nil
	}
	return tx.Hint(ctx, HintPropose, string(cs.ID))
}

// changesets makes one changeset for each consumer, and takes over what earlier migrations of the same
// repository had not merged yet.
func (e *Engine) changesets(ctx context.Context, tx Tx, mig rollout.Migration, p plan.Plan, owners ownership) ([]rollout.Changeset, error) {
	consumers, err := consumersOf(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	earlier, err := e.supersede(ctx, tx, mig)
	if err != nil {
		return nil, err
	}
	for _, old := range earlier {
		if !slices.ContainsFunc(consumers, func(c consumer.Consumer) bool { return c.Repo.Same(old.Repo.Name) }) {
			consumers = append(consumers, consumer.Consumer{Repo: old.Repo.Name, Reads: old.Reads})
		}
	}
	var out []rollout.Changeset
	for _, c := range consumers {
		if c.Repo.String() == e.Faults.MissConsumer {
			continue
		}
		cs, err := e.changeset(ctx, tx, mig, c, earlier)
		if err != nil {
			return nil, err
		}
		cs.ID = changesetID(mig.ID, c.Repo, out)
		cs.Branch = "skein/" + string(cs.ID)
		out = append(out, cs)
	}
	return out, e.assign(ctx, tx, mig, out, owners)
}

func (e *Engine) changeset(ctx context.Context, tx Tx, mig rollout.Migration, c consumer.Consumer, earlier []rollout.Changeset) (rollout.Changeset, error) {
	cs := rollout.Changeset{Migration: mig.ID, Phase: rollout.Planned, Since: mig.Created, From: mig.From, Reads: c.Reads}
	for _, old := range earlier {
		if c.Repo.Same(old.Repo.Name) {
			cs.From, cs.Reads = old.From, union(cs.Reads, old.Reads)
		}
	}
	var err error
	if cs.Repo, cs.Note, err = e.reach(ctx, tx, mig.Repo, c.Repo); err != nil || cs.Note == "" {
		return cs, err
	}
	cs.Phase = rollout.Failed
	if cs.Repo.ID != 0 {
		cs.Was = rollout.Planned // it begins when the repository is back, or may see the dataset
	}
	return cs, nil
}

// changesetID is short and unique in the migration: m7-reports, and m7-reports-2 for the next owner's reports.
func changesetID(m rollout.MigrationID, name repo.Name, made []rollout.Changeset) rollout.ChangesetID {
	base := string(m) + "-" + strings.ToLower(strings.Trim(name.Name, "."))
	id := rollout.ChangesetID(base)
	for n := 2; slices.ContainsFunc(made, func(c rollout.Changeset) bool { return c.ID == id }); n++ {
		id = rollout.ChangesetID(fmt.Sprintf("%s-%d", base, n))
	}
	return id
}

func union(a, b []consumer.Read) []consumer.Read {
	for _, r := range b {
		if !slices.ContainsFunc(a, func(x consumer.Read) bool { return x.Dataset == r.Dataset }) {
			a = append(a, r)
		}
	}
	return a
}

// assign puts every changeset into its wave.
func (e *Engine) assign(ctx context.Context, tx Tx, mig rollout.Migration, css []rollout.Changeset, owners ownership) error {
	policy, err := e.policyOf(ctx, tx, mig, mig.Repo)
	if err != nil {
		return err
	}
	var waves map[repo.ID]string
	if policy.Graph != nil {
		waves, err = e.order(ctx, tx, mig, css)
	} else {
		waves = wave.Assign(membersOf(css, owners), policy.Waves)
	}
	for i := range css {
		css[i].Wave = waves[css[i].Repo.ID]
	}
	return err
}

func membersOf(css []rollout.Changeset, owners ownership) []wave.Member {
	members := make([]wave.Member, len(css))
	for i, cs := range css {
		members[i] = wave.Member{Repo: cs.Repo, Owners: owners[cs.Repo.ID]}
	}
	return members
}

// supersede ends what earlier migrations of this repository had not merged yet; the new one takes it over from
// the schema that those consumers are still written against. What is prepared for an open pull request takes nobody's
// place, and has none to be taken.
func (e *Engine) supersede(ctx context.Context, tx Tx, mig rollout.Migration) (out []rollout.Changeset, err error) {
	if mig.Pull != 0 {
		return nil, nil
	}
	older, err := pendingOf(ctx, tx, mig.Repo.ID)
	for _, old := range older {
		if err != nil || old.migration.ID == mig.ID {
			continue
		}
		note := fmt.Sprintf("a later commit (%s) changed the schema again; %s takes this over", mig.To.Short(), mig.ID)
		for _, cs := range old.changesets {
			today, todayErr := asToday(ctx, tx, cs.Repo) // it may have been renamed, and is declared by its new name
			err = errors.Join(err, todayErr, e.supersedeOne(ctx, tx, cs.ID, note))
			cs.Repo = today
			out = append(out, cs)
		}
	}
	return out, err
}

// unmerged reports whether a changeset has yet to be merged, be it that its repository is away for the time being.
func unmerged(cs rollout.Changeset) bool {
	p := cs.Phase
	if p == rollout.Failed {
		p = cs.Was
	}
	return p == rollout.Planned || p == rollout.Ready || p == rollout.Open
}

func (e *Engine) supersedeOne(ctx context.Context, tx Tx, id rollout.ChangesetID, note string) error {
	cs, version, err := tx.Changeset(ctx, id)
	if err != nil {
		return err
	}
	cs = rollout.Supersede(cs, note, e.Clock.Now())
	errs := []error{
		tx.DropIntents(ctx, id), tx.SaveChangeset(ctx, cs, version), tx.HintAt(ctx, HintAdvance, string(id), time.Time{}),
		tx.Hint(ctx, HintMigration, string(cs.Migration)),
		e.log(ctx, tx, cs.Migration, id, rollout.Event{Rule: "superseded", Text: note}),
	}
	if cs.Pull > 0 {
		errs = append(errs, e.wantAction(ctx, tx, cs, rollout.Action{
			Key: fmt.Sprintf("%s/%s/%d", id, rollout.ClosePull, cs.Pull), Kind: rollout.ClosePull, Text: note,
		}))
	}
	return errors.Join(errs...)
}
