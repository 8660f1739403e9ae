package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/skein-bot/skein/internal/repo"
)

// Severity is how bad a finding is.
type Severity string

// Nothing merges under a configuration with an error; a warning only asks for attention.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Code names the kind of a finding. The names are a stable contract of the command line.
type Code string

// The codes.
const (
	Syntax        Code = "syntax"        // not YAML, or YAML that no configuration needs
	Encoding      Code = "encoding"      // not UTF-8, or a NUL
	TooLarge      Code = "too_large"     // too many bytes, values or levels
	UnknownKey    Code = "unknown_key"   //
	DuplicateKey  Code = "duplicate_key" //
	MissingKey    Code = "missing_key"   //
	WrongType     Code = "wrong_type"    // a list where a number belongs
	BadValue      Code = "bad_value"     // none of the values that are allowed here
	OutOfRange    Code = "out_of_range"  //
	BadName       Code = "bad_name"      // of a repository, dataset, team, command, …
	BadPath       Code = "bad_path"      //
	BadGlob       Code = "bad_glob"      //
	BadDuration   Code = "bad_duration"  //
	BadTime       Code = "bad_time"      //
	BadTimezone   Code = "bad_timezone"  //
	BadCron       Code = "bad_cron"      //
	NeverOpens    Code = "never_opens"   // a cron expression that matches no day
	BadURL        Code = "bad_url"       //
	BadSecret     Code = "bad_secret"    // a secret that is empty, unreadable or not what it should be
	Duplicate     Code = "duplicate"     // one thing declared twice
	Undeclared    Code = "undeclared"    // a dataset that the file does not declare
	Contradiction Code = "contradiction" // two statements that cannot both hold
	NoEffect      Code = "no_effect"     // a statement that changes nothing here
)

// Finding is one thing wrong with a file, in the words of contracts for `skein validate`.
type Finding struct {
	repo.Position
	Severity Severity `json:"severity"`
	Code     Code     `json:"code"`
	Message  string   `json:"message"`
}

// HasErrors reports whether one of the findings is an error.
func HasErrors(fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == Error })
}

// ordered sorts findings by place, drops those that say the same twice, and keeps enough of them.
func ordered(fs []Finding) []Finding {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	fs = slices.Compact(fs)
	if len(fs) <= enough {
		return fs
	}
	rest := Finding{fs[enough].Position, Warning, TooLarge, fmt.Sprintf("more than %d findings; the rest is left out", enough)}
	if HasErrors(fs[enough:]) {
		rest.Severity = Error
	}
	return append(fs[:enough:enough], rest)
}
