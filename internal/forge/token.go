package forge

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// tokens makes and keeps the app's credentials. A token is good for one installation, one repository (or the
// few of one batch) and the permissions of one kind of call; nothing shares a wider one.
//
// Tokens live on the machine's time, whatever the Forge's clock shows: ghinstallation compares their expiry
// with it.
type tokens struct {
	*pacer
	appID int64
	key   *rsa.PrivateKey
	api   string
	next  http.RoundTripper // guarded

	held    sync.Mutex
	cache   map[tokenKey]*ghinstallation.Transport
	refused map[tokenKey]denial
}

// denial is a permission that was not granted: it is not asked for again for a while.
type denial struct {
	err   error
	until time.Time
}

const denialKept = 10 * time.Minute

type tokenKey struct {
	installation int64
	repos        string
	needs        string
}

func newTokens(pace *pacer, o Options, api *url.URL, next http.RoundTripper) (*tokens, error) {
	key, err := jwt.ParseRSAPrivateKeyFromPEM(o.Key)
	if err != nil {
		return nil, fmt.Errorf("app key: %w", err)
	}
	if o.AppID <= 0 {
		return nil, fmt.Errorf("app id %d: want a positive number", o.AppID)
	}
	return &tokens{
		pacer: pace, appID: o.AppID, key: key, api: strings.TrimSuffix(api.String(), "/"), next: next,
		cache: map[tokenKey]*ghinstallation.Transport{}, refused: map[tokenKey]denial{},
	}, nil
}

// watched reports the token requests, which pass the limiter by.
type watched struct {
	observe func(Observation)
	next    http.RoundTripper
}

func (w watched) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := w.next.RoundTrip(req)
	o := Observation{Method: req.Method, Route: "/app/installations/{installation}/access_tokens", Duration: time.Since(began)}
	if resp != nil {
		o.Code = resp.StatusCode
	}
	w.observe(o)
	return resp, err
}

// maxTokens bounds the cache; past it, expired tokens are dropped, then any, a good part at once.
const maxTokens = 2000

func keyOf(c *call) tokenKey {
	return tokenKey{c.installation, fmt.Sprint(c.repos), c.needs}
}

// auth adds the credentials. A token that GitHub no longer takes is dropped and the request sent once more: a
// 401 did nothing.
type auth struct {
	*tokens
	next http.RoundTripper
}

func (a auth) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req.Context())
	resp, err := a.send(req, c)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || c.installation == 0 {
		return resp, err
	}
	drain(resp)
	a.drop(keyOf(c))
	again, err := replay(req)
	if err != nil {
		return nil, err
	}
	return a.send(again, c)
}

func (a auth) send(req *http.Request, c *call) (*http.Response, error) {
	if c.installation == 0 {
		return a.app(sent{a.next, c}).RoundTrip(req.Clone(req.Context()))
	}
	token, err := a.token(req.Context(), c)
	if err != nil {
		return nil, err
	}
	out := req.Clone(req.Context())
	out.Header.Set("Authorization", "token "+token)
	return sent{a.next, c}.RoundTrip(out)
}

// sent marks the call as having left the process.
type sent struct {
	next http.RoundTripper
	call *call
}

func (s sent) RoundTrip(req *http.Request) (*http.Response, error) {
	s.call.sent = true
	return s.next.RoundTrip(req)
}

// app returns a transport that signs as the app. Each use gets its own: ghinstallation writes into it.
func (t *tokens) app(next http.RoundTripper) *ghinstallation.AppsTransport {
	app := ghinstallation.NewAppsTransportFromPrivateKey(next, t.appID, t.key)
	app.BaseURL = t.api
	return app
}

// token returns a token for the call, from the cache when it is still good.
func (t *tokens) token(ctx context.Context, c *call) (string, error) {
	if err := t.denied(keyOf(c)); err != nil {
		return "", err
	}
	source, err := t.source(c)
	if err != nil {
		return "", err
	}
	token, err := source.Token(ctx)
	if err == nil {
		return token, nil
	}
	t.drop(keyOf(c))
	if refused := (*ghinstallation.HTTPError)(nil); errors.As(err, &refused) && refused.Response != nil {
		return "", t.refusal(c, refused.Response)
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", fmt.Errorf("installation token: %w: %w", ErrUnavailable, err)
}

func (t *tokens) denied(key tokenKey) error {
	t.held.Lock()
	defer t.held.Unlock()
	if d, ok := t.refused[key]; ok && d.until.After(t.clock.Now()) {
		return d.err
	}
	delete(t.refused, key)
	return nil
}

// deny remembers a refusal.
func (t *tokens) deny(key tokenKey, err error) error {
	t.held.Lock()
	defer t.held.Unlock()
	if len(t.refused) >= maxTokens {
		clear(t.refused)
	}
	t.refused[key] = denial{err, t.clock.Now().Add(denialKept)}
	return err
}

func (t *tokens) source(c *call) (*ghinstallation.Transport, error) {
	key := keyOf(c)
	t.held.Lock()
	defer t.held.Unlock()
	if s := t.cache[key]; s != nil {
		return s, nil
	}
	options, err := narrowed(c)
	if err != nil {
		return nil, err
	}
	s := ghinstallation.NewFromAppsTransport(t.app(t.next), c.installation)
	s.InstallationTokenOptions = options
	t.evict()
	t.cache[key] = s
	return s, nil
}

func (t *tokens) evict() {
	if len(t.cache) < maxTokens {
		return
	}
	for key, s := range t.cache {
		if at, _, err := s.Expiry(); err == nil && at.Before(time.Now()) {
			delete(t.cache, key)
		}
	}
	for key := range t.cache {
		if len(t.cache) < maxTokens*7/8 {
			return
		}
		delete(t.cache, key)
	}
}

func (t *tokens) drop(key tokenKey) {
	t.held.Lock()
	defer t.held.Unlock()
	delete(t.cache, key)
}

func (t *tokens) dropAll(installation int64) {
	t.held.Lock()
	defer t.held.Unlock()
	for key := range t.cache {
		if key.installation == installation {
			delete(t.cache, key)
		}
	}
	for key := range t.refused {
		if key.installation == installation {
			delete(t.refused, key)
		}
	}
}

// narrowed is what the token is asked for: these repositories and these permissions.
func narrowed(c *call) (*github.InstallationTokenOptions, error) {
	wanted := map[string]string{}
	for need := range strings.FieldsSeq(c.needs) {
		name, level, ok := strings.Cut(need, ":")
		if !ok {
			return nil, fmt.Errorf("%s: %q is not NAME:LEVEL", c.route, need)
		}
		wanted[name] = level
	}
	if len(wanted) == 0 {
		return nil, fmt.Errorf("%s: no permission named", c.route)
	}
	b, err := json.Marshal(wanted)
	if err != nil {
		return nil, err
	}
	o := &github.InstallationTokenOptions{RepositoryIDs: ids(c.repos)}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields() // a permission that got lost here would be asked for as "all"
	if err := decoder.Decode(&o.Permissions); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", c.route, c.needs, err)
	}
	return o, nil
}

func ids(repos []repo.ID) (out []int64) {
	for _, id := range slices.Sorted(slices.Values(repos)) {
		out = append(out, int64(id))
	}
	return out
}

// refusal reads why GitHub gives no token. Its body is still open.
func (t *tokens) refusal(c *call, resp *http.Response) error {
	defer discard(resp.Body)
	if err := buffer(resp); err != nil {
		return fmt.Errorf("installation token: %w: %w", ErrUnavailable, err)
	}
	if limited := limitOf(c, resp, t.clock.Now()); limited != nil {
		limited.Until = t.pause(c, limited)
		return limited
	}
	message := messageOf(peek(resp))
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized:
		return unauthorized(resp, message, time.Now())
	case code == http.StatusNotFound:
		return fmt.Errorf("installation %d: %w", c.installation, ErrGone)
	case strings.Contains(message, "suspended"):
		return fmt.Errorf("installation %d: %w", c.installation, ErrSuspended)
	case code == http.StatusUnprocessableEntity && strings.Contains(message, "repositor"):
		return fmt.Errorf("installation %d: %s: %w", c.installation, message, ErrGone)
	case code == http.StatusUnprocessableEntity, code == http.StatusForbidden:
		return t.deny(keyOf(c), &Forbidden{Route: c.method + " " + c.route, Needs: c.needs, Message: message})
	}
	return fmt.Errorf("installation token: %w: %s", ErrUnavailable, resp.Status)
}

// unauthorized says how far the clocks are apart: a JWT lives two minutes.
func unauthorized(resp *http.Response, message string, now time.Time) error {
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if skew := now.Sub(at).Abs(); err == nil && skew > 30*time.Second {
		message += fmt.Sprintf(" (this machine's clock and GitHub's are %s apart)", skew.Round(time.Second))
	}
	return fmt.Errorf("%w: %s", ErrUnauthorized, message)
}

func messageOf(body string) string {
	var m struct{ Message string }
	if json.Unmarshal([]byte(body), &m) != nil || m.Message == "" {
		return "no message"
	}
	return m.Message
}

func drain(resp *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	discard(resp.Body)
}
