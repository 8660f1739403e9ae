package status

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/rewrite"
)

// maxTitle leaves room for the number that a merge adds; GitHub allows 256 characters.
const maxTitle = 200

// PullMarker finds a changeset's pull request again.
func PullMarker(id rollout.ChangesetID) string { return fmt.Sprintf("<!-- skein:pr v=1 id=%s -->", id) }

// PullTitle is the title of a changeset's pull request.
func PullTitle(p Page, c Changeset) string { return plain(p.subjectOf(c), maxTitle) }

// CommitMessage is the message of a changeset's commit, with the trailers by which it is known.
func CommitMessage(p Page, c Changeset) string {
	return fmt.Sprintf("%s\n\n%s in %s follow the schema.\n\n%s", PullTitle(p, c), count(c.Edits(), "place"), count(c.files(), "file"), trailers(p, c))
}

func trailers(p Page, c Changeset) string {
	return fmt.Sprintf("Skein-Migration: %s\nSkein-Changeset: %s\n", p.Migration.ID, c.ID)
}

// PullBody is the description of a changeset's pull request.
func PullBody(p Page, c Changeset) string {
	return fit(maxBody, func(m *markdown) {
		m.para("%s", p.opening(c))
		p.changeTable(m, c)
		p.done(m, c)
		p.notDone(m, c)
		c.proof(m)
		p.next(m, c)
		p.steer(m, c)
		p.schemaDiff(m, c)
		m.shortened(p.portal())
		m.line("%s", PullMarker(c.ID))
	})
}

// opening says what changed and by whom. Readers who may not see the dataset's repository are shown its name alone.
func (p Page) opening(c Changeset) string {
	mig := p.Migration
	what := codes(datasetsOf(p.followedBy(c)))
	follow := fmt.Sprintf("This pull request lets this repository follow: %s in %s.", count(c.Edits(), "edit"), count(c.files(), "file"))
	if p.discreet(c) {
		return fmt.Sprintf("The schema of %s changed. %s", what, follow)
	}
	commit := link(mig.Repo.Name.String()+"@"+mig.To.Short(), p.Links.Commit(mig.Repo.Name, mig.To))
	title := ""
	if mig.Title != "" {
		title = " (“" + text(mig.Title) + "”)"
	}
	return fmt.Sprintf("%s changed %s in %s%s. %s", code(orElse(mig.Author, "someone")), what, commit, title, follow)
}

func (p Page) followedBy(c Changeset) []followed {
	changes, _ := p.changes(c)
	return follows(changes, c.Reads)
}

func datasetsOf(fs []followed) (names []string) {
	for _, f := range fs {
		if !slices.Contains(names, f.Dataset) {
			names = append(names, f.Dataset)
		}
	}
	if len(names) > 5 {
		names = append(names[:5:5], fmt.Sprintf("%d more", len(names)-5))
	}
	return names
}

func (p Page) changeTable(m *markdown, c Changeset) {
	rows, counted := p.rowsOf(c)
	var cells [][]string
	for _, r := range rows {
		if p.discreet(c) {
			r = r.discreet()
		}
		edits := fmt.Sprint(r.Edits)
		switch {
		case r.Part:
			edits = ""
		case !counted:
			edits = "–"
		}
		cells = append(cells, []string{r.name(), r.value(r.Before), r.after(), edits})
	}
	m.table([]string{"field", "before", "after", "edits here"}, cells, "change")
	if !counted {
		m.para("It also follows the schema changes since %s that were not merged here before.", code(c.From.Short()))
	}
}

// discreet leaves out everything but names.
func (r Row) discreet() Row {
	if r.Before != r.Field {
		r.Before, r.After = "", ""
	}
	return r
}

func (r Row) name() string {
	if r.Field == r.Dataset {
		return code(r.Dataset)
	}
	return code(r.Dataset + "." + r.Field)
}

func (r Row) value(s string) string {
	if s == "" {
		return "–"
	}
	return code(s)
}

func (r Row) after() string {
	switch {
	case r.After == "":
		return "_" + r.What + "_"
	case r.Coexists:
		return code(r.After) + ", the old name still works"
	}
	return code(r.After)
}

// done lists the edits by file and line.
func (p Page) done(m *markdown, c Changeset) {
	var items []string
	for _, r := range c.Results {
		if len(r.Edits) > 0 {
			items = append(items, fmt.Sprintf("%s: %s on %s", link(r.Path, p.Links.Line(c.Repo.Name, c.Base, r.Path, 0)), count(len(r.Edits), "edit"), lines(r.Edits)))
		}
	}
	m.heading("What was done")
	m.list(items, "file")
}

// lines names the lines of edits, each once.
func lines(edits []rewrite.Edit) string {
	const most = 12
	var at []string
	for _, e := range edits {
		if s := fmt.Sprint(e.Line); !slices.Contains(at, s) {
			at = append(at, s)
		}
	}
	switch {
	case len(at) == 1:
		return "line " + at[0]
	case len(at) > most:
		return fmt.Sprintf("lines %s and %d more", strings.Join(at[:most], ", "), len(at)-most)
	}
	return "lines " + join(at)
}

// notDone lists the places that people must look at.
func (p Page) notDone(m *markdown, c Changeset) {
	var items []string
	for _, l := range c.places() {
		items = append(items, p.place(l))
	}
	if len(items) == 0 {
		return
	}
	m.heading("What could not be done")
	m.para("Skein does not guess. %s for a person to look at:", count(len(items), "place"))
	m.list(items, "place")
}

// proof says what was verified, and names what was not.
func (c Changeset) proof(m *markdown) {
	var unproven []string
	for _, r := range c.Results {
		if len(r.Edits) > 0 && !r.Verified {
			unproven = append(unproven, code(r.Path))
		}
	}
	edited := c.files()
	if edited == 0 {
		return
	}
	m.heading("Proof")
	const what = "parsed again after the edit, every name in it resolves against the new schema, and its outputs keep their names and their order"
	switch {
	case len(unproven) == 0 && edited == 1:
		m.para("The edited file was %s. Every byte that was not edited is as it was.", what)
	case len(unproven) == 0:
		m.para("Each of the %d edited files was %s. Every byte that was not edited is as it was.", edited, what)
	default:
		m.para("%d of %s was %s. Not proven, so please look closely:", edited-len(unproven), count(edited, "edited file"), what)
		m.list(unproven, "file")
	}
}

// steer says how to have it otherwise.
func (p Page) steer(m *markdown, c Changeset) {
	m.heading("How to steer")
	m.para("Close this pull request to opt out. Commit to its branch to change it; Skein then waits for `/skein merge`. Or comment:")
	m.line("%s", footer([]string{"/skein hold [reason]", "/skein rebase", "/skein skip"}))
	if links := p.more(c); links != "" {
		m.para("%s", links)
	}
}

// more leads to where the whole migration is shown.
func (p Page) more(c Changeset) string {
	var out []string
	if c.RevertPull > 0 {
		out = append(out, fmt.Sprintf("Revert: #%d", c.RevertPull))
	}
	if p.Migration.Issue > 0 && !p.discreet(c) {
		out = append(out, to("The whole migration", p.Links.Issue(p.Migration.Repo.Name, p.Migration.Issue)))
	}
	if url := p.portal(); url != "" {
		out = append(out, to("Dashboard", url))
	}
	return strings.Join(out, " · ")
}

func (p Page) schemaDiff(m *markdown, c Changeset) {
	changes, _ := p.changes(c)
	if p.discreet(c) || len(changes) == 0 || m.most == 0 {
		return
	}
	m.line("<details><summary>The schema's changes (%d)</summary>\n", len(changes))
	m.line("%s\n</details>\n", fence("diff", diff(changes, m.most)))
}
