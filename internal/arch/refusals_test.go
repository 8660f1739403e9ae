package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// refusing are the rooms that refuse places.
var refusing = []string{"../../rewrite", "../../internal/plan", "../../internal/engine"}

// TestRefusalsAreExplained holds docs/refusals.md to the code: every code that a room refuses with has a row that says
// why, and what decides it; no row is about a code that is gone; and every code occurs in a test.
func TestRefusalsAreExplained(t *testing.T) {
	t.Parallel()
	codes, tests := map[string]string{}, ""
	for _, room := range refusing {
		walk(t, room, func(path string, text []byte) {
			switch {
			case strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, ".txtar"), strings.Contains(path, "testdata"):
				tests += string(text)
			case strings.HasSuffix(path, ".go"):
				codesIn(t, path, text, codes)
			}
		})
	}
	rows := explained(t)
	if len(codes) < 50 {
		t.Fatalf("only %d codes were found", len(codes))
	}
	for code, place := range codes {
		row, ok := rows[code]
		switch {
		case !ok:
			t.Errorf("%s: docs/refusals.md does not explain %s", place, code)
		case len(row[0]) < 20 || len(row[1]) < 15:
			t.Errorf("docs/refusals.md: say more about %s", code)
		case !strings.Contains(tests, code):
			t.Errorf("%s: no test is about %s", place, code)
		}
		delete(rows, code)
	}
	for code := range rows {
		t.Errorf("docs/refusals.md explains %s, which nothing refuses with", code)
	}
}

// walk reads the files below a folder, but for modules of their own.
func walk(t *testing.T, root string, visit func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if _, nested := os.Stat(filepath.Join(path, "go.mod")); nested == nil {
				return fs.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(path)
		visit(path, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// explained reads the rows of the page: code, why, what decides.
func explained(t *testing.T) map[string][2]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/refusals.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][2]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (.+?) \\| (.+) \\|$").FindAllStringSubmatch(string(page), -1) {
		if _, twice := rows[m[1]]; twice {
			t.Errorf("docs/refusals.md explains %s twice", m[1])
		}
		rows[m[1]] = [2]string{m[2], m[3]}
	}
	return rows
}

// codesIn finds the codes that a file refuses with: what it gives to functions that refuse, to problems, and to fields and
// variables called code, and what functions return that have this name or give it to their
// first result.
func codesIn(t *testing.T, path string, text []byte, codes map[string]string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	note := func(x ast.Expr) {
		if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, _ := strconv.Unquote(lit.Value); regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(s) {
				codes[s] = set.Position(lit.Pos()).String()
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if refuses(n.Fun) {
				note(firstText(n.Args))
			}
		case *ast.CompositeLit:
			if len(n.Elts) > 0 && named(n.Type, "problem") {
				note(n.Elts[0])
			}
		case *ast.KeyValueExpr:
			if named(n.Key, "code") {
				note(n.Value)
			}
		case *ast.AssignStmt:
			if named(n.Lhs[0], "code") {
				note(n.Rhs[0])
			}
		case *ast.FuncDecl:
			if n.Body != nil && givesCode(n) {
				returns(n.Body, note)
			}
		}
		return true
	})
}

// givesCode: the function's first result is a code.
func givesCode(f *ast.FuncDecl) bool {
	if named(f.Name, "code") {
		return true
	}
	results := f.Type.Results
	return results != nil && len(results.List[0].Names) > 0 && named(results.List[0].Names[0], "code")
}

// returns visits the first result of each return.
func returns(body *ast.BlockStmt, visit func(ast.Expr)) {
	ast.Inspect(body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > 0 {
			visit(r.Results[0])
		}
		return true
	})
}

// refuses: the function takes a code before its message.
func refuses(fun ast.Expr) bool {
	return slices.ContainsFunc([]string{"refuse", "refused", "refuseRange", "refusalOf", "wholeFile", "refuseAll"}, func(name string) bool { return named(fun, name) })
}

// named: the expression is this name, or a field or method of it.
func named(x ast.Expr, name string) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return strings.EqualFold(x.Name, name)
	case *ast.SelectorExpr:
		return strings.EqualFold(x.Sel.Name, name)
	}
	return false
}

func firstText(args []ast.Expr) ast.Expr {
	for _, a := range args {
		if lit, ok := a.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			return a
		}
	}
	return nil
}
