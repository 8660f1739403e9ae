package sql

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Dialects are data: the code asks what a dialect does, and never which one it is.
func TestDialectsAreData(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	asks := regexp.MustCompile(`\bd\.name\b`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if file != "dialect.go" && !strings.HasSuffix(file, "_test.go") && asks.Match(text) {
			t.Errorf("%s asks for a dialect's name: give dialect a field that says what is special about it", file)
		}
	}
}
