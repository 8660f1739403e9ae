package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Mutant is one fault. Func, Kind and Text name it in a way that outlives changes elsewhere in the file.
type Mutant struct {
	ID   int // from 1
	Line int
	File string // base name
	Func string
	Kind string // what is done: negate, bound, logic, sign or drop
	Text string // the source that it is done to, on one line
}

// mutated is the source of a file with a switch at each of its faults.
type mutated struct {
	fset    *token.FileSet
	info    *types.Info
	file    string
	fn      string
	splices []splice
	found   *[]Mutant
}

// splice is text put in at a place.
type splice struct {
	at   int
	text string
}

// switches is the faults' file, to be compiled along with the mutated ones.
func switches(pkg string) string {
	return "package " + pkg + `

import (
	"os"
	"strconv"
)

var mutant, _ = strconv.Atoi(os.Getenv("MUTANT"))

func mutated(n int) bool { return mutant == n }

func signed[T ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float64](n int, x T) T {
	if mutant == n {
		return -x
	}
	return x
}
`
}

// mutate puts a switch at every fault of a file, and appends the faults to found.
func mutate(fset *token.FileSet, info *types.Info, f *ast.File, name string, src []byte, found *[]Mutant) []byte {
	m := &mutated{fset: fset, info: info, file: name, found: found}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			m.fn = fn.Name.Name
			m.block(fn.Body)
		}
	}
	return m.spliced(src)
}

// block walks over a function's body.
func (m *mutated) block(body *ast.BlockStmt) {
	unused := map[ast.Expr]bool{} // calls whose answer nobody looks at
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			m.statements(n.List)
		case *ast.CaseClause:
			m.statements(n.Body)
		case *ast.ExprStmt:
			unused[n.X] = true
		case *ast.BinaryExpr:
			m.binary(n)
		}
		if e, ok := n.(ast.Expr); ok && !unused[e] && m.condition(e) {
			m.negate(e)
		}
		return true
	})
}

// statements leaves statements out, each for itself.
func (m *mutated) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.ExprStmt:
			if call, ok := s.X.(*ast.CallExpr); ok && types.ExprString(call.Fun) == "panic" {
				continue
			}
		case *ast.IncDecStmt:
		default:
			continue
		}
		n := m.add(s, "drop", m.text(s))
		m.wrap(s, fmt.Sprintf("if !mutated(%d) { ", n), " }")
	}
}

// condition reports whether an expression is a yes or no of its own, not one put together of others.
func (m *mutated) condition(e ast.Expr) bool {
	tv, ok := m.info.Types[e]
	if !ok || !tv.IsValue() || tv.Type == nil || !types.Identical(tv.Type.Underlying(), types.Typ[types.Bool]) && tv.Type != types.Typ[types.UntypedBool] {
		return false
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return e.Op != token.LAND && e.Op != token.LOR
	case *ast.CallExpr:
		return true
	case *ast.Ident:
		return e.Name == "true" || e.Name == "false"
	}
	return false
}

func (m *mutated) negate(e ast.Expr) {
	n := m.add(e, "negate", m.text(e))
	m.wrap(e, fmt.Sprintf("(mutated(%d) != (", n), "))")
}

// binary moves bounds, swaps "and" with "or", and turns signs.
func (m *mutated) binary(e *ast.BinaryExpr) {
	x, y := types.ExprString(e.X), types.ExprString(e.Y)
	if strings.ContainsAny(x+y, "…") || strings.Contains(x+y, " literal)") || m.info.Types[e].Value != nil {
		return // source that cannot be repeated, or a constant
	}
	kind, after := "", ""
	switch e.Op {
	case token.LSS, token.GTR:
		kind, after = "bound", "|| mutated(%d) && "+x+" == "+y
	case token.LEQ, token.GEQ:
		kind, after = "bound", "&& (!mutated(%d) || "+x+" != "+y+")"
	case token.LAND:
		kind, after = "logic", "|| mutated(%d) && ("+x+" || "+y+")"
	case token.LOR:
		kind, after = "logic", "&& (!mutated(%d) || "+x+" && "+y+")"
	case token.ADD, token.SUB:
		if b, ok := m.info.TypeOf(e).Underlying().(*types.Basic); ok && b.Info()&types.IsNumeric != 0 {
			n, side := m.add(e, "sign", m.text(e)), e.Y
			if m.info.Types[side].Value != nil {
				side = e.X // a constant would take any type
			}
			m.wrap(side, fmt.Sprintf("signed(%d, ", n), ")")
		}
		return
	default:
		return
	}
	n := m.add(e, kind, m.text(e))
	m.wrap(e, "((", ") "+fmt.Sprintf(strings.ReplaceAll(after, "%d", "%[1]d"), n)+")")
}

// text is the source of a node on one line.
func (m *mutated) text(n ast.Node) string {
	switch n := n.(type) {
	case ast.Expr:
		return types.ExprString(n)
	case *ast.ExprStmt:
		return types.ExprString(n.X)
	case *ast.IncDecStmt:
		return types.ExprString(n.X) + n.Tok.String()
	case *ast.AssignStmt:
		return list(n.Lhs) + " " + n.Tok.String() + " " + list(n.Rhs)
	}
	return ""
}

func list(es []ast.Expr) string {
	var out []string
	for _, e := range es {
		out = append(out, types.ExprString(e))
	}
	return strings.Join(out, ", ")
}

func (m *mutated) add(n ast.Node, kind, text string) int {
	*m.found = append(*m.found, Mutant{ID: len(*m.found) + 1, Line: m.fset.Position(n.Pos()).Line, File: m.file, Func: m.fn, Kind: kind, Text: text})
	return len(*m.found)
}

// wrap puts text around a node. The node's parent was wrapped before it, so what opens comes after the parent's, and
// what closes before it.
func (m *mutated) wrap(n ast.Node, open, shut string) {
	at, end := m.fset.Position(n.Pos()).Offset, m.fset.Position(n.End()).Offset
	m.splices = append(m.splices, splice{at, open}, splice{end, shut})
}

// spliced puts the texts in. Where several stand at one place, what closes comes first, the innermost before the
// others; then what opens, the outermost first.
func (m *mutated) spliced(src []byte) []byte {
	rank := map[splice]int{}
	for i, s := range m.splices {
		if rank[s] = i; i%2 == 1 {
			rank[s] = -i
		}
	}
	slices.SortStableFunc(m.splices, func(a, b splice) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(rank[a], rank[b]))
	})
	var out bytes.Buffer
	from := 0
	for _, s := range m.splices {
		out.Write(src[from:s.at])
		out.WriteString(s.text)
		from = s.at
	}
	out.Write(src[from:])
	return out.Bytes()
}
