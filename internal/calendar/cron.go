package calendar

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// ErrNever is what ParseCron answers for an expression that is well-formed and matches no day at all.
var ErrNever = errors.New("matches no date, like 30 February")

// ParseCron checks a window's cron expression: the standard five fields, without names for whole schedules and
// without a time zone of its own.
func ParseCron(expr string) error {
	s, err := parseCron(expr)
	if err != nil {
		return err
	}
	if _, ok := s.next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
		return fmt.Errorf("cron %q: %w", expr, ErrNever)
	}
	return nil
}

func parseCron(expr string) (schedule, error) {
	expr = strings.TrimSpace(expr)
	switch {
	case strings.HasPrefix(expr, "@"):
		return schedule{}, fmt.Errorf("cron %q: write the five fields instead, for example \"0 14 * * MON-THU\"", expr)
	case strings.HasPrefix(expr, "TZ="), strings.HasPrefix(expr, "CRON_TZ="):
		return schedule{}, fmt.Errorf("cron %q: the time zone belongs into the window's timezone", expr)
	}
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(expr)
	if err != nil {
		return schedule{}, fmt.Errorf("cron %q: %w", expr, err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return schedule{}, fmt.Errorf("cron %q: not five fields", expr)
	}
	if spec.Minute == 0 || spec.Hour == 0 { // commas alone: the library would search every minute of five years
		return schedule{}, fmt.Errorf("cron %q: %w", expr, ErrNever)
	}
	spec.Location = time.UTC
	return schedule{spec}, nil
}

// schedule steps over the wall clock, which it writes as if it were UTC: it knows no zone, no gap and no fold.
type schedule struct{ spec *cron.SpecSchedule }

// next returns the first match after a wall clock time. The library gives up after five years, and leap days
// can be eight years apart.
func (s schedule) next(wall time.Time) (time.Time, bool) {
	for range 2 {
		if at := s.spec.Next(wall); !at.IsZero() {
			return at, true
		}
		wall = time.Date(wall.Year()+5, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Second)
	}
	return time.Time{}, false
}

// starts yields the instants after a given one at which the zone's clock shows a match, each once, in order.
func (s schedule) starts(after time.Time, zone *time.Location) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		last, wall := after, wallClock(after.In(zone))
		for {
			next, ok := s.next(wall)
			if !ok {
				return
			}
			wall = next
			at := Instant(wall, zone)
			if !at.After(last) { // shown before, or by the same jump of the clock
				continue
			}
			if last = at; !yield(at) {
				return
			}
		}
	}
}

// Instant returns when a zone's clock first shows a wall clock time, of which only the digits count. A time that
// the clock jumps over is the instant of the jump, whatever its size; a time that it shows twice is the first.
// A date's first instant is Instant of its midnight.
func Instant(wall time.Time, zone *time.Location) time.Time {
	wall = wallClock(wall)
	at := wall.Add(-48 * time.Hour).In(zone)
	for {
		start, end := at.ZoneBounds()
		_, offset := at.Zone()
		shown := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		switch {
		case shown.Before(start):
			return start
		case end.IsZero(), shown.Before(end):
			return shown
		}
		at = end
	}
}

// wallClock keeps what a clock shows and forgets where.
func wallClock(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}
