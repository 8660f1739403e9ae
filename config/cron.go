package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/calendar"
)

// cronExpression has the standard five fields.
func cronExpression() shape[string] {
	return words(schema{"pattern": `^\s*\S+(\s+\S+){4}\s*$`, "maxLength": maxText}, func(s string) (string, problem) {
		return s, cronProblem(s)
	})
}

// cronProblem asks rollout, which will read the expression, and says it with a hint where people often err.
func cronProblem(s string) problem {
	fields := strings.Fields(s)
	switch {
	case len(s) > maxText:
		return problemf(OutOfRange, "%d bytes are too many; at most %d", len(s), maxText)
	case strings.HasPrefix(s, "@"):
		return problemf(BadCron, "%s: the @ forms are not read; write five fields, like 0 9 * * MON-FRI", quoted(s))
	case strings.Contains(s, "TZ="):
		return problemf(BadCron, "%s: the time zone belongs under \"timezone\"", quoted(s))
	case len(fields) != 5:
		return problemf(BadCron, "%s has %d fields; five are wanted: minute, hour, day of month, month, day of week", quoted(s), len(fields))
	}
	err := calendar.ParseCron(s)
	switch {
	case err == nil:
		return problem{}
	case errors.Is(err, calendar.ErrNever):
		return problemf(NeverOpens, "%s: the window never opens; no year has such a day", quoted(s))
	}
	return problemf(BadCron, "%s: %s", quoted(s), badField(fields))
}

// badField finds the field that is wrong by trying each one alone.
func badField(fields []string) string {
	names := [...]string{"minute", "hour", "day of month", "month", "day of week"}
	want := [...]string{"0 to 59", "0 to 23", "1 to 31", "1 to 12, or JAN to DEC", "0 to 6, or SUN to SAT; Sunday is 0"}
	for i, field := range fields {
		alone := []string{"*", "*", "*", "*", "*"}
		alone[i] = field
		if calendar.ParseCron(strings.Join(alone, " ")) != nil {
			return fmt.Sprintf("%s is not a %s; want %s", quoted(field), names[i], want[i])
		}
	}
	return "not a cron expression"
}
