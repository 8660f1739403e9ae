package dbt

import (
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt/jinja"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// index is what the files of a repository say about names.
type index struct {
	roots        []root
	sources      map[string]*source   // by source('a','b')
	byIdentifier map[string][]*source // by lower-case identifier
	models       map[string]*model    // models, seeds and snapshots by name
	macros       map[string]*macro
	vars         map[string]string // the project's variables, as written
	plainVars    map[string]string // those with one value of a word or a number
	fixtures     map[string][]string
}

// root is a dbt project.
type root struct {
	dir, name string
	packages  string // where installed packages lie
}

// model is what is known of a model, seed or snapshot.
type model struct {
	alias   string
	latest  string           // version
	columns []rewrite.Column // only if a contract is enforced
	file    string
}

// macro is a macro of the repository.
type macro struct {
	file string
	src  []byte
	node *jinja.Node
}

func newIndex(files []rewrite.File) *index {
	x := &index{sources: map[string]*source{}, byIdentifier: map[string][]*source{}, models: map[string]*model{},
		macros: map[string]*macro{}, vars: map[string]string{}, plainVars: map[string]string{}, fixtures: map[string][]string{}}
	for _, f := range files {
		if b := path.Base(f.Path); b == "dbt_project.yml" || b == "dbt_project.yaml" {
			x.project(f)
		}
	}
	for _, f := range files {
		if len(f.Content) > maxBytes || x.installed(f.Path) {
			continue
		}
		switch strings.ToLower(path.Ext(f.Path)) {
		case ".sql":
			x.sqlFile(f)
		case ".csv", ".py":
			x.model(strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))).file = f.Path
		case ".yml", ".yaml":
			x.yamlFile(f)
		}
	}
	return x
}

func (x *index) project(f rewrite.File) {
	r := root{dir: path.Dir(f.Path), packages: "dbt_packages"}
	docs, err := yaml.Parse(f.Content)
	if err == nil && len(docs) > 0 {
		r.name = text(docs[0].Get("name"))
		if p := text(docs[0].Get("packages-install-path")); p != "" && !strings.Contains(p, "{") {
			r.packages = p
		}
		x.variables(docs[0].Get("vars"), 0)
	}
	x.roots = append(x.roots, r)
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

// installed: the file belongs to a package that dbt deps fetched, which is never edited.
func (x *index) installed(file string) bool {
	if slices.Contains(strings.Split(path.Dir(file), "/"), "dbt_packages") {
		return true
	}
	for _, r := range x.roots {
		if strings.HasPrefix(file, path.Join(r.dir, r.packages)+"/") {
			return true
		}
	}
	return false
}

// holds: the file belongs to a dbt project. Without any project known, the usual folders tell.
func (x *index) holds(file string) bool {
	for _, r := range x.roots {
		if r.dir == "." || strings.HasPrefix(file, r.dir+"/") {
			return true
		}
	}
	if len(x.roots) > 0 {
		return false
	}
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
func (x *index) sqlFile(f rewrite.File) {
	m := &model{}
	if !slices.Contains(strings.Split(path.Dir(f.Path), "/"), "macros") {
		m = x.model(strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path)))
	}
	m.file = f.Path
	if !strings.Contains(string(f.Content), "{%") && !strings.Contains(string(f.Content), "config") {
		return
	}
	nodes, err := jinja.Parse(f.Content, 0, len(f.Content))
	if err != nil {
		return
	}
	jinja.Walk(nodes, func(n *jinja.Node) bool {
		switch {
		case n.Kind == jinja.Block && n.Word == "macro":
			x.macros[n.Name] = &macro{f.Path, f.Content, n}
		case n.Kind == jinja.Block && n.Word == "snapshot":
			x.model(n.Name).file = f.Path
		case n.Kind == jinja.Output && n.Expr.Callee() == "config":
			if a := n.Expr.Arg("alias", -1); a != nil {
				m.alias = a.Text
			}
		}
		return true
	})
}

// yamlFile keeps sources, aliases, versions, contracts, and which fixtures stand for which relation.
func (x *index) yamlFile(f rewrite.File) {
	if !strings.Contains(string(f.Content), "name:") {
		return
	}
	docs, err := yaml.Parse(f.Content)
	if err != nil {
		return
	}
	for _, d := range docs {
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
		src := &source{rel: relation{source: name, name: table}, database: text(s.Get("database")), schema: text(s.Get("schema")), identifier: text(t.Get("identifier"))}
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

// columns are those of a model whose contract is enforced.
func (x *index) columns(name string) []rewrite.Column {
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
	ours := x.models[a.name] != nil
	mine := slices.ContainsFunc(x.roots, func(r root) bool { return r.name == a.pkg+b.pkg })
	return mine || !ours
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
