package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// inspect compares the result with what is known without an engine.
func (q *Query) inspect(ch Change, res rewrite.Result) (Class, string) {
	if at, ok := q.unlisted(ch, res); !ok {
		return Unlisted, fmt.Sprintf("the name at byte %d is neither edited, refused nor listed", at)
	}
	if q.Facts == nil {
		return "", ""
	}
	for _, n := range q.Facts.Names {
		if class, detail := q.name(n, ch, res); class != "" {
			return class, detail
		}
	}
	return "", ""
}

// name looks at what became of a name in the query.
func (q *Query) name(n Name, ch Change, res rewrite.Result) (Class, string) {
	edit, found := covering(res.Edits, n)
	text := strings.Trim(q.SQL[n.Start:n.End], `"`)
	want, means := n.after(ch, text)
	switch {
	case n.Shared:
	case found && means && !named(edit.New, want):
		return Missed, fmt.Sprintf("%s at byte %d became %s", text, n.Start, edit.New)
	case found && !means && !named(edit.New, text):
		return Stray, fmt.Sprintf("%s at byte %d became %s", text, n.Start, edit.New)
	case !found && means && !strings.EqualFold(want, text) && len(res.Refusals) == 0:
		return Missed, fmt.Sprintf("%s at byte %d stays", text, n.Start)
	}
	return "", ""
}

// after is what the name is called after the change; false if it stands for something else, and must stay.
func (n Name) after(ch Change, text string) (string, bool) {
	switch {
	case ch.Mode == Moved && n.Column == "" && n.Table == ch.From:
		return ch.To, true
	case ch.Mode != Moved && n.Column != "" && ch.Touches(n.Table, n.Column):
		return last(ch.renamed(n.Table, n.Column)), true
	}
	return text, false
}

func covering(edits []rewrite.Edit, n Name) (rewrite.Edit, bool) {
	for _, e := range edits {
		if e.Start < n.End && n.Start < e.End {
			return e, true
		}
	}
	return rewrite.Edit{}, false
}

func refusedAt(refusals []rewrite.Refusal, n Name) bool {
	return slices.ContainsFunc(refusals, func(r rewrite.Refusal) bool { return r.End == 0 || r.Start < n.End && n.Start < r.End })
}

// unlisted is the first occurrence of an old name that the result does not explain. Names of tables are not listed.
func (q *Query) unlisted(ch Change, res rewrite.Result) (at int, ok bool) {
	for _, p := range pieces(q.SQL) {
		bare := strings.Trim(p.text, `"`)
		old := strings.EqualFold(bare, last(ch.From)) || ch.Mode == Swap && strings.EqualFold(bare, ch.To)
		if !old || p.text[0] == '\'' || ch.Mode == Moved {
			continue
		}
		n := Name{Start: p.start, End: p.end}
		if _, edited := covering(res.Edits, n); edited || refusedAt(res.Refusals, n) {
			continue
		}
		if !slices.ContainsFunc(res.Unrelated, func(u rewrite.Unrelated) bool { return u.Start < n.End && n.Start < u.End }) {
			return p.start, false
		}
	}
	return 0, true
}
