package avro

import (
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/jsontext"
)

// Rewriter rewrites readers' schemas.
type Rewriter struct{}

// New returns the rewriter.
func New() Rewriter { return Rewriter{} }

// Handles reports whether the file may be an Avro schema or protocol by its name.
func (Rewriter) Handles(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".avsc", ".avpr", ".json":
		return true
	}
	return false
}

// Recognizes implements rewrite.Recognizer: a .json file may be anything, so it has to declare a record.
func (Rewriter) Recognizes(f rewrite.File) bool {
	if !strings.EqualFold(path.Ext(f.Path), ".json") {
		return true
	}
	root, err := jsontext.Parse(f.Content)
	return err == nil && len(read(&root).records) > 0
}

// For implements rewrite.Rewriter.
func (Rewriter) For(req rewrite.Request) func(rewrite.File) rewrite.Result {
	return func(f rewrite.File) rewrite.Result { return rewritten(f, req) }
}

// rewritten follows the changes through one file.
func rewritten(f rewrite.File, req rewrite.Request) rewrite.Result {
	w := &work{src: f.Content, req: req, res: rewrite.Result{Path: f.Path}, hits: map[*jsontext.Node]int{}, given: map[string]*jsontext.Node{}, spans: map[int]int{}}
	root, err := jsontext.Parse(f.Content)
	if err != nil {
		w.unreadable(err)
		return w.res
	}
	w.file = read(&root)
	for pass := range 2 { // first count who shares what, then decide
		for _, c := range req.Mapping.Changes {
			w.change(c, pass == 0)
		}
	}
	w.rest(&root)
	w.res.Sort()
	w.res.Locate(f.Content)
	w.res.Verified = len(w.res.Edits) > 0 && w.proven()
	return w.res
}

type work struct {
	src   []byte
	req   rewrite.Request
	res   rewrite.Result
	file  *file
	from  *record                   // where the change's path begins
	hits  map[*jsontext.Node]int    // how many changes rename a field of a record, by the field
	given map[string]*jsontext.Node // the fields that got a name, by record and name
	spans map[int]int               // starts and ends of the texts that are edited or refused
}

// unreadable refuses the whole file when a changed name occurs in it.
func (w *work) unreadable(err error) {
	for _, c := range w.req.Mapping.Changes {
		if rewrite.HasWord(string(w.src), c.OldName()) {
			w.res.Refusals = append(w.res.Refusals, rewrite.Refusal{Line: 1, Column: 1, Code: "syntax_error", Dataset: c.Dataset, Change: c.Index,
				Message: "This schema cannot be read: " + err.Error() + ".", Suggestion: "Mend the file, and look for the change by hand."})
		}
	}
}

func (w *work) change(c rewrite.Change, count bool) {
	switch c.Kind {
	case rewrite.RenameDataset, rewrite.ReplaceDataset:
		if !count {
			w.dataset(c)
		}
		return
	case rewrite.Reshape: // readers of Avro go by names
		return
	case rewrite.RenameField, rewrite.Cast, rewrite.RenameEnum, rewrite.DropField, rewrite.Review:
	}
	for _, r := range w.records(c.Dataset) {
		w.from = r
		w.walk(c, r, strings.Split(rewrite.Plain(c.From), "."), count)
	}
}

// records returns those that are the dataset by any of its names: by the full name, else by the last part, for a copy
// may have a namespace of its own. What is another dataset by its full name is left out.
func (w *work) records(dataset string) []*record {
	names, others := w.req.NamesOf(dataset)
	var exact, alike []*record
	for _, r := range w.file.records {
		switch {
		case slices.Contains(names, r.name):
			exact = append(exact, r)
		case slices.Contains(others, r.name):
		case slices.ContainsFunc(names, func(n string) bool { return short(n) == short(r.name) }):
			alike = append(alike, r)
		}
	}
	if exact != nil {
		return exact
	}
	return alike
}

// walk follows a path of fields to the last one.
func (w *work) walk(c rewrite.Change, r *record, steps []string, count bool) {
	field := r.field(steps[0])
	switch {
	case field == nil:
		return // this reader does not read it
	case len(steps) == 1:
		w.field(c, r, field, count)
		return
	}
	below, known := w.file.behind(field.At("type"), w.file.homes[field.At("type")])
	if !known && !count {
		w.refuse(c, field.At("name"), "unknown_type", "The type of this field is declared in another file, and the change is about a member of it.",
			"Change the file that declares it.")
	}
	for _, b := range below {
		if len(below) > 1 && short(b.name) == steps[1] && len(steps) > 2 {
			w.walk(c, b, steps[2:], count)
			continue
		}
		w.walk(c, b, steps[1:], count)
	}
}

// field edits or refuses the field that a change is about.
func (w *work) field(c rewrite.Change, r *record, field *jsontext.Node, count bool) {
	name := field.At("name")
	if c.Kind != rewrite.RenameField {
		if s := symbol(field.At("type"), c.OldValue); c.Kind == rewrite.RenameEnum && s != nil {
			name = s
		}
		if !count {
			w.refuse(c, name, code(c), reason(c), "Decide what this reader should do, and edit the schema by hand.")
		}
		return
	}
	if count {
		w.hits[field]++
		return
	}
	to := short(rewrite.Plain(c.To))
	switch {
	case !w.req.Mapping.InPlace(c):
		w.refuse(c, name, "moved", "The field is in another record now, and an alias does not reach there.", "Move the field by hand.")
	case r.field(to) != nil, w.given[r.name+"."+to] != nil && w.given[r.name+"."+to] != field:
		w.refuse(c, name, "name_taken", "This record has a field "+to+" already.", "Remove one of the two fields.")
	case parent(c.From) != "" && w.hits[field] < r.waysFrom(w.from):
		w.refuse(c, name, "shared_type", "Several fields share this record type, and the change is about some of them only.", "Give the changed one a record type of its own.")
	default:
		w.given[r.name+"."+to] = field
		w.rename(c, field, name.Text, to)
	}
}

func parent(p string) string {
	p = rewrite.Plain(p)
	return p[:max(0, strings.LastIndexByte(p, '.'))]
}

// rename puts the new name in place and the old one among the aliases.
func (w *work) rename(c rewrite.Change, object *jsontext.Node, old, to string) {
	name := object.At("name")
	if _, done := w.spans[name.Start]; done {
		return
	}
	edited := jsontext.Quote(prefix(name.Text) + to)
	aliases := object.At("aliases")
	switch {
	case !aliases.Is('['):
		edited += `, "aliases": [` + jsontext.Quote(old) + "]"
	case slices.ContainsFunc(aliases.Items, func(n jsontext.Node) bool { return n.Text == old }):
	case len(aliases.Items) == 0:
		w.edit(c, aliases.Start, aliases.End, "["+jsontext.Quote(old)+"]", "the old name stays as an alias")
	default:
		w.edit(c, aliases.Items[0].Start, aliases.Items[0].Start, jsontext.Quote(old)+", ", "the old name stays as an alias")
	}
	w.edit(c, name.Start, name.End, edited, old+" of "+c.Dataset)
}

// prefix is the namespace that stands in a name itself.
func prefix(name string) string { return name[:strings.LastIndexByte(name, '.')+1] }

// dataset gives a record its new name, and the places that refer to it too.
func (w *work) dataset(c rewrite.Change) {
	to := short(c.To)
	for _, r := range w.records(c.From) {
		if short(r.name) == to {
			continue // a namespace is not compared
		}
		name := r.node.At("name")
		if c.Kind == rewrite.ReplaceDataset {
			w.refuse(c, name, "replaced_dataset", "The data comes from another dataset now, which may hold other fields.", "Write the schema of "+c.To+" that this reader needs.")
			continue
		}
		if w.file.byName[full(strings.TrimSuffix(r.name[:len(r.name)-len(short(r.name))], "."), to)] != nil {
			w.refuse(c, name, "name_taken", "This file has a record "+to+" already.", "Remove one of the two.")
			continue
		}
		w.rename(c, r.node, short(r.name), to)
		for _, ref := range w.file.refs[r.name] {
			w.edit(c, ref.Start, ref.End, jsontext.Quote(prefix(ref.Text)+to), "it refers to "+r.name)
		}
	}
}

func code(c rewrite.Change) string {
	switch c.Kind {
	case rewrite.RenameEnum:
		return "enum_symbol"
	case rewrite.Cast:
		return "type_changed"
	case rewrite.DropField:
		return "field_removed"
	case rewrite.Review, rewrite.RenameField, rewrite.RenameDataset, rewrite.ReplaceDataset, rewrite.Reshape:
	}
	return "needs_review"
}

func reason(c rewrite.Change) string {
	switch c.Kind {
	case rewrite.RenameEnum:
		return "The value " + c.OldValue + " is now " + c.NewValue + ", and symbols of an enum have no aliases."
	case rewrite.Cast:
		return "Its type changed, and a reader's schema holds no casts."
	case rewrite.DropField:
		return "The field is gone from the data; the reader needs a default for it, or to live without it."
	case rewrite.Review, rewrite.RenameField, rewrite.RenameDataset, rewrite.ReplaceDataset, rewrite.Reshape:
	}
	if c.Reason != "" {
		return c.Reason
	}
	return "The field changed, and a person decides what that means here."
}

func (w *work) edit(c rewrite.Change, start, end int, text, why string) {
	if _, done := w.spans[start]; done {
		return
	}
	w.spans[start] = end
	w.res.Edits = append(w.res.Edits, rewrite.Edit{Start: start, End: end, New: text, Dataset: c.Dataset, Change: c.Index, Reason: why})
}

func (w *work) refuse(c rewrite.Change, at *jsontext.Node, code, message, suggestion string) {
	if at == nil {
		return
	}
	w.spans[at.Start] = at.End
	w.res.Refusals = append(w.res.Refusals, rewrite.Refusal{Start: at.Start, End: at.End, Code: code, Dataset: c.Dataset, Change: c.Index, Message: message, Suggestion: suggestion})
}

// rest accounts for the changed names that mean something else: in every text that is neither edited nor refused.
func (w *work) rest(root *jsontext.Node) {
	root.Each(func(n *jsontext.Node, under string, isKey bool) {
		_, told := w.spans[n.Start]
		if told || n.Start == n.End || !slices.ContainsFunc(w.req.Mapping.Changes, func(c rewrite.Change) bool { return n.Says(w.src, c.OldName()) }) {
			return
		}
		w.spans[n.Start] = n.End
		w.res.Unrelated = append(w.res.Unrelated, rewrite.Unrelated{Start: n.Start, End: n.End, Reason: meaning(under, isKey)})
	})
}

func meaning(under string, isKey bool) string {
	switch {
	case isKey:
		return "a key"
	case under == "doc":
		return "words"
	case under == "aliases":
		return "a former name"
	}
	return "another thing of that name"
}

// proven reports whether the edited file reads again, has what each edit put there, and needs no further edit.
func (w *work) proven() bool {
	out, err := rewrite.Apply(w.src, w.res.Edits)
	if err != nil {
		return false
	}
	root, err := jsontext.Parse(out)
	if err != nil {
		return false
	}
	again := &work{src: out, req: w.req, file: read(&root), hits: map[*jsontext.Node]int{}, given: map[string]*jsontext.Node{}, spans: map[int]int{}}
	for pass := range 2 {
		for _, c := range w.req.Mapping.Changes {
			again.change(c, pass == 0)
		}
	}
	return len(again.res.Edits) == 0 && len(again.file.records) == len(w.file.records)
}
