package avro

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// unit is one file.
type unit struct {
	path    string
	types   map[string]*named // by full name
	records []*named          // declared at the top, in their order
	whole   *typeExpr         // what an .avsc without a record is
	imports []place
	below   []*unit // the imports, with theirs
}

// place is a name and where it is written.
type place struct {
	name string
	pos  repo.Position
}

// named is a record, error, enum or fixed.
type named struct {
	kind       string
	name       string // in full
	aliases    []string
	doc        string
	deprecated *schema.Deprecation
	fields     []field
	symbols    []place
	fallback   string
	size       int
	logical    logical
	pos        repo.Position
}

type field struct {
	name       string
	aliases    []string
	doc        string
	deprecated *schema.Deprecation
	value      *tree.Node // the default
	typ        typeExpr
	pos        repo.Position
}

// typeExpr is a type as written: the name of a primitive, array, map, union, or the name of a declared type.
type typeExpr struct {
	kind    string
	space   string // the namespace in which a name is looked up
	elem    *typeExpr
	of      []typeExpr
	logical logical
	pos     repo.Position
}

// logical is what annotations say of a type.
type logical struct {
	name             string
	precision, scale int
}

func primitive(word string) bool {
	switch word {
	case "null", "boolean", "int", "long", "float", "double", "bytes", "string":
		return true
	}
	return false
}

// fullName puts a name into a namespace, unless it has its own.
func fullName(space, name string) string {
	if space == "" || strings.Contains(name, ".") {
		return name
	}
	return space + "." + name
}

// spaceOf returns the namespace of a full name.
func spaceOf(full string) string { return full[:max(0, strings.LastIndexByte(full, '.'))] }

func short(full string) string { return full[strings.LastIndexByte(full, '.')+1:] }

// wellNamed refuses what is no name. Letters of any script count, as in Avro's own compilers.
func wellNamed(at place, what string) error {
	for part := range strings.SplitSeq(at.name, ".") {
		for i, r := range part {
			if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
				return fault(at.pos, "%.40q cannot name %s: write letters, digits and _, and no digit first", at.name, what)
			}
		}
		if part == "" {
			return fault(at.pos, "%.40q cannot name %s: a part of it is empty", at.name, what)
		}
	}
	return nil
}

func fault(at repo.Position, format string, args ...any) error {
	return &schema.ParseError{Position: at, Msg: fmt.Sprintf(format, args...)}
}

// declare enters a type into the unit, after a look at its parts.
func (u *unit) declare(n *named) error {
	if before := u.types[n.name]; before != nil {
		return fault(n.pos, "%s is declared at %s already; rename one, or refer to it by its name", n.name, before.pos)
	}
	if primitive(short(n.name)) {
		return fault(n.pos, "%s is the name of a primitive type; choose another", short(n.name))
	}
	u.types[n.name] = n
	if err := wellNamed(place{n.name, n.pos}, "a type"); err != nil {
		return err
	}
	for i, a := range n.aliases {
		n.aliases[i] = fullName(spaceOf(n.name), a)
	}
	return n.check()
}

// check refuses doubles among fields and symbols.
func (n *named) check() error {
	seen := map[string]bool{}
	for _, f := range n.fields {
		if err := wellNamed(place{f.name, f.pos}, "a field"); err != nil {
			return err
		}
		if seen[f.name] {
			return fault(f.pos, "%s has a second field %s; rename one", short(n.name), f.name)
		}
		seen[f.name] = true
		if slices.Contains(f.aliases, f.name) {
			return fault(f.pos, "the field %s has itself as an alias; write the name that it had before", f.name)
		}
	}
	for _, s := range n.symbols {
		if err := wellNamed(s, "a symbol"); err != nil {
			return err
		}
		if seen[s.name] {
			return fault(s.pos, "%s has the symbol %s twice; remove one", short(n.name), s.name)
		}
		seen[s.name] = true
	}
	if n.fallback != "" && !seen[n.fallback] {
		return fault(n.pos, "the default %.40q of %s is none of its symbols", n.fallback, short(n.name))
	}
	return nil
}

// deprecation reads the custom attribute that says so: true, or words.
func deprecation(at *tree.Node) *schema.Deprecation {
	switch {
	case at.Is(tree.String):
		return &schema.Deprecation{Note: at.Text}
	case at.Is(tree.Bool) && at.Text == "true":
		return &schema.Deprecation{}
	}
	return nil
}
