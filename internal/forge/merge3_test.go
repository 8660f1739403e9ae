package forge

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMerge3(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, base, ours, theirs, want string }{
		{"nothing of ours", "a\nb\nc\n", "a\nb\nc\n", "a\nB\nc\n", "a\nB\nc\n"},
		{"far apart", "a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "A\nb\nc\nd\nE\n"},
		{"lines added above", "a\nb\nc\n", "x\ny\na\nb\nc\n", "a\nb\nC\n", "x\ny\na\nb\nC\n"},
		{"line removed above", "a\nb\nc\nd\n", "b\nc\nd\n", "a\nb\nc\nD\n", "b\nc\nD\n"},
		{"both made the same edit", "a\nb\nc\n", "a\nB\nc\n", "a\nB\nc\n", "a\nB\nc\n"},
		{"no final newline", "a\nb\nc\nd", "A\nb\nc\nd", "a\nb\nc\nD", "A\nb\nc\nD"},
		{"CRLF stays", "a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n", "a\r\nb\r\nC\r\n", "A\r\nb\r\nC\r\n"},
		{"same line", "a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n", "overlap"},
		{"next line", "a\nb\nc\n", "a\nX\nc\n", "a\nb\nY\n", "overlap"},
		{"both append", "a\n", "a\nx\n", "a\ny\n", "overlap"},
		{"edited and removed", "a\nb\nc\n", "a\nc\n", "a\nB\nc\n", "overlap"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := merge3([]byte(c.base), []byte(c.ours), []byte(c.theirs))
			if errors.Is(err, errOverlap) {
				got = []byte("overlap")
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A merge never panics, and a side that changed nothing leaves the other side's text.
func FuzzMerge3(f *testing.F) {
	f.Add("a\nb\n", "a\n", "b\nc\n")
	f.Add("", "\n\n", "x")
	f.Fuzz(func(t *testing.T, base, ours, theirs string) {
		_, _ = merge3([]byte(base), []byte(ours), []byte(theirs))
		for _, sides := range [][2]string{{base, theirs}, {theirs, base}, {theirs, theirs}} {
			got, err := merge3([]byte(base), []byte(sides[0]), []byte(sides[1]))
			if err == nil && string(got) != theirs {
				t.Errorf("merge3(%q, %q, %q) = %q", base, sides[0], sides[1], got)
			}
		}
	})
}
