package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/registration"
	"github.com/skein-bot/skein/internal/rollout"
)

// person reads what setup writes to the terminal, opens the page that it names and presses the button.
type person struct {
	t    *testing.T
	mu   sync.Mutex
	read bytes.Buffer
	gone bool
	done sync.WaitGroup
}

func (p *person) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read.Write(b)
	if page := regexp.MustCompile(`http://127\.0\.0\.1:\d+/start/\S+`).FindString(p.read.String()); page != "" && !p.gone {
		p.gone = true
		p.done.Go(func() { p.press(page) })
	}
	return len(b), nil
}

func (p *person) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.read.String()
}

func (p *person) press(page string) {
	browser := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	text := p.page(browser.Get(page)) //nolint:bodyclose // page closes it
	fields := url.Values{}
	for _, m := range regexp.MustCompile(`name="(\w+)" value="(.*?)">`).FindAllStringSubmatch(text, -1) {
		fields.Set(m[1], html.UnescapeString(m[2]))
	}
	action := regexp.MustCompile(`action="(.*?)"`).FindStringSubmatch(text)
	if action == nil {
		p.t.Errorf("the page has no form:\n%s", text)
		return
	}
	//nolint:bodyclose // page closes it
	if end := p.page(browser.PostForm(html.UnescapeString(action[1]), fields)); !strings.Contains(end, "is created") {
		p.t.Errorf("the person ended on\n%s", end)
	}
}

func (p *person) page(resp *http.Response, err error) string {
	if err != nil {
		p.t.Error(err)
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Error(err)
	}
	return string(b)
}

// setUp runs skein setup against a simulator with the org acme.
func setUp(t *testing.T, args ...string) (sim *githubsim.Sim, dir, out string) {
	t.Helper()
	sim = githubsim.New(githubsim.Options{})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	sim.SetURL(server.URL)
	if _, err := sim.CreateOrg("acme", "Acme"); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "app")
	p, printed := &person{t: t}, &bytes.Buffer{}
	all := append([]string{"setup", "--no-browser", "--github", server.URL, "--public-url", "https://skein.acme.example/", "--org", "acme", "--out", dir}, args...)
	code := run(t.Context(), streams{strings.NewReader(""), printed, p}, all)
	p.done.Wait()
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, p.text())
	}
	for _, name := range []string{registration.PrivateKeyFile, registration.WebhookSecretFile} {
		secret, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if shown := p.text() + printed.String(); strings.Contains(shown, strings.TrimSpace(string(secret))) {
			t.Errorf("setup printed what is in %s", name)
		}
	}
	return sim, dir, printed.String()
}

// What setup writes, serve takes, and the app can do what its profile says.
func TestSetup(t *testing.T) {
	t.Parallel()
	sim, dir, out := setUp(t, "--profile", "propose")
	server, findings := config.LoadServer(filepath.Join(dir, registration.ServerFile), func(string) string { return "" }, os.ReadFile)
	if len(findings) > 0 {
		t.Errorf("server.yml: %v", findings)
	}
	if server.PublicURL != "https://skein.acme.example" || server.GitHub.AppID == 0 || server.Database.DSN.Reveal() != filepath.Join(dir, "skein.db") {
		t.Errorf("server.yml says %+v", server)
	}
	for _, want := range []string{strconv.Itoa(server.GitHub.AppID), "/apps/skein-acme/installations/new", "skein serve --config " + filepath.Join(dir, "server.yml"), "mode: propose"} {
		if !strings.Contains(out, want) {
			t.Errorf("the next steps do not name %s:\n%s", want, out)
		}
	}
	installation, err := sim.Install(githubsim.InstallSpec{App: int64(server.GitHub.AppID), Account: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	o := serverOptions(server, nil, logger(config.Log{}, io.Discard))
	a, err := newApp(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.store.Close() }()
	if got, err := a.forge.Installation(t.Context(), installation); err != nil || got.ID != installation {
		t.Errorf("as the app: %+v, %v", got, err)
	}
}

// Nothing that is there is overwritten, and GitHub is not bothered first.
func TestSetupTwice(t *testing.T) {
	t.Parallel()
	_, dir, _ := setUp(t)
	var said bytes.Buffer
	code := run(t.Context(), streams{strings.NewReader(""), io.Discard, &said}, []string{"setup", "--no-browser", "--public-url", "https://skein.acme.example", "--out", dir})
	if code != exitFailed || !strings.Contains(said.String(), "is there already") {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}

func TestSetupMisused(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"setup needs --public-url":             {},
		"http is only for this machine":        {"--public-url", "http://skein.acme.example"},
		"--github: not a URL":                  {"--public-url", "https://skein.acme.example", "--github", "github"},
		`there is no profile "all"; write`:     {"--public-url", "https://skein.acme.example", "--profile", "all"},
		"unknown flag: --secret":               {"--secret", "x"},
		`unknown command "now" for "skein set`: {"now"},
	} {
		var said bytes.Buffer
		dir := filepath.Join(t.TempDir(), "app")
		code := run(t.Context(), streams{strings.NewReader(""), io.Discard, &said}, append([]string{"setup", "--no-browser", "--out", dir}, args...))
		if code == exitDone || !strings.Contains(said.String(), want) {
			t.Errorf("%v: exit code %d: %s", args, code, said.String())
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%v: the folder was made", args)
		}
	}
}

// An app of a lower profile gets through its part of a migration without asking for more than it has. All other
// lives run with what merge asks for.
func TestProfileIsEnough(t *testing.T) {
	t.Parallel()
	for mode, profile := range map[rollout.Mode]registration.Profile{rollout.Observe: registration.Observe, rollout.Propose: registration.Propose} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			m, err := registration.Load(profile)
			if err != nil {
				t.Fatal(err)
			}
			repos := org()
			repos["sales-data"][".github/skein.yml"] = strings.Replace(datasetConfig, "mode: merge", "mode: "+mode.String(), 1)
			l := newLife(t, repos)
			l.check(l.sim.Grant(l.app.installed(t), m.Permissions))
			l.check(l.Advance(t.Context(), time.Minute))
			ctx, refuse := context.WithCancelCause(t.Context())
			l.sim.OnCall(func(c githubsim.Call) {
				if c.Status == http.StatusForbidden || c.Status == http.StatusUnprocessableEntity {
					refuse(fmt.Errorf("refused: %s %s, which needs %s", c.Method, c.Path, c.Need))
				}
			})
			if err := errors.Join(l.propose(ctx, mode), context.Cause(ctx)); err != nil {
				t.Error(err)
			}
			if mode == rollout.Observe && len(l.pulls("reports")) > 0 {
				t.Error("a pull request was opened in mode observe")
			}
		})
	}
}

// propose is a migration up to the watch; a person merges. In mode observe it ends with the tracking issue.
func (l *life) propose(ctx context.Context, mode rollout.Mode) error {
	l.changeSchema()
	err := l.Until(ctx, "the change is told of", time.Hour, func() (bool, string) {
		return len(l.sim.Issues(named("sales-data"))) == 1, "there is no tracking issue"
	})
	if err == nil && mode == rollout.Propose {
		err = l.mergedByHand(ctx)
	}
	if err != nil {
		return err
	}
	return l.Advance(ctx, 10*time.Minute) // what was merged is watched
}

func (l *life) mergedByHand(ctx context.Context) error {
	err := l.Until(ctx, "a pull request opens", time.Hour, func() (bool, string) { return len(l.pulls("reports")) == 1, "there is none" })
	if err != nil {
		return err
	}
	if err := l.Advance(ctx, 7*time.Minute); err != nil { // its checks end
		return err
	}
	_, err = l.sim.As("acme").MergePull(named("reports"), 1, githubsim.Merge{Method: "squash"})
	return err
}

// installed is the app's only installation.
func (a *app) installed(t *testing.T) int64 {
	t.Helper()
	all, err := a.forge.Installations(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("installations: %v, %v", all, err)
	}
	return all[0].ID
}
