// Package schematest is what the tests of every schema format share: cases in txtar files, made-up schemas, and
// the check that the reported changes tell all.
//
// A case is a txtar archive. Files below in/ are parsed, and want is the schema or the error; files below old/
// and new/ are compared, and want is the changes. A format's test calls Case with its parser and, beside want,
// gets all that must hold of every case. Run and Fuzz (run.go) do so for all files of a testdata
// folder. Nothing here does I/O: the tests hand in what reads and writes.
package schematest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// Parser is a format's Parse with its option.
type Parser func(files []schema.File, dialect string) (schema.Schema, error)

// Case runs one case and returns what it wants, what it got, and the archive with the want put right. An error
// is something that must never be, whatever the want.
func Case(parse Parser, archive []byte) (want, got string, right []byte, err error) {
	c, err := readCase(archive)
	if err != nil {
		return "", "", nil, err
	}
	if got, err = c.run(parse); err != nil {
		return "", "", nil, err
	}
	files := slices.Clip(c.inputs)
	out := &txtar.Archive{Comment: c.comment, Files: append(files, txtar.File{Name: "want", Data: []byte(got)})}
	return c.want, got, txtar.Format(out), nil
}

type testCase struct {
	comment       []byte
	inputs        []txtar.File
	in, old, next []schema.File
	dialect, want string
	declared      schema.Declarations
}

func readCase(archive []byte) (testCase, error) {
	a := txtar.Parse(archive)
	c := testCase{comment: a.Comment}
	for _, f := range a.Files {
		side, name, _ := strings.Cut(f.Name, "/")
		file := schema.File{Path: name, Content: f.Data}
		switch side {
		case "in":
			c.in = append(c.in, file)
		case "old":
			c.old = append(c.old, file)
		case "new":
			c.next = append(c.next, file)
		case "dialect":
			c.dialect = strings.TrimSpace(string(f.Data))
		case "want":
			c.want = string(f.Data)
			continue
		default:
			return c, fmt.Errorf("unknown section %q", f.Name)
		}
		c.inputs = append(c.inputs, f)
	}
	if (len(c.in) > 0) == (len(c.old)+len(c.next) > 0) || len(c.comment) == 0 {
		return c, errors.New("a case needs words, and files below in/ or below old/ and new/")
	}
	return c, nil
}

func (c testCase) run(parse Parser) (string, error) {
	if len(c.in) > 0 {
		s, err := parse(c.in, c.dialect)
		if err == nil {
			return Show(s), sound(s, c.in)
		}
		return "error " + err.Error() + "\n", located(err)
	}
	before, err := parse(c.old, c.dialect)
	if err != nil {
		return "", err
	}
	after, err := parse(c.next, c.dialect)
	if err != nil {
		return "", err
	}
	if err := errors.Join(sound(before, c.old), sound(after, c.next)); err != nil {
		return "", err
	}
	changes := schema.Diff(before, after, c.declared)
	return Changes(changes), soundChanges(changes, c.old, c.next)
}

func located(err error) error {
	var at *schema.ParseError
	if !errors.As(err, &at) || at.File == "" {
		return fmt.Errorf("an error without a place: %w", err)
	}
	return nil
}

// sound holds that a schema differs not from itself, and that all of it stands at places of its files.
func sound(s schema.Schema, files []schema.File) error {
	if same := schema.Diff(s, s, schema.Declarations{}); len(same) > 0 {
		return fmt.Errorf("a schema differs from itself:\n%s", Changes(same))
	}
	var faults []error
	for _, d := range s.Datasets {
		if !stands(files, d.Pos) {
			faults = append(faults, fmt.Errorf("%s stands nowhere: %s", d.Name, d.Pos))
		}
		faults = append(faults, soundFields(d.Fields, files))
	}
	return errors.Join(faults...)
}

func soundFields(fields []schema.Field, files []schema.File) error {
	var faults []error
	for _, f := range fields {
		if !stands(files, f.Pos) || f.Type.Physical == "" {
			faults = append(faults, fmt.Errorf("%s stands nowhere or has no type: %s", f.Name, f.Pos))
		}
		faults = append(faults, soundFields(f.Fields, files))
	}
	return errors.Join(faults...)
}

func soundChanges(changes []schema.Change, old, next []schema.File) error {
	var faults []error
	for _, c := range changes {
		files := next
		if c.Side == "old" {
			files = old
		}
		if !stands(files, c.Position) {
			faults = append(faults, fmt.Errorf("%s %s stands at no place of side %s: %s", c.Kind, c.Path, c.Side, c.Position))
		}
		rule, ok := schema.RuleFor(c.Rule)
		if !ok || rule.Kind != c.Kind || rule.Forward != c.Forward || rule.Backward != c.Backward {
			faults = append(faults, fmt.Errorf("%s: verdicts are not those of rule %q", c.Kind, c.Rule))
		}
	}
	return errors.Join(faults...)
}

func stands(files []schema.File, p repo.Position) bool {
	for _, f := range files {
		lines := strings.Split(string(f.Content), "\n")
		if f.Path == p.File && p.Line >= 1 && p.Line <= len(lines) && p.Column >= 1 && p.Column <= len(lines[p.Line-1])+1 {
			return true
		}
	}
	return false
}
