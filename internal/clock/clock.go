// Package clock is the time that the shell lives in: the real one, a faster one, or one that a test moves.
//
// The core never sees a clock; it is given now as a value. Everything in the shell that reads the time or
// waits takes a Clock, so that `skein demo` tells a story of days in seconds and tests never sleep.
package clock

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Sleep returns nil after d, or the context's error if that ends first.
	Sleep(ctx context.Context, d time.Duration) error
	// AfterFunc calls f once d has passed. Stop reports whether the call was prevented.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Real is the machine's clock.
type Real struct{}

// Now returns the time in UTC.
func (Real) Now() time.Time { return time.Now().UTC() }

// Sleep waits on a timer.
func (Real) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, d) }

// AfterFunc starts a timer.
func (Real) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// Scaled runs Rate times as fast as the machine's clock. Two processes with the same Start, Origin and Rate
// agree on the time.
type Scaled struct {
	Start  time.Time // what the machine's clock showed when the scaled clock showed Origin
	Origin time.Time
	Rate   float64
}

// Now returns the scaled time in UTC.
func (c Scaled) Now() time.Time {
	return c.Origin.Add(time.Duration(float64(time.Since(c.Start)) * c.Rate)).UTC()
}

// Sleep waits for d of scaled time.
func (c Scaled) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, c.real(d)) }

// AfterFunc starts a timer of d of scaled time.
func (c Scaled) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(c.real(d), f).Stop
}

func (c Scaled) real(d time.Duration) time.Duration { return time.Duration(float64(d) / c.Rate) }

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Virtual stands still until it is moved. Sleep moves it: whoever waits on a virtual clock has nothing
// else to do, so the time it waits for may as well have passed.
type Virtual struct {
	mu     sync.Mutex
	now    time.Time
	timers timerHeap
	seq    int
}

// NewVirtual returns a clock that shows start.
func NewVirtual(start time.Time) *Virtual { return &Virtual{now: start.UTC()} }

// Now returns the time the clock shows.
func (c *Virtual) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep advances the clock by d.
func (c *Virtual) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.Advance(d)
	return nil
}

// AfterFunc registers f to be called, by whoever moves the clock, once it shows d later.
func (c *Virtual) AfterFunc(d time.Duration, f func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	t := &timer{at: c.now.Add(d), seq: c.seq, f: f}
	heap.Push(&c.timers, t)
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		if t.index < 0 {
			return false
		}
		heap.Remove(&c.timers, t.index)
		return true
	}
}

// Advance moves the clock by d, calling the timers that fall due on the way, in order and each at its time.
func (c *Virtual) Advance(d time.Duration) { c.AdvanceTo(c.Now().Add(d)) }

// AdvanceTo moves the clock to t; a time in the past leaves it where it is. Timers due by then are called.
func (c *Virtual) AdvanceTo(t time.Time) {
	for {
		f, ok := c.pop(t)
		if !ok {
			return
		}
		f()
	}
}

// Next returns when the next timer falls due; ok is false when there is none.
func (c *Virtual) Next() (at time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.timers) == 0 {
		return time.Time{}, false
	}
	return c.timers[0].at, true
}

// pop takes the earliest timer due by t and sets the clock to its time; without one it sets the clock to t.
func (c *Virtual) pop(t time.Time) (func(), bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.timers) == 0 || c.timers[0].at.After(t) {
		c.set(t)
		return nil, false
	}
	due := c.timers[0]
	heap.Remove(&c.timers, 0)
	c.set(due.at)
	return due.f, true
}

func (c *Virtual) set(t time.Time) {
	if t.After(c.now) {
		c.now = t.UTC()
	}
}

type timer struct {
	at    time.Time
	seq   int
	index int
	f     func()
}

// timerHeap orders by time, then by registration, so that a run is the same every time.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i]; h[i].index, h[j].index = i, j }

// Push is for container/heap, which gives back only what it was given.
func (h *timerHeap) Push(x any) {
	t, ok := x.(*timer)
	if !ok {
		panic("clock: not a timer")
	}
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop is for container/heap.
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
