package githubsim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// submit sends the form of the manifest flow and returns where the browser is sent.
func submit(w *world, path string, manifest map[string]any) (*url.URL, int, string) {
	w.Helper()
	text, err := json.Marshal(manifest)
	w.must(err)
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.PostForm(w.url+path, url.Values{"manifest": {string(text)}, "state": {"st4te"}})
	w.must(err)
	defer w.shut(resp)
	body, err := io.ReadAll(resp.Body)
	w.must(err)
	to, err := resp.Location()
	if err != nil {
		to = &url.URL{}
	}
	return to, resp.StatusCode, string(body)
}

func manifest() map[string]any {
	return map[string]any{
		"name": "Skein of Acme", "url": "https://skein.example", "redirect_url": "http://127.0.0.1:9/done?x=1",
		"hook_attributes": map[string]any{"url": "https://skein.example/hook"}, "default_events": []string{"push"},
		"default_permissions": map[string]string{"contents": "write", "metadata": "read"},
	}
}

func TestManifestFlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to, status, _ := submit(w, "/organizations/acme/settings/apps/new", manifest())
	if status != http.StatusFound || to.Query().Get("state") != "st4te" || to.Query().Get("x") != "1" || to.Path != "/done" {
		t.Fatalf("got %d to %v", status, to)
	}
	code := to.Query().Get("code")
	app, _, err := w.client("").Apps.CompleteAppManifest(ctx, code)
	w.must(err)
	if app.GetSlug() != "skein-of-acme" || app.GetWebhookSecret() == "" || app.GetClientSecret() == "" || app.GetOwner().GetLogin() != "acme" {
		t.Errorf("got %v", app)
	}
	_, _, err = w.client("").Apps.CompleteAppManifest(ctx, code)
	w.refused(err, http.StatusNotFound, "Not Found")

	w.app = githubsim.App{ID: app.GetID(), PEM: app.GetPEM()}
	me, _, err := w.asApp().Apps.Get(ctx, "")
	w.must(err)
	if me.GetID() != app.GetID() || me.GetPermissions().GetContents() != "write" {
		t.Errorf("got %v", me)
	}
}

func TestManifestFlowForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to, _, _ := submit(w, "/settings/apps/new", manifest())
	w.clock.Advance(59 * time.Minute)
	app, _, err := w.client("").Apps.CompleteAppManifest(ctx, to.Query().Get("code"))
	w.must(err)
	if app.GetOwner().GetLogin() != "ada" {
		t.Errorf("got owner %s, want ada, the first person", app.GetOwner().GetLogin())
	}
	to, _, _ = submit(w, "/settings/apps/new", manifest())
	w.clock.Advance(61 * time.Minute)
	_, _, err = w.client("").Apps.CompleteAppManifest(ctx, to.Query().Get("code"))
	w.refused(err, http.StatusNotFound, "Not Found")
}

func TestBadManifests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for want, change := range map[string]func(map[string]any){
		"url is missing":                func(m map[string]any) { delete(m, "url") },
		"redirect_url is missing":       func(m map[string]any) { delete(m, "redirect_url") },
		"contents cannot be":            func(m map[string]any) { m["default_permissions"] = map[string]string{"contents": "all"} },
		"workflows cannot be":           func(m map[string]any) { m["default_permissions"] = map[string]string{"workflows": "read"} },
		"installation is sent unasked":  func(m map[string]any) { m["default_events"] = []string{"installation"} },
		"hook_attributes.url is needed": func(m map[string]any) { delete(m, "hook_attributes") },
		"Error parsing manifest":        func(m map[string]any) { m["default_events"] = "push" },
	} {
		m := manifest()
		change(m)
		if _, status, body := submit(w, "/settings/apps/new", m); status != 422 || !strings.Contains(body, want) {
			t.Errorf("got %d %q, want 422 %q", status, body, want)
		}
	}
}
