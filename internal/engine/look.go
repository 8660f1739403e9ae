package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/contract"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/store"
)

type registry interface {
	Forget(installation int64)
	InstallationRepos(ctx context.Context, installation int64) ([]repo.Repo, error)
	Refresh(ctx context.Context, r repo.Repo) (repo.Repo, error)
	Head(ctx context.Context, r repo.Repo) (repo.SHA, error)
	File(ctx context.Context, r repo.Repo, path string, at repo.SHA) ([]byte, error)
	Configs(ctx context.Context, installation int64, repos []repo.Repo, path string) (map[repo.ID]forge.Config, error)
}

// Installed says that an installation, or what was granted to it, changed.
func (e *Engine) Installed(ctx context.Context, installation int64) error {
	e.GitHub.Forget(installation)
	return e.survey(ctx, installation)
}

// survey looks at every repository of an installation, with a few requests for all of them together.
func (e *Engine) survey(ctx context.Context, installation int64) error {
	repos, err := e.GitHub.InstallationRepos(ctx, installation)
	if err != nil {
		return fmt.Errorf("list the repositories of installation %d: %w", installation, err)
	}
	orgs := slices.DeleteFunc(slices.Clone(repos), func(r repo.Repo) bool { return !isOrg(r) })
	repos = slices.DeleteFunc(repos, isOrg)
	seen, err := e.GitHub.Configs(ctx, installation, repos, config.RepoPath)
	if err != nil {
		return fmt.Errorf("read the configurations of installation %d: %w", installation, err)
	}
	for some := range slices.Chunk(append(orgs, repos...), surveyed) {
		if err := e.Store.Update(ctx, func(tx Tx) error {
			for _, r := range some {
				if err := e.glance(ctx, tx, r, seen); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

const (
	surveyed = 500       // repositories in one transaction of a survey
	closer   = time.Hour // how often a dataset's repository is looked at alone, whatever a survey sees
)

// glance takes in what a survey saw of one repository. A new one is saved as it is; one that changed without a
// delivery gets a closer look, as a survey may be older by now than what is known.
func (e *Engine) glance(ctx context.Context, tx Tx, r repo.Repo, seen map[repo.ID]forge.Config) error {
	m, err := tx.Member(ctx, r.ID)
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return err
	}
	c, ok := seen[r.ID]
	switch {
	case !ok || c.Err != nil:
		return e.enrol(ctx, tx, r)
	case unknown:
		m = e.met(r, c)
		if err := e.saveSeen(ctx, tx, consumer.Member{}, m); err != nil || !e.hasDatasets(&m) {
			return err
		}
		return tx.Hint(ctx, HintRepo, repoKey(r.ID))
	case m.Head != c.Head || m.Gone != goneOf(r) || !same(m.Repo, r), e.hasDatasets(&m) && e.Clock.Now().Sub(m.Seen) >= closer:
		return e.enrol(ctx, tx, r)
	}
	return nil
}

// same reports whether a repository is as it was known, but for its topics' order.
func same(a, b repo.Repo) bool {
	topics := slices.Equal(slices.Sorted(slices.Values(a.Topics)), slices.Sorted(slices.Values(b.Topics)))
	a.Topics, b.Topics = nil, nil
	return topics && reflect.DeepEqual(a, b)
}

// met is a repository that was never seen before.
func (e *Engine) met(r repo.Repo, c forge.Config) consumer.Member {
	m := consumer.Member{Repo: r, Head: c.Head, Seen: e.Clock.Now(), Gone: goneOf(r)}
	if c.Head != "" {
		m = withConfig(m, c.Text)
	}
	return m
}

func goneOf(r repo.Repo) string {
	if r.Archived {
		return "the repository is archived"
	}
	return ""
}

// enrol makes a repository known and has it looked at.
func (e *Engine) enrol(ctx context.Context, tx Tx, r repo.Repo) error {
	m, err := tx.Member(ctx, r.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	was := m.Repo.Name
	m.Repo, m.Gone, m.Seen = r, "", e.Clock.Now()
	errs := []error{tx.SaveMember(ctx, m), tx.Hint(ctx, HintRepo, repoKey(r.ID))}
	if was != r.Name {
		errs = append(errs, e.declare(ctx, tx, m))
	}
	return errors.Join(errs...)
}

// Removed notes that repositories are out of reach; what waits for them is told.
func (e *Engine) Removed(ctx context.Context, ids []repo.ID, why string) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		for _, id := range ids {
			m, err := tx.Member(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			m.Gone = why
			if err := errors.Join(err, tx.SaveMember(ctx, m), e.hintChangesets(ctx, tx, id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Touch is what happened in a repository.
type Touch int

// The touches.
const (
	Something  Touch = iota // look at the changesets there
	Files                   // the default branch moved, or the repository itself changed
	StopSwitch              // an issue changed, which may be the switch that stops others' merges
)

// Touched says that something happened in a repository.
func (e *Engine) Touched(ctx context.Context, r repo.Repo, what Touch) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		m, err := tx.Member(ctx, r.ID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return e.enrol(ctx, tx, r)
		case err != nil:
			return err
		case what == Files:
			return tx.Hint(ctx, HintRepo, repoKey(r.ID))
		case what == StopSwitch:
			return errors.Join(e.hintChangesets(ctx, tx, r.ID), e.hintDependents(ctx, tx, m))
		}
		return e.hintChangesets(ctx, tx, r.ID)
	})
}

func (e *Engine) hintChangesets(ctx context.Context, tx Tx, id repo.ID) error {
	css, err := tx.ChangesetsOf(ctx, id, false)
	for _, cs := range css {
		if stepped(cs) {
			err = errors.Join(err, tx.Hint(ctx, HintAdvance, string(cs.ID)))
		}
	}
	return err
}

// lookAt reads a repository's config at its head and, where it declares datasets, their schemas.
func (e *Engine) lookAt(ctx context.Context, key string) error {
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return err
	}
	m, err := view(ctx, e.Store, func(tx Tx) (consumer.Member, error) { return tx.Member(ctx, repo.ID(id)) })
	if err != nil {
		return err
	}
	before := m
	if m, err = e.refresh(ctx, m); err != nil {
		return fmt.Errorf("look at %s: %w", m.Repo.Name, err)
	}
	if err := e.saveLook(ctx, before, m); err != nil {
		return err
	}
	cfg, _ := config.ParseRepo(config.RepoPath, []byte(m.Config.Text))
	if m.Gone != "" || m.Head == "" || m.Config.Error != "" || len(cfg.Datasets) == 0 || isOrg(m.Repo) {
		return nil
	}
	return errors.Join(e.ingest(ctx, m, cfg), e.lookAtProposals(ctx, m))
}

// orgRepo is where an org keeps its defaults.
const orgRepo = ".github"

func isOrg(r repo.Repo) bool { return r.Name.Name == orgRepo }

func configPath(r repo.Repo) string {
	if isOrg(r) {
		return config.OrgPath
	}
	return config.RepoPath
}

func (e *Engine) refresh(ctx context.Context, m consumer.Member) (consumer.Member, error) {
	fresh, err := e.GitHub.Refresh(ctx, m.Repo)
	if errors.Is(err, forge.ErrGone) {
		m.Gone = "the repository is gone or out of Skein's reach"
		return m, nil
	}
	if err != nil {
		return m, err
	}
	m.Repo, m.Seen, m.Gone = fresh, e.Clock.Now(), goneOf(fresh)
	if m.Head, err = e.GitHub.Head(ctx, m.Repo); err != nil || m.Head == "" {
		return m, err
	}
	return e.readConfig(ctx, m)
}

func (e *Engine) readConfig(ctx context.Context, m consumer.Member) (consumer.Member, error) {
	src, err := e.GitHub.File(ctx, m.Repo, configPath(m.Repo), m.Head)
	if errors.Is(err, forge.ErrNotFound) {
		src, err = nil, nil
	}
	if err != nil {
		return m, err
	}
	return withConfig(m, string(src)), nil
}

// withConfig keeps the last good text beside the newest one: under a config that does not parse, Skein goes on
// finding and watching by the old one, and merges nothing.
func withConfig(m consumer.Member, text string) consumer.Member {
	m.Config.Text, m.Config.Error = text, ""
	if faults := findings(m.Repo, []byte(text)); len(faults) > 0 {
		m.Config.Error = faults[0].Position.String() + ": " + faults[0].Message
		return m
	}
	m.Config.Good, m.Config.At = text, m.Head
	return m
}

// findings are the errors of a config file.
func findings(r repo.Repo, src []byte) (out []config.Finding) {
	var all []config.Finding
	switch {
	case len(src) == 0:
		return nil
	case isOrg(r):
		_, all = config.ParseOrg(config.OrgPath, src)
	default:
		_, all = config.ParseRepo(config.RepoPath, src)
	}
	for _, f := range all {
		if f.Severity == config.Error {
			out = append(out, f)
		}
	}
	return out
}

// saveLook saves what was seen and tells whom it concerns.
func (e *Engine) saveLook(ctx context.Context, before, m consumer.Member) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		now, err := tx.Member(ctx, m.Repo.ID)
		if err != nil {
			return err
		}
		m.Ingested = now.Ingested
		return e.saveSeen(ctx, tx, before, m)
	})
}

func (e *Engine) saveSeen(ctx context.Context, tx Tx, before, m consumer.Member) error {
	errs := []error{tx.SaveMember(ctx, m)}
	if before.Repo.ID != 0 {
		errs = append(errs, e.hintChangesets(ctx, tx, m.Repo.ID))
	}
	if before.Repo.ID != 0 && before.Head != m.Head {
		errs = append(errs, hintContracts(ctx, tx, func(mig rollout.Migration, _ contract.State) bool { return mig.Repo.ID != m.Repo.ID }))
	}
	if m.Config.Error != "" || before.Config.Error != "" {
		errs = append(errs, e.wantConfigCheck(ctx, tx, m))
	}
	if before.Config.Text != m.Config.Text || before.Config.Error != m.Config.Error {
		errs = append(errs, e.hintDependents(ctx, tx, m))
	}
	if before.Config.Good != m.Config.Good || before.Repo.Name != m.Repo.Name {
		errs = append(errs, e.declare(ctx, tx, m))
	}
	return errors.Join(errs...)
}

// declare keeps what a repository says that it reads.
func (e *Engine) declare(ctx context.Context, tx Tx, m consumer.Member) error {
	var all []consumer.Declaration
	if cfg := e.configs.repo(&m); cfg != nil && !isOrg(m.Repo) {
		all = plan.Declarations(m.Repo.Name, cfg)
	}
	return tx.SaveDeclarations(ctx, m.Repo.ID, all)
}

// hintDependents has everything judged again that a repository's config or switch has something to say about:
// the consumers of its datasets and, for the org's own, everybody.
func (e *Engine) hintDependents(ctx context.Context, tx Tx, m consumer.Member) error {
	css, err := tx.ActiveChangesets(ctx)
	if err != nil {
		return err
	}
	for _, cs := range css {
		mig, _, err := tx.Migration(ctx, cs.Migration)
		if err != nil {
			return err
		}
		if isOrg(m.Repo) || mig.Repo.ID == m.Repo.ID {
			if err := tx.Hint(ctx, HintAdvance, string(cs.ID)); err != nil {
				return err
			}
		}
	}
	return nil
}

// wantConfigCheck says on the commit where the config does not parse, or that it does again.
func (e *Engine) wantConfigCheck(ctx context.Context, tx Tx, m consumer.Member) error {
	return e.want(ctx, tx, rollout.Intent{
		Action: rollout.Action{Key: "repo/" + repoKey(m.Repo.ID) + "/config/" + string(m.Head), Kind: checkConfig, Head: m.Head},
		Repo:   m.Repo, Installation: m.Repo.Installation, Level: true,
	})
}
