package plan

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/consumer/source"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// mostHeard bounds how many datasets beside the declared ones are looked for in one repository, and mostFields how
// many fields of one.
const (
	mostHeard  = 200
	mostFields = 2_000
)

// Evidence says which fields the files of a consumer read: those places which a rewriter would leave to people if
// every field changed in a way that needs them. So what is shown and what is edited rest on one reading of the code.
// known are all datasets, as they are; those are looked for that the consumer declares or that its files name.
func Evidence(c consumer.Consumer, known []consumer.Snapshot, files []rewrite.File, rewriters []rewrite.Rewriter) consumer.Evidence {
	all := claimed(c, known, files)
	owners := owners(c, files)
	known = heard(c, known, files)
	q := ask(known)
	p := Plan{Mapping: rewrite.Mapping{Changes: q.changes}}
	files = slices.DeleteFunc(slices.Clone(files), func(f rewrite.File) bool { return documentation(f.Path) || source.Wants(f.Path) })
	read, strange := handled(files, rewriters)
	for _, res := range p.Rewrite(everywhere(c, known), known, read, rewriters) {
		all = append(all, q.sights(c, res)...)
	}
	for _, f := range strange {
		all = append(all, mentions(c, known, f)...)
	}
	e := consumer.Evidence{Asked: Asked(c, known), Owners: owners}
	e.Sights, e.Left = consumer.Gather(all)
	return e
}

// Asked names the question that evidence answers: what the consumer declares, and which fields its datasets have.
func Asked(c consumer.Consumer, known []consumer.Snapshot) string {
	h := sha256.New()
	out := json.NewEncoder(h)
	_ = out.Encode(c.Reads) // plain values, into a sum: neither fails
	for _, s := range known {
		if declares(c, s.Dataset) {
			_ = out.Encode([]any{s.Dataset, s.Names, s.Dialect, paths(s.Schema.Fields)})
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Fields are the fields of a dataset as evidence names them.
func Fields(s consumer.Snapshot) []string { return paths(s.Schema.Fields) }

func declares(c consumer.Consumer, dataset string) bool {
	return slices.ContainsFunc(c.Reads, func(r consumer.Read) bool { return r.Dataset == dataset })
}

// question is what rewriters are asked about: changes by their index. Of each dataset they are the dataset by its name,
// its rows as a whole, and its fields.
type question struct {
	changes []rewrite.Change
	columns map[string]int // how many fields of its own a dataset has
}

func ask(known []consumer.Snapshot) question {
	q := question{columns: map[string]int{}}
	for _, s := range known {
		q.columns[s.Dataset] = len(s.Schema.Fields)
		q.add(rewrite.Review, s.Dataset, "")
		q.add(rewrite.Reshape, s.Dataset, consumer.Row)
		for _, path := range paths(s.Schema.Fields) {
			q.add(rewrite.Review, s.Dataset, path)
		}
	}
	return q
}

func (q *question) add(kind rewrite.Kind, dataset, path string) {
	q.changes = append(q.changes, rewrite.Change{Kind: kind, Dataset: dataset, From: path, Index: len(q.changes), Reason: "a read"})
}

// paths are the fields of a dataset as queries write them, those that lie deep last. What lies below the values of a
// map has no such path.
func paths(fields []schema.Field) []string {
	type level struct {
		prefix string
		fields []schema.Field
	}
	var out []string
	for todo := []level{{"", fields}}; len(todo) > 0; todo = todo[1:] {
		for _, f := range todo[0].fields {
			if len(out) == mostFields {
				return out
			}
			path := todo[0].prefix + f.Name
			out = append(out, path)
			if f.Type.Kind != "map" && len(f.Fields) > 0 {
				todo = append(todo, level{path + ".", f.Fields})
			}
		}
	}
	return out
}

// everywhere is a consumer that has every file read for every dataset, after what it declares itself.
func everywhere(c consumer.Consumer, known []consumer.Snapshot) consumer.Consumer {
	var usual consumer.Read
	for _, r := range c.Reads {
		usual.Ignore, usual.Dialect = r.Ignore, cmp.Or(usual.Dialect, r.Dialect)
	}
	if _, twice := contradiction(c.Reads); twice {
		usual.Dialect = ""
	}
	out := consumer.Consumer{Repo: c.Repo, Reads: slices.Clone(c.Reads)}
	for _, s := range known {
		r := usual
		r.Dataset = s.Dataset
		out.Reads = append(out.Reads, r)
	}
	return out
}

// heard are the datasets that a consumer declares, and others whose names stand in its files.
func heard(c consumer.Consumer, known []consumer.Snapshot, files []rewrite.File) []consumer.Snapshot {
	called := map[string][]int{}
	for i, s := range known {
		for _, n := range s.Names {
			word := strings.ToLower(lastWord(n))
			called[word] = append(called[word], i)
		}
	}
	found := map[int]bool{}
	for _, f := range files {
		eachWord(f.Content, func(word []byte, _ int) {
			for _, i := range called[string(word)] {
				found[i] = true
			}
		})
	}
	var out, more []consumer.Snapshot
	for i, s := range known {
		switch {
		case declares(c, s.Dataset):
			out = append(out, s)
		case found[i] && len(more) < mostHeard:
			more = append(more, s)
		}
	}
	return append(out, more...)
}

func lastWord(name string) string {
	out := called(name)
	if i := strings.LastIndexFunc(out, func(r rune) bool { return !inWord(r) }); i >= 0 {
		out = out[i+1:]
	}
	return out
}

// eachWord gives the words of a text in lower case, with their lines. A word is valid during the call alone.
func eachWord(text []byte, f func(word []byte, line int)) {
	if binaryContent(text) {
		return
	}
	line := 0
	for row := range bytes.Lines(bytes.ToLower(text)) {
		line++
		for word := range bytes.FieldsFuncSeq(row, func(r rune) bool { return !inWord(r) }) {
			f(word, line)
		}
	}
}

// handled parts the files that some rewriter reads from those that nobody understands.
func handled(files []rewrite.File, rewriters []rewrite.Rewriter) (read, strange []rewrite.File) {
	for _, f := range files {
		if slices.ContainsFunc(rewriters, func(r rewrite.Rewriter) bool { return r.Handles(f.Path) }) {
			read = append(read, f)
		} else {
			strange = append(strange, f)
		}
	}
	return read, strange
}

// mentions are the fields whose names stand in a declared file that nobody understands, beside the dataset's.
func mentions(c consumer.Consumer, known []consumer.Snapshot, f rewrite.File) (out []consumer.Sight) {
	reads := readsOf(c, f.Path)
	if len(reads) == 0 {
		return nil
	}
	first := map[string]int{}
	eachWord(f.Content, func(word []byte, line int) {
		if _, seen := first[string(word)]; !seen {
			first[string(word)] = line
		}
	})
	for _, s := range known {
		if !slices.ContainsFunc(reads, func(r consumer.Read) bool { return r.Dataset == s.Dataset }) || !named(first, s.Names) {
			continue
		}
		for _, path := range paths(s.Schema.Fields) {
			if line := first[strings.ToLower(last(path))]; line > 0 {
				out = append(out, consumer.Sight{Dataset: s.Dataset, Field: path, File: f.Path, Line: line, Places: 1, How: consumer.Mentions, Declared: true})
			}
		}
	}
	return out
}

func named(words map[string]int, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return words[strings.ToLower(lastWord(n))] > 0 })
}

// sights are what a result shows. Where nobody declared a file, only what is certain counts.
func (q question) sights(c consumer.Consumer, res rewrite.Result) []consumer.Sight {
	var out []consumer.Sight
	for _, r := range res.Refusals {
		if r.Change < 0 || r.Change >= len(q.changes) {
			continue
		}
		s := consumer.Sight{Dataset: r.Dataset, Field: q.changes[r.Change].From, File: res.Path, Line: r.Line, Places: 1, How: howOf(r.Code)}
		s.Dataset = cmp.Or(s.Dataset, q.changes[r.Change].Dataset)
		s.Declared = slices.ContainsFunc(c.Reads, func(x consumer.Read) bool { return x.Dataset == s.Dataset && selects(x, res.Path) })
		switch r.Code {
		case "whole_row":
			s.Field = consumer.Row
		case "struct_value":
			s.Field = s.Field[:max(0, strings.LastIndexByte(s.Field, '.'))]
		}
		out = append(out, s)
	}
	out = q.stars(settled(out))
	return slices.DeleteFunc(out, func(s consumer.Sight) bool {
		return !s.Declared && s.How != consumer.Reads && s.How != consumer.Passes
	})
}

// howOf says what a refusal shows.
func howOf(code string) consumer.How {
	switch code {
	case "needs_review", "dataset_removed":
		return consumer.Reads
	case "star_output", "star_positional", "whole_row", "struct_value":
		return consumer.Passes
	case "column_changes", "unsupported_file", "unsupported_encoding":
		return consumer.Mentions
	}
	return consumer.May
}

// settled takes the part of a path for read whose beginning is: of addr.zip, the rewriter answers for addr.
func settled(all []consumer.Sight) []consumer.Sight {
	for i := range all {
		s := &all[i]
		if s.How == consumer.May && slices.ContainsFunc(all, func(o consumer.Sight) bool {
			return o.How == consumer.Reads && o.Line == s.Line && o.Dataset == s.Dataset && o.Field != "" && strings.HasPrefix(s.Field, o.Field+".")
		}) {
			s.How = consumer.Reads
		}
	}
	return all
}

// stars puts one sight in the place of those of all fields of a dataset that one line passes on.
func (q question) stars(all []consumer.Sight) []consumer.Sight {
	type line struct {
		dataset string
		line    int
	}
	passed := map[line]map[string]bool{}
	for _, s := range all {
		if s.How == consumer.Passes && !strings.Contains(s.Field, ".") {
			at := line{s.Dataset, s.Line}
			if passed[at] == nil {
				passed[at] = map[string]bool{}
			}
			passed[at][s.Field] = true
		}
	}
	out := all[:0]
	for _, s := range all {
		fields := passed[line{s.Dataset, s.Line}]
		switch whole := fields[consumer.Row] || len(fields) >= q.columns[s.Dataset]; {
		case s.How != consumer.Passes || !whole:
			out = append(out, s)
		case !fields[""]:
			fields[""] = true // it is in the list
			s.Field = consumer.Row
			out = append(out, s)
		}
	}
	return out
}

// Witnesses reports which files of a repository are to be read for what they claim, and for what names mean.
func Witnesses(rewriters []rewrite.Rewriter) func(path string) bool {
	helps := Helps(rewriters)
	return func(file string) bool { return source.Wants(file) || helps(file) }
}

// claimed is what files of other tools say. What they say of other repositories is left out.
func claimed(c consumer.Consumer, known []consumer.Snapshot, files []rewrite.File) (out []consumer.Sight) {
	names := make([][]string, len(known))
	for i, s := range known {
		names[i] = s.Names
	}
	index := source.NewIndex(names)
	for _, x := range source.Claims(files) {
		if x.Of != "" && !strings.EqualFold(x.Of, c.Repo.String()) {
			continue
		}
		for _, i := range index.Of(x) {
			d := known[i].Dataset
			out = append(out, consumer.Sight{Dataset: d, File: x.File, Line: x.Line, Places: 1, How: x.How, Declared: declares(c, d)})
		}
		if len(out) > consumer.MostSights {
			break
		}
	}
	return out
}

// owners answer for the files that are declared.
func owners(c consumer.Consumer, files []rewrite.File) []string {
	var globs []string
	for _, r := range c.Reads {
		globs = append(globs, r.Paths...)
	}
	for _, place := range source.Places() {
		if i := slices.IndexFunc(files, func(f rewrite.File) bool { return f.Path == place }); i >= 0 {
			return source.ParseOwners(files[i].Content).Answering(globs)
		}
	}
	return nil
}
