// Package portal shows the read model in a browser: what is under way, what it waits for and why, and what needs
// a person. It only shows; whoever wants to steer comments on GitHub.
//
//	/            the migrations
//	/m/{id}      one migration: changes, waves, changesets, refused places, journal
//	/readers     the datasets; with ?of=NAME who reads one, or one field of it, as far as the code was looked at.
//	             To ask has the rest looked at: that changes nothing but what is known
//	/static/…    the style sheet and the icon
//
// The pages name private repositories, so whoever serves them lets only people in who may read those. They run no
// script, load nothing from elsewhere, and nothing can be changed through them.
package portal

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
)

// Engine is where the read model comes from.
type Engine interface {
	Migrations(ctx context.Context) ([]rollout.Migration, error) // newest first
	Page(ctx context.Context, id rollout.MigrationID) (status.Page, error)
	Datasets(ctx context.Context) ([]string, error)
	Ask(ctx context.Context, name string) (engine.Readership, error)
}

//go:embed pages static
var files embed.FS

// portal is the handler with its templates.
type portal struct {
	engine Engine
	links  status.Links
	pages  *template.Template
}

// New returns the pages.
func New(e Engine, links status.Links) http.Handler {
	p := &portal{engine: e, links: links, pages: template.Must(template.ParseFS(files, "pages/*.html"))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.list)
	mux.HandleFunc("GET /m/{id}", p.migration)
	mux.HandleFunc("GET /readers", p.readers)
	mux.Handle("GET /static/", static())
	mux.HandleFunc("GET /", p.unknown)
	mux.HandleFunc("/", p.readOnly)
	return guarded(mux)
}

// guarded sets the headers that keep a page from doing, or being made to do, anything but being read.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control":                "no-store", // private names stay out of caches
		} {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

// static serves the embedded files, which hold nothing private.
func static() http.Handler {
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") { // no listing of the folder
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=3600")
		serve.ServeHTTP(w, r)
	})
}

// show renders a page whole before the first byte is sent, so that a fault in it is an error and not half a page.
func (p *portal) show(w http.ResponseWriter, code int, name string, view any) {
	var b bytes.Buffer
	if err := p.pages.ExecuteTemplate(&b, name, view); err != nil {
		http.Error(w, "this page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(code)
	_, _ = b.WriteTo(w) // the reader may have gone
}

// fault is a page that says what went wrong.
type fault struct{ Title, Text string }

func (p *portal) unknown(w http.ResponseWriter, _ *http.Request) {
	p.show(w, http.StatusNotFound, "fault.html", fault{"Not found", "There is no such page. Migrations that exist are listed on the first one."})
}

func (p *portal) readOnly(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", "GET, HEAD")
	p.show(w, http.StatusMethodNotAllowed, "fault.html", fault{"Read-only", "These pages only show. To steer a migration, comment on its issue or pull requests."})
}

// unreadable says no more than that: an error of the database is for the log.
func (p *portal) unreadable(w http.ResponseWriter) {
	p.show(w, http.StatusInternalServerError, "fault.html", fault{"Not now", "The records cannot be read at the moment. Please try again."})
}
