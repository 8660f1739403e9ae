package portal

import (
	"net/http"
	"strconv"

	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
)

// perPage is how many migrations one page lists.
const perPage = 25

// listView is the first page.
type listView struct {
	Running, Finished []summary
	None              bool
	Newer, Older      int // page numbers; 0: there is none
}

// summary is one migration in the list.
type summary struct {
	status.Counts
	ID             rollout.MigrationID
	Subject, Title string
	Author         string
	Repo, RepoURL  string
	Began          stamp
	State, Next    string
	People         []need
}

// need is something that waits for a person.
type need struct{ Who, URL, Text string }

func (p *portal) list(w http.ResponseWriter, r *http.Request) {
	all, err := p.engine.Migrations(r.Context())
	if err != nil {
		p.unreadable(w)
		return
	}
	page, ok := pageNumber(r.URL.Query().Get("page"), len(all))
	if !ok {
		p.unknown(w, r)
		return
	}
	view := listView{None: len(all) == 0, Newer: page - 1}
	end := min(page*perPage, len(all))
	if end < len(all) {
		view.Older = page + 1
	}
	for _, m := range all[(page-1)*perPage : end] {
		one, err := p.engine.Page(r.Context(), m.ID)
		if err != nil {
			p.unreadable(w)
			return
		}
		if m.Ended.IsZero() {
			view.Running = append(view.Running, summarize(one))
		} else {
			view.Finished = append(view.Finished, summarize(one))
		}
	}
	p.show(w, http.StatusOK, "list.html", view)
}

// pageNumber reads a page's number, from 1; none is the first.
func pageNumber(s string, total int) (int, bool) {
	if s == "" {
		return 1, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && n <= max(1, (total+perPage-1)/perPage)
}

func summarize(p status.Page) summary {
	m := p.Migration
	return summary{
		Counts: p.Counts(), ID: m.ID, Subject: p.Subject(), Title: m.Title, Author: m.Author,
		Repo: m.Repo.Name.String(), RepoURL: p.Links.Repo(m.Repo.Name), Began: at(p, m.Created),
		State: p.State(), Next: next(p), People: people(p),
	}
}

// next is what time alone brings; a migration that has ended has nothing before it.
func next(p status.Page) string {
	if !p.Migration.Ended.IsZero() {
		return ""
	}
	return p.Next()
}

// people lists what waits for a person: the migration itself, its halted waves, its changesets.
func people(p status.Page) (out []need) {
	m := p.Migration
	issue := ""
	if m.Issue > 0 {
		issue = p.Links.Issue(m.Repo.Name, m.Issue)
	}
	if m.Proposal != "" {
		out = append(out, need{"the dataset's change", issue, m.Proposal})
	}
	if m.Pause != nil {
		out = append(out, need{"the migration", issue, "paused by " + m.Pause.By + because(m.Pause.Reason)})
	}
	halted := ""
	for _, w := range p.Waves() {
		if w.Halted && w.Why != halted {
			halted = w.Why
			out = append(out, need{"wave " + w.Name, issue, p.WaveState(w)})
		}
	}
	for _, c := range p.All() {
		if c.Group() == status.NeedsPerson {
			out = append(out, need{c.Repo.Name.String(), pullURL(p, c), p.Sentence(c)})
		}
	}
	return out
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func pullURL(p status.Page, c status.Changeset) string {
	if c.Pull == 0 {
		return ""
	}
	return p.Links.Pull(c.Repo.Name, c.Pull)
}
