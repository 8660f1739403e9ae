package status

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
)

// IssueMarker finds the tracking issue of a migration again.
func IssueMarker(id rollout.MigrationID) string {
	return fmt.Sprintf("<!-- skein:migration v=1 id=%s -->", id)
}

// Issue is the tracking issue of a migration. Private repositories are not named where the dataset's is public
// (law 10).
func Issue(p Page) (title, body string) {
	return "Skein: " + plain(p.Subject(), maxTitle), fit(maxBody, func(m *markdown) {
		m.line("%s", IssueMarker(p.Migration.ID))
		m.para("**%s** %s", text(p.State()), p.origin())
		if next := p.Next(); next != "" && p.Migration.Ended.IsZero() {
			m.para("%s", text(next))
		}
		p.decisions(m)
		ask(m, Questions(p.Migration.Changes))
		p.issueChanges(m)
		p.issueWaves(m)
		p.issueChangesets(m)
		p.issueContract(m)
		p.issueRefusals(m)
		p.issueFooter(m)
	})
}

func (p Page) origin() string {
	mig := p.Migration
	s := fmt.Sprintf("%s changed the schema in %s", code(orElse(mig.Author, "someone")), link(mig.To.Short(), p.Links.Commit(mig.Repo.Name, mig.To)))
	if mig.Title != "" {
		s += " (“" + text(mig.Title) + "”)"
	}
	if !mig.Deadline.IsZero() {
		s += fmt.Sprintf(". The old dataset goes away on **%s**", mig.Deadline.Format("2 January 2006"))
	}
	return s + "."
}

// decisions lists what only a person can decide.
func (p Page) decisions(m *markdown) {
	var items []string
	if p.Migration.Proposal != "" {
		items = append(items, "**Taking the schema change back**: "+text(p.Migration.Proposal))
	}
	if h := p.Migration.Pause; h != nil {
		items = append(items, fmt.Sprintf("**Paused** by %s%s. `/skein resume` lets it go on.", code(h.By), given(h.Reason)))
	}
	halted := ""
	for _, w := range p.Waves() {
		if w.Halted && w.Why != halted { // the waves behind a halted one are halted for the same reason
			halted = w.Why
			items = append(items, fmt.Sprintf("**Halted**: %s. `/skein resume` lets it go on, `/skein revert all` takes everything back.", text(w.Why)))
		}
	}
	for _, c := range p.All() {
		if c.Phase == rollout.Regressed {
			items = append(items, p.decision(c))
		}
	}
	if len(items) > 0 {
		m.heading("A person must decide")
		m.list(items, "decision")
	}
}

func (p Page) decision(c Changeset) string {
	if p.hidden(c) {
		return p.repository(c) + " **regressed**; the decision belongs on its own pull request."
	}
	return fmt.Sprintf("%s **regressed**: %s. On %s, `/skein revert` takes it back, `/skein skip` accepts it, `/skein retry` looks again.",
		p.repository(c), strings.TrimSuffix(text(orElse(c.Note, join(c.Red)+" is red")), "."), p.pullLink(c))
}

func given(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(text(reason), ".")
}

// repository is the name of a changeset's repository, where it may be named.
func (p Page) repository(c Changeset) string {
	if p.hidden(c) {
		return "a private repository"
	}
	return link(c.Repo.Name.String(), p.Links.Repo(c.Repo.Name))
}

func (p Page) pullLink(c Changeset) string {
	if p.hidden(c) || c.Pull == 0 {
		return "–"
	}
	s := to(fmt.Sprintf("#%d", c.Pull), p.Links.Pull(c.Repo.Name, c.Pull))
	if c.RevertPull > 0 {
		s += ", revert " + to(fmt.Sprintf("#%d", c.RevertPull), p.Links.Pull(c.Repo.Name, c.RevertPull))
	}
	return s
}

func (p Page) issueChanges(m *markdown) {
	var cells [][]string
	for _, r := range p.Rows() {
		cells = append(cells, []string{r.name(), r.value(r.Before), r.after()})
	}
	m.heading("What changed")
	m.table([]string{"field", "before", "after"}, cells, "change")
}

func (p Page) issueWaves(m *markdown) {
	waves := p.Waves()
	if len(waves) < 2 {
		return
	}
	var cells [][]string
	for _, w := range waves {
		cells = append(cells, []string{code(w.Name), fmt.Sprintf("%d of %d through", w.Ended, w.Size), text(p.WaveState(w))})
	}
	m.heading("Waves")
	m.table([]string{"wave", "repositories", "gate"}, cells, "wave")
}

// issueChangesets lists every changeset under what it has in common with others.
func (p Page) issueChangesets(m *markdown) {
	groups := map[Group][][]string{}
	for _, c := range p.All() {
		groups[c.Group()] = append(groups[c.Group()], []string{p.repository(c), p.pullLink(c), code(c.Wave), c.Label(), p.waitsFor(c)})
	}
	for _, g := range Groups() {
		if len(groups[g]) > 0 {
			m.heading(fmt.Sprintf("%s (%d)", g, len(groups[g])))
			m.table([]string{"repository", "pull request", "wave", "state", "why"}, groups[g], "repository")
		}
	}
}

// waitsFor is why a changeset is where it is. Of a hidden one only the rules are told.
func (p Page) waitsFor(c Changeset) string {
	var out []string
	for _, w := range p.Waits(c) {
		s := w.Text
		if p.hidden(c) {
			s = strings.TrimSuffix(w.Meaning, ".")
		}
		out = append(out, text(s))
	}
	switch {
	case len(out) > 0 && !c.Phase.Ended() && (p.hidden(c) || len(out) > 1 || !c.saysItAll()):
		return strings.Join(out, "<br>")
	case p.hidden(c):
		return "–"
	}
	return text(c.where())
}

func (p Page) issueRefusals(m *markdown) {
	var items []string
	hidden := 0
	for _, l := range p.Places() {
		if p.hidden(l.Changeset) {
			hidden++
			continue
		}
		items = append(items, code(l.Changeset.Repo.Name.String())+" "+p.place(l))
	}
	if hidden > 0 {
		items = append(items, fmt.Sprintf("%s in private repositories, told on their own pull requests", count(hidden, "place")))
	}
	if len(items) > 0 {
		m.heading("Places for people")
		m.para("Skein does not guess. It left these as they are:")
		m.list(items, "place")
	}
}

func (p Page) issueFooter(m *markdown) {
	if cmd, said := lastCommand(p.Journal, ""); said {
		m.para("%s", cmd.outcome(Changeset{}))
		if cmd.asksHelp(migrationCommands()) {
			m.help(migrationCommands())
		}
	}
	m.shortened(p.portal())
	m.line("---")
	if !p.Migration.Ended.IsZero() {
		m.line("Every repository has reached an end, so this issue is closed. `/skein revert all` still takes everything back.")
	} else {
		m.line("Comment here: `/skein pause [reason]` · `/skein resume` · `/skein start WAVE` · `/skein retry` · `/skein revert all` · `/skein hotfix REASON` · `/skein help`")
	}
	if url := p.portal(); url != "" {
		m.line("\n%s", to("Dashboard", url))
	}
}
