package rewrite

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApply(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, src, want, err string
		edits                []Edit
	}{
		{name: "no edits is identity", src: "a\r\nb", want: "a\r\nb"},
		{name: "replace, insert, delete", src: "select c, d from t", want: "select n as c, from tt",
			edits: []Edit{{Start: 7, End: 8, New: "n as c"}, {Start: 9, End: 11, New: ""}, {Start: 18, End: 18, New: "t"}}},
		{name: "adjacent edits are fine", src: "ab", want: "xy", edits: []Edit{{Start: 0, End: 1, New: "x"}, {Start: 1, End: 2, New: "y"}}},
		{name: "overlap", src: "abc", err: "inside edit 0", edits: []Edit{{Start: 0, End: 2}, {Start: 1, End: 3}}},
		{name: "order", src: "abc", err: "sort them", edits: []Edit{{Start: 2, End: 3}, {Start: 0, End: 1}}},
		{name: "two insertions at one place have no order", src: "abc", err: "as edit 0 does",
			edits: []Edit{{Start: 1, End: 1, New: "x"}, {Start: 1, End: 1, New: "y"}}},
		{name: "beyond the end", src: "abc", err: "outside the file", edits: []Edit{{Start: 2, End: 4}}},
		{name: "negative", src: "abc", err: "outside the file", edits: []Edit{{Start: -1, End: 1}}},
		{name: "end before start", src: "abc", err: "outside the file", edits: []Edit{{Start: 2, End: 1}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := Apply([]byte(tc.src), tc.edits)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("error %v, want one with %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	l := NewLines([]byte("ab\r\nc\n\nd"))
	for _, tc := range []struct{ offset, line, column int }{
		{0, 1, 1}, {1, 1, 2}, {3, 1, 4}, {4, 2, 1}, {6, 3, 1}, {7, 4, 1}, {8, 4, 2}, {99, 4, 2}, {-1, 1, 1},
	} {
		line, column := l.Position(tc.offset)
		if line != tc.line || column != tc.column {
			t.Errorf("Position(%d) = %d:%d, want %d:%d", tc.offset, line, column, tc.line, tc.column)
		}
	}
	if _, ok := l.Offset(9, 1); ok {
		t.Error("line 9 should not exist")
	}
}

func TestSortAndLocate(t *testing.T) {
	t.Parallel()
	r := Result{
		Edits:     []Edit{{Start: 3, End: 4}, {Start: 0, End: 1}},
		Refusals:  []Refusal{{Start: 3, End: 4, Change: 1}, {Start: 3, End: 4}},
		Unrelated: []Unrelated{{Start: 5, End: 6}, {Start: 2, End: 3}},
	}
	r.Sort()
	r.Locate([]byte("ab\nc\nd"))
	want := Result{
		Edits:     []Edit{{Start: 0, End: 1, Line: 1, Column: 1}, {Start: 3, End: 4, Line: 2, Column: 1}},
		Refusals:  []Refusal{{Start: 3, End: 4, Line: 2, Column: 1, Snippet: "c\n^"}, {Start: 3, End: 4, Line: 2, Column: 1, Change: 1, Snippet: "c\n^"}},
		Unrelated: []Unrelated{{Start: 2, End: 3, Line: 1, Column: 3}, {Start: 5, End: 6, Line: 3, Column: 1}},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

func FuzzApply(f *testing.F) {
	f.Add([]byte("select c from t"), 7, 8, "n as c", 9, 9, "x")
	f.Add([]byte(""), 0, 0, "", 0, 0, "")
	f.Fuzz(func(t *testing.T, src []byte, s1, e1 int, n1 string, s2, e2 int, n2 string) {
		out, err := Apply(src, []Edit{{Start: s1, End: e1, New: n1}, {Start: s2, End: e2, New: n2}})
		if err != nil {
			return
		}
		// What lies outside the edits must come through untouched, in order.
		want := bytes.Join([][]byte{src[:s1], []byte(n1), src[e1:s2], []byte(n2), src[e2:]}, nil)
		if !bytes.Equal(out, want) {
			t.Fatalf("got %q, want %q", out, want)
		}
		same, err := Apply(src, nil)
		if err != nil || !bytes.Equal(same, src) {
			t.Fatalf("no edits changed the file: %v", err)
		}
		lines := NewLines(src)
		line, column := lines.Position(s1)
		if back, ok := lines.Offset(line, column); !ok || back != s1 {
			t.Fatalf("offset %d became %d:%d and then %d", s1, line, column, back)
		}
	})
}

// TestWalk: a walk finds what an index does, in any order of offsets.
func TestWalk(t *testing.T) {
	t.Parallel()
	src := []byte("ab\n\nc\r\nd\n")
	index, w := NewLines(src), walk{src: src, line: 1}
	for _, offset := range []int{0, 1, 2, 3, 3, 4, 9, 5, -1, 20, 7, 8, 2} {
		line, column := index.Position(offset)
		gotLine, gotColumn := w.to(offset)
		if line != gotLine || column != gotColumn {
			t.Errorf("offset %d: %d:%d instead of %d:%d", offset, gotLine, gotColumn, line, column)
		}
	}
}
