package registration_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/githubsim/contract"
	"github.com/skein-bot/skein/internal/registration"
	"github.com/skein-bot/skein/internal/testenv"
)

// walk is a run of Create with a browser and a person.
type walk struct {
	*testing.T
	registration.Options
	browser *http.Client
	kept    []registration.App
	start   string // the page's address
}

// newWalk is one against a GitHub at an address. By itself Show only notes where the page is.
func newWalk(t *testing.T, github string) *walk {
	t.Helper()
	w := &walk{T: t, browser: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	w.Options = registration.Options{
		Manifest: load(t, registration.Merge).For("acme", "https://skein.acme.example"), GitHub: github, APIURL: github + "/api/v3/",
		Org: "acme", Listen: "127.0.0.1:0",
		Keep: func(a registration.App) error { w.kept = append(w.kept, a); return nil },
		Show: func(url string) { w.start = url },
	}
	return w
}

// validated holds what is exchanged with GitHub to its description.
func validated(t *testing.T) http.RoundTripper {
	t.Helper()
	v, err := contract.Load(contract.Dir("../.."))
	if errors.Is(err, contract.ErrAbsent) && !testenv.CI() {
		return http.DefaultTransport
	}
	if err != nil {
		t.Fatal(err)
	}
	return v.Transport(http.DefaultTransport, func(err error) { t.Errorf("against GitHub's description: %v", err) })
}

// as has a person act once the page is there. Create ends before the test does, whatever they do.
func (w *walk) as(person func()) (registration.App, error) {
	w.Helper()
	return w.within(w.Context(), person)
}

func (w *walk) within(ctx context.Context, person func()) (registration.App, error) {
	w.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	left := make(chan bool)
	show := w.Show
	w.Show = func(url string) {
		show(url)
		go func() { defer close(left); person() }()
	}
	app, err := registration.Create(ctx, w.Options)
	if w.start != "" {
		<-left
	}
	return app, err
}

// get is a page's status, text and headers.
func (w *walk) get(address string) (int, string, http.Header) {
	w.Helper()
	resp, err := w.browser.Get(address)
	if err != nil {
		w.Errorf("get %s: %v", address, err)
		return 0, "", nil
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Error(err)
	}
	return resp.StatusCode, html.UnescapeString(string(body)), resp.Header
}

// form is the page's form: where it goes and what it says.
func (w *walk) form() (action string, fields url.Values) {
	w.Helper()
	_, page, _ := w.get(w.start)
	fields = url.Values{}
	for _, m := range regexp.MustCompile(`(?s)name="(manifest|state)" value="(.*?)">`).FindAllStringSubmatch(page, -1) {
		fields.Set(m[1], m[2])
	}
	if m := regexp.MustCompile(`action="(.*?)"`).FindStringSubmatch(page); m != nil {
		action = m[1]
	}
	return action, fields
}

// back is the address that leads back from GitHub.
func (w *walk) back(code, state string) string {
	u, err := url.Parse(w.start)
	if err != nil {
		w.Error(err)
		return ""
	}
	return "http://" + u.Host + "/created?" + url.Values{"code": {code}, "state": {state}}.Encode()
}

func newSim(t *testing.T) (*githubsim.Sim, string) {
	t.Helper()
	sim := githubsim.New(githubsim.Options{})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	sim.SetURL(server.URL)
	if _, err := sim.CreateOrg("acme", "Acme"); err != nil {
		t.Fatal(err)
	}
	return sim, server.URL
}

// A person presses the button, GitHub creates the app and sends them back; a stranger's tries change nothing.
func TestCreate(t *testing.T) {
	t.Parallel()
	_, github := newSim(t)
	w := newWalk(t, github)
	w.Client = &http.Client{Transport: validated(t)}
	app, err := w.as(func() {
		if status, _, _ := w.get(w.back("guess", "guess")); status != http.StatusBadRequest {
			t.Errorf("a wrong state got %d", status)
		}
		action, fields := w.form()
		if want := github + "/organizations/acme/settings/apps/new"; action != want {
			t.Errorf("the form goes to %q, want %q", action, want)
		}
		var m registration.Manifest
		if err := json.Unmarshal([]byte(fields.Get("manifest")), &m); err != nil || m.Name != "Skein acme" || m.Permissions["contents"] != "write" {
			t.Errorf("the manifest is %+v, %v", m, err)
		}
		resp, err := w.browser.PostForm(action, fields)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		if page, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "Skein acme is created") {
			t.Errorf("back from GitHub: %d %s", resp.StatusCode, page)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if app.ID == 0 || app.Slug != "skein-acme" || app.InstallURL() != github+"/apps/skein-acme/installations/new" {
		t.Errorf("got %+v", app)
	}
	if len(w.kept) != 1 || w.kept[0].PrivateKey.IsZero() || w.kept[0].WebhookSecret.IsZero() {
		t.Errorf("kept %v", w.kept)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	w := newWalk(t, "https://github.example.com")
	w.Org = ""
	ctx, stop := context.WithCancel(t.Context())
	w.Show = func(start string) {
		w.start = start
		defer stop()
		action, fields := w.form()
		if action != "https://github.example.com/settings/apps/new" || len(fields.Get("state")) < 20 {
			t.Errorf("the form goes to %q with %v", action, fields)
		}
		_, page, header := w.get(start)
		if strings.Contains(page, "<script") || strings.Contains(page, "style=") {
			t.Errorf("the page wants more than its policy allows:\n%s", page)
		}
		policy := header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || !strings.HasSuffix(policy, "form-action 'self' https://github.example.com") || header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", header)
		}
		u, err := url.Parse(start)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]int{"/": 404, "/start/": 404, "/start/guess": 404, "/page.css": 200, "/created": 400} {
			if status, _, _ := w.get("http://" + u.Host + path); status != want {
				t.Errorf("%s: got %d, want %d", path, status, want)
			}
		}
		_, port, _ := strings.Cut(u.Host, ":")
		if status, _, _ := w.get("http://localhost:" + port + u.Path); status != http.StatusMisdirectedRequest {
			t.Errorf("under another name: got %d", status)
		}
	}
	if _, err := registration.Create(ctx, w.Options); !errors.Is(err, registration.ErrStopped) {
		t.Errorf("after Ctrl-C: got %v", err)
	}
}

func TestLate(t *testing.T) {
	t.Parallel()
	w := newWalk(t, "https://github.example.com")
	w.Limit = time.Millisecond
	if _, err := w.as(func() {}); !errors.Is(err, registration.ErrLate) {
		t.Errorf("got %v", err)
	}
}

func TestListensOnThisMachineOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "example.com:80", "127.0.0.1", ""} {
		w := newWalk(t, "https://github.example.com")
		w.Listen = address
		if _, err := registration.Create(t.Context(), w.Options); err == nil || !strings.Contains(err.Error(), "127.0.0.1:0") {
			t.Errorf("%q: got %v", address, err)
		}
	}
}

// conversions is a GitHub that gives one answer after another to whoever exchanges a code.
type conversions []func(w http.ResponseWriter)

func (c *conversions) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	(*c)[0](w)
	*c = (*c)[1:]
}

func answers(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func github(t *testing.T, c ...func(http.ResponseWriter)) string {
	t.Helper()
	all := conversions(c)
	server := httptest.NewServer(&all)
	t.Cleanup(server.Close)
	return server.URL
}

const converted = `{"id": 7, "name": "Skein", "slug": "skein", "html_url": "https://github.example.com/apps/skein", "pem": "PEM", "webhook_secret": "s3cret"}`

// What GitHub may answer to the code, and what becomes of it.
func TestExchange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   string // of the error
	}{
		{"unknown code", 404, `{"message": "Not Found"}`, "used before, or more than an hour"},
		{"refused", 422, `{"message": "Validation Failed"}`, `"Validation Failed"; start again`},
		{"forbidden", 403, `<html>`, "403 Forbidden"},
		{"no secret", 201, strings.Replace(converted, `"s3cret"`, "null", 1), "without a webhook secret"},
		{"empty secret", 201, strings.Replace(converted, `"s3cret"`, `""`, 1), "without a webhook secret"},
		{"no key", 201, strings.Replace(converted, `"PEM"`, `""`, 1), "without a private key"},
		{"no number", 201, strings.Replace(converted, `7`, `0`, 1), "without a number"},
		{"no page", 201, strings.Replace(converted, `https://`, "", 1), "without a page"},
		{"no JSON", 201, `{`, "no JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWalk(t, github(t, answers(c.status, c.body)))
			_, err := w.as(func() {
				_, fields := w.form()
				if status, page, _ := w.get(w.back("code", fields.Get("state"))); status != http.StatusBadGateway || !strings.Contains(page, c.want) {
					t.Errorf("the browser got %d %s", status, page)
				}
			})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if len(w.kept) != 0 {
				t.Errorf("kept %v", w.kept)
			}
		})
	}
}

// A code outlives a GitHub that is down for a moment, and Ctrl-C does not lose what GitHub gives only once.
func TestExchangeAgain(t *testing.T) {
	t.Parallel()
	w := newWalk(t, github(t, answers(502, ""), answers(201, converted)))
	ctx, interrupt := context.WithCancel(t.Context())
	w.Keep = func(a registration.App) error {
		interrupt()
		w.kept = append(w.kept, a)
		return nil
	}
	app, err := w.within(ctx, func() {
		_, fields := w.form()
		if status, page, _ := w.get(w.back("code", fields.Get("state"))); status != 502 || !strings.Contains(page, "Reload this page") {
			t.Errorf("the first time: %d %s", status, page)
		}
		if status, page, _ := w.get(w.back("code", fields.Get("state"))); status != 200 {
			t.Errorf("the second time: %d %s", status, page)
		}
	})
	if err != nil || app.ID != 7 || len(w.kept) != 1 {
		t.Errorf("got %+v, %v; kept %v", app, err, w.kept)
	}
}

// GitHub gave the credentials and the disk is full: the person must hear of it.
func TestKeepFails(t *testing.T) {
	t.Parallel()
	w := newWalk(t, github(t, answers(201, converted)))
	w.Keep = func(registration.App) error { return errors.New("no space left") }
	_, err := w.as(func() {
		_, fields := w.form()
		if status, page, _ := w.get(w.back("code", fields.Get("state"))); status != 502 || !strings.Contains(page, "no space left") {
			t.Errorf("the browser got %d %s", status, page)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "created the app") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}
