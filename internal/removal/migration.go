package removal

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/sql"
	"github.com/skein-bot/skein/rewrite"
)

// naming is how a folder's migrations are called, as the newest one shows.
type naming struct {
	newest        schema.File
	dir           string // where they stand
	before, after string // around the version in the file's name, the words left out
	version       string
	ending        string
	folders       bool // each has a folder of its own, and its file is called migration.sql
}

// The ways in which migrations are called: V2__words.sql, 0002_words.up.sql, 20260102150405-words.sql.
const (
	flywayName   = `^(V)(\d+(?:[._]\d+)*)(__).+(\.sql)$`
	numberedName = `^()(\d+)([-_.]).+?(\.up\.sql|\.sql)$`
	folderName   = `^()(\d{14})(_).+()$`
)

// migrations reports whether the schema is a folder in which each file changes what those before it made.
func (w *writer) migrations() bool {
	_, ok := w.naming()
	return ok
}

func (w *writer) naming() (naming, bool) {
	var found naming
	for _, f := range w.Files {
		if path.Clean(w.Root) == f.Path {
			return found, false
		}
		n, ok := namingOf(f)
		if ok && (found.version == "" || later(n.version, found.version)) {
			found = n
		}
	}
	return found, found.version != ""
}

func namingOf(f schema.File) (naming, bool) {
	dir, base := path.Split(f.Path)
	patterns := []string{flywayName, numberedName}
	n := naming{newest: f, dir: path.Clean(dir)}
	if base == "migration.sql" {
		n.folders, patterns = true, []string{folderName}
		n.dir, base = path.Dir(n.dir), path.Base(n.dir)
	}
	for _, p := range patterns {
		if m := regexp.MustCompile(p).FindStringSubmatch(base); m != nil && !strings.HasSuffix(base, ".down.sql") {
			n.before, n.version, n.after, n.ending = m[1], m[2], m[3], m[4]
			return n, true
		}
	}
	return n, false
}

// later compares versions part by part, by value.
func later(a, b string) bool {
	parts := func(v string) []string {
		return strings.FieldsFunc(v, func(r rune) bool { return r == '.' || r == '_' })
	}
	return slices.CompareFunc(parts(a), parts(b), func(x, y string) int {
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	}) > 0
}

const stamp = "20060102150405"

// next is the version after the newest: the time where versions are times, else one more.
func (n naming) next(at time.Time) (string, error) {
	cut := strings.LastIndexAny(n.version, "._") + 1
	head, last := n.version[:cut], n.version[cut:]
	if then, err := time.Parse(stamp, last); err == nil {
		if at = at.UTC(); !at.After(then) {
			at = then.Add(time.Second)
		}
		return head + at.Format(stamp), nil
	}
	v, err := strconv.ParseInt(last, 10, 64)
	if err != nil {
		return "", fmt.Errorf("%s: the version %s is no number that Skein can count on from", n.newest.Path, last)
	}
	return head + fmt.Sprintf("%0*d", len(last), v+1), nil
}

// migrate adds a migration that drops the columns, with the way back where the others have one.
func (w *writer) migrate(fields []string) error {
	n, _ := w.naming()
	version, err := n.next(w.At)
	if err != nil {
		return err
	}
	d := w.before.Datasets[w.index]
	up, down, err := w.statements(d, fields)
	if err != nil {
		return err
	}
	words := "drop_" + strings.Join(fields, "_") + "_of_" + d.Name[strings.LastIndexByte(d.Name, '.')+1:]
	name := n.before + version + n.after + plain(words) + n.ending
	end := newline(n.newest.Content)
	if n.folders {
		name = path.Join(name, "migration.sql")
	}
	w.changed[path.Join(n.dir, name)] = []byte(strings.Join(marked(n.newest.Content, up, down), end) + end)
	if back, ok := strings.CutSuffix(name, ".up.sql"); ok && w.has(strings.TrimSuffix(n.newest.Path, ".up.sql")+".down.sql") {
		w.changed[path.Join(n.dir, back+".down.sql")] = []byte(strings.Join(down, end) + end)
	}
	return nil
}

func (w *writer) has(name string) bool {
	return slices.ContainsFunc(w.Files, func(f schema.File) bool { return f.Path == name })
}

// plain keeps of a file's name what every tool takes.
func plain(s string) string {
	s = regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(s), "_")
	return strings.Trim(s[:min(len(s), 80)], "_")
}

// marked puts the two ways into one file, where the newest migration does.
func marked(like []byte, up, down []string) []string {
	for _, marks := range [][2]string{{"-- +goose Up", "-- +goose Down"}, {"-- +migrate Up", "-- +migrate Down"}, {"-- migrate:up", "-- migrate:down"}} {
		if text := strings.ToLower(string(like)); strings.Contains(text, strings.ToLower(marks[0])) {
			out := slices.Concat([]string{marks[0]}, up)
			if strings.Contains(text, strings.ToLower(marks[1])) {
				out = slices.Concat(out, []string{"", marks[1]}, down)
			}
			return out
		}
	}
	return up
}

// statements drop the columns, and bring them back without their values.
func (w *writer) statements(d schema.Dataset, fields []string) (up, down []string, err error) {
	table, err := w.written(d.Name, d.Quoted, d.Pos.File, d.Pos.Line, d.Pos.Column)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range fields {
		f := schema.Find(d.Fields, name)
		if strings.Contains(name, ".") || f == nil {
			return nil, nil, fmt.Errorf("%s: %s is the member of a struct, which DDL does not drop alike everywhere", d.Pos, name)
		}
		if err := w.viewed(d, *f); err != nil {
			return nil, nil, err
		}
		column, err := w.written(f.Name, f.Quoted, f.Pos.File, f.Pos.Line, f.Pos.Column)
		if err != nil {
			return nil, nil, err
		}
		up = append(up, "ALTER TABLE "+table+" DROP COLUMN "+column+";")
		down = append(down, "ALTER TABLE "+table+" ADD COLUMN "+column+" "+f.Type.Physical+";")
	}
	return up, down, nil
}

// written is a name as DDL has to write it: as it stands at its place, where it still does.
func (w *writer) written(name string, quoted bool, file string, line, col int) (string, error) {
	if !quoted && regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`).MatchString(name) {
		return name, nil
	}
	for _, f := range w.Files {
		if f.Path != file {
			continue
		}
		tokens, err := sql.Tokens(f, w.Dialect)
		if err != nil {
			return "", err
		}
		at, _ := rewrite.NewLines(f.Content).Offset(line, col)
		for i, t := range tokens {
			if t.Start != at {
				continue
			}
			end, text := i, t.Text
			for end+2 < len(tokens) && sign(tokens[end+1], ".") {
				end, text = end+2, text+"."+tokens[end+2].Text
			}
			if text == name {
				return string(f.Content[t.Start:tokens[end].End]), nil
			}
		}
	}
	return "", fmt.Errorf("%s:%d:%d: Skein cannot tell how %s has to be quoted", file, line, col, name)
}

// viewed refuses where a view may still show the column: it would break, or keep the column from going.
func (w *writer) viewed(d schema.Dataset, field schema.Field) error {
	table := d.Name[strings.LastIndexByte(d.Name, '.')+1:]
	for _, f := range w.Files {
		tokens, err := sql.Tokens(f, w.Dialect)
		if err != nil {
			return err
		}
		for s := range split(tokens) {
			head := s[:min(len(s), 6)]
			has := func(in []sql.Token, name string) int {
				return slices.IndexFunc(in, func(t sql.Token) bool { return names(t, name) })
			}
			if at := has(s, field.Name); names(s[0], "create") && has(head, "view") > 0 && at > 0 && has(s, table) > 0 {
				return fmt.Errorf("%s: a view names %s", s[at].Pos, field.Name)
			}
		}
	}
	return nil
}
