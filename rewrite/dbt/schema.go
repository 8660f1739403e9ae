package dbt

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// maxVisits bounds how much of a YAML file is walked, aliases counted each time.
const maxVisits = 300_000

// place is what a part of a properties file is about.
type place struct {
	rel    *relation // the relation whose columns are named here
	own    bool      // a model's own outputs
	to     *relation // of a test: the relation that it compares with
	toSaid bool      // the test names one, though it may not be readable
	path   string    // for people
	stored bool      // a snapshot: what is read is stored by name
	column string    // the column that a test stands under
}

// schema rewrites a YAML file of a project.
func (j *job) schema() {
	docs, err := yaml.Parse(j.file.Content)
	if err != nil {
		for _, o := range j.hot.find(j.file.Content, false) {
			j.refuse(o.start, o.end, o.word.change, "yaml", "this file is not readable as YAML: "+err.Error(), "repair it")
		}
		return
	}
	s := &schema{job: j, verdicts: map[int]*verdict{}}
	for _, d := range docs {
		s.document(d)
	}
	if s.visits > maxVisits {
		j.whole("yaml_too_large", "the aliases of this file repeat too much", "write it out")
		return
	}
	s.settle(docs)
}

// schema is the walk through one file.
type schema struct {
	*job
	verdicts map[int]*verdict // by the offset of the scalar
	visits   int
}

// verdict is what becomes of one scalar. Two visits that differ, through an alias, are a refusal.
type verdict struct {
	node  *yaml.Node
	edits []rewrite.Edit
	want  string
	left  string // a reason, if it is left
	fresh []rewrite.Refusal
	loose []rewrite.Unrelated
}

func (s *schema) document(d *yaml.Node) {
	s.each(d, func(key, value *yaml.Node) {
		switch key.Value {
		case "sources":
			s.items(value, s.source)
		case "models", "seeds", "snapshots", "analyses":
			kind := key.Value
			if value.Resolve().Kind == yaml.Mapping { // dbt_project.yml
				s.folder(value, kind)
				return
			}
			s.items(value, func(n *yaml.Node) { s.model(n, kind) })
		case "unit_tests":
			s.items(value, s.unitTest)
		case "semantic_models":
			s.items(value, s.semanticModel)
		case "metrics":
			s.items(value, s.metric)
		case "exposures":
			s.items(value, s.exposure)
		case "data_tests", "tests":
			s.rest(value, place{path: "the project's tests"})
		case "vars":
			s.leaveAll(value, "a variable: where a file that reads the dataset uses it, that place is refused")
		case "on-run-start", "on-run-end":
			s.hookList(value)
		default:
			s.rest(key, place{path: key.Value})
			s.rest(value, place{path: key.Value})
		}
	})
}

// each visits the pairs of a mapping, and of those merged into it.
func (s *schema) each(n *yaml.Node, visit func(key, value *yaml.Node)) {
	if n = n.Resolve(); n == nil || n.Kind != yaml.Mapping {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if s.visits++; s.visits > maxVisits {
			return
		}
		key, value := n.Content[i], n.Content[i+1]
		if key.Tag != "!!merge" {
			visit(key, value)
			continue
		}
		for _, m := range append(list(value), value.Resolve()) {
			if m.Kind == yaml.Mapping {
				s.each(m, visit)
			}
		}
	}
}

func (s *schema) items(n *yaml.Node, visit func(*yaml.Node)) {
	for _, item := range list(n) {
		if s.visits++; s.visits > maxVisits {
			return
		}
		visit(item)
	}
}

// scalars visits every scalar below a node.
func (s *schema) scalars(n *yaml.Node, visit func(*yaml.Node)) {
	if n = n.Resolve(); n == nil {
		return
	}
	if s.visits++; s.visits > maxVisits {
		return
	}
	if n.Kind == yaml.Scalar {
		visit(n)
		return
	}
	for _, c := range n.Content {
		s.scalars(c, visit)
	}
}

func (s *schema) leaveAll(n *yaml.Node, reason string) {
	s.scalars(n, func(x *yaml.Node) { s.left(x, reason) })
}

// source reads a source: its tables are datasets.
func (s *schema) source(n *yaml.Node) {
	name := text(n.Get("name"))
	var rels []*relation
	for _, t := range list(n.Get("tables")) {
		rels = append(rels, &relation{source: name, name: text(t.Get("name"))})
	}
	s.each(n, func(key, value *yaml.Node) {
		switch key.Value {
		case "tables":
			s.items(value, func(t *yaml.Node) { s.sourceTable(t, name) })
		case "loaded_at_field", "loaded_at_query", "freshness", "config":
			s.shared(value, key.Value, rels, "source "+name)
		default:
			s.rest(value, place{path: "source " + name})
		}
	})
}

// shared is said for all tables of a source: it can follow the change only if they all do.
func (s *schema) shared(n *yaml.Node, key string, rels []*relation, path string) {
	if len(rels) == 1 {
		s.timing(n, key, place{rel: rels[0], path: path})
		return
	}
	s.scalars(n, func(x *yaml.Node) {
		for _, o := range s.hot.find([]byte(x.Value), false) {
			for _, r := range rels {
				if s.about(r, o.word.change) != other {
					s.refused(x, o.word.change, "shared_by_tables", "this is said for every table of the source, and only one of them changes",
						"say it at each table")
					return
				}
			}
		}
		s.left(x, path+" reads no changed dataset")
	})
}

func (s *schema) sourceTable(t *yaml.Node, source string) {
	p := place{rel: &relation{source: source, name: text(t.Get("name"))}, path: "source " + source + "." + text(t.Get("name"))}
	s.each(t, func(key, value *yaml.Node) { s.sourceKey(value, key.Value, p) })
}

func (s *schema) sourceKey(value *yaml.Node, key string, p place) {
	switch key {
	case "columns":
		s.items(value, func(c *yaml.Node) { s.column(c, p) })
	case "tests", "data_tests":
		s.items(value, func(n *yaml.Node) { s.test(n, p) })
	case "name", "identifier":
		s.tableName(value, key, p)
	case "description", "meta", "tags", "loader", "external", "quoting":
		s.rest(value, place{path: key + " of " + p.path})
	default:
		s.timing(value, key, p)
	}
}

// timing finds loaded_at_field and freshness: {filter: …}, which are SQL, wherever they stand.
func (s *schema) timing(value *yaml.Node, key string, p place) {
	switch {
	case key == "loaded_at_field" || key == "filter":
		s.scalars(value, func(x *yaml.Node) { s.expression(x, p) })
	case value.Resolve().Kind == yaml.Mapping:
		s.each(value, func(k, v *yaml.Node) { s.timing(v, k.Value, p) })
	case key == "loaded_at_query":
		s.rest(value, p)
	default:
		s.rest(value, place{path: key + " of " + p.path})
	}
}

// tableName is the dataset's own name in a source. It follows a rename if every call of the source does.
func (s *schema) tableName(n *yaml.Node, key string, p place) {
	for _, o := range s.hot.find([]byte(n.Value), false) {
		ch := o.word.change
		if !o.word.dataset || s.about(p.rel, ch) == other || ch.Kind == rewrite.Reshape {
			continue
		}
		to := s.newSource(p.rel, ch)
		identifier, behind := s.behind(p.rel, ch)
		switch {
		case behind && key == "identifier":
			s.rename(n, identifier, ch, p.path+" is "+subject(ch))
		case behind:
			s.left(n, "the name of a source's table, whose identifier follows")
		case ch.Kind == rewrite.RenameDataset && key == "name" && to != nil && s.about(p.rel, ch) == sure:
			s.rename(n, to.name, ch, p.path+" is "+subject(ch))
		default:
			s.refused(n, ch, "source_table", "this table is "+subject(ch)+", which becomes "+orElse(ch.To, "something else"),
				"declare the new table; with an alias source('…', '…') of "+orElse(ch.To, "it")+" Skein does it")
		}
		return
	}
	s.left(n, "the name of a table")
}

// newSource is the source call that names the dataset that readers move to.
func (s *schema) newSource(r *relation, ch *rewrite.Change) *relation {
	for i := range s.req.Catalog.Tables {
		if t := &s.req.Catalog.Tables[i]; t.Dataset == ch.To {
			for _, n := range namesOf(s.req, t) {
				if to := relationIn(n); to != nil && to.source == r.source {
					return to
				}
			}
		}
	}
	return nil
}

// model reads the properties of a model, a seed or a snapshot: their columns are its own outputs.
func (s *schema) model(n *yaml.Node, kind string) {
	name := text(n.Get("name"))
	p := place{rel: &relation{name: name}, own: kind != "seeds", path: strings.TrimSuffix(kind, "s") + " " + name}
	if from := relationIn(text(n.Get("relation"))); kind == "snapshots" && from != nil {
		p = place{rel: from, stored: true, path: p.path}
	}
	s.each(n, func(key, value *yaml.Node) {
		switch key.Value {
		case "columns":
			s.items(value, func(c *yaml.Node) { s.column(c, p) })
		case "tests", "data_tests":
			s.items(value, func(t *yaml.Node) { s.test(t, p) })
		case "versions":
			s.items(value, func(v *yaml.Node) { s.version(v, p) })
		case "config":
			s.config(value, p)
		case "constraints":
			s.items(value, func(c *yaml.Node) { s.constraint(c, p) })
		case "relation":
			s.relationScalar(value)
		case "description", "meta", "docs", "tags", "group", "access":
			s.rest(value, place{path: key.Value + " of " + p.path})
		case "name":
			s.left(value, "the name of a "+strings.TrimSuffix(kind, "s"))
		default:
			s.rest(value, p)
		}
	})
}

// version of a model: its columns may be lists of what to include.
func (s *schema) version(v *yaml.Node, p place) {
	s.each(v, func(key, value *yaml.Node) {
		switch key.Value {
		case "columns":
			s.items(value, func(c *yaml.Node) { s.column(c, p) })
		case "tests", "data_tests":
			s.items(value, func(t *yaml.Node) { s.test(t, p) })
		default:
			s.rest(value, p)
		}
	})
}

// config of a model names its outputs; column_types of a seed names the seed's columns; hooks are SQL.
func (s *schema) config(n *yaml.Node, p place) {
	s.each(n, func(key, value *yaml.Node) {
		switch strings.TrimPrefix(key.Value, "+") {
		case "column_types":
			s.each(value, func(k, _ *yaml.Node) { s.columnName(k, p) })
			s.each(value, func(_, v *yaml.Node) { s.rest(v, place{path: "a type"}) })
		case "pre-hook", "post-hook", "pre_hook", "post_hook":
			s.hookList(value)
		case "unique_key", "check_cols", "updated_at":
			s.scalars(value, func(x *yaml.Node) { s.columnName(x, p) })
		default:
			s.rest(value, p)
		}
	})
}

// folder is a part of dbt_project.yml: folders and names above configs.
func (s *schema) folder(n *yaml.Node, kind string) {
	s.each(n, func(key, value *yaml.Node) {
		k := strings.TrimPrefix(key.Value, "+")
		switch {
		case k == "column_types" || k == "pre-hook" || k == "post-hook":
			s.config(n, place{rel: &relation{}, path: "dbt_project.yml"})
		case value.Resolve().Kind == yaml.Mapping && value.Resolve().Get("column_types") != nil, value.Resolve().Get("+column_types") != nil:
			s.config(value, place{rel: &relation{name: key.Value}, path: strings.TrimSuffix(kind, "s") + " " + key.Value})
		case value.Resolve().Kind == yaml.Mapping:
			s.folder(value, kind)
		default:
			s.rest(value, place{path: "dbt_project.yml"})
		}
	})
}

func (s *schema) hookList(n *yaml.Node) {
	s.scalars(n, func(x *yaml.Node) { s.sqlText(x, "", "", nil) })
}

func (s *schema) column(c *yaml.Node, p place) {
	p.column = text(c.Get("name"))
	if c.Kind == yaml.Scalar {
		s.columnName(c, p)
		return
	}
	s.each(c, func(key, value *yaml.Node) {
		switch key.Value {
		case "name":
			s.columnName(value, p)
		case "tests", "data_tests":
			s.items(value, func(t *yaml.Node) { s.test(t, p) })
		case "constraints":
			s.items(value, func(x *yaml.Node) { s.constraint(x, p) })
		case "include", "exclude":
			s.scalars(value, func(x *yaml.Node) { s.columnName(x, p) })
		default:
			s.rest(value, place{path: key.Value + " of a column of " + p.path})
		}
	})
}

// constraint of a contract: a foreign key names columns of another relation.
func (s *schema) constraint(c *yaml.Node, p place) {
	to := relationIn(text(c.Get("to")))
	s.each(c, func(key, value *yaml.Node) {
		switch key.Value {
		case "to":
			s.relationScalar(value)
		case "to_columns":
			s.scalars(value, func(x *yaml.Node) { s.toColumn(x, to) })
		case "columns":
			s.scalars(value, func(x *yaml.Node) { s.columnName(x, p) })
		case "expression":
			s.scalars(value, func(x *yaml.Node) { s.expression(x, p) })
		default:
			s.rest(value, place{path: "a constraint of " + p.path})
		}
	})
}

func (s *schema) toColumn(x *yaml.Node, to *relation) {
	if to == nil {
		s.unclear(x, "the relation that this is a column of is not readable")
		return
	}
	s.columnName(x, place{rel: to, path: to.String()})
}

// unitTest: rows given for a dataset have its columns; what is expected has the model's.
func (s *schema) unitTest(u *yaml.Node) {
	s.each(u, func(key, value *yaml.Node) {
		switch key.Value {
		case "given":
			s.items(value, s.given)
		case "expect":
			s.leaveAll(value, "a row that the model gives, which keeps its names")
		default:
			s.rest(value, place{path: "a unit test"})
		}
	})
}

func (s *schema) given(g *yaml.Node) {
	rel := relationIn(text(g.Get("input")))
	p := place{rel: rel, path: "the rows given for " + text(g.Get("input"))}
	if rel == nil {
		p.own, p.rel = true, &relation{} // this, or nothing that can be read
	}
	s.each(g, func(key, value *yaml.Node) {
		switch v := value.Resolve(); {
		case key.Value == "input":
			s.relationScalar(value)
		case key.Value != "rows":
			s.rest(value, place{path: "a unit test"})
		case v.Kind == yaml.Scalar && strings.EqualFold(text(g.Get("format")), "sql"):
			s.givenSQL(v, p)
		case v.Kind == yaml.Scalar:
			s.header(v, p)
		default:
			s.items(value, func(row *yaml.Node) {
				s.each(row, func(k, v *yaml.Node) { s.columnName(k, p); s.rest(v, place{path: "a value in a row"}) })
			})
		}
	})
}

// givenSQL: the outputs of the query are the relation's columns, so they would have to be renamed.
func (s *schema) givenSQL(v *yaml.Node, p place) {
	for _, o := range s.hot.find([]byte(v.Value), false) {
		if s.about(p.rel, o.word.change) != other && !p.own {
			s.refused(v, o.word.change, "fixture_sql", "these rows are SQL whose outputs are the columns of "+subject(o.word.change), "rename the output by hand")
			return
		}
	}
	s.left(v, p.path)
}

// header edits the first line of CSV.
func (s *schema) header(v *yaml.Node, p place) {
	head, _, _ := strings.Cut(v.Value, "\n")
	s.words(v, head, p)
}

func (s *schema) exposure(e *yaml.Node) {
	s.each(e, func(key, value *yaml.Node) {
		if key.Value == "depends_on" {
			s.scalars(value, s.relationScalar)
			return
		}
		s.rest(value, place{path: "an exposure"})
	})
}

// semanticModel: without an expression, a name is the column's.
func (s *schema) semanticModel(m *yaml.Node) {
	rel := relationIn(text(m.Get("model")))
	p := place{rel: rel, path: "the semantic model " + text(m.Get("name"))}
	s.each(m, func(key, value *yaml.Node) {
		switch key.Value {
		case "model":
			s.relationScalar(value)
		case "entities", "dimensions", "measures":
			s.items(value, func(n *yaml.Node) { s.semantic(n, p) })
		default:
			s.rest(value, place{path: p.path})
		}
	})
}

func (s *schema) semantic(n *yaml.Node, p place) {
	said := n.Get("expr") != nil
	s.each(n, func(key, value *yaml.Node) {
		switch {
		case key.Value == "expr" && p.rel != nil:
			s.scalars(value, func(x *yaml.Node) { s.expression(x, p) })
		case key.Value == "expr":
			s.scalars(value, func(x *yaml.Node) { s.unclear(x, "the model is not readable") })
		case key.Value == "name" && !said && p.rel != nil:
			s.impliedColumn(value, p)
		default:
			s.rest(value, place{path: p.path})
		}
	})
}

// impliedColumn: the name must stay and can only stay with an expression.
func (s *schema) impliedColumn(n *yaml.Node, p place) {
	for _, o := range s.hot.find([]byte(n.Value), false) {
		if s.about(p.rel, o.word.change) != other && len(n.Value) == o.end-o.start {
			s.refused(n, o.word.change, "implied_column", "without expr this name is also that of the column", "add expr: "+o.word.change.To)
			return
		}
	}
	s.left(n, "a name in "+p.path)
}

// metric of the older kind reads a model itself; the newer ones name semantic models only.
func (s *schema) metric(m *yaml.Node) {
	rel := relationIn(text(m.Get("model")))
	if rel == nil {
		s.rest(m, place{path: "a metric, which reads semantic models"})
		return
	}
	p := place{rel: rel, path: "the metric " + text(m.Get("name"))}
	s.each(m, func(key, value *yaml.Node) {
		switch key.Value {
		case "model":
			s.relationScalar(value)
		case "expression", "sql", "timestamp", "dimensions":
			s.scalars(value, func(x *yaml.Node) { s.expression(x, p) })
		case "filters":
			s.items(value, func(f *yaml.Node) {
				s.scalars(f.Get("field"), func(x *yaml.Node) { s.expression(x, p) })
				s.each(f, func(k, v *yaml.Node) {
					if k.Value != "field" {
						s.rest(v, place{path: p.path})
					}
				})
			})
		default:
			s.rest(value, place{path: p.path})
		}
	})
}
