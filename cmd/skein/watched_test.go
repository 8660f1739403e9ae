package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/skein-bot/skein/internal/githubsim/contract"
	"github.com/skein-bot/skein/internal/testenv"
)

// descriptions are GitHub's own of its API, once they have been fetched.
var descriptions = sync.OnceValues(func() (*contract.Validator, error) { return contract.Load(contract.Dir("../..")) })

// watched holds every exchange and every webhook to GitHub's descriptions. In CI they must be there.
func watched(t *testing.T) watch {
	t.Helper()
	v, err := descriptions()
	if errors.Is(err, contract.ErrAbsent) && !testenv.CI() {
		return watch{}
	}
	if err != nil {
		t.Fatal(err)
	}
	return watch{
		asks: func(next http.RoundTripper) http.RoundTripper {
			if next == nil {
				next = http.DefaultTransport
			}
			return exchanges{t, v, next}
		},
		delivers: func(next http.RoundTripper) http.RoundTripper { return webhooks{t, v, next} },
	}
}

// exchanges holds what goes to GitHub, and what it answers, to its descriptions.
type exchanges struct {
	t    *testing.T
	v    *contract.Validator
	next http.RoundTripper
}

func (x exchanges) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/_codeload/") { // another host's on GitHub, and none of its API's
		return x.next.RoundTrip(r)
	}
	checked := x.v.Transport(x.next, func(err error) { x.t.Errorf("against GitHub's description: %v", err) })
	return checked.RoundTrip(r)
}

// webhooks holds what GitHub delivers to its schemas.
type webhooks struct {
	t    *testing.T
	v    *contract.Validator
	next http.RoundTripper
}

func (x webhooks) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	event := r.Header.Get("X-GitHub-Event")
	if err := x.v.Webhook(event, known(body)); err != nil {
		x.t.Errorf("against GitHub's schema of %s: %v", event, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return x.next.RoundTrip(r)
}

// known puts a name that the schemas know for those two of an app's events that they do not know yet.
func known(body []byte) []byte {
	for _, event := range []string{`"merge_group"`, `"repository_ruleset"`} {
		body = bytes.ReplaceAll(body, []byte(event), []byte(`"push"`))
	}
	return body
}
