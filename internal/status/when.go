package status

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
)

// Stamp writes an instant as people in a zone read it, and in UTC beside it.
func Stamp(at time.Time, zone *time.Location) string {
	const clock, day = "15:04", "Mon 2 Jan 2006 15:04"
	if zone == nil {
		zone = time.UTC
	}
	there, utc := at.In(zone), at.UTC()
	_, offset := there.Zone()
	switch {
	case offset == 0:
		return utc.Format(day) + " UTC"
	case there.Day() != utc.Day():
		return fmt.Sprintf("%s %s (%s UTC)", there.Format(day), abbreviation(there), utc.Format("Mon "+clock))
	}
	return fmt.Sprintf("%s %s (%s UTC)", there.Format(day), abbreviation(there), utc.Format(clock))
}

// abbreviation is a zone's, or its offset where it has only digits for one.
func abbreviation(at time.Time) string {
	name, _ := at.Zone()
	if strings.ContainsAny(name, "+-0123456789") {
		return "UTC" + at.Format("-07:00")
	}
	return name
}

// Zone is where a changeset's times are told: its own windows', which come last, else the dataset's, else UTC.
func (c Changeset) Zone() *time.Location {
	for _, side := range slices.Backward(c.Policy.Windows) {
		for _, w := range side {
			if w.Zone != nil {
				return w.Zone
			}
		}
	}
	return time.UTC
}

// Zone is where the migration's times are told: that of the first window there is.
func (p Page) Zone() *time.Location {
	for _, c := range p.Changesets {
		for _, side := range p.Policies[c.ID].Windows {
			for _, w := range side {
				if w.Zone != nil {
					return w.Zone
				}
			}
		}
	}
	return time.UTC
}

// NextOpening is the next instant at which a changeset's windows and freezes allow merging; now when they do.
// ok is false when there is none, or when the page does not know the policy.
func (p Page) NextOpening(c Changeset) (at time.Time, ok bool) {
	if !c.Known {
		return time.Time{}, false
	}
	return calendar.NextOpening(c.Policy.Windows, c.Policy.Freezes, p.Now)
}

// hasWindows reports whether anybody declared one.
func (c Changeset) hasWindows() bool {
	return slices.ContainsFunc(c.Policy.Windows, func(side []calendar.Window) bool { return len(side) > 0 })
}

// Windows tells each side's windows in words.
func (c Changeset) Windows() (out []string) {
	for _, side := range c.Policy.Windows {
		var ws []string
		for _, w := range side {
			ws = append(ws, window(w))
		}
		if len(ws) > 0 {
			out = append(out, strings.Join(ws, "; "))
		}
	}
	return out
}

// window is "Mon–Thu 14:00–17:00 Europe/Stockholm" where the expression is as simple as that.
func window(w calendar.Window) string {
	zone := "UTC"
	if w.Zone != nil {
		zone = w.Zone.String()
	}
	f := strings.Fields(w.Cron)
	if len(f) != 5 {
		return fmt.Sprintf("%s for %s %s", w.Cron, duration(w.For), zone)
	}
	minute, err1 := strconv.Atoi(f[0])
	hour, err2 := strconv.Atoi(f[1])
	days, ok := weekdays(f[4])
	if err1 != nil || err2 != nil || !ok || f[2] != "*" || f[3] != "*" || w.For > 24*time.Hour {
		return fmt.Sprintf("%s for %s %s", w.Cron, duration(w.For), zone)
	}
	opens := time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC)
	return fmt.Sprintf("%s %s–%s %s", days, opens.Format("15:04"), opens.Add(w.For).Format("15:04"), zone)
}

// weekdays reads a cron expression's day of the week where it is a name, a range or a list of those.
func weekdays(field string) (string, bool) {
	if field == "*" {
		return "daily", true
	}
	var out []string
	for item := range strings.SplitSeq(field, ",") {
		from, to, isRange := strings.Cut(item, "-")
		first, ok := weekday(from)
		if !ok {
			return "", false
		}
		if isRange {
			last, ok := weekday(to)
			if !ok {
				return "", false
			}
			first += "–" + last
		}
		out = append(out, first)
	}
	return strings.Join(out, ", "), true
}

func weekday(s string) (string, bool) {
	names := []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	for i, n := range names {
		if strings.EqualFold(s, n) || s == strconv.Itoa(i) {
			return n, true
		}
	}
	return "", false
}

// duration is "6h", "90m" or "3d" rather than "6h0m0s".
func duration(d time.Duration) string {
	switch {
	case d >= 48*time.Hour && d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
