package schematest

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/schema"
)

// T is what Run and Fuzz need of *testing.T.
type T[Self any] interface {
	Helper()
	Parallel()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Run(name string, f func(Self)) bool
}

// F is what Fuzz needs of *testing.F.
type F interface {
	Add(args ...any)
	Fuzz(f any)
	Fatal(args ...any)
}

// Disk is where the cases are: a package's folder, with what writes into it.
type Disk struct {
	fs.FS
	Write func(name string, data []byte, mode fs.FileMode) error
}

// Run runs the cases of testdata, of which every format has sixty at least, or writes what they got into them.
func Run[S T[S]](t S, parse Parser, disk Disk, update bool) {
	t.Helper()
	paths, err := fs.Glob(disk, "testdata/*.txtar")
	if err != nil || len(paths) < 60 {
		t.Fatalf("%d cases: %v", len(paths), err)
	}
	for _, p := range paths {
		t.Run(strings.TrimSuffix(path.Base(p), ".txtar"), func(t S) {
			t.Parallel()
			want, got, err := disk.run(parse, p, update)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func (d Disk) run(parse Parser, name string, update bool) (want, got string, err error) {
	text, err := fs.ReadFile(d, name)
	if err != nil {
		return "", "", err
	}
	want, got, right, err := Case(parse, text)
	if err == nil && update {
		return got, got, d.Write(name, right, 0o644)
	}
	return want, got, err
}

// Fuzz holds that no file makes a parser panic, that faults have places, and that what is read differs from itself in
// nothing. It begins with the files of the cases. A file is called one of the names, of which each is another way to
// write the format.
func Fuzz[S T[S]](f F, parse Parser, disk Disk, names ...string) {
	paths, err := fs.Glob(disk, "testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		text, err := fs.ReadFile(disk, p)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if !strings.Contains(file.Name, "/") {
				continue // no file of a schema
			}
			same := func(name string) bool { return path.Ext(name) == path.Ext(file.Name) }
			f.Add(file.Data, byte(max(0, slices.IndexFunc(names, same)))) //nolint:gosec // a name or two
		}
	}
	f.Fuzz(func(t S, src []byte, which byte) {
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
