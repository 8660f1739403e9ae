// Package yaml changes scalars of a YAML file and nothing else.
//
// No library writes a file back byte for byte, so the file is never written: Parse finds the bytes of each
// scalar, Spell writes a new value in the scalar's own style, and Prove reads the edited file again and compares
// both trees: only the intended scalars may differ. Comments, quotes, anchors and layout stay as they are.
package yaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/skein-bot/skein/rewrite"
)

// Kind says what a node is.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota
	Mapping
	Sequence
	Alias
)

// Style is how a scalar is written.
type Style uint8

// The styles of scalars.
const (
	Plain Style = iota
	Single
	Double
	Literal // |
	Folded  // >
)

// Node is a part of a YAML document. A mapping's Content are keys and values by turns.
type Node struct {
	Kind       Kind
	Style      Style
	Tag        string // !!str, !!int, …
	Value      string
	Anchor     string
	Target     *Node // of an alias
	Content    []*Node
	Start, End int // the bytes of a scalar with its quotes, without tag and anchor; End is Start if they are not certain
	// Bytes are the offsets of the value's bytes in the file, -1 for what is written otherwise; nil if not certain.
	Bytes []int
}

// Get is the value of a key; nil if n is not a mapping that has it.
func (n *Node) Get(key string) *Node {
	if n == nil || n.Kind != Mapping {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && n.Content[i].Kind == Scalar {
			return n.Content[i+1]
		}
	}
	return nil
}

// Resolve follows an alias.
func (n *Node) Resolve() *Node {
	for n != nil && n.Kind == Alias {
		n = n.Target
	}
	return n
}

// Parse reads every document of a file. What is no YAML, or nested too deeply, is an error.
func Parse(src []byte) (docs []*Node, err error) {
	defer func() {
		if cause := recover(); cause != nil { // the library must not take Skein down
			docs, err = nil, fmt.Errorf("not readable as YAML: %v", cause)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(src))
	p := parser{src: src, lines: rewrite.NewLines(src), seen: map[*yaml.Node]*Node{}}
	for {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return docs, nil
		case err != nil:
			return nil, err
		}
		for _, c := range doc.Content {
			docs = append(docs, p.node(c))
		}
	}
}

type parser struct {
	src   []byte
	lines rewrite.Lines
	seen  map[*yaml.Node]*Node
	last  struct{ line, column, at int } // where counting characters got to
}

func (p *parser) node(y *yaml.Node) *Node {
	if n := p.seen[y]; n != nil {
		return n
	}
	n := &Node{Tag: y.ShortTag(), Value: y.Value, Anchor: y.Anchor}
	p.seen[y] = n
	switch y.Kind {
	case yaml.MappingNode:
		n.Kind = Mapping
	case yaml.SequenceNode:
		n.Kind = Sequence
	case yaml.AliasNode:
		n.Kind, n.Target = Alias, p.node(y.Alias)
	default:
		n.Style = style(y.Style)
	}
	n.Start = p.offset(y.Line, y.Column)
	n.End = n.Start
	if n.Kind == Scalar {
		p.place(n)
	}
	for _, c := range y.Content {
		n.Content = append(n.Content, p.node(c))
	}
	return n
}

func style(s yaml.Style) Style {
	switch {
	case s&yaml.SingleQuotedStyle != 0:
		return Single
	case s&yaml.DoubleQuotedStyle != 0:
		return Double
	case s&yaml.LiteralStyle != 0:
		return Literal
	case s&yaml.FoldedStyle != 0:
		return Folded
	}
	return Plain
}

// offset turns a line and a column, which counts characters and no BOM, into bytes.
func (p *parser) offset(line, column int) int {
	at, ok := p.lines.Offset(line, 1)
	if !ok {
		return len(p.src)
	}
	if line == 1 && bytes.HasPrefix(p.src, []byte("\ufeff")) {
		at += 3
	}
	from := 1
	if p.last.line == line && p.last.column <= column {
		from, at = p.last.column, p.last.at
	}
	p.last.line, p.last.column = line, column
	for ; from < column && at < len(p.src); from++ {
		for at++; at < len(p.src) && p.src[at]&0xC0 == 0x80; at++ {
			continue
		}
	}
	p.last.at = at
	return at
}

// place finds the bytes of a scalar and of its value.
func (p *parser) place(n *Node) {
	at := p.skipProperties(n.Start)
	n.Start, n.End = at, at
	if n.Value == "" && n.Style == Plain || at >= len(p.src) {
		return
	}
	from := at
	switch n.Style {
	case Plain:
	case Single, Double:
		if b := p.src[at]; b != '\'' && b != '"' {
			return
		}
		from++
	case Literal, Folded:
		line := bytes.IndexByte(p.src[at:], '\n')
		if line < 0 || p.src[at] != '|' && p.src[at] != '>' {
			return
		}
		from += line + 1
	}
	bytes, end := p.align(n, from)
	if bytes == nil {
		return
	}
	n.Bytes, n.End = bytes, end
}

// skipProperties passes the tag and the anchor of a node.
func (p *parser) skipProperties(at int) int {
	for at < len(p.src) && (p.src[at] == '&' || p.src[at] == '!') {
		for at < len(p.src) && !blank(p.src[at]) {
			at++
		}
		for at < len(p.src) && blank(p.src[at]) {
			at++
		}
	}
	return at
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// align walks through the value and the bytes that it is written with. They are the same but for white space,
// which may be folded, and the escapes of quotes. It gives nil where that does not come out even.
func (p *parser) align(n *Node, at int) (offsets []int, end int) {
	src := p.src
	offsets = make([]int, 0, len(n.Value)+1)
	for k := 0; k < len(n.Value); k++ {
		b := n.Value[k]
		if blank(b) {
			if at < len(src) && src[at] == b {
				offsets, at = append(offsets, at), at+1
				continue
			}
			if at+1 < len(src) && n.Style == Double && src[at] == '\\' && unescape(src[at+1]) == b {
				at += 2
			}
			offsets = append(offsets, -1)
			continue
		}
		for at < len(src) && blank(src[at]) {
			at++
		}
		switch {
		case at >= len(src):
			return nil, 0
		case n.Style == Single && b == '\'':
			if !bytes.HasPrefix(src[at:], []byte("''")) {
				return nil, 0
			}
			offsets, at = append(offsets, -1), at+2
		case n.Style == Double && src[at] == '\\':
			if at+1 >= len(src) || unescape(src[at+1]) != b {
				return nil, 0
			}
			offsets, at = append(offsets, -1), at+2
		case src[at] != b:
			return nil, 0
		default:
			offsets, at = append(offsets, at), at+1
		}
	}
	return p.closed(n, offsets, at)
}

func (p *parser) closed(n *Node, offsets []int, at int) ([]int, int) {
	if n.Style != Single && n.Style != Double {
		return offsets, at
	}
	for at < len(p.src) && blank(p.src[at]) {
		at++
	}
	if at >= len(p.src) || n.Style == Single && p.src[at] != '\'' || n.Style == Double && p.src[at] != '"' {
		return nil, 0
	}
	return offsets, at + 1
}

func unescape(b byte) byte {
	switch b {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case '"', '\\', '/', ' ':
		return b
	}
	return 0
}

// Spell writes a value in the style of a scalar; false if the scalar's style or place does not allow it. Plain
// scalars get quotes if the value would otherwise be read as something else.
func (n *Node) Spell(value string) (string, bool) {
	if n.Kind != Scalar || n.End <= n.Start || strings.ContainsAny(value, "\n\r") {
		return "", false
	}
	switch n.Style {
	case Plain:
		if n.Tag == "!!str" && !plain(value) {
			return quote(value), true
		}
		return value, n.Tag == "!!str"
	case Single:
		return "'" + strings.ReplaceAll(value, "'", "''") + "'", true
	case Double:
		return quote(value), true
	case Literal, Folded:
	}
	return "", false
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// plain: the value, written bare, is read as this string, whatever version of YAML reads it and wherever it stands.
func plain(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		b := s[i]
		letter := b|0x20 >= 'a' && b|0x20 <= 'z' || b == '_'
		if !letter && (i == 0 || b != '.' && b != '-' && (b < '0' || b > '9')) {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		return false
	}
	return true
}

// Prove reads an edited file and compares it with the original. want are the values that scalars, by the offset
// of their first byte, are to have; every other node must be the same. The error says what differs.
func Prove(src []byte, edits []rewrite.Edit, want map[int]string) error {
	before, err := Parse(src)
	if err != nil {
		return err
	}
	out, err := rewrite.Apply(src, edits)
	if err != nil {
		return err
	}
	after, err := Parse(out)
	if err != nil {
		return fmt.Errorf("the edited file: %w", err)
	}
	if len(before) != len(after) {
		return fmt.Errorf("%d documents instead of %d", len(after), len(before))
	}
	c := comparison{want: want, seen: map[*Node]bool{}, met: map[int]bool{}}
	for i := range before {
		if err := c.same(before[i], after[i]); err != nil {
			return err
		}
	}
	for at := range want {
		if !c.met[at] {
			return fmt.Errorf("no scalar begins at byte %d", at)
		}
	}
	return nil
}

type comparison struct {
	want map[int]string
	seen map[*Node]bool
	met  map[int]bool
}

func (c *comparison) same(a, b *Node) error {
	if c.seen[a] {
		return nil
	}
	c.seen[a] = true
	value := a.Value
	if w, ok := c.want[a.Start]; ok && a.Kind == Scalar {
		value, c.met[a.Start] = w, true
	}
	switch {
	case a.Kind != b.Kind || a.Tag != b.Tag || a.Anchor != b.Anchor || len(a.Content) != len(b.Content):
		return fmt.Errorf("byte %d: the structure differs", a.Start)
	case a.Kind == Scalar && b.Value != value:
		return fmt.Errorf("byte %d: %q instead of %q", a.Start, b.Value, value)
	case a.Kind == Alias:
		return c.same(a.Target, b.Target)
	}
	for i := range a.Content {
		if err := c.same(a.Content[i], b.Content[i]); err != nil {
			return err
		}
	}
	return nil
}

// Walk visits every node once, aliases' targets where they stand.
func Walk(docs []*Node, visit func(*Node)) {
	stack := slices.Clone(docs)
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		visit(n)
		for _, c := range slices.Backward(n.Content) {
			stack = append(stack, c)
		}
	}
}
