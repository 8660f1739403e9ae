package forge

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/clock"
)

func reaction(i int64) *call {
	return &call{installation: i, needs: "issues:write", method: http.MethodPost, route: repoRoute + "/issues/comments/{comment}/reactions"}
}

// times runs n calls one after the other and returns when each was let in, from the start of the test's time.
func times(t *testing.T, p *pacer, n int, c func() *call) (out []time.Duration) {
	t.Helper()
	for range n {
		leave, err := p.enter(t.Context(), c())
		if err != nil {
			t.Fatalf("after %d: %v", len(out), err)
		}
		out = append(out, p.clock.Now().Sub(start))
		leave()
	}
	return out
}

func most(at []time.Duration, per time.Duration) (worst int) {
	for i := range at {
		n := 0
		for _, x := range at[i:] {
			if x < at[i]+per {
				n++
			}
		}
		worst = max(worst, n)
	}
	return worst
}

func TestWriteBudgets(t *testing.T) {
	t.Parallel()
	p := newPacer(clock.NewVirtual(start), 2*time.Hour, NewLedger())
	at := times(t, p, 1000, func() *call { return reaction(1) })
	for i := 1; i < len(at); i++ {
		if at[i]-at[i-1] < time.Second {
			t.Fatalf("writes %d and %d are %s apart", i-1, i, at[i]-at[i-1])
		}
	}
	if n := most(at, time.Minute); n != perMinute {
		t.Errorf("%d writes in a minute, want %d", n, perMinute)
	}
	if n := most(at, time.Hour); n != perHour {
		t.Errorf("%d writes in an hour, want %d", n, perHour)
	}
	if end := at[len(at)-1]; end > 2*time.Hour+10*time.Minute {
		t.Errorf("1000 writes took %s: the budget is not used", end)
	}
}

// The ledger outlives the process: a new pacer does not start with a full budget.
func TestBudgetSurvivesRestart(t *testing.T) {
	t.Parallel()
	ledger, clk := NewLedger(), clock.NewVirtual(start)
	times(t, newPacer(clk, 2*time.Hour, ledger), perHour, func() *call { return reaction(1) })
	again := newPacer(clk, time.Minute, ledger)
	_, err := again.enter(t.Context(), reaction(1))
	limited := (*Limited)(nil)
	if !errors.As(err, &limited) || limited.Kind != "budget" {
		t.Fatal(err)
	}
	if free := limited.Until.Sub(start); free < time.Hour || free > time.Hour+2*time.Second {
		t.Errorf("free again after %s, want an hour after the first write", free)
	}
	if _, err := again.enter(t.Context(), reaction(2)); err != nil {
		t.Errorf("another installation: %v", err)
	}
}

type brokenLedger struct{}

func (brokenLedger) Record(context.Context, int64, time.Time) error { return errors.New("disk full") }
func (brokenLedger) Count(context.Context, int64, time.Time) (int, error) {
	return 0, errors.New("disk full")
}

// A budget that cannot be read allows nothing.
func TestUnreadableLedger(t *testing.T) {
	t.Parallel()
	p := newPacer(clock.NewVirtual(start), time.Minute, brokenLedger{})
	if _, err := p.enter(t.Context(), reaction(1)); err == nil {
		t.Error("a write was let through")
	}
	if _, err := p.enter(t.Context(), on(sampleRepo(), "contents:read", "GET", repoRoute)); err != nil {
		t.Error(err)
	}
}

func TestReadPoints(t *testing.T) {
	t.Parallel()
	p := newPacer(clock.NewVirtual(start), time.Minute, NewLedger())
	at := times(t, p, 3000, func() *call { return on(sampleRepo(), "contents:read", "GET", repoRoute) })
	if n := most(at, time.Minute); n > 910 {
		t.Errorf("%d points in a minute", n)
	}
	if end := at[len(at)-1]; end > 6*time.Minute {
		t.Errorf("3000 reads took %s", end)
	}
}

// Writes of an installation pass one at a time, reads a few at a time.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		call func() *call
		most int
	}{
		{"writes", func() *call { return reaction(1) }, 1},
		{"reads", func() *call { return on(sampleRepo(), "contents:read", "GET", repoRoute) }, atATime},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPacer(clock.NewVirtual(start), time.Hour, NewLedger())
			var mu sync.Mutex
			var wg sync.WaitGroup
			inside, worst := 0, 0
			for range 50 {
				wg.Go(func() {
					leave, err := p.enter(t.Context(), c.call())
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					inside++
					worst = max(worst, inside)
					mu.Unlock()
					mu.Lock()
					inside--
					mu.Unlock()
					leave()
				})
			}
			wg.Wait()
			if worst > c.most {
				t.Errorf("%d at a time, want at most %d", worst, c.most)
			}
		})
	}
}

// Whoever waits for a turn gives up with its context.
func TestTurnEndsWithContext(t *testing.T) {
	t.Parallel()
	p := newPacer(clock.NewVirtual(start), time.Hour, NewLedger())
	leave, err := p.enter(t.Context(), reaction(1))
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.enter(ctx, reaction(1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
