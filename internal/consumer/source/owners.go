package source

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// maxOwners is the largest CODEOWNERS that GitHub reads, in bytes; mostRules bounds its lines here.
const (
	maxOwners = 3 << 20
	mostRules = 5_000
)

// Places are where GitHub looks for CODEOWNERS; the first that is there counts.
func Places() []string { return []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"} }

func isOwners(file string) bool { return slices.Contains(Places(), file) }

// Owners say who answers for which files.
type Owners struct{ rules []rule }

// rule gives the files that match one of its globs to owners, or to nobody.
type rule struct {
	globs  []string
	owners []string
}

// ParseOwners reads a CODEOWNERS file. As on GitHub, lines that are not understood are left out.
func ParseOwners(src []byte) (o Owners) {
	if len(src) > maxOwners || !utf8.Valid(src) {
		return o
	}
	for line := range bytes.Lines(src) {
		if len(o.rules) == mostRules {
			break
		}
		words := fields(string(line))
		if len(words) == 0 {
			continue
		}
		if globs := globsOf(words[0]); globs != nil {
			o.rules = append(o.rules, rule{globs, slices.DeleteFunc(words[1:], func(w string) bool { return !strings.Contains(w, "@") })})
		}
	}
	return o
}

// fields are the words of a line before its comment. A backslash keeps a blank or a # in a word.
func fields(line string) (out []string) {
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line) && (line[i+1] == ' ' || line[i+1] == '#'):
			i++
			word.WriteByte(line[i])
		case c == '#' && word.Len() == 0:
			end()
			return out
		case c == ' ', c == '\t', c == '\r', c == '\n':
			end()
		default:
			word.WriteByte(c)
		}
	}
	end()
	return out
}

// globsOf are the globs that a pattern stands for; nil when GitHub does not understand it.
func globsOf(pattern string) []string {
	if strings.HasPrefix(pattern, "!") || strings.ContainsAny(pattern, "[]\\") {
		return nil
	}
	body := strings.Trim(pattern, "/")
	folder := strings.HasSuffix(pattern, "/")
	if body == "" {
		return nil
	}
	glob := strings.NewReplacer("{", `\{`, "}", `\}`).Replace(body)
	if !strings.Contains(strings.TrimSuffix(pattern, "/"), "/") {
		glob = "**/" + glob
	}
	switch {
	case folder:
		return []string{glob + "/**"}
	case path.Base(body) == "*" && strings.Contains(body, "/"):
		return []string{glob} // the files of one folder
	}
	return []string{glob, glob + "/**"}
}

// Of are the owners of a file: those of the last rule that matches it.
func (o Owners) Of(file string) []string {
	for _, r := range slices.Backward(o.rules) {
		if slices.ContainsFunc(r.globs, func(g string) bool {
			ok, err := doublestar.Match(g, file)
			return ok && err == nil
		}) {
			return r.owners
		}
	}
	return nil
}

// Answering are the owners of the files that globs stand for, each by one file that it could match; of the whole
// repository when there are none.
func (o Owners) Answering(globs []string) (out []string) {
	if len(globs) == 0 {
		globs = []string{"**"}
	}
	for _, g := range globs {
		for _, name := range o.Of(sample(g)) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// sample is a file that a glob matches.
func sample(glob string) string {
	var b strings.Builder
	depth := 0
	skip := false
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; {
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth, skip = depth-1, false
		case c == ',' && depth > 0:
			skip = true
		case skip:
		case c == '*', c == '?':
			if !strings.HasSuffix(b.String(), "x") || c == '?' {
				b.WriteByte('x')
			}
		case c == '\\' && i+1 < len(glob):
			i++
			b.WriteByte(glob[i])
		default:
			b.WriteByte(c)
		}
	}
	return strings.TrimPrefix(b.String(), "/")
}
