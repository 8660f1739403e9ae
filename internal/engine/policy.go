package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
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

// policyOf joins what the org, the dataset's repository and the consumer agreed on.
func (e *Engine) policyOf(ctx context.Context, tx Tx, m rollout.Migration, r repo.Repo) (rollout.Policy, error) {
	org, err := orgOf(ctx, tx, m.Repo)
	if err != nil {
		return rollout.Policy{}, err
	}
	dataset, err := memberOf(ctx, tx, m.Repo.ID)
	if err != nil {
		return rollout.Policy{}, err
	}
	own, err := memberOf(ctx, tx, r.ID)
	if err != nil {
		return rollout.Policy{}, err
	}
	p := config.Policy(e.configs.org(org), e.configs.repo(dataset), e.configs.repo(own))
	p.Broken = broken(dataset, own)
	return p, nil
}

func broken(ms ...*consumer.Member) string {
	var out []string
	for i, m := range ms {
		if m != nil && m.Config.Error != "" && (i == 0 || ms[0] == nil || m.Repo.ID != ms[0].Repo.ID) {
			out = append(out, fmt.Sprintf("%s: %s", m.Repo.Name, m.Config.Error))
		}
	}
	return strings.Join(out, "; ")
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
