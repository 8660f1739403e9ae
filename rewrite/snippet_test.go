package rewrite

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSnippet(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, src, at, want string }{
		{"a word", "SELECT a,\n  b.c\nFROM t\n", "b.c", "  b.c\n  ^^^"},
		{"the first byte", "c FROM t", "c", "c FROM t\n^"},
		{"tabs stay", "a\n\t\tc, d\r\n", "c", "\t\tc, d\n\t\t^"},
		{"several lines", "x (a\nb) y", "(a\nb)", "x (a\n  ^^"},
		{"letters of several bytes", "é, ü.ß x", "ü.ß", "é, ü.ß x\n   ^^^"},
		{"a line that tells the terminal what to do", "\x1b[2J\u202ec d", "c", "\ufffd[2J\ufffdc d\n     ^"},
		{"bad UTF-8", "\xff c", "c", "\ufffd c\n  ^"},
	} {
		start := strings.Index(tc.src, tc.at)
		if got := Snippet([]byte(tc.src), start, start+len(tc.at)); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
	for _, place := range [][2]int{{-1, 2}, {2, 2}, {3, 1}, {0, 9}} {
		if got := Snippet([]byte("abc"), place[0], place[1]); got != "" {
			t.Errorf("%v gives %q", place, got)
		}
	}
}

// A line of a megabyte is clipped around the place.
func TestSnippetLong(t *testing.T) {
	t.Parallel()
	src := []byte(strings.Repeat("é", 1<<19) + "HERE" + strings.Repeat("x", 1<<20))
	line, marks, _ := strings.Cut(Snippet(src, 1<<20, 1<<20+4), "\n")
	if utf8.RuneCountInString(line) > snippetWidth+2 || !strings.HasPrefix(line, "…é") || !strings.Contains(line, "HERE") {
		t.Errorf("%q", line)
	}
	if utf8.RuneCountInString(line[:strings.Index(line, "HERE")]) != strings.Index(marks, "^") || strings.Count(marks, "^") != 4 {
		t.Errorf("%q", marks)
	}
}

func FuzzSnippet(f *testing.F) {
	f.Add([]byte("a\nb\tc"), 2, 5)
	f.Fuzz(func(t *testing.T, src []byte, start, end int) {
		s := Snippet(src, start, end)
		if s != "" && (strings.Count(s, "\n") != 1 || !utf8.ValidString(s) || !strings.HasSuffix(s, "^") || len(s) > 2000) {
			t.Errorf("%q", s)
		}
	})
}
