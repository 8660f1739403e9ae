package portal

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/engine"
)

// mostListed bounds how many readers, and how many places of one, a page shows.
const (
	mostListed = 500
	mostPlaces = 5
)

// readersView is the page of a dataset, or of one of its fields; without a name the list of datasets.
type readersView struct {
	Title    string
	Datasets []link
	Whole    *link // of a field, its dataset
	Fields   []link
	Readers  []readerView
	More     int // readers that are not shown
}

// link is a name that leads somewhere.
type link struct{ Text, URL string }

// readerView is one row of the table.
type readerView struct {
	link
	Standing string
	Places   []sightView
	More     int // places that are not shown
	Remark   string
}

// sightView is one place in the code.
type sightView struct {
	link
	How string
}

func (p *portal) readers(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("of")
	if name == "" {
		p.datasets(w, r)
		return
	}
	answer, err := p.engine.Ask(r.Context(), name)
	switch {
	case errors.Is(err, engine.ErrUnknownDataset):
		p.show(w, http.StatusNotFound, "fault.html", fault{"Not found", "No repository that Skein knows declares such a dataset."})
	case err != nil:
		p.unreadable(w)
	default:
		p.show(w, http.StatusOK, "readers.html", p.viewReaders(answer))
	}
}

func (p *portal) datasets(w http.ResponseWriter, r *http.Request) {
	all, err := p.engine.Datasets(r.Context())
	if err != nil {
		p.unreadable(w)
		return
	}
	view := readersView{Title: "Datasets"}
	for _, name := range all {
		view.Datasets = append(view.Datasets, readersOf(name, name))
	}
	p.show(w, http.StatusOK, "readers.html", view)
}

func readersOf(text, name string) link { return link{text, "/readers?of=" + url.QueryEscape(name)} }

func (p *portal) viewReaders(answer engine.Readership) readersView {
	view := readersView{Title: "Who reads " + strings.TrimSuffix(answer.Dataset+"."+answer.Field, ".")}
	if answer.Field != "" {
		whole := readersOf(answer.Dataset, answer.Dataset)
		view.Whole = &whole
	}
	for _, f := range answer.Fields {
		view.Fields = append(view.Fields, readersOf(f, answer.Dataset+"."+f))
	}
	shown := answer.Readers[:min(len(answer.Readers), mostListed)]
	view.More = len(answer.Readers) - len(shown)
	for _, r := range shown {
		view.Readers = append(view.Readers, p.viewReader(r))
	}
	return view
}

func (p *portal) viewReader(r consumer.Reader) readerView {
	out := readerView{link: link{r.Repo.String(), p.links.Repo(r.Repo)}, Standing: string(r.Standing), More: max(0, len(r.Sights)-mostPlaces)}
	for _, s := range r.Sights[:len(r.Sights)-out.More] {
		how := string(s.How) + " " + strings.TrimSuffix(s.Dataset+"."+s.Field, ".")
		if !s.Declared {
			how += ", which nobody declared for this file"
		}
		out.Places = append(out.Places, sightView{link{fmt.Sprintf("%s:%d", s.File, s.Line), p.links.Line(r.Repo, r.At, s.File, s.Line)}, how})
	}
	switch {
	case r.ID == 0:
		out.Remark = "Skein is not installed there"
	case r.At == "":
		out.Remark = "its code is being looked at"
	case r.Behind:
		out.Remark = "as of " + r.At.Short() + "; the newest code is being looked at"
	case r.Unread > 0:
		out.Remark = fmt.Sprintf("%d files or places are left out", r.Unread)
	}
	return out
}
