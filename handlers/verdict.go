package handlers

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

const (
	maxVerdict = 16 << 10
	// drift is how far the signer's clock may be from ours, and how long a call can be repeated at all.
	drift = 5 * time.Minute
)

// Judge takes verdicts.
type Judge interface {
	Judge(ctx context.Context, v engine.Verdict) error
}

// Verdicts takes what monitors outside of GitHub say of a commit. A call carries the time in milliseconds in
// X-Skein-Timestamp, and in X-Skein-Signature "sha256=" and the HMAC of that time, a dot and the body. One that is
// older than five minutes, or no newer than the last of its name on its commit, is refused: a call that was listened
// to cannot be given again.
func Verdicts(secret string, judge Judge, clk clock.Clock) http.Handler {
	take := func(w http.ResponseWriter, r *http.Request) {
		code, text := takeVerdict(secret, judge, clk.Now(), r)
		if code != http.StatusAccepted {
			http.Error(w, text, code)
			return
		}
		w.WriteHeader(code)
	}
	return http.MaxBytesHandler(http.HandlerFunc(take), maxVerdict)
}

func takeVerdict(secret string, judge Judge, now time.Time, r *http.Request) (int, string) {
	if secret == "" {
		return http.StatusNotFound, "this server takes no verdicts: it has no verdict_secret"
	}
	body, err := io.ReadAll(r.Body)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("a verdict has at most %d bytes", maxVerdict)
	}
	if err != nil {
		return http.StatusBadRequest, "the body could not be read to its end"
	}
	at, err := signed(secret, r.Header, body, now)
	if err != nil {
		return http.StatusUnauthorized, err.Error()
	}
	v, err := readVerdict(body)
	if err != nil {
		return http.StatusBadRequest, err.Error()
	}
	v.At = at
	switch err := judge.Judge(r.Context(), v); {
	case errors.Is(err, engine.ErrUnknownRepo):
		return http.StatusNotFound, err.Error()
	case errors.Is(err, engine.ErrReplayed), errors.Is(err, engine.ErrManyVerdicts):
		return http.StatusConflict, err.Error()
	case err != nil:
		return http.StatusInternalServerError, "the verdict could not be kept; try again"
	}
	return http.StatusAccepted, ""
}

// signed is when the call was signed, if it was, with the secret, just now.
func signed(secret string, h http.Header, body []byte, now time.Time) (time.Time, error) {
	stamp := h.Get("X-Skein-Timestamp")
	ms, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return time.Time{}, errors.New("X-Skein-Timestamp: want the time in milliseconds since 1970")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, stamp+".") // a hash takes everything
	_, _ = mac.Write(body)
	want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(want), []byte(h.Get("X-Skein-Signature"))) {
		return time.Time{}, errors.New("X-Skein-Signature: want sha256= and the HMAC of the timestamp, a dot and the body")
	}
	at := time.UnixMilli(ms).UTC()
	if at.Before(now.Add(-drift)) || at.After(now.Add(drift)) {
		return time.Time{}, fmt.Errorf("X-Skein-Timestamp: signed at %s, and it is %s here; at most %s apart", at.Format(time.RFC3339), now.Format(time.RFC3339), drift)
	}
	return at, nil
}

// readVerdict reads and checks the body. Names are those of a signal; a commit is named in full.
func readVerdict(body []byte) (engine.Verdict, error) {
	var in struct {
		Repo  string `json:"repo"`
		SHA   string `json:"sha"`
		Name  string `json:"name"`
		State string `json:"state"`
		URL   string `json:"url"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return engine.Verdict{}, fmt.Errorf("want {repo, sha, name, state, url}: %w", err)
	}
	if rest := bytes.TrimSpace(body[d.InputOffset():]); len(rest) > 0 {
		return engine.Verdict{}, fmt.Errorf("want one verdict in a call; %.50q comes after it", rest)
	}
	name, err := repo.ParseName(in.Repo)
	switch {
	case err != nil:
		return engine.Verdict{}, fmt.Errorf("repo: %w", err)
	case !regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`).MatchString(in.SHA):
		return engine.Verdict{}, fmt.Errorf("sha: %.50q is no full commit id", in.SHA)
	case !regexp.MustCompile(`^[\w./ :()-]{1,100}$`).MatchString(in.Name):
		return engine.Verdict{}, fmt.Errorf("name: %.50q; want up to 100 letters, digits, blanks and any of _./:()-", in.Name)
	case in.URL != "" && (!strings.HasPrefix(in.URL, "https://") || len(in.URL) > 500):
		return engine.Verdict{}, fmt.Errorf("url: want https://… of at most 500 bytes")
	}
	v := engine.Verdict{Repo: name, SHA: repo.SHA(in.SHA), Name: in.Name, URL: in.URL}
	switch in.State {
	case "success":
		v.Result = green.Success
	case "failure":
		v.Result = green.Failure
	case "pending":
		v.Result = green.Pending
	default:
		return v, fmt.Errorf("state: %.50q; want success, failure or pending", in.State)
	}
	return v, nil
}
