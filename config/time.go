package config

import (
	"strconv"
	"strings"
	"time"
)

// maxDuration keeps sums of times far from overflow.
const maxDuration = 366 * 24 * time.Hour

// duration is Go's notation, with days in front: 90m, 6h, 2d, 1d12h.
func duration(least time.Duration) shape[time.Duration] {
	s := schema{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(d|h|m|s|ms|us|µs|ns))+$`}
	return shape[time.Duration]{s, func(r *reader, n *node) (time.Duration, bool) {
		if n.kind == integer {
			r.errorf(n.pos, BadDuration, "%s: %s has no unit; write %sh, %sm or %sd", r.label(), brief(n.text), brief(n.text), brief(n.text), brief(n.text))
			return 0, false
		}
		if n.kind != text {
			r.wrong(n, "a duration such as 3h or 2d")
			return 0, false
		}
		d, ok := ParseDuration(n.text)
		if !ok {
			r.errorf(n.pos, BadDuration, "%s: %s is not a duration; write it like 90m, 3h or 2d", r.label(), quoted(n.text))
			return 0, false
		}
		if d < least || d > maxDuration {
			r.errorf(n.pos, OutOfRange, "%s: %s is not between %s and 366d", r.label(), quoted(n.text), least)
			return 0, false
		}
		return d, true
	}}
}

// ParseDuration reads Go's notation for durations with whole or broken days in front: 2d, 1d12h, 1.5d.
func ParseDuration(s string) (time.Duration, bool) {
	var days time.Duration
	if before, after, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseFloat(before, 64)
		if err != nil || !strings.ContainsAny(before[:1], "0123456789") || !(n >= 0 && n < 100_000) {
			return 0, false
		}
		days, s = time.Duration(n*float64(24*time.Hour)), after
		if s == "" {
			return days, true
		}
	}
	if s == "" || s[0] == '-' || s[0] == '+' {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	return days + d, err == nil && days+d >= 0
}

// day is a date, kept as its 00:00 UTC.
func day() shape[time.Time] {
	s := schema{"pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}
	return words(s, func(s string) (time.Time, problem) {
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return t, problemf(BadTime, "%s is not a date; write it like 2027-03-31", quoted(s))
		}
		return t, problem{}
	})
}

// moment is a date or a time with its offset. Day tells them apart.
type moment struct {
	time time.Time
	day  bool
}

func moments() shape[moment] {
	s := schema{"pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?$`}
	return words(s, func(s string) (moment, problem) {
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return moment{t, true}, problem{}
		}
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return moment{t, false}, problem{}
		}
		if _, err := time.Parse("2006-01-02T15:04:05", s); err == nil {
			return moment{}, problemf(BadTime, "%s has no offset; write %sZ or %s+01:00", quoted(s), s, s)
		}
		return moment{}, problemf(BadTime, "%s is not a date or time; write it like 2026-12-20 or 2026-12-20T18:00:00+01:00", quoted(s))
	})
}
