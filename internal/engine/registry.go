package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/store"
)

// consumersOf are the readers of what a plan changes, by their own word and by the dataset's.
func consumersOf(ctx context.Context, tx Tx, p plan.Plan) ([]consumer.Consumer, error) {
	listings := p.Listings()
	own, err := declaredFor(ctx, tx, listings)
	return consumer.Resolve(listings, own), err
}

// declaredFor reads what consumers say themselves of the listed datasets, and, of those that a dataset lists, what
// else they say: they may ignore some of their paths.
func declaredFor(ctx context.Context, tx Tx, listings []consumer.Listing) (own []consumer.Declaration, err error) {
	for _, l := range listings {
		readers, err := tx.Readers(ctx, l.Dataset)
		if err != nil {
			return nil, err
		}
		own = append(own, readers...)
	}
	for _, l := range listings {
		for _, d := range l.Repos {
			all, err := tx.DeclarationsOf(ctx, d.Repo)
			if err != nil {
				return nil, err
			}
			own = append(own, slices.DeleteFunc(all, func(d consumer.Declaration) bool {
				return slices.ContainsFunc(listings, func(l consumer.Listing) bool { return l.Dataset == d.Dataset })
			})...)
		}
	}
	return own, nil
}

// reach is a consumer's repository as it is known, and why it cannot be worked on for this dataset; "" when it can.
func (e *Engine) reach(ctx context.Context, tx Tx, dataset repo.Repo, name repo.Name) (repo.Repo, string, error) {
	m, err := tx.MemberNamed(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return repo.Repo{Name: name}, "Skein is not installed on " + name.String(), nil
	case err != nil:
		return m.Repo, "", err
	case dataset.Private && !m.Repo.Private:
		owner, err := memberOf(ctx, tx, dataset.ID)
		if cfg := e.configs.repo(owner); err != nil || cfg == nil || !slices.ContainsFunc(cfg.Visibility.Allow, m.Repo.Name.Same) {
			return m.Repo, withheld(name), err
		}
	}
	return m.Repo, m.Gone, nil
}

func withheld(name repo.Name) string {
	return "withheld: the dataset is private and this repository is public; visibility: {allow: [" + name.String() + "]} would permit it"
}
