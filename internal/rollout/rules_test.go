package rollout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/rule"
)

// TestRules holds the table and the code together: every id that the code uses is in the table, once, and the
// table has no other.
func TestRules(t *testing.T) {
	t.Parallel()
	used := usedRules(t)
	seen := map[string]bool{}
	for _, r := range rule.All() {
		if seen[r.ID] {
			t.Errorf("rule %q is in the table twice", r.ID)
		}
		seen[r.ID] = true
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(r.ID) || len(r.Text) < 10 || r.Text[len(r.Text)-1] != '.' {
			t.Errorf("rule %q: %q is not an id and a sentence", r.ID, r.Text)
		}
		if !used[r.ID] {
			t.Errorf("rule %q is in the table and nowhere used", r.ID)
		}
	}
	for id := range used {
		if !seen[id] {
			t.Errorf("rule %q is used and not in the table", id)
		}
	}
	if len(used) < 50 {
		t.Errorf("found only %d uses: does the test still read the code?", len(used))
	}
}

// usedRules finds the ids where the code gives them: as the rule of a call or of a literal.
func usedRules(t *testing.T) map[string]bool {
	t.Helper()
	position := map[string]int{"wait": 0, "note": 0, "regress": 0, "say": 0, "said": 0, "Until": 0, "until": 1, "move": 1, "back": 0, "closeRevert": 1, "announce": 1}
	used := map[string]bool{}
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if id, err := strconv.Unquote(lit.Value); err == nil {
				used[id] = true
			}
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	lacks, err := filepath.Glob("../green/*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, lacks...)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if at, ok := position[called(n)]; ok && at < len(n.Args) {
					add(n.Args[at])
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Rule" {
					add(n.Value)
				}
			}
			return true
		})
	}
	return used
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
