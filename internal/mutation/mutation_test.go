package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRun measures a package of which one test notices everything about one function, and nothing about the other.
func TestRun(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"go.mod": "module example.org/fence\n\ngo 1.26\n",
		"fence.go": `package fence

// Posts is how many posts a fence of so many metres has.
func Posts(metres int, closed bool) int {
	if metres <= 0 || closed && metres < 3 {
		return 0
	}
	posts := metres
	if !closed {
		posts++
	}
	return posts
}

func Gaps(metres int) int { return metres - 1 }
`,
		"fence_test.go": `package fence

import "testing"

func TestPosts(t *testing.T) {
	for _, c := range []struct {
		metres int
		closed bool
		want   int
	}{{0, false, 0}, {0, true, 0}, {1, false, 2}, {2, true, 0}, {3, true, 3}, {4, true, 4}, {4, false, 5}} {
		if got := Posts(c.metres, c.closed); got != c.want {
			t.Errorf("%v: got %d", c, got)
		}
	}
}
`,
		"why.txt": "Gaps sign metres - 1\n  Nobody asks\n  for gaps.\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-reasons", "why.txt", "."}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(out.String(), "hash ")
	_, got, _ = strings.Cut(got, ".\n\n")
	want := `8 mutants, 7 killed: 87.5%.

| kind | what is done | mutants | killed |
|---|---|---|---|
| negate | a condition is turned round | 2 | 2 |
| bound | a bound is moved by one | 2 | 2 |
| logic | and becomes or, or becomes and | 2 | 2 |
| sign | plus becomes minus, minus becomes plus | 1 | 0 |
| drop | a statement is left out | 1 | 1 |

## Survivors

- fence.go:15, Gaps, sign ` + "`metres - 1`" + `: Nobody asks for gaps.
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if err := os.WriteFile("why.txt", []byte("Gaps drop x\n  Gone.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-reasons", "why.txt", "."}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), `"Gaps drop x"`) {
		t.Errorf("a reason for nothing: %v", err)
	}
	if err := os.WriteFile("fence.go", []byte("package fence\n\nfunc Posts(int, bool) int { return 1 }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"."}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "without any mutant") {
		t.Errorf("tests that fail anyway: %v", err)
	}
}

// TestReport tells kills by the clock from others, since a slow machine may make them.
func TestReport(t *testing.T) {
	t.Parallel()
	loop := Mutant{ID: 1, File: "fence.go", Line: 9, Func: "Posts", Kind: "drop", Text: "posts++"}
	var out bytes.Buffer
	if err := (built{mutants: []Mutant{loop}, endless: []Mutant{loop}}).report(&out, ".", nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 mutants, 1 killed: 100.0%", "did not end in time:\n\n- fence.go:9, Posts, drop `posts++`\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "why.txt")
	if err := os.WriteFile(bad, []byte("\n  a reason for what?\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"give one package":     {},
		"why.txt:2: a reason":  {"-reasons", bad, "."},
		"not one package that": {"./nowhere"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}
