package git

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzParseTree: no bytes make the parser panic, and what it accepts and a repository would take has one spelling.
func FuzzParseTree(f *testing.F) {
	f.Add([]byte("100644 a\x0001234567890123456789"))
	f.Add([]byte("40000 dir\x0001234567890123456789100755 run\x0001234567890123456789"))
	f.Add([]byte("100644 a\x00short"))
	f.Add([]byte("a\x0001234567890123456789"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseTree(data)
		if err != nil {
			return
		}
		tree, err := newTree(entries)
		if err != nil {
			return
		}
		again, err := parseTree(tree.data)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tree.tree, again, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	})
}

// FuzzParseCommit: as for trees.
func FuzzParseCommit(f *testing.F) {
	f.Add([]byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1 +0100\ncommitter A <a@b> 1 -0330\n\nmessage\n"))
	f.Add([]byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n" +
		"author A <> 1 +0000\ncommitter <x> 1 +0000\ngpgsig -----BEGIN\n x\n -----END\n\n\n"))
	f.Add([]byte("tree x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseCommit(data)
		if err != nil {
			return
		}
		encoded, err := encodeCommit(c)
		if err != nil {
			return
		}
		again, err := parseCommit(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c, again); d != "" {
			t.Error(d)
		}
	})
}

// FuzzMergeText: merging nothing new changes nothing, the sides may be swapped, and every line of a clean merge
// comes from a side.
func FuzzMergeText(f *testing.F) {
	f.Add([]byte("1\n2\n3\n"), []byte("1\ntwo\n3\n"), []byte("1\n2\n3\n4\n"))
	f.Add([]byte("a\na\na\n"), []byte("a\na\n"), []byte("b\na\na\na"))
	f.Add([]byte(""), []byte("x"), []byte("x\n"))
	f.Fuzz(func(t *testing.T, base, ours, theirs []byte) {
		if len(base)+len(ours)+len(theirs) > 1<<14 {
			return
		}
		wantMerge(t, base, ours, ours, ours)
		wantMerge(t, base, ours, base, ours)
		wantMerge(t, base, base, theirs, theirs)
		there, ok := mergeText(base, ours, theirs)
		back, okBack := mergeText(base, theirs, ours)
		if ok != okBack || !bytes.Equal(there, back) {
			t.Errorf("swapped: %q %t and %q %t", there, ok, back, okBack)
		}
		known := texts(ours, theirs)
		for line := range bytes.Lines(there) {
			if !contains(known[0], line) && !contains(known[1], line) {
				t.Errorf("line %q is from nowhere", line)
			}
		}
	})
}

func contains(t text, line []byte) bool {
	for _, l := range t.lines {
		if bytes.Equal(l, line) {
			return true
		}
	}
	return false
}

func wantMerge(t *testing.T, base, ours, theirs, want []byte) {
	t.Helper()
	if got, ok := mergeText(base, ours, theirs); !ok || !bytes.Equal(got, want) {
		t.Errorf("merge(%q, %q, %q) = %q %t, want %q", base, ours, theirs, got, ok, want)
	}
}

// FuzzDiff: a difference turns one text into the other, and keeps only lines that both have.
func FuzzDiff(f *testing.F) {
	f.Add([]byte("a\nb\nc\n"), []byte("a\nc\nb\n"))
	f.Add(bytes.Repeat([]byte("x\n"), 70), bytes.Repeat([]byte("x\ny\n"), 70)) // no rare line: the fallback
	f.Fuzz(func(t *testing.T, old, cur []byte) {
		if len(old)+len(cur) > 1<<14 {
			return
		}
		x := texts(old, cur)
		var got []byte
		at := 0
		for _, h := range diff(x[0].ids, x[1].ids) {
			if h.a0 == h.a1 && h.b0 == h.b1 {
				t.Error("empty change")
			}
			got = append(got, bytes.Join(x[0].lines[at:h.a0], nil)...)
			got = append(got, bytes.Join(x[1].lines[h.b0:h.b1], nil)...)
			at = h.a1
		}
		got = append(got, bytes.Join(x[0].lines[at:], nil)...)
		if !bytes.Equal(got, cur) {
			t.Errorf("got %q, want %q", got, cur)
		}
	})
}
