package arch

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/testenv"
)

// doors are files with an import that our linter's config forbids, and what it is to say. The last is sound: the
// shell may do all that.
func doors() []struct{ file, text, want string } {
	return []struct{ file, text, want string }{
		{"internal/repo/door.go", "package repo\n\nimport \"os\"\n\nvar _ = os.Args\n", "the core does no I/O"},
		{"internal/rollout/door.go", "package rollout\n\nimport \"time\"\n\nvar _ = time.Now\n", "the core takes now as a parameter"},
		{"internal/schema/door.go", "package schema\n\nimport \"" + module + "/internal/store\"\n\nvar _ = store.Open\n", "the core is below the shell"},
		{"internal/store/door.go", "package store\n\nimport (\n\t\"os\"\n\t\"time\"\n)\n\nvar Open = os.Open\n\nvar _ = time.Now\n", ""},
	}
}

// The linter says so before the tests do. Its config is tried on a copy of a room with a wrong door in it.
func TestLinter(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("golangci-lint"); err != nil {
		testenv.Lacks(t, "golangci-lint is not installed")
	}
	root, dir := filepath.Join("..", ".."), t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "internal", "repo"), os.DirFS(filepath.Join(root, "internal", "repo"))); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "go.mod"), "module "+module+"\n\ngo 1.26.0\n")
	for _, d := range doors() {
		put(t, filepath.Join(dir, filepath.FromSlash(d.file)), d.text)
	}
	config, err := os.ReadFile(filepath.Join(root, ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, ".golangci.yml"), string(config))

	cmd := exec.CommandContext(t.Context(), "golangci-lint", "run", "--enable-only=depguard,forbidigo", "--allow-parallel-runners", "--output.text.colors=false", "./...")
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("golangci-lint found nothing:\n%s", said)
	}
	for _, d := range doors() {
		if found := of(string(said), d.file); d.want == "" && found != "" || !strings.Contains(found, d.want) {
			t.Errorf("%s: got %q, want %q; all of it:\n%s", d.file, found, d.want, said)
		}
	}
}

// of is what the linter says of a file.
func of(said, file string) string {
	for line := range strings.Lines(said) {
		if strings.HasPrefix(filepath.ToSlash(line), file+":") {
			return line
		}
	}
	return ""
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
