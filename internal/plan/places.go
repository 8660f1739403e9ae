package plan

import (
	"path"
	"slices"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/format"
	"github.com/skein-bot/skein/rewrite"
)

// Wants reports which files of a dataset repository Read needs.
func Wants(c *config.Repo) func(path string) bool {
	p := placesOf(c.Datasets)
	return func(file string) bool { return len(p.of(file)) > 0 }
}

// places are the files and folders that hold schemas, each with the formats that may be in it. A repository may have
// many of both, so a file is looked up by its own path and those of its folders.
type places map[string][]format.Format

func placesOf(datasets []config.Dataset) places {
	p := places{}
	for _, d := range datasets {
		at := path.Clean(d.Schema.Path)
		named, _ := format.Named(d.Schema.Format)
		if !slices.ContainsFunc(p[at], func(f format.Format) bool { return f.Name == named.Name }) {
			p[at] = append(p[at], named)
		}
	}
	return p
}

// of lists the places that a file belongs to: itself, and folders above it that its name fits.
func (p places) of(file string) (at []string) {
	if p[file] != nil {
		at = append(at, file)
	}
	for dir := file; dir != "." && dir != "/"; {
		dir = path.Dir(dir)
		if slices.ContainsFunc(p[dir], func(f format.Format) bool { return f.Wants(file) }) {
			at = append(at, dir)
		}
	}
	return at
}

// held sorts files by their places.
func (p places) held(files []rewrite.File) map[string][]schema.File {
	out := map[string][]schema.File{}
	for _, f := range files {
		for _, at := range p.of(f.Path) {
			out[at] = append(out[at], schema.File{Path: f.Path, Content: f.Content})
		}
	}
	return out
}

// holding are the files of one schema.
func holding(s config.SchemaRef, held map[string][]schema.File) []schema.File {
	at := path.Clean(s.Path)
	named, _ := format.Named(s.Format)
	return slices.DeleteFunc(slices.Clone(held[at]), func(f schema.File) bool { return f.Path != at && !named.Wants(f.Path) })
}
