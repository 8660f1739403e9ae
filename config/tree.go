package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/skein-bot/skein/internal/repo"
)

// What a file may hold at most. An honest one needs a hundredth of it.
const (
	maxBytes = 512 << 10
	maxNodes = 50_000
	maxDepth = 32
)

// kind is what a YAML value is.
type kind int

const (
	broken kind = iota // has its finding already
	null
	boolean
	integer
	float
	text
	list
	mapping
)

func (k kind) String() string {
	return [...]string{"", "nothing", "true or false", "a whole number", "a number", "text", "a list", "a mapping"}[k]
}

// node is one YAML value with its place in the file. Text is what a scalar says, without quotes.
type node struct {
	kind    kind
	text    string
	pos     repo.Position
	items   []*node
	entries []entry
}

type entry struct{ key, value *node }

// at returns the value under a key of a mapping, or nil.
func (n *node) at(key string) *node {
	if n == nil {
		return nil
	}
	for _, e := range n.entries {
		if e.key.text == key {
			return e.value
		}
	}
	return nil
}

// all returns the nodes that a path leads to; "*" goes through every item of a list.
func (n *node) all(path ...string) []*node {
	here := []*node{n}
	for _, step := range path {
		var next []*node
		for _, h := range here {
			switch {
			case h == nil:
			case step == "*":
				next = append(next, h.items...)
			default:
				next = append(next, h.at(step))
			}
		}
		here = next
	}
	return slices.DeleteFunc(here, func(h *node) bool { return h == nil })
}

// plant parses src into a tree. Nil means that there is nothing to read; the reader then has the reason.
func plant(r *reader, src []byte) *node {
	if !r.acceptable(src) {
		return nil
	}
	body := bytes.TrimPrefix(src, []byte("\uFEFF"))
	mark := len(src) - len(body)
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")) // the library miscounts lines that end in both
	g := &grower{reader: r, lines: strings.Split(string(body), "\n"), anchors: map[string]ast.Node{}}
	g.mark = mark
	doc := g.document(body)
	if doc == nil {
		return nil
	}
	root := g.grow(doc, 0)
	if g.stopped {
		return nil
	}
	return root
}

// acceptable refuses what no YAML parser needs to see.
func (r *reader) acceptable(src []byte) bool {
	if len(src) > maxBytes {
		r.errorf(r.top(), TooLarge, "the file has %d bytes; at most %d are read", len(src), maxBytes)
		return false
	}
	if at := firstBad(src); at >= 0 {
		what := "a byte that is not UTF-8"
		switch src[at] {
		case 0:
			what = "a NUL byte"
		case '\r':
			what = "a carriage return without a line feed"
		}
		r.errorf(offset(r.file, src, at), Encoding, "%s; save the file as UTF-8 text", what)
		return false
	}
	if at, what := tooMuch(src); at >= 0 {
		r.errorf(offset(r.file, src, at), TooLarge, "%s than any configuration needs", what)
		return false
	}
	return true
}

// firstBad returns the offset of the first byte that text cannot hold, or -1.
func firstBad(src []byte) int {
	for i := 0; i < len(src); {
		c, size := utf8.DecodeRune(src[i:])
		if c == 0 || c == utf8.RuneError && size == 1 || c == '\r' && !bytes.HasPrefix(src[i+1:], []byte("\n")) {
			return i
		}
		i += size
	}
	return -1
}

// tooMuch bounds what the YAML parser is given: it recurses without a limit, and takes time with the square of
// the keys in a mapping. It looks at single bytes, quoted or not, so its bounds are far above what is needed.
func tooMuch(src []byte) (at int, what string) {
	const flow, lead, lines, marks = 100, 64, 10_000, 40_000
	var n struct{ flow, lead, lines, marks int }
	indent := true // nothing but dashes and the like on this line so far
	for i, c := range src {
		switch c {
		case '[', '{':
			n.flow++
		case ']', '}':
			n.flow = max(0, n.flow-1)
		case '\n':
			n.lines++
			n.lead, indent = 0, true
		}
		switch c {
		case ',', ':', '-', '?', '&', '!', '*', '#':
			n.marks++
			n.lead++
		case ' ', '\t', '\n', '\r':
		default:
			indent = false
		}
		switch {
		case n.flow > flow:
			return i, "brackets nest deeper"
		case indent && n.lead > lead:
			return i, "more dashes and the like begin a line"
		case n.lines > lines:
			return i, "more lines"
		case n.marks > marks:
			return i, "more commas, colons and the like"
		}
	}
	return -1, ""
}

// offset turns a byte offset into a position.
func offset(file string, src []byte, at int) repo.Position {
	before := src[:at]
	return repo.Position{
		File:   file,
		Line:   1 + bytes.Count(before, []byte("\n")),
		Column: at - bytes.LastIndexByte(before, '\n'),
	}
}

// grower turns the library's syntax tree into nodes, counting as it goes.
type grower struct {
	*reader
	lines   []string
	mark    int // how many bytes of byte order mark precede the first line
	ruler   ruler
	anchors map[string]ast.Node
	open    []string // the anchors being followed
	nodes   int
	stopped bool
}

// document returns the body of the only document.
func (g *grower) document(src []byte) ast.Node {
	file, err := parseYAML(src)
	if err != nil {
		g.syntax(err)
		return nil
	}
	var body ast.Node
	for _, d := range file.Docs {
		if d.Body == nil || d.Body.Type() == ast.CommentType {
			continue
		}
		if d.Body.Type() == ast.DirectiveType {
			g.errorf(g.place(d.Body.GetToken()), Syntax, "YAML directives are not read here; leave the line out")
			return nil
		}
		if body != nil {
			g.errorf(g.place(opening(d)), Syntax, "a second YAML document begins here; the file must hold one")
			return nil
		}
		body = d.Body
	}
	if body == nil {
		g.errorf(g.top(), MissingKey, "the file is empty; it must at least say \"version: 1\"")
	}
	return body
}

// opening returns the token at which a document begins.
func opening(d *ast.DocumentNode) *token.Token {
	if d.Start != nil {
		return d.Start
	}
	return d.Body.GetToken()
}

// parseYAML calls the library. A panic of its is the file's fault in the end, and must not be ours.
func parseYAML(src []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, fmt.Errorf("not YAML that can be read: %v", p)
		}
	}()
	return parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
}

func (g *grower) syntax(err error) {
	var located yaml.Error
	if !errors.As(err, &located) || located.GetToken() == nil {
		g.errorf(g.top(), Syntax, "%s", firstLine(err.Error()))
		return
	}
	at := located.GetToken()
	g.errorf(g.place(at), Syntax, "%s", plainSyntax(firstLine(located.GetMessage()), at))
}

// plainSyntax says in words what the library says in its own.
func plainSyntax(message string, at *token.Token) string {
	has := func(part string) bool { return strings.Contains(message, part) }
	switch {
	case strings.HasPrefix(at.Value, "@"), strings.HasPrefix(at.Value, "`"), strings.HasPrefix(at.Value, "%"):
		return fmt.Sprintf("text that begins with %s needs quotes", at.Value[:1])
	case strings.Contains(at.Origin, "\t") && has("cannot start any token"):
		return "a tab cannot indent YAML; use spaces"
	case has("unexpected scalar value type"), has("undefined alias"):
		return "this is not a value; text that begins with * or & needs quotes"
	case has("mapping value is not allowed"):
		return "a second colon on the line; text with \": \" in it needs quotes"
	case has("']' not found"), has("',' or ']'"):
		return "the list that begins here or before is not closed; ] or a comma is missing"
	case has("'}'"):
		return "the mapping that begins here or before is not closed; } or a comma is missing"
	case has("end character"):
		return "the quote that begins here is not closed"
	case has("not allowed in this context"):
		return "this does not belong here; look at the indentation and at quotes"
	}
	return message
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// place turns the library's position, counted in code points, into one counted in bytes.
func (g *grower) place(t *token.Token) repo.Position {
	pos := g.top()
	if t == nil || t.Position == nil {
		return pos
	}
	pos.Line = min(max(1, t.Position.Line), len(g.lines))
	pos.Column = 1 + g.ruler.bytes(pos.Line, g.lines[pos.Line-1], t.Position.Column-1)
	if pos.Line == 1 {
		pos.Column += g.mark
	}
	return pos
}

// begin is the place of a value. The library lets it begin at a tab before it.
func (g *grower) begin(t *token.Token) repo.Position {
	pos := g.place(t)
	at := pos.Column - 1
	if pos.Line == 1 {
		at -= g.mark
	}
	line := g.lines[pos.Line-1][at:]
	pos.Column += len(line) - len(strings.TrimLeft(line, "\t "))
	return pos
}

// ruler measures code points in bytes. It remembers where it was, so that a long line is walked once.
type ruler struct{ line, runes, offset int }

// bytes returns how many bytes the first runes of a line take.
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

// grow turns one library node into ours. It never returns nil, but stops growing when a bound is reached.
func (g *grower) grow(n ast.Node, depth int) *node {
	g.nodes++
	at := g.top()
	if n != nil {
		at = g.begin(start(n))
	}
	if depth > maxDepth || g.nodes > maxNodes {
		g.stop(at, depth)
	}
	if g.stopped || n == nil {
		return &node{pos: at}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return g.mapping(at, n.Values, depth)
	case *ast.MappingValueNode:
		return g.mapping(at, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		return g.list(at, n, depth)
	case *ast.AnchorNode:
		name := n.Name.GetToken().Value
		g.anchors[name] = n.Value
		return g.following(name, n.Value, depth)
	case *ast.AliasNode:
		return g.alias(at, n, depth)
	case *ast.TagNode:
		g.errorf(at, Syntax, "YAML tags such as %q are not read here; leave it out", n.Start.Value)
		return g.grow(n.Value, depth+1)
	}
	return scalar(at, n)
}

func (g *grower) stop(at repo.Position, depth int) {
	if g.stopped {
		return
	}
	g.stopped = true
	if depth > maxDepth {
		g.errorf(at, TooLarge, "values nest deeper than %d levels", maxDepth)
		return
	}
	g.errorf(at, TooLarge, "the file holds more than %d values, aliases counted each time", maxNodes)
}

func (g *grower) mapping(at repo.Position, values []*ast.MappingValueNode, depth int) *node {
	n := &node{kind: mapping, pos: at}
	for _, v := range values {
		if v.Key.IsMergeKey() {
			g.errorf(g.place(v.Key.GetToken()), Syntax, "merge keys (<<) are not read here; repeat the values")
			continue
		}
		key := g.grow(v.Key, depth+1)
		if g.stopped {
			return n
		}
		n.entries = append(n.entries, entry{key, g.grow(v.Value, depth+1)})
	}
	return n
}

func (g *grower) list(at repo.Position, s *ast.SequenceNode, depth int) *node {
	n := &node{kind: list, pos: at}
	for _, v := range s.Values {
		if g.stopped {
			return n
		}
		n.items = append(n.items, g.grow(v, depth+1))
	}
	return n
}

// alias follows an alias to its anchor; every visit counts against the bound, so a bomb stops early.
func (g *grower) alias(at repo.Position, n *ast.AliasNode, depth int) *node {
	name := n.Value.GetToken().Value
	target, ok := g.anchors[name]
	if !ok {
		g.errorf(at, Syntax, "alias *%s has no anchor before it; text that begins with * needs quotes", name)
		return &node{pos: at}
	}
	if slices.Contains(g.open, name) {
		g.errorf(at, Syntax, "alias *%s stands inside its own anchor", name)
		return &node{pos: at}
	}
	return g.following(name, target, depth+1)
}

// following grows what an anchor names.
func (g *grower) following(anchor string, n ast.Node, depth int) *node {
	g.open = append(g.open, anchor)
	defer func() { g.open = g.open[:len(g.open)-1] }()
	return g.grow(n, depth)
}

// start returns the token at which a node begins for a reader: a mapping begins at its first key.
func start(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return start(n.Values[0])
		}
		return n.Start
	case *ast.MappingValueNode:
		return start(n.Key)
	case *ast.MappingKeyNode:
		if n.Value != nil {
			return start(n.Value)
		}
	case *ast.SequenceNode:
		return n.Start
	case *ast.LiteralNode:
		return n.Start
	}
	return n.GetToken()
}

func scalar(at repo.Position, n ast.Node) *node {
	out := &node{kind: text, pos: at}
	switch n := n.(type) {
	case *ast.StringNode:
		out.text = n.Value
		return out
	case *ast.LiteralNode:
		out.text = n.Value.Value
		return out
	case *ast.MappingKeyNode:
		if n.Value != nil {
			return scalar(at, n.Value)
		}
	case *ast.NullNode:
		out.kind = null
	case *ast.BoolNode:
		out.kind = boolean
	case *ast.IntegerNode:
		out.kind = integer
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		out.kind = float
	}
	out.text = n.GetToken().Value
	return out
}
