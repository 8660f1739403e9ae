package jsonschema

import (
	"slices"

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
		if rewrite.HasWord(string(w.src), c.OldName()) {
			w.res.Refusals = append(w.res.Refusals, rewrite.Refusal{Line: 1, Column: 1, Code: "syntax_error", Dataset: c.Dataset, Change: c.Index,
				Message: "This schema cannot be read: " + err.Error() + ".", Suggestion: "Mend the file, and look for the change by hand."})
		}
	}
}

// rest accounts for the changed names that mean something else: in every text that is neither edited nor refused.
func (w *work) rest() {
	w.root.Each(func(n *jsontext.Node, under string, isKey bool) {
		if w.told[n.Start] || n.Start == n.End || !slices.ContainsFunc(w.req.Mapping.Changes, func(c rewrite.Change) bool { return n.Says(w.src, c.OldName()) }) {
			return
		}
		w.told[n.Start] = true
		w.res.Unrelated = append(w.res.Unrelated, rewrite.Unrelated{Start: n.Start, End: n.End, Reason: meaning(under, isKey)})
	})
}

func meaning(under string, isKey bool) string {
	switch {
	case isKey:
	case slices.Contains([]string{"title", "description", "$comment", "examples", "example"}, under):
		return "words"
	case slices.Contains([]string{"$ref", "$id", "id", "$schema"}, under):
		return "the name of a schema"
	}
	return "another thing of that name"
}

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
