package protobuf

import (
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/options"
)

// options gives the file its edition back and lets the parser read the options that Protobuf itself knows. What it would
// stumble over or does not see is refused beforehand.
func (u *unit) options() error {
	if u.edition != 0 {
		u.parsed.FileDescriptorProto().Edition = u.edition.Enum()
	}
	err := ast.Walk(u.parsed.AST(), &ast.SimpleVisitor{DoVisitOptionNode: u.option})
	if err != nil {
		return err
	}
	if _, err = options.InterpretUnlinkedOptions(u.parsed); err != nil {
		return u.located(err)
	}
	return nil
}

func (u *unit) option(o *ast.OptionNode) error {
	for _, part := range o.Name.Parts {
		if part.IsExtension() {
			return nil // a custom option, which is passed over
		}
	}
	if u.edition != 0 && len(o.Name.Parts) == 1 && o.Name.Parts[0].Value() == "ctype" {
		return u.faultAt(o, "edition 2024 has no ctype; write features.(pb.cpp).string_type, or nothing")
	}
	return u.value(o.Val)
}

// value refuses names with capitals: no option that Protobuf knows has one, and the parser panics when the name in small
// letters is one.
func (u *unit) value(v ast.ValueNode) error {
	switch v := v.(type) {
	case *ast.ArrayLiteralNode:
		for _, e := range v.Elements {
			if err := u.value(e); err != nil {
				return err
			}
		}
	case *ast.MessageLiteralNode:
		for _, f := range v.Elements {
			if err := u.member(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *unit) member(f *ast.MessageFieldNode) error {
	if f.Name.IsExtension() {
		return nil
	}
	if name := f.Name.Value(); name != strings.ToLower(name) {
		return u.faultAt(f.Name, "no option has a field %.40s; write its name in small letters", name)
	}
	return u.value(f.Val)
}

func (u *unit) faultAt(n ast.Node, format string, args ...any) error {
	return u.fault(u.parsed.AST().NodeInfo(n).Start().Offset, format, args...)
}
