package jsonschema

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/jsontext"
)

func (w *work) edit(c rewrite.Change, at *jsontext.Node, text string) {
	if w.told[at.Start] {
		return
	}
	w.told[at.Start], w.want[at.Start] = true, text
	w.res.Edits = append(w.res.Edits, rewrite.Edit{Start: at.Start, End: at.End, New: text, Dataset: c.Dataset, Change: c.Index, Reason: c.OldName() + " of " + c.Dataset})
}

// refuse marks a place. Of a schema without a name that is its first byte.
func (w *work) refuse(c rewrite.Change, at *jsontext.Node, p problem) {
	if w.told[at.Start] {
		return
	}
	w.told[at.Start] = true
	end := at.End
	if at.Is('{') {
		end = at.Start + 1
	}
	w.res.Refusals = append(w.res.Refusals, rewrite.Refusal{Start: at.Start, End: end, Code: p.code, Dataset: c.Dataset, Change: c.Index, Message: p.message, Suggestion: p.todo})
}

// unreadable refuses the whole file when a changed name occurs in it.
func (w *work) unreadable(err error) {
	for _, c := range w.req.Mapping.Changes {
		if holds(string(w.src), c.OldName()) {
			w.res.Refusals = append(w.res.Refusals, rewrite.Refusal{Line: 1, Column: 1, Code: "syntax_error", Dataset: c.Dataset, Change: c.Index,
				Message: "This schema cannot be read: " + err.Error() + ".", Suggestion: "Mend the file, and look for the change by hand."})
		}
	}
}

// rest accounts for the changed names that mean something else: in every text that is neither edited nor refused.
func (w *work) rest(n *jsontext.Node, key string) {
	for i := range n.Items {
		inner := key
		if n.Is('{') {
			inner = n.Keys[i].Text
			w.word(&n.Keys[i], "another thing of that name")
		}
		w.rest(&n.Items[i], inner)
	}
	if len(n.Items) > 0 {
		return
	}
	switch key {
	case "title", "description", "$comment", "examples", "example":
		w.word(n, "words")
	case "$ref", "$id", "id", "$schema":
		w.word(n, "the name of a schema")
	default:
		w.word(n, "another thing of that name")
	}
}

func (w *work) word(n *jsontext.Node, why string) {
	if w.told[n.Start] || n.Start == n.End {
		return
	}
	for _, c := range w.req.Mapping.Changes {
		if name := c.OldName(); holds(n.Text, name) || holds(string(w.src[n.Start:n.End]), name) {
			w.told[n.Start] = true
			w.res.Unrelated = append(w.res.Unrelated, rewrite.Unrelated{Start: n.Start, End: n.End, Reason: why})
			return
		}
	}
}

// holds reports whether a name stands in a text as a word of its own, in any case.
func holds(text, name string) bool {
	text, name = strings.ToLower(text), strings.ToLower(name)
	for from := 0; name != ""; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:from+i])
		after, _ := utf8.DecodeRuneInString(text[from+i+len(name):])
		if !part(before) && !part(after) {
			return true
		}
		from += i + len(name)
	}
	return false
}

func part(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// proven reports whether the edited file reads again as the same but for the new texts, and needs no further edit.
func (w *work) proven() bool {
	out, err := rewrite.Apply(w.src, w.res.Edits)
	if err != nil {
		return false
	}
	root, err := jsontext.Parse(out)
	if err != nil || !w.same(w.root, &root, out) {
		return false
	}
	again := &work{src: out, root: &root, req: w.req, told: map[int]bool{}, want: map[int]string{}}
	if again.read(w.res.Path) != nil {
		return false
	}
	again.follow()
	return len(again.res.Edits) == 0
}

// same compares the file before and after.
func (w *work) same(was, is *jsontext.Node, out []byte) bool {
	if was.Kind != is.Kind || len(was.Keys) != len(is.Keys) || len(was.Items) != len(is.Items) {
		return false
	}
	for i := range was.Keys {
		if !w.same(&was.Keys[i], &is.Keys[i], out) {
			return false
		}
	}
	for i := range was.Items {
		if !w.same(&was.Items[i], &is.Items[i], out) {
			return false
		}
	}
	if was.Is('{') || was.Is('[') {
		return true
	}
	want, edited := w.want[was.Start]
	if !edited {
		want = string(w.src[was.Start:was.End])
	}
	return want == string(out[is.Start:is.End])
}
