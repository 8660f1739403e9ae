package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/rollout"
)

// regresses is a CI that is red wherever the rewritten query is merged, and green everywhere else.
func regresses(_ context.Context, c githubsim.Commit) []githubsim.Report {
	conclusion := "success"
	if text, err := fs.ReadFile(c.Files, "top.sql"); err == nil && c.Event == "push" && strings.Contains(string(text), "customer_id") {
		conclusion = "failure"
	}
	return []githubsim.Report{{Name: "ci/test", Conclusion: conclusion, Queue: time.Minute, Duration: 5 * time.Minute}}
}

// regressed is an org in which a change was merged, and taken back for what it broke.
func regressed(t *testing.T) *life {
	t.Helper()
	l := newLife(t, org())
	l.sim.SetCI(named("reports"), githubsim.Usual(regresses))
	l.push("reports", "say what this is", map[string]string{"README.md": "reports\n"}) // the parent is seen green
	l.check(l.Advance(t.Context(), time.Hour))
	l.changeSchema()
	l.untilPhase(rollout.Reverted)
	return l
}

// A revert carries a certificate in its description, which holds offline, and not after a word of it was changed.
func TestCertificate(t *testing.T) {
	t.Parallel()
	l := regressed(t)
	body := l.pulls("reports")[1].Body
	file := filepath.Join(t.TempDir(), "revert.md")
	l.check(os.WriteFile(file, []byte(body), 0o600))
	out, complaint, code := skein(t, "why", "--replay", file)
	if code != exitDone || !strings.Contains(out, "taken back by rule proven") || !strings.Contains(out, "the same decision follows") {
		t.Errorf("exit %d: %s%s\n%s", code, out, complaint, body)
	}
	l.check(os.WriteFile(file, []byte(strings.Replace(body, `"failure"`, `"success"`, 1)), 0o600))
	if out, complaint, code := skein(t, "why", "--replay", file); code != exitFailed || !strings.Contains(complaint, "was changed") || out != "" {
		t.Errorf("exit %d: %s%s", code, out, complaint)
	}
}

// What a person takes back is certified as that person's decision.
func TestCertificateOfAPerson(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	l.say("acme", "/skein revert the totals are off", "+1")
	l.until("the revert opens", time.Hour, func() (bool, string) { return len(l.pulls("reports")) == 2, "there is none" })
	var out, complaint bytes.Buffer
	code := run(t.Context(), streams{strings.NewReader(l.pulls("reports")[1].Body), &out, &complaint}, []string{"why", "--replay", "-", "--output", "json"})
	if code != exitDone || !strings.Contains(out.String(), `"holds": true`) || !strings.Contains(out.String(), `"rule": "revert_said"`) {
		t.Errorf("exit %d: %s%s", code, out.String(), complaint.String())
	}
}
