package status

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
)

// RevertMarker finds the pull request of a revert again.
func RevertMarker(id rollout.ChangesetID) string {
	return fmt.Sprintf("<!-- skein:revert v=1 id=%s -->", id)
}

// RevertTitle is the title of a revert's pull request.
func RevertTitle(p Page, c Changeset) string { return "Revert: " + PullTitle(p, c) }

// RevertMessage is the message of a revert's commit.
func RevertMessage(p Page, c Changeset) string {
	return fmt.Sprintf("%s\n\nWhy: %s\n\nThis reverts commit %s.\n\n%s", RevertTitle(p, c), plain(c.because(), sentence), c.Merge, trailers(p, c))
}

// because says why in plain text.
func (c Changeset) because() string {
	if c.RevertBy != nil {
		if c.RevertBy.Reason != "" {
			return fmt.Sprintf("%s asked for it: %s", c.RevertBy.By, c.RevertBy.Reason)
		}
		return c.RevertBy.By + " asked for it."
	}
	return fmt.Sprintf("%s is green without this change and red with it, in every rerun.", orElse(join(c.Red), "A check"))
}

// RevertBody is the description of a revert's pull request: the certificate that it is justified.
func RevertBody(p Page, c Changeset) string {
	return fit(maxBody, func(m *markdown) {
		m.para("This takes #%d, merged as %s on %s, back out. %s", c.Pull, code(c.Merge.Short()), Stamp(c.MergedAt, c.Zone()), text(c.because()))
		if len(c.Evidence) > 0 {
			m.heading("Evidence")
			p.evidence(m, c)
		}
		c.rule(m)
		c.certificate(m)
		c.revertNext(m)
		m.line("%s", footer([]string{"/skein hold [reason]"}))
		if links := p.more(c); links != "" {
			m.para("%s", links)
		}
		m.shortened(p.portal())
		m.line("%s", RevertMarker(c.ID))
	})
}

// rule says by which right this happens.
func (c Changeset) rule(m *markdown) {
	m.heading("The rule")
	if c.RevertBy != nil {
		m.para("A person with the right to it decided. No proof is claimed, and the merge windows apply.")
		return
	}
	m.para("Skein takes its own change back only with proof: %s was green on the commit before the merge and on the change's head, and red on the merge commit and in every rerun. "+
		"A single green among the reruns would have meant a flaky check, and no revert. %s", codes(c.Red), c.alone())
}

// certificate stands in the text as data, for whoever wants to check the decision without us.
func (c Changeset) certificate(m *markdown) {
	if c.Certificate == "" {
		return
	}
	m.line("<details><summary>Certificate</summary>\n")
	m.para("All that was decided upon. `skein why --replay FILE`, with this text or this description in FILE, takes the decision again.")
	m.line("%s\n</details>\n", fence("json", strings.Split(c.Certificate, "\n")))
}

func (c Changeset) alone() string {
	if c.Coexists {
		return "Old and new names both work, so this repository can go back alone."
	}
	return "The old names are gone, so the queries may still fail afterwards."
}

func (c Changeset) revertNext(m *markdown) {
	m.heading("What happens next")
	steps := []string{}
	if c.RevertBy == nil {
		steps = append(steps, fmt.Sprintf("%s runs here, without the change. If it is green again, the proof is complete. If it stays red, the change was not the cause: Skein closes this pull request and the change stays.", codes(c.Red)))
	}
	switch {
	case !c.Known || c.Policy.Mode < rollout.Merge:
		steps = append(steps, "People merge this pull request.")
	case c.RevertBy != nil || c.Policy.Revert.Windows:
		steps = append(steps, "Skein merges it when the checks pass and a merge window is open, never inside a freeze.")
	default:
		steps = append(steps, "Skein merges it when the checks pass, outside of merge windows too, but never inside a freeze.")
	}
	after := "a draft keeps the change, and `/skein reapply` takes it up."
	if c.RevertBy != nil {
		after = "`/skein reapply` brings the change in again, as a new pull request."
	}
	steps = append(steps, "The wave halts when it has had as many regressions as it may; a person lets it go on.",
		"Close this pull request to keep the change. Once it is merged, "+after)
	for i, s := range steps {
		m.line("%d. %s", i+1, strings.TrimSpace(s))
	}
	m.line("")
}
