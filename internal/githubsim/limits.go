package githubsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Limits are what GitHub allows one holder of tokens. Zero fields mean GitHub's own numbers.
type Limits struct {
	Off              bool // nothing is limited
	PerHour          int  // requests; for an installation GitHub's number grows with its repositories
	ContentPerMinute int  // requests that create content
	ContentPerHour   int
	Concurrent       int           // requests at once, of everybody
	PointsPerMinute  int           // a read costs 1, a write 5; not counted when zero
	RetryAfter       time.Duration // that a secondary limit asks for
	As429            bool          // limits answer 429 instead of 403: GitHub does both
}

func (l Limits) filled() Limits {
	set := func(n *int, usual int) {
		if *n == 0 {
			*n = usual
		}
	}
	set(&l.ContentPerMinute, 80)
	set(&l.ContentPerHour, 500)
	set(&l.Concurrent, 100)
	if l.RetryAfter == 0 {
		l.RetryAfter = time.Minute
	}
	return l
}

// limiter counts requests by whoever holds the token.
type limiter struct {
	Limits
	holders map[string]*budget
}

// budget is what one holder has used up.
type budget struct {
	used    int
	reset   time.Time   // when used starts again at zero
	content []time.Time // of the last hour
	points  []spent     // of the last minute
}

type spent struct {
	at     time.Time
	points int
}

func newLimiter(l *Limits) limiter {
	if l == nil {
		l = &Limits{}
	}
	return limiter{Limits: l.filled(), holders: map[string]*budget{}}
}

// SetLimits changes the limits from now on.
func (s *Sim) SetLimits(l Limits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits.Limits = l.filled()
}

func (s *Sim) limitRoutes() []route {
	return []route{{method: "GET", pattern: "/rate_limit", handle: s.getRateLimit}}
}

// holder names whose budget a request is charged to, for REST or for GraphQL.
func (a actor) holder() string {
	switch {
	case a.installation != nil:
		return fmt.Sprintf("installation ID %d", a.installation.ID)
	case a.app != nil:
		return fmt.Sprintf("app ID %d", a.app.ID)
	case a.user != nil:
		return fmt.Sprintf("user ID %d", a.user.ID)
	}
	return "your address"
}

func (q *request) resource() string {
	if q.URL.Path == "/graphql" {
		return "graphql"
	}
	return "core"
}

// hourly is how many requests a holder has per hour.
func (s *Sim) hourly(a actor) int {
	switch {
	case s.limits.PerHour > 0:
		return s.limits.PerHour
	case a.installation != nil:
		return min(5000+50*max(0, len(s.coveredBy(a.installation))-20), 12500)
	case a.user == nil:
		return 60
	}
	return 5000
}

// budget finds a holder's budget, and renews it when its hour is over.
func (s *Sim) budget(a actor, resource string) *budget {
	key := resource + " " + a.holder()
	b := s.limits.holders[key]
	if b == nil {
		b = &budget{}
		s.limits.holders[key] = b
	}
	if now := s.now(); !now.Before(b.reset) {
		b.used, b.reset = 0, now.Add(time.Hour)
	}
	return b
}

// limit charges the request, or refuses it.
func (s *Sim) limit(q *request) (int, any) {
	if s.limits.Off || q.URL.Path == "/rate_limit" {
		return 0, nil
	}
	b := s.budget(q.by, q.resource())
	if b.used >= s.hourly(q.by) {
		if q.resource() == "graphql" {
			return graphLimited(q.by)
		}
		return s.limited("API rate limit exceeded for "+q.by.holder()+".", "")
	}
	b.used++
	q.charged = b
	if secondary := s.secondary(q, b); secondary != "" {
		q.header.Set("Retry-After", strconv.Itoa(int(s.limits.RetryAfter.Seconds())))
		return s.limited(secondary, "#about-secondary-rate-limits")
	}
	return 0, nil
}

// limited is the answer to a request too many.
func (s *Sim) limited(message, anchor string) (int, any) {
	status := http.StatusForbidden
	if s.limits.As429 {
		status = http.StatusTooManyRequests
	}
	return status, apiError{
		Message: message, Docs: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api" + anchor,
		Status: strconv.Itoa(status),
	}
}

// secondary returns why a secondary limit stops the request, or nothing.
func (s *Sim) secondary(q *request, b *budget) string {
	now := s.clock.Now()
	b.content = slices.DeleteFunc(b.content, func(t time.Time) bool { return now.Sub(t) >= time.Hour })
	minute := 0
	for _, t := range b.content {
		if now.Sub(t) < time.Minute {
			minute++
		}
	}
	switch {
	case s.inFlight.Load() > int64(s.limits.Concurrent), s.limits.PointsPerMinute > 0 && s.spend(q, b, now) > s.limits.PointsPerMinute:
		return "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
	case q.route.creates && (minute >= s.limits.ContentPerMinute || len(b.content) >= s.limits.ContentPerHour):
		return "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later."
	}
	return ""
}

// spend adds the request's points and returns those of the last minute.
func (s *Sim) spend(q *request, b *budget, now time.Time) int {
	cost := 5
	if isRead(q.Request) {
		cost = 1
	}
	b.points = slices.DeleteFunc(b.points, func(p spent) bool { return now.Sub(p.at) >= time.Minute })
	b.points = append(b.points, spent{now, cost})
	sum := 0
	for _, p := range b.points {
		sum += p.points
	}
	return sum
}

// finish settles the bill: an unchanged answer is free, created content counts.
func (s *Sim) finish(q *request, a *answer) {
	if a.unchanged(q.Request) && q.charged != nil {
		q.charged.used--
	}
	if q.charged != nil && q.route.creates && q.handled && a.status < 300 {
		q.charged.content = append(q.charged.content, s.clock.Now())
	}
	if !s.limits.Off {
		s.limitHeaders(q)
	}
	q.header.Set("X-GitHub-Media-Type", "github.v3; format=json")
	q.header.Set("X-GitHub-Api-Version-Selected", "2022-11-28")
	q.header.Set("X-GitHub-Request-Id", fmt.Sprintf("%04X:%08X", s.lastID&0xffff, len(s.history)))
	q.header.Set("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP")
	q.header.Set("Date", s.authClock.Now().UTC().Format(http.TimeFormat))
}

func (s *Sim) limitHeaders(q *request) {
	b, limit := s.budget(q.by, q.resource()), s.hourly(q.by)
	q.header.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	q.header.Set("X-RateLimit-Remaining", strconv.Itoa(max(limit-b.used, 0)))
	q.header.Set("X-RateLimit-Used", strconv.Itoa(b.used))
	q.header.Set("X-RateLimit-Reset", strconv.FormatInt(b.reset.Unix(), 10))
	q.header.Set("X-RateLimit-Resource", q.resource())
}

func (s *Sim) getRateLimit(q *request) (int, any) {
	rate := func(resource string, limit int) object {
		b := s.budget(q.by, resource)
		return object{"limit": limit, "remaining": max(limit-b.used, 0), "used": b.used, "reset": b.reset.Unix(), "resource": resource}
	}
	core := rate("core", s.hourly(q.by))
	return http.StatusOK, object{"rate": core, "resources": object{
		"core": core, "graphql": rate("graphql", s.hourly(q.by)), "search": rate("search", 30),
	}}
}
