package githubsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// deliveryLife is how long GitHub keeps deliveries.
const deliveryLife = 3 * 24 * time.Hour

func (s *Sim) deliveryRoutes() []route {
	return []route{
		{method: "GET", pattern: "/app/hook/deliveries", caller: byApp, handle: s.listDeliveries},
		{method: "GET", pattern: "/app/hook/deliveries/{delivery}", caller: byApp, handle: s.getDelivery},
		{method: "POST", pattern: "/app/hook/deliveries/{delivery}/attempts", caller: byApp, handle: s.redeliver},
	}
}

// listDeliveries shows the finished deliveries, newest first. A cursor names the first one to show.
func (s *Sim) listDeliveries(q *request) (int, any) {
	size := min(max(atoi(q.query("per_page", "30")), 1), 100)
	cursor, err := strconv.ParseInt(strings.TrimPrefix(q.query("cursor", "v1_0"), "v1_"), 10, 64)
	if err != nil {
		return fail(http.StatusBadRequest, "Invalid cursor")
	}
	wanted := q.query("status", "")
	if wanted != "" && wanted != "success" && wanted != "failure" {
		return invalid(fieldError{Resource: "HookDelivery", Field: "status", Code: "invalid"})
	}
	out := []object{}
	for _, d := range slices.Backward(s.events.deliveries) {
		if (cursor != 0 && d.ID > cursor) || !s.logged(d, q.by.app) || !d.hasStatus(wanted) {
			continue
		}
		if len(out) == size {
			s.linkCursor(q, d.ID)
			break
		}
		out = append(out, d.json())
	}
	return http.StatusOK, out
}

// logged reports whether a delivery is in an app's log: it is over and not yet forgotten.
func (s *Sim) logged(d *Delivery, app *App) bool {
	return d.done && d.App == app.ID && s.clock.Now().Sub(d.At) <= deliveryLife
}

// hasStatus filters as GitHub does: by the receiver's code. A delivery without one has neither status.
func (d *Delivery) hasStatus(wanted string) bool {
	switch wanted {
	case "success":
		return d.StatusCode >= 200 && d.StatusCode < 400
	case "failure":
		return d.StatusCode >= 400 && d.StatusCode < 600
	}
	return true
}

func (s *Sim) linkCursor(q *request, next int64) {
	v := q.URL.Query()
	v.Set("cursor", fmt.Sprintf("v1_%d", next))
	u := url.URL{Path: q.URL.Path, RawQuery: v.Encode()}
	q.header.Set("Link", fmt.Sprintf("<%s%s>; rel=%q", s.url, u.String(), "next"))
}

func (d *Delivery) json() object {
	o := object{
		"id": d.ID, "guid": d.GUID, "delivered_at": d.At.Format(time.RFC3339), "redelivery": d.Redelivery,
		"duration": d.Duration.Seconds(), "status": d.Status, "status_code": d.StatusCode, "event": d.Event,
		"action": orNull(d.Action), "installation_id": d.Installation, "repository_id": nil, "throttled_at": nil,
	}
	if d.Repo != 0 {
		o["repository_id"] = d.Repo
	}
	return o
}

// delivery finds the delivery that a path names.
func (s *Sim) delivery(q *request) *Delivery {
	id := int64(q.number("delivery"))
	for _, d := range s.events.deliveries {
		if d.ID == id && s.logged(d, q.by.app) {
			return d
		}
	}
	return nil
}

func (s *Sim) getDelivery(q *request) (int, any) {
	d := s.delivery(q)
	if d == nil {
		return notFound()
	}
	o := d.json()
	headers := object{}
	for k := range d.Header {
		headers[githubSpelling(k)] = d.Header.Get(k)
	}
	o["url"] = q.by.app.WebhookURL
	o["request"] = object{"headers": headers, "payload": json.RawMessage(d.Body)}
	o["response"] = object{"headers": object{}, "payload": string(d.Answer)}
	return http.StatusOK, o
}

// githubSpelling writes a header's name as GitHub does, where Go has its own way.
func githubSpelling(name string) string {
	name = strings.ReplaceAll(name, "Github", "GitHub")
	return strings.ReplaceAll(strings.ReplaceAll(name, "Hook-Id", "Hook-ID"), "Target-Id", "Target-ID")
}

// redeliver sends a delivery once more under its GUID.
func (s *Sim) redeliver(q *request) (int, any) {
	d := s.delivery(q)
	if d == nil {
		return notFound()
	}
	again := &Delivery{
		ID: s.nextID(), GUID: d.GUID, App: d.App, Installation: d.Installation, Repo: d.Repo, Event: d.Event,
		Action: d.Action, Body: d.Body, Redelivery: true, At: s.clock.Now().UTC(),
	}
	s.plan(again)
	return http.StatusAccepted, object{}
}
