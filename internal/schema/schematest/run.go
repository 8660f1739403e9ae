package schematest

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/schema"
)

// Run runs the cases of testdata, of which every format has sixty at least, or writes what they got into them.
func Run(t *testing.T, parse Parser, update bool) {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 60 {
		t.Fatalf("%d cases: %v", len(paths), err)
	}
	for _, p := range paths {
		t.Run(strings.TrimSuffix(path.Base(p), ".txtar"), func(t *testing.T) {
			t.Parallel()
			want, got, err := one(parse, p, update)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func one(parse Parser, name string, update bool) (want, got string, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", "", err
	}
	want, got, right, err := Case(parse, text)
	if err == nil && update {
		return got, got, os.WriteFile(name, right, 0o600)
	}
	return want, got, err
}

// Fuzz holds that no file makes a parser panic, that faults have places, and that what is read differs from itself in
// nothing. It begins with the files of the cases. A file is called one of the names, of which each is another way to
// write the format.
func Fuzz(f *testing.F, parse Parser, names ...string) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if !strings.Contains(file.Name, "/") {
				continue // no file of a schema
			}
			same := func(name string) bool { return path.Ext(name) == path.Ext(file.Name) }
			f.Add(file.Data, byte(max(0, slices.IndexFunc(names, same))))
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, which byte) {
		name := names[int(which)%len(names)]
		s, err := parse([]schema.File{{Path: name, Content: src}}, "")
		var at *schema.ParseError
		if err != nil && (!errors.As(err, &at) || at.File != name || at.Msg == "") {
			t.Fatalf("an error without a place: %v", err)
		}
		if changes := schema.Diff(s, s, schema.Declarations{}); len(changes) > 0 {
			t.Fatalf("it differs from itself: %+v", changes[0])
		}
	})
}
