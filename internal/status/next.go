package status

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
)

// next says what happens from here on, step by step.
func (p Page) next(m *markdown, c Changeset) {
	m.heading("What happens next")
	for i, step := range p.steps(c) {
		m.line("%d. %s", i+1, step)
	}
	m.line("")
	m.para("%s", p.coexistence(c))
}

func (p Page) steps(c Changeset) []string {
	steps := []string{c.checksStep()}
	if s := p.waveStep(c); s != "" {
		steps = append(steps, s)
	}
	if !c.Known || c.Policy.Mode < rollout.Merge {
		return append(steps, "**Merge**: by you. Skein is not asked to merge here (`mode` in `.github/skein.yml`).", c.watchStep())
	}
	return append(steps, p.windowStep(c), c.mergeStep(), c.watchStep())
}

func (c Changeset) checksStep() string {
	if req := c.Policy.Checks.Require; len(req) > 0 {
		return fmt.Sprintf("**Checks**: %s, and whatever the branch requires, must pass on this head.", codes(req))
	}
	if c.Policy.Checks.None {
		return "**Checks**: what the branch requires must pass; this repository is said to have none of its own."
	}
	return "**Checks**: everything that the branch requires must pass on this head; where it requires nothing, every check that runs."
}

func (p Page) waveStep(c Changeset) string {
	if len(p.Gates) < 2 {
		return ""
	}
	g := p.Gates[c.Wave]
	switch {
	case g.Open:
		return fmt.Sprintf("**Wave** %s: open.", code(c.Wave))
	case g.Settles:
		return fmt.Sprintf("**Wave** %s: opens %s, when the schema commit has settled.", code(c.Wave), Stamp(g.Till, c.Zone()))
	case !g.Till.IsZero():
		return fmt.Sprintf("**Wave** %s: opens %s, when the wave before has soaked.", code(c.Wave), Stamp(g.Till, c.Zone()))
	}
	return fmt.Sprintf("**Wave** %s: opens when every repository of the waves before is through and healthy.", code(c.Wave))
}

func (p Page) windowStep(c Changeset) string {
	if !c.hasWindows() {
		return "**Window**: any time" + unlessFrozen(c) + "."
	}
	at, ok := p.NextOpening(c)
	var next string
	switch {
	case !ok:
		next = "no opening is in sight"
	case at.Equal(p.Now):
		next = "one is open now"
	default:
		next = "the next opens " + Stamp(at, c.Zone())
	}
	var sides []string
	for _, w := range c.Windows() {
		sides = append(sides, text(w))
	}
	return fmt.Sprintf("**Window**: %s%s; %s.", strings.Join(sides, ", and at the same time "), unlessFrozen(c), next)
}

func unlessFrozen(c Changeset) string {
	if len(c.Policy.Freezes) == 0 {
		return ""
	}
	return " outside of freezes"
}

func (c Changeset) mergeStep() string {
	if len(c.Policy.Methods) == 0 {
		return "**Merge**: by the head that was judged."
	}
	return fmt.Sprintf("**Merge**: by Skein, with %s where the repository allows it, and only the very head that was judged.", code(c.Policy.Methods[0]))
}

func (c Changeset) watchStep() string {
	if !c.Known {
		return "**Watch**: afterwards Skein looks for regressions on the base branch."
	}
	s := fmt.Sprintf("**Watch**: for %s. A check that turns red on the merge commit is run again %s; ", duration(c.Policy.Watch), times(c.Policy.Reruns))
	if c.Policy.Mode < rollout.Merge {
		s = fmt.Sprintf("**Watch**: for %s. When a check turns red on the merge commit, ", duration(c.Policy.Watch))
	}
	if c.Coexists && c.Policy.Revert.Mode == "auto" && c.Policy.Mode == rollout.Merge {
		return s + "if it was green before, on this head too, and stays red in every rerun, Skein takes the change back out. Otherwise a person decides."
	}
	return s + "a person decides what follows."
}

func times(n int) string {
	switch n {
	case 0, 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// coexistence says how urgent it is.
func (p Page) coexistence(c Changeset) string {
	s := "Old and new names do not both work: queries with the old ones fail against the new schema until this is merged, and taking this back alone would not help."
	if c.Coexists {
		s = "Old and new names both work, so this breaks nothing while it waits, and it can be taken back alone."
	}
	if !p.Migration.Deadline.IsZero() {
		s += fmt.Sprintf(" The old dataset goes away on **%s**.", p.Migration.Deadline.Format("2 January 2006"))
	}
	return s
}
