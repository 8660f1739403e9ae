package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/consumer/source"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/wave"
)

// ownership is who answers for repositories: @user, @org/team.
type ownership map[repo.ID][]string

// owners reads from each consumer's CODEOWNERS who answers for the files that it declares. Nothing is read unless a wave
// goes by owners.
func (e *Engine) owners(ctx context.Context, m consumer.Member, p plan.Plan) (ownership, error) {
	todo, err := view(ctx, e.Store, func(tx Tx) ([]suspect, error) { return e.owned(ctx, tx, m, p) })
	if err != nil {
		return nil, err
	}
	out := ownership{}
	for _, s := range todo {
		if out[s.member.Repo.ID], err = e.ownersOf(ctx, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// owned are those that may be members of a wave by their owners: the consumers of a plan, and those that it takes over
// from earlier migrations.
func (e *Engine) owned(ctx context.Context, tx Tx, m consumer.Member, p plan.Plan) (out []suspect, err error) {
	policy, err := e.policyOf(ctx, tx, rollout.Migration{Repo: m.Repo}, m.Repo)
	if err != nil || !slices.ContainsFunc(policy.Waves, func(w wave.Wave) bool { return len(w.Owners) > 0 }) {
		return nil, err
	}
	consumers, err := consumersOf(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	migrations, err := tx.Migrations(ctx, true)
	if err != nil {
		return nil, err
	}
	for _, mig := range migrations {
		if mig.Repo.ID != m.Repo.ID {
			continue
		}
		css, err := tx.Siblings(ctx, mig.ID)
		if err != nil {
			return nil, err
		}
		for _, cs := range css {
			consumers = append(consumers, consumer.Consumer{Repo: cs.Repo.Name, Reads: cs.Reads})
		}
	}
	for _, c := range consumers {
		known, err := found(tx.MemberNamed(ctx, c.Repo))
		if err != nil {
			return nil, err
		}
		if known != nil && known.Gone == "" && known.Head != "" {
			out = append(out, suspect{Consumer: c, member: *known})
		}
	}
	return out, nil
}

func (e *Engine) ownersOf(ctx context.Context, s suspect) ([]string, error) {
	var globs []string
	for _, r := range s.Reads {
		globs = append(globs, r.Paths...)
	}
	for _, place := range source.Places() {
		src, err := e.GitHub.File(ctx, s.member.Repo, place, s.member.Head)
		switch {
		case errors.Is(err, forge.ErrNotFound), errors.Is(err, forge.ErrGone):
			continue
		case err != nil:
			return nil, fmt.Errorf("read %s of %s: %w", place, s.Repo, err)
		}
		return source.ParseOwners(src).Answering(globs), nil
	}
	return nil, nil
}
