package main

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// previewText writes a preview for people: what changed, then per consumer and file the patch and the refusals.
type previewText struct {
	preview
	out    io.Writer
	buf    bytes.Buffer
	colour bool
}

func newPreviewText(out io.Writer, v preview) *previewText {
	return &previewText{preview: v, out: out, colour: isTerminal(out)}
}

func (t *previewText) paint(code, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *previewText) printf(format string, args ...any) { fmt.Fprintf(&t.buf, format, args...) }

func (t *previewText) write() error {
	for _, c := range t.plan.Changes {
		t.change(c)
	}
	if len(t.plan.Changes) > 0 {
		t.printf("\n")
	}
	for _, r := range t.readers {
		t.reader(r)
	}
	t.printf("%s\n", t.paint(ansiBold, t.summary()))
	_, err := t.out.Write(t.buf.Bytes())
	return err
}

func (t *previewText) change(c schema.Change) {
	mark, colour := markOf(c)
	name := subject(c)
	if c.Path != "" {
		name = c.Dataset + ": " + name
	}
	t.printf("%s %s  %s\n", t.paint(colour, mark), t.paint(ansiBold, clean(name)), t.paint(ansiDim, string(c.Kind)+", "+where(c)))
}

func (t *previewText) reader(r reader) {
	t.printf("%s", t.paint(ansiBold, clean(r.title())))
	if title := r.title(); title != r.tree.String() {
		t.printf("%s", t.paint(ansiDim, "  "+clean(r.tree.String())))
	}
	t.printf("\n")
	if r.note != "" {
		t.printf("  is left alone: %s\n", clean(r.note))
	}
	shown, elsewhere := 0, 0
	for _, f := range r.files {
		if !t.all && len(f.Edits)+len(f.Refusals) == 0 {
			elsewhere += len(f.Unrelated)
			continue
		}
		shown++
		t.file(r, f)
	}
	if r.note == "" && shown == 0 {
		t.printf("  nothing to do\n")
	}
	if elsewhere > 0 {
		t.printf("  %s\n", t.paint(ansiDim, count(elsewhere, "occurrence")+" in other files "+plural(elsewhere, "means", "mean")+" something else (--all lists them)"))
	}
	t.printf("\n")
}

func (t *previewText) file(r reader, f *fileReport) {
	t.printf("\n  %s  %s\n", t.paint(ansiBold, clean(f.Path)), t.verdict(f))
	t.hunks(f.hunks)
	for i, x := range f.Refusals {
		t.refusal(r, f, i, x)
	}
	switch n := len(f.Unrelated); {
	case t.all:
		for _, u := range f.Unrelated {
			t.printf("    %d:%d unrelated: %s\n", u.Line, u.Column, clean(u.Reason))
		}
	case n > 0:
		t.printf("    %s\n", t.paint(ansiDim, count(n, "occurrence")+" of the name "+plural(n, "is", "are")+" unrelated"))
	}
}

// verdict says in a few words what becomes of a file.
func (t *previewText) verdict(f *fileReport) string {
	edits, refused := count(len(f.Edits), "edit"), count(len(f.Refusals), "refusal")
	switch {
	case len(f.Edits)+len(f.Refusals) == 0:
		return t.paint(ansiDim, "stays as it is")
	case len(f.Refusals) == 0 && f.Verified:
		return t.paint(ansiGreen, edits+", verified")
	case len(f.Refusals) == 0:
		return t.paint(ansiYellow, edits+", not verified")
	case len(f.Edits) == 0:
		return t.paint(ansiYellow, refused)
	case t.partial:
		return t.paint(ansiYellow, edits+", "+refused)
	}
	return t.paint(ansiYellow, edits+", "+refused+": left alone without --partial")
}

// hunks shows a patch, indented, with what would steer the terminal made harmless and very long lines cut.
func (t *previewText) hunks(patch []byte) {
	for line := range bytes.Lines(patch) {
		text := shortened(harmless(strings.TrimRight(string(line), "\r\n")))
		colour := ""
		switch {
		case strings.HasPrefix(text, "@@"):
			colour = ansiDim
		case strings.HasPrefix(text, "-"):
			colour = ansiRed
		case strings.HasPrefix(text, "+"):
			colour = ansiGreen
		}
		if colour != "" {
			text = t.paint(colour, text)
		}
		t.printf("%s\n", strings.TrimRight("    "+text, " "))
	}
}

// refusal is written like a compiler's error: the place, the reason, the line, and what to do.
func (t *previewText) refusal(r reader, f *fileReport, i int, x rewrite.Refusal) {
	at := clean(fmt.Sprintf("%s:%d:%d", path.Join(r.tree.Folder(), f.Path), x.Line, x.Column))
	t.printf("\n    %s: %s: %s %s\n", at, t.paint(ansiRed, "refused"), t.paint(ansiBold, clean(x.Message)), t.paint(ansiDim, "["+x.Code+"]"))
	gutter := ""
	if i < len(f.marks) && f.marks[i] != "" {
		gutter = fmt.Sprintf("%7d | ", x.Line)
		blank := strings.Repeat(" ", len(gutter)-2)
		line, marks, _ := strings.Cut(f.marks[i], "\n")
		t.printf("%s%s\n%s| %s\n", gutter, line, blank, t.paint(ansiRed, marks))
	}
	if x.Suggestion != "" {
		t.printf("%s= to do: %s\n", strings.Repeat(" ", max(6, len(gutter)-2)), clean(x.Suggestion))
	}
}

// summary is the last line: one sentence.
func (t *previewText) summary() string {
	s := t.sum()
	would := plural(s.edited, "would be", "would be")
	if t.applied {
		would = plural(s.edited, "was", "were")
	}
	parts := []string{fmt.Sprintf("%s %s edited in %s", count(s.edited, "file"), would, count(s.editedIn, "consumer"))}
	if s.edited == 0 {
		parts[0] = map[bool]string{true: "Nothing was edited", false: "Nothing would be edited"}[t.applied]
	}
	if s.waiting > 0 {
		parts = append(parts, fmt.Sprintf("%s %s for a person (or --partial)", count(s.waiting, "file"), plural(s.waiting, "waits", "wait")))
	}
	if s.refusals > 0 {
		parts = append(parts, fmt.Sprintf("%s %s a person", count(s.refusals, "place"), plural(s.refusals, "needs", "need")))
	}
	return strings.Join(parts, "; ") + "."
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// harmless is clean that keeps tabs.
func harmless(s string) string {
	parts := strings.Split(strings.ToValidUTF8(s, "\uFFFD"), "\t")
	for i := range parts {
		parts[i] = clean(parts[i])
	}
	return strings.Join(parts, "\t")
}

// shortened keeps a line of generated SQL from flooding the terminal.
func shortened(line string) string {
	const width = 240
	if utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:width]) + "…"
}
