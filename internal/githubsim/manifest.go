package githubsim

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// manifestLife is how long the three steps of the manifest flow may take.
const manifestLife = time.Hour

// manifest is an app that someone asked for and whose credentials nobody has fetched yet.
type manifest struct {
	spec    AppSpec
	owner   *Account
	expires time.Time
}

// manifestJSON is what an app's author describes.
type manifestJSON struct {
	Name        string            `json:"name"`
	URL         string            `json:"url"`
	Description string            `json:"description"`
	Hook        hookAttributes    `json:"hook_attributes"`
	Redirect    string            `json:"redirect_url"`
	Public      bool              `json:"public"`
	Events      []string          `json:"default_events"`
	Permissions map[string]string `json:"default_permissions"`
}

type hookAttributes struct {
	URL    string `json:"url"`
	Active *bool  `json:"active"`
}

func (s *Sim) appRoutes() []route {
	return []route{
		{method: "POST", pattern: "/settings/apps/new", caller: byAnyone, handle: s.newAppPage},
		{method: "POST", pattern: "/organizations/{org}/settings/apps/new", caller: byAnyone, handle: s.newAppPage},
		{method: "POST", pattern: "/app-manifests/{code}/conversions", caller: byAnyone, handle: s.convertManifest},
	}
}

// newAppPage stands for the page on which a person agrees to create the app: here they always do. The person is
// the only one there is, or the organization's.
func (s *Sim) newAppPage(q *request) (int, any) {
	form, err := url.ParseQuery(string(q.body))
	if err != nil {
		return pageError("The form cannot be read.")
	}
	var m manifestJSON
	if err := json.Unmarshal([]byte(form.Get("manifest")), &m); err != nil {
		return pageError("Error parsing manifest: " + err.Error())
	}
	if problem := m.problem(); problem != "" {
		return pageError("Error validating manifest: " + problem)
	}
	owner := s.account(q.PathValue("org"))
	if owner == nil && q.PathValue("org") != "" {
		return notFound()
	}
	code := secret("", 20)
	s.manifests[code] = &manifest{spec: m.spec(), owner: owner, expires: s.now().Add(manifestLife)}
	to, err := url.Parse(m.Redirect)
	if err != nil {
		return pageError("redirect_url is not a URL.")
	}
	v := to.Query()
	v.Set("code", code)
	if state := q.URL.Query().Get("state") + form.Get("state"); state != "" {
		v.Set("state", state)
	}
	to.RawQuery = v.Encode()
	q.header.Set("Location", to.String())
	return http.StatusFound, nil
}

func pageError(message string) (int, any) {
	text := "<!doctype html><title>GitHub App</title><p>" + template.HTMLEscapeString(message)
	return http.StatusUnprocessableEntity, raw{"text/html; charset=utf-8", []byte(text)}
}

// problem says what is wrong with a manifest.
func (m manifestJSON) problem() string {
	switch {
	case m.URL == "":
		return "url is missing"
	case m.Redirect == "":
		return "redirect_url is missing"
	case m.Hook.URL == "" && len(m.Events) > 0:
		return "hook_attributes.url is needed for events"
	}
	for permission, level := range m.Permissions {
		if rank(level) == 0 || permission == "workflows" && level != "write" {
			return fmt.Sprintf("default_permissions: %s cannot be %q", permission, level)
		}
	}
	for _, e := range m.Events {
		switch e {
		case "installation", "installation_repositories", "github_app_authorization":
			return "default_events: " + e + " is sent unasked and cannot be selected"
		}
	}
	return ""
}

func (m manifestJSON) spec() AppSpec {
	return AppSpec{
		Name: m.Name, URL: m.URL, Description: m.Description, Permissions: m.Permissions, Events: m.Events,
		WebhookURL: m.Hook.URL, Inactive: m.Hook.Active != nil && !*m.Hook.Active,
	}
}

// convertManifest hands out the credentials of the new app, once.
func (s *Sim) convertManifest(q *request) (int, any) {
	m := s.manifests[q.PathValue("code")]
	delete(s.manifests, q.PathValue("code"))
	if m == nil || s.now().After(m.expires) {
		return notFound()
	}
	owner := m.owner
	if owner == nil {
		owner = s.somebody()
	}
	spec := m.spec
	spec.Secret = secret("", 30)
	if strings.TrimSpace(spec.Name) == "" {
		spec.Name = "app " + q.PathValue("code")[:6]
	}
	a, err := s.createApp(owner, spec)
	if err != nil {
		return failed(err)
	}
	return http.StatusCreated, merged(s.appJSON(a), object{
		"client_secret": a.ClientSecret, "webhook_secret": a.WebhookSecret, "pem": a.PEM,
	})
}
