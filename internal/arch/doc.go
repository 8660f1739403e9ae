// Package arch holds the map in docs/ARCHITECTURE.md against the code. It has nothing but tests: which room may
// not import which, with a reason for each (layers_test.go), and that the linter, which says so earlier, still
// does (lint_test.go).
package arch
