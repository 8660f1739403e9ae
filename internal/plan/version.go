package plan

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	ddl "github.com/skein-bot/skein/internal/schema/sql"
	"github.com/skein-bot/skein/rewrite"
)

// Version is a dataset repository at one commit.
type Version struct {
	Commit   repo.SHA
	Config   *config.Repo
	Datasets []Dataset
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

func (v Version) schema() schema.Schema {
	s := schema.Schema{Format: "sql"}
	for _, d := range v.Datasets {
		s.Datasets = append(s.Datasets, d.Schema)
	}
	return s
}

func (v Version) schemaOf(name string) *schema.Dataset {
	if d := v.Dataset(name); d != nil {
		return &d.Schema
	}
	return nil
}

// Wants reports which files of a dataset repository Read needs.
func Wants(c *config.Repo) func(path string) bool {
	return func(file string) bool {
		return slices.ContainsFunc(c.Datasets, func(d config.Dataset) bool { return under(file, d.Schema.Path) })
	}
}

func under(file, root string) bool {
	root = path.Clean(root)
	return file == root || strings.HasPrefix(file, root+"/") || root == "."
}

// Error is a fault of a repository's files at a place.
type Error struct {
	repo.Position
	Message string
}

func (e *Error) Error() string { return e.Position.String() + ": " + e.Message }

// Read makes a Version of the files that Wants names. What is wrong comes back as one *Error for each fault,
// joined; the datasets without a fault are there all the same.
func Read(c *config.Repo, at repo.SHA, files []rewrite.File) (Version, error) {
	v := Version{Commit: at, Config: c}
	var faults []error
	parsed := map[string]schema.Schema{}
	for _, d := range c.Datasets {
		found, err := datasets(d, files, parsed)
		faults = append(faults, err)
		v.Datasets = append(v.Datasets, found...)
	}
	return v, errors.Join(faults...)
}

func datasets(d config.Dataset, files []rewrite.File, parsed map[string]schema.Schema) ([]Dataset, error) {
	s, err := parse(d, files, parsed)
	if err != nil {
		return nil, err
	}
	if prefix, many := strings.CutSuffix(d.Name, "*"); many {
		return each(d, prefix, s), nil
	}
	found, err := schema.Match(s, d.Name, d.Schema.Table)
	if err != nil {
		return nil, &Error{d.Pos, err.Error()}
	}
	return []Dataset{dataset(d, d.Name, *found)}, nil
}

// each declares every table of a file under the prefix of a name such as tpch.*.
func each(d config.Dataset, prefix string, s schema.Schema) []Dataset {
	var out []Dataset
	for _, t := range s.Datasets {
		if !t.Temporary {
			out = append(out, dataset(d, prefix+last(t.Name), t))
		}
	}
	return out
}

func dataset(d config.Dataset, name string, s schema.Dataset) Dataset {
	names := []string{name}
	if s.Name != "" {
		names = append(names, s.Name)
	}
	if !strings.HasSuffix(d.Name, "*") {
		names = append(names, d.Aliases...)
	}
	s.Name = name
	if s.Renamed != "" && !strings.Contains(s.Renamed, ".") {
		s.Renamed = name[:len(name)-len(last(name))] + s.Renamed
	}
	return Dataset{Name: name, Names: unique(names), Dialect: d.Schema.Dialect, Schema: s, Listing: listing(d, name)}
}

func parse(d config.Dataset, files []rewrite.File, parsed map[string]schema.Schema) (schema.Schema, error) {
	key := d.Schema.Path + "\x00" + d.Schema.Dialect
	if s, ok := parsed[key]; ok {
		return s, nil
	}
	in, err := schemaFiles(d, files)
	if err != nil {
		return schema.Schema{}, err
	}
	s, err := ddl.Parse(in, d.Schema.Dialect)
	if err != nil {
		return s, located(err)
	}
	parsed[key] = s
	return s, nil
}

func schemaFiles(d config.Dataset, files []rewrite.File) ([]ddl.File, error) {
	if f := d.Schema.Format; f != "" && f != "sql" {
		return nil, &Error{d.Schema.Pos, fmt.Sprintf("schema format %q cannot be read yet; only sql can", f)}
	}
	var in []ddl.File
	for _, f := range files {
		if under(f.Path, d.Schema.Path) && (f.Path == path.Clean(d.Schema.Path) || strings.HasSuffix(f.Path, ".sql")) {
			in = append(in, ddl.File{Path: f.Path, Content: f.Content})
		}
	}
	if len(in) == 0 {
		return nil, &Error{d.Schema.Pos, fmt.Sprintf("%s: there is no such file, nor a folder of .sql files", d.Schema.Path)}
	}
	return in, nil
}

func located(err error) error {
	var p *schema.ParseError
	if errors.As(err, &p) {
		return &Error{p.Position, p.Msg}
	}
	return &Error{Message: err.Error()}
}

func listing(d config.Dataset, name string) consumer.Listing {
	l := consumer.Listing{Dataset: name}
	for _, c := range d.Consumers {
		if c.Org {
			l.Org = true
			continue
		}
		l.Repos = append(l.Repos, consumer.Declaration{
			Repo: c.Repo, Dataset: name, Paths: c.Paths, Dialect: c.Dialect, ReadAs: c.ReadAs, Pos: c.Pos,
		})
	}
	return l
}

// Declarations is what a repository's own config says that it reads.
func Declarations(name repo.Name, c *config.Repo) []consumer.Declaration {
	out := make([]consumer.Declaration, 0, len(c.Consumes))
	for _, x := range c.Consumes {
		out = append(out, consumer.Declaration{
			Repo: name, Dataset: x.Dataset, Paths: x.Paths, Ignore: c.Ignore, Dialect: x.Dialect, ReadAs: x.ReadAs, Pos: x.Pos,
		})
	}
	return out
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
