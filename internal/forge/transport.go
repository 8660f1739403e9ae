package forge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody     = 32 << 20 // of a buffered answer
	maxTries    = 4        // of a read
	callTimeout = time.Minute
)

// defaultTransport has a limit on every step: a connection that hangs must not hold a worker.
func defaultTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   50,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
	}
}

// guard lets requests through to the API's host only, so that no token goes elsewhere.
type guard struct {
	api  []*url.URL
	next http.RoundTripper
}

func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	for _, u := range g.api {
		if req.URL.Scheme == u.Scheme && strings.EqualFold(req.URL.Host, u.Host) {
			return g.next.RoundTrip(req)
		}
	}
	closeBody(req)
	return nil, fmt.Errorf("request to %s refused: not the API's host", req.URL.Host)
}

// followed is the rule for redirects: a read may be sent on within the API's host, as for a renamed
// repository. Everything else is handed back as it is; a write must never turn into a read on the way.
func followed(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 5 || first.Method != http.MethodGet || req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// limiter is the only retrier. It waits for budget, sends, and reads the answer: limits pause the
// installation, failed reads are tried again, failed writes are not.
type limiter struct {
	*pacer
	observe func(Observation)
	next    http.RoundTripper
}

func (l *limiter) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req.Context())
	if c == nil {
		closeBody(req)
		return nil, errors.New("request without a call")
	}
	for try := 0; ; try++ {
		resp, err := l.try(req, c, try)
		again, wait := l.again(c, try, err)
		if !again {
			return resp, err
		}
		if err := l.clock.Sleep(req.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// again decides whether a failed try is followed by another, and after how long. What failed before it was
// sent may be tried again whatever it is; a write that was sent may not.
func (l *limiter) again(c *call, try int, err error) (bool, time.Duration) {
	if err == nil || try+1 >= maxTries || c.writes() && c.sent {
		return false, 0
	}
	if limited := (*Limited)(nil); errors.As(err, &limited) {
		wait := limited.Until.Sub(l.clock.Now())
		return !c.writes() && wait <= l.patience, wait
	}
	return errors.Is(err, ErrUnavailable), l.jitter(time.Second << try)
}

// try sends the request once, when its turn has come.
func (l *limiter) try(req *http.Request, c *call, try int) (*http.Response, error) {
	start := l.clock.Now()
	leave, err := l.enter(req.Context(), c)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	defer leave()
	o := Observation{
		Installation: c.installation, Method: c.method, Route: c.route, Retry: try,
		Waited: l.clock.Now().Sub(start),
	}
	began := time.Now()
	resp, err := l.exchange(req, c)
	if resp != nil {
		o.Code = resp.StatusCode
	}
	o.Duration = time.Since(began)
	l.observe(o)
	return l.judge(c, resp, err)
}

// exchange sends and, unless the caller wants to stream, reads the whole answer, so that one that breaks off
// counts as none.
func (l *limiter) exchange(req *http.Request, c *call) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	if !c.stream {
		ctx, cancel = context.WithTimeout(req.Context(), callTimeout)
	}
	out, err := replay(req.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	resp, err := l.next.RoundTrip(out)
	if err != nil {
		cancel()
		return nil, err
	}
	if c.stream && resp.StatusCode < 400 {
		resp.Body = &streamBody{ReadCloser: resp.Body, cancel: cancel}
		return resp, nil
	}
	defer cancel()
	return resp, buffer(resp)
}

type streamBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *streamBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// replay gives the request a fresh body, as every try needs one.
func replay(req *http.Request) (*http.Request, error) {
	if req.GetBody == nil {
		return req, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	out := req.Clone(req.Context())
	out.Body = body
	return out, nil
}

// buffer reads the answer into memory.
func buffer(resp *http.Response) error {
	defer discard(resp.Body)
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if len(b) > maxBody {
		return fmt.Errorf("answer: %w", ErrTooLarge)
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return nil
}

// judge turns an exchange into an answer that go-github may see, or an error of ours. No answer that speaks of
// limits gets through: go-github would make local refusals of it.
func (l *limiter) judge(c *call, resp *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return nil, failed(c, err)
	}
	now := l.clock.Now()
	if limited := limitOf(c, resp, now); limited != nil {
		limited.Until = l.pause(c, limited)
		c.sent = false // refused, so it did not happen
		return nil, limited
	}
	if resp.StatusCode >= 500 {
		return nil, failed(c, fmt.Errorf("GitHub answered %s", resp.Status))
	}
	l.answered(c, resp.Header)
	for _, h := range []string{"Limit", "Remaining", "Used", "Reset"} {
		resp.Header.Del("X-Ratelimit-" + h)
	}
	return resp, nil
}

// failed names a failure: for a write that was sent the outcome is unknown, for all else nothing happened.
func failed(c *call, err error) error {
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		c.sent = false
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case c.writes() && c.sent:
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	case !c.sent, errors.Is(err, ErrTooLarge), errors.Is(err, context.Canceled):
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// limitOf reads a 403 or 429: is it a limit, and until when? Until stays zero when GitHub does not say.
func limitOf(c *call, resp *http.Response, now time.Time) *Limited {
	if resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusTooManyRequests {
		return nil
	}
	h, limited := resp.Header, &Limited{Installation: c.installation, Kind: "secondary"}
	if after, err := strconv.Atoi(h.Get("Retry-After")); err == nil && after >= 0 {
		limited.Until = now.Add(time.Duration(min(after, 86400)) * time.Second)
		return limited
	}
	if h.Get("X-Ratelimit-Remaining") == "0" {
		limited.Kind, limited.Until = "primary", resetOf(h, now)
		return limited
	}
	if resp.StatusCode == http.StatusTooManyRequests || speaksOfLimits(peek(resp)) {
		return limited
	}
	return nil
}

func speaksOfLimits(body string) bool {
	body = strings.ToLower(body)
	return strings.Contains(body, "rate limit") || strings.Contains(body, "rate-limits") ||
		strings.Contains(body, "abuse detection")
}

// resetOf is when the primary limit is refilled: never in the past, never more than an hour and a bit away.
func resetOf(h http.Header, now time.Time) time.Time {
	at, err := strconv.ParseInt(h.Get("X-Ratelimit-Reset"), 10, 64)
	reset := time.Unix(at, 0)
	if err != nil || reset.Before(now) || reset.After(now.Add(2*time.Hour)) {
		return now.Add(time.Minute)
	}
	return reset.Add(time.Second)
}

// peek reads a buffered body and puts it back.
func peek(resp *http.Response) string {
	b, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return string(b)
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		discard(req.Body)
	}
}

// discard closes what was only read: there is nothing to do about an error.
func discard(c io.Closer) { _ = c.Close() }
