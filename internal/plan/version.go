package plan

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/removal"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/format"
	"github.com/skein-bot/skein/rewrite"
)

// Version is a dataset repository at one commit.
type Version struct {
	Commit   repo.SHA
	Config   *config.Repo
	Datasets []Dataset
	// Answered is what people said of likely renames that no file declares.
	Answered schema.Declarations
}

// Dataset is a declared dataset with its schema, under the name that the config gives it.
type Dataset struct {
	Name    string
	Names   []string // every name that consumers know it by, its own first
	Dialect string
	Schema  schema.Dataset
	Listing consumer.Listing
}

// Dataset returns the dataset of that name, or nil.
func (v Version) Dataset(name string) *Dataset {
	for i := range v.Datasets {
		if v.Datasets[i].Name == name {
			return &v.Datasets[i]
		}
	}
	return nil
}

// Snapshots is what the registry keeps of this version.
func (v Version) Snapshots(id repo.ID, at repo.SHA) []consumer.Snapshot {
	out := make([]consumer.Snapshot, 0, len(v.Datasets))
	for _, d := range v.Datasets {
		out = append(out, consumer.Snapshot{
			Dataset: d.Name, Names: d.Names, Dialect: d.Dialect, Repo: id, Commit: at, Schema: d.Schema,
		})
	}
	return out
}

// usual is the format of a dataset that does not say another one.
const usual = "sql"

func (v Version) schema() schema.Schema {
	s := schema.Schema{Format: usual}
	for _, d := range v.Datasets {
		s.Datasets = append(s.Datasets, d.Schema)
	}
	return s
}

// after returns the version with former names of datasets in the config's words, as the older version has them:
// a schema file says that orders was orders_old, and the config calls that one sales.orders_old.
func (v Version) after(from Version) Version {
	v.Datasets = slices.Clone(v.Datasets)
	for i := range v.Datasets {
		s := &v.Datasets[i].Schema
		if s.Renamed == "" {
			continue
		}
		prefix := s.Name[:len(s.Name)-len(last(s.Name))]
		s.Renamed = from.declared(s.Renamed, prefix)
		s.Former = slices.Clone(s.Former)
		for k, old := range s.Former {
			s.Former[k] = from.declared(old, prefix)
		}
	}
	return v
}

// declared is the config's name of the table that a schema file calls so: the one below the prefix, else the only one.
func (v Version) declared(table, prefix string) string {
	if d := v.Dataset(prefix + last(table)); d != nil {
		return d.Name
	}
	var found []string
	for _, d := range v.Datasets {
		if slices.Contains(d.Names, table) {
			found = append(found, d.Name)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return prefix + last(table)
}

func (v Version) schemaOf(name string) *schema.Dataset {
	if d := v.Dataset(name); d != nil {
		return &d.Schema
	}
	return nil
}

// Lacking returns the version without fields, which are given by dataset. Its files would have to be written so.
func (v Version) Lacking(fields map[string][]string) Version {
	v.Datasets = slices.Clone(v.Datasets)
	for i := range v.Datasets {
		d := &v.Datasets[i]
		for _, f := range fields[d.Name] {
			d.Schema, _ = removal.Without(d.Schema, f)
		}
	}
	return v
}

// Source is where the config says that a dataset's schema stands, and those of the files that are in it.
func (v Version) Source(name string, files []rewrite.File) (ref config.SchemaRef, _ []schema.File) {
	for _, d := range v.Config.Datasets {
		prefix, many := strings.CutSuffix(d.Name, "*")
		if d.Name == name || many && ref.Path == "" && strings.HasPrefix(name, prefix) {
			ref = d.Schema
		}
	}
	return ref, holding(ref, placesOf(v.Config.Datasets).held(files))
}

// Keeping returns the version with those datasets of an older one that it lacks: their schemas could not be read.
func (v Version) Keeping(older Version) Version {
	v.Datasets = slices.Clone(v.Datasets)
	for _, d := range older.Datasets {
		if v.Dataset(d.Name) == nil {
			v.Datasets = append(v.Datasets, d)
		}
	}
	return v
}

// Error is a fault of a repository's files at a place.
type Error struct {
	repo.Position
	Message string
	Absent  bool // only that there is no dataset where the config says one is
}

func (e *Error) Error() string { return e.Position.String() + ": " + e.Message }

// Read makes a Version of the files that Wants names. What is wrong comes back as one *Error for each fault,
// joined; the datasets without a fault are there all the same.
func Read(c *config.Repo, at repo.SHA, files []rewrite.File) (Version, error) {
	return new(Reader).Read(c, at, files)
}

// Reader reads the versions of a repository one after the other. What stays the same from one to the next is parsed
// once, and shared.
type Reader struct{ known map[contents]*schema.Schema }

// Read is what the func Read is, for the next version.
func (known *Reader) Read(c *config.Repo, at repo.SHA, files []rewrite.File) (Version, error) {
	r := reader{config: c, held: placesOf(c.Datasets).held(files), parsed: map[string]*schema.Schema{}, before: known.known, now: map[contents]*schema.Schema{}}
	defer func() { known.known = r.now }()
	v := Version{Commit: at, Config: c}
	var faults []error
	for _, d := range c.Datasets {
		found, err := r.datasets(d)
		faults = append(faults, err)
		v.Datasets = append(v.Datasets, found...)
	}
	return v, errors.Join(faults...)
}

// reader parses each schema once, however many datasets it holds.
type reader struct {
	config *config.Repo
	held   map[string][]schema.File  // by the place
	parsed map[string]*schema.Schema // nil: it has a fault, which was told

	before, now map[contents]*schema.Schema // what the version before and this one are made of
}

// contents are the files of a schema, and how they are read.
type contents [sha256.Size]byte

func contentsOf(format, dialect string, files []schema.File) (sum contents) {
	h := sha256.New()
	for _, part := range []string{format, dialect} {
		fmt.Fprintf(h, "%d %s", len(part), part)
	}
	for _, f := range files {
		fmt.Fprintf(h, "%d %s%d ", len(f.Path), f.Path, len(f.Content))
		h.Write(f.Content)
	}
	return contents(h.Sum(nil))
}

func (r *reader) datasets(d config.Dataset) ([]Dataset, error) {
	s, err := r.schema(d)
	if s == nil || err != nil {
		return nil, err
	}
	if prefix, many := strings.CutSuffix(d.Name, "*"); many {
		return r.each(d, prefix, *s)
	}
	found, err := schema.Match(*s, d.Name, d.Schema.Table)
	if err != nil {
		_, absent := errors.AsType[*schema.AbsentError](err)
		return nil, &Error{Position: d.Pos, Message: err.Error(), Absent: absent}
	}
	return []Dataset{dataset(d, d.Name, *s, *found)}, nil
}

// each declares every table of a file under the prefix of a name such as tpch.*, except for those that the config
// declares one by one.
func (r *reader) each(d config.Dataset, prefix string, s schema.Schema) ([]Dataset, error) {
	var out []Dataset
	for _, t := range s.Datasets {
		name := prefix + last(t.Name)
		own := func(d config.Dataset) bool { return d.Name == name }
		if t.Temporary || slices.ContainsFunc(r.config.Datasets, own) {
			continue
		}
		if i := slices.IndexFunc(out, func(d Dataset) bool { return d.Name == name }); i >= 0 {
			return out, &Error{Position: t.Pos, Message: fmt.Sprintf("%s would be called %s, as the table at %s is; declare them one by one", t.Name, name, out[i].Schema.Pos)}
		}
		out = append(out, dataset(d, name, s, t))
	}
	return out, nil
}

// dataset is one of a parsed schema under the name that the config gives it. A file that names nothing calls it
// after itself, by which nobody knows it.
func dataset(d config.Dataset, name string, of schema.Schema, s schema.Dataset) Dataset {
	names := []string{name}
	if s.Name != "" && !s.Nameless {
		names = append(names, s.Name)
	}
	for _, a := range d.Aliases {
		names = append(names, alias(a, d.Name, s.Name))
	}
	s.Name, s.Nameless = name, false
	if s.Format == "" && of.Format != usual {
		s.Format = of.Format
	}
	return Dataset{Name: name, Names: unique(names), Dialect: dialectOf(d, of), Schema: s, Listing: listing(d, name)}
}

// dialectOf is the dialect of a dataset's names: what the config says, unless the format knows better.
func dialectOf(d config.Dataset, of schema.Schema) string {
	if of.Dialect != "" && of.Dialect != canonical(d.Schema.Dialect) {
		return of.Dialect
	}
	return d.Schema.Dialect
}

// alias is a further name of a table: of acme.tpch.*, which stands beside tpch.*, the one of this table.
func alias(name, dataset, table string) string {
	if prefix, many := strings.CutSuffix(name, ".*"); many && strings.HasSuffix(dataset, "*") {
		return prefix + "." + last(table)
	}
	return name
}

// schema parses a dataset's schema, or takes it from the dataset that was read before.
func (r *reader) schema(d config.Dataset) (*schema.Schema, error) {
	key := d.Schema.Path + "\x00" + d.Schema.Format + "\x00" + d.Schema.Dialect
	if s, ok := r.parsed[key]; ok {
		return s, nil
	}
	r.parsed[key] = nil
	f, in, err := r.pick(d)
	if err != nil {
		return nil, err
	}
	made := contentsOf(f.Name, d.Schema.Dialect, in)
	s := r.before[made]
	if s == nil {
		parsed, err := f.Parse(in, d.Schema.Dialect)
		if err != nil {
			return nil, located(err)
		}
		s = &parsed
	}
	r.parsed[key], r.now[made] = s, s
	return s, nil
}

// pick tells the format of a dataset's schema, and which files are in it.
func (r *reader) pick(d config.Dataset) (format.Format, []schema.File, error) {
	f, in, err := format.Pick(holding(d.Schema, r.held), d.Schema.Format)
	switch {
	case err != nil:
		return f, nil, &Error{Position: d.Schema.Pos, Message: fmt.Sprintf("%s: %s", d.Schema.Path, err)}
	case len(in) == 0:
		return f, nil, &Error{Position: d.Schema.Pos, Message: fmt.Sprintf("%s: there is no such file, nor a folder with schema files in it", d.Schema.Path), Absent: true}
	}
	return f, in, nil
}

func located(err error) error {
	if p, ok := errors.AsType[*schema.ParseError](err); ok {
		return &Error{Position: p.Position, Message: p.Msg}
	}
	return &Error{Message: err.Error()}
}

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func unique(names []string) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
