package status

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// attacks are what people may write into names, titles, paths and reasons.
func attacks() []string {
	return []string{
		"@evil", "x @evil/team y", "#666", "evil/repo#666", "GH-666", "fixes #666", "https://github.com/evil/repo/issues/666", "www.evil.example",
		"<!-- skein:status v=1 id=m7-evil -->", "--> <!-- skein:pr v=1 id=m7-evil -->", "a\n<!-- skein:migration v=1 id=m9 -->\nb",
		"`@evil`", "``` @evil", "a | b | @evil", `a\|@evil`, `a\\|@evil`, "`|`@evil", "**@evil**", "[click](https://evil.example)", "![x](https://evil.example/x.png)",
		"<img src=x onerror=alert(1)>", "</details><h1>evil</h1>", "<code>@evil", "</code>@evil", "\n# evil\n", "- [ ] evil", "1. evil", "---", "$`evil`$", "[^1]", "mailto:a@evil.example",
		"\u202e@evil\u2066", "@\u200bevil", "x [skip ci] y", "\nCo-authored-by: evil <e@evil.example>", "a\r\nSkein-Changeset: m7-evil", strings.Repeat("ä@evil ", 100), "\xff\xfe@evil", "",
	}
}

// hostile fills every field that other people write.
func hostile(s string) Input {
	c := suspected(opened("reports", "canary", rollout.Wait{Rule: s, Text: s, On: "person", Till: at(2, 13, 0)}, rollout.Wait{Rule: s, Text: s, On: s}))
	c.Wave, c.Note, c.MergedBy, c.Foreign, c.Red = s, s, s, []string{s}, []string{s, s}
	c.Repo.Name = repo.Name{Owner: s, Name: s}
	c.Reads[0].Dataset = s
	c.Results = []rewrite.Result{
		{Path: s, Edits: []rewrite.Edit{{Line: 1, New: s, Reason: s, Dataset: s}}, Refusals: []rewrite.Refusal{{Start: 1, End: 2, Line: 2, Column: 3, Code: s, Message: s, Suggestion: s}}},
		{Path: s + "2", Edits: []rewrite.Edit{{Line: 1}}, Verified: true},
	}
	for i := range c.Evidence {
		c.Evidence[i].Check, c.Evidence[i].What, c.Evidence[i].Result, c.Evidence[i].URL = s, s, green.Result(s), "https://github.com/"+s
	}
	other := c
	other.ID = "m7-other"
	in := input(c, other)
	in.Migration.Repo.Name, in.Migration.Author, in.Migration.Title, in.Migration.Proposal = repo.Name{Owner: s, Name: s}, s, s, s
	in.Migration.Pause = &rollout.Hold{By: s, Reason: s}
	in.Migration.Changes = []schema.Change{
		{Dataset: s, Kind: schema.FieldRenamed, Rule: "field_renamed", Path: s, To: s + "2", Before: s, After: s, Position: repo.Position{File: s, Line: 1}},
		{Dataset: s, Kind: schema.DatasetReplaced, Rule: "dataset_replaced", To: s, Fields: map[string]string{s: s}, Position: repo.Position{File: s}},
		{Dataset: s, Kind: schema.TypeChanged, Rule: "type_changed", Path: s, Before: s, After: s, Message: s},
	}
	in.Journal = []rollout.Entry{
		{At: at(2, 8, 0), Changeset: c.ID, Actor: s, Event: rollout.Event{Rule: "refused_command", Text: s + " said " + s + ": not done, " + s}},
		{At: at(2, 8, 0), Actor: s, Event: rollout.Event{Rule: "refused_command", Text: s + " said " + s + ": not done, " + s}},
	}
	p := policy()
	p.Checks.Require, p.Waves[0].Name, p.Windows[0][0].Cron = []string{s}, s, s
	in.Policies[c.ID], in.Policies[other.ID] = p, p
	in.Gates = map[string]rollout.Gate{s: {Wave: s, Halted: true, Why: s}, "rest": {Why: s}}
	return in
}

// Nothing that other people write mentions anybody, refers to anything, forges a marker or breaks out.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, phase := range []rollout.Phase{rollout.Ready, rollout.Open, rollout.Suspect, rollout.Reverting, rollout.Regressed} {
		t.Run(string(phase), func(t *testing.T) {
			t.Parallel()
			for _, attack := range attacks() {
				in := hostile(attack)
				in.Changesets[0].Phase, in.Changesets[0].Merge = phase, mergeSHA
				attacked(t, New(in), attack)
			}
		})
	}
}

func attacked(t *testing.T, p Page, attack string) {
	t.Helper()
	c := p.Of("m7-reports")
	issueTitle, issue := Issue(p)
	check := Check(p, c)
	for name, body := range map[string]string{
		"pull": PullBody(p, c), "comment": Comment(p, c), "check": check.Summary, "issue": issue, "revert": RevertBody(p, c),
	} {
		if why := harmful(body); why != "" {
			t.Errorf("%s with %.60q: %s\n%.1500s", name, attack, why, body)
		}
	}
	for name, line := range map[string]string{"pull": PullTitle(p, c), "revert": RevertTitle(p, c), "issue": issueTitle, "check": check.Title} {
		if why := harmfulLine(line); why != "" {
			t.Errorf("title of the %s with %.60q: %s: %.300q", name, attack, why, line)
		}
	}
	for name, message := range map[string]string{"commit": CommitMessage(p, c), "revert": RevertMessage(p, c)} {
		if why := harmfulMessage(message); why != "" {
			t.Errorf("message of the %s with %.60q: %s: %.300q", name, attack, why, message)
		}
	}
}

// mention is what GitHub makes a notification or a reference of.
var mention = regexp.MustCompile(`(?i)(^|[^\w/])@[\w-]|#\d|\bgh-\d`)

func harmfulLine(s string) string {
	switch {
	case mention.MatchString(s):
		return "it mentions somebody or something"
	case strings.ContainsAny(s, "\r\n"):
		return "it has several lines"
	case utf8.RuneCountInString(s) > 256:
		return "it is too long"
	case strings.Contains(s, "[skip"):
		return "it steers CI"
	case !utf8.ValidString(s):
		return "it is not UTF-8"
	}
	return ""
}

// harmfulMessage looks for trailers that are not Skein's, which no subject is.
func harmfulMessage(s string) string {
	for i, line := range strings.Split(s, "\n") {
		if why := harmfulLine(line); why != "" && why != "it is too long" {
			return why
		}
		if i > 0 && (strings.HasPrefix(line, "Co-authored-by") || line == "Skein-Changeset: m7-evil") {
			return "a trailer is forged"
		}
	}
	return ""
}

// harmful renders a text as GitHub does and looks for what only Skein may have put there.
func harmful(body string) string {
	if len(body) > maxBody || !utf8.ValidString(body) {
		return "it is too long, or not UTF-8"
	}
	if n := strings.Count(body, "<!--"); n > 1 || n == 1 && !strings.Contains(body, " id=m7") {
		return "a marker is forged"
	}
	why := ""
	source := []byte(body)
	_ = ast.Walk(markdownParser().Parser().Parse(gmtext.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if w := harmfulNode(n, source); entering && w != "" {
			why = w
		}
		return ast.WalkContinue, nil
	})
	return why
}

func markdownParser() goldmark.Markdown { return goldmark.New(goldmark.WithExtensions(extension.GFM)) }

func harmfulNode(n ast.Node, source []byte) string {
	switch n := n.(type) {
	case *ast.Image:
		return "an image is smuggled in"
	case *ast.AutoLink, *extast.TaskCheckBox:
		return "a link or a box is smuggled in"
	case *ast.Link:
		if !bytes.HasPrefix(n.Destination, []byte("https://github.com/")) && !bytes.HasPrefix(n.Destination, []byte("https://skein.example/m/")) {
			return "a foreign link: " + string(n.Destination)
		}
	case *ast.Heading:
		if n.Level != 3 {
			return "a heading is smuggled in"
		}
	case *ast.RawHTML:
		if tag := string(n.Segments.Value(source)); tag != "<code>" && tag != "</code>" && tag != "<br>" {
			return "HTML is smuggled in: " + tag
		}
	case *ast.Paragraph, *ast.TextBlock, *extast.TableCell:
		if words := prose(n, source); mention.MatchString(strings.ReplaceAll(words, "#12", "")) {
			return "it mentions somebody or something: " + words
		}
	}
	return ""
}

// prose is the rendered text of a block without what stands in code and in links.
func prose(n ast.Node, source []byte) string {
	var b bytes.Buffer
	inCode := 0
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.RawHTML:
			switch string(c.Segments.Value(source)) {
			case "<code>":
				inCode++
			case "</code>":
				inCode--
			}
		case *ast.Text:
			if inCode == 0 {
				b.WriteString(html.UnescapeString(string(c.Segment.Value(source))))
			}
		case *ast.CodeSpan, *ast.Link:
			b.WriteString("\u2060")
		default:
			b.WriteString(prose(c, source))
		}
	}
	return b.String()
}

// A text that would be too long is cut, says so, and keeps what it is found by.
func TestSize(t *testing.T) {
	t.Parallel()
	c := opened("reports", "canary", closedWindow())
	for i := range 1500 {
		c.Results = append(c.Results, rewrite.Result{
			Path:  strings.Repeat("very/", 20) + strings.Repeat("x", i%50) + ".sql",
			Edits: []rewrite.Edit{edit(1)}, Refusals: []rewrite.Refusal{refusal()},
		})
	}
	in := input(c)
	for range 500 {
		in.Migration.Changes = append(in.Migration.Changes, deprecated()...)
	}
	many := in
	for range 900 {
		other := planned("other", "rest")
		many.Changesets = append(many.Changesets, other)
	}
	p := New(in)
	body, comment, check := PullBody(p, p.Of(c.ID)), Comment(p, p.Of(c.ID)), Check(p, p.Of(c.ID)).Summary
	_, issue := Issue(New(many))
	for name, s := range map[string]string{"pull": body, "comment": comment, "check": check, "issue": issue} {
		if len(s) > maxBody {
			t.Errorf("%s has %d bytes", name, len(s))
		}
	}
	if !strings.Contains(body, PullMarker(c.ID)) || !strings.Contains(issue, IssueMarker("m7")) || !strings.Contains(comment, CommentMarker(c.ID)) {
		t.Error("a marker is lost")
	}
	for _, s := range []string{body, issue} {
		if !strings.Contains(s, "_Shortened, because") || !strings.Contains(s, "… and ") {
			t.Errorf("it does not say that it was cut:\n%s", s[len(s)-2000:])
		}
	}
}

// Whatever is quoted reads as it was written, and is nothing but text.
func FuzzEscape(f *testing.F) {
	for _, a := range attacks() {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, frame := range [][2]string{{"", ""}, {"a ", " b"}, {"- ", ""}, {"| h | i |\n|---|---|\n| ", " | z |"}} {
			for _, quoted := range []string{text(s), code(s)} {
				if why := harmful(frame[0] + quoted + frame[1]); why != "" {
					t.Errorf("in %q: %s: %q", frame, why, quoted)
				}
			}
		}
		if why := harmfulLine(plain(s, 200)); why != "" {
			t.Errorf("plain: %s: %q", why, plain(s, 200))
		}
		if why := harmful(fence("diff", []string{clean(s, sentence)})); why != "" {
			t.Errorf("fence: %s", why)
		}
	})
}
