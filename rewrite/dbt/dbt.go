// Package dbt follows schema changes through dbt projects: models with Jinja, and the YAML beside them.
//
// A model is not SQL but a program that writes SQL. So it is rendered, without dbt, as far as its own text says
// what it writes:
//
//	project  project.go finds the projects of a repository, which are read apart from each other
//	index    index.go reads what a project says about names: sources, aliases, versions, macros, variables
//	names    relation.go finds the dataset that a ref or a source is; outputs.go what other models put out
//	render   render.go, value.go and macro.go make SQL in pieces that know the bytes they come from. Each branch that
//	         nobody can decide is one variant more, one at a time; loops over literal lists are unrolled
//	rewrite  model.go gives every variant to the rewriter of SQL and keeps the edits on which all variants agree
//	account  account.go explains or refuses what is left: names in Jinja, calls that hide what they write
//
// schema.go does the YAML, with source.go, properties.go, unittest.go, semantic.go and tests.go: they know which scalar
// belongs to which relation. scalar.go edits its bytes, and gives the expressions in it to the same rewriter of SQL.
//
// What is built by a macro that nobody has seen, read by adapter calls or stored by a snapshot is refused.
package dbt

import (
	"bytes"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// maxBytes is the largest file that is read.
const maxBytes = 8 << 20

// New returns a rewriter for the files of dbt projects; SQL without templates goes straight to sql. It works file by
// file and takes the usual folders for dbt's; after Prepare it knows the projects. It is safe for concurrent use.
func New(sql rewrite.Rewriter) rewrite.Project { return &rewriter{sql: sql} }

type rewriter struct {
	sql      rewrite.Rewriter
	prepared bool
	indexes  []*index // of the projects, the deepest first
}

// Prepare implements rewrite.Project. A repository without a dbt_project.yml has nothing of dbt's.
func (w *rewriter) Prepare(files []rewrite.File) rewrite.Rewriter {
	out := &rewriter{sql: w.sql, prepared: true}
	all := projects(files)
	for _, p := range all {
		out.indexes = append(out.indexes, newIndex(p))
	}
	fill(out.indexes, files)
	out.link()
	return out
}

// link lets projects see the packages that they use and that lie in the same repository.
func (w *rewriter) link() {
	for _, x := range w.indexes {
		for _, dir := range x.project.local {
			if i := slices.IndexFunc(w.indexes, func(y *index) bool { return y != x && y.project.dir == dir }); i >= 0 {
				x.adopt(w.indexes[i])
			}
		}
	}
}

// indexOf is that of the project which a file belongs to; nil if there is none.
func (w *rewriter) indexOf(file string) *index {
	var found *index
	for _, x := range w.indexes {
		if _, ok := x.project.within(file); x.project.reads(file) && (found == nil || ok) {
			found = x
			if ok {
				break
			}
		}
	}
	return found
}

// Helps implements rewrite.Project.
func (w *rewriter) Helps(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".sql", ".yml", ".yaml":
		return !strings.HasPrefix(file, ".") && !strings.Contains(file, "/.")
	}
	return false
}

// Handles implements rewrite.Rewriter.
func (w *rewriter) Handles(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".sql", ".yml", ".yaml", ".py", ".csv":
		return !w.prepared && usual(file) || w.indexOf(file) != nil
	}
	return false
}

// For implements rewrite.Rewriter.
func (w *rewriter) For(req rewrite.Request) func(rewrite.File) rewrite.Result {
	a := &asked{rewriter: w, req: &req, plain: w.sql.For(req), views: map[*index]*view{}}
	return a.rewrite
}

func (a *asked) rewrite(f rewrite.File) rewrite.Result {
	res := rewrite.Result{Path: f.Path}
	v := a.viewOf(f)
	if v == nil || !v.hot.mentions(f.Content) {
		return res
	}
	job := &job{sql: a.sql, file: f, req: a.req, idx: v.idx, hot: v.hot, names: v.names}
	switch {
	case a.sql.Handles(f.Path) && !bytes.Contains(f.Content, []byte("{{")) && !bytes.Contains(f.Content, []byte("{%")) && !bytes.Contains(f.Content, []byte("{#")):
		return a.plain(f)
	case len(f.Content) > maxBytes:
		job.whole("file_too_large", "the file is larger than Skein reads", "split it")
	case strings.EqualFold(path.Ext(f.Path), ".sql"):
		job.model()
	case strings.EqualFold(path.Ext(f.Path), ".py"):
		job.python()
	case strings.EqualFold(path.Ext(f.Path), ".csv"):
		job.table()
	default:
		job.schema()
	}
	return job.finish()
}

// job is the work on one file.
type job struct {
	sql   rewrite.Rewriter
	file  rewrite.File
	req   *rewrite.Request
	idx   *index
	hot   *hot
	names *names
	res   rewrite.Result
	seen  places // of the file that were rendered
	proof bool   // every edit is proven
}

// whole refuses the file once for every change.
func (j *job) whole(code, message, suggestion string) {
	j.wholeAt(0, code, message, suggestion)
}

func (j *job) wholeAt(at int, code, message, suggestion string) {
	end := at
	if at > 0 {
		end++
	}
	j.res.Edits, j.proof = nil, false
	for i := range j.req.Mapping.Changes {
		j.refuse(at, end, &j.req.Mapping.Changes[i], code, message, suggestion)
	}
}

func (j *job) refuse(start, end int, ch *rewrite.Change, code, message, suggestion string) {
	j.res.Refusals = append(j.res.Refusals, rewrite.Refusal{Start: start, End: end, Code: code, Dataset: subject(ch),
		Change: ch.Index, Message: message, Suggestion: suggestion})
}

func (j *job) leave(start, end int, reason string) {
	j.res.Unrelated = append(j.res.Unrelated, rewrite.Unrelated{Start: start, End: end, Reason: reason})
}

// finish puts the result in order. What is refused is not edited, and what is either is not listed as unrelated.
func (j *job) finish() rewrite.Result {
	res := &j.res
	res.Path = j.file.Path
	res.Sort()
	res.Refusals = compactRefusals(res.Refusals)
	refused := refusedPlaces(res)
	kept := res.Edits[:0]
	for _, e := range res.Edits {
		if !refused.meets(e.Start, max(e.End, e.Start+1)) {
			kept = append(kept, e)
		}
	}
	res.Edits = kept
	done := merged(append(slices.Clone(refused), editedPlaces(res)...))
	left, last := res.Unrelated[:0], rewrite.Unrelated{End: -1}
	for _, u := range res.Unrelated {
		if !done.hold(u.Start, u.End) && (u.Start != last.Start || u.End != last.End) {
			left, last = append(left, u), u
		}
	}
	res.Unrelated = left
	res.Locate(j.file.Content)
	res.Verified = len(res.Edits) > 0 && len(res.Refusals) == 0 && j.proof
	if len(res.Edits) == 0 {
		res.Edits = nil
	}
	return *res
}

// places are ranges of bytes, in order and apart, so that thousands can be asked about quickly.
type places [][2]int

// hold: one range has all of these bytes in it. What it has only a part of, such as a comment around a refused call,
// may hold other names.
func (p places) hold(start, end int) bool {
	i := sort.Search(len(p), func(i int) bool { return p[i][1] > start })
	return i < len(p) && p[i][0] <= start && end <= p[i][1]
}

// merged puts ranges in order.
func merged(all places) places {
	slices.SortFunc(all, func(a, b [2]int) int { return a[0] - b[0] })
	out := all[:0]
	for _, x := range all {
		if n := len(out); n > 0 && x[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], x[1])
			continue
		}
		out = append(out, x)
	}
	return out
}

func (p places) meets(start, end int) bool {
	i := sort.Search(len(p), func(i int) bool { return p[i][1] > start })
	return i < len(p) && p[i][0] < end
}

func refusedPlaces(res *rewrite.Result) places {
	var out places
	for i := range res.Refusals {
		out = append(out, [2]int{res.Refusals[i].Start, res.Refusals[i].End})
	}
	return merged(out)
}

func editedPlaces(res *rewrite.Result) places {
	var out places
	for i := range res.Edits {
		out = append(out, [2]int{res.Edits[i].Start, res.Edits[i].End})
	}
	return merged(out)
}

// handledPlaces are edited, refused or listed as unrelated.
func handledPlaces(res *rewrite.Result) places {
	out := append(refusedPlaces(res), editedPlaces(res)...)
	for i := range res.Unrelated {
		out = append(out, [2]int{res.Unrelated[i].Start, res.Unrelated[i].End})
	}
	return merged(out)
}

func compactRefusals(list []rewrite.Refusal) []rewrite.Refusal {
	seen, out := map[rewrite.Refusal]bool{}, list[:0]
	for _, f := range list {
		f.Line, f.Column = 0, 0
		key := f
		key.Message, key.Suggestion = "", ""
		if !seen[key] {
			seen[key] = true
			out = append(out, f)
		}
	}
	return out
}
