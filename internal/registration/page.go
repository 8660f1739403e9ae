package registration

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
)

//go:embed page.html page.css
var files embed.FS

// routes are the two pages: the way to GitHub, and back.
func (f *flow) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /start/{key}", f.start)
	mux.HandleFunc("GET /created", f.created)
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "page.css") })
	return f.guarded(mux)
}

// guarded sets strict headers, and turns away requests for another host: a page elsewhere whose name resolves to
// this machine must not read ours.
func (f *flow) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+origin(f.GitHub))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if r.Host != f.host {
			http.Error(w, "there is nothing here for "+r.Host, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// start shows what the app will ask for, and the button that goes to GitHub.
func (f *flow) start(w http.ResponseWriter, r *http.Request) {
	if !same(r.PathValue("key"), f.key) {
		http.NotFound(w, r)
		return
	}
	text, err := json.Marshal(f.Manifest)
	if err != nil {
		http.Error(w, "the manifest cannot be written", http.StatusInternalServerError)
		return
	}
	f.render(w, http.StatusOK, "start", struct {
		Action, Manifest, State, GitHub, Owner, Hook string
		Asks                                         []string
	}{f.target(), string(text), f.state, f.GitHub, f.Org, f.Manifest.Hook.URL, f.Manifest.Asks()})
}

// notice is a page without a choice.
type notice struct{ Title, Text string }

func (f *flow) page(w http.ResponseWriter, status int, n notice) { f.render(w, status, "notice", n) }

func (f *flow) render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	t, err := template.ParseFS(files, "page.html")
	if err == nil {
		err = t.ExecuteTemplate(&b, name, data)
	}
	if err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // a browser that went away needs no answer
}
