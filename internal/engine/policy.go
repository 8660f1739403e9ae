package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/store"
)

// configs remembers parsed configurations by their text: the same few are asked for at every decision.
type configs struct {
	repos memo[string, *config.Repo]
	orgs  memo[string, *config.Org]
}

// repo parses the last good config of a member; nil when it has none.
func (c *configs) repo(m *consumer.Member) *config.Repo {
	if m == nil || m.Config.Good == "" {
		return nil
	}
	return c.repos.of(m.Config.Good, func(text string) *config.Repo {
		cfg, _ := config.ParseRepo(config.RepoPath, []byte(text))
		return cfg
	})
}

// org parses the last good defaults of an org; nil when there are none.
func (c *configs) org(m *consumer.Member) *config.Org {
	if m == nil || m.Config.Good == "" {
		return nil
	}
	return c.orgs.of(m.Config.Good, func(text string) *config.Org {
		cfg, _ := config.ParseOrg(config.OrgPath, []byte(text))
		return cfg
	})
}

// governors are the repositories whose configs decide about a changeset; nil where there is none.
type governors struct{ org, dataset, own *consumer.Member }

func governing(ctx context.Context, tx Tx, m rollout.Migration, r repo.Repo) (g governors, err error) {
	if g.org, err = orgOf(ctx, tx, m.Repo); err != nil {
		return g, err
	}
	if g.dataset, err = memberOf(ctx, tx, m.Repo.ID); err != nil {
		return g, err
	}
	g.own, err = memberOf(ctx, tx, r.ID)
	return g, err
}

// all lists each repository once.
func (g governors) all() (out []consumer.Member) {
	for _, m := range []*consumer.Member{g.org, g.dataset, g.own} {
		if m != nil && !slices.ContainsFunc(out, func(o consumer.Member) bool { return o.Repo.ID == m.Repo.ID }) {
			out = append(out, *m)
		}
	}
	return out
}

// policyOf joins what the org, the dataset's repository and the consumer agreed on.
func (e *Engine) policyOf(ctx context.Context, tx Tx, m rollout.Migration, r repo.Repo) (rollout.Policy, error) {
	g, err := governing(ctx, tx, m, r)
	if err != nil {
		return rollout.Policy{}, err
	}
	p := config.Policy(e.configs.org(g.org), e.configs.repo(g.dataset), e.configs.repo(g.own))
	p.Broken = g.broken()
	return p, nil
}

func (g governors) broken() string {
	var out []string
	for _, m := range g.all() {
		if m.Config.Error != "" {
			out = append(out, fmt.Sprintf("%s: %s", m.Repo.Name, m.Config.Error))
		}
	}
	return strings.Join(out, "; ")
}

// unchanged demands that the configs by which a merge was judged are those that stand in the repositories now: a push
// to one may not have been heard of yet.
func (e *Engine) unchanged(ctx context.Context, j job) error {
	g, err := view(ctx, e.Store, func(tx Tx) (governors, error) { return governing(ctx, tx, j.migration, j.cs.Repo) })
	if err != nil {
		return err
	}
	for _, m := range g.all() {
		src, err := e.GitHub.File(ctx, m.Repo, configPath(m.Repo), repo.SHA(m.Repo.DefaultBranch))
		if err != nil && !errors.Is(err, forge.ErrNotFound) {
			return err
		}
		if string(src) != m.Config.Text {
			return errors.Join(e.hint(ctx, HintRepo, repoKey(m.Repo.ID)),
				&notNow{why: fmt.Sprintf("%s has just been changed in %s", configPath(m.Repo), m.Repo.Name)})
		}
	}
	return nil
}

// newest demands that nothing was pushed to the dataset that has not been heard of yet: it may undo what is followed.
func (e *Engine) newest(ctx context.Context, j job) error {
	m, err := view(ctx, e.Store, func(tx Tx) (*consumer.Member, error) { return memberOf(ctx, tx, j.migration.Repo.ID) })
	if err != nil || m == nil || j.migration.Pull != 0 {
		return err
	}
	head, err := e.GitHub.Head(ctx, m.Repo)
	if err != nil || head == m.Head {
		return err
	}
	return errors.Join(e.hint(ctx, HintRepo, repoKey(m.Repo.ID)), &notNow{why: fmt.Sprintf("%s has just been pushed to", m.Repo.Name)})
}

// memberOf is a repository as it was last seen; nil when it is not known.
func memberOf(ctx context.Context, tx Tx, id repo.ID) (*consumer.Member, error) {
	m, err := tx.Member(ctx, id)
	return found(m, err)
}

// orgOf is the .github repository of a repository's owner; nil when there is none.
func orgOf(ctx context.Context, tx Tx, r repo.Repo) (*consumer.Member, error) {
	m, err := tx.MemberNamed(ctx, repo.Name{Owner: r.Name.Owner, Name: orgRepo})
	if m.Gone != "" {
		return nil, err
	}
	return found(m, err)
}

func found(m consumer.Member, err error) (*consumer.Member, error) {
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &m, err
}
