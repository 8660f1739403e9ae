package status

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
)

// CommentMarker finds the one status comment of a changeset again.
func CommentMarker(id rollout.ChangesetID) string {
	return fmt.Sprintf("<!-- skein:status v=1 id=%s -->", id)
}

// Comment is the one status comment on a changeset's pull request.
func Comment(p Page, c Changeset) string {
	return fit(maxBody, func(m *markdown) {
		m.line("%s", CommentMarker(c.ID))
		m.para("**Skein: %s.** %s", c.Label(), text(c.where()))
		cmd, said := lastCommand(p.Journal, c.ID)
		why := said && cmd.verb == "why"
		p.waitList(m, c, why)
		if said {
			m.para("%s", cmd.outcome(c))
		}
		if why || c.Phase == rollout.Suspect || c.Phase == rollout.Regressed {
			p.evidence(m, c)
		}
		if said && cmd.asksHelp(changesetCommands()) {
			m.help(changesetCommands())
		}
		if !c.Phase.Ended() {
			m.para("%s", c.looks())
		}
		m.line("---")
		m.line("%s", footer(c.fitting()))
		if links := p.more(c); links != "" {
			m.line("%s", links)
		}
		m.shortened(p.portal())
	})
}

// waitList lists what is waited for, each with the rule's id; with why also with what the rule says.
func (p Page) waitList(m *markdown, c Changeset, why bool) {
	waits := p.Waits(c)
	if c.Phase.Ended() || len(waits) == 0 || len(waits) == 1 && c.saysItAll() && !why {
		return
	}
	var items []string
	for _, w := range waits {
		item := fmt.Sprintf("%s (%s)", text(w.Text), code(w.Rule))
		if why {
			item += ": " + text(w.Meaning)
		}
		items = append(items, item)
	}
	m.para("It waits for:")
	m.list(items, "thing")
}

// saysItAll reports whether where a changeset is says already what it waits for.
func (c Changeset) saysItAll() bool {
	switch c.Phase { //nolint:exhaustive // the others wait for various things
	case rollout.Planned, rollout.Merging, rollout.Watching, rollout.Regressed:
		return true
	}
	return false
}

// outcome says what came of a command.
func (l last) outcome(c Changeset) string {
	s := fmt.Sprintf("%s said %s, %s: ", code(l.Actor), code(strings.TrimSpace("/skein "+l.verb)), Stamp(l.At, c.Zone()))
	if l.refused != "" {
		return s + "not done, " + strings.TrimSuffix(text(l.refused), ".") + "."
	}
	if l.verb == "" || l.verb == "help" {
		return s + "these are the commands."
	}
	return s + "done."
}

// looks says when Skein looks again.
func (c Changeset) looks() string {
	if at := c.nextLook(); !at.IsZero() {
		return fmt.Sprintf("Next look: %s at the latest, and whenever something changes here.", Stamp(at, c.Zone()))
	}
	return "Next look: whenever something changes here."
}

// evidence shows the results that the last decision rests on.
func (p Page) evidence(m *markdown, c Changeset) {
	var rows [][]string
	for _, e := range c.Evidence {
		rows = append(rows, []string{
			evidenceOn(e.What), code(e.SHA.Short()), code(e.Check), p.Links.result(text(string(e.Result)), e.URL), Stamp(e.At, c.Zone()),
		})
	}
	m.table([]string{"seen on", "commit", "check", "result", "when"}, rows, "result")
}

// evidenceOn says in words what a result was seen on.
func evidenceOn(what string) string {
	switch what {
	case "parent":
		return "the commit before the merge"
	case "head":
		return "this change's head, before the merge"
	case "merge":
		return "the merge commit"
	case "rerun":
		return "the merge commit, run again"
	case "control":
		return "the merge commit, run again after the revert was green"
	case "revert":
		return "the revert, without this change"
	case "watch":
		return "the base branch, after the merge"
	}
	return text(what)
}
