package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// maxYAML is less than maxFile: the library takes far more time and memory for a byte than we do.
const maxYAML = 2 << 20

// YAML reads a file that holds one YAML document. An empty file is null.
func YAML(f schema.File) (*Node, error) {
	top := &Node{Pos: repo.Position{File: f.Path, Line: 1, Column: 1}}
	if len(f.Content) > maxYAML {
		return nil, top.Errorf("too large for a schema in YAML: %d bytes, and at most %d are read; split the file", len(f.Content), maxYAML)
	}
	if !utf8.Valid(f.Content) {
		return nil, top.Errorf("the file is not UTF-8; save it as UTF-8 text")
	}
	body := bytes.TrimPrefix(f.Content, []byte(bom))
	g := &grower{file: f.Path, lines: strings.Split(string(body), "\n"), mark: len(f.Content) - len(body)}
	if err := g.flat(body); err != nil {
		return nil, err
	}
	doc, err := g.document(body)
	if doc == nil || err != nil {
		return top, err
	}
	return g.grow(doc, 0)
}

// grower turns the library's nodes into ours, counting as it goes.
type grower struct {
	file  string
	lines []string
	mark  int // bytes of the byte order mark before the first line
	nodes int
	open  []*yaml.Node // the anchors being followed
	ruler ruler
}

// flat refuses brackets nested so deep that the library would take long over them. Those in quotes count too,
// for the bound is far above what is needed.
func (g *grower) flat(src []byte) error {
	deep := 0
	for i, c := range src {
		switch c {
		case '[', '{':
			deep++
		case ']', '}':
			deep = max(0, deep-1)
		}
		if deep > 10*maxDepth {
			return &schema.ParseError{Position: (&lines{file: g.file, src: string(src)}).at(i), Msg: "brackets nest deeper than in any schema"}
		}
	}
	return nil
}

// document returns the only document. A panic of the library is the file's fault in the end, and must not be ours.
func (g *grower) document(src []byte) (doc *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, g.fault(1, 1, "not YAML that can be read: %v", p)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(src))
	var first, second yaml.Node
	if err := d.Decode(&first); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, g.syntax(err)
	}
	if err := d.Decode(&second); err == nil {
		return nil, g.fault(second.Line, second.Column, "a second YAML document begins here; the file must hold one")
	} else if !errors.Is(err, io.EOF) {
		return nil, g.syntax(err)
	}
	if first.Kind == yaml.DocumentNode && len(first.Content) == 1 {
		return first.Content[0], nil
	}
	return &first, nil
}

func (g *grower) fault(line, column int, format string, args ...any) error {
	return &schema.ParseError{Position: g.place(line, column), Msg: fmt.Sprintf(format, args...)}
}

// syntax finds the place in what the library says.
func (g *grower) syntax(err error) error {
	said := strings.TrimPrefix(strings.SplitN(err.Error(), "\n", 2)[0], "yaml: ")
	line := 1
	if m := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(said); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	if strings.Contains(said, "cannot start any token") && g.tabbed(line) {
		said = "a tab cannot indent YAML; use spaces"
	}
	return g.fault(line, 1, "not YAML that can be read: %s", said)
}

func (g *grower) tabbed(line int) bool {
	return line >= 1 && line <= len(g.lines) && strings.HasPrefix(strings.TrimLeft(g.lines[line-1], " "), "\t")
}

// place turns the library's position, counted in code points, into one counted in bytes.
func (g *grower) place(line, column int) repo.Position {
	line = min(max(line, 1), len(g.lines))
	p := repo.Position{File: g.file, Line: line, Column: 1 + g.ruler.bytes(line, g.lines[line-1], column-1)}
	if line == 1 {
		p.Column += g.mark
	}
	return p
}

// ruler measures code points in bytes. It remembers where it was, so that a long line is walked once.
type ruler struct{ line, runes, offset int }

func (m *ruler) bytes(number int, line string, runes int) int {
	if number != m.line || runes < m.runes {
		*m = ruler{line: number}
	}
	for m.runes < runes && m.offset < len(line) {
		_, size := utf8.DecodeRuneInString(line[m.offset:])
		m.offset += size
		m.runes++
	}
	return m.offset
}

func (g *grower) grow(y *yaml.Node, depth int) (*Node, error) {
	if g.nodes++; g.nodes > maxNodes {
		return nil, g.fault(y.Line, y.Column, "more than %d values, aliases counted each time; Skein reads no such schema", maxNodes)
	}
	if depth > maxDepth {
		return nil, g.fault(y.Line, y.Column, "values within values more than %d deep; Skein reads no such schema", maxDepth)
	}
	n := &Node{Pos: g.place(y.Line, y.Column)}
	if tag := y.ShortTag(); !strings.HasPrefix(tag, "!!") {
		n.Tag = tag
	}
	switch y.Kind {
	case yaml.AliasNode:
		return g.follow(y, depth)
	case yaml.MappingNode:
		return n, g.object(n, y, depth)
	case yaml.SequenceNode:
		n.Kind = List
		for _, c := range y.Content {
			item, err := g.grow(c, depth+1)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, item)
		}
		return n, nil
	}
	scalar(n, y)
	return n, nil
}

func scalar(n *Node, y *yaml.Node) {
	n.Kind, n.Text = String, y.Value
	switch y.ShortTag() {
	case "!!null":
		n.Kind, n.Text = Null, ""
	case "!!bool":
		n.Kind = Bool
	case "!!int", "!!float":
		n.Kind = Number
	}
}

// follow grows what an alias names.
func (g *grower) follow(y *yaml.Node, depth int) (*Node, error) {
	if slices.Contains(g.open, y.Alias) {
		return nil, g.fault(y.Line, y.Column, "alias *%.40s stands inside its own anchor", y.Value)
	}
	g.open = append(g.open, y.Alias)
	defer func() { g.open = g.open[:len(g.open)-1] }()
	return g.grow(y.Alias, depth+1)
}

// object reads a mapping. A merge key brings in the keys that the mapping does not have itself.
func (g *grower) object(n *Node, y *yaml.Node, depth int) error {
	n.Kind = Map
	seen := map[string]bool{}
	var merged []*Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, err := g.grow(y.Content[i], depth+1)
		if err != nil {
			return err
		}
		value, err := g.grow(y.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		if y.Content[i].ShortTag() == "!!merge" {
			merged = append(merged, value)
			continue
		}
		if seen[key.Text] {
			return key.Errorf("the key %s stands here a second time; remove one", key.Shown())
		}
		seen[key.Text] = true
		n.Entries = append(n.Entries, Entry{key, value})
	}
	err := n.merge(merged, seen)
	n.index()
	return err
}

func (n *Node) merge(from []*Node, seen map[string]bool) error {
	for len(from) > 0 {
		m := from[0]
		from = from[1:]
		if m.Kind == List {
			from = append(append([]*Node{}, m.Items...), from...)
			continue
		}
		if m.Kind != Map {
			return m.Errorf("<< needs an object to merge, not %s", m.Shown())
		}
		for _, e := range m.Entries {
			if !seen[e.Key.Text] {
				seen[e.Key.Text] = true
				n.Entries = append(n.Entries, e)
			}
		}
	}
	return nil
}
