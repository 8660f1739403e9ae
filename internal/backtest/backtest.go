// Package backtest compares what Skein would have done with what people did.
//
// A schema commit of the past is followed into a consumer's files as they were then. What came of each file later is
// in its history: Judge reads the versions that people made of it, oldest first, and says how they relate to what
// Skein would have written. Lines are compared without their blanks: people format as they like.
package backtest

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// Outcome is how people's work relates to Skein's.
type Outcome string

// The outcomes of a file.
const (
	Same    Outcome = "same"    // people wrote the same lines
	Outputs Outcome = "outputs" // the same but for an output's name, which people let change
	Differs Outcome = "differs" // people wrote something else
	Missed  Outcome = "missed"  // people never changed it
	Partly  Outcome = "partly"  // people changed some of the places
	Gone    Outcome = "gone"    // people deleted the file
	Refused Outcome = "refused" // Skein would have left it to people
)

// Outcomes lists them as reports do.
func Outcomes() []Outcome { return []Outcome{Same, Outputs, Differs, Partly, Missed, Gone, Refused} }

// Version is a file as people left it at a commit.
type Version struct {
	Commit  string
	Content []byte
	Deleted bool
}

// Finding is the outcome of one file.
type Finding struct {
	Outcome
	Commit string   // the one that decided it; empty when none did
	Old    []string // the lines that Skein would have replaced
	Skein  []string // what with
	People []string // what people wrote instead, where it differs: lines that the file did not have
}

// Judge compares the edits of a file with its later versions.
func Judge(before []byte, edits []rewrite.Edit, later []Version) Finding {
	old, skein := hunks(rewrite.Unified(before, edits))
	f := Finding{Outcome: Missed, Old: old, Skein: skein}
	for _, v := range later {
		if v.Deleted {
			f.Outcome, f.Commit = Gone, v.Commit
			return f
		}
		now := count(v.Content)
		switch left := present(old, now); {
		case left == 0:
			f.Commit = v.Commit
			f.Outcome, f.People = compare(before, edits, skein, v.Content, now)
			return f
		case left < len(old):
			f.Outcome, f.Commit = Partly, v.Commit
		}
	}
	return f
}

func compare(before []byte, edits []rewrite.Edit, skein []string, theirs []byte, now map[string]int) (Outcome, []string) {
	if present(skein, now) == len(skein) {
		return Same, nil
	}
	_, bare := hunks(rewrite.Unified(before, unaliased(edits)))
	people := fresh(theirs, before)
	if len(bare) > 0 && present(bare, now) == len(bare) {
		return Outputs, people
	}
	return Differs, people
}

// unaliased leaves out the aliases by which Skein keeps the names of outputs.
func unaliased(edits []rewrite.Edit) []rewrite.Edit {
	out := slices.Clone(edits)
	for i, e := range out {
		if at := strings.LastIndex(strings.ToUpper(e.New), " AS "); at >= 0 {
			out[i].New = e.New[:at]
		}
	}
	return out
}

// hunks takes the lines of a patch that are replaced, and what with.
func hunks(patch []byte) (old, next []string) {
	for line := range strings.Lines(string(patch)) {
		switch {
		case strings.HasPrefix(line, "-"):
			old = append(old, strings.TrimSpace(line[1:]))
		case strings.HasPrefix(line, "+"):
			next = append(next, strings.TrimSpace(line[1:]))
		}
	}
	return old, next
}

// plain is a line without its blanks.
func plain(line string) string { return strings.Join(strings.Fields(line), "") }

// count says how often a text holds each line.
func count(text []byte) map[string]int {
	out := map[string]int{}
	for line := range strings.Lines(string(text)) {
		out[plain(line)]++
	}
	return out
}

// present counts how many of the lines a text holds, each as often as it holds it.
func present(want []string, text map[string]int) (n int) {
	used := map[string]int{}
	for _, l := range want {
		if l = plain(l); used[l] < text[l] {
			used[l]++
			n++
		}
	}
	return n
}

// mostShown is how many of people's lines a finding keeps.
const mostShown = 40

// fresh are the lines that people wrote: those that the file did not have.
func fresh(theirs, before []byte) (out []string) {
	had := count(before)
	for line := range strings.Lines(string(theirs)) {
		if key := plain(line); had[key] > 0 {
			had[key]--
		} else if key != "" && len(out) < mostShown {
			out = append(out, strings.TrimRight(line, "\r\n"))
		}
	}
	return out
}
