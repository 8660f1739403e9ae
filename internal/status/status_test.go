package status

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files")

// Every text in every situation reads as its golden file says.
func TestTexts(t *testing.T) {
	t.Parallel()
	var files []string
	for _, s := range situations() {
		file := filepath.Join("testdata", strings.ReplaceAll(s.name, " ", "_")+".txtar")
		files = append(files, file)
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			got := &txtar.Archive{}
			for text := range strings.FieldsSeq(s.texts) {
				got.Files = append(got.Files, txtar.File{Name: text + ".md", Data: []byte(s.render(text))})
			}
			golden(t, file, txtar.Format(got))
		})
	}
	found, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	if d := cmp.Diff(files, found); d != "" && !*update {
		t.Errorf("golden files, want (-) and found (+):\n%s", d)
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}
