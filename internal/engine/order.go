package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/store"
	"github.com/skein-bot/skein/internal/wave"
)

// order puts changesets into the waves of the graph of who reads whom, and says which ones read in a circle.
func (e *Engine) order(ctx context.Context, tx Tx, mig rollout.Migration, css []rollout.Changeset) (map[repo.ID]string, error) {
	ids := make([]repo.ID, len(css))
	names := map[repo.ID]string{}
	for i, cs := range css {
		ids[i], names[cs.Repo.ID] = cs.Repo.ID, cs.Repo.Name.String()
	}
	g, err := e.graph(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	waves, circles := g.Order(ids)
	for _, c := range circles {
		in := make([]string, len(c))
		for i, id := range c {
			in[i] = names[id]
		}
		err = errors.Join(err, e.log(ctx, tx, mig.ID, "", rollout.Event{
			Rule: "wave_circle", Text: fmt.Sprintf("%s read from each other in a circle, so they go together in %s", strings.Join(in, ", "), waves[c[0]]),
		}))
	}
	return waves, err
}

// mostReached bounds the repositories that are gone through: the graph of a whole org is larger than what matters.
const mostReached = 5000

// graph is who reads the datasets that these repositories make, and those that their readers make, and so on.
func (e *Engine) graph(ctx context.Context, tx Tx, from []repo.ID) (wave.Graph, error) {
	snaps, err := tx.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	makes := map[repo.ID][]string{}
	for _, s := range snaps {
		makes[s.Repo] = append(makes[s.Repo], s.Dataset)
	}
	g := wave.Graph{}
	for todo := from; len(todo) > 0 && len(g) < mostReached; todo = todo[1:] {
		id := todo[0]
		if _, done := g[id]; done || len(makes[id]) == 0 {
			continue
		}
		if g[id], err = e.downstream(ctx, tx, id, makes[id]); err != nil {
			return nil, err
		}
		todo = append(slices.Clip(todo), g[id]...)
	}
	return g, nil
}

// downstream are the known repositories that read any of these datasets of a repository.
func (e *Engine) downstream(ctx context.Context, tx Tx, id repo.ID, datasets []string) (out []repo.ID, err error) {
	m, err := memberOf(ctx, tx, id)
	cfg := e.configs.repo(m)
	if err != nil || cfg == nil {
		return nil, err
	}
	var listings []consumer.Listing
	for _, name := range datasets {
		if l, ok := plan.ListingOf(cfg, name); ok {
			listings = append(listings, l)
		}
	}
	own, err := declaredFor(ctx, tx, listings)
	if err != nil {
		return nil, err
	}
	for _, c := range consumer.Resolve(listings, own) {
		reader, err := tx.MemberNamed(ctx, c.Repo)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, err
		default:
			out = append(out, reader.Repo.ID)
		}
	}
	return out, nil
}
