package dbt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt/jinja"
	"github.com/skein-bot/skein/rewrite/sql"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// about: the relation is the dataset of a change.
func (s *schema) about(r *relation, ch *rewrite.Change) certainty {
	if r == nil {
		return perhaps
	}
	t, c := s.names.find(r)
	if c == other || s.req.Catalog.Tables[t].Dataset != subject(ch) {
		return other
	}
	return c
}

// left notes why a scalar stays.
func (s *schema) left(n *yaml.Node, reason string) {
	if n == nil || n.Kind != yaml.Scalar || !s.hot.mentions([]byte(n.Value)) {
		return
	}
	s.note(&verdict{node: n, left: reason})
}

func (s *schema) refused(n *yaml.Node, ch *rewrite.Change, code, message, suggestion string) {
	v := &verdict{node: n}
	v.fresh = append(v.fresh, rewrite.Refusal{Start: n.Start, End: max(n.End, n.Start+1), Code: code, Dataset: subject(ch), Change: ch.Index,
		Message: message, Suggestion: suggestion})
	s.note(v)
}

// unclear refuses a scalar that holds a changed name, for every change that it may mean.
func (s *schema) unclear(n *yaml.Node, why string) {
	for _, o := range s.hot.find([]byte(n.Value), false) {
		s.refused(n, o.word.change, "not_understood", "this may be "+orElse(o.word.change.From, "a name")+" of "+subject(o.word.change)+": "+why, "look at it by hand")
		return
	}
}

// rename gives a scalar a new value in its own style.
func (s *schema) rename(n *yaml.Node, value string, ch *rewrite.Change, reason string) {
	text, ok := n.Spell(value)
	if !ok {
		s.refused(n, ch, "yaml_style", "a new value cannot be written into this scalar as it stands", "edit it by hand")
		return
	}
	s.note(&verdict{node: n, want: value, edits: []rewrite.Edit{{Start: n.Start, End: n.End, New: text, Dataset: subject(ch), Change: ch.Index, Reason: reason}}})
}

// note keeps a verdict. A scalar that an alias brings to another place must mean the same there.
func (s *schema) note(v *verdict) {
	old := s.verdicts[v.node.Start]
	if old == nil || slices.Equal(old.edits, v.edits) && (old.left == "") == (v.left == "") {
		if old == nil || old.left != "" || len(v.fresh) > 0 {
			s.verdicts[v.node.Start] = v
		}
		return
	}
	var from rewrite.Refusal
	for _, x := range [...]*verdict{old, v} {
		switch {
		case len(x.fresh) > 0:
			s.verdicts[v.node.Start] = x
			return
		case len(x.edits) > 0:
			from = rewrite.Refusal{Dataset: x.edits[0].Dataset, Change: x.edits[0].Change}
		}
	}
	from.Start, from.End, from.Code = v.node.Start, max(v.node.End, v.node.Start+1), "shared_anchor"
	from.Message, from.Suggestion = "an alias brings this to another relation too, where it means something else", "write it out at both places"
	s.verdicts[v.node.Start] = &verdict{node: v.node, fresh: []rewrite.Refusal{from}}
}

// columnName is a scalar that is the name of a column, or a path into one.
func (s *schema) columnName(n *yaml.Node, p place) {
	if n = n.Resolve(); n == nil || n.Kind != yaml.Scalar || !s.hot.mentions([]byte(n.Value)) {
		return
	}
	if strings.Contains(n.Value, "{{") {
		s.unclear(n, "it is templated")
		return
	}
	for i := range s.req.Mapping.Changes {
		ch := &s.req.Mapping.Changes[i]
		next, hit := renamed(n.Value, ch)
		if !hit || p.own && s.about(p.rel, ch) != sure {
			continue
		}
		switch c := s.about(p.rel, ch); {
		case c == other:
		case p.own:
			s.refused(n, ch, "dataset_definition", "this describes "+subject(ch)+" itself", "its owner changes the definition")
			return
		case p.stored:
			s.refused(n, ch, "snapshot", "a snapshot stores this column, and the rows of the past have its old name", "decide how the snapshot's table is migrated, then edit it by hand")
			return
		case c == perhaps:
			s.refused(n, ch, "unknown_table", p.path+" may be "+subject(ch), "add its name to the aliases or to read_as of "+subject(ch))
			return
		case ch.Kind == rewrite.RenameField && next != "":
			s.rename(n, next, ch, n.Value+" is a column of "+subject(ch))
			return
		case ch.Kind == rewrite.Cast, ch.Kind == rewrite.RenameEnum:
		default:
			s.refused(n, ch, "column_changes", "this names "+n.Value+" of "+subject(ch)+", which changes", orElse(ch.Reason, "edit it by hand"))
			return
		}
	}
	s.left(n, "a column of "+p.path)
}

// renamed: the value is the changed field, or a path through it. next is empty if the change is no simple rename.
func renamed(value string, ch *rewrite.Change) (next string, hit bool) {
	if ch.From == "" && len(ch.Fields) == 0 {
		return "", false
	}
	for from := range ch.Fields {
		if strings.EqualFold(from, value) {
			return "", true
		}
	}
	if moves(ch) {
		return "", false
	}
	quote := ""
	if len(value) > 1 && (value[0] == '"' || value[0] == '`') && value[len(value)-1] == value[0] {
		quote, value = value[:1], value[1:len(value)-1]
	}
	have, from := strings.Split(value, "."), strings.Split(ch.From, ".")
	to := strings.Split(ch.To, ".")
	if len(have) < len(from) {
		return "", false
	}
	for i, part := range from {
		if !strings.EqualFold(strings.Trim(part, "[]"), have[i]) {
			return "", false
		}
	}
	if len(to) != len(from) || !slices.Equal(to[:len(to)-1], from[:len(from)-1]) {
		return "", true
	}
	have[len(from)-1] = to[len(to)-1]
	return quote + strings.Join(have, ".") + quote, true
}

// words edits column names that stand in a text apart from each other, as in the head of CSV.
func (s *schema) words(n *yaml.Node, head string, p place) {
	v := &verdict{node: n, want: n.Value}
	for _, o := range slices.Backward(s.hot.find([]byte(head), false)) {
		ch := o.word.change
		if p.own || s.about(p.rel, ch) == other {
			continue
		}
		if n.Bytes == nil || n.Bytes[o.start] < 0 || ch.Kind != rewrite.RenameField || strings.Contains(ch.From, ".") || s.about(p.rel, ch) != sure || !plainName(ch.To) {
			s.refused(n, ch, "fixture", "the head of these rows names "+ch.From+" of "+subject(ch), "edit it by hand")
			return
		}
		v.edits = append(v.edits, rewrite.Edit{Start: n.Bytes[o.start], End: n.Bytes[o.end-1] + 1, New: ch.To, Dataset: subject(ch), Change: ch.Index,
			Reason: ch.From + " is a column of " + subject(ch)})
		v.want = v.want[:o.start] + ch.To + v.want[o.end:]
	}
	if len(v.edits) == 0 {
		s.left(n, p.path)
		return
	}
	slices.Reverse(v.edits)
	s.note(v)
}

func plainName(s string) bool {
	for i := range len(s) {
		if !wordByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// relationScalar is a scalar such as ref('t'), which follows a renamed dataset.
func (s *schema) relationScalar(n *yaml.Node) {
	if n = n.Resolve(); n == nil || n.Kind != yaml.Scalar || !s.hot.mentions([]byte(n.Value)) {
		return
	}
	r := relationIn(n.Value)
	if r == nil {
		s.rest(n, place{path: "a relation"})
		return
	}
	for i := range s.req.Mapping.Changes {
		ch := &s.req.Mapping.Changes[i]
		c := s.about(r, ch)
		if !moves(ch) || c == other {
			continue
		}
		to := s.newCall(r, ch)
		if ch.Kind != rewrite.RenameDataset || to == nil || c == perhaps {
			s.refused(n, ch, "dataset_in_yaml", n.Value+" is "+subject(ch)+", which becomes "+ch.To, "edit it by hand")
			return
		}
		s.renameCall(n, r, to, ch)
		return
	}
	s.left(n, "the name of a relation")
}

// renameCall edits the strings in a call, so that the quotes around them stay.
func (s *schema) renameCall(n *yaml.Node, r, to *relation, ch *rewrite.Change) {
	v := &verdict{node: n, want: n.Value}
	at := max(strings.Index(n.Value, "ref"), 0) // strings are placed from where the call begins
	if r.source != "" {
		at = max(strings.Index(n.Value, "source"), 0)
	}
	for i, a := range slices.Backward(r.args) {
		start, end := at+a.From, at+a.To
		if a.Text == to.args[i].Text || end > len(n.Value) || n.Value[start:end] != a.Text {
			continue
		}
		e, ok := rewrite.Edit{Start: start, End: end, New: to.args[i].Text, Dataset: subject(ch), Change: ch.Index, Reason: r.String() + " is " + subject(ch)}, false
		if n.Bytes != nil {
			e, ok = inward(n, e)
		}
		if !ok {
			s.refused(n, ch, "yaml_style", "a new value cannot be written into this scalar as it stands", "edit it by hand")
			return
		}
		v.edits, v.want = append(v.edits, e), v.want[:start]+to.args[i].Text+v.want[end:]
	}
	slices.Reverse(v.edits)
	s.note(v)
}

// expression is a scalar of SQL over the columns of a relation.
func (s *schema) expression(n *yaml.Node, p place) {
	switch n = n.Resolve(); {
	case n == nil || n.Kind != yaml.Scalar || !s.hot.mentions([]byte(n.Value)):
	case plainName(n.Value) || p.own:
		s.ownOrColumn(n, p)
	case p.rel == nil:
		s.unclear(n, "the relation that it is about is not readable")
	default:
		s.sqlText(n, "select 1 from {{ "+p.rel.String()+" }} where ", "", p.rel)
	}
}

// ownOrColumn: over a model's own outputs everything stays, but a query inside may read the dataset.
func (s *schema) ownOrColumn(n *yaml.Node, p place) {
	if !p.own || plainName(n.Value) {
		s.columnName(n, p)
		return
	}
	if strings.Contains(strings.ToLower(n.Value), "select") || strings.Contains(n.Value, "{{") {
		s.sqlText(n, "select 1 from dbt_own_relation where ", "", p.rel)
		return
	}
	s.rest(n, p)
}

// sqlText gives a scalar to the rewriter of SQL, between a head and a tail that make it a statement.
func (s *schema) sqlText(n *yaml.Node, head, tail string, rel *relation) {
	if !s.hot.mentions([]byte(n.Value)) {
		return
	}
	if n.Bytes == nil {
		s.unclear(n, "its bytes are written in a way that Skein does not follow")
		return
	}
	value := []byte(n.Value)
	nodes, err := jinja.Parse(value, 0, len(value))
	if err != nil {
		s.unclear(n, err.Error())
		return
	}
	inner := &job{sql: s.sql, file: rewrite.File{Path: s.file.Path, Content: value}, req: s.req, idx: s.idx, hot: s.hot, names: s.names}
	inner.fragment(nodes, head, tail, rel)
	inner.splitCalls()
	inner.calls(nodes)
	inner.account(nodes)
	inner.proof = true
	s.note(s.outward(n, inner.finish()))
}

// fragment is unit for a piece of SQL that is no statement of its own.
func (j *job) fragment(nodes []*jinja.Node, head, tail string, rel *relation) {
	end := len(j.file.Content)
	j.render(j.file.Content, unit{nodes: nodes}, func(r *renderer) []sql.Piece {
		if rel != nil {
			r.rels[rel.String()] = rel
		}
		if head == "" {
			return r.out
		}
		return slices.Concat([]sql.Piece{{Made: true, Text: head}}, r.out, []sql.Piece{{Start: end, End: end, Made: true, Text: tail}})
	})
}

// outward turns a result about a scalar's value into one about the file.
func (s *schema) outward(n *yaml.Node, res rewrite.Result) *verdict {
	v := &verdict{node: n}
	place := func(start, end int) (int, int) {
		for start < end && end <= len(n.Bytes) && n.Bytes[start] < 0 {
			start++
		}
		for start < end && end <= len(n.Bytes) && n.Bytes[end-1] < 0 {
			end--
		}
		if start >= end || end > len(n.Bytes) || n.Bytes[start] < 0 || n.Bytes[end-1] < 0 {
			return n.Start, max(n.End, n.Start+1)
		}
		return n.Bytes[start], n.Bytes[end-1] + 1
	}
	for _, f := range res.Refusals {
		f.Start, f.End = place(f.Start, f.End)
		v.fresh = append(v.fresh, f)
	}
	for _, u := range res.Unrelated {
		u.Start, u.End = place(u.Start, u.End)
		v.loose = append(v.loose, u)
	}
	if v.want = n.Value; len(res.Edits) > 0 {
		out, _ := rewrite.Apply([]byte(n.Value), res.Edits)
		v.want = string(out)
	}
	for _, e := range res.Edits {
		text, ok := inward(n, e)
		if !ok {
			v.fresh = append(v.fresh, rewrite.Refusal{Start: n.Start, End: max(n.End, n.Start+1), Code: "yaml_style", Dataset: e.Dataset,
				Change: e.Change, Message: "a new value cannot be written into this scalar as it stands", Suggestion: "edit it by hand"})
			continue
		}
		v.edits = append(v.edits, text)
	}
	return v
}

// inward is an edit of a scalar's value as an edit of the bytes that it is written with.
func inward(n *yaml.Node, e rewrite.Edit) (rewrite.Edit, bool) {
	start, end := e.Start, e.End
	switch {
	case end > len(n.Bytes) || start == end && start == 0:
		return e, false
	case start == end:
		e.Start = n.Bytes[start-1] + 1
		e.End = e.Start
	default:
		e.Start, e.End = n.Bytes[start], n.Bytes[end-1]+1
	}
	if e.Start <= 0 || e.End-e.Start != end-start {
		return e, false
	}
	switch n.Style {
	case yaml.Single:
		e.New = strings.ReplaceAll(e.New, "'", "''")
	case yaml.Double:
		e.New = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(e.New)
	case yaml.Plain:
		return e, !strings.ContainsAny(e.New, ":#,[]{}&*!|>%@\"'\n")
	case yaml.Literal, yaml.Folded:
	}
	return e, true
}

// settle makes the verdicts a result and proves it.
func (s *schema) settle(docs []*yaml.Node) {
	want := map[int]string{}
	all := make([]*verdict, 0, len(s.verdicts))
	for _, v := range s.verdicts {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b *verdict) int { return cmp.Compare(a.node.Start, b.node.Start) })
	for _, v := range all {
		s.res.Refusals = append(s.res.Refusals, v.fresh...)
		s.res.Unrelated = append(s.res.Unrelated, v.loose...)
		if len(v.fresh) > 0 {
			continue
		}
		if len(v.edits) > 0 {
			s.res.Edits = append(s.res.Edits, v.edits...)
			want[v.node.Start] = v.want
		}
		if v.left != "" && v.node.End > v.node.Start {
			s.leave(v.node.Start, v.node.End, v.left)
		}
	}
	s.proof = true
	s.comments(docs)
	s.res.Sort()
	if len(s.res.Edits) == 0 {
		return
	}
	if err := yaml.Prove(s.file.Content, s.res.Edits, want); err != nil {
		s.whole("proof_failed", "the edited file would say something else: "+err.Error(), "edit by hand")
	}
}

// comments accounts for what no scalar was asked about.
func (s *schema) comments(docs []*yaml.Node) {
	var scalars places
	covered := handledPlaces(&s.res)
	yaml.Walk(docs, func(n *yaml.Node) {
		if n.Kind == yaml.Scalar && n.Value != "" {
			scalars = append(scalars, [2]int{n.Start, max(n.End, n.Start+1)})
		}
	})
	scalars = merged(scalars)
	for _, o := range s.hot.find(s.file.Content, false) {
		switch {
		case covered.meets(o.start, o.end):
		case scalars.meets(o.start, o.end):
			s.leave(o.start, o.end, "not the name of a column where it stands")
		default:
			s.leave(o.start, o.end, "in a comment, or a name of YAML itself")
		}
	}
}

// rest is everything that no rule is about. Text that belongs to a changed relation and holds its name is refused.
func (s *schema) rest(n *yaml.Node, p place) {
	s.scalars(n, func(x *yaml.Node) {
		if r := relationIn(x.Value); r != nil {
			s.relationScalar(x)
			return
		}
		for _, o := range s.hot.find([]byte(x.Value), false) {
			if p.rel != nil && !p.own && s.about(p.rel, o.word.change) != other {
				s.refused(x, o.word.change, "not_understood", "this may be "+o.word.text+" of "+subject(o.word.change)+"; Skein does not know what it is here", "look at it by hand")
				return
			}
		}
		if p.path == "" {
			p.path = "this file"
		}
		s.left(x, p.path)
	})
}

// table edits the head of a fixture in CSV, if every unit test gives it for one dataset.
func (j *job) table() {
	name := strings.TrimSuffix(j.file.Path[strings.LastIndexByte(j.file.Path, '/')+1:], ".csv")
	uses := j.idx.fixtures[name]
	head := len(j.file.Content)
	if i := strings.IndexByte(string(j.file.Content), '\n'); i >= 0 {
		head = i
	}
	j.proof = true
	for _, o := range j.hot.find(j.file.Content, false) {
		ch := o.word.change
		hits := 0
		for _, u := range uses {
			if r := relationIn(u); r != nil {
				if t, c := j.names.find(r); c == sure && j.req.Catalog.Tables[t].Dataset == subject(ch) {
					hits++
				}
			}
		}
		switch {
		case o.start >= head:
			j.leave(o.start, o.end, "a value in a row")
		case hits == 0:
			j.leave(o.start, o.end, "a column of a table that does not change")
		case hits < len(uses) || ch.Kind != rewrite.RenameField || !plainName(ch.To) || strings.Contains(ch.From, "."):
			j.refuse(o.start, o.end, ch, "fixture", "unit tests give these rows for "+subject(ch)+", and for something else or for another kind of change", "edit it by hand")
		default:
			j.res.Edits = append(j.res.Edits, rewrite.Edit{Start: o.start, End: o.end, New: ch.To, Dataset: subject(ch), Change: ch.Index,
				Reason: "a row given for " + subject(ch)})
		}
	}
}
