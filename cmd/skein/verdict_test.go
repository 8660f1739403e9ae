package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
)

// verdict calls the API as a data-quality monitor does.
func (l *life) verdict(sha repo.SHA, name, state string) int {
	l.Helper()
	body := fmt.Sprintf(`{"repo": "acme/reports", "sha": %q, "name": %q, "state": %q}`, sha, name, state)
	r := httptest.NewRequest(http.MethodPost, "/api/v1/verdicts", strings.NewReader(body))
	stamp := strconv.FormatInt(l.clock.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte("v3rdict"))
	mac.Write([]byte(stamp + "." + body))
	r.Header.Set("X-Skein-Timestamp", stamp)
	r.Header.Set("X-Skein-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	l.app.handler.ServeHTTP(w, r)
	return w.Code
}

// A monitor says that the data went wrong after the merge: nothing can ask it again, so a person decides.
func TestVerdict(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	merged := l.pulls("reports")[0].MergeCommit
	if code := l.verdict(merged, "dq/freshness", "pending"); code != http.StatusAccepted {
		t.Fatalf("the verdict was answered %d", code)
	}
	if code := l.verdict(merged, "dq/freshness", "failure"); code != http.StatusConflict {
		t.Errorf("a second one of the same instant was answered %d", code)
	}
	l.check(l.Advance(t.Context(), time.Minute))
	if code := l.verdict(merged, "dq/freshness", "failure"); code != http.StatusAccepted {
		t.Fatalf("the verdict was answered %d", code)
	}
	l.untilPhase(rollout.Regressed)
	if n := len(l.pulls("reports")); n != 1 {
		t.Errorf("%d pull requests: what nobody can run again is no proof", n)
	}
}

// A deployment of the merge commit fails: a person decides.
func TestDeploymentFails(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	l.untilMerged("reports")
	id, err := l.sim.As("acme").Deploy(named("reports"), "main", "production")
	l.check(err)
	l.check(l.sim.As("acme").Deployed(named("reports"), id, "in_progress", ""))
	l.check(l.Advance(t.Context(), time.Minute))
	l.check(l.sim.As("acme").Deployed(named("reports"), id, "failure", "the job ran out of memory"))
	l.untilPhase(rollout.Regressed)
	l.until("the comment names the deployment", time.Hour, func() (bool, string) {
		text := l.pulls("reports")[0].Comments[0].Body
		return strings.Contains(text, "deployment/production"), text
	})
}

// A team may hold: its members can, others with write permission cannot, nor can anybody when the team is another org's.
func TestTeam(t *testing.T) {
	t.Parallel()
	o := org()
	o["reports"][".github/skein.yml"] = consumerConfig + "permissions: {hold: \"@acme/data\", skip: \"@other/data\"}\n"
	l := newLife(t, o)
	for _, login := range []string{"bo", "eve"} {
		_, err := l.sim.CreateUser(login, login)
		l.check(err)
		l.check(l.sim.As("acme").Collaborate(named("reports"), login, "write"))
	}
	l.sim.SetTeam("acme/data", "bo")
	_, err := l.sim.As("acme").OpenIssue(named("reports"), "wait", "", "skein:stop")
	l.check(err)
	l.changeSchema()
	l.untilPull("reports")
	l.sayOn("reports", 2, "eve", "/skein hold", "confused")
	l.sayOn("reports", 2, "bo", "/skein skip", "confused")
	l.sayOn("reports", 2, "bo", "/skein hold", "+1")
}
