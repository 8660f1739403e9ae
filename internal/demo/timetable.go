package demo

import (
	"strings"
	"time"
)

// timetable is the org's agreement about time, worked out here by counting minutes: the verification must not
// share a line with the code that it verifies.
type timetable struct {
	zone *time.Location
	fast bool
}

// Start is when the story begins: a Monday at seven in Stockholm, in UTC.
func Start() time.Time { return time.Date(2027, time.March, 1, 6, 0, 0, 0, time.UTC) }

func newTimetable(fast bool) (timetable, error) {
	zone, err := time.LoadLocation("Europe/Stockholm")
	return timetable{zone, fast}, err
}

// open reports whether the org's window is open: from two to five, Monday to Thursday. In a fast story it is the
// first quarter of every hour.
func (c timetable) open(at time.Time) bool {
	local := at.In(c.zone)
	if c.fast {
		return local.Minute() < 15
	}
	return local.Weekday() >= time.Monday && local.Weekday() <= time.Thursday && local.Hour() >= 14 && local.Hour() < 17
}

// frozen reports whether it is the day of the board meeting.
func (c timetable) frozen(at time.Time) bool {
	y, m, d := at.In(c.zone).Date()
	return y == 2027 && m == time.March && d == 4
}

// soak is how long the canary is looked at.
func (c timetable) soak() time.Duration { return c.paced(12 * time.Hour) }

// settle is how long a schema commit has to stand before anybody is asked to follow it.
func (c timetable) settle() time.Duration { return c.paced(10 * time.Minute) }

// day is a length of story time in which everything that is due today has happened.
func (c timetable) day() time.Duration {
	if c.fast {
		return 2 * time.Hour
	}
	return 24 * time.Hour
}

// morning is the next time at which people begin something: nine o'clock on a day with a window; in a fast story
// twenty past.
func (c timetable) morning(now time.Time) time.Time {
	return c.next(now, func(at time.Time) bool {
		local := at.In(c.zone)
		if c.fast {
			return local.Minute() == 20
		}
		return local.Weekday() >= time.Monday && local.Weekday() <= time.Thursday && local.Hour() == 9 && local.Minute() == 0
	})
}

// closing is when the window that is open, or the next one that no freeze takes away, has closed.
func (c timetable) closing(now time.Time) time.Time {
	may := func(at time.Time) bool { return c.open(at) && !c.frozen(at) }
	if !may(now) {
		now = c.next(now, may)
	}
	return c.next(now, func(at time.Time) bool { return !may(at) })
}

// next is the first full minute from now on of which want is true, within a month.
func (c timetable) next(now time.Time, want func(time.Time) bool) time.Time {
	at := now.Truncate(time.Minute)
	if at.Before(now) {
		at = at.Add(time.Minute)
	}
	for end := at.AddDate(0, 1, 0); at.Before(end) && !want(at); {
		at = at.Add(time.Minute)
	}
	return at
}

// paced is a length of time as the org's configuration has it, or as a fast story has it instead.
func (c timetable) paced(d time.Duration) time.Duration {
	switch {
	case !c.fast:
		return d
	case d == 12*time.Hour:
		return 15 * time.Minute
	case d == 6*time.Hour:
		return 10 * time.Minute
	case d == 10*time.Minute:
		return 2 * time.Minute
	}
	return d / 20
}

// config gives a configuration the pace of the story.
func (c timetable) config(text string) string {
	if !c.fast {
		return text
	}
	return strings.NewReplacer(
		`cron: "0 14 * * MON-THU", for: 3h`, `cron: "0 * * * *", for: 15m`,
		"settle: 10m", "settle: 2m",
		"soak: 12h", "soak: 15m",
		"watch: {for: 6h,", "watch: {for: 10m,",
	).Replace(text)
}

// windowEnd is when the window that is open, or the next one, closes, freeze or not.
func (c timetable) windowEnd(now time.Time) time.Time {
	if !c.open(now) {
		now = c.next(now, c.open)
	}
	return c.next(now, func(at time.Time) bool { return !c.open(at) })
}
