package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// reruns is how often the org's configuration has a red check run again.
const reruns = 2

// Check is one thing that must be true of what GitHub shows.
type Check struct {
	Name string
	Run  func() error
}

// Sound runs what must hold at any time.
func (o *Org) Sound() error { return all(o.soundness()) }

// Verify runs what must hold at any time, and what must be true at the end.
func (o *Org) Verify() error { return all(append(o.soundness(), o.outcome()...)) }

func all(checks []Check) error {
	var errs []error
	for _, c := range checks {
		if err := c.Run(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (o *Org) soundness() []Check {
	return []Check{
		{"merges keep to the windows", o.inWindows},
		{"only green heads are merged", o.onGreen},
		{"a schema commit settles first", o.settled},
		{"the canary goes first", o.canaryFirst},
		{"one pull request for each consumer and change", o.onePullEach},
		{"one issue for each change, one comment on each pull request", o.oneVoice},
		{"merged files are the golden ones", o.golden},
		{"only a proven regression is reverted", o.provenReverts},
		{"a halted wave stands still", o.haltedStill},
		{"held means held", o.heldWaited},
		{"outsiders command nothing", o.outsiders},
		{"no consumer is reverted alone where the old query is broken", o.leftToPeople},
	}
}

func (o *Org) outcome() []Check {
	return []Check{
		{"every consumer was moved", o.everyoneMoved},
		{"the reverted repository is as it was", o.restored},
		{"main branches hold what they should", o.asExpected},
		{"outputs are what they were", o.sameOutputs},
		{"main branches are green", o.mainsGreen},
		{"the migrations are over", o.over},
	}
}

// merge is one merge by the app, as GitHub's history has it.
type merge struct {
	githubsim.Entry
	name string
	pull githubsim.PullView
}

// merges lists the app's merges into consumers, oldest first.
func (o *Org) merges() (out []merge) {
	for _, e := range o.sim.History() {
		if e.Verb != "pull.merge" || e.Actor != o.Bot {
			continue
		}
		m := merge{Entry: e, name: e.Repo.Name}
		for _, p := range o.sim.Pulls(e.Repo) {
			if fmt.Sprintf("#%d", p.Number) == e.Target {
				m.pull = p
			}
		}
		out = append(out, m)
	}
	return out
}

func (m merge) fault(format string, args ...any) error {
	return fmt.Errorf("%s%s: %s", m.Repo, m.Target, fmt.Sprintf(format, args...))
}

// inWindows: a proven revert may merge outside windows, nothing inside a freeze.
func (o *Org) inWindows() error {
	for _, m := range o.merges() {
		local := m.At.In(o.timetable.zone).Format("Monday 2 January 15:04")
		if o.timetable.frozen(m.At) {
			return m.fault("merged on %s, inside a freeze", local)
		}
		if !isRevert(m.pull) && !o.timetable.open(m.At) {
			return m.fault("merged on %s, outside the windows", local)
		}
	}
	return nil
}

// onGreen looks at the check as it stood when the merge happened.
func (o *Org) onGreen() error {
	for _, m := range o.merges() {
		runs := o.runs(m.name, m.pull.HeadSHA, m.At)
		if len(runs) == 0 || runs[len(runs)-1].Conclusion != "success" {
			return m.fault("merged at %s, where %s had not passed", m.pull.HeadSHA.Short(), queriesCheck)
		}
		if m.Before != string(m.pull.HeadSHA) {
			return m.fault("merged at another head")
		}
	}
	return nil
}

// settled: nobody is asked anything while a schema commit may yet be undone.
func (o *Org) settled() error {
	for _, ch := range told() {
		stands := o.proposal(ch).MergedAt.Add(o.timetable.settle())
		for _, c := range o.consumers {
			if p := o.pull(ch.stage, c.name); p.Number != 0 && p.CreatedAt.Before(stands) {
				return fmt.Errorf("%s#%d opened before the schema commit had settled", named(c.name), p.Number)
			}
		}
	}
	return nil
}

// canaryFirst: the rest follow when the canary has been watched and has soaked.
func (o *Org) canaryFirst() error {
	for _, m := range o.merges() {
		s, ok := o.stageAt(m.pull.CreatedAt)
		if !ok || isRevert(m.pull) || m.name == canary || !o.told(s).canary {
			continue
		}
		first := o.pull(s, canary)
		if !first.Merged || m.At.Before(first.MergedAt.Add(o.timetable.soak())) {
			return m.fault("merged before the canary had soaked")
		}
	}
	return nil
}

func (o *Org) onePullEach() error {
	for _, c := range o.consumers {
		total := 0
		for _, ch := range told() {
			n := len(o.pulls(ch.stage, c.name))
			total += n
			switch {
			case n > 1:
				return fmt.Errorf("%s has %d pull requests for %q", named(c.name), n, ch.title)
			case n == 1 && !c.in(ch.stage):
				return fmt.Errorf("%s has a pull request for %q, which it does not read", named(c.name), ch.title)
			}
		}
		if n := len(o.byApp(c.name)) - len(o.reverts(c.name)); n != total {
			return fmt.Errorf("%s has %d pull requests that follow no change", named(c.name), n-total)
		}
	}
	return nil
}

func (o *Org) oneVoice() error {
	for _, c := range o.consumers {
		for _, p := range o.byApp(c.name) {
			if n := count(p.Comments, func(x githubsim.CommentView) bool { return x.User == o.Bot }); n > 1 {
				return fmt.Errorf("%s#%d has %d comments of the app", named(c.name), p.Number, n)
			}
		}
	}
	for _, ch := range told() {
		if n := len(o.issues(ch.stage)); n > 1 {
			return fmt.Errorf("%q has %d tracking issues", ch.title, n)
		}
	}
	return nil
}

func count[T any](all []T, is func(T) bool) (n int) {
	for _, x := range all {
		if is(x) {
			n++
		}
	}
	return n
}

// golden compares every file of a repository as of a merge with the golden copy.
func (o *Org) golden() error {
	for _, m := range o.merges() {
		s, ok := o.stageAt(m.pull.CreatedAt)
		if !ok || isRevert(m.pull) {
			continue
		}
		got, err := o.filesAt(m.name, m.pull)
		if err != nil {
			return err
		}
		if diff := o.differs(o.consumer(m.name).after(until(s)...), got); diff != "" {
			return m.fault("%s", diff)
		}
	}
	return nil
}

func (o *Org) filesAt(name string, p githubsim.PullView) (tree, error) {
	r, err := o.sim.Objects(named(name))
	if err != nil {
		return nil, err
	}
	return checkout(context.Background(), r, p.MergeCommit)
}

// until lists the stages up to one.
func until(s stage) []stage {
	order := []stage{orders, users, sessions}
	return order[:slices.Index(order, s)+1]
}

// differs names the first file that is not as wanted. The configuration has the pace of the story.
func (o *Org) differs(want, got tree) string {
	for _, file := range slices.Sorted(maps.Keys(want.with(got))) {
		text, ok := got[file]
		switch expected, known := want[file]; {
		case !known:
			return file + " should not be there"
		case !ok:
			return file + " is missing"
		case text != expected && text != o.timetable.config(expected):
			return file + " is not the golden copy"
		}
	}
	return ""
}

// provenReverts: law 8, seen from outside.
func (o *Org) provenReverts() error {
	for _, c := range o.consumers {
		for i, r := range o.reverts(c.name) {
			p := o.pull(orders, c.name)
			runs := o.runs(c.name, p.MergeCommit, r.CreatedAt)
			red := count(runs, func(x githubsim.CheckView) bool { return x.Conclusion == "failure" })
			switch {
			case c.name == asking:
				continue // leftToPeople speaks of that
			case c.name != ledger || i > 0 || !p.Merged:
				return fmt.Errorf("%s#%d reverts what was healthy", named(c.name), r.Number)
			case red != len(runs) || red < 1+reruns:
				return fmt.Errorf("%s#%d was opened after %d red runs of %d", named(c.name), r.Number, red, len(runs))
			}
		}
	}
	return nil
}

// haltedStill: between the regression and a maintainer's word nothing of that migration merges.
func (o *Org) haltedStill() error {
	reverts := o.reverts(ledger)
	if len(reverts) == 0 {
		return nil
	}
	let := said(o.issue(orders).Comments, ada, "/skein resume").CreatedAt
	for _, m := range o.merges() {
		s, _ := o.stageAt(m.pull.CreatedAt)
		if s == orders && !isRevert(m.pull) && m.At.After(reverts[0].CreatedAt.Add(time.Second)) && (let.IsZero() || m.At.Before(let)) {
			return m.fault("merged while the wave was halted")
		}
	}
	return nil
}

func (o *Org) heldWaited() error {
	p := o.pull(orders, held)
	hold, let := said(p.Comments, jonas, "/skein hold").CreatedAt, said(p.Comments, jonas, "/skein resume").CreatedAt
	if p.Merged && !hold.IsZero() && p.MergedAt.After(hold) && (let.IsZero() || p.MergedAt.Before(let)) {
		return fmt.Errorf("%s#%d was merged while %s held it", named(held), p.Number, jonas)
	}
	return nil
}

func (o *Org) outsiders() error {
	for _, c := range o.consumers {
		for _, p := range o.byApp(c.name) {
			for _, x := range p.Comments {
				if got := o.answer(x); x.User == gil && got != "" && got != "confused" && got != "-1" {
					return fmt.Errorf("%s#%d: the command of %s, who may only read, was answered %s", named(c.name), p.Number, gil, got)
				}
			}
		}
	}
	return nil
}

// leftToPeople: law 9, seen from outside.
func (o *Org) leftToPeople() error {
	for _, r := range o.reverts(asking) {
		return fmt.Errorf("%s#%d would bring a broken query back", named(asking), r.Number)
	}
	return nil
}

func (o *Org) everyoneMoved() error {
	for _, ch := range told() {
		for _, c := range o.consumersIn(ch.stage) {
			if p := o.pull(ch.stage, c.name); !p.Merged || p.MergedBy != o.Bot {
				return fmt.Errorf("%s was not moved by Skein for %q", named(c.name), ch.title)
			}
		}
	}
	return nil
}

// restored: byte for byte what it was, and exactly one merged revert.
func (o *Org) restored() error {
	if n := count(o.reverts(ledger), func(p githubsim.PullView) bool { return p.Merged }); n != 1 {
		return fmt.Errorf("%s has %d merged reverts, want one", named(ledger), n)
	}
	return o.holds(ledger, o.consumer(ledger).files)
}

func (o *Org) holds(name string, want tree) error {
	r, err := o.sim.Objects(named(name))
	if err != nil {
		return err
	}
	got, err := checkout(context.Background(), r, o.head(name))
	if err != nil {
		return err
	}
	if diff := o.differs(want, got); diff != "" {
		return fmt.Errorf("%s: %s", named(name), diff)
	}
	return nil
}

// asExpected looks at every main branch, those that nobody should have touched included.
func (o *Org) asExpected() error {
	var errs []error
	for _, c := range o.consumers {
		errs = append(errs, o.holds(c.name, o.expected(c)))
	}
	return errors.Join(errs...)
}

// expected is what a main branch holds after the story.
func (o *Org) expected(c consumer) tree {
	switch c.name {
	case ledger:
		return c.files
	case asking:
		return c.after(orders, users, sessions).with(readTree("changes/fix/" + asking))
	}
	return c.after(orders, users, sessions)
}

// sameOutputs runs every query as it was on the tables as they were, and as it is on the tables as they are.
func (o *Org) sameOutputs() error {
	ctx := context.Background()
	now, err := o.warehouse.schemas(ctx)
	if err != nil {
		return err
	}
	before := readTree("repos/sales-data").with(readTree("repos/web-data")).only(isSchema)
	for _, c := range o.consumers {
		r, err := o.sim.Objects(named(c.name))
		if err != nil {
			return err
		}
		files, err := checkout(ctx, r, o.head(c.name))
		if err != nil {
			return err
		}
		if err := compare(ctx, before, c.files, now, files); err != nil {
			return fmt.Errorf("%s: %w", named(c.name), err)
		}
	}
	return nil
}

func (o *Org) over() error {
	for _, ch := range told() {
		if i := o.issue(ch.stage); i.State != "closed" {
			return fmt.Errorf("the tracking issue #%d of %q is %s", i.Number, ch.title, i.State)
		}
	}
	return nil
}
