package sql

import (
	"path"
	"strings"
)

// undoes reports whether a file of a migration folder only takes another one back.
func undoes(name string) bool {
	name = path.Base(name)
	if strings.HasSuffix(name, ".down.sql") || strings.HasSuffix(name, ".undo.sql") {
		return true
	}
	version, _, ok := strings.Cut(name, "__")
	return ok && len(version) > 1 && version[0] == 'U' && isDigit(version[1])
}

// upOnly blanks the parts of a migration that are marked as the way back. Lines and columns stay.
func upOnly(src string) string {
	if !strings.Contains(src, "-- +") && !strings.Contains(src, "-- migrate:") {
		return src
	}
	down := false
	lines := strings.SplitAfter(src, "\n")
	for i, line := range lines {
		switch direction(line) {
		case "up":
			down = false
		case "down":
			down = true
		}
		if down {
			lines[i] = blank(line)
		}
	}
	return strings.Join(lines, "")
}

// direction reads the marks of goose, sql-migrate and dbmate.
func direction(line string) string {
	comment, ok := strings.CutPrefix(strings.TrimSpace(line), "--")
	if !ok {
		return ""
	}
	words := strings.Fields(strings.ToLower(comment))
	switch {
	case len(words) == 0:
	case len(words) > 1 && (words[0] == "+goose" || words[0] == "+migrate"):
		return words[1]
	case words[0] == "migrate:up":
		return "up"
	case words[0] == "migrate:down":
		return "down"
	}
	return ""
}

func blank(line string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return r
		}
		return ' '
	}, line)
}
