package forge

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/skein-bot/skein/internal/clock"
)

// The budgets are planned well under GitHub's own limits (80 and 500 creations, 900 points a minute, 100
// requests at a time), because the account's people and other apps share some of them, and going over risks
// a ban.
const (
	perMinute  = 60
	perHour    = 400
	apart      = time.Second // between two writes of an installation
	atATime    = 20          // reads of an installation
	pointCost  = 100 * time.Millisecond
	pointBurst = 30 * time.Second // 300 points at once, 600 a minute
	writeCost  = 5
	firstPause = time.Minute
	maxPause   = 15 * time.Minute
)

// creates reports whether the call makes content that GitHub counts against its creation limits.
func creates(c *call) bool {
	if c.method != http.MethodPost && c.method != http.MethodPut {
		return false
	}
	switch c.route {
	case repoRoute + "/git/refs", repoRoute + "/git/commits", repoRoute + "/pulls",
		repoRoute + "/pulls/{number}/merge", repoRoute + "/pulls/{number}/update-branch",
		repoRoute + "/issues", repoRoute + "/issues/{number}/comments", repoRoute + "/issues/{number}/labels",
		repoRoute + "/issues/comments/{comment}/reactions", repoRoute + "/check-runs":
		return true
	}
	return false
}

// pacer decides when a request may go. There is one lane per installation: writes pass one at a time, reads a
// few at a time, and an answer that speaks of limits closes the lane until GitHub's time.
type pacer struct {
	clock    clock.Clock
	patience time.Duration
	ledger   Ledger
	jitter   func(time.Duration) time.Duration

	mu    sync.Mutex
	lanes map[int64]*lane
}

type lane struct {
	writes, reads chan struct{}

	mu      sync.Mutex
	wrote   time.Time            // when the last write ended
	spent   time.Time            // the points spent so far are paid off at this time
	paused  map[string]time.Time // by resource; "" closes all
	strikes int                  // secondary limits in a row that named no time
}

func newPacer(clk clock.Clock, patience time.Duration, ledger Ledger) *pacer {
	return &pacer{clock: clk, patience: patience, ledger: ledger, jitter: upToHalf, lanes: map[int64]*lane{}}
}

// upToHalf adds up to half of d, so that clients that failed together do not come back together.
func upToHalf(d time.Duration) time.Duration {
	return d + rand.N(d/2+1) //nolint:gosec // it spreads load, nothing secret hangs on it
}

func (p *pacer) lane(installation int64) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lanes[installation]
	if l == nil {
		l = &lane{writes: make(chan struct{}, 1), reads: make(chan struct{}, atATime), paused: map[string]time.Time{}}
		p.lanes[installation] = l
	}
	return l
}

// enter waits until the call may be sent; leave ends its turn. What would take longer than the pacer's
// patience is refused with *Limited.
func (p *pacer) enter(ctx context.Context, c *call) (leave func(), err error) {
	c.sent = false
	l := p.lane(c.installation)
	turn := l.reads
	if c.writes() {
		turn = l.writes
	}
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := p.wait(ctx, l, c); err != nil {
		<-turn
		return nil, err
	}
	return func() {
		if c.writes() {
			l.mu.Lock()
			l.wrote = p.clock.Now()
			l.mu.Unlock()
		}
		<-turn
	}, nil
}

// wait sleeps until nothing speaks against the call, and books it.
func (p *pacer) wait(ctx context.Context, l *lane, c *call) error {
	for {
		now := p.clock.Now()
		if late(ctx, c, now) {
			return ErrLate
		}
		until, kind := l.open(now, c)
		if until.IsZero() && creates(c) {
			var err error
			if until, err = p.budget(ctx, c.installation, now); err != nil {
				return fmt.Errorf("write budget: %w", err)
			}
			kind = "budget"
		}
		if until.IsZero() {
			return p.book(ctx, l, c, now)
		}
		if until.Sub(now) > p.patience {
			return &Limited{Installation: c.installation, Kind: kind, Until: until}
		}
		if err := p.clock.Sleep(ctx, until.Sub(now)); err != nil {
			return err
		}
	}
}

// open says until when the lane is closed for the call; zero when it is open.
func (l *lane) open(now time.Time, c *call) (until time.Time, kind string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.paused[""]; t.After(now) {
		return t, "secondary"
	}
	if t := l.paused[resource(c)]; t.After(now) {
		return t, "primary"
	}
	if t := l.wrote.Add(apart); c.writes() && t.After(now) {
		return t, "budget"
	}
	if t := l.spent.Add(-pointBurst); t.After(now) {
		return t, "budget"
	}
	return time.Time{}, ""
}

// budget says when the installation may create again; zero when it may now.
func (p *pacer) budget(ctx context.Context, installation int64, now time.Time) (until time.Time, err error) {
	for _, b := range []struct {
		max int
		per time.Duration
	}{{perMinute, time.Minute}, {perHour, time.Hour}} {
		t, err := p.free(ctx, installation, now, b.max, b.per)
		if err != nil {
			return until, err
		}
		if t.After(until) {
			until = t
		}
	}
	return until, nil
}

// free finds the second in which fewer than limit creations lie within per.
func (p *pacer) free(ctx context.Context, installation int64, now time.Time, limit int, per time.Duration) (time.Time, error) {
	var failed error
	count := func(wait int) bool {
		n, err := p.ledger.Count(ctx, installation, now.Add(time.Duration(wait)*time.Second-per))
		if err != nil {
			failed = err
		}
		return err == nil && n < limit
	}
	if count(0) || failed != nil {
		return time.Time{}, failed
	}
	wait := sort.Search(int(per/time.Second), count)
	return now.Add(time.Duration(wait) * time.Second), failed
}

// book notes that the call is sent now.
func (p *pacer) book(ctx context.Context, l *lane, c *call, now time.Time) error {
	cost := pointCost
	if c.writes() {
		cost *= writeCost
	}
	l.mu.Lock()
	if l.spent.Before(now) {
		l.spent = now
	}
	l.spent = l.spent.Add(cost)
	l.mu.Unlock()
	if !creates(c) {
		return nil
	}
	if err := p.ledger.Record(ctx, c.installation, now); err != nil {
		return fmt.Errorf("write budget: %w", err)
	}
	return nil
}

func resource(c *call) string {
	if c.route == graphQLRoute {
		return "graphql"
	}
	return "core"
}

// pause closes the lane as the limit says and returns until when. A limit that names no time is waited out
// longer each time it comes.
func (p *pacer) pause(c *call, limited *Limited) time.Time {
	l := p.lane(c.installation)
	l.mu.Lock()
	defer l.mu.Unlock()
	until := limited.Until
	if until.IsZero() {
		until = p.clock.Now().Add(p.jitter(min(firstPause<<min(l.strikes, 8), maxPause)))
		l.strikes++
	}
	key := ""
	if limited.Kind == "primary" {
		key = resource(c)
	}
	if until.After(l.paused[key]) {
		l.paused[key] = until
	}
	return l.paused[key]
}

// answered notes a good answer: the strikes are forgotten, and a budget that is spent closes the lane before
// GitHub has to.
func (p *pacer) answered(c *call, h http.Header) {
	l := p.lane(c.installation)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.strikes = 0
	if r := h.Get("X-Ratelimit-Resource"); h.Get("X-Ratelimit-Remaining") == "0" && (r == "" || r == resource(c)) {
		l.paused[resource(c)] = resetOf(h, p.clock.Now())
	}
}

// memory is the Ledger of a process that keeps none: an hour of times per installation.
type memory struct {
	mu    sync.Mutex
	times map[int64][]time.Time
}

// NewLedger returns a Ledger in memory.
func NewLedger() Ledger { return &memory{times: map[int64][]time.Time{}} }

func (m *memory) Record(_ context.Context, installation int64, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := slices.DeleteFunc(m.times[installation], func(t time.Time) bool { return t.Before(at.Add(-2 * time.Hour)) })
	m.times[installation] = append(kept, at)
	return nil
}

func (m *memory) Count(_ context.Context, installation int64, since time.Time) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.times[installation] {
		if t.After(since) {
			n++
		}
	}
	return n, nil
}
