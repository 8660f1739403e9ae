package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
)

// diffText writes changes for people: grouped by dataset, each with what it means and where it stands.
type diffText struct {
	out       io.Writer
	buf       bytes.Buffer
	old, next string
	colour    bool
}

func newDiffText(out io.Writer, old, next string) *diffText {
	return &diffText{out: out, old: old, next: next, colour: isTerminal(out)}
}

// isTerminal reports whether colours are welcome.
func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// The colours of a terminal.
const (
	ansiBold   = "1"
	ansiDim    = "2"
	ansiRed    = "31"
	ansiGreen  = "32"
	ansiYellow = "33"
)

func (d *diffText) paint(code, s string) string {
	if !d.colour {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (d *diffText) write(changes []schema.Change, forward, backward bool) error {
	if len(changes) == 0 {
		fmt.Fprintf(&d.buf, "%s and %s: no changes.\n", clean(d.old), clean(d.next))
	}
	dataset := ""
	for i, c := range changes {
		if c.Dataset != dataset || i == 0 {
			dataset = c.Dataset
			fmt.Fprintf(&d.buf, "%s\n", d.paint(ansiBold, clean(dataset)))
		}
		d.change(c)
	}
	if len(changes) > 0 {
		d.summary(len(changes), forward, backward)
	}
	_, err := d.out.Write(d.buf.Bytes())
	return err
}

func (d *diffText) change(c schema.Change) {
	mark, code := markOf(c)
	fmt.Fprintf(&d.buf, "  %s %s  %s\n", d.paint(code, mark), d.paint(ansiBold, clean(subject(c))), d.paint(ansiDim, string(c.Kind)))
	fmt.Fprintf(&d.buf, "    forward %s, backward %s  %s\n", d.verdict(c.Forward), d.verdict(c.Backward), d.paint(ansiDim, where(c)))
	for _, line := range wrap(clean(c.Message), 84) {
		fmt.Fprintf(&d.buf, "    %s\n", line)
	}
	d.buf.WriteByte('\n')
}

func markOf(c schema.Change) (mark, colour string) {
	switch c.Kind {
	case schema.DatasetAdded, schema.FieldAdded, schema.EnumValueAdded:
		return "+", ansiGreen
	case schema.DatasetRemoved, schema.FieldRemoved, schema.EnumValueRemoved:
		return "-", ansiRed
	}
	return "~", ansiYellow
}

// subject is the shortest way to say what changed into what.
func subject(c schema.Change) string {
	name := c.Path
	if name == "" {
		name = c.Dataset
	}
	switch {
	case c.To != "":
		return name + " → " + c.To
	case c.Before != "" && c.After != "":
		return name + ": " + c.Before + " → " + c.After
	case c.Before+c.After != "":
		return name + ": " + c.Before + c.After
	}
	return name
}

func (d *diffText) verdict(v schema.Verdict) string {
	switch v {
	case schema.Breaks:
		return d.paint(ansiRed, string(v))
	case schema.Silent:
		return d.paint(ansiYellow, string(v))
	case schema.OK:
	}
	return d.paint(ansiGreen, string(v))
}

func where(c schema.Change) string { return clean(c.Side + " " + c.Position.String()) }

func (d *diffText) summary(n int, forward, backward bool) {
	word := "changes"
	if n == 1 {
		word = "change"
	}
	fmt.Fprintf(&d.buf, "%d %s. %s; %s.\n", n, word,
		d.verdictOf("old readers", "new data", forward), d.verdictOf("new readers", "old data", backward))
}

func (d *diffText) verdictOf(readers, data string, ok bool) string {
	if ok {
		return fmt.Sprintf("%s on %s: %s", readers, data, d.paint(ansiGreen, "compatible"))
	}
	return fmt.Sprintf("%s on %s: %s", readers, data, d.paint(ansiRed, "not compatible"))
}

// clean keeps names out of a file from steering the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// wrap breaks a text into lines of at most width characters, between words.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for w := range strings.FieldsSeq(s) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(lines, line)
}
