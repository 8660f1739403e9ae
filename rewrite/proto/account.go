package proto

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bufbuild/protocompile/reporter"

	"github.com/skein-bot/skein/rewrite"
)

func (w *work) edit(c rewrite.Change, at span, text, why string) {
	if w.told[at] {
		return
	}
	w.told[at] = true
	w.res.Edits = append(w.res.Edits, rewrite.Edit{Start: at.start, End: at.end, New: text, Dataset: c.Dataset, Change: c.Index, Reason: why})
}

func (w *work) refuse(c rewrite.Change, at span, code, message, todo string) {
	w.told[at] = true
	w.res.Refusals = append(w.res.Refusals, rewrite.Refusal{Start: at.start, End: at.end, Code: code, Dataset: c.Dataset, Change: c.Index, Message: message, Suggestion: todo})
}

// decide leaves a place to people.
func (w *work) decide(c rewrite.Change, at span, count bool) {
	if count {
		return
	}
	message := c.Reason
	if message == "" {
		message = "The field changed, and a person decides what that means here."
	}
	switch c.Kind {
	case rewrite.Cast:
		w.refuse(c, at, "type_changed", "Its type changed, and a .proto file holds no casts.", "Copy the new declaration, and look at the code that reads it.")
	case rewrite.DropField:
		w.refuse(c, at, "field_removed", "The field is gone from the data, and readers find it unset.", "Take it out, and reserve its number.")
	case rewrite.Review, rewrite.RenameField, rewrite.RenameEnum, rewrite.RenameDataset, rewrite.ReplaceDataset, rewrite.Reshape:
		w.refuse(c, at, "needs_review", message, "Decide what this reader should do, and edit the file by hand.")
	}
}

// unreadable refuses the whole file when a changed name occurs in it.
func unreadable(f rewrite.File, req rewrite.Request, err error) rewrite.Result {
	res := rewrite.Result{Path: f.Path}
	for _, c := range req.Mapping.Changes {
		if len(occurrences(f.Content, c.OldName())) > 0 {
			res.Refusals = append(res.Refusals, rewrite.Refusal{Line: 1, Column: 1, Code: "syntax_error", Dataset: c.Dataset, Change: c.Index,
				Message: "This schema cannot be read: " + brief(err) + ".", Suggestion: "Mend the file, and look for the change by hand."})
		}
	}
	return res
}

// brief keeps what an error quotes from flooding a page.
func brief(err error) string {
	const most = 200
	s := err.Error()
	if at, ok := errors.AsType[reporter.ErrorWithPos](err); ok {
		s = fmt.Sprintf("line %d, %s", at.GetPosition().Line, at.Unwrap())
	}
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// rest accounts for the changed names that mean something else.
func (w *work) rest() {
	in := make([]byte, len(w.src))
	scan(w.src, func(i int, what byte) { in[i] = what })
	places := make([]span, 0, len(w.told))
	for at := range w.told {
		places = append(places, at)
	}
	slices.SortFunc(places, func(a, b span) int { return a.start - b.start })
	seen := map[string]bool{"": true}
	listed := map[int]bool{}
	for _, c := range w.req.Mapping.Changes {
		name := strings.ToLower(c.OldName())
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, at := range occurrences(w.src, name) {
			if _, told := slices.BinarySearchFunc(places, at, covering); told || listed[at] {
				continue
			}
			listed[at] = true
			w.res.Unrelated = append(w.res.Unrelated, rewrite.Unrelated{Start: at, End: at + len(name), Reason: meaning(in[at])})
		}
	}
}

// covering orders a place by whether it holds an offset.
func covering(p span, at int) int {
	switch {
	case p.end <= at:
		return -1
	case p.start > at:
		return 1
	}
	return 0
}

func meaning(in byte) string {
	switch in {
	case '/':
		return "words"
	case '"':
		return "a text"
	}
	return "another thing of that name"
}

// occurrences finds a name as a word of its own, in any case.
func occurrences(src []byte, name string) (at []int) {
	want := []byte(name)
	for i := 0; name != "" && i+len(name) <= len(src); i++ {
		if bytes.EqualFold(src[i:i+len(name)], want) && (i == 0 || !letter(src[i-1])) && (i+len(name) == len(src) || !letter(src[i+len(name)])) {
			at = append(at, i)
			i += len(name) - 1
		}
	}
	return at
}

func letter(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// word reports whether a name may stand in a .proto file.
func word(s string) bool {
	if s == "" || '0' <= s[0] && s[0] <= '9' {
		return false
	}
	return !slices.ContainsFunc([]byte(s), func(c byte) bool { return !letter(c) })
}

// proven reports whether the edited file reads again, declares the same under the same numbers but for the new names,
// and needs no further edit.
func (w *work) proven(f rewrite.File) bool {
	out, err := rewrite.Apply(f.Content, w.res.Edits)
	if err != nil {
		return false
	}
	again, err := follow(rewrite.File{Path: f.Path, Content: out}, w.req)
	return err == nil && len(again.res.Edits) == 0 && slices.Equal(w.declared(nil), again.declared(w.new))
}

// declared spells all fields and values, with new names turned back into the old ones.
func (w *work) declared(old map[string]string) (out []string) {
	note := func(scope, name, rest string) {
		if was := old[full(scope, name)]; was != "" {
			name = was
		}
		out = append(out, full(scope, name)+" "+rest)
	}
	for _, m := range w.messages {
		for _, x := range m.fields {
			note(m.name, x.name, x.typ+" "+strconv.Itoa(x.number))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.enums)) {
		for _, v := range w.enums[name].values {
			note(parent(name), v.Name.Val, w.text(w.place(v.Number)))
		}
	}
	return out
}
