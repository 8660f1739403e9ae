package engine

import (
	"context"
	"slices"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/rewrite"
)

// mostOnward bounds how many fields of further datasets one change is followed into.
const mostOnward = 200

// onward follows a change through the datasets that consumers make of what changes, as far as their code is known, and
// tells who reads it there. Whose code nobody has looked at is looked at soon.
func (e *Engine) onward(ctx context.Context, tx Tx, known []consumer.Snapshot, todo []consumer.Carrier) (out []status.Onward, left int, err error) {
	made := map[repo.ID][]consumer.Snapshot{}
	for _, s := range known {
		made[s.Repo] = append(made[s.Repo], s)
	}
	met := map[[2]string]bool{}
	for _, c := range todo {
		met[[2]string{c.Dataset, c.Field}] = true
	}
	for len(todo) > 0 {
		next, err := carried(ctx, tx, todo[0], made)
		if err != nil {
			return nil, 0, err
		}
		todo = todo[1:]
		for _, c := range next {
			key := [2]string{c.Dataset, c.Field}
			switch {
			case met[key]:
				continue
			case len(out) == mostOnward:
				left++
				continue
			}
			met[key] = true
			todo = append(todo, c)
			readers, err := e.readersOf(ctx, tx, c.Dataset, c.Field)
			if err != nil {
				return nil, 0, err
			}
			out = append(out, status.Onward{Carrier: c, Readers: readers})
		}
	}
	return out, left, e.hintUnseen(ctx, tx, out)
}

// changed are the fields that a plan is about. Of those that are renamed, and of those that go, whoever names one keeps
// its own output or is for people; whatever else happens to a field goes on with its values.
func changed(p plan.Plan) (out []consumer.Carrier) {
	for _, c := range p.Mapping.Changes {
		switch c.Kind {
		case rewrite.RenameField, rewrite.Cast, rewrite.DropField:
			out = append(out, consumer.Carrier{Dataset: c.Dataset, Field: c.From, Kept: true})
		case rewrite.RenameEnum, rewrite.Review:
			out = append(out, consumer.Carrier{Dataset: c.Dataset, Field: c.From})
		case rewrite.Reshape:
			out = append(out, consumer.Carrier{Dataset: c.Dataset, Field: consumer.Row, Kept: true})
		case rewrite.RenameDataset, rewrite.ReplaceDataset: // what is made of it stays
		}
	}
	return slices.DeleteFunc(out, func(c consumer.Carrier) bool { return c.Field == "" })
}

// carried is where one field goes on to.
func carried(ctx context.Context, tx Tx, c consumer.Carrier, made map[repo.ID][]consumer.Snapshot) (out []consumer.Carrier, err error) {
	seen, err := tx.Seen(ctx, c.Dataset)
	if err != nil {
		return nil, err
	}
	for _, s := range seen {
		if len(s.Sights) == 0 || len(made[s.Repo]) == 0 {
			continue
		}
		m, err := memberOf(ctx, tx, s.Repo)
		if err != nil {
			return nil, err
		}
		if m == nil || m.Gone != "" {
			continue
		}
		all := s.Sights
		for _, d := range made[s.Repo] {
			if d.Dataset == c.Dataset {
				continue
			}
			own, err := tx.SightsIn(ctx, s.Repo, d.Dataset)
			if err != nil {
				return nil, err
			}
			all = append(all, own...)
		}
		out = append(out, c.Onward(*m, s.At, all, made[s.Repo])...)
	}
	return out, nil
}

// hintUnseen has those looked at of whom only declarations are known.
func (e *Engine) hintUnseen(ctx context.Context, tx Tx, all []status.Onward) error {
	asked := map[repo.ID]bool{}
	for _, o := range all {
		for _, r := range o.Readers {
			if r.ID == 0 || r.At != "" || asked[r.ID] || len(asked) == mostOnward {
				continue
			}
			asked[r.ID] = true
			if err := tx.Hint(ctx, HintEvidence, repoKey(r.ID)); err != nil {
				return err
			}
		}
	}
	return nil
}
