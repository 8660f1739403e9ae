package protobuf

import (
	"bytes"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/types/descriptorpb"
)

// The parser knows edition 2023. What 2024 adds to the grammar is little, and stands where statements begin, so it is
// taken out beforehand, blank for byte: every place stays what it is. The rest of 2024 is other values of features.

// lowered is a file as the parser may read it.
type lowered struct {
	src     []byte
	edition descriptorpb.Edition // 2024, or zero for whatever the parser sees
	marks   map[int]bool         // whether the declaration whose keyword stands at an offset is local; else it is exported
}

// piece is a word, a quoted text or a sign. At the end it is empty.
type piece struct {
	text    string
	at, end int
}

// piece returns what comes at an offset, behind blanks and comments.
func (t text) piece(i int) piece {
	for i < len(t.src) {
		if end := t.comment(i); end != i {
			i = end + 1
			continue
		}
		if bytes.IndexByte([]byte(" \t\r\n\f\v"), t.src[i]) < 0 {
			break
		}
		i++
	}
	if i >= len(t.src) {
		return piece{at: len(t.src), end: len(t.src)}
	}
	end := i + 1
	switch c := t.src[i]; {
	case c == '"' || c == '\'':
		end = min(t.closing(i, c)+1, len(t.src))
	case inWord(c):
		for end < len(t.src) && inWord(t.src[end]) {
			end++
		}
	}
	return piece{string(t.src[i:end]), i, end}
}

func inWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (p piece) quoted() bool { return p.text != "" && (p.text[0] == '"' || p.text[0] == '\'') }

func (p piece) word() bool { return p.text != "" && inWord(p.text[0]) }

// lower takes out of a file what only edition 2024 has.
func (t text) lower() (lowered, error) {
	l := lowered{src: t.src, marks: map[int]bool{}}
	if err := t.declared(&l); err != nil {
		return l, err
	}
	begins := true
	for p := t.piece(0); p.text != ""; p = t.piece(p.end) {
		if begins {
			if err := t.statement(p, &l); err != nil {
				return l, err
			}
		}
		begins = p.text == ";" || p.text == "{" || p.text == "}"
	}
	return l, nil
}

// declared reads the edition that a file begins with, and turns 2024 into what the parser knows.
func (t text) declared(l *lowered) error {
	first := t.piece(0)
	is := t.piece(first.end)
	value := t.piece(is.end)
	if first.text != "edition" || is.text != "=" || !value.quoted() {
		return nil
	}
	switch value.text[1:max(len(value.text)-1, 1)] {
	case "2023":
	case "2024":
		l.edition = descriptorpb.Edition_EDITION_2024
		l.src = bytes.Clone(t.src)
		copy(l.src[value.at+1:], "2023")
	default:
		return t.fault(value.at, "the edition %.40s is none that Skein reads; write \"2023\" or \"2024\"", value.text)
	}
	return nil
}

// statement looks at the words that a statement begins with: import option, import weak, and export or local before a
// declaration.
func (t text) statement(p piece, l *lowered) error {
	next := t.piece(p.end)
	after := t.piece(next.end)
	switch {
	case p.text == "import" && next.text == "option" && after.quoted():
		return t.optionImport(p, after, l)
	case p.text == "import" && next.text == "weak" && after.quoted() && l.edition != 0:
		return t.fault(next.at, "edition 2024 has no weak imports; write import alone")
	case p.text != "export" && p.text != "local", next.text != "message" && next.text != "enum", !after.word():
		return nil
	case l.edition == 0:
		return t.fault(p.at, "%s before a declaration needs edition 2024; remove it, or write edition = \"2024\"", p.text)
	}
	l.blank(p.at, p.end)
	l.marks[next.at] = p.text == "local"
	return nil
}

// optionImport passes over an import that gives options and no types.
func (t text) optionImport(p, name piece, l *lowered) error {
	if l.edition == 0 {
		return t.fault(p.at, "import option needs edition 2024; write import alone, or edition = \"2024\"")
	}
	end := name
	for end.quoted() { // texts side by side are one
		end = t.piece(end.end)
	}
	if end.text != ";" {
		return t.fault(end.at, "found %.40q where an import needs a \";\"", end.text)
	}
	l.blank(p.at, end.end)
	return nil
}

func (l *lowered) blank(from, to int) {
	for i := from; i < to; i++ {
		if l.src[i] != '\n' {
			l.src[i] = ' '
		}
	}
}

// hidden reports whether a declaration is local to its file: it says so, or it says nothing and the file's feature does.
func (u *unit) hidden(keyword ast.Node, nested bool, f features) bool {
	if local, said := u.marks[u.parsed.AST().NodeInfo(keyword).Start().Offset]; said {
		return local
	}
	switch f.visibility {
	case descriptorpb.FeatureSet_VisibilityFeature_LOCAL_ALL, descriptorpb.FeatureSet_VisibilityFeature_STRICT:
		return true
	case descriptorpb.FeatureSet_VisibilityFeature_EXPORT_TOP_LEVEL:
		return nested
	case descriptorpb.FeatureSet_VisibilityFeature_EXPORT_ALL, descriptorpb.FeatureSet_VisibilityFeature_DEFAULT_SYMBOL_VISIBILITY_UNKNOWN:
	}
	return false
}
