package githubsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/skein-bot/skein/internal/repo"
)

// hookTimeout is how long GitHub waits for a receiver.
const hookTimeout = 10 * time.Second

// maxAnswer is how much of a receiver's answer the log keeps.
const maxAnswer = 4 << 10

// maxPayload is GitHub's limit on a webhook; what is larger is not sent.
const maxPayload = 25 << 20

// send makes a delivery to an installation's app and queues it as the plan says.
func (s *Sim) send(i *Installation, event string, r repo.ID, payload object) {
	body := encode(payload)
	if !i.App.WebhookActive || i.App.WebhookURL == "" || len(body) > maxPayload {
		return
	}
	action, _ := payload["action"].(string)
	d := &Delivery{
		ID: s.nextID(), App: i.App.ID, Installation: i.ID, Repo: r, Event: event, Action: action, Body: body,
		At: s.clock.Now().UTC(),
	}
	d.GUID = uuid.NewSHA1(uuid.NameSpaceURL, []byte(s.url+"/deliveries/"+strconv.FormatInt(d.ID, 10))).String()
	s.plan(d)
}

// plan lets a delivery go its way, or what becomes of it.
func (s *Sim) plan(d *Delivery) {
	var fault DeliveryFault
	if s.events.plan != nil {
		fault = s.events.plan(*d)
	}
	if fault.Vanished {
		return
	}
	s.forgetOld()
	s.events.deliveries = append(s.events.deliveries, d)
	switch {
	case fault.Lost:
		d.done, d.Status, d.Duration = true, "timed out", hookTimeout
	case fault.Delay > 0:
		s.clock.AfterFunc(fault.Delay, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.enqueue(d)
		})
	default:
		s.enqueue(d)
	}
	if fault.Twice && !fault.Lost {
		twin := *d
		twin.ID = s.nextID()
		s.events.deliveries = append(s.events.deliveries, &twin)
		s.enqueue(&twin)
	}
}

// forgetOld drops from the log what GitHub no longer keeps.
func (s *Sim) forgetOld() {
	log := s.events.deliveries
	for len(log) > 0 && log[0].done && s.clock.Now().Sub(log[0].At) > deliveryLife {
		log[0], log = nil, log[1:]
	}
	s.events.deliveries = log
}

// enqueue puts a delivery behind the others for its app, and starts a sender if none is at work.
func (s *Sim) enqueue(d *Delivery) {
	if s.events.queues == nil {
		s.events.queues = map[int64][]*Delivery{}
	}
	_, busy := s.events.queues[d.App]
	s.events.queues[d.App] = append(s.events.queues[d.App], d)
	s.begin()
	if !busy {
		go s.sender(d.App)
	}
}

// sender delivers what is queued for an app, one after the other, until nothing is left.
func (s *Sim) sender(app int64) {
	for {
		s.mu.Lock()
		queue := s.events.queues[app]
		if len(queue) == 0 {
			delete(s.events.queues, app)
			s.mu.Unlock()
			return
		}
		d := queue[0]
		s.events.queues[app] = queue[1:]
		req, client := s.hookRequest(d)
		s.mu.Unlock()

		result := post(client, req)

		s.mu.Lock()
		d.done, d.Duration = true, result.took
		d.StatusCode, d.Status, d.Answer = result.code, result.words, result.body
		s.end()
		s.mu.Unlock()
	}
}

// hookRequest builds the request of a delivery; it is nil when the app is gone or its hook was switched off.
func (s *Sim) hookRequest(d *Delivery) (*http.Request, *http.Client) {
	client := s.events.client
	if client == nil {
		client = http.DefaultClient
	}
	app := s.apps[d.App]
	if app == nil || !app.WebhookActive {
		return nil, client
	}
	req, err := http.NewRequest(http.MethodPost, app.WebhookURL, bytes.NewReader(d.Body))
	if err != nil {
		return nil, client
	}
	h := req.Header
	h.Set("Accept", "*/*")
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "GitHub-Hookshot/"+strconv.FormatInt(app.ID, 16))
	h.Set("X-GitHub-Delivery", d.GUID)
	h.Set("X-GitHub-Event", d.Event)
	h.Set("X-GitHub-Hook-ID", strconv.FormatInt(app.ID, 10))
	h.Set("X-GitHub-Hook-Installation-Target-ID", strconv.FormatInt(app.ID, 10))
	h.Set("X-GitHub-Hook-Installation-Target-Type", "integration")
	if app.WebhookSecret != "" {
		h.Set("X-Hub-Signature-256", "sha256="+signature(app.WebhookSecret, d.Body))
	}
	d.Header = h.Clone()
	return req, client
}

func signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// outcome is what became of a request to a receiver.
type outcome struct {
	code  int
	words string
	body  []byte
	took  time.Duration
}

func post(client *http.Client, req *http.Request) outcome {
	if req == nil {
		return outcome{words: "failed to connect to host"}
	}
	patient := *client
	patient.Timeout = hookTimeout
	start := time.Now()
	resp, err := patient.Do(req)
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		return outcome{words: "timed out", took: time.Since(start)}
	}
	if err != nil {
		return outcome{code: http.StatusBadGateway, words: "failed to connect to host", took: time.Since(start)}
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // what is kept of it is for people to read
	words := http.StatusText(resp.StatusCode)
	return outcome{code: resp.StatusCode, words: words, body: body, took: time.Since(start)}
}

// begin and end bracket what Quiesce waits for.
func (s *Sim) begin() { s.events.underway++ }

func (s *Sim) end() {
	s.events.underway--
	if s.events.underway > 0 {
		return
	}
	for _, w := range s.events.waiters {
		close(w)
	}
	s.events.waiters = nil
}

// Idle reports whether no delivery is under way and no CI at work. What waits for the clock is not under way.
func (s *Sim) Idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events.underway == 0
}

// Quiesce waits until the world is idle.
func (s *Sim) Quiesce(ctx context.Context) error {
	s.mu.Lock()
	if s.events.underway == 0 {
		s.mu.Unlock()
		return ctx.Err()
	}
	done := make(chan struct{})
	s.events.waiters = append(s.events.waiters, done)
	s.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
