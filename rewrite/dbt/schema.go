package dbt

import (
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
