package source

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
	"github.com/skein-bot/skein/rewrite"
)

// mostDocuments bounds how many entities one catalog file may hold.
const mostDocuments = 1_000

func isCatalog(file string) bool {
	switch path.Base(file) {
	case "catalog-info.yaml", "catalog-info.yml":
		return true
	}
	return false
}

// Backstage reads the claims of a catalog file: what its entities depend on and which APIs they consume. They are taken
// for those of the repository that the file lies in, unless they name another one.
func Backstage(f rewrite.File) ([]Claim, error) {
	var out []Claim
	for i, doc := range documents(f.Content) {
		if i == mostDocuments {
			return out, fmt.Errorf("%s:%d: more than %d entities in one file", f.Path, doc.line, mostDocuments)
		}
		n, err := tree.YAML(schema.File{Path: f.Path, Content: doc.text})
		if err != nil {
			return out, fmt.Errorf("%s:%d: %w", f.Path, doc.line, err)
		}
		out = append(out, entity(f.Path, doc.line, n)...)
		if len(out) > mostClaims {
			return out[:mostClaims], nil
		}
	}
	return out, nil
}

// document is one of those that a file of YAML holds, from a line on.
type document struct {
	text []byte
	line int
}

// documents parts a file at the lines that begin with three dashes, which no scalar of a catalog file does.
func documents(src []byte) []document {
	all := []document{{line: 1}}
	line := 0
	for row := range bytes.Lines(src) {
		line++
		last := &all[len(all)-1]
		if rest, begins := bytes.CutPrefix(row, []byte("---")); begins && len(bytes.TrimSpace(rest)) == 0 {
			all = append(all, document{line: line + 1})
			continue
		}
		last.text = append(last.text, row...)
	}
	return all
}

// entity is what one document claims.
func entity(file string, line int, n *tree.Node) (out []Claim) {
	meta, spec := n.At("metadata"), n.At("spec")
	who := strings.TrimPrefix(text(n.At("kind"))+":"+text(meta.At("name")), ":")
	elsewhere := text(meta.At("annotations").At("github.com/project-slug"))
	for _, key := range []string{"dependsOn", "consumesApis"} {
		list := spec.At(key)
		if list == nil {
			continue
		}
		for _, item := range list.Items {
			if names := reference(text(item)); len(names) > 0 {
				out = append(out, Claim{Names: names, Who: who, Of: elsewhere, How: consumer.Catalog, File: file, Line: line - 1 + item.Pos.Line})
			}
		}
	}
	return out
}

// text is what a node says; "" if it is none that says something.
func text(n *tree.Node) string {
	if !n.Is(tree.String) {
		return ""
	}
	return n.Text
}

// reference is what [KIND:][NAMESPACE/]NAME may be called as a dataset.
func reference(ref string) []string {
	_, rest, ok := strings.Cut(ref, ":")
	if !ok {
		rest = ref
	}
	space, name, ok := strings.Cut(rest, "/")
	switch {
	case !ok && rest != "":
		return []string{rest}
	case name == "":
		return nil
	case space == "default":
		return []string{name}
	}
	return []string{space + "." + name, name}
}
