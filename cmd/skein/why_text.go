package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
)

// explanation is the answer to why: of a changeset when there is one, else of the migration.
type explanation struct {
	At        time.Time       `json:"at"`
	Migration whyMigration    `json:"migration"`
	Changeset *whyChangeset   `json:"changeset,omitempty"`
	Waves     []whyWave       `json:"waves,omitempty"`
	Others    []whyChangeset  `json:"changesets,omitempty"`
	Journal   []rollout.Entry `json:"journal"`
}

type whyMigration struct {
	ID      rollout.MigrationID `json:"id"`
	Repo    string              `json:"repo"`
	Subject string              `json:"subject"`
	Author  string              `json:"author"`
	State   string              `json:"state"`
	Next    string              `json:"next,omitempty"`
	URL     string              `json:"url,omitempty"`
}

type whyWave struct {
	Name  string `json:"name"`
	Size  int    `json:"size"`
	Ended int    `json:"ended"`
	Open  bool   `json:"open"`
	State string `json:"state"`
}

type whyChangeset struct {
	ID       rollout.ChangesetID `json:"id"`
	Repo     string              `json:"repo"`
	Wave     string              `json:"wave"`
	Phase    rollout.Phase       `json:"phase"`
	Since    time.Time           `json:"since"`
	State    string              `json:"state"`
	URL      string              `json:"url,omitempty"`
	Edits    int                 `json:"edits"`
	Refusals []whyPlace          `json:"refusals"`
	Waits    []whyWait           `json:"waits"`
	Evidence []rollout.Evidence  `json:"evidence"`
	Wake     time.Time           `json:"next_look,omitzero"`
}

type whyWait struct {
	rollout.Wait
	Meaning string `json:"meaning"`
}

type whyPlace struct {
	Path       string `json:"path"`
	Line       int    `json:"line"`
	Column     int    `json:"column"`
	Code       string `json:"code"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion"`
}

func explain(p status.Page, id rollout.ChangesetID) explanation {
	x := explanation{At: p.Now.UTC(), Migration: explainMigration(p), Journal: []rollout.Entry{}}
	for _, w := range p.Waves() {
		x.Waves = append(x.Waves, whyWave{w.Name, w.Size, w.Ended, w.Open, p.WaveState(w)})
	}
	for _, e := range p.Journal {
		if id == "" || e.Changeset == id || e.Changeset == "" {
			x.Journal = append(x.Journal, e)
		}
	}
	if id != "" {
		one := explainChangeset(p, p.Of(id))
		x.Changeset = &one
		return x
	}
	for _, c := range p.All() {
		x.Others = append(x.Others, explainChangeset(p, c))
	}
	return x
}

func explainMigration(p status.Page) whyMigration {
	m := p.Migration
	out := whyMigration{ID: m.ID, Repo: m.Repo.Name.String(), Subject: p.Subject(), Author: m.Author, State: p.State(), Next: p.Next()}
	if m.Issue > 0 {
		out.URL = p.Links.Issue(m.Repo.Name, m.Issue)
	}
	return out
}

func explainChangeset(p status.Page, c status.Changeset) whyChangeset {
	out := whyChangeset{
		ID: c.ID, Repo: c.Repo.Name.String(), Wave: c.Wave, Phase: c.Phase, Since: c.Since.UTC(), State: p.Sentence(c), Edits: c.Edits(),
		Refusals: []whyPlace{}, Waits: []whyWait{}, Evidence: append([]rollout.Evidence{}, c.Evidence...), Wake: c.Wake,
	}
	if c.Pull > 0 {
		out.URL = p.Links.Pull(c.Repo.Name, c.Pull)
	}
	for _, r := range c.Results {
		for _, f := range r.Refusals {
			out.Refusals = append(out.Refusals, whyPlace{r.Path, f.Line, f.Column, f.Code, f.Message, f.Suggestion})
		}
	}
	if !c.Phase.Ended() {
		for _, w := range p.Waits(c) {
			out.Waits = append(out.Waits, whyWait{w.Wait, w.Meaning})
		}
	}
	return out
}

// write tells it as a tree: the state, what it waits for, what that rests on, how it came about.
func (x explanation) write(w io.Writer) error {
	var b strings.Builder
	m := x.Migration
	fmt.Fprintf(&b, "%s  %s in %s, by %s\n%s\n", m.ID, m.Subject, m.Repo, m.Author, strings.TrimSpace(m.State+" "+m.Next))
	if m.URL != "" {
		fmt.Fprintln(&b, m.URL)
	}
	if len(x.Waves) > 1 {
		section(&b, "waves")
		for _, v := range x.Waves {
			fmt.Fprintf(&b, "  %s  %d of %d through, %s\n", v.Name, v.Ended, v.Size, v.State)
		}
	}
	if x.Changeset != nil {
		x.Changeset.write(&b, true)
	}
	for _, c := range x.Others {
		c.write(&b, false)
	}
	x.writeJournal(&b)
	return writeHarmless(w, b.String())
}

func writeHarmless(w io.Writer, text string) error {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = harmless(lines[i])
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n"))
	return err
}

func section(b *strings.Builder, name string) { fmt.Fprintf(b, "\n%s\n", name) }

func (c whyChangeset) write(b *strings.Builder, whole bool) {
	fmt.Fprintf(b, "\n%s  %s, wave %s, %s since %s\n", c.ID, c.Repo, c.Wave, c.Phase, status.Stamp(c.Since, nil))
	fmt.Fprintf(b, "  %s\n", cell(c.State))
	if c.URL != "" {
		fmt.Fprintf(b, "  %s\n", c.URL)
	}
	for _, w := range c.Waits {
		fmt.Fprintf(b, "  waits for %s: %s\n", awaited(w.On), cell(w.Text))
		if whole {
			fmt.Fprintf(b, "    %s: %s\n", w.Rule, w.Meaning)
		}
	}
	if len(c.Refusals) > 0 && !whole {
		fmt.Fprintf(b, "  %s refused\n", count(len(c.Refusals), "place"))
	}
	if whole {
		c.writeProof(b)
	}
}

// writeProof tells what the last decision rests on, and what was left to people.
func (c whyChangeset) writeProof(b *strings.Builder) {
	if !c.Wake.IsZero() {
		fmt.Fprintf(b, "  next look: %s, or when something changes\n", status.Stamp(c.Wake, nil))
	}
	if len(c.Evidence) > 0 {
		section(b, "evidence")
		t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, e := range c.Evidence {
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", e.What, e.SHA.Short(), cell(e.Check), e.Result, e.At.UTC().Format(time.DateTime))
		}
		_ = t.Flush() // into memory
	}
	if len(c.Refusals) > 0 {
		section(b, "left to people")
		for _, f := range c.Refusals {
			fmt.Fprintf(b, "  %s:%d:%d  %s: %s\n    %s\n", cell(f.Path), f.Line, f.Column, f.Code, cell(f.Message), cell(f.Suggestion))
		}
	}
}

func (x explanation) writeJournal(b *strings.Builder) {
	section(b, "journal")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, e := range x.Journal {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", e.At.UTC().Format(time.DateTime), cell(e.Actor), orDash(string(e.Changeset)), e.Rule, cell(e.Text))
	}
	_ = t.Flush() // into memory
}

// awaited is who or what a wait is on.
func awaited(on string) string {
	switch on {
	case "person":
		return "a person"
	case "wave":
		return "other repositories"
	case "github":
		return "GitHub"
	}
	return on
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// cell keeps a text in its column.
func cell(s string) string { return strings.Join(strings.Fields(s), " ") }
