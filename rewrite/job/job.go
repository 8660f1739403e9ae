// Package job follows schema changes through SQL that stands in YAML: scheduled queries, pipelines, checks.
//
//	name: daily revenue
//	query: |
//	  SELECT cust_id, sum(amount) AS revenue
//	  FROM sales.orders GROUP BY cust_id
//
// Which keys hold SQL is for the caller to say, in Request.SQLKeys; nothing is guessed from a key's name. The value of
// such a key, or each item of its list, goes to the rewriter of SQL as a file of its own, whatever its style: block,
// folded, quoted or plain. What it answers is mapped back byte by byte. The file is never written as YAML, so
// comments and layout stay; at the end it is parsed again, and only those values may differ.
//
// A changed name that stands anywhere else in a file that also names the dataset is refused: a job's other values may
// well be columns.
package job

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// maxBytes is the largest file that is read.
const maxBytes = 8 << 20

// Rewriter rewrites the SQL in YAML files. It is safe for concurrent use.
type Rewriter struct{ sql rewrite.Rewriter }

// New returns a rewriter that gives what it finds to the rewriter of SQL.
func New(sql rewrite.Rewriter) *Rewriter { return &Rewriter{sql: sql} }

// Handles implements rewrite.Rewriter.
func (w *Rewriter) Handles(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return ext == ".yml" || ext == ".yaml"
}

// For implements rewrite.Rewriter: without keys there is nothing to read.
func (w *Rewriter) For(req rewrite.Request) func(rewrite.File) rewrite.Result {
	if len(req.SQLKeys) == 0 {
		return nil
	}
	sql, words := w.sql.For(req), wordsOf(req)
	return func(f rewrite.File) rewrite.Result {
		j := work{sql: sql, file: f, req: req, words: words, res: rewrite.Result{Path: f.Path}, done: map[*yaml.Node]bool{}, want: map[int]string{}}
		return j.rewrite()
	}
}

func (j *work) rewrite() rewrite.Result {
	f := j.file
	hits := j.words.find(f.Content)
	if len(hits) == 0 {
		return j.res
	}
	if len(f.Content) > maxBytes {
		j.whole("file_too_large", "the file is larger than Skein reads", "split it")
		return j.res
	}
	docs, err := yaml.Parse(f.Content)
	if err != nil {
		j.whole("unreadable_yaml", "this is not readable as YAML: "+err.Error(), "mend the file, or leave it out with ignore")
		return j.res
	}
	j.scalars(docs)
	j.account(hits)
	j.finish()
	return j.res
}

// work is one file.
type work struct {
	sql   func(rewrite.File) rewrite.Result
	file  rewrite.File
	req   rewrite.Request
	words words
	res   rewrite.Result
	nodes []*yaml.Node        // every scalar
	done  map[*yaml.Node]bool // what was read as SQL
	want  map[int]string      // values that edited scalars are to have, by their first byte
}

// scalars reads every value of the named keys as SQL.
func (j *work) scalars(docs []*yaml.Node) {
	yaml.Walk(docs, func(n *yaml.Node) {
		if n.Kind == yaml.Scalar {
			j.nodes = append(j.nodes, n)
		}
		for i := 0; n.Kind == yaml.Mapping && i+1 < len(n.Content); i += 2 {
			if slices.Contains(j.req.SQLKeys, n.Content[i].Value) {
				j.value(n.Content[i+1])
			}
		}
	})
	slices.SortStableFunc(j.nodes, func(a, b *yaml.Node) int { return cmp.Compare(a.Start, b.Start) })
}

// value reads one value: a scalar, or a list of them. An alias is read where its anchor stands.
func (j *work) value(n *yaml.Node) {
	n = n.Resolve()
	if n == nil || j.done[n] {
		return
	}
	switch j.done[n] = true; n.Kind {
	case yaml.Scalar:
		j.query(n)
	case yaml.Sequence:
		for _, item := range n.Content {
			j.value(item)
		}
	case yaml.Mapping, yaml.Alias:
	}
}

// query rewrites the SQL in a scalar.
func (j *work) query(n *yaml.Node) {
	if n.Value == "" {
		return
	}
	if n.Bytes == nil {
		if len(j.words.find([]byte(n.Value))) > 0 {
			j.refuse(n.Start, n.Start+1, rewrite.Refusal{Code: "yaml_style", Message: "the way this value is written is not followed", Suggestion: "write the SQL as a block: query: |"})
		}
		return
	}
	res := j.sql(rewrite.File{Path: j.file.Path, Content: []byte(n.Value)})
	edits, ok := j.edits(n, res.Edits)
	if !ok {
		edits = nil
	}
	if len(edits) > 0 {
		out, err := rewrite.Apply([]byte(n.Value), res.Edits)
		if err != nil { // the rewriter of SQL broke its contract
			j.whole("proof_failed", err.Error(), "edit by hand")
			return
		}
		j.want[n.Start] = string(out)
	}
	j.res.Edits = append(j.res.Edits, edits...)
	for _, r := range res.Refusals {
		start, end := place(n, r.Start, r.End)
		j.refuse(start, end, r)
	}
	for _, u := range res.Unrelated {
		u.Start, u.End = place(n, u.Start, u.End)
		j.res.Unrelated = append(j.res.Unrelated, u)
	}
}

// edits puts edits of a value into the file; false if one of them has no place there.
func (j *work) edits(n *yaml.Node, list []rewrite.Edit) ([]rewrite.Edit, bool) {
	out := make([]rewrite.Edit, 0, len(list))
	for _, e := range list {
		start, end, ok := exact(n, e.Start, e.End)
		if !ok {
			start, end = place(n, e.Start, e.End)
			j.refuse(start, end, rewrite.Refusal{Code: "yaml_style", Message: "this name is written with escapes, or over several lines",
				Suggestion: "write the SQL as a block: query: |", Dataset: e.Dataset, Change: e.Change})
			return nil, false
		}
		e.Start, e.End, e.New = start, end, escape(n, e.New)
		out = append(out, e)
	}
	return out, true
}

// exact is where a range of a value stands in the file, byte for byte. An insertion stands behind what it follows.
func exact(n *yaml.Node, start, end int) (from, to int, ok bool) {
	switch {
	case end > len(n.Bytes) || start == end && start == 0:
		return 0, 0, false
	case start == end:
		from = n.Bytes[start-1] + 1
		return from, from, n.Bytes[start-1] >= 0
	}
	from, to = n.Bytes[start], n.Bytes[end-1]+1
	return from, to, from >= 0 && to-from == end-start
}

// place is about where a range of a value stands in the file: what is certain of it.
func place(n *yaml.Node, start, end int) (from, to int) {
	for start < end && start < len(n.Bytes) && n.Bytes[start] < 0 {
		start++
	}
	for start < end && end <= len(n.Bytes) && n.Bytes[end-1] < 0 {
		end--
	}
	if start >= end || end > len(n.Bytes) {
		return n.Start, n.Start + 1
	}
	return n.Bytes[start], n.Bytes[end-1] + 1
}

// escape writes a piece of a value in the scalar's style.
func escape(n *yaml.Node, text string) string {
	switch n.Style {
	case yaml.Single:
		return strings.ReplaceAll(text, "'", "''")
	case yaml.Double:
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	case yaml.Plain, yaml.Literal, yaml.Folded:
	}
	return text
}

// account looks at every changed name once more. Outside the SQL it may be a column too.
func (j *work) account(hits []hit) {
	named := slices.ContainsFunc(hits, func(h hit) bool { return h.word.dataset })
	certain := j.certain()
	for _, h := range hits {
		n := j.scalarAt(h)
		switch {
		case h.word.dataset && !h.word.counts, n != nil && j.done[n] && !ahead(n, h):
		case n == nil && certain, n != nil && j.done[n]:
			j.res.Unrelated = append(j.res.Unrelated, rewrite.Unrelated{Start: h.start, End: h.end, Reason: "in a comment"})
		case !named:
			j.res.Unrelated = append(j.res.Unrelated, rewrite.Unrelated{Start: h.start, End: h.end, Reason: "in a file that nowhere names " + h.word.change.Dataset})
		default:
			j.refuse(h.start, h.end, rewrite.Refusal{Code: "outside_sql", Message: "this may be the changed name; it stands outside the keys that hold SQL",
				Suggestion: "look at it by hand, or add its key to sql_keys", Dataset: h.word.subject(), Change: h.word.change.Index})
		}
	}
}

// ahead reports whether a name stands before a block, beside the sign that begins it.
func ahead(n *yaml.Node, h hit) bool {
	first := slices.IndexFunc(n.Bytes, func(at int) bool { return at >= 0 })
	return (n.Style == yaml.Literal || n.Style == yaml.Folded) && (first < 0 || h.end <= n.Bytes[first])
}

// scalarAt is the scalar that a name stands in.
func (j *work) scalarAt(h hit) *yaml.Node {
	i, found := slices.BinarySearchFunc(j.nodes, h.start, func(n *yaml.Node, at int) int { return cmp.Compare(n.Start, at) })
	if !found {
		i--
	}
	if i < 0 || h.end > j.nodes[i].End {
		return nil
	}
	return j.nodes[i]
}

// certain: the place of every scalar is known, so what is in none of them is a comment.
func (j *work) certain() bool {
	return !slices.ContainsFunc(j.nodes, func(n *yaml.Node) bool { return n.End == n.Start && n.Value != "" })
}

func (j *work) refuse(start, end int, r rewrite.Refusal) {
	r.Start, r.End = start, end
	j.res.Refusals = append(j.res.Refusals, r)
}

// whole refuses the file.
func (j *work) whole(code, message, suggestion string) {
	r := rewrite.Refusal{Code: code, Message: message, Suggestion: suggestion, Line: 1, Column: 1}
	if len(j.req.Mapping.Changes) > 0 {
		r.Dataset, r.Change = j.req.Mapping.Changes[0].Dataset, j.req.Mapping.Changes[0].Index
	}
	j.res.Edits = nil
	j.res.Refusals = append(j.res.Refusals, r)
}

// finish proves that only the values meant differ, and puts the result in order.
func (j *work) finish() {
	j.res.Sort()
	if len(j.res.Edits) > 0 {
		if err := yaml.Prove(j.file.Content, j.res.Edits, j.want); err != nil {
			j.whole("proof_failed", fmt.Sprintf("the edited file would say something else: %v", err), "edit by hand")
		}
	}
	j.res.Sort()
	j.res.Verified = len(j.res.Edits) > 0 && len(j.res.Refusals) == 0
	j.res.Locate(j.file.Content)
}
