package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/backtest"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// writeBacktestText tells the commits in their order, each with its files; what differs is shown.
func writeBacktestText(out io.Writer, since string, all []past) error {
	var b bytes.Buffer
	for _, p := range all {
		fmt.Fprintf(&b, "%s %s %s %s\n", clean(p.repo), p.commit.When.Format(time.DateOnly), repo.SHA(p.commit.ID).Short(), clean(p.commit.Subject))
		if p.fault != "" {
			fmt.Fprintf(&b, "  not compared: %s\n", clean(p.fault))
			continue
		}
		fmt.Fprintf(&b, "  %s\n", clean(p.subject))
		for _, f := range p.files {
			writePastFile(&b, f)
		}
	}
	if len(all) > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%d %s since %s: %s\n", len(all), plural(len(all), "schema commit", "schema commits"), since, summed(sumsOf(all)))
	_, err := out.Write(b.Bytes())
	return err
}

// mostRefusals is how many refusals the text shows of one file.
const mostRefusals = 3

func writePastFile(b *bytes.Buffer, f pastFile) {
	fmt.Fprintf(b, "  %-8s %s %s", f.Outcome, clean(f.consumer), clean(f.path))
	if f.Commit != "" {
		fmt.Fprintf(b, " (%s)", repo.SHA(f.Commit).Short())
	}
	b.WriteByte('\n')
	if f.Outcome == backtest.Differs || f.Outcome == backtest.Outputs {
		for _, part := range []struct {
			sign  string
			lines []string
		}{{"-", f.Old}, {"+", f.Skein}, {"~", f.People}} {
			for _, l := range part.lines {
				fmt.Fprintf(b, "           %s %s\n", part.sign, clean(strings.TrimSpace(l)))
			}
		}
	}
	for i, r := range f.refusals {
		if i == mostRefusals {
			fmt.Fprintf(b, "           and %d more\n", len(f.refusals)-i)
			break
		}
		fmt.Fprintf(b, "           %d:%d %s: %s\n", r.Line, r.Column, r.Code, clean(r.Message))
	}
}

// summed lists what was found, in the order of the help.
func summed(sums map[backtest.Outcome]int) string {
	var parts []string
	for _, o := range backtest.Outcomes() {
		if sums[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", sums[o], o))
		}
	}
	if len(parts) == 0 {
		return "no consumer's file read what changed"
	}
	return strings.Join(parts, ", ")
}

func sumsOf(all []past) map[backtest.Outcome]int {
	out := map[backtest.Outcome]int{}
	for _, p := range all {
		for _, f := range p.files {
			out[f.Outcome]++
		}
	}
	return out
}

// The document of --output json: a stable contract.
type (
	backtestJSON struct {
		Since   string                   `json:"since"`
		Commits []pastJSON               `json:"commits"`
		Summary map[backtest.Outcome]int `json:"summary"`
	}
	pastJSON struct {
		Repo    string          `json:"repo"`
		Commit  string          `json:"commit"`
		When    time.Time       `json:"when"`
		Subject string          `json:"subject"`
		Fault   string          `json:"fault,omitempty"` // why the schemas could not be compared
		Changes []schema.Change `json:"changes"`
		Files   []pastFileJSON  `json:"files"`
	}
	pastFileJSON struct {
		Consumer string            `json:"consumer"`
		Base     string            `json:"base"` // the commit that the file was read at
		Path     string            `json:"path"`
		Outcome  backtest.Outcome  `json:"outcome"`
		Commit   string            `json:"commit,omitempty"` // the one that decided the outcome
		Old      []string          `json:"old"`
		Skein    []string          `json:"skein"`
		People   []string          `json:"people"`
		Refusals []rewrite.Refusal `json:"refusals"`
	}
)

func writeBacktestJSON(out io.Writer, since string, all []past) error {
	doc := backtestJSON{Since: since, Commits: []pastJSON{}, Summary: sumsOf(all)}
	for _, p := range all {
		one := pastJSON{
			Repo: p.repo, Commit: p.commit.ID, When: p.commit.When.UTC(), Subject: p.commit.Subject, Fault: p.fault,
			Changes: listed(p.changes), Files: []pastFileJSON{},
		}
		for _, f := range p.files {
			one.Files = append(one.Files, pastFileJSON{
				Consumer: f.consumer, Base: f.base, Path: f.path, Outcome: f.Outcome, Commit: f.Commit,
				Old: listed(f.Old), Skein: listed(f.Skein), People: listed(f.People), Refusals: listed(f.refusals),
			})
		}
		doc.Commits = append(doc.Commits, one)
	}
	return writeJSON(out, doc)
}
