package handlers_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/skein-bot/skein/handlers"
	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/green"
)

// bench keeps the verdicts that it was given, each name's once.
type bench struct{ given []engine.Verdict }

func (b *bench) Judge(_ context.Context, v engine.Verdict) error {
	if v.Repo.Name == "unknown" {
		return engine.ErrUnknownRepo
	}
	for _, g := range b.given {
		if g.Name == v.Name && !v.At.After(g.At) {
			return engine.ErrReplayed
		}
	}
	b.given = append(b.given, v)
	return nil
}

const goodVerdict = `{"repo": "acme/reports", "sha": "0123456789012345678901234567890123456789", "name": "dq/orders: freshness", "state": "failure", "url": "https://dq.example.com/1"}`

// call signs a body at a time, as a monitor does.
func call(key string, at time.Time, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/verdicts", strings.NewReader(body))
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(stamp + "." + body))
	r.Header.Set("X-Skein-Timestamp", stamp)
	r.Header.Set("X-Skein-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return r
}

// torn is a call whose connection ends before its body.
func torn(r *http.Request) *http.Request {
	r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, 10), iotest.ErrReader(io.ErrUnexpectedEOF)))
	return r
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	with := func(old, new string) *http.Request {
		return call(secret, now, strings.Replace(goodVerdict, old, new, 1))
	}
	bent := func(header, value string) *http.Request {
		r := call(secret, now, goodVerdict)
		r.Header.Set(header, value)
		return r
	}
	for name, tt := range map[string]struct {
		secret string
		r      *http.Request
		code   int
		want   string
	}{
		"good":             {secret, call(secret, now.Add(-4*time.Minute), goodVerdict), http.StatusAccepted, ""},
		"no secret":        {"", call("", now, goodVerdict), http.StatusNotFound, "takes no verdicts"},
		"another secret":   {secret, call("guessed", now, goodVerdict), http.StatusUnauthorized, "X-Skein-Signature"},
		"no signature":     {secret, bent("X-Skein-Signature", ""), http.StatusUnauthorized, "X-Skein-Signature"},
		"another time":     {secret, bent("X-Skein-Timestamp", strconv.FormatInt(now.UnixMilli()+1, 10)), http.StatusUnauthorized, "X-Skein-Signature"},
		"no time":          {secret, bent("X-Skein-Timestamp", "now"), http.StatusUnauthorized, "milliseconds"},
		"too old":          {secret, call(secret, now.Add(-6*time.Minute), goodVerdict), http.StatusUnauthorized, "at most 5m0s apart"},
		"from the future":  {secret, call(secret, now.Add(6*time.Minute), goodVerdict), http.StatusUnauthorized, "at most 5m0s apart"},
		"too long":         {secret, call(secret, now, strings.Repeat(" ", 20<<10)), http.StatusRequestEntityTooLarge, "at most 16384 bytes"},
		"no JSON":          {secret, call(secret, now, "hello"), http.StatusBadRequest, "want {repo, sha, name, state, url}"},
		"more JSON":        {secret, call(secret, now, goodVerdict+"\n"+goodVerdict), http.StatusBadRequest, "one verdict in a call"},
		"a rest":           {secret, call(secret, now, goodVerdict+" }"), http.StatusBadRequest, "one verdict in a call"},
		"unknown key":      {secret, with(`"state"`, `"status"`), http.StatusBadRequest, "unknown field"},
		"a short commit":   {secret, with("0123456789012345678901234567890123456789", "0123456"), http.StatusBadRequest, "no full commit id"},
		"a bad repository": {secret, with("acme/reports", "acme"), http.StatusBadRequest, "repo:"},
		"a bad name":       {secret, with("dq/orders: freshness", "<b>"), http.StatusBadRequest, "name:"},
		"a bad state":      {secret, with(`"failure"`, `"red"`), http.StatusBadRequest, "want success, failure or pending"},
		"a bad link":       {secret, with("https://dq", "javascript://dq"), http.StatusBadRequest, "url:"},
		"not whole":        {secret, torn(call(secret, now, goodVerdict)), http.StatusBadRequest, "could not be read"},
		"not served here":  {secret, with("acme/reports", "acme/unknown"), http.StatusNotFound, "no such repository here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bench{}
			w := httptest.NewRecorder()
			handlers.Verdicts(tt.secret, b, clock.NewVirtual(now)).ServeHTTP(w, tt.r)
			if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.want) || (w.Code == http.StatusAccepted) != (len(b.given) == 1) {
				t.Errorf("%d %s, want %d with %q; kept %+v", w.Code, w.Body, tt.code, tt.want, b.given)
			}
			if len(b.given) == 1 && (b.given[0].Result != green.Failure || b.given[0].Name != "dq/orders: freshness") {
				t.Errorf("kept %+v", b.given[0])
			}
		})
	}
}

// Who listened to a call cannot give it again, and an older one of the same name does not undo a newer.
func TestVerdictsReplayed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	h := handlers.Verdicts(secret, &bench{}, clock.NewVirtual(now))
	for i, tt := range []struct {
		at   time.Time
		code int
	}{{now, http.StatusAccepted}, {now, http.StatusConflict}, {now.Add(-time.Second), http.StatusConflict}, {now.Add(time.Second), http.StatusAccepted}} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, call(secret, tt.at, goodVerdict)); w.Code != tt.code {
			t.Errorf("call %d: %d, want %d", i, w.Code, tt.code)
		}
	}
}

func FuzzVerdicts(f *testing.F) {
	f.Add(goodVerdict)
	f.Add(`{"repo": "a/b", "sha": 7}`)
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body string) {
		b := &bench{}
		w := httptest.NewRecorder()
		handlers.Verdicts(secret, b, clock.NewVirtual(now)).ServeHTTP(w, call(secret, now, body))
		if len(b.given) > 0 && (len(b.given[0].SHA) < 40 || b.given[0].Name == "" || w.Code != http.StatusAccepted) {
			t.Errorf("%d: %+v", w.Code, b.given[0])
		}
	})
}
