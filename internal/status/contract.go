package status

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/contract"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// removes reports whether the strategy keeps a name that these changes take away.
func (i Impact) removes() bool {
	for _, c := range i.Changes {
		if contract.Removes(c.Kind) {
			return i.Contract
		}
	}
	return false
}

// Remaining are those that read a name that goes, or may: their code says so, or could not be looked at.
func (i Impact) Remaining() (out []Reader) {
	for _, r := range i.Readers {
		if r.Note != "" && i.losing(r) || i.holds(r) || i.Astray(r) {
			out = append(out, r)
		}
	}
	for _, r := range i.Strays {
		if i.Astray(r) {
			out = append(out, r)
		}
	}
	return out
}

// losing reports whether a reader declares a dataset that loses a name.
func (i Impact) losing(r Reader) bool {
	for _, c := range i.Changes {
		if contract.Removes(c.Kind) && slices.ContainsFunc(r.Reads, func(x consumer.Read) bool { return x.Dataset == c.Dataset }) {
			return true
		}
	}
	return false
}

// holds reports whether something in a reader's code follows a name that goes.
func (i Impact) holds(r Reader) bool {
	goes := func(change int) bool { return change < len(i.Changes) && contract.Removes(i.Changes[change].Kind) }
	for _, res := range r.Results {
		for _, e := range res.Edits {
			if goes(e.Change) {
				return true
			}
		}
		for _, f := range res.Refusals {
			if goes(f.Change) {
				return true
			}
		}
	}
	return false
}

// Astray reports whether a reader's code was seen to read a name that goes where nobody declared that it reads.
func (i Impact) Astray(r Reader) bool {
	return slices.ContainsFunc(i.astray(r), func(s consumer.Sight) bool {
		for _, c := range i.Changes {
			if contract.Removes(c.Kind) && c.Dataset == s.Dataset && s.Covers(schema.Names(c.Path)) {
				return true
			}
		}
		return false
	})
}

func (i Impact) remarks(m *markdown) {
	var items []string
	for _, r := range i.Remarks {
		items = append(items, text(r)+".")
	}
	if len(items) > 0 {
		m.heading("Expand and contract")
		m.list(items, "remark")
	}
}

// olds are the old names that go, or went.
func (p Page) olds() []contract.Field {
	if len(p.Contract.Fields) > 0 {
		return p.Contract.Fields
	}
	return contract.Fields(p.Migration.Changes)
}

func (p Page) oldNames() string {
	var out []string
	for _, f := range p.olds() {
		out = append(out, f.Name())
	}
	return join(out)
}

// contractState is one sentence about the old names, behind a blank; "" where there is nothing to say.
func (p Page) contractState() string {
	c := p.Contract
	switch c.Phase {
	case contract.Waiting:
		return fmt.Sprintf(" The old name stays for now: %s.", p.oldNames())
	case contract.Open:
		return fmt.Sprintf(" Pull request #%d removes %s; people merge it.", c.Pull, p.oldNames())
	case contract.Removed:
		return fmt.Sprintf(" The old name is gone: %s.", p.oldNames())
	case contract.Declined, contract.Void:
		return fmt.Sprintf(" The old name stays: %s.", p.oldNames())
	}
	return ""
}

// issueContract says what keeps the old names from going, and for whom that waits.
func (p Page) issueContract(m *markdown) {
	c := p.Contract
	if len(c.Waits) == 0 {
		return
	}
	var items []string
	for _, w := range c.Waits {
		items = append(items, p.contractWait(w))
	}
	m.heading("The old name")
	m.para("It goes when nothing of this is left:")
	m.list(slices.Compact(items), "thing")
}

func (p Page) contractWait(w contract.Wait) string {
	words := w.Text
	for _, r := range contract.Rules() {
		if r.ID == w.Rule && p.Migration.Repo.Visibility.Wider(w.Repo.Visibility) {
			words = "a private repository: " + strings.ToLower(r.Text[:1]) + strings.TrimSuffix(r.Text[1:], ".")
		}
	}
	switch {
	case words != w.Text:
		return text(words) + "."
	case w.Repo.Name.Name != "":
		words = fmt.Sprintf("%s: %s", link(w.Repo.Name.String(), p.Links.Repo(w.Repo.Name)), text(w.Text))
	default:
		words = text(w.Text)
	}
	if !w.Till.IsZero() {
		words += ", until " + Stamp(w.Till, p.Zone())
	}
	return strings.TrimSuffix(words, ".") + "."
}

// ContractTitle is the title of the pull request that removes the old names.
func ContractTitle(p Page) string {
	return plain("Remove "+p.oldNames()+", which nobody reads any more", maxTitle)
}

// ContractMessage is the message of its commit.
func ContractMessage(p Page) string {
	var names []string
	for _, f := range p.olds() {
		names = append(names, f.Name()+" is replaced by "+f.To+".")
	}
	return fmt.Sprintf("%s\n\n%s\n\nSkein-Migration: %s\n", ContractTitle(p), plain(strings.Join(names, " "), sentence), p.Migration.ID)
}

// ContractBody is its description.
func ContractBody(p Page) string {
	return fit(maxBody, func(m *markdown) {
		m.para("%s", p.promised())
		var cells [][]string
		for _, f := range p.olds() {
			cells = append(cells, []string{code(f.Name()), code(f.To)})
		}
		m.table([]string{"goes", "replaced by"}, cells, "field")
		p.movedAway(m)
		m.heading("What this leaves to you")
		m.para("Only the schema's files are edited here. Whatever fills the field is yours to change: jobs, models, or rows.")
		m.para("**People merge this; Skein never does.** Close it to keep the old name. The check %s looks at every consumer again, and stops this as long as one reads the old name; %s lets it pass all the same.",
			code("skein / impact"), code("/skein approve [reason]"))
		m.shortened(p.portal())
	})
}

func (p Page) promised() string {
	s := "Old and new name have worked side by side"
	if sha := p.Migration.To; sha != "" {
		s += " since " + link(sha.Short(), p.Links.Commit(p.Migration.Repo.Name, sha))
	}
	s += ". Every consumer that Skein knows of has moved, and their changes have soaked."
	if p.Migration.Issue > 0 {
		s += " The whole story: " + to(fmt.Sprintf("#%d", p.Migration.Issue), p.Links.Issue(p.Migration.Repo.Name, p.Migration.Issue)) + "."
	}
	return s
}

// movedAway lists whose code was looked at, those that may be named.
func (p Page) movedAway(m *markdown) {
	var items []string
	hidden := 0
	for _, w := range p.Contract.Moved {
		if p.Migration.Repo.Visibility.Wider(w.Repo.Visibility) {
			hidden++
			continue
		}
		items = append(items, repoLink(p, w.Repo))
	}
	if hidden > 0 {
		items = append(items, fmt.Sprintf("%d in private repositories", hidden))
	}
	if len(items) > 0 {
		m.heading("Whose code reads it no more")
		m.list(items, "repository")
	}
}

func repoLink(p Page, r repo.Repo) string { return link(r.Name.String(), p.Links.Repo(r.Name)) }
