package handlers_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/handlers"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/githubsim/contract"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/testenv"
)

const secret = "s3cret"

// inbox keeps deliveries in memory; it is full when err is set.
type inbox struct {
	ids []string
	err error
}

func (i *inbox) Add(_ context.Context, id, _ string, _ []byte) error {
	if i.err == nil {
		i.ids = append(i.ids, id)
	}
	return i.err
}

func sign(body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func request(body string, change func(http.Header)) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/github/hook", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", "push")
	r.Header.Set("X-GitHub-Delivery", "d1")
	r.Header.Set("X-Hub-Signature-256", sign(body))
	if change != nil {
		change(r.Header)
	}
	return r
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk full")
	for name, tt := range map[string]struct {
		body   string
		change func(http.Header)
		fault  error
		want   int
		event  string // as it is counted
	}{
		"accepted":        {body: `{"ref":"refs/heads/main"}`, want: 202, event: "push accepted"},
		"unsigned":        {body: `{}`, change: func(h http.Header) { h.Del("X-Hub-Signature-256") }, want: 401, event: "push 401"},
		"sha1 only":       {body: `{}`, change: func(h http.Header) { h.Del("X-Hub-Signature-256"); h.Set("X-Hub-Signature", "sha1=00") }, want: 401, event: "push 401"},
		"signed wrongly":  {body: `{}`, change: func(h http.Header) { h.Set("X-Hub-Signature-256", sign("{ }")) }, want: 401, event: "push 401"},
		"too large":       {body: `{"a":"` + strings.Repeat("x", 26<<20) + `"}`, want: 413, event: "push 413"},
		"no JSON":         {body: `{"a":`, want: 400, event: "push 400"},
		"a list":          {body: `[]`, want: 400, event: "push 400"},
		"empty":           {body: ``, want: 400, event: "push 400"},
		"form":            {body: `payload={}`, change: func(h http.Header) { h.Set("Content-Type", "application/x-www-form-urlencoded") }, want: 400, event: "push 400"},
		"no event":        {body: `{}`, change: func(h http.Header) { h.Del("X-GitHub-Event") }, want: 400, event: "other 400"},
		"no delivery id":  {body: `{}`, change: func(h http.Header) { h.Del("X-GitHub-Delivery") }, want: 400, event: "push 400"},
		"unknown event":   {body: `{}`, change: func(h http.Header) { h.Set("X-GitHub-Event", "star") }, want: 202},
		"cannot be saved": {body: `{}`, fault: broken, want: 500, event: "push 500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box, counted := &inbox{err: tt.fault}, ""
			h, err := handlers.Webhook(secret, &handlers.Handlers{}, box, func(event, result string) { counted = event + " " + result })
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, request(tt.body, tt.change))
			if w.Code != tt.want || counted != tt.event {
				t.Errorf("answered %d and counted %q, want %d and %q", w.Code, counted, tt.want, tt.event)
			}
			if stored := len(box.ids) == 1; stored != (counted == "push accepted") {
				t.Errorf("stored: %v", box.ids)
			}
		})
	}
}

func TestWebhookNeedsSecret(t *testing.T) {
	t.Parallel()
	if _, err := handlers.Webhook("", &handlers.Handlers{}, &inbox{}, nil); err == nil {
		t.Error("an empty secret was accepted: then anybody could send events")
	}
}

// calls records what the engine was told.
type calls struct{ got []string }

func (c *calls) Proposed(_ context.Context, r repo.Repo, number int) error {
	c.got = append(c.got, fmt.Sprintf("proposed %s#%d", r.Name, number))
	return nil
}

func (c *calls) Touched(_ context.Context, r repo.Repo, what engine.Touch) error {
	c.got = append(c.got, "touched "+r.Name.String()+" "+[]string{"something", "files", "switch"}[what])
	return nil
}

func (c *calls) Grouped(_ context.Context, r repo.Repo, head repo.SHA) error {
	c.got = append(c.got, "grouped "+r.Name.String()+" "+head.Short())
	return nil
}

func (c *calls) Installed(_ context.Context, id int64) error {
	c.got = append(c.got, "installed")
	return nil
}

func (c *calls) Removed(_ context.Context, ids []repo.ID, why string) error {
	c.got = append(c.got, "removed: "+why)
	return nil
}

func (c *calls) Give(_ context.Context, o engine.Order) error {
	c.got = append(c.got, o.Key+" "+o.Actor+" says "+o.Verb+" on "+o.Repo.Name.String())
	return nil
}

const repository = `"repository":{"id":7,"full_name":"acme/reports","default_branch":"main"},"installation":{"id":3}`

func TestHandle(t *testing.T) {
	t.Parallel()
	comment := func(action, user, kind, body string) string {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return `{"action":"` + action + `","issue":{"number":4},"comment":{"id":9,"body":` + string(text) + `,"user":{"login":"` + user + `","type":"` + kind + `"}},` + repository + `}`
	}
	for name, tt := range map[string]struct {
		event, payload string
		want           []string
	}{
		"push to main":    {"push", `{"ref":"refs/heads/main",` + repository + `}`, []string{"touched acme/reports files"}},
		"push elsewhere":  {"push", `{"ref":"refs/heads/x",` + repository + `}`, []string{"touched acme/reports something"}},
		"branch deleted":  {"delete", `{"ref":"x",` + repository + `}`, []string{"touched acme/reports something"}},
		"renamed":         {"repository", `{"action":"renamed",` + repository + `}`, []string{"touched acme/reports files"}},
		"deleted":         {"repository", `{"action":"deleted",` + repository + `}`, []string{"removed: the repository was deleted"}},
		"made public":     {"public", `{` + repository + `}`, []string{"touched acme/reports files"}},
		"installed":       {"installation", `{"action":"created","installation":{"id":3}}`, []string{"installed"}},
		"uninstalled":     {"installation", `{"action":"deleted","installation":{"id":3}}`, nil},
		"removed":         {"installation_repositories", `{"action":"removed","installation":{"id":3},"repositories_removed":[{"id":7}]}`, []string{"removed: Skein was removed from the repository", "installed"}},
		"check":           {"check_run", `{"action":"completed",` + repository + `}`, []string{"touched acme/reports something"}},
		"pull request":    {"pull_request", `{"action":"synchronize","number":4,` + repository + `}`, []string{"touched acme/reports something", "proposed acme/reports#4"}},
		"closed":          {"pull_request", `{"action":"closed","number":4,` + repository + `}`, []string{"touched acme/reports something", "proposed acme/reports#4"}},
		"issue":           {"issues", `{"action":"labeled",` + repository + `}`, []string{"touched acme/reports switch"}},
		"command":         {"issue_comment", comment("created", "ana", "User", "/skein hold\n/skein why"), []string{"comment/9/0 ana says hold on acme/reports", "comment/9/1 ana says why on acme/reports"}},
		"no command":      {"issue_comment", comment("created", "ana", "User", "thanks"), nil},
		"edited":          {"issue_comment", comment("edited", "ana", "User", "/skein merge"), nil},
		"deleted comment": {"issue_comment", comment("deleted", "ana", "User", "/skein merge"), nil},
		"by a bot":        {"issue_comment", comment("created", "helper[bot]", "Bot", "/skein merge"), nil},
		"by nobody":       {"issue_comment", comment("created", "ghost", "User", "/skein merge"), nil},
		"no repository":   {"check_run", `{"action":"completed"}`, nil},
		"odd name":        {"check_run", `{"repository":{"id":7,"full_name":"../x"}}`, nil},
		"never asked for": {"star", `{`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &calls{}
			if err := (&handlers.Handlers{Engine: c}).Handle(t.Context(), tt.event, "d1", []byte(tt.payload)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, c.got); diff != "" {
				t.Errorf("the engine was told (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever GitHub publishes as examples of events goes through the intake and the handlers.
func TestPublishedExamples(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile(filepath.Join(contract.Dir(".."), "examples.json"))
	if errors.Is(err, os.ErrNotExist) {
		testenv.Lacks(t, "GitHub's examples are not here: run .ci/contracts")
	}
	if err != nil {
		t.Fatal(err)
	}
	var events []struct {
		Name     string
		Examples []json.RawMessage
	}
	if err := json.Unmarshal(src, &events); err != nil {
		t.Fatal(err)
	}
	box, told, n := &inbox{}, &calls{}, 0
	hook, err := handlers.Webhook(secret, &handlers.Handlers{}, box, func(string, string) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		for _, example := range event.Examples {
			n++
			w := httptest.NewRecorder()
			hook.ServeHTTP(w, request(string(example), func(h http.Header) { h.Set("X-GitHub-Event", event.Name) }))
			if w.Code != http.StatusAccepted {
				t.Errorf("%s: answered %d", event.Name, w.Code)
			}
			if err := (&handlers.Handlers{Engine: told}).Handle(t.Context(), event.Name, "d", example); err != nil {
				t.Errorf("%s: %v", event.Name, err)
			}
		}
	}
	if n < 300 || len(box.ids) < 100 || len(told.got) < 100 {
		t.Errorf("%d examples, %d kept, %d told: the examples are not what they were", n, len(box.ids), len(told.got))
	}
}

func FuzzHandle(f *testing.F) {
	f.Add("push", `{"ref":"refs/heads/main",`+repository+`}`)
	f.Add("issue_comment", `{"action":"created","issue":null,"comment":{"id":1,"body":"/skein x","user":null},`+repository+`}`)
	f.Fuzz(func(t *testing.T, event, payload string) {
		if err := (&handlers.Handlers{Engine: &calls{}}).Handle(t.Context(), event, "d", []byte(payload)); err != nil && !handlers.Malformed(err) {
			t.Error(err)
		}
	})
}
