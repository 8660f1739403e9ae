package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
)

type observer interface {
	Gone(ctx context.Context, r repo.Repo) (readers repo.Visibility, why string, err error)
	FindPull(ctx context.Context, r repo.Repo, branch string) (int, error)
	Pull(ctx context.Context, r repo.Repo, number int, required green.Required) (green.Pull, error)
	Required(ctx context.Context, r repo.Repo, branch string) (green.Required, error)
	Checks(ctx context.Context, r repo.Repo, sha repo.SHA) ([]green.Check, error)
	TestStatuses(ctx context.Context, r repo.Repo, sha repo.SHA) ([]green.Check, error)
	MergeRequest(ctx context.Context, r repo.Repo, number int, request string) (state, reason string, err error)
	Deployments(ctx context.Context, r repo.Repo, sha repo.SHA) ([]green.Check, error)
	Descendants(ctx context.Context, r repo.Repo, after repo.SHA, branch string) ([]repo.SHA, error)
	StopIssue(ctx context.Context, r repo.Repo) (string, error)
}

// observe asks GitHub for what the changeset's phase depends on, and the store for the rest.
func (e *Engine) observe(ctx context.Context, j job) (rollout.Observation, error) {
	gone, err := e.gone(ctx, j.cs.Repo)
	if err == nil && gone == "" {
		gone, err = e.hiddenNow(ctx, j)
	}
	if err != nil || gone != "" {
		return rollout.Observation{Gone: gone}, err
	}
	obs, err := e.around(ctx, j)
	if err != nil {
		return obs, err
	}
	switch j.cs.Phase {
	case rollout.Ready:
		err = e.observeBase(ctx, j, &obs)
	case rollout.Open, rollout.Merging, rollout.Declined:
		err = e.observePull(ctx, j, &obs)
	case rollout.Watching, rollout.Suspect, rollout.Regressed, rollout.Reverting:
		err = e.observeMerge(ctx, j, &obs)
	case rollout.Untouched, rollout.Refused, rollout.Skipped, rollout.Superseded:
		if j.cs.Unseen() {
			j.cs.Pull, err = e.GitHub.FindPull(ctx, j.cs.Repo, j.cs.Branch)
		}
		if err == nil && j.cs.Pull != 0 {
			err = e.observePull(ctx, j, &obs)
		}
	case rollout.Planned, rollout.Reverted, rollout.Healthy, rollout.Unproven, rollout.Failed:
	}
	return obs, err
}

func (e *Engine) hiddenNow(ctx context.Context, j job) (string, error) {
	return view(ctx, e.Store, func(tx Tx) (string, error) { return e.hidden(ctx, tx, j.migration.Repo, j.cs.Repo) })
}

func (e *Engine) gone(ctx context.Context, r repo.Repo) (string, error) {
	readers, why, err := e.GitHub.Gone(ctx, r)
	if errors.Is(err, forge.ErrSuspended) {
		return "the installation is suspended", nil
	}
	if err == nil && readers.Wider(r.Visibility) {
		err = e.published(ctx, r, readers)
	}
	return why, err
}

// published takes in at once that more people can read a repository than was known: whatever is written next must know.
// That fewer can is left to a look at the repository, as an old answer may say so.
func (e *Engine) published(ctx context.Context, r repo.Repo, readers repo.Visibility) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		m, err := memberOf(ctx, tx, r.ID)
		if err != nil || m == nil {
			return err
		}
		m.Repo.Visibility = readers
		return errors.Join(tx.SaveMember(ctx, *m), tx.Hint(ctx, HintRepo, repoKey(r.ID)))
	})
}

// around is what the rest of the migration and the installation say.
func (e *Engine) around(ctx context.Context, j job) (obs rollout.Observation, err error) {
	now := e.Clock.Now()
	gates := rollout.Gates(j.migration, j.siblings, j.policy, now)
	obs.Ahead = j.migration.Pull
	obs.Wave, obs.Paused, obs.Hotfix = gates[j.cs.Wave], j.migration.Pause, j.migration.Hotfix
	for _, s := range j.siblings {
		switch underWay := s.ID != j.cs.ID && s.Phase == rollout.Merging && (s.Request != "" || !s.Enqueued.IsZero()); {
		case !s.MergedAt.IsZero() && s.MergedBy == "":
			obs.Merged = append(obs.Merged, s.MergedAt)
		case underWay: // GitHub will merge it, so it counts already
			obs.Merged = append(obs.Merged, s.JudgedAt)
		}
	}
	err = e.Store.Update(ctx, func(tx Tx) error {
		active, err := tx.ChangesetsOf(ctx, j.cs.Repo.ID, true)
		for _, s := range active {
			obs.Busy = obs.Busy || s.ID != j.cs.ID && s.Phase == rollout.Merging
		}
		if err != nil {
			return err
		}
		if obs.Failed, err = failed(ctx, tx, j.cs.ID); err != nil {
			return err
		}
		obs.Reverts, err = reverts(ctx, tx, j.cs.Repo.Installation, now.Add(-24*time.Hour))
		return err
	})
	if err != nil || !mayWrite(j.cs.Phase) {
		return obs, err
	}
	obs.Stop, err = e.stop(ctx, j)
	return obs, err
}

// failed says which actions of a changeset were given up, and why.
func failed(ctx context.Context, tx Tx, id rollout.ChangesetID) (map[string]string, error) {
	given, err := tx.FailedIntents(ctx, id)
	out := map[string]string{}
	for _, in := range given {
		out[in.Key] = in.Error
	}
	return out, err
}

// reverts lists when Skein merged reverts in an installation.
func reverts(ctx context.Context, tx Tx, installation int64, since time.Time) (out []time.Time, err error) {
	ms, err := tx.Migrations(ctx, false)
	if err != nil {
		return nil, err
	}
	for _, m := range ms {
		css, err := tx.Siblings(ctx, m.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range css {
			if c.Repo.Installation == installation && c.RevertedAt.After(since) {
				out = append(out, c.RevertedAt)
			}
		}
	}
	return out, nil
}

// mayWrite names the phases in which a merge or a revert may follow.
func mayWrite(p rollout.Phase) bool {
	return slices.Contains([]rollout.Phase{rollout.Open, rollout.Merging, rollout.Watching, rollout.Suspect, rollout.Reverting, rollout.Regressed}, p)
}

// stop asks every switch that halts merges and reverts. One that cannot be read counts as thrown.
func (e *Engine) stop(ctx context.Context, j job) (string, error) {
	org, err := view(ctx, e.Store, func(tx Tx) (*consumer.Member, error) { return orgOf(ctx, tx, j.cs.Repo) })
	if err != nil {
		return "", err
	}
	where := []repo.Repo{j.cs.Repo, j.migration.Repo}
	if org != nil {
		if why := e.frozen(org); why != "" {
			return why, nil
		}
		where = append(where, org.Repo)
	}
	for i, r := range where {
		if slices.ContainsFunc(where[:i], func(x repo.Repo) bool { return x.ID == r.ID }) {
			continue
		}
		if why, err := e.GitHub.StopIssue(ctx, r); err != nil || why != "" {
			return why, err
		}
	}
	return "", nil
}

func (e *Engine) frozen(org *consumer.Member) string {
	if org.Config.Error != "" {
		return fmt.Sprintf("the org's defaults cannot be read (%s)", org.Config.Error)
	}
	if cfg := e.configs.org(org); cfg != nil && cfg.Freeze {
		return fmt.Sprintf("%s says freeze: all", org.Repo.Name)
	}
	return ""
}

// required is what the default branch asks for. Skein does not wait for its own check: it vouches for what it merges.
func (e *Engine) required(ctx context.Context, r repo.Repo) (green.Required, error) {
	req, err := e.GitHub.Required(ctx, r, r.DefaultBranch)
	own := func(c green.RequiredCheck) bool { return c.Name == ownCheck && (c.App == 0 || c.App == e.AppID) }
	req.Own = slices.ContainsFunc(req.Checks, own)
	req.Checks = slices.DeleteFunc(slices.Clone(req.Checks), own)
	return req, err
}

func (e *Engine) observeBase(ctx context.Context, j job, obs *rollout.Observation) (err error) {
	obs.BaseHead, err = e.GitHub.Head(ctx, j.cs.Repo)
	return err
}

func (e *Engine) observePull(ctx context.Context, j job, obs *rollout.Observation) error {
	required, err := e.required(ctx, j.cs.Repo)
	if err != nil {
		return err
	}
	pull, err := e.GitHub.Pull(ctx, j.cs.Repo, j.cs.Pull, required)
	if err != nil {
		return err
	}
	obs.Required, obs.Pull = required, &pull
	if obs.BaseHead, err = e.GitHub.Head(ctx, j.cs.Repo); err != nil {
		return err
	}
	if obs.Head, err = e.checks(ctx, j.cs.Repo, pull.Head); err != nil {
		return err
	}
	if pull.Test != "" {
		tests, err := e.GitHub.TestStatuses(ctx, j.cs.Repo, pull.Test)
		if obs.Head = append(obs.Head, tests...); err != nil {
			return err
		}
	}
	if j.cs.Request == "" {
		return nil
	}
	obs.Request = &rollout.Request{}
	obs.Request.State, obs.Request.Reason, err = e.GitHub.MergeRequest(ctx, j.cs.Repo, j.cs.Pull, j.cs.Request)
	return err
}

// observeMerge reads what the watch needs: our head, the parent, the merge commit and what came after it, and
// the revert if there is one.
func (e *Engine) observeMerge(ctx context.Context, j job, obs *rollout.Observation) (err error) {
	cs, r := j.cs, j.cs.Repo
	if obs.Required, err = e.required(ctx, r); err != nil {
		return err
	}
	if obs.BaseHead, err = e.GitHub.Head(ctx, r); err != nil {
		return err
	}
	if obs.Descendants, err = e.GitHub.Descendants(ctx, r, cs.Merge, r.DefaultBranch); err != nil {
		return err
	}
	if obs.Head, err = e.checks(ctx, r, cs.Judged); err != nil {
		return err
	}
	if obs.Parent, err = e.signals(ctx, r, cs.Parent, j.policy); err != nil {
		return err
	}
	for _, at := range append([]repo.SHA{cs.Merge}, obs.Descendants[:min(len(obs.Descendants), laterCommits)]...) {
		checks, err := e.signals(ctx, r, at, j.policy)
		if err != nil {
			return err
		}
		obs.After = append(obs.After, checks...)
	}
	return e.observeRevert(ctx, j, obs)
}

// laterCommits is how many of the newest commits after the merge are looked at for a result.
const laterCommits = 3

func (e *Engine) observeRevert(ctx context.Context, j job, obs *rollout.Observation) error {
	if j.cs.RevertPull == 0 {
		return nil
	}
	pull, err := e.GitHub.Pull(ctx, j.cs.Repo, j.cs.RevertPull, obs.Required)
	if err != nil {
		return err
	}
	obs.Revert = &pull
	obs.Reverted, err = e.checks(ctx, j.cs.Repo, pull.Head)
	return err
}

// checks are the checks on a commit but for Skein's own, which say nothing about the code.
func (e *Engine) checks(ctx context.Context, r repo.Repo, at repo.SHA) ([]green.Check, error) {
	if at == "" {
		return nil, nil
	}
	all, err := e.GitHub.Checks(ctx, r, at)
	for i := range all {
		all[i].SHA = at
	}
	return slices.DeleteFunc(all, func(c green.Check) bool { return c.App == e.AppID && e.AppID != 0 }), err
}

// signals are the checks on a commit, and what was said of it elsewhere: by verdicts from outside, and by deployments,
// where the policy names one or names nothing.
func (e *Engine) signals(ctx context.Context, r repo.Repo, at repo.SHA, p rollout.Policy) ([]green.Check, error) {
	all, err := e.checks(ctx, r, at)
	if err != nil || at == "" {
		return all, err
	}
	told, err := view(ctx, e.Store, func(tx Tx) ([]green.Check, error) { return verdictsOn(ctx, tx, r.ID, at) })
	if err != nil {
		return nil, err
	}
	all = append(all, told...)
	named := func(name string) bool { return strings.HasPrefix(name, "deployment/") }
	if len(p.Signals) > 0 && !slices.ContainsFunc(p.Signals, named) {
		return all, nil
	}
	deployed, err := e.GitHub.Deployments(ctx, r, at)
	return append(all, deployed...), err
}
