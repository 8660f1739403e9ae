package registration

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The way back can be gone once. Someone who comes a second time hears so, and nothing is exchanged again.
func TestSecondWayBack(t *testing.T) {
	t.Parallel()
	exchanges := 0
	github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		exchanges++
		w.WriteHeader(http.StatusNotFound)
	}))
	defer github.Close()
	f := &flow{
		Options: Options{APIURL: github.URL, Client: github.Client()}, host: "127.0.0.1:1", state: "state", done: make(chan outcome, 1),
	}
	for i, want := range []int{http.StatusBadGateway, http.StatusConflict} {
		w := httptest.NewRecorder()
		f.routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:1/created?code=x&state=state", nil))
		if w.Code != want {
			t.Errorf("time %d: got %d, want %d", i+1, w.Code, want)
		}
	}
	if exchanges != 1 {
		t.Errorf("exchanged %d times", exchanges)
	}
}

// Whatever GitHub answers, an app that is taken is whole, and no secret shows in an error.
func FuzzDecode(f *testing.F) {
	f.Add(`{"id": 7, "name": "Skein", "html_url": "https://github.example.com/apps/skein", "pem": "PEM", "webhook_secret": "s3cret"}`)
	f.Add(`{"id": 7, "html_url": "x", "webhook_secret": null, "pem": "s3cret"}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, body string) {
		app, err := decode([]byte(body))
		switch {
		case err == nil && (app.ID <= 0 || app.PrivateKey.IsZero() || app.WebhookSecret.IsZero() || app.URL == ""):
			t.Errorf("taken without all of it: %+v", app)
		case err != nil && strings.Contains(err.Error(), "s3cret") && !strings.Contains(body, `"name"`):
			t.Errorf("the error shows a secret: %v", err)
		}
	})
}
