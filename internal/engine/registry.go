package engine

import (
	"context"
	"errors"
	"fmt"
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
	}
	if why, err := e.hidden(ctx, tx, dataset, m.Repo); err != nil || why != "" {
		return m.Repo, why, err
	}
	return m.Repo, m.Gone, nil
}

// hidden says why a dataset's names may not be written to a repository: more people read that than the dataset (law 10).
// Either may have become so since it was asked last.
func (e *Engine) hidden(ctx context.Context, tx Tx, dataset, reader repo.Repo) (string, error) {
	dataset, err := asToday(ctx, tx, dataset)
	if err != nil {
		return "", err
	}
	if reader, err = asToday(ctx, tx, reader); err != nil || !reader.Visibility.Wider(dataset.Visibility) {
		return "", err
	}
	owner, err := memberOf(ctx, tx, dataset.ID)
	if cfg := e.configs.repo(owner); err != nil || cfg == nil || !slices.ContainsFunc(cfg.Visibility.Allow, reader.Name.Same) {
		return withheld(dataset, reader), err
	}
	return "", nil
}

func withheld(dataset, reader repo.Repo) string {
	return fmt.Sprintf("withheld: the dataset is %s and this repository is %s; visibility: {allow: [%s]} would permit it",
		dataset.Visibility, reader.Visibility, reader.Name)
}
