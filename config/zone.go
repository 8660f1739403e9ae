package config

import (
	_ "embed"
	"fmt"
	"path"
	"strings"
	"time"
	_ "time/tzdata" // zones must mean the same in an image without a zone database
)

// zoneNames are the names of the zone database, one on a line, to suggest from.
//
//go:embed zones.txt
var zoneNames string

// zone is the name of a time zone.
func zone() shape[*time.Location] {
	return words(schema{"pattern": "^[A-Za-z0-9_+/-]+$"}, func(s string) (*time.Location, problem) {
		z, err := time.LoadLocation(s)
		if err != nil || s == "" || s == "Local" {
			return nil, problemf(BadTimezone, "%s is not a time zone%s", quoted(s), zoneHint(s))
		}
		return z, problem{}
	})
}

// zoneHint suggests a zone: by its city, else by its spelling.
func zoneHint(written string) string {
	names := strings.Fields(zoneNames)
	for _, name := range names {
		if plain(path.Base(name)) == plain(path.Base(written)) {
			return fmt.Sprintf("; did you mean %q?", name)
		}
	}
	if hint := didYouMean(written, names); hint != "" {
		return hint
	}
	return "; write it like Europe/Stockholm, America/New_York or UTC"
}
