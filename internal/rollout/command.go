package rollout

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// Command is what a person with the right said about a changeset or a migration.
type Command struct {
	Verb string
	By   string   // login
	Arg  string   // the reason, or the wave of start
	Head repo.SHA // the pull request's head when it was said
}

func (c Command) hold(now time.Time) *Hold { return &Hold{By: c.By, At: now, Reason: c.Arg} }

// Apply does a changeset's command: hold, resume, merge, retry, rebase, skip, revert, reapply, hotfix. What
// follows on GitHub comes as actions, or from the next Step. An error says what to do instead; nothing changed.
func Apply(cs Changeset, cmd Command, now time.Time) (Changeset, []Action, []Event, error) {
	c := order{cs: cs, cmd: cmd, now: now}
	if err := c.apply(); err != nil {
		return cs, nil, nil, err
	}
	c.cs.Wake = now
	return c.cs, c.actions, c.events, nil
}

// order is a command under way.
type order struct {
	cs      Changeset
	cmd     Command
	now     time.Time
	actions []Action
	events  []Event
}

func (c *order) apply() error {
	switch c.cmd.Verb {
	case "hold":
		return c.hold()
	case "resume":
		return c.resume()
	case "merge":
		return c.merge()
	case "retry":
		return c.retry()
	case "rebase":
		return c.rebase()
	case "skip":
		return c.skip()
	case "revert":
		return c.revert()
	case "reapply":
		return c.reapply()
	case "hotfix":
		return c.hotfix()
	}
	return fmt.Errorf("%q is not a command for a changeset; try hold, resume, merge, retry, rebase, skip, revert, reapply or hotfix", c.cmd.Verb)
}

func (c *order) refuse(format string, args ...any) error {
	return fmt.Errorf("%s is %s: "+format, append([]any{c.cs.ID, c.cs.Phase}, args...)...)
}

func (c *order) note(rule, format string, args ...any) {
	c.events = append(c.events, Event{Rule: rule, Text: c.cmd.By + " " + fmt.Sprintf(format, args...) + reason(c.cmd.Arg)})
}

func (c *order) move(to Phase) { c.cs.Phase, c.cs.Since, c.cs.Note, c.cs.Asked = to, c.now, "", "" }

func (c *order) hold() error {
	if c.cs.Phase.Ended() {
		return c.refuse("nothing is left to hold")
	}
	c.cs.Hold = c.cmd.hold(c.now)
	c.note("held", "held it")
	return nil
}

func (c *order) resume() error {
	switch {
	case c.cs.Hold != nil:
		c.cs.Hold = nil
		c.note("resumed", "let it go on")
		return nil
	case c.cs.Phase == Declined || c.cs.Phase == Skipped:
		return c.refuse("/skein reapply opens it anew")
	}
	return c.refuse("nobody holds it; /skein why says what it waits for")
}

func (c *order) merge() error {
	switch {
	case c.cs.Phase == Planned || c.cs.Phase == Ready:
		return c.refuse("it has no pull request to merge yet")
	case c.cs.Phase == Merging:
		return c.refuse("its merge is under way")
	case c.cs.Phase != Open:
		return c.refuse("there is nothing to merge; /skein why says more")
	case c.cmd.Head == "":
		return errors.New("merge is bound to the head you saw, which is not known; say it again on the pull request")
	}
	c.cs.Forced, c.cs.ForcedHead = c.cmd.hold(c.now), c.cmd.Head
	c.note("merge_said", "takes %s as it is", c.cmd.Head.Short())
	return nil
}

// retry makes Skein look, or try, again.
func (c *order) retry() error {
	switch c.cs.Phase {
	case Regressed:
		c.cs.Evidence = slices.DeleteFunc(slices.Clone(c.cs.Evidence), func(e Evidence) bool { return e.What != "head" })
		c.move(Watching)
	case Refused, Untouched:
		c.move(Planned)
	case Failed:
		was := c.cs.Was
		if c.cs.Was = ""; was == "" {
			was = Planned
		}
		c.move(was)
	case Planned, Ready, Open, Merging, Watching, Suspect, Reverting:
		c.cs.NextTry, c.cs.LeftBy = time.Time{}, ""
	case Declined, Skipped, Reverted:
		return c.refuse("/skein reapply opens it anew")
	case Healthy, Unproven, Superseded:
		return c.refuse("there is nothing to try again")
	}
	c.note("retried", "asked to try again")
	return nil
}

func (c *order) rebase() error {
	switch {
	case c.cs.Phase == Ready || c.cs.Phase == Planned:
	case c.cs.Phase != Open:
		return c.refuse("there is no open pull request to make anew")
	case c.cmd.Head != "" && c.cmd.Head != c.cs.Head:
		return c.refuse("people pushed to its branch (%s, Skein's was %s), and Skein never drops their commits; merge the base branch into it instead", c.cmd.Head.Short(), c.cs.Head.Short())
	}
	c.cs.Round++
	c.move(Planned)
	c.note("rebased", "asked for the edits to be made anew on the base branch")
	return nil
}

func (c *order) skip() error {
	switch c.cs.Phase {
	case Planned, Ready, Open, Refused, Regressed, Failed:
	case Merging:
		return c.refuse("its merge is under way; afterwards /skein revert takes it back")
	case Watching, Suspect:
		return c.refuse("it is merged; /skein revert takes it back")
	case Reverting:
		return c.refuse("its revert is open; close that pull request to stop it")
	case Untouched, Reverted, Healthy, Unproven, Declined, Skipped, Superseded:
		return c.refuse("nothing is left to skip")
	}
	asked := c.cs.Asked
	c.closePull()
	c.move(Skipped)
	if c.cs.Pull == 0 {
		c.cs.Asked = asked // its pull request may be there already, and has to be found
	}
	c.note("skipped", "skipped it")
	return nil
}

func (c *order) closePull() {
	if c.cs.Pull != 0 && c.cs.Merge == "" {
		c.actions = append(c.actions, Action{Key: c.cs.key(ClosePull, c.cs.Pull), Kind: ClosePull, Text: "Closed by /skein " + c.cmd.Verb + "."})
	}
}

// revert is a person's own decision: it needs no proof, and it binds the revert to windows.
func (c *order) revert() error {
	switch c.cs.Phase {
	case Watching, Suspect, Regressed, Healthy, Unproven:
	case Reverting:
		return c.refuse("its revert #%d is open already", c.cs.RevertPull)
	case Reverted:
		return c.refuse("it is back out already; /skein reapply brings it in again")
	case Merging:
		return c.refuse("its merge is under way; say it again once that is known")
	case Planned, Ready, Open, Untouched, Refused, Declined, Skipped, Superseded, Failed:
		return c.refuse("nothing of it is merged; /skein skip leaves it out")
	}
	if c.cs.Merge == "" {
		return c.refuse("nothing of it is merged")
	}
	c.actions = append(c.actions, c.cs.revertAction())
	key := c.actions[0].Key
	c.cs.Reverts++
	c.cs.RevertBy, c.cs.RevertPull, c.cs.RevertHead = c.cmd.hold(c.now), 0, ""
	c.move(Reverting)
	c.cs.Asked = key
	c.note("revert_said", "asked to take it back")
	return nil
}

// reapply begins again on a new branch; the journal keeps what was.
func (c *order) reapply() error {
	switch c.cs.Phase {
	case Reverted, Declined, Skipped:
	case Planned, Ready, Open:
		return c.refuse("it is on its way; /skein rebase makes the edits anew")
	case Merging, Watching, Healthy, Unproven:
		return c.refuse("it is in already")
	case Suspect, Reverting, Regressed:
		return c.refuse("it is in, and in doubt; /skein revert first")
	case Untouched, Refused, Failed:
		return c.refuse("/skein retry reads the files again")
	case Superseded:
		return c.refuse("a later schema change took its place; see its pull request")
	}
	old := c.cs
	c.cs = Changeset{
		ID: old.ID, Migration: old.Migration, Repo: old.Repo, Wave: old.Wave, From: old.From, Reads: old.Reads, Coexists: old.Coexists,
		Hotfix: old.Hotfix, Round: old.Round + 1, Reruns: old.Reruns, Reverts: old.Reverts,
	}
	c.cs.Branch = NextBranch(old)
	c.move(Planned)
	c.note("reapplied", "asked to bring it in again")
	return nil
}

// NextBranch is the branch of the next try. It never uses a name twice, since a merged or closed pull request keeps its branch's.
func NextBranch(cs Changeset) string {
	base := cs.Branch
	if base == "" {
		base = "skein/" + string(cs.ID)
	}
	if stem, ok := strings.CutSuffix(base, "-r"+itoa(cs.Round)); ok {
		base = stem
	}
	return base + "-r" + itoa(cs.Round+1)
}

func (c *order) hotfix() error {
	switch {
	case c.cmd.Arg == "":
		return errors.New("hotfix needs a reason: /skein hotfix REASON")
	case c.cs.Phase.Ended():
		return c.refuse("nothing is left to merge")
	}
	c.cs.Hotfix = c.cmd.hold(c.now)
	c.note("hotfixed", "opened its windows")
	return nil
}

// ApplyMigration does a migration's command: pause, resume, start WAVE, hotfix REASON. gates are those of the
// moment: resume forgives the regressions that they show.
func ApplyMigration(m Migration, gates map[string]Gate, cmd Command, now time.Time) (Migration, []Event, error) {
	said := func(rule, text string) (Migration, []Event, error) {
		return m, []Event{{Rule: rule, Text: cmd.By + " " + text}}, nil
	}
	switch cmd.Verb {
	case "pause":
		m.Pause = cmd.hold(now)
		return said("migration_paused", "paused the migration"+reason(cmd.Arg))
	case "resume":
		return resumeMigration(m, gates, cmd)
	case "start":
		if _, ok := gates[cmd.Arg]; !ok {
			waves := strings.Join(slices.Sorted(maps.Keys(gates)), ", ")
			return m, nil, fmt.Errorf("there is no wave %q; the waves are %s", cmd.Arg, waves)
		}
		if gates[cmd.Arg].Halted {
			return m, nil, fmt.Errorf("%s; /skein resume first", gates[cmd.Arg].Why)
		}
		if gates[cmd.Arg].Open {
			return m, nil, fmt.Errorf("wave %s has begun already", cmd.Arg)
		}
		m.Started = append(slices.Clone(m.Started), cmd.Arg)
		return said("wave_started", "started wave "+cmd.Arg)
	case "hotfix":
		if cmd.Arg == "" {
			return m, nil, errors.New("hotfix needs a reason: /skein hotfix REASON")
		}
		m.Hotfix = cmd.hold(now)
		return said("migration_hotfixed", "opened the windows for the migration: "+cmd.Arg)
	}
	return m, nil, fmt.Errorf("%q is not a command for a migration; try pause, resume, start WAVE or hotfix REASON", cmd.Verb)
}

func resumeMigration(m Migration, gates map[string]Gate, cmd Command) (Migration, []Event, error) {
	var events []Event
	if m.Pause != nil {
		m.Pause = nil
		events = append(events, Event{Rule: "migration_resumed", Text: cmd.By + " let the migration go on"})
	}
	for _, name := range slices.Sorted(maps.Keys(gates)) {
		g := gates[name]
		if !g.Halted || g.Regressions == m.Forgiven[name] {
			continue
		}
		m.Forgiven = maps.Clone(m.Forgiven)
		if m.Forgiven == nil {
			m.Forgiven = map[string]int{}
		}
		m.Forgiven[name] = g.Regressions
		events = append(events, Event{Rule: "wave_resumed", Text: fmt.Sprintf("%s let wave %s go on; regressions so far: %d", cmd.By, name, g.Regressions)})
	}
	if len(events) == 0 {
		return m, nil, errors.New("the migration is neither paused nor halted; /skein status shows what it waits for")
	}
	return m, events, nil
}
