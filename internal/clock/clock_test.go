package clock_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/clock"
)

var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// Timers are called in the order of their times, each with the clock at its time, and those that they set
// are called on the way too.
func TestVirtual(t *testing.T) {
	t.Parallel()
	c := clock.NewVirtual(start)
	var got []string
	note := func(name string) func() {
		return func() { got = append(got, name+c.Now().Format(" 15:04")) }
	}
	c.AfterFunc(2*time.Hour, note("second"))
	c.AfterFunc(time.Hour, func() { note("first")(); c.AfterFunc(30*time.Minute, note("nested")) })
	c.AfterFunc(2*time.Hour, note("third"))
	stop := c.AfterFunc(90*time.Minute, note("stopped"))
	if !stop() || stop() {
		t.Error("a timer is stopped once")
	}
	if at, ok := c.Next(); !ok || !at.Equal(start.Add(time.Hour)) {
		t.Errorf("Next = %s, %v", at, ok)
	}
	c.Advance(3 * time.Hour)
	if diff := cmp.Diff([]string{"first 09:00", "nested 09:30", "second 10:00", "third 10:00"}, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	c.AdvanceTo(start)
	if _, ok := c.Next(); ok || !c.Now().Equal(start.Add(3*time.Hour)) {
		t.Errorf("the clock shows %s and has timers: %v", c.Now(), ok)
	}
}

func TestVirtualSleep(t *testing.T) {
	t.Parallel()
	c := clock.NewVirtual(start)
	if err := c.Sleep(t.Context(), time.Minute); err != nil || !c.Now().Equal(start.Add(time.Minute)) {
		t.Errorf("slept until %s, %v", c.Now(), err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Sleep(ended, time.Minute); !errors.Is(err, context.Canceled) || !c.Now().Equal(start.Add(time.Minute)) {
		t.Errorf("slept for a context that has ended until %s, %v", c.Now(), err)
	}
}

// Two processes with the same text agree, and a fast clock's sleep is short.
func TestScaled(t *testing.T) {
	t.Parallel()
	c := clock.Scaled{Start: time.Now().Add(-time.Hour), Origin: start, Rate: 3600}
	if got := c.Now().Sub(start); got < 3600*time.Hour || got > 3700*time.Hour {
		t.Errorf("an hour at rate 3600 is %s", got)
	}
	before := c.Now()
	if err := c.Sleep(t.Context(), 10*time.Second); err != nil || c.Now().Sub(before) < 10*time.Second {
		t.Errorf("slept %s, %v", c.Now().Sub(before), err)
	}
	called := make(chan bool)
	c.AfterFunc(time.Second, func() { close(called) })
	<-called
}
