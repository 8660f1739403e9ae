package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/rewrite"
)

type writer interface {
	OpenPull(ctx context.Context, s forge.PullSpec) (number int, head repo.SHA, err error)
	UpdatePull(ctx context.Context, r repo.Repo, number int, title, body string) error
	UpdateBranch(ctx context.Context, r repo.Repo, number int, head repo.SHA) error
	Merge(ctx context.Context, r repo.Repo, number int, head repo.SHA, method, title, message string) (repo.SHA, error)
	MergeLater(ctx context.Context, r repo.Repo, number int, head repo.SHA, method, title, message string) (sha repo.SHA, request string, err error)
	Enqueue(ctx context.Context, r repo.Repo, number int, head repo.SHA) error
	Dequeue(ctx context.Context, r repo.Repo, number int) error
	ClosePull(ctx context.Context, r repo.Repo, number int, comment string) error
	Ready(ctx context.Context, r repo.Repo, number int) error
	Rerun(ctx context.Context, r repo.Repo, runs, checks []int64) error
	OpenRevert(ctx context.Context, s forge.RevertSpec) (number int, head repo.SHA, err error)
}

// notNow is the last look's word: what was decided is no longer what would be decided.
type notNow struct {
	why   string
	waits []rollout.Wait // what speaks against it
}

func (n *notNow) Error() string { return "no longer as judged: " + n.why }

// perform does one intent at GitHub. Every call of the forge looks first, so doing one twice is doing it once.
func (e *Engine) perform(ctx context.Context, in rollout.Intent) (out rollout.Outcome, err error) {
	if in.Repo, err = view(ctx, e.Store, func(tx Tx) (repo.Repo, error) { return asToday(ctx, tx, in.Repo) }); err != nil {
		return out, err
	}
	switch in.Kind {
	case rollout.OpenPull:
		return e.openPull(ctx, in)
	case rollout.MergePull:
		return e.mergePull(ctx, in)
	case rollout.OpenRevert:
		return e.openRevert(ctx, in)
	case rollout.MergeRevert:
		return e.mergeRevert(ctx, in)
	case rollout.UpdatePull, rollout.UpdateRevert, rollout.ReadyPull, rollout.ClosePull, rollout.RerunChecks, rollout.CloseRevert, rollout.Dequeue:
		return out, e.upkeep(ctx, in)
	case openAgain:
		return out, e.draftAgain(ctx, in)
	case openContract, closeContract:
		return out, e.propel(ctx, in)
	case statusComment, checkRun, trackingIssue, checkConfig, checkSchema, checkImpact, checkGroup, react:
		return out, e.inform(ctx, in)
	}
	return out, fmt.Errorf("no action is called %q", in.Kind)
}

func (e *Engine) upkeep(ctx context.Context, in rollout.Intent) error {
	cs, err := e.changesetOf(ctx, in)
	if err != nil {
		return err
	}
	switch in.Kind { //nolint:exhaustive // perform sends only these here
	case rollout.UpdatePull:
		return e.GitHub.UpdateBranch(ctx, cs.Repo, cs.Pull, in.Head)
	case rollout.UpdateRevert:
		return e.GitHub.UpdateBranch(ctx, cs.Repo, cs.RevertPull, in.Head)
	case rollout.ReadyPull:
		return e.GitHub.Ready(ctx, cs.Repo, cs.Pull)
	case rollout.ClosePull:
		return e.GitHub.ClosePull(ctx, cs.Repo, closing(in, cs), in.Text)
	case rollout.CloseRevert:
		return e.GitHub.ClosePull(ctx, cs.Repo, cs.RevertPull, in.Text)
	case rollout.Dequeue:
		return e.GitHub.Dequeue(ctx, cs.Repo, inQueue(cs))
	case rollout.RerunChecks:
		return e.GitHub.Rerun(ctx, cs.Repo, in.Runs, in.CheckIDs)
	}
	return nil
}

// closing is the pull request that was to be closed, with which the intent's key ends. The changeset may have another by
// now, if a person said /skein reapply meanwhile.
func closing(in rollout.Intent, cs rollout.Changeset) int {
	number, err := strconv.Atoi(in.Key[strings.LastIndexByte(in.Key, '/')+1:])
	if err != nil {
		return cs.Pull
	}
	return number
}

// inQueue is the pull request of a changeset that a merge queue may hold: its revert's, once it is being taken back.
func inQueue(cs rollout.Changeset) int {
	if cs.Phase == rollout.Reverting {
		return cs.RevertPull
	}
	return cs.Pull
}

func (e *Engine) changesetOf(ctx context.Context, in rollout.Intent) (rollout.Changeset, error) {
	return view(ctx, e.Store, func(tx Tx) (rollout.Changeset, error) {
		cs, _, err := tx.Changeset(ctx, in.Changeset)
		if err == nil {
			cs.Repo, err = asToday(ctx, tx, cs.Repo)
		}
		return cs, err
	})
}

func (e *Engine) openPull(ctx context.Context, in rollout.Intent) (out rollout.Outcome, err error) {
	j, _, err := e.lastLook(ctx, in)
	if err == nil {
		err = e.newest(ctx, j)
	}
	if err != nil {
		return out, err
	}
	files, err := e.edited(ctx, j.cs)
	if err != nil {
		return out, err
	}
	page, err := e.page(ctx, j)
	if err != nil {
		return out, err
	}
	c := page.Of(j.cs.ID)
	out.Draft = j.migration.Pull != 0
	out.Number, out.Head, err = e.GitHub.OpenPull(ctx, forge.PullSpec{
		Draft: out.Draft,
		Repo:  j.cs.Repo, Base: j.cs.Repo.DefaultBranch, BaseSHA: j.cs.Base, Branch: j.cs.Branch, Files: files,
		Message: status.CommitMessage(page, c), Title: status.PullTitle(page, c), Body: status.PullBody(page, c),
	})
	if err != nil {
		return out, err
	}
	k, err := view(ctx, e.Store, func(tx Tx) (kept, error) { return keptOf(ctx, tx, j.cs.ID) })
	if err == nil && k.Pull == out.Number { // it was kept as a draft since it was taken back
		out.Draft = true
		err = e.GitHub.UpdatePull(ctx, j.cs.Repo, out.Number, status.PullTitle(page, c), status.PullBody(page, c))
	}
	return out, err
}

// edited applies the changeset's edits to the files of its base commit.
func (e *Engine) edited(ctx context.Context, cs rollout.Changeset) (map[string][]byte, error) {
	edits := map[string][]rewrite.Edit{}
	for _, r := range cs.Results {
		if len(r.Edits) > 0 {
			edits[r.Path] = r.Edits
		}
	}
	files, _, err := e.GitHub.Archive(ctx, cs.Repo, cs.Base, func(p string) bool { return edits[p] != nil }, forge.Limits{})
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, f := range files {
		if out[f.Path], err = rewrite.Apply(f.Content, edits[f.Path]); err != nil {
			return nil, fmt.Errorf("apply the edits to %s: %w", f.Path, err)
		}
	}
	if len(out) != len(edits) {
		return nil, fmt.Errorf("%s at %s lacks some of %v", cs.Repo.Name, cs.Base.Short(), slices.Sorted(maps.Keys(edits)))
	}
	return out, nil
}

// lastLook observes and judges once more, right before the write: time has passed since the decision.
func (e *Engine) lastLook(ctx context.Context, in rollout.Intent) (job, rollout.Observation, error) {
	j, err := e.load(ctx, in.Changeset)
	if err != nil {
		return j, rollout.Observation{}, err
	}
	judged := j
	judged.cs = rollout.Unjudged(j.cs)
	obs, err := e.observe(ctx, judged)
	if err != nil {
		return j, obs, err
	}
	d := rollout.Step(judged.cs, obs, e.faulty(j), e.Clock.Now())
	if slices.ContainsFunc(d.Actions, func(a rollout.Action) bool { return a.Key == in.Key }) {
		return j, obs, nil
	}
	return j, obs, &notNow{why: firstWait(d.Changeset), waits: d.Changeset.Waits}
}

func firstWait(cs rollout.Changeset) string {
	if len(cs.Waits) > 0 {
		return cs.Waits[0].Text
	}
	return "it is " + string(cs.Phase)
}

func (e *Engine) mergePull(ctx context.Context, in rollout.Intent) (out rollout.Outcome, err error) {
	j, obs, err := e.lastLook(ctx, in)
	if obs.Pull != nil && obs.Pull.Merged {
		return e.mergedAs(ctx, j.cs.Repo, obs.Pull.MergeSHA)
	}
	if err != nil {
		return out, err
	}
	if err := e.unchanged(ctx, j); err != nil {
		return out, err
	}
	if err := e.newest(ctx, j); err != nil {
		return out, err
	}
	ctx = e.inTime(ctx, j, obs)
	page, err := e.page(ctx, j)
	if err == nil {
		err = e.vouch(ctx, j, obs, page, in.Head)
	}
	if err != nil {
		return out, err
	}
	if in.Method == rollout.Queue {
		return rollout.Outcome{Queued: true}, e.GitHub.Enqueue(ctx, j.cs.Repo, j.cs.Pull, in.Head)
	}
	title := fmt.Sprintf("%s (#%d)", status.PullTitle(page, page.Of(j.cs.ID)), j.cs.Pull)
	sha, request, err := e.GitHub.MergeLater(ctx, j.cs.Repo, j.cs.Pull, in.Head, in.Method, title, status.CommitMessage(page, page.Of(j.cs.ID)))
	if err != nil || sha == "" {
		return rollout.Outcome{Request: request}, err
	}
	return e.mergedAs(ctx, j.cs.Repo, sha)
}

// inTime bounds a merge that has to wait for its turn by the window in which it was judged.
func (e *Engine) inTime(ctx context.Context, j job, obs rollout.Observation) context.Context {
	return forge.NotAfter(ctx, rollout.GoodUntil(j.cs, obs, e.faulty(j), e.Clock.Now()))
}

// mergedAs looks up what the base branch held before the merge.
func (e *Engine) mergedAs(ctx context.Context, r repo.Repo, sha repo.SHA) (out rollout.Outcome, err error) {
	c, err := e.GitHub.Commit(ctx, r, sha)
	if err != nil {
		return out, err
	}
	out.SHA = sha
	if len(c.Parents) > 0 {
		out.Parent = c.Parents[0]
	}
	return out, nil
}

func (e *Engine) openRevert(ctx context.Context, in rollout.Intent) (out rollout.Outcome, err error) {
	j, err := e.load(ctx, in.Changeset)
	if err != nil {
		return out, err
	}
	page, err := e.page(ctx, j)
	if err != nil {
		return out, err
	}
	view := page.Of(j.cs.ID)
	out.Number, out.Head, err = e.GitHub.OpenRevert(ctx, forge.RevertSpec{
		Repo: j.cs.Repo, Base: j.cs.Repo.DefaultBranch, Number: j.cs.Pull, Merge: j.cs.Merge, Method: j.cs.Method,
		Parent: j.cs.Parent, Message: status.RevertMessage(page, view), Title: status.RevertTitle(page, view),
		Body: status.RevertBody(page, view),
	})
	return out, err
}

func (e *Engine) mergeRevert(ctx context.Context, in rollout.Intent) (out rollout.Outcome, err error) {
	j, obs, err := e.lastLook(ctx, in)
	if obs.Revert != nil && obs.Revert.Merged {
		return rollout.Outcome{SHA: obs.Revert.MergeSHA}, nil
	}
	if err != nil {
		return out, err
	}
	if err := e.unchanged(ctx, j); err != nil {
		return out, err
	}
	ctx = e.inTime(ctx, j, obs)
	page, err := e.page(ctx, j)
	if err == nil {
		err = e.vouch(ctx, j, obs, page, in.Head)
	}
	if err != nil {
		return out, err
	}
	if in.Method == rollout.Queue {
		return rollout.Outcome{Queued: true}, e.GitHub.Enqueue(ctx, j.cs.Repo, j.cs.RevertPull, in.Head)
	}
	view := page.Of(j.cs.ID)
	title := fmt.Sprintf("%s (#%d)", status.RevertTitle(page, view), j.cs.RevertPull)
	out.SHA, err = e.GitHub.Merge(ctx, j.cs.Repo, j.cs.RevertPull, in.Head, in.Method, title, status.RevertMessage(page, view))
	return out, err
}
