package config

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/skein-bot/skein/internal/repo"
)

// maxText bounds a name, a pattern or an expression.
const maxText = 1024

// sentence is any text that is not empty and stays on a line.
func sentence() shape[string] {
	return words(schema{"minLength": 1, "maxLength": maxText}, func(s string) (string, problem) {
		return s, line(s)
	})
}

// line refuses what no name, pattern or sentence holds.
func line(s string) problem {
	switch {
	case strings.TrimSpace(s) == "":
		return problemf(BadValue, "the text is empty")
	case len(s) > maxText:
		return problemf(OutOfRange, "%d bytes are too many; at most %d", len(s), maxText)
	case strings.ContainsFunc(s, unicode.IsControl):
		return problemf(BadValue, "%s holds a line break or a control character", quoted(s))
	case strings.TrimSpace(s) != s:
		return problemf(BadValue, "%s begins or ends with a space", quoted(s))
	}
	return problem{}
}

// pattern is a name that a regular expression describes, in the parser as in the JSON Schema.
func pattern(expr, want string) shape[string] {
	re := regexp.MustCompile(expr)
	return words(schema{"pattern": expr, "maxLength": maxText}, func(s string) (string, problem) {
		if len(s) > maxText || !re.MatchString(s) {
			return "", problemf(BadName, "%s is not %s", quoted(s), want)
		}
		return s, problem{}
	})
}

// datasetName is a name by which consumers may know a dataset; "sales.*" stands for all of a file.
func datasetName() shape[string] {
	return pattern(`^[^\s*"'`+"`"+`\x00-\x1f\x7f]+(\.\*)?$`,
		`a dataset's name; it has no spaces, quotes or stars, but may end in ".*"`)
}

func waveName() shape[string] {
	return pattern(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`,
		"a wave's name: up to 64 letters, digits, dots, dashes and underscores, as /skein start takes it")
}

func owner() shape[string] {
	return pattern(`^@[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?$`, `an owner; write "@user" or "@org/team"`)
}

func topic() shape[string] {
	return pattern(`^[a-z0-9][a-z0-9-]{0,49}$`,
		"a GitHub topic: up to 50 lower-case letters, digits and dashes")
}

// repoName is OWNER/NAME.
func repoName() shape[repo.Name] {
	s := schema{"pattern": `^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$`}
	return words(s, func(s string) (repo.Name, problem) {
		n, err := repo.ParseName(s)
		if err != nil {
			return n, problemf(BadName, "%s is not a repository; write OWNER/NAME", quoted(s))
		}
		return n, problem{}
	})
}

// repoGlob is OWNER/NAME in which patterns may stand.
func repoGlob() shape[string] {
	return words(schema{"pattern": "^[^/]+/[^/]+$"}, func(s string) (string, problem) {
		if p := globProblem(s); p != (problem{}) {
			return "", p
		}
		if strings.Count(s, "/") != 1 || strings.ContainsFunc(s, unicode.IsSpace) {
			return "", problemf(BadName, "%s is not a repository; write OWNER/NAME, or a pattern such as acme/*", quoted(s))
		}
		return s, problem{}
	})
}

// glob is a doublestar pattern from the repository's root.
func glob() shape[string] {
	s := schema{"minLength": 1, "maxLength": maxText, "pattern": `^[^/\\!]`}
	return words(s, func(s string) (string, problem) { return s, globProblem(s) })
}

// globProblem also bounds what makes matching slow: a pattern comes from whoever may write to a repository.
func globProblem(s string) problem {
	const stars, braces = 8, 8
	switch {
	case line(s) != problem{}:
		return line(s)
	case strings.HasPrefix(s, "/"), strings.HasPrefix(s, "./"):
		return problemf(BadGlob, "patterns begin at the repository's root; write %s", quoted(strings.TrimLeft(s, "./")))
	case strings.HasPrefix(s, "!"):
		return problemf(BadGlob, "%s: patterns cannot exclude; list the files under \"ignore\"", quoted(s))
	case strings.Contains(s, `\`):
		return problemf(BadGlob, "%s: folders are separated by /", quoted(s))
	case outside(s):
		return problemf(BadGlob, "%s leads out of the repository", quoted(s))
	case strings.Count(s, "**") > stars || strings.Count(s, "{") > braces:
		return problemf(BadGlob, "%s: at most %d ** and %d { in one pattern", quoted(s), stars, braces)
	case !doublestar.ValidatePattern(s):
		return problemf(BadGlob, "%s is not a pattern; look for a bracket or brace that is not closed", quoted(s))
	}
	return problem{}
}

func outside(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

// filePath is a file or folder of the repository.
func filePath() shape[string] {
	s := schema{"minLength": 1, "maxLength": maxText, "pattern": `^[^/\\][^\\]*$`}
	return words(s, func(s string) (string, problem) {
		switch {
		case line(s) != problem{}:
			return "", line(s)
		case strings.HasPrefix(s, "/"), strings.Contains(s, `\`), outside(s):
			return "", problemf(BadPath, "%s is not a path from the repository's root", quoted(s))
		case strings.ContainsAny(s, "*?[{"):
			return "", problemf(BadPath, "%s is a pattern; name one file, or a folder of migrations", quoted(s))
		}
		return strings.TrimSuffix(strings.TrimPrefix(s, "./"), "/"), problem{}
	})
}

// castExpression is SQL with {} for the reference that is read.
func castExpression() shape[string] {
	return words(schema{"pattern": `\{\}`, "maxLength": maxText}, func(s string) (string, problem) {
		if p := line(s); p != (problem{}) {
			return "", p
		}
		if !strings.Contains(s, "{}") {
			return "", problemf(BadValue, "%s has no {} for the column; write it like CAST({} AS NUMERIC)", quoted(s))
		}
		return s, problem{}
	})
}
