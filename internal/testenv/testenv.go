// Package testenv is what tests may do without. A test that lacks a tool or a file is skipped on a developer's machine;
// in CI everything has to be there, and it fails.
package testenv

import (
	"os"
	"testing"
)

// CI reports whether the tests run in CI, which says so by the variable CI.
func CI() bool {
	v := os.Getenv("CI")
	return v != "" && v != "false" && v != "0"
}

// Lacks skips a test for what is not there, or fails it in CI. The arguments are fmt.Sprintf's.
func Lacks(t testing.TB, format string, args ...any) {
	t.Helper()
	if CI() {
		t.Fatalf("CI has to have it: "+format, args...)
	}
	t.Skipf(format, args...)
}
