package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/rollout"
)

// counted is what the metrics say of a rule; "" when it was never counted.
func (l *life) counted(rule string) string {
	w := httptest.NewRecorder()
	l.app.metrics.handler().ServeHTTP(w, httptest.NewRequestWithContext(l.Context(), http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if n, ok := strings.CutPrefix(line, `skein_rules_total{rule="`+rule+`"} `); ok {
			return strings.TrimSpace(n)
		}
	}
	return ""
}

// Somebody stops everything between the decision to merge and the merge, and lets go before anybody looks again: what held
// the merge back at the last look is counted all the same.
func TestLastLookIsCounted(t *testing.T) {
	t.Parallel()
	l := newLife(t, org())
	l.changeSchema()
	l.untilPull("reports")
	stop, lifted := 0, false
	l.sim.SetFaults(func(r *http.Request) (f githubsim.Fault) {
		if !strings.Contains(r.URL.Path, "/acme/reports") || lifted {
			return f
		}
		var err error
		switch phase := l.phase(); {
		case stop == 0 && phase == rollout.Merging:
			stop, err = l.sim.As("acme").OpenIssue(named("reports"), "stop", "", "skein:stop")
		case stop != 0 && phase == rollout.Open:
			lifted, err = true, l.sim.As("acme").CloseIssue(named("reports"), stop)
		}
		l.check(err)
		return f
	})
	l.untilMerged("reports")
	for rule, want := range map[string]string{"stop": "1", "not_done": "1", "green": "2", "merge_again": "1"} {
		if got := l.counted(rule); got != want {
			t.Errorf("%s was counted %q times, want %s", rule, got, want)
		}
	}
}
