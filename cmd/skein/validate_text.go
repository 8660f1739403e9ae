package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/skein-bot/skein/config"
)

// writeFindings writes each finding with the line it is about and a caret below.
func writeFindings(w io.Writer, found []config.Finding, src []byte) error {
	lines := bytes.Split(bytes.TrimPrefix(src, []byte("\uFEFF")), []byte("\n"))
	mark := len(src) - len(bytes.TrimPrefix(src, []byte("\uFEFF")))
	for _, f := range found {
		if _, err := fmt.Fprintf(w, "%s: %s: %s [%s]\n", f.Position, f.Severity, f.Message, f.Code); err != nil {
			return err
		}
		if src == nil || f.Line < 1 || f.Line > len(lines) {
			continue
		}
		column := f.Column
		if f.Line == 1 {
			column = max(1, column-mark)
		}
		text, caret := snippet(string(bytes.TrimRight(lines[f.Line-1], "\r")), column)
		gutter := fmt.Sprintf("%5d | ", f.Line)
		if _, err := fmt.Fprintf(w, "%s%s\n%s| %s\n", gutter, text, strings.Repeat(" ", len(gutter)-2), caret); err != nil {
			return err
		}
	}
	return nil
}

// snippet returns a line, cut around a column in bytes if it is long, and the caret for below it. What would
// steer a terminal is shown as a replacement character.
func snippet(line string, column int) (text, caret string) {
	const before, width = 60, 110
	at := min(max(0, column-1), len(line))
	left, right := []rune(line[:at]), []rune(line[at:])
	if len(left) > before {
		left = append([]rune("…"), left[len(left)-before:]...)
	}
	if rest := width - len(left); len(right) > rest {
		right = append(right[:rest:rest], '…')
	}
	pad := func(c rune) rune {
		if c == '\t' {
			return c
		}
		return ' '
	}
	harmless := func(c rune) rune {
		if c != '\t' && unicode.IsControl(c) {
			return unicode.ReplacementChar
		}
		return c
	}
	return strings.Map(harmless, string(left)+string(right)), strings.Map(pad, string(left)) + "^"
}
