package dbt

import (
	"bytes"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt/jinja"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// index is what the files of a project say about names.
type index struct {
	project      *project             // nil if none is known
	sources      map[string]*source   // by source('a','b')
	byIdentifier map[string][]*source // by lower-case identifier
	models       map[string]*model    // models, seeds and snapshots by name
	macros       map[string]*macro    // also as project.name
	vars         map[string]string    // the project's variables, as written
	plainVars    map[string]string    // those with one value of a word or a number
	fixtures     map[string][]string
}

// model is what is known of a model, seed or snapshot.
type model struct {
	alias   string
	latest  string           // version
	columns []rewrite.Column // only if a contract is enforced
	file    string
	src     []byte // of a model in SQL
}

// macro is a macro of the repository.
type macro struct {
	file string
	src  []byte
	node *jinja.Node
}

func newIndex(p *project) *index {
	return &index{project: p, sources: map[string]*source{}, byIdentifier: map[string][]*source{}, models: map[string]*model{},
		macros: map[string]*macro{}, vars: map[string]string{}, plainVars: map[string]string{}, fixtures: map[string][]string{}}
}

// fill reads the files of projects, the deepest project first. A file that several projects have in their folders
// belongs to each, unless it lies in a project inside of the other.
func fill(all []*index, files []rewrite.File) {
	for batch := range slices.Chunk(files, 64) {
		batch = slices.DeleteFunc(slices.Clone(batch), func(f rewrite.File) bool {
			return !slices.ContainsFunc(all, func(x *index) bool { return x.project.reads(f.Path) && !x.project.installed(f.Path) })
		})
		for _, f := range parsedAll(batch) {
			for i, x := range all {
				inner := func(y *index) bool { return y.project.owns(f.Path, x.project) }
				if x.project.reads(f.Path) && !slices.ContainsFunc(all[:i], inner) {
					x.add(f)
				}
			}
		}
	}
}

// parsed is a file that has been read as far as the index needs it.
type parsed struct {
	rewrite.File
	nodes []*jinja.Node
	docs  []*yaml.Node
}

// parsedAll parses files, as many at once as there are processors.
func parsedAll(files []rewrite.File) []parsed {
	out := make([]parsed, len(files))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files); i = int(next.Add(1)) - 1 {
				out[i] = parsedFile(files[i])
			}
		})
	}
	workers.Wait()
	return out
}

// parsedFile parses what may say something. What cannot be parsed says nothing.
func parsedFile(f rewrite.File) parsed {
	out := parsed{File: f}
	if len(f.Content) > maxBytes {
		return out
	}
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".sql":
		if bytes.Contains(f.Content, []byte("{%")) || bytes.Contains(f.Content, []byte("config")) {
			out.nodes, _ = jinja.Parse(f.Content, 0, len(f.Content))
		}
	case ".yml", ".yaml":
		if bytes.Contains(f.Content, []byte("name:")) {
			out.docs, _ = yaml.Parse(f.Content)
		}
	}
	return out
}

// add takes over what a file says.
func (x *index) add(f parsed) {
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".sql":
		x.sqlFile(f)
	case ".csv", ".py":
		x.model(strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))).file = f.Path
	case ".yml", ".yaml":
		x.yamlFile(f)
	}
}

// adopt takes over what a package in the same repository says. What the project says itself counts first, and of the
// package's macros only those that a dispatch may find have a name without the package's.
func (x *index) adopt(pkg *index) {
	missing(x.sources, pkg.sources, func(string) bool { return true })
	missing(x.models, pkg.models, func(string) bool { return true })
	missing(x.vars, pkg.vars, func(string) bool { return true })
	missing(x.plainVars, pkg.plainVars, func(string) bool { return true })
	missing(x.macros, pkg.macros, func(name string) bool { return strings.Contains(name, ".") || strings.Contains(name, "__") })
	for id, list := range pkg.byIdentifier {
		x.byIdentifier[id] = append(x.byIdentifier[id], list...)
	}
}

func missing[V any](into, from map[string]V, fits func(string) bool) {
	for k, v := range from {
		if _, ok := into[k]; !ok && fits(k) {
			into[k] = v
		}
	}
}

// variables keeps every variable, whichever package it is set for.
func (x *index) variables(n *yaml.Node, depth int) {
	if n = n.Resolve(); n == nil || n.Kind != yaml.Mapping || depth > 3 {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch v := n.Content[i+1].Resolve(); v.Kind {
		case yaml.Scalar:
			x.vars[n.Content[i].Value] += " " + v.Value
			x.plain(n.Content[i].Value, v.Value)
		case yaml.Sequence:
			for _, item := range v.Content {
				x.vars[n.Content[i].Value] += " " + item.Value
			}
		case yaml.Mapping:
			x.variables(v, depth+1)
		case yaml.Alias:
		}
	}
}

// plain keeps the value of a variable, or what it is without its environment variable.
func (x *index) plain(name, v string) {
	if strings.Contains(v, "{{") {
		e := jinja.Expression([]byte(v), strings.Index(v, "{{")+2, max(strings.Index(v, "{{")+2, strings.LastIndex(v, "}}")))
		if e.Callee() != "env_var" || e.Arg("default", 1) == nil {
			return
		}
		v = e.Arg("default", 1).Text
	}
	if _, twice := x.plainVars[name]; twice && x.plainVars[name] != v || !plainName(v) {
		v = ""
	}
	x.plainVars[name] = v
}

func text(n *yaml.Node) string {
	if n = n.Resolve(); n == nil || n.Kind != yaml.Scalar {
		return ""
	}
	return n.Value
}

// usual: without any project known, the folders tell what is dbt's.
func usual(file string) bool {
	dirs := strings.Split(path.Dir(file), "/")
	for _, d := range [...]string{"models", "macros", "snapshots", "analyses", "analysis", "seeds", "tests", "dbt_packages", "semantic_models", "metrics"} {
		if slices.Contains(dirs, d) {
			return true
		}
	}
	return false
}

func (x *index) model(name string) *model {
	m := x.models[name]
	if m == nil {
		m = &model{}
		x.models[name] = m
	}
	return m
}

// sqlFile keeps a file's macros, and its alias if it is a model.
func (x *index) sqlFile(f parsed) {
	m := &model{}
	if !slices.Contains(strings.Split(path.Dir(f.Path), "/"), "macros") {
		m = x.model(strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path)))
	}
	m.file, m.src = f.Path, f.Content
	jinja.Walk(f.nodes, func(n *jinja.Node) bool {
		switch {
		case n.Kind == jinja.Block && n.Word == "macro":
			x.macros[n.Name] = &macro{f.Path, f.Content, n}
			if x.project != nil && x.project.name != "" {
				x.macros[x.project.name+"."+n.Name] = x.macros[n.Name]
			}
		case n.Kind == jinja.Block && n.Word == "snapshot":
			x.model(n.Name).file, m.src = f.Path, nil
		case n.Kind == jinja.Output && n.Expr.Callee() == "config":
			if a := n.Expr.Arg("alias", -1); a != nil {
				m.alias = a.Text
			}
		}
		return true
	})
}

// yamlFile keeps sources, aliases, versions, contracts, and which fixtures stand for which relation.
func (x *index) yamlFile(f parsed) {
	for _, d := range f.docs {
		for _, s := range list(d.Get("sources")) {
			x.source(s)
		}
		for _, kind := range [...]string{"models", "seeds", "snapshots"} {
			for _, m := range list(d.Get(kind)) {
				x.properties(m)
			}
		}
		for _, u := range list(d.Get("unit_tests")) {
			x.unitTest(u)
		}
		if x.project != nil && path.Base(f.Path) == "dbt_project.yml" {
			x.variables(d.Get("vars"), 0)
		}
	}
}

// list is the items of a sequence, aliases followed.
func list(n *yaml.Node) []*yaml.Node {
	if n = n.Resolve(); n == nil || n.Kind != yaml.Sequence {
		return nil
	}
	out := make([]*yaml.Node, 0, len(n.Content))
	for _, c := range n.Content {
		if c = c.Resolve(); c != nil {
			out = append(out, c)
		}
	}
	return out
}

func (x *index) source(s *yaml.Node) {
	name := text(s.Get("name"))
	for _, t := range list(s.Get("tables")) {
		table := text(t.Get("name"))
		src := &source{rel: relation{source: name, name: table}, database: text(s.Get("database")), schema: text(s.Get("schema")), identifier: text(t.Get("identifier")), said: t.Get("identifier") != nil}
		if src.database == "" {
			src.database = text(s.Get("catalog"))
		}
		if src.schema == "" {
			src.schema = name
		}
		if src.identifier == "" {
			src.identifier = table
		}
		x.sources[src.rel.String()] = src
		key := strings.ToLower(src.identifier)
		x.byIdentifier[key] = append(x.byIdentifier[key], src)
	}
}

func (x *index) properties(m *yaml.Node) {
	name := text(m.Get("name"))
	if name == "" {
		return
	}
	entry := x.model(name)
	config := m.Get("config").Resolve()
	for _, a := range [...]string{text(m.Get("alias")), text(config.Get("alias"))} {
		if a != "" {
			entry.alias = a
		}
	}
	entry.latest = text(m.Get("latest_version"))
	for _, v := range list(m.Get("versions")) {
		if s := text(v.Get("v")); m.Get("latest_version") == nil && later(s, entry.latest) {
			entry.latest = s
		}
	}
	contract := config.Get("contract").Resolve()
	if strings.EqualFold(text(contract.Get("enforced")), "true") && m.Get("versions") == nil {
		for _, c := range list(m.Get("columns")) {
			entry.columns = append(entry.columns, rewrite.Column{Name: text(c.Get("name"))})
		}
	}
}

// later compares versions as dbt does: numbers by value.
func later(a, b string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

func (x *index) unitTest(u *yaml.Node) {
	for _, g := range list(u.Get("given")) {
		if fixture := text(g.Get("fixture")); fixture != "" {
			x.fixtures[fixture] = append(x.fixtures[fixture], text(g.Get("input")))
		}
	}
	if expect := u.Get("expect").Resolve(); text(expect.Get("fixture")) != "" {
		x.fixtures[text(expect.Get("fixture"))] = append(x.fixtures[text(expect.Get("fixture"))], "")
	}
}

// alias is the table that a model is built as.
func (x *index) alias(name string) string {
	if m := x.models[name]; m != nil && m.alias != "" && !strings.Contains(m.alias, "{") {
		return m.alias
	}
	return name
}

// contract is the columns of a model whose contract is enforced.
func (x *index) contract(name string) []rewrite.Column {
	if m := x.models[name]; m != nil {
		return m.columns
	}
	return nil
}

// sameModel: two refs name one model, though one says its package or its latest version and the other does not.
func (x *index) sameModel(a, b *relation) bool {
	if a.source != "" || b.source != "" || a.name != b.name {
		return false
	}
	latest := ""
	if m := x.models[a.name]; m != nil {
		latest = m.latest
	}
	if a.version != b.version && (latest == "" || orElse(a.version, latest) != orElse(b.version, latest)) {
		return false
	}
	if a.pkg == b.pkg {
		return true
	}
	if a.pkg != "" && b.pkg != "" {
		return false
	}
	return x.models[a.name] == nil || x.project != nil && x.project.name == a.pkg+b.pkg
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
