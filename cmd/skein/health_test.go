package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/readyz":
		case "/hangs":
			<-r.Context().Done()
		default:
			http.Error(w, "the database cannot be written", http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{server.URL + "/readyz"}, exitDone, ""},
		{[]string{server.URL + "/other"}, exitFailed, "the database cannot be written"},
		{[]string{server.URL + "/hangs", "--limit", "20ms"}, exitFailed, "deadline exceeded"},
		{[]string{"http://127.0.0.1:1/readyz"}, exitFailed, "refused"},
		{[]string{"http://[::1"}, exitMisused, "missing ']'"},
		{nil, exitMisused, "health needs a URL"},
	} {
		out, complaint, code := skein(t, append([]string{"health"}, c.args...)...)
		if code != c.code || !strings.Contains(out+complaint, c.want) {
			t.Errorf("%v: exit code %d: %s%s", c.args, code, out, complaint)
		}
	}
}
