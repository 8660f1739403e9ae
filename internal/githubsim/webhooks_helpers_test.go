package githubsim_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

const hookSecret = "correct horse battery staple"

// listener is a world whose app hears of everything. What it hears is checked: the signature, the headers, and the body
// against GitHub's own schemas where those have been fetched.
type listener struct {
	*world
	mu     sync.Mutex
	heard  []heard
	answer func(n int) int // the status for the nth delivery; nil is 200
}

// heard is one delivery as it arrived.
type heard struct {
	event, action, guid string
	body                map[string]any
}

func (h heard) String() string { return strings.Trim(h.event+"."+h.action, ".") }

// everything is what the listening app may do, and everyEvent what it hears of.
func everything() map[string]string {
	return map[string]string{
		"metadata": "read", "contents": "write", "pull_requests": "write", "issues": "write", "checks": "write",
		"statuses": "write", "actions": "write", "deployments": "write", "administration": "read", "merge_queues": "read",
	}
}

func everyEvent() []string {
	return []string{
		"push", "create", "delete", "pull_request", "pull_request_review", "pull_request_review_thread", "issues",
		"issue_comment", "deployment_status", "check_run", "check_suite", "status", "workflow_run", "repository", "public",
	}
}

func listen(t *testing.T, change ...func(*githubsim.Options)) *listener {
	t.Helper()
	l := &listener{world: newWorld(t, change...)}
	l.SetWebhookClient(&http.Client{Transport: roundTripper(l.receive)})
	var err error
	l.app, err = l.CreateApp("acme", githubsim.AppSpec{
		Name: "Listener", URL: "https://listener.example", PEM: testKey(), Permissions: everything(), Events: everyEvent(),
		WebhookURL: "http://listener.example/hook", Secret: hookSecret,
	})
	l.must(err)
	l.installation, err = l.Install(githubsim.InstallSpec{App: l.app.ID, Account: "acme", By: "ada"})
	l.must(err)
	return l
}

// receive is the app's end of the wire.
func (l *listener) receive(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	l.inspect(r, body)
	l.mu.Lock()
	defer l.mu.Unlock()
	h := heard{event: r.Header.Get("X-GitHub-Event"), guid: r.Header.Get("X-GitHub-Delivery")}
	if err := json.Unmarshal(body, &h.body); err != nil {
		l.Errorf("%s: %v", h.event, err)
	}
	h.action, _ = h.body["action"].(string)
	l.heard = append(l.heard, h)
	status := http.StatusOK
	if l.answer != nil {
		status = l.answer(len(l.heard))
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("thanks")), Header: http.Header{}, Request: r}, nil
}

func (l *listener) inspect(r *http.Request, body []byte) {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write(body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); r.Header.Get("X-Hub-Signature-256") != want {
		l.Errorf("signature: got %q, want %q", r.Header.Get("X-Hub-Signature-256"), want)
	}
	if got := r.Header.Get("X-GitHub-Hook-Installation-Target-ID"); got != fmt.Sprint(l.app.ID) {
		l.Errorf("target: got %q, want %d", got, l.app.ID)
	}
	v, err := validator()
	if err != nil || v == nil {
		return
	}
	if err := v.Webhook(r.Header.Get("X-GitHub-Event"), body); err != nil {
		l.Errorf("%v", err)
	}
}

// settle lets time pass until nothing is left to happen.
func (l *listener) settle() {
	l.Helper()
	for range 10_000 {
		l.must(l.Quiesce(ctx))
		at, ok := l.clock.Next()
		if !ok {
			return
		}
		l.clock.AdvanceTo(at)
	}
	l.Fatal("the world does not come to rest")
}

// after lets d pass, and what falls into it happen.
func (l *listener) after(d time.Duration) {
	l.Helper()
	end := l.clock.Now().Add(d)
	for {
		l.must(l.Quiesce(ctx))
		at, ok := l.clock.Next()
		if !ok || at.After(end) {
			l.clock.AdvanceTo(end)
			return
		}
		l.clock.AdvanceTo(at)
	}
}

// forget drops what was heard so far.
func (l *listener) forget() {
	l.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = nil
}

// story is what was heard since, as EVENT.ACTION.
func (l *listener) story() []string {
	l.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []string{}
	for _, h := range l.heard {
		out = append(out, h.String())
	}
	return out
}

// last is the latest delivery of an event.
func (l *listener) last(event string) map[string]any {
	l.Helper()
	l.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range slices.Backward(l.heard) {
		if h.event == event {
			return h.body
		}
	}
	l.Fatalf("no %s was heard", event)
	return nil
}

// ci gives the repository a CI that always reports the same.
func (l *listener) ci(name repo.Name, reports ...githubsim.Report) {
	l.SetCI(name, githubsim.Usual(func(context.Context, githubsim.Commit) []githubsim.Report { return reports }))
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
