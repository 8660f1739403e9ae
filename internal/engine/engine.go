// Package engine is the shell around the core: it asks GitHub, lets the core decide, saves what was decided,
// and does it. It decides nothing itself.
//
// Everything begins with a hint, "look at this": a webhook, a tick, a command, the result of an action. Hints
// are jobs in the queue, one at a time for one thing:
//
//	repo ID         config and schemas of a repository at its head; a schema change becomes a migration
//	propose CS      one consumer's files at one commit, rewritten and proven
//	advance CS      observe, rollout.Step, save state and intents in one transaction
//	migration M     gates and end of a migration, its tracking issue
//	impact REPO/N   what a pull request on a dataset's repository would mean, told by a check on it
//	evidence REPO   which fields a repository's code reads
//	contract M      whether the old names that a migration left in place may go
//	again CS        what was taken back, kept as a draft
//	act INST        the intents of an installation, one after the other, the most urgent first
//
// A hint only says that something may have changed: the truth is what GitHub shows when asked. Sweep hints at
// everything that is not finished, so a lost, late or doubled hint changes nothing but the delay.
package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/internal/store"
	"github.com/skein-bot/skein/rewrite"
)

// The kinds of hint.
const (
	HintDelivery  = "delivery"
	HintRepo      = "repo"
	HintPropose   = "propose"
	HintAdvance   = "advance"
	HintMigration = "migration"
	HintAct       = "act"
)

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, f func(Tx) error) error
}

// Tx is one transaction: state, the intents it implies and the hints that follow are saved together or not.
type Tx interface {
	members
	evidence
	looks
	migrations
	changesets
	intents
	journal
	hints
}

type hints interface {
	Hint(ctx context.Context, kind, key string) error
	HintAt(ctx context.Context, kind, key string, at time.Time) error
	Due(ctx context.Context, now time.Time) ([]store.Timer, error)
	NextTimer(ctx context.Context) (time.Time, error)
}

type members interface {
	Member(ctx context.Context, id repo.ID) (consumer.Member, error)
	MemberNamed(ctx context.Context, name repo.Name) (consumer.Member, error)
	MembersNear(ctx context.Context, dataset string) ([]consumer.Member, error)
	SaveDeclarations(ctx context.Context, id repo.ID, all []consumer.Declaration) error
	Readers(ctx context.Context, dataset string) ([]consumer.Declaration, error)
	DeclarationsOf(ctx context.Context, name repo.Name) ([]consumer.Declaration, error)
	SaveMember(ctx context.Context, m consumer.Member) error
	Snapshot(ctx context.Context, dataset string) (consumer.Snapshot, error)
	Snapshots(ctx context.Context) ([]consumer.Snapshot, error)
	SaveSnapshots(ctx context.Context, id repo.ID, snaps []consumer.Snapshot) error
}

type migrations interface {
	AddMigration(ctx context.Context, m rollout.Migration) (rollout.MigrationID, error)
	Migration(ctx context.Context, id rollout.MigrationID) (rollout.Migration, int64, error)
	SaveMigration(ctx context.Context, m rollout.Migration, version int64) error
	Migrations(ctx context.Context, active bool) ([]rollout.Migration, error)
}

type changesets interface {
	AddChangeset(ctx context.Context, c rollout.Changeset) error
	Changeset(ctx context.Context, id rollout.ChangesetID) (rollout.Changeset, int64, error)
	SaveChangeset(ctx context.Context, c rollout.Changeset, version int64) error
	Changesets(ctx context.Context, m rollout.MigrationID) ([]rollout.Changeset, error)
	Siblings(ctx context.Context, m rollout.MigrationID) ([]rollout.Changeset, error)
	ChangesetsOf(ctx context.Context, id repo.ID, active bool) ([]rollout.Changeset, error)
	ActiveChangesets(ctx context.Context) ([]rollout.Changeset, error)
}

type intents interface {
	Want(ctx context.Context, in rollout.Intent) (added bool, err error)
	NextIntent(ctx context.Context, installation int64, now time.Time) (rollout.Intent, int64, error)
	FinishIntent(ctx context.Context, key string, generation int64) error
	PostponeIntent(ctx context.Context, key string, t time.Time, reason string) error
	FailIntent(ctx context.Context, key, reason string) error
	DropIntent(ctx context.Context, key string) error
	DropIntents(ctx context.Context, id rollout.ChangesetID) error
	FailedIntents(ctx context.Context, id rollout.ChangesetID) ([]rollout.Intent, error)
	OpenInstallations(ctx context.Context, now time.Time) ([]int64, error)
}

type journal interface {
	Log(ctx context.Context, entries ...rollout.Entry) error
	JournalOf(ctx context.Context, m rollout.MigrationID, c rollout.ChangesetID) ([]rollout.Entry, error)
	Mark(ctx context.Context, key string) (string, error)
	SetMark(ctx context.Context, key, value string) error
	OpenDeliveries(ctx context.Context) ([]string, error)
	Redeliver(ctx context.Context, guid string, most int) (bool, error)
}

// Options are what an engine is made of. All but Count and Faults are required.
type Options struct {
	Store     Store
	GitHub    GitHub
	Clock     clock.Clock
	Rewriters []rewrite.Rewriter
	AppID     int64
	Links     status.Links
	Log       zerolog.Logger
	// Count counts the rules that made a changeset wait, or moved it; nil counts nothing.
	Count func(rule string)
	// Faults plants mistakes, so that the demo's verification can show that it would find them.
	Faults Faults
}

// Faults are mistakes on purpose. All are off in a server.
type Faults struct {
	IgnoreWindows bool   // merge whatever the time
	MissConsumer  string // forget this OWNER/NAME
	RevertWrong   bool   // revert what was healthy
}

// Engine does the work. Its methods are safe for concurrent use.
type Engine struct {
	Options
	configs  configs
	versions memo[commitKey, plan.Version]
}

// New returns an engine.
func New(o Options) *Engine { return &Engine{Options: o} }

// Run does one hint. It is the queue's handler for every kind but deliveries.
func (e *Engine) Run(ctx context.Context, kind, key string) error {
	err := e.run(ctx, kind, key)
	var limited *forge.Limited
	switch {
	case errors.Is(err, store.ErrStale):
		return queue.ErrAgain
	case errors.As(err, &limited):
		return e.later(ctx, kind, key, limited.Until, err)
	}
	return err
}

func (e *Engine) run(ctx context.Context, kind, key string) error {
	switch kind {
	case HintRepo:
		return e.lookAt(ctx, key)
	case HintPropose:
		return e.propose(ctx, rollout.ChangesetID(key))
	case HintAdvance:
		return e.advance(ctx, rollout.ChangesetID(key))
	case HintMigration:
		return e.migration(ctx, rollout.MigrationID(key))
	case HintAct:
		return e.act(ctx, key)
	case HintImpact:
		return e.impact(ctx, key)
	case HintEvidence:
		return e.lookInto(ctx, key)
	case HintAgain:
		return e.again(ctx, rollout.ChangesetID(key))
	case HintContract:
		return e.contract(ctx, rollout.MigrationID(key))
	}
	return fmt.Errorf("no job is called %q", kind)
}

// later sets a timer: GitHub, or our own budget, allows nothing before then.
func (e *Engine) later(ctx context.Context, kind, key string, at time.Time, cause error) error {
	e.Log.Warn().Err(cause).Str("hint", kind).Str("key", key).Time("until", at).Msg("GitHub asks to wait")
	return e.Store.Update(ctx, func(tx Tx) error { return tx.HintAt(ctx, kind, key, at) })
}

// hint enqueues one look.
func (e *Engine) hint(ctx context.Context, kind, key string) error {
	return e.Store.Update(ctx, func(tx Tx) error { return tx.Hint(ctx, kind, key) })
}

func repoKey(id repo.ID) string { return strconv.FormatInt(int64(id), 10) }

// view reads inside a transaction.
func view[T any](ctx context.Context, s Store, f func(Tx) (T, error)) (out T, err error) {
	err = s.Update(ctx, func(tx Tx) error {
		out, err = f(tx)
		return err
	})
	return out, err
}
