package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// Impact is what a schema change that is not merged yet would mean: what a check on the dataset's pull request
// says before anybody's code is touched.
type Impact struct {
	Repo     repo.Repo // the dataset's
	Number   int       // the pull request
	Head     repo.SHA
	Demand   Demand
	Faults   []Fault // of the repository's own files; nothing is compared then
	Changes  []schema.Change
	Readers  []Reader
	Strays   []Reader // repositories that read what changes, as their code shows, and that nobody declared
	Onward   []Onward // where else the change goes, through datasets that readers make
	Beyond   int      // fields that it was not followed to, as they are too many
	Waiting  int      // readers that are yet to be looked at: the check is not complete
	Unread   int      // readers beyond those that are looked at
	Approved *rollout.Hold
	Refused  string   // why the last command was not followed
	Contract bool     // the strategy is expand-contract: no name goes while somebody reads it
	Remarks  []string // what that strategy will make of the changes
	Links    Links
}

// Demand is what the check wants of a pull request, as `impact` in the configuration says.
type Demand string

// The demands.
const (
	Inform Demand = "inform" // never in the way
	Ask    Demand = "ask"    // likely renames are answered
	Block  Demand = "block"  // and no reader is left behind without an approval
)

// Fault is what is wrong in a file.
type Fault struct {
	repo.Position
	Message string
}

// Reader is a consumer of what changes, and what Skein would do there.
type Reader struct {
	Repo    repo.Repo
	Reads   []consumer.Read
	At      repo.SHA // the commit that was looked at
	Results []rewrite.Result
	Patch   string // what would change, as a unified patch
	Note    string // why it could not be looked at, or is left out
	Seen    bool   // the code was looked at for what it reads
	Owners  []string
	Sights  []consumer.Sight
}

// fate is what becomes of a reader.
type fate int

const (
	followsAlone fate = iota // edits, and nothing that people must do
	unaffected
	needsPeople
)

func (r Reader) fate() fate {
	edits, refusals := r.counts()
	switch {
	case r.Note != "" || refusals > 0:
		return needsPeople
	case edits > 0:
		return followsAlone
	}
	return unaffected
}

func (r Reader) counts() (edits, refusals int) {
	for _, res := range r.Results {
		edits += len(res.Edits)
		refusals += len(res.Refusals)
	}
	return edits, refusals
}

// Question is a likely rename that nobody declared: the field is gone, and one like it is new.
type Question struct {
	Dataset, From, To string
	repo.Position
}

// Questions are the likely renames that wait for an answer.
func Questions(changes []schema.Change) (out []Question) {
	for _, c := range changes {
		if c.Suggests != "" && c.Side == "old" && c.Path != "" && !c.Drop {
			out = append(out, Question{Dataset: c.Dataset, From: c.Path, To: c.Suggests, Position: c.Position})
		}
	}
	return out
}

// Map is the answer that it was renamed, as people write it.
func (q Question) Map() string { return fmt.Sprintf("/skein map %s.%s=%s", q.Dataset, q.From, q.To) }

// Drop is the answer that it is gone.
func (q Question) Drop() string { return fmt.Sprintf("/skein drop %s.%s", q.Dataset, q.From) }

// hidden reports whether a reader may not be named where the dataset's readers see it (law 10).
func (i Impact) hidden(r Reader) bool { return i.Repo.Visibility.Wider(r.Repo.Visibility) }

func (i Impact) with(f fate) (n int) {
	for _, r := range i.Readers {
		if r.fate() == f {
			n++
		}
	}
	return n
}

// open says what the demand still wants; "" when the pull request may merge as far as Skein is concerned.
func (i Impact) open() string {
	behind := i.with(needsPeople) + i.Unread + i.strays()
	if n := len(i.Remaining()) + i.Unread; i.removes() && n > 0 && i.Approved == nil {
		return count(n, "consumer") + " may still read what goes, and under expand-contract it stays until nobody does, or until somebody says `/skein approve`"
	}
	switch {
	case i.Demand != Ask && i.Demand != Block:
		return ""
	case len(i.Faults) > 0:
		return "the schema cannot be read"
	case len(Questions(i.Changes)) > 0:
		return count(len(Questions(i.Changes)), "likely rename") + " to answer"
	case i.Demand == Block && behind > 0 && i.Approved == nil:
		return count(behind, "consumer") + " that Skein does not bring along, and nobody said `/skein approve`"
	}
	return ""
}

// ImpactCheck is the check run on the dataset's pull request.
func ImpactCheck(i Impact) CheckText {
	t := CheckText{Status: "completed", Conclusion: i.conclusion(), Title: plain(i.title(), maxCheckTitle)}
	if i.Waiting > 0 {
		t.Status, t.Conclusion = "in_progress", ""
	}
	t.Summary = fit(maxSummary, i.summary)
	return t
}

func (i Impact) conclusion() string {
	switch {
	case i.open() != "":
		return "action_required"
	case len(i.Faults) > 0, len(Questions(i.Changes)) > 0, i.with(needsPeople)+i.Unread+i.strays() > 0 && i.Approved == nil:
		return "neutral"
	}
	return "success"
}

func (i Impact) title() string {
	switch {
	case len(i.Faults) > 0:
		return count(len(i.Faults), "fault") + " in the schema or its configuration"
	case len(i.Changes) == 0:
		return "No schema change"
	case i.Waiting > 0:
		return fmt.Sprintf("Looked at %d of %s so far", len(i.Readers), count(len(i.Readers)+i.Waiting, "consumer"))
	case len(i.Readers)+i.Unread+i.strays() == 0:
		return "The schema changes, and no consumer is affected"
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{i.with(followsAlone), "to be rewritten"}, {i.with(needsPeople), "for people"}, {i.with(unaffected), "untouched"}, {i.Unread, "not looked at"},
		{i.strays(), "undeclared"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return count(len(i.Readers)+i.Unread, "consumer") + ": " + strings.Join(parts, ", ")
}

func (i Impact) summary(m *markdown) {
	if i.Waiting > 0 {
		m.para("Still to be looked at: %s. This is what is known so far.", count(i.Waiting, "consumer"))
	} else if want := i.open(); want != "" {
		m.para("**Before this can merge:** %s.", want)
	}
	if i.Refused != "" {
		m.para("The last command was not followed: %s.", text(strings.TrimSuffix(i.Refused, ".")))
	}
	if i.Approved != nil {
		m.para("Approved by %s%s.", code(i.Approved.By), given(i.Approved.Reason))
	}
	i.faults(m)
	ask(m, Questions(i.Changes))
	i.changes(m)
	i.remarks(m)
	i.readers(m)
	i.drift(m)
	i.onward(m)
	i.places(m)
	if m.cut {
		m.para("_Shortened, because GitHub allows no longer text._")
	}
}

func (i Impact) faults(m *markdown) {
	var items []string
	for _, f := range i.Faults {
		items = append(items, fmt.Sprintf("%s: %s", link(f.Position.String(), i.Links.Line(i.Repo.Name, i.Head, f.File, f.Line)), text(f.Message)))
	}
	if len(items) > 0 {
		m.para("Skein reads no schema change from this pull request until these are mended:")
		m.list(items, "fault")
	}
}

// ask puts the questions, each with its two answers.
func ask(m *markdown, questions []Question) {
	var items []string
	for _, q := range questions {
		items = append(items, fmt.Sprintf("Was %s of %s renamed to %s? Answer in a comment: %s or %s",
			code(q.From), code(q.Dataset), code(q.To), code(q.Map()), code(q.Drop())))
	}
	if len(items) > 0 {
		m.heading("Likely renames")
		m.para("Nothing is rewritten on a guess.")
		m.list(items, "question")
	}
}

func (i Impact) changes(m *markdown) {
	var cells [][]string
	for _, c := range i.Changes {
		where := link(c.Position.String(), i.Links.Line(i.Repo.Name, i.Head, c.File, c.Line))
		if c.Side == "old" {
			where = code(c.Position.String())
		}
		cells = append(cells, []string{code(fieldName(c)), text(kindWords(c.Kind)), string(c.Forward), where, text(c.Message)})
	}
	if len(cells) > 0 {
		m.heading("What changes")
		m.table([]string{"field", "change", "for its readers", "where", "what it means"}, cells, "change")
	}
}

// readers lists who is affected, those that need people first. Hidden ones are only counted.
func (i Impact) readers(m *markdown) {
	var cells [][]string
	unseen := map[fate]int{}
	for _, r := range i.sorted() {
		if i.hidden(r) {
			unseen[r.fate()]++
			continue
		}
		edits, refusals := r.counts()
		cells = append(cells, []string{link(r.Repo.Name.String(), i.Links.Repo(r.Repo.Name)), i.outcome(r) + i.whom(r), i.seenIn(r), fmt.Sprint(edits), fmt.Sprint(refusals)})
	}
	if len(i.Readers)+i.Unread == 0 {
		return
	}
	m.heading("Consumers")
	m.table([]string{"repository", "outcome", "reads", "edits", "places for people"}, cells, "consumer")
	if n := unseen[followsAlone] + unseen[needsPeople] + unseen[unaffected]; n > 0 {
		m.para("And %s in private repositories: %d to be rewritten, %d for people, %d untouched.", count(n, "consumer"),
			unseen[followsAlone], unseen[needsPeople], unseen[unaffected])
	}
	if i.Unread > 0 {
		m.para("%s beyond these were not looked at here, because one check looks at no more; each is when the change is merged.", count(i.Unread, "consumer"))
	}
}

func (i Impact) sorted() []Reader {
	out := slices.Clone(i.Readers)
	slices.SortStableFunc(out, func(a, b Reader) int {
		return cmp.Or(cmp.Compare(order(a.fate()), order(b.fate())), cmp.Compare(a.Repo.Name.String(), b.Repo.Name.String()))
	})
	return out
}

func order(f fate) int { return [...]int{followsAlone: 1, unaffected: 2, needsPeople: 0}[f] }

// fieldName is DATASET.FIELD, or the dataset alone.
func fieldName(c schema.Change) string { return strings.Trim(c.Dataset+"."+c.Path, ".") }

// reads are the changed fields that a reader's code was seen to read; where nothing was seen, the datasets that it
// declares.
func (i Impact) reads(r Reader) (out []string) {
	see := func(change int) {
		if change < len(i.Changes) {
			out = append(out, fieldName(i.Changes[change]))
		}
	}
	for _, res := range r.Results {
		for _, e := range res.Edits {
			see(e.Change)
		}
		for _, f := range res.Refusals {
			see(f.Change)
		}
	}
	if len(out) == 0 {
		for _, read := range r.Reads {
			out = append(out, read.Dataset)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (i Impact) outcome(r Reader) string {
	switch {
	case r.Note != "":
		return text(r.Note)
	case r.fate() == followsAlone:
		return "would be rewritten"
	case r.fate() == unaffected && len(r.Reads) > 0 && len(r.idle()) == len(r.Reads):
		if slices.ContainsFunc(i.astray(r), func(s consumer.Sight) bool { return i.touch(s) >= 0 }) {
			return "reads it outside the declared paths alone"
		}
		return "declares it and does not read it"
	case r.fate() == unaffected:
		return "reads nothing that changes"
	}
	if edits, _ := r.counts(); edits > 0 {
		return "would be rewritten in part"
	}
	return "for people"
}

// places lists what Skein would refuse, with what would help. Who reads the dataset may not be who reads a private
// consumer: its code is not quoted, and the links show it to those who may.
func (i Impact) places(m *markdown) {
	var items []string
	for _, r := range i.sorted() {
		if i.hidden(r) {
			continue
		}
		cs := Changeset{Changeset: rollout.Changeset{Repo: r.Repo, Base: r.At, Results: r.Results}}
		page := Page{Input{Migration: rollout.Migration{Repo: i.Repo}, Links: i.Links}}
		for _, l := range cs.places() {
			if r.Repo.Visibility != repo.Public {
				l.Message, l.Suggestion, l.Snippet = "", "", ""
			}
			items = append(items, code(r.Repo.Name.String())+" "+page.place(l))
		}
	}
	if len(items) > 0 {
		m.heading("Places for people")
		m.list(items, "place")
	}
}

// ImpactDiffs are the patches that Skein would propose in public repositories, for the check's second text: those
// that fit, the smallest first.
func ImpactDiffs(i Impact) string {
	shown := slices.DeleteFunc(slices.Clone(i.Readers), func(r Reader) bool { return r.Patch == "" || r.Repo.Visibility != repo.Public })
	slices.SortStableFunc(shown, func(a, b Reader) int { return cmp.Compare(len(a.Patch), len(b.Patch)) })
	var b strings.Builder
	for n, r := range shown {
		part := fmt.Sprintf("<details><summary>%s</summary>\n\n%s\n</details>\n\n", words(r.Repo.Name.String()), fence("diff", []string{strings.TrimSuffix(r.Patch, "\n")}))
		if b.Len()+len(part) > maxSummary-200 {
			fmt.Fprintf(&b, "… and %s, too long to show here; `skein preview` shows them.\n", count(len(shown)-n, "more diff"))
			break
		}
		b.WriteString(part)
	}
	return b.String()
}

// Note is a remark at a line that changed.
type Note struct {
	repo.Position
	Level, Title, Message string
}

// ImpactNotes are the remarks at the lines of the pull request: faults, questions, and what breaks readers.
func ImpactNotes(i Impact) (out []Note) {
	for _, f := range i.Faults {
		out = append(out, Note{f.Position, "failure", "schema", f.Message})
	}
	for _, c := range i.Changes {
		if c.Side == "old" || c.File == "" {
			continue
		}
		level := "notice"
		if c.Forward == schema.Breaks {
			level = "warning"
		}
		out = append(out, Note{c.Position, level, fieldName(c) + " " + kindWords(c.Kind), c.Message})
	}
	return out
}
