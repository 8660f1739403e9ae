package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// key names a mutant as a file of reasons does: FUNC KIND TEXT.
func (m Mutant) key() string { return m.Func + " " + m.Kind + " " + m.Text }

// String names a mutant for people, by its place.
func (m Mutant) String() string {
	return fmt.Sprintf("%s:%d, %s, %s `%s`", m.File, m.Line, m.Func, m.Kind, m.Text)
}

// readReasons reads why mutants survive: a key, and below it, indented, the reason. A file that is not there has none.
func readReasons(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	reasons, key := map[string]string{}, ""
	for i, line := range strings.Split(string(data), "\n") {
		switch text := strings.TrimSpace(line); {
		case text == "":
		case text == line:
			key = text
		case key == "":
			return nil, fmt.Errorf("%s:%d: a reason stands below the mutant that it is for", path, i+1)
		default:
			reasons[key] = strings.TrimSpace(reasons[key] + " " + text)
		}
	}
	return reasons, nil
}

// report writes the page: figures, then every survivor with its reason. A reason without a survivor is an error: it
// explains nothing.
func (b built) report(out io.Writer, pkg string, reasons map[string]string) error {
	var page bytes.Buffer
	killed, used := len(b.mutants)-len(b.survivors), map[string]bool{}
	fmt.Fprintf(&page, "# Mutants of %s\n\nMade by `go run ./internal/mutation %s` from sources with the hash %s.\n\n", strings.TrimPrefix(pkg, "./"), strings.Join(b.args, " "), b.hash)
	fmt.Fprintf(&page, "%d mutants, %d killed: %.1f%%.\n\n", len(b.mutants), killed, 100*float64(killed)/float64(len(b.mutants)))
	b.kinds(&page)
	if len(b.endless) > 0 {
		fmt.Fprintf(&page, "\n%d of the killed are so because the tests did not end in time:\n\n", len(b.endless))
	}
	for _, m := range b.endless {
		fmt.Fprintf(&page, "- %s\n", m)
	}
	if len(b.survivors) > 0 {
		fmt.Fprintf(&page, "\n## Survivors\n\n")
	}
	for _, m := range b.survivors {
		reason := reasons[m.key()]
		if used[m.key()] = true; reason == "" {
			reason = "not explained."
		}
		fmt.Fprintf(&page, "- %s: %s\n", m, reason)
	}
	if _, err := out.Write(page.Bytes()); err != nil {
		return err
	}
	for key := range reasons {
		if !used[key] {
			return fmt.Errorf("no survivor is called %q: its reason explains nothing", key)
		}
	}
	return nil
}

// kinds is the table of what was done to the code, and how often it was noticed.
func (b built) kinds(page io.Writer) {
	fmt.Fprintf(page, "| kind | what is done | mutants | killed |\n|---|---|---|---|\n")
	count := func(ms []Mutant, kind string) (n int) {
		for _, m := range ms {
			if m.Kind == kind {
				n++
			}
		}
		return n
	}
	for _, k := range [][2]string{
		{"negate", "a condition is turned round"}, {"bound", "a bound is moved by one"}, {"logic", "and becomes or, or becomes and"},
		{"sign", "plus becomes minus, minus becomes plus"}, {"drop", "a statement is left out"},
	} {
		all := count(b.mutants, k[0])
		fmt.Fprintf(page, "| %s | %s | %d | %d |\n", k[0], k[1], all, all-count(b.survivors, k[0]))
	}
}
