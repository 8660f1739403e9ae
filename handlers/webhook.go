package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/palantir/go-githubapp/githubapp"
)

// maxPayload is just above GitHub's own limit: it does not send payloads over 25 MB.
const maxPayload = 25<<20 + 64<<10

// Inbox keeps deliveries. Add commits before it returns; a delivery that was handled already is not kept again.
type Inbox interface {
	Add(ctx context.Context, id, event string, payload []byte) error
}

// Webhook answers GitHub. A delivery is acknowledged when it is committed; what is not signed with the secret,
// too large or malformed is refused and leaves no trace but the count.
func Webhook(secret string, h *Handlers, inbox Inbox, count func(event, result string)) (http.Handler, error) {
	if secret == "" {
		return nil, errors.New("the webhook secret is empty: anybody could send events")
	}
	dispatch := githubapp.NewEventDispatcher([]githubapp.EventHandler{h}, secret,
		githubapp.WithScheduler(keeper{inbox, count}),
		githubapp.WithErrorCallback(func(w http.ResponseWriter, r *http.Request, err error) {
			code := codeOf(err)
			count(eventOf(r), fmt.Sprint(code))
			http.Error(w, http.StatusText(code), code)
		}),
		githubapp.WithResponseCallback(func(w http.ResponseWriter, _ *http.Request, _ string, _ bool) {
			w.WriteHeader(http.StatusAccepted)
		}))
	return http.MaxBytesHandler(jsonOnly(dispatch, count), maxPayload), nil
}

// jsonOnly refuses the form encoding, which hides the payload inside another one.
func jsonOnly(next http.Handler, count func(event, result string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if r.Method != http.MethodPost || kind != "application/json" || r.Header.Get("X-GitHub-Delivery") == "" {
			count(eventOf(r), "400")
			http.Error(w, "want a POST of application/json with X-GitHub-Event and X-GitHub-Delivery", http.StatusBadRequest)
			return
		}
		// The library accepts the older SHA-1 signature too; whoever holds the secret can send the better one.
		r.Header.Del("X-Hub-Signature")
		next.ServeHTTP(w, r)
	})
}

// eventOf is a label for counting: only events that we know, so that nobody can make up labels.
func eventOf(r *http.Request) string {
	event := r.Header.Get("X-GitHub-Event")
	if slices.Contains((*Handlers)(nil).Handles(), event) {
		return event
	}
	return "other"
}

func codeOf(err error) int {
	var large *http.MaxBytesError
	var invalid githubapp.ValidationError
	switch {
	case errors.As(err, &invalid) && errors.As(invalid.Cause, &large):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &invalid) && strings.Contains(err.Error(), "signature"):
		return http.StatusUnauthorized
	case errors.As(err, &invalid), errors.Is(err, errMalformed):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// keeper is go-githubapp's scheduler that schedules nothing: it commits the delivery, and a job does the rest.
type keeper struct {
	inbox Inbox
	count func(event, result string)
}

// Schedule refuses what is no JSON object and stores the rest.
func (k keeper) Schedule(ctx context.Context, d githubapp.Dispatch) error {
	if body := bytes.TrimLeft(d.Payload, " \t\r\n"); !json.Valid(body) || !bytes.HasPrefix(body, []byte("{")) {
		return errMalformed
	}
	if err := k.inbox.Add(ctx, d.DeliveryID, d.EventType, d.Payload); err != nil {
		return err
	}
	k.count(d.EventType, "accepted")
	return nil
}
