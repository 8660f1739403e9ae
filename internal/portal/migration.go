package portal

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
)

// recent is how much of a journal a page shows unless all of it is asked for.
const recent = 200

// migrationView is the page of one migration.
type migrationView struct {
	summary
	Commit, CommitURL string
	IssueURL          string
	Issue             int
	Deadline          string
	Changes           []status.Row
	Waves             []waveView
	Changesets        []changesetView
	Places            []placeView
	Journal           []entryView
	Earlier           int // entries of the journal that are not shown
}

type waveView struct {
	status.Wave
	State string
}

// changesetView is one row of the table.
type changesetView struct {
	Repo, RepoURL string
	Wave          string
	Label, Tone   string
	Sentence      string
	Waits         []status.Wait
	Pull, Revert  int
	PullURL       string
	RevertURL     string
	Edits         int
	Refusals      int
}

// placeView is one place that people must look at.
type placeView struct {
	Repo, Place, URL string
	Why, Suggestion  string
	Code             string
}

// entryView is one line of the journal.
type entryView struct {
	At                    stamp
	Actor, On, Text, Rule string
}

// stamp is an instant for people and for machines.
type stamp struct{ Text, Machine string }

func at(p status.Page, t time.Time) stamp {
	return stamp{status.Stamp(t, p.Zone()), t.UTC().Format(time.RFC3339)}
}

func (p *portal) migration(w http.ResponseWriter, r *http.Request) {
	id := rollout.MigrationID(r.PathValue("id"))
	page, err := p.engine.Page(r.Context(), id)
	if err == nil {
		p.show(w, http.StatusOK, "migration.html", whole(page, r.URL.Query().Has("all")))
		return
	}
	all, listErr := p.engine.Migrations(r.Context())
	if listErr == nil && !slices.ContainsFunc(all, func(m rollout.Migration) bool { return m.ID == id }) {
		p.unknown(w, r)
		return
	}
	p.unreadable(w)
}

func whole(p status.Page, all bool) migrationView {
	m := p.Migration
	v := migrationView{
		summary: summarize(p), Commit: m.To.Short(), CommitURL: p.Links.Commit(m.Repo.Name, m.To), Issue: m.Issue,
		Changes: p.Rows(), Places: places(p),
	}
	if m.Issue > 0 {
		v.IssueURL = p.Links.Issue(m.Repo.Name, m.Issue)
	}
	if !m.Deadline.IsZero() {
		v.Deadline = m.Deadline.Format("2 January 2006")
	}
	for _, w := range p.Waves() {
		v.Waves = append(v.Waves, waveView{w, p.WaveState(w)})
	}
	for _, c := range p.All() {
		v.Changesets = append(v.Changesets, row(p, c))
	}
	v.Journal, v.Earlier = journal(p, all)
	return v
}

func row(p status.Page, c status.Changeset) changesetView {
	v := changesetView{
		Repo: c.Repo.Name.String(), RepoURL: p.Links.Repo(c.Repo.Name), Wave: c.Wave, Label: c.Label(), Tone: tone(c.Group()),
		Sentence: p.Sentence(c), Pull: c.Pull, PullURL: pullURL(p, c), Revert: c.RevertPull,
		Edits: c.Edits(), Refusals: c.Refusals(),
	}
	if !c.Phase.Ended() {
		v.Waits = p.Waits(c)
	}
	if c.RevertPull > 0 {
		v.RevertURL = p.Links.Pull(c.Repo.Name, c.RevertPull)
	}
	return v
}

// tone is the class that gives a state its colour and its sign; the words beside them say the same.
func tone(g status.Group) string {
	switch g {
	case status.NeedsPerson, status.Refused:
		return "person"
	case status.InDoubt, status.TakenBack:
		return "doubt"
	case status.Waiting:
		return "way"
	case status.Watched:
		return "watched"
	case status.Done:
		return "done"
	case status.LeftOut, status.Unaffected:
		return "out"
	}
	return "out"
}

func places(p status.Page) (out []placeView) {
	for _, l := range p.Places() {
		out = append(out, placeView{l.Changeset.Repo.Name.String(), l.Where(), p.Links.Place(l), l.Message, l.Suggestion, l.Code})
	}
	return out
}

// journal gives the newest entries first.
func journal(p status.Page, all bool) (out []entryView, earlier int) {
	names := map[rollout.ChangesetID]string{}
	for _, c := range p.Changesets {
		names[c.ID] = c.Repo.Name.String()
	}
	for i, e := range slices.Backward(p.Journal) {
		if len(out) == recent && !all {
			return out, i + 1
		}
		on := names[e.Changeset]
		if on == "" {
			on = strings.TrimSpace("the migration " + string(e.Changeset))
		}
		out = append(out, entryView{at(p, e.At), e.Actor, on, e.Text, e.Rule})
	}
	return out, 0
}
