package protobuf

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// unit is one file.
type unit struct {
	text
	lowered
	parsed   parser.Result
	lines    []int // where each line starts
	desc     *descriptorpb.FileDescriptorProto
	messages []*message // at the top
	enums    []*enum    // at the top
	all      []*message // with nested ones, parents first
	allEnums []*enum
}

// read parses a file. The first fault is the error, with what else to write where the parser says it.
func read(f schema.File) (*unit, error) {
	u := &unit{text: newText(f), lines: []int{0}}
	if err := u.guard(); err != nil {
		return nil, err
	}
	var err error
	if u.lowered, err = u.lower(); err != nil {
		return nil, err
	}
	for i, c := range u.text.src {
		if c == '\n' {
			u.lines = append(u.lines, i+1)
		}
	}
	node, err := parser.Parse(f.Path, bytes.NewReader(u.lowered.src), reporter.NewHandler(nil))
	if err != nil {
		return nil, u.located(err)
	}
	if u.parsed, err = parser.ResultFromAST(node, true, reporter.NewHandler(nil)); err != nil {
		return nil, u.located(err)
	}
	if err := u.options(); err != nil {
		return nil, err
	}
	u.desc = u.parsed.FileDescriptorProto()
	u.declare()
	return u, nil
}

// located turns the parser's error into one of ours.
func (u *unit) located(err error) error {
	if at, ok := errors.AsType[reporter.ErrorWithPos](err); ok {
		return u.fault(at.GetPosition().Offset, "%s", shortened(at.Unwrap().Error()))
	}
	return u.fault(0, "%s", shortened(err.Error()))
}

// shortened keeps what an error quotes from flooding a page.
func shortened(msg string) string {
	const most = 240
	if runes := []rune(msg); len(runes) > most {
		return fmt.Sprintf("%s…", string(runes[:most]))
	}
	return msg
}

// place returns where a node of the file begins.
func (u *unit) place(n ast.Node) repo.Position {
	start := u.parsed.AST().NodeInfo(n).Start()
	if start.Line < 1 || start.Line > len(u.lines) {
		return repo.Position{File: u.file, Line: 1, Column: 1}
	}
	return repo.Position{File: u.file, Line: start.Line, Column: start.Offset - u.lines[start.Line-1] + 1}
}
