package config

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// cronExpression has the standard five fields.
func cronExpression() shape[string] {
	return words(schema{"pattern": `^\s*\S+(\s+\S+){4}\s*$`, "maxLength": maxText}, func(s string) (string, problem) {
		return s, cronProblem(s)
	})
}

func cronProblem(s string) problem {
	fields := strings.Fields(s)
	switch {
	case strings.HasPrefix(s, "@"):
		return problemf(BadCron, "%s: the @ forms are not read; write five fields, like 0 9 * * MON-FRI", quoted(s))
	case strings.Contains(s, "TZ="):
		return problemf(BadCron, "%s: the time zone belongs under \"timezone\"", quoted(s))
	case len(fields) != 5 || len(s) > maxText:
		return problemf(BadCron, "%s has %d fields; five are wanted: minute, hour, day of month, month, day of week", quoted(s), len(fields))
	}
	_, err := cron.ParseStandard(s)
	switch {
	case err == nil:
		return problem{}
	case strings.Contains(fields[4], "7"):
		return problemf(BadCron, "%s: the days of the week run from 0 to 6; Sunday is 0 or SUN", quoted(s))
	}
	return problemf(BadCron, "%s: %v", quoted(s), err)
}

// neverMatches reports whether a valid expression names only days that no year has, as 30 February. Eight years
// hold every combination of day, month and weekday but for 29 February on a given weekday, which takes 28.
func neverMatches(s string) bool {
	schedule, err := cron.ParseStandard(s)
	if err != nil {
		return false
	}
	for year := 2000; year < 2028; year += 4 {
		if !schedule.Next(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Second)).IsZero() {
			return false
		}
	}
	return true
}
