package rewrite

import (
	"slices"
	"strings"
	"testing"
)

// FuzzUnified: a patch taken by hand gives what the edits give.
func FuzzUnified(f *testing.F) {
	f.Add("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n", uint16(2), uint16(3), "x\ny", uint16(15), uint16(15), "z")
	f.Add("no end", uint16(0), uint16(6), "", uint16(6), uint16(6), "\n")
	f.Add("a\r\nb", uint16(1), uint16(4), "\n", uint16(4), uint16(4), "q")
	f.Fuzz(func(t *testing.T, src string, s1, e1 uint16, n1 string, s2, e2 uint16, n2 string) {
		edits := []Edit{{Start: int(s1), End: int(e1), New: n1}, {Start: int(s2), End: int(e2), New: n2}}
		want, err := Apply([]byte(src), edits)
		if err != nil {
			return
		}
		if got := patched(t, src, string(Unified([]byte(src), edits))); got != string(want) {
			t.Errorf("%q with %+v: %q, want %q", src, edits, got, want)
		}
	})
}

// patched applies hunks by hand: it follows the signs and checks the counts.
func patched(t *testing.T, src, hunks string) string {
	t.Helper()
	old := slices.Collect(strings.Lines(src))
	var out strings.Builder
	at, lines := 0, slices.Collect(strings.Lines(hunks))
	for i, line := range lines {
		text := line[1:]
		if i+1 < len(lines) && strings.HasPrefix(lines[i+1], `\ No newline`) {
			text = strings.TrimSuffix(text, "\n")
		}
		switch line[0] {
		case '@':
			for start := startOf(t, line); at < start; at++ {
				out.WriteString(old[at])
			}
		case ' ', '-':
			if at >= len(old) || old[at] != text {
				t.Fatalf("line %d of the patch does not fit:\n%s", i+1, hunks)
			}
			if line[0] == ' ' {
				out.WriteString(text)
			}
			at++
		case '+':
			out.WriteString(text)
		}
	}
	out.WriteString(strings.Join(old[at:], ""))
	return out.String()
}

// startOf reads the first number of @@ -START,COUNT +….
func startOf(t *testing.T, head string) int {
	t.Helper()
	span := strings.TrimPrefix(strings.Fields(head)[1], "-")
	start, count, several := strings.Cut(span, ",")
	n := 0
	for _, d := range start {
		n = n*10 + int(d-'0')
	}
	if several && count == "0" {
		return n
	}
	return n - 1
}
