package dbt

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// project is a dbt project of a repository: where it lies, and in which folders dbt looks for what.
type project struct {
	dir, name string
	packages  string   // the folder of installed packages
	models    []string // the folders of models, from the repository's root
	folders   []string // those of everything
	local     []string // packages that lie in the repository
}

// projects are those of a repository, the deepest first. Packages that dbt deps fetched are none.
func projects(files []rewrite.File) []*project {
	var found []*project
	for _, f := range files {
		if b := path.Base(f.Path); b == "dbt_project.yml" || b == "dbt_project.yaml" {
			found = append(found, newProject(f))
		}
	}
	slices.SortStableFunc(found, func(a, b *project) int { return cmp.Compare(depth(a.dir), depth(b.dir)) })
	var out []*project
	for _, p := range found {
		if !slices.ContainsFunc(out, func(outer *project) bool { return outer.dir == p.dir || outer.installed(p.dir+"/") }) {
			out = append(out, p)
		}
	}
	slices.Reverse(out)
	for _, f := range files {
		if b := path.Base(f.Path); b == "packages.yml" || b == "dependencies.yml" {
			link(out, f)
		}
	}
	return out
}

func depth(dir string) int {
	if dir == "." {
		return 0
	}
	return 1 + strings.Count(dir, "/")
}

func newProject(f rewrite.File) *project {
	p := &project{dir: path.Dir(f.Path), packages: "dbt_packages"}
	var top *yaml.Node
	if docs, err := yaml.Parse(f.Content); err == nil && len(docs) > 0 {
		top = docs[0]
		p.name = text(top.Get("name"))
		if at := text(top.Get("packages-install-path")); at != "" && !strings.Contains(at, "{") {
			p.packages = path.Clean(at)
		}
	}
	p.models = p.where(top, []string{"model-paths", "source-paths"}, "models")
	p.folders = slices.Concat(p.models,
		p.where(top, []string{"macro-paths"}, "macros"),
		p.where(top, []string{"test-paths"}, "tests"),
		p.where(top, []string{"snapshot-paths"}, "snapshots"),
		p.where(top, []string{"analysis-paths"}, "analyses", "analysis"),
		p.where(top, []string{"seed-paths", "data-paths"}, "seeds", "data"))
	return p
}

// where gives the folders that a project says, or else the usual ones. They may lie beside the project, and one that
// a template names may be any within it.
func (p *project) where(top *yaml.Node, keys []string, usual ...string) (out []string) {
	said := false
	for _, key := range keys {
		for _, n := range list(top.Get(key)) {
			said = true
			if dir := text(n); strings.Contains(dir, "{") {
				out = append(out, p.dir)
			} else {
				out = append(out, path.Join(p.dir, dir))
			}
		}
	}
	if !said {
		for _, dir := range usual {
			out = append(out, path.Join(p.dir, dir))
		}
	}
	return out
}

// link notes which packages of a project lie in the repository.
func link(all []*project, f rewrite.File) {
	i := slices.IndexFunc(all, func(p *project) bool { return p.dir == path.Dir(f.Path) })
	docs, err := yaml.Parse(f.Content)
	if i < 0 || err != nil || len(docs) == 0 {
		return
	}
	for _, n := range list(docs[0].Get("packages")) {
		if at := text(n.Get("local")); at != "" {
			all[i].local = append(all[i].local, path.Join(all[i].dir, at))
		}
	}
}

// within is a file's path from the project's folder; false if it lies elsewhere.
func (p *project) within(file string) (string, bool) {
	if p.dir == "." {
		return file, true
	}
	return strings.CutPrefix(file, p.dir+"/")
}

// owns: a file that another project would read too lies deeper, in this one.
func (p *project) owns(file string, outer *project) bool {
	_, ok := p.within(file)
	_, nested := outer.within(p.dir + "/")
	return ok && nested && p.reads(file)
}

// installed: the file belongs to a package that dbt deps fetched, which is never edited.
func (p *project) installed(file string) bool {
	rel, ok := p.within(file)
	return ok && (strings.HasPrefix(rel, p.packages+"/") || strings.HasPrefix(rel, "dbt_packages/") || strings.Contains(rel, "/dbt_packages/"))
}

// reads: dbt reads the file.
func (p *project) reads(file string) bool {
	where := p.folders
	if rel, ok := p.within(file); ok {
		switch rel {
		case "dbt_project.yml", "dbt_project.yaml", "packages.yml", "dependencies.yml", "package-lock.yml", "profiles.yml", "selectors.yml":
			return true
		}
	}
	if path.Ext(file) == ".py" {
		where = p.models
	}
	return p.installed(file) || slices.ContainsFunc(where, func(dir string) bool { return dir == "." || strings.HasPrefix(file, dir+"/") })
}
