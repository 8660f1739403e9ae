package removal

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/format"
	"github.com/skein-bot/skein/rewrite"
)

// Request is what goes, and where it stands.
type Request struct {
	Root    string        // what the config names: a file or a folder
	Files   []schema.File // of the schema
	Format  string        // "" when the files say it
	Dialect string
	Dataset repo.Position // where the files declare the dataset
	Fields  []string      // paths of fields
	At      time.Time     // for migrations that are named after the time
}

// Write returns the files that change, whole. A place where it cannot be done is named in the error.
func Write(r Request) (map[string][]byte, error) {
	w, err := open(r)
	if err != nil {
		return nil, err
	}
	want := w.before
	want.Datasets = slices.Clone(want.Datasets)
	for _, f := range r.Fields {
		if want.Datasets[w.index], err = w.without(want.Datasets[w.index], f); err != nil {
			return nil, err
		}
	}
	if w.format == "sql" && w.migrations() {
		err = w.migrate(r.Fields)
	} else {
		err = w.each(r.Fields)
	}
	if err != nil {
		return nil, err
	}
	after, err := w.parse()
	if err != nil {
		return nil, fmt.Errorf("without %s the schema cannot be read: %w", strings.Join(r.Fields, ", "), err)
	}
	if more := schema.Diff(want, after, schema.Declarations{}); len(more) > 0 {
		return nil, fmt.Errorf("%s: more than %s would change: %s", more[0].Position, strings.Join(r.Fields, ", "), more[0].Message)
	}
	return w.changed, nil
}

// writer is a removal under way.
type writer struct {
	Request
	format  string
	parser  format.Format
	before  schema.Schema
	index   int // of the dataset
	changed map[string][]byte
}

func open(r Request) (*writer, error) {
	f, files, err := format.Pick(r.Files, r.Format)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: there is no schema file", r.Root)
	}
	r.Files = files
	w := &writer{Request: r, format: f.Name, parser: f, changed: map[string][]byte{}}
	if w.before, err = w.parse(); err != nil {
		return nil, err
	}
	w.index = slices.IndexFunc(w.before.Datasets, func(d schema.Dataset) bool { return d.Pos == r.Dataset })
	if w.index < 0 {
		return nil, fmt.Errorf("%s: no dataset is declared here", r.Dataset)
	}
	return w, nil
}

// parse reads the schema as it stands after what was written so far.
func (w *writer) parse() (schema.Schema, error) { return w.parser.Parse(w.files(), w.Dialect) }

func (w *writer) files() []schema.File {
	out := slices.Clone(w.Files)
	left := maps.Clone(w.changed)
	for i := range out {
		if content, ok := left[out[i].Path]; ok {
			out[i].Content = content
			delete(left, out[i].Path)
		}
	}
	for name, content := range left {
		out = append(out, schema.File{Path: name, Content: content})
	}
	return out
}

// each takes the fields out of the files that declare them, one after the other.
func (w *writer) each(fields []string) error {
	for _, name := range fields {
		now, err := w.parse()
		if err != nil {
			return fmt.Errorf("without the fields before %s the schema cannot be read: %w", name, err)
		}
		if len(now.Datasets) != len(w.before.Datasets) {
			return fmt.Errorf("%s: the schema no longer declares what it did", w.Dataset)
		}
		field := schema.Find(now.Datasets[w.index].Fields, name)
		if field == nil {
			return fmt.Errorf("%s: there is no field %s any more", w.Dataset, name)
		}
		i := slices.IndexFunc(w.files(), func(f schema.File) bool { return f.Path == field.Pos.File })
		if i < 0 {
			return fmt.Errorf("%s: no file of the schema declares %s", field.Pos, name)
		}
		if err := w.one(w.files()[i], now.Datasets[w.index], *field); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) one(f schema.File, d schema.Dataset, field schema.Field) error {
	at, ok := rewrite.NewLines(f.Content).Offset(field.Pos.Line, field.Pos.Column)
	if !ok {
		return fmt.Errorf("%s: this place is not in the file", field.Pos)
	}
	var edits []rewrite.Edit
	var err error
	switch ext := strings.ToLower(path.Ext(f.Path)); {
	case w.format == "sql":
		edits, err = column(f, w.Dialect, d, field, at)
	case w.format == "protobuf":
		edits, err = numbered(f, field, at)
	case ext == ".yml", ext == ".yaml":
		edits, err = described(f, field, at)
	case ext == ".avdl":
		err = fmt.Errorf("%s: Skein does not edit Avro IDL", field.Pos)
	case w.format == "jsonschema":
		edits, err = property(f, field, at)
	default:
		edits, err = listed(f, field, at)
	}
	if err != nil {
		return err
	}
	slices.SortFunc(edits, func(a, b rewrite.Edit) int { return a.Start - b.Start })
	w.changed[f.Path], err = rewrite.Apply(f.Content, edits)
	return err
}

// without is the dataset as it is to be.
func (w *writer) without(d schema.Dataset, name string) (schema.Dataset, error) {
	field := schema.Find(d.Fields, name)
	if field == nil {
		return d, fmt.Errorf("%s: there is no field %s", w.Dataset, name)
	}
	next, _ := Without(d, name)
	if w.format != "protobuf" {
		return next, nil
	}
	if strings.Contains(name, ".") {
		return d, fmt.Errorf("%s: %s belongs to a message that other fields may be made of", field.Pos, name)
	}
	next.Reserved = append(slices.Clip(d.Reserved), schema.Reserved{From: field.ID, To: field.ID}, schema.Reserved{Name: field.Name})
	return next, nil
}

// Without returns a dataset without one of its fields, and false when it has none of that path.
func Without(d schema.Dataset, name string) (schema.Dataset, bool) {
	var found bool
	d.Fields, found = less(d.Fields, schema.Names(name))
	return d, found
}

func less(fields []schema.Field, name string) ([]schema.Field, bool) {
	for i, f := range fields {
		if f.Name == name {
			return slices.Concat(fields[:i], fields[i+1:]), true
		}
		rest, below := strings.CutPrefix(name, f.Name+".")
		if !below {
			continue
		}
		if inner, found := less(f.Fields, rest); found {
			out := slices.Clone(fields)
			out[i].Fields = inner
			return out, true
		}
	}
	return fields, false
}
