package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// The portal is for this machine, whatever name another site's pages give it.
func TestLocalOnly(t *testing.T) {
	t.Parallel()
	h := localOnly(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, tt := range []struct {
		from, host string
		want       int
	}{
		{"127.0.0.1:9", "127.0.0.1:8080", 200},
		{"[::1]:9", "localhost:8080", 200},
		{"[::1]:9", "[::1]:8080", 200},
		{"127.0.0.1:9", "rebound.example.com:8080", 403},
		{"10.1.2.3:9", "127.0.0.1:8080", 403},
		{"", "", 403},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Host = tt.from, tt.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("from %q at %q: %d, want %d", tt.from, tt.host, w.Code, tt.want)
		}
	}
}
