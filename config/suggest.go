package config

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// didYouMean returns "; did you mean …?" for the choice nearest to what was written, or nothing.
func didYouMean[T ~string](written string, choices []T) string {
	if best := nearest(written, choices); best != "" {
		return fmt.Sprintf("; did you mean %q?", string(best))
	}
	return ""
}

// instead returns the nearest choice, or else all of them.
func instead(written string, choices []string) string {
	if best := didYouMean(written, choices); best != "" {
		return best
	}
	return "; known are " + listed(choices)
}

// nearest returns the choice within a third of its length in edits, or "". Case and punctuation count little.
func nearest[T ~string](written string, choices []T) T {
	const longest = 64 // beyond it nobody mistyped
	if written == "" || len(written) > longest {
		return ""
	}
	var best T
	least := 0
	for _, c := range choices {
		d := edits(plain(written), plain(string(c)))
		if d > max(1, len(c)/3) || d >= len(c) && d > 0 {
			continue
		}
		if best == "" || d < least {
			best, least = c, d
		}
	}
	return best
}

func plain(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
}

// edits counts the insertions, deletions, replacements and swaps of neighbours between two words.
func edits(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// oneOf lists choices for a sentence: a, b or c.
func oneOf[T ~string](choices []T) string {
	words := make([]string, len(choices))
	for i, c := range choices {
		words[i] = string(c)
	}
	last := len(words) - 1
	if last < 1 {
		return fmt.Sprintf("%q", strings.Join(words, ""))
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func listed(choices []string) string { return strings.Join(choices, ", ") }

// brief shortens what people wrote, so that a message stays a line.
func brief(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func quoted(s string) string { return brief(strconv.Quote(s)) }

// merged returns the union of schemas; the later ones win.
func merged(schemas ...schema) schema {
	out := schema{}
	for _, s := range schemas {
		maps.Copy(out, s)
	}
	return out
}
