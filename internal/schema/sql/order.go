package sql

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// inOrder sorts files as migration tools run them: numbers in names count as numbers, versions of V1_2__name
// part by part, repeatable R__name last.
func inOrder(files []File) []File {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b File) int { return compareNames(a.Path, b.Path) })
	return files
}

func compareNames(a, b string) int {
	if c := natural(path.Dir(a), path.Dir(b)); c != 0 {
		return c
	}
	a, b = path.Base(a), path.Base(b)
	x, y := flyway(a), flyway(b)
	if x == nil || y == nil {
		return cmp.Or(cmp.Compare(repeatable(a), repeatable(b)), natural(a, b))
	}
	return cmp.Or(slices.CompareFunc(x, y, digits), natural(a, b))
}

func repeatable(name string) int {
	if strings.HasPrefix(name, "R__") {
		return 1
	}
	return 0
}

// flyway returns the parts of the version of V1_2__name.sql, or nil.
func flyway(name string) []string {
	version, _, ok := strings.Cut(name, "__")
	if !ok || len(version) < 2 || version[0] != 'V' || !isDigit(version[1]) {
		return nil
	}
	return strings.FieldsFunc(version[1:], func(r rune) bool { return r == '.' || r == '_' })
}

// natural compares runs of digits by value and all else by bytes.
func natural(a, b string) int {
	for a != "" && b != "" {
		x, y := run(a), run(b)
		c := strings.Compare(a[:x], b[:y])
		if isDigit(a[0]) && isDigit(b[0]) {
			c = digits(a[:x], b[:y])
		}
		if c != 0 {
			return c
		}
		a, b = a[x:], b[y:]
	}
	return cmp.Compare(len(a), len(b))
}

// run returns the length of the digits, or of the other characters, that s begins with.
func run(s string) int {
	n := 1
	for n < len(s) && isDigit(s[n]) == isDigit(s[0]) {
		n++
	}
	return n
}

func digits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
