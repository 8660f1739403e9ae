package rewritetest

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// Occurrences finds a word in any case, by hand, so that the rewriter's own scan is not trusted. letters are those
// beside a-z, 0-9, _ and what is not ASCII that a word may have.
func Occurrences(src []byte, word, letters string) (at []int) {
	word = lower([]byte(word))
	text := lower(src)
	letter := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] == '_' || text[i] >= '0' && text[i] <= '9' || text[i] >= 'a' && text[i] <= 'z' ||
			text[i] >= 0x80 || strings.IndexByte(letters, text[i]) >= 0)
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 || word == "" {
			return at
		}
		if start := from + i; !letter(start-1) && !letter(start+len(word)) {
			at = append(at, start)
		}
		from += i + 1
	}
}

// lower is not strings.ToLower, which may change the length of bad UTF-8.
func lower(text []byte) string {
	out := []byte(string(text))
	for i, b := range out {
		if b >= 'A' && b <= 'Z' {
			out[i] = b + 'a' - 'A'
		}
	}
	return string(out)
}

// Covers reports whether a place is edited, refused or listed as unrelated.
func Covers(res rewrite.Result, start, end int) bool {
	for _, e := range res.Edits {
		if e.Start < end && start < e.End {
			return true
		}
	}
	for _, f := range res.Refusals {
		if f.Start < end && start < f.End || f.End == 0 {
			return true
		}
	}
	for _, u := range res.Unrelated {
		if u.Start < end && start < u.End {
			return true
		}
	}
	return false
}

// Unaccounted says which places of changed fields a result leaves out.
func Unaccounted(src []byte, res rewrite.Result, m rewrite.Mapping, letters string) (out []string) {
	for _, ch := range m.Changes {
		if ch.Kind == rewrite.RenameDataset || ch.Kind == rewrite.ReplaceDataset || ch.From == "" {
			continue
		}
		name := ch.From[strings.LastIndexByte(ch.From, '.')+1:]
		for _, at := range Occurrences(src, name, letters) {
			if !Covers(res, at, at+len(name)) {
				out = append(out, fmt.Sprintf("%q at byte %d is neither edited, refused nor listed", name, at))
			}
		}
	}
	return out
}

// Refusals writes a result's refusals, one a line, each after a prefix.
func Refusals(res rewrite.Result, prefix string) string {
	var b strings.Builder
	for _, f := range res.Refusals {
		fmt.Fprintf(&b, "%s%d:%d: %s: %s\n", prefix, f.Line, f.Column, f.Code, f.Message)
	}
	return b.String()
}

// Unrelated writes what a result lists as unrelated, one a line, each after a prefix.
func Unrelated(res rewrite.Result, prefix string) string {
	var b strings.Builder
	for _, u := range res.Unrelated {
		fmt.Fprintf(&b, "%s%d:%d: %s\n", prefix, u.Line, u.Column, u.Reason)
	}
	return b.String()
}
