package jsonschema

import (
	"path"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/jsontext"
)

// Rewriter rewrites readers' schemas.
type Rewriter struct{}

// New returns the rewriter.
func New() Rewriter { return Rewriter{} }

// Handles reports whether the file may be a JSON Schema by its name.
func (Rewriter) Handles(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".json", ".jsonschema", ".schema":
		return true
	}
	return false
}

// Recognizes implements rewrite.Recognizer: a .json file may be anything, so it has to look like a schema.
func (Rewriter) Recognizes(f rewrite.File) bool {
	if strings.EqualFold(path.Ext(f.Path), ".jsonschema") {
		return true
	}
	root, err := jsontext.Parse(f.Content)
	return err == nil && looks(&root)
}

// looks reports whether a value says that it is a JSON Schema, or describes properties or definitions.
func looks(root *jsontext.Node) bool {
	if said := root.At("$schema"); said != nil {
		return strings.Contains(said.Word(), "json-schema.org")
	}
	for _, key := range []string{"$defs", "definitions", "properties"} {
		if root.At(key).Is('{') {
			return schemas(root.At(key))
		}
	}
	return root.At("$id").Is('"') && (root.At("type") != nil || root.At("allOf") != nil || root.At("oneOf") != nil || root.At("anyOf") != nil)
}

func schemas(n *jsontext.Node) bool {
	for i := range n.Items {
		if v := &n.Items[i]; v.Is('[') || v.Is('"') {
			return false
		}
	}
	return true
}

// For implements rewrite.Rewriter.
func (Rewriter) For(req rewrite.Request) func(rewrite.File) rewrite.Result {
	return func(f rewrite.File) rewrite.Result { return rewritten(f, req) }
}

// rewritten follows the changes through one file.
func rewritten(f rewrite.File, req rewrite.Request) rewrite.Result {
	w := &work{src: f.Content, req: req, res: rewrite.Result{Path: f.Path}, told: map[int]bool{}, want: map[int]string{}}
	root, err := jsontext.Parse(f.Content)
	if err == nil {
		w.root = &root
		err = w.read(f.Path)
	}
	if err != nil {
		w.unreadable(err)
		return w.res
	}
	w.follow()
	w.rest()
	w.res.Sort()
	w.res.Locate(f.Content)
	w.res.Verified = len(w.res.Edits) > 0 && w.proven()
	return w.res
}

// work is one file.
type work struct {
	*walker
	src  []byte
	root *jsontext.Node
	req  rewrite.Request
	res  rewrite.Result
	all  []*subject
	told map[int]bool   // starts of the texts that are edited, refused or listed
	want map[int]string // what edited texts are to be
}

func (w *work) read(file string) error {
	w.walker = newWalker(newDocument(file, w.src, w.root))
	w.all = w.find(w.req)
	for _, s := range w.all {
		w.walk(s)
	}
	if w.steps > maxSteps {
		return errSteps
	}
	return nil
}

// dataset gives a schema's title the dataset's new name. An id or a definition's key is what others refer to.
func (w *work) dataset(c rewrite.Change) {
	from, to := bare(c.From), bare(c.To)
	for _, s := range w.all {
		title := s.node.At("title")
		switch {
		case s.dataset != c.From && s.dataset != c.Dataset:
		case c.Kind == rewrite.ReplaceDataset:
			w.refuse(c, s.token, problem{"replaced_dataset", "The documents come from another dataset now, which may hold other properties.", "Write the schema of " + to + " that this reader needs."})
		case last(from) == last(to):
		case title.Word() == from:
			w.edit(c, title, jsontext.Quote(to))
		case title.Word() == last(from):
			w.edit(c, title, jsontext.Quote(last(to)))
		case s.token != s.node && !s.token.Is('{') && (lastPart(s.token.Text) == last(from) || s.token.Text == from):
			w.refuse(c, s.token, problem{"schema_renamed", "The dataset is called " + to + " now, and other schemas may refer to this one by its name.", "Rename it together with all that refers to it."})
		}
	}
}

// added refuses a schema that takes no names but its own where documents have a new one.
func (w *work) added(c rewrite.Change) {
	_, before := w.req.Column(c.Dataset, c.From, false)
	_, after := w.req.Column(c.Dataset, c.From, true)
	for _, s := range w.all {
		if s.dataset != c.Dataset || before || !after || len(s.spot.names[last(c.From)]) > 0 {
			continue
		}
		for _, n := range s.spot.closed {
			w.refuse(c, n, problem{"closed_object", "Documents have a property " + last(c.From) + " now, and this schema takes no names that it does not list.", "List the new property here, or let others be there."})
		}
	}
}

// decide leaves places to people.
func (w *work) decide(c rewrite.Change) {
	p := problem{"needs_review", c.Reason, "Decide what this reader should do, and edit the schema by hand."}
	if p.message == "" {
		p.message = "The property changed, and a person decides what that means here."
	}
	switch c.Kind {
	case rewrite.Cast:
		p.code, p.message = "type_changed", "Its type changed, and a schema holds no casts."
	case rewrite.DropField:
		p.code, p.message = "field_removed", "The property is gone from the documents; a schema that requires it refuses them."
	case rewrite.Review, rewrite.RenameField, rewrite.RenameEnum, rewrite.RenameDataset, rewrite.ReplaceDataset, rewrite.Reshape:
	}
	for _, s := range w.all {
		if c.From == "" && s.dataset == c.Dataset {
			w.refuse(c, s.token, p)
		}
	}
	if c.From == "" {
		return
	}
	for _, h := range w.about(c) {
		w.refuse(c, h.node, p)
	}
	for _, l := range w.outside(c) {
		w.refuse(c, l.node, elsewhere())
	}
}

// unknown refuses what a change seems to be about in a schema that does not say whose it is.
func (w *work) unknown(c rewrite.Change) {
	if c.From == "" || c.Kind == rewrite.RenameDataset || c.Kind == rewrite.ReplaceDataset || c.Kind == rewrite.Reshape || w.describes(c.Dataset) {
		return
	}
	var columns []rewrite.Column
	for _, t := range w.req.Catalog.Tables {
		if t.Dataset == c.Dataset {
			columns = t.Before
		}
	}
	as := c
	as.Dataset = ""
	for _, h := range w.about(as) {
		if resembles(h.at.way.of, columns) {
			w.refuse(c, h.node, problem{"unknown_schema", "This looks like a copy of " + c.Dataset + ", and nothing in the file says so.",
				"Add its title or $id to read_as of " + c.Dataset + " in .github/skein.yml, or leave the file out with ignore."})
		}
	}
}

// describes reports whether the file has a schema of the dataset.
func (w *work) describes(dataset string) bool {
	for _, s := range w.all {
		if s.dataset == dataset {
			return true
		}
	}
	return false
}
