package rollout

import (
	"fmt"
	"time"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/rewrite"
)

// Outcome is what came of an action. Refused says why GitHub, or a last look, did not let it happen; the
// changeset is then judged again.
type Outcome struct {
	Number  int      // of the pull request that was opened
	Head    repo.SHA // of its branch
	SHA     repo.SHA // the merge commit
	Request string   // the id of a merge that GitHub does in the background
	Queued  bool     // it was added to the merge queue
	Parent  repo.SHA // what the base branch held just before it
	Draft   bool     // the pull request was opened as one
	Refused string
	Tried   bool // it was GitHub that refused
}

// Done folds the outcome of an action into the changeset that asked for it. An outcome that comes twice, or
// for a state that has moved on, changes nothing.
func Done(cs Changeset, a Action, o Outcome, now time.Time) (Changeset, []Event) {
	if o.Refused != "" {
		return refused(cs, a, o, now)
	}
	switch a.Kind {
	case OpenPull:
		return opened(cs, o, now)
	case MergePull:
		return merged(cs, a, o, now)
	case OpenRevert:
		return revertOpened(cs, o, now)
	case MergeRevert:
		return reverted(cs, o, now)
	case Dequeue:
		return dequeued(cs, now)
	case ReadyPull:
		cs.Draft = false
		return cs, []Event{{Rule: "readied", Text: "the pull request is no draft any more"}}
	case UpdatePull, UpdateRevert, ClosePull, RerunChecks, CloseRevert:
		return cs, []Event{{Rule: "done", Text: fmt.Sprintf("%s: done", a.Kind)}}
	}
	return cs, nil
}

// refused takes a changeset back to where it is judged: a merge that did not happen leaves it open.
func refused(cs Changeset, a Action, o Outcome, now time.Time) (Changeset, []Event) {
	merges := a.Kind == MergePull && cs.Phase == Merging || a.Kind == MergeRevert && cs.Phase == Reverting
	switch {
	case merges && o.Tried:
		cs.unmerged(o.Refused, now)
	case merges:
		cs.NextTry = now.Add(again)
	}
	if merges && cs.Phase == Merging {
		cs.Phase, cs.Since = Open, now
	}
	return cs, []Event{{Rule: "not_done", Text: fmt.Sprintf("%s: not done: %s", a.Kind, o.Refused)}}
}

// underWay is a merge that GitHub does later: in the background, or when its place in the merge queue comes.
func underWay(cs Changeset, o Outcome, now time.Time) (Changeset, []Event) {
	if o.Queued {
		cs.Enqueued = now
		return cs, []Event{{Rule: "enqueued", Text: "added to the merge queue"}}
	}
	cs.Request = o.Request
	return cs, []Event{{Rule: "requested", Text: "GitHub merges it in the background, as request " + o.Request}}
}

// dequeued is out of the merge queue, and is judged anew.
func dequeued(cs Changeset, now time.Time) (Changeset, []Event) {
	cs.unmerged("Skein took it out of the merge queue", now)
	if cs.Phase == Merging {
		cs.Phase, cs.Since = Open, now
	}
	return cs, []Event{{Rule: "taken_out", Text: cs.Refusal}}
}

func opened(cs Changeset, o Outcome, now time.Time) (Changeset, []Event) {
	if cs.Phase != Ready {
		if cs.Pull == 0 { // it ended meanwhile, and what it leaves behind has to be known to be tidied up
			cs.Pull, cs.Head, cs.Asked = o.Number, o.Head, ""
		}
		return cs, nil
	}
	cs.Draft = o.Draft || cs.Draft && cs.Pull == o.Number
	cs.Phase, cs.Since, cs.Pull, cs.Head = Open, now, o.Number, o.Head
	return cs, []Event{{Rule: "opened", Text: fmt.Sprintf("pull request #%d opened", o.Number)}}
}

func merged(cs Changeset, a Action, o Outcome, now time.Time) (Changeset, []Event) {
	if cs.Phase != Merging && cs.Phase != Open {
		return cs, nil
	}
	if o.SHA == "" {
		return underWay(cs, o, now)
	}
	cs.Phase, cs.Since, cs.MergedAt = Watching, now, now
	cs.Merge, cs.Parent, cs.Method, cs.MergedBy = o.SHA, o.Parent, a.Method, ""
	return cs, []Event{{Rule: "merged", Text: fmt.Sprintf("merged as %s", o.SHA.Short())}}
}

func revertOpened(cs Changeset, o Outcome, now time.Time) (Changeset, []Event) {
	if cs.Phase == Reverted {
		return cs, nil
	}
	cs.Phase, cs.Since, cs.RevertPull, cs.RevertHead = Reverting, now, o.Number, o.Head
	return cs, []Event{{Rule: "revert_opened", Text: fmt.Sprintf("revert #%d opened", o.Number)}}
}

func reverted(cs Changeset, o Outcome, now time.Time) (Changeset, []Event) {
	if cs.Phase == Reverted {
		return cs, nil
	}
	if o.SHA == "" {
		return underWay(cs, o, now)
	}
	cs.Phase, cs.Since, cs.RevertedAt, cs.RevertSHA = Reverted, now, now, o.SHA
	return cs, []Event{{Rule: "reverted", Text: fmt.Sprintf("our change is back out as %s", o.SHA.Short())}}
}

// Proposed is a changeset whose consumer was rewritten at base: ready when something was edited, at an end when
// people must do it all or nobody must do anything.
func Proposed(cs Changeset, base repo.SHA, results []rewrite.Result, now time.Time) Changeset {
	cs.Base, cs.Results, cs.Since = base, results, now
	switch {
	case cs.Edits() > 0:
		cs.Phase = Ready
	case cs.Refusals() > 0:
		cs.Phase = Refused
	default:
		cs.Phase = Untouched
	}
	return cs
}

// Fail ends a changeset that cannot be worked on.
func Fail(cs Changeset, why string, now time.Time) Changeset {
	cs.Phase, cs.Since, cs.Note, cs.Waits, cs.Wake = Failed, now, why, nil, time.Time{}
	return cs
}

// GaveUp says that an action cannot be done: not by waiting, only by a person. A revert that cannot be made
// leaves a proven regression behind, which a person must decide about.
func GaveUp(cs Changeset, a Action, why string, now time.Time) (Changeset, []Event) {
	cs.Note = fmt.Sprintf("%s could not be done: %s", a.Kind, why)
	switch {
	case a.Kind == OpenRevert && !cs.Phase.Ended():
		cs.Phase, cs.Since = Regressed, now
	case a.Kind == MergePull && cs.Phase == Merging:
		cs.Phase, cs.Since = Open, now
	}
	return cs, []Event{{Rule: "given_up", Text: cs.Note}}
}

// Unjudged is a changeset as it was before its merge was decided on, for a last look right before the write.
func Unjudged(cs Changeset) Changeset {
	if cs.Phase == Merging {
		cs.Phase, cs.Judged, cs.JudgedAt = Open, "", time.Time{}
	}
	return cs
}

// Anew has the edits made anew, because the schema change that they follow has changed. Nothing of it is merged. A
// branch that people pushed to is theirs to finish: Skein never drops their commits, and merges it only on their word.
func Anew(cs Changeset, now time.Time) Changeset {
	switch {
	case !cs.changeable() || len(cs.Foreign) > 0:
		return cs
	case cs.Phase == Failed: // once its repository is back
		cs.Was = Planned
	default:
		cs.Phase, cs.Since = Planned, now
	}
	cs.Round++
	cs.Note, cs.Asked, cs.Waits, cs.Wake = "", "", nil, now
	return cs
}

// Supersede ends a changeset of which nothing is merged: what it follows is gone, or another one takes it over.
func Supersede(cs Changeset, why string, now time.Time) Changeset {
	if !cs.changeable() {
		return cs
	}
	cs.Phase, cs.Was, cs.Since, cs.Note, cs.Waits, cs.Wake = Superseded, "", now, why, nil, time.Time{}
	return cs
}

// changeable reports whether the edits can still be changed, or be done without, be it that the repository is away for
// the time being. While it merges they can not: the outcome is unknown.
func (c Changeset) changeable() bool {
	p := c.Phase
	if p == Failed {
		p = c.Was
	}
	return p == Planned || p == Ready || p == Open || p == Untouched || p == Refused
}
