package handlers

import (
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Command is one /skein line: the verb in lower case, and what stands behind it.
type Command struct {
	Verb string
	Args string // trimmed; a reason, a wave, a mapping
}

// Limits of a comment: more commands than that are a mistake or worse.
const (
	maxCommands = 5
	maxBody     = 64 << 10
	maxArgs     = 500
	prefix      = "/skein"
)

// Parse finds the commands of a comment as a person reads it: a line of a plain paragraph that begins with
// /skein. What stands in quotes, code, lists, headings, links or hidden comments was not said to Skein, and
// neither was what an e-mail program put below.
func Parse(body string) []Command {
	if len(body) > maxBody || !strings.Contains(body, prefix) {
		return nil
	}
	src := []byte(strings.ReplaceAll(body, "\r\n", "\n"))
	var out []Command
	for n := goldmark.DefaultParser().Parse(text.NewReader(src)).FirstChild(); n != nil; n = n.NextSibling() {
		p, ok := n.(*ast.Paragraph)
		if !ok {
			continue
		}
		for _, line := range plainLines(p, src) {
			if tail(line) {
				return out
			}
			if c, ok := command(line); ok && len(out) < maxCommands {
				out = append(out, c)
			}
		}
	}
	return out
}

// plainLines are the lines of a paragraph that begin with plain text.
func plainLines(p *ast.Paragraph, src []byte) (out []string) {
	plain := map[int]bool{}
	for n := p.FirstChild(); n != nil; n = n.NextSibling() {
		if t, ok := n.(*ast.Text); ok {
			plain[t.Segment.Start] = true
		}
	}
	for i := range p.Lines().Len() {
		seg := p.Lines().At(i)
		start := seg.Start
		for start < seg.Stop && (src[start] == ' ' || src[start] == '\t') {
			start++
		}
		if plain[start] {
			out = append(out, string(src[start:seg.Stop]))
		}
	}
	return out
}

// tail recognises where an answer by e-mail ends and what it answers begins.
func tail(line string) bool {
	line = strings.TrimSpace(line)
	return line == "--" || strings.HasPrefix(line, "On ") && strings.HasSuffix(line, "wrote:")
}

func command(line string) (Command, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), prefix)
	if !ok || rest != "" && !unicode.IsSpace(rune(rest[0])) {
		return Command{}, false
	}
	verb, args, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if strings.ToLower(verb) == "revert" && strings.EqualFold(strings.TrimSpace(args), "all") {
		return Command{Verb: "revert all"}, true
	}
	return Command{Verb: clean(strings.ToLower(verb)), Args: clean(args)}, true
}

// clean bounds an argument and takes out what no reason needs.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	return strings.ToValidUTF8(s[:min(len(s), maxArgs)], "")
}
