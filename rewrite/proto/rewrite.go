package proto

import (
	"path"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"

	"github.com/skein-bot/skein/rewrite"
)

// Rewriter rewrites readers' .proto files.
type Rewriter struct{}

// New returns the rewriter.
func New() Rewriter { return Rewriter{} }

// Handles reports whether the file is a .proto file by its name.
func (Rewriter) Handles(name string) bool { return strings.EqualFold(path.Ext(name), ".proto") }

// For implements rewrite.Rewriter.
func (Rewriter) For(req rewrite.Request) func(rewrite.File) rewrite.Result {
	return func(f rewrite.File) rewrite.Result { return rewritten(f, req) }
}

// rewritten follows the changes through one file.
func rewritten(f rewrite.File, req rewrite.Request) rewrite.Result {
	w, err := follow(f, req)
	if err != nil {
		return unreadable(f, req, err)
	}
	w.rest()
	w.res.Sort()
	w.res.Locate(f.Content)
	w.res.Verified = len(w.res.Edits) > 0 && w.proven(f)
	return w.res
}

type work struct {
	*file
	req  rewrite.Request
	res  rewrite.Result
	from *message          // where the change's path begins
	hits map[span]int      // how many changes are about a name
	told map[span]bool     // what is edited or refused
	new  map[string]string // full names that are given, with the old ones
}

func follow(f rewrite.File, req rewrite.Request) (*work, error) {
	file, err := parse(f.Content)
	if err != nil {
		return nil, err
	}
	w := &work{file: file, req: req, res: rewrite.Result{Path: f.Path}, hits: map[span]int{}, told: map[span]bool{}, new: map[string]string{}}
	for pass := range 2 { // first count who shares what, then decide
		for _, c := range req.Mapping.Changes {
			w.change(c, pass == 0)
		}
	}
	return w, nil
}

func (w *work) change(c rewrite.Change, count bool) {
	switch c.Kind {
	case rewrite.Reshape: // a field is its number
		return
	case rewrite.RenameDataset, rewrite.ReplaceDataset:
		if !count {
			w.dataset(c)
		}
		return
	case rewrite.RenameField, rewrite.Cast, rewrite.RenameEnum, rewrite.DropField, rewrite.Review:
	}
	for _, m := range w.owned(c.Dataset) {
		if c.From == "" {
			w.decide(c, m.ident, count)
			continue
		}
		w.from = m
		w.walk(c, m, strings.Split(rewrite.Plain(c.From), "."), count)
	}
}

// dataset refuses a message's new name: other files hold it, and so does data that names its type.
func (w *work) dataset(c rewrite.Change) {
	for _, m := range w.owned(c.From) {
		switch {
		case c.Kind == rewrite.ReplaceDataset:
			w.refuse(c, m.ident, "replaced_dataset", "The data comes from another dataset now, which may hold other fields.", "Copy the schema of "+c.To+".")
		case short(m.name) != short(c.To):
			w.refuse(c, m.ident, "message_renamed", "The message is called "+short(c.To)+" now; other files and stored type names may hold the old name.", "Rename the message together with all that refers to it.")
		}
	}
}

// owned returns the messages that are the dataset by any of its names: by the full name, else those at the top by the
// last part, for a copy may have a package of its own. What is another dataset by its full name is left out.
func (w *work) owned(dataset string) []*message {
	names, others := w.req.NamesOf(dataset)
	var exact, alike []*message
	for _, m := range w.messages {
		switch {
		case slices.Contains(names, m.name):
			exact = append(exact, m)
		case !m.top || slices.Contains(others, m.name):
		case slices.ContainsFunc(names, func(n string) bool { return short(n) == short(m.name) }):
			alike = append(alike, m)
		}
	}
	if exact != nil {
		return exact
	}
	return alike
}

// walk follows a path of fields to the last one.
func (w *work) walk(c rewrite.Change, m *message, steps []string, count bool) {
	i := slices.IndexFunc(m.fields, func(x *field) bool { return x.name == steps[0] })
	if i < 0 {
		return // this reader does not read it
	}
	x := m.fields[i]
	if len(steps) == 1 {
		w.field(c, m, x, count)
		return
	}
	if below := w.message(x.typ, x.scope); below != nil {
		w.walk(c, below, steps[1:], count)
	} else if !count && !scalar(x.typ) {
		w.elsewhere(c, x.ident)
	}
}

func (w *work) elsewhere(c rewrite.Change, at span) {
	w.refuse(c, at, "unknown_type", "The type of this field is declared in another file, and the change is about a member of it.", "Change the file that declares it.")
}

// field edits or refuses the field that a change is about.
func (w *work) field(c rewrite.Change, m *message, x *field, count bool) {
	switch c.Kind {
	case rewrite.RenameField:
		w.renameField(c, m, x, count)
	case rewrite.RenameEnum:
		if e := w.enum(x.typ, x.scope); e != nil {
			w.value(c, e, count)
		} else if !count && !scalar(x.typ) {
			w.elsewhere(c, x.ident)
		}
	case rewrite.Cast, rewrite.DropField, rewrite.Review, rewrite.RenameDataset, rewrite.ReplaceDataset, rewrite.Reshape:
		w.decide(c, x.ident, count)
	}
}

func (w *work) renameField(c rewrite.Change, m *message, x *field, count bool) {
	w.hits[x.ident] += b2i(count)
	if _, done := w.told[x.ident]; count || done {
		return
	}
	to := strings.Trim(short(rewrite.Plain(c.To)), `"`)
	before, _ := w.req.Column(c.Dataset, c.From, false)
	after, _ := w.req.Column(c.Dataset, c.To, true)
	code, message, todo := w.hinders(m, x, to, before, after)
	switch {
	case c.Coexists:
		code, message, todo = "field_beside", "The new field stands beside the old one under a number of its own.", "Copy the declaration of "+to+"."
	case !w.req.Mapping.InPlace(c):
		code, message, todo = "moved", "The field is in another message now, where it has another number.", "Copy the declarations of both messages."
	case parent(rewrite.Plain(c.From)) != "" && w.hits[x.ident] < m.waysFrom(w.from):
		code, message, todo = "shared_type", "Several fields share this message, and the change is about some of them only.", "Give the changed one a message of its own."
	}
	if code != "" {
		w.refuse(c, x.ident, code, message, todo)
		w.together(c, code, x.name, w.reach(m))
		return
	}
	w.new[full(m.name, to)] = x.name
	w.edit(c, x.ident, to, x.name+" of "+c.Dataset)
	if after.Label != "" && option(x.options, "json_name") == nil {
		w.label(c, x, after.Label)
	}
}

// hinders says why a field cannot have the new name, with an empty code when it can.
func (w *work) hinders(m *message, x *field, to string, before, after rewrite.Column) (code, message, todo string) {
	name := full(m.name, to)
	switch {
	case x.odd != "":
		return "not_a_plain_field", "This is " + x.odd + ", whose name stands for more than a field.", "Rename it by hand, with all that refers to it."
	case !word(to):
		return "no_identifier", "The new name " + to + " is none that a .proto file may hold.", "Choose a name for it here."
	case before.Number != after.Number || before.Number != 0 && before.Number != x.number:
		return "other_number", "The field has another number now, so this declaration no longer reads it.", "Copy the declaration of " + to + " with its number."
	case w.names[name] || w.reserved[name] || w.new[name] != "":
		return "name_taken", "The name " + to + " is taken or reserved in " + short(m.name) + ".", "Free the name first."
	case w.sameLabel(m, x, to):
		return "name_taken", "Another field of " + short(m.name) + " has the name " + camel(to) + " in JSON already.", "Give one of them a json_name."
	case w.overHTTP() && after.Label == "" && option(x.options, "json_name") == nil && camel(x.name) != camel(to):
		return "json_name", "A service of this file is called with JSON, where the field would get another name.", `Rename it by hand, with [json_name = "` + camel(x.name) + `"] if callers keep the old one.`
	case len(w.inOptions(x.name, w.reach(m))) > 0:
		return "option_names_it", "An option of this message names the field in a language of its own.", "Rename the field together with the option."
	}
	return "", "", ""
}

func (w *work) sameLabel(m *message, x *field, to string) bool {
	return slices.ContainsFunc(m.fields, func(o *field) bool { return o != x && camel(o.name) == camel(to) })
}

// label writes the JSON name down that the dataset keeps.
func (w *work) label(c rewrite.Change, x *field, name string) {
	text, at := `json_name = "`+strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(name)+`"`, x.tagEnd
	if x.options == nil {
		text = " [" + text + "]"
	} else {
		text, at = text+", ", w.place(x.options).start+1
	}
	w.edit(c, span{at, at}, text, "the name in JSON stays")
}

// together refuses the options that keep a name from being changed.
func (w *work) together(c rewrite.Change, code, name string, within span) {
	if code != "option_names_it" {
		return
	}
	for _, at := range w.inOptions(name, within) {
		if !w.told[at] {
			w.refuse(c, at, code, "This may be the "+name+" that has another name now.", "Write the new name here and in the declaration.")
		}
	}
}

// value edits or refuses the enum value that a change is about, and the defaults that name it.
func (w *work) value(c rewrite.Change, e *enum, count bool) {
	i := slices.IndexFunc(e.values, func(v *ast.EnumValueNode) bool { return v.Name.Val == c.OldValue })
	if i < 0 {
		return
	}
	at := w.place(e.values[i].Name)
	w.hits[at] += b2i(count)
	if _, done := w.told[at]; count || done {
		return
	}
	if code, message, todo := w.hindersValue(c, e, w.hits[at]); code != "" {
		w.refuse(c, at, code, message, todo)
		w.together(c, code, c.OldValue, span{0, len(w.src)})
		return
	}
	w.new[full(parent(e.name), c.NewValue)] = c.OldValue
	w.edit(c, at, c.NewValue, c.OldValue+" of "+short(e.name))
	for _, m := range w.messages {
		for _, x := range m.fields {
			if d := option(x.options, "default"); d != nil && w.enum(x.typ, x.scope) == e && w.text(w.place(d.Val)) == c.OldValue {
				w.edit(c, w.place(d.Val), c.NewValue, "a default that is "+c.OldValue)
			}
		}
	}
}

func (w *work) hindersValue(c rewrite.Change, e *enum, hits int) (code, message, todo string) {
	name := full(parent(e.name), c.NewValue)
	switch {
	case !word(c.NewValue):
		return "no_identifier", "The new name " + c.NewValue + " is none that a .proto file may hold.", "Choose a name for it here."
	case e.uses > 1 && hits < e.uses:
		return "shared_type", "Several fields share this enum, and the change is about some of them only.", "Give the changed one an enum of its own."
	case w.names[name] || w.new[name] != "" || w.reserved[full(e.name, c.NewValue)]:
		return "name_taken", "The name " + c.NewValue + " is taken or reserved beside this value.", "Free the name first."
	case w.overHTTP():
		return "json_name", "A service of this file is called with JSON, where the value would get another name.", "Rename it by hand once callers know the new name."
	case len(w.inOptions(c.OldValue, span{0, len(w.src)})) > 0:
		return "option_names_it", "An option of this file names the value.", "Rename the value together with the option."
	}
	return "", "", ""
}

// overHTTP reports whether a service of the file is mapped to HTTP and JSON.
func (w *work) overHTTP() bool {
	return slices.ContainsFunc(w.options, func(o *ast.OptionNode) bool { return strings.Contains(w.text(w.place(o.Name)), "google.api.http") })
}

// reach is where an option may be about a field of the message. The paths of HTTP stand in services.
func (w *work) reach(m *message) span {
	if w.overHTTP() {
		return span{0, len(w.src)}
	}
	return m.place
}

// inOptions finds a name in the options within a place, but for what protoc itself reads.
func (w *work) inOptions(name string, within span) (found []span) {
	for _, o := range w.options {
		at := w.place(o)
		if !within.holds(at) || own(w.text(w.place(o.Name))) {
			continue
		}
		for _, i := range occurrences(w.src[at.start:at.end], name) {
			found = append(found, span{at.start + i, at.start + i + len(name)})
		}
	}
	return found
}

// own reports whether an option of a field is the language's, and says nothing about other fields.
func own(name string) bool { return name == "json_name" || name == "default" }

// option returns a field's option of a name, or nil.
func option(all *ast.CompactOptionsNode, name string) *ast.OptionNode {
	for _, o := range all.GetElements() {
		if len(o.Name.Parts) == 1 && o.Name.Parts[0].Open == nil && string(o.Name.Parts[0].Name.AsIdentifier()) == name {
			return o
		}
	}
	return nil
}

// camel is the name that JSON gives a field.
func camel(name string) string {
	var b strings.Builder
	up := false
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_':
			up = true
			continue
		case up && 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		up = false
		b.WriteByte(c)
	}
	return b.String()
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
