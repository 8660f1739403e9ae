package rewritetest

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/rewrite"
)

// Cases are those of a rewriter that needs one file at a time. Each is a txtar archive: prose, the file under its name,
// what the case says (changes, catalog, dialect), and then want, which has a line for each edit, refusal and unrelated
// place, and out, the file afterwards.
type Cases struct {
	Rewriter rewrite.Rewriter
	// Request reads what a case says, by section; nil reads it as the func Request does.
	Request func(said map[string]string) (rewrite.Request, error)
	// Valid reports whether a file is of the rewriter's language; nil: any is.
	Valid func(out []byte) bool
	// Letters are those of a name beside a-z, 0-9 and _.
	Letters string
}

// Run runs the cases of testdata, of which there are so many at least, or writes what they got into them.
func Run(t *testing.T, c Cases, least int, update bool) {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < least {
		t.Fatalf("%d cases: %v", len(paths), err)
	}
	for _, p := range paths {
		t.Run(strings.TrimSuffix(path.Base(p), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			want, got, right := c.one(t, txtar.Parse(text))
			if update {
				if err := os.WriteFile(p, txtar.Format(right), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// one runs a case and returns what it wants, what it got, and the archive with the wants put right.
func (c Cases) one(t testing.TB, a *txtar.Archive) (want, got string, right *txtar.Archive) {
	t.Helper()
	if len(a.Comment) < 20 || len(a.Files) == 0 {
		t.Fatal("a case is prose, a file, and what is asked of it")
	}
	right = &txtar.Archive{Comment: a.Comment, Files: a.Files[:1:1]}
	said, wanted := map[string]string{}, &txtar.Archive{}
	for _, f := range a.Files[1:] {
		if f.Name == "want" || f.Name == "out" {
			wanted.Files = append(wanted.Files, f)
			continue
		}
		said[f.Name] = string(f.Data)
		right.Files = append(right.Files, f)
	}
	req, err := c.request(said)
	if err != nil {
		t.Fatal(err)
	}
	res, out := c.Sound(t, rewrite.File{Path: a.Files[0].Name, Content: a.Files[0].Data}, req)
	made := &txtar.Archive{Files: []txtar.File{{Name: "want", Data: []byte(Shown(res))}}}
	if len(res.Edits) > 0 {
		made.Files = append(made.Files, txtar.File{Name: "out", Data: out})
	}
	right.Files = append(right.Files, made.Files...)
	return string(txtar.Format(wanted)), string(txtar.Format(made)), right
}

func (c Cases) request(said map[string]string) (rewrite.Request, error) {
	if c.Request != nil {
		return c.Request(said)
	}
	return Request(said["changes"], said["catalog"], said["dialect"])
}

// Sound rewrites a file and holds what must be true of every rewrite: it applies, it is of the language, it is proven
// unless something is refused, it is done once, and every place of a changed name is accounted for.
func (c Cases) Sound(t testing.TB, f rewrite.File, req rewrite.Request) (rewrite.Result, []byte) {
	t.Helper()
	res, out := c.Survives(t, f, req)
	if len(res.Edits) == 0 {
		return res, out
	}
	if !res.Verified && len(res.Refusals) == 0 || c.Valid != nil && !c.Valid(out) {
		t.Errorf("not verified, or not of the language:\n%s", out)
	}
	c.once(t, rewrite.File{Path: f.Path, Content: out}, req)
	return res, out
}

// Survives rewrites a file, whatever it holds, and holds that every place is accounted for.
func (c Cases) Survives(t testing.TB, f rewrite.File, req rewrite.Request) (rewrite.Result, []byte) {
	t.Helper()
	res := c.Rewriter.For(req)(f)
	for _, fault := range Unaccounted(f.Content, res, named(req.Mapping), c.Letters) {
		t.Errorf("%s", fault)
	}
	out, err := rewrite.Apply(f.Content, res.Edits)
	if err != nil {
		t.Fatal(err)
	}
	return res, out
}

func (c Cases) once(t testing.TB, f rewrite.File, req rewrite.Request) {
	t.Helper()
	if again := c.Rewriter.For(req)(f); len(again.Edits) > 0 {
		t.Errorf("a second run edits again: %+v in\n%s", again.Edits, f.Content)
	}
}

// Fuzz holds that no file makes the rewriter panic, that every place is accounted for, and that what is proven is done
// once. It begins with the files of the cases; name is what they are called.
func Fuzz(f *testing.F, c Cases, name string, req rewrite.Request) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		if a := txtar.Parse(text); len(a.Files) > 0 {
			f.Add(a.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if res, out := c.Survives(t, rewrite.File{Path: name, Content: src}, req); res.Verified {
			c.once(t, rewrite.File{Path: name, Content: out}, req)
		}
	})
}

// named are the changes that are about a name which stands in files: a field's, or a value's.
func named(m rewrite.Mapping) (out rewrite.Mapping) {
	for _, ch := range m.Changes {
		if ch.Kind == rewrite.RenameEnum {
			ch.From = ch.OldValue
		}
		if ch.Kind != rewrite.Reshape {
			out.Changes = append(out.Changes, ch)
		}
	}
	return out
}

// Shown writes a result, a line for each finding.
func Shown(res rewrite.Result) string {
	var b strings.Builder
	for _, e := range res.Edits {
		fmt.Fprintf(&b, "edit %d:%d %s: %s\n", e.Line, e.Column, e.New, e.Reason)
	}
	b.WriteString(Refusals(res, "refuse ") + Unrelated(res, "unrelated "))
	fmt.Fprintf(&b, "verified %t\n", res.Verified)
	return b.String()
}
