package status

import (
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
)

// CheckText is what Skein's own check run says.
type CheckText struct {
	Status     string // in_progress, completed
	Conclusion string // when completed: success, neutral, failure, action_required
	Title      string
	Summary    string
}

// maxSummary is GitHub's limit on a check run's summary, maxCheckTitle ours on its title.
const (
	maxSummary    = 65535
	maxCheckTitle = 120
)

// Check is Skein's own check run on a changeset's head. To wait is no failure: only a change that was taken back
// fails.
func Check(p Page, c Changeset) CheckText {
	t := CheckText{Status: "completed", Title: p.checkTitle(c)}
	if t.Conclusion = c.conclusion(); t.Conclusion == "" {
		t.Status = "in_progress"
	}
	t.Summary = fit(maxSummary, func(m *markdown) {
		m.para("%s", text(c.where()))
		p.waitList(m, c, false)
		p.evidence(m, c)
		m.shortened(p.portal())
	})
	return t
}

// conclusion is "" while Skein or a check is at work.
func (c Changeset) conclusion() string {
	switch c.Phase {
	case rollout.Planned, rollout.Ready:
		return ""
	case rollout.Open:
		return c.openConclusion()
	case rollout.Healthy, rollout.Untouched:
		return "success"
	case rollout.Regressed, rollout.Refused:
		return "action_required"
	case rollout.Reverted:
		return "failure"
	case rollout.Reverting:
		if c.needsPerson() {
			return "action_required"
		}
	case rollout.Merging, rollout.Watching, rollout.Suspect, rollout.Unproven, rollout.Declined, rollout.Skipped, rollout.Superseded, rollout.Failed:
	}
	return "neutral"
}

// openConclusion: checks that run are progress; a window, a wave or a person who merges is only waited for.
func (c Changeset) openConclusion() string {
	if c.needsPerson() {
		return "action_required"
	}
	for _, w := range c.Waits {
		if w.On != "github" {
			return "neutral"
		}
	}
	return ""
}

func (p Page) checkTitle(c Changeset) string {
	title := capital(c.Label())
	if lead := c.lead(); lead >= 0 && !c.Phase.Ended() {
		title = p.Waits(c)[lead].Text
	}
	return plain(title, maxCheckTitle)
}

// capital begins one of our own phrases with a capital letter.
func capital(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }
