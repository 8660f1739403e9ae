package jinja

import (
	"slices"
	"strings"
)

// NodeKind says what a part of a template is.
type NodeKind uint8

// The parts of a template.
const (
	Text    NodeKind = iota
	Comment          // {# … #}, and {% … %} that only mark
	Output           // {{ Expr }}
	Do               // {% do Expr %}
	If               // Branches; an else has no condition
	For              // Targets in Expr; Branches[0] is the body
	Set              // Targets = Expr
	Block            // a statement with a body that is none of the others: Word, Name, Params, Body
	Unknown          // a statement of no known kind
)

// Node is a part of a template, from Start to End in the source.
type Node struct {
	Kind       NodeKind
	Start, End int
	Open, Shut Segment // the tags at both ends; Shut only where there is one
	Expr       *Expr
	Branches   []Branch
	Targets    []string
	Word, Name string
	Params     []Arg // of a macro, with defaults
	Body       []*Node
}

// Branch is one way through an If, or the body of a For.
type Branch struct {
	Cond *Expr // nil for else
	Body []*Node
}

// Parse reads src[lo:hi] as a template.
func Parse(src []byte, lo, hi int) ([]*Node, error) {
	segs, err := Scan(src, lo, hi)
	if err != nil {
		return nil, err
	}
	if len(segs) > maxNodes {
		return nil, &Error{lo, "the template has too many tags"}
	}
	p := treeParser{src: src, segs: segs}
	nodes, err := p.body(0)
	if err == nil && p.pos < len(segs) {
		err = &Error{segs[p.pos].Start, "nothing is open that this could close"}
	}
	return nodes, err
}

type treeParser struct {
	src  []byte
	segs []Segment
	pos  int
}

// body reads until a statement that ends or parts a block.
func (p *treeParser) body(depth int) ([]*Node, error) {
	var out []*Node
	for p.pos < len(p.segs) {
		seg := p.segs[p.pos]
		if seg.Kind == StatementSegment && closes(word(p.src, seg)) {
			return out, nil
		}
		p.pos++
		n, err := p.node(seg, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func closes(w string) bool { return strings.HasPrefix(w, "end") || w == "else" || w == "elif" }

func (p *treeParser) node(seg Segment, depth int) (*Node, error) {
	n := &Node{Start: seg.Start, End: seg.End, Open: seg}
	switch seg.Kind {
	case TextSegment:
		n.Kind = Text
	case CommentSegment:
		n.Kind = Comment
	case OutputSegment:
		n.Kind, n.Expr = Output, Expression(p.src, seg.From, seg.To)
	case StatementSegment:
		if depth >= maxDepth {
			return nil, &Error{seg.Start, "blocks are nested too deeply"}
		}
		return n, p.statement(n, depth)
	}
	return n, nil
}

func (p *treeParser) statement(n *Node, depth int) error {
	e := exprParser{src: p.src, pos: n.Open.From, end: n.Open.To}
	n.Word = e.name()
	switch n.Word {
	case "if":
		return p.ifBlock(n, e, depth)
	case "for":
		return p.forBlock(n, e, depth)
	case "set":
		return p.set(n, e, depth)
	case "do":
		n.Kind, n.Expr = Do, Expression(p.src, e.pos, e.end)
	case "raw":
		return p.raw(n)
	case "macro", "test", "snapshot", "materialization", "docs", "call", "filter", "block", "data_test":
		return p.block(n, e, depth)
	default:
		n.Kind = Unknown
	}
	return nil
}

// raw keeps its text as it is.
func (p *treeParser) raw(n *Node) error {
	n.Kind = Block
	if p.pos < len(p.segs) && p.segs[p.pos].Kind == TextSegment {
		seg := p.segs[p.pos]
		n.Body = []*Node{{Kind: Text, Start: seg.Start, End: seg.End, Open: seg}}
		p.pos++
	}
	return p.end(n, "endraw")
}

// end takes the statement that closes a block.
func (p *treeParser) end(n *Node, want ...string) error {
	if p.pos >= len(p.segs) {
		return &Error{n.Start, "{% " + n.Word + " %} is not closed"}
	}
	seg := p.segs[p.pos]
	got := word(p.src, seg)
	if slices.Contains(want, got) {
		p.pos++
		n.Shut, n.End = seg, seg.End
		return nil
	}
	return &Error{seg.Start, "{% " + got + " %} does not close {% " + n.Word + " %}"}
}

func (p *treeParser) ifBlock(n *Node, e exprParser, depth int) error {
	n.Kind = If
	cond := Expression(p.src, e.pos, e.end)
	for {
		body, err := p.body(depth + 1)
		if err != nil {
			return err
		}
		n.Branches = append(n.Branches, Branch{cond, body})
		if p.pos >= len(p.segs) {
			return p.end(n)
		}
		seg := p.segs[p.pos]
		next := exprParser{src: p.src, pos: seg.From, end: seg.To}
		switch w := next.name(); {
		case w == "elif" && cond != nil:
			cond = Expression(p.src, next.pos, next.end)
		case w == "else" && cond != nil:
			cond = nil
		default:
			return p.end(n, "endif")
		}
		p.pos++
	}
}

func (p *treeParser) forBlock(n *Node, e exprParser, depth int) error {
	n.Kind = For
	for {
		n.Targets = append(n.Targets, e.name())
		if e.peek() != ',' {
			break
		}
		e.pos++
	}
	n.Expr = &Expr{Start: e.pos, End: e.end}
	if !e.failed && e.operator("in") {
		n.Expr = Expression(p.src, e.pos, e.end)
	}
	body, err := p.body(depth + 1)
	if err != nil {
		return err
	}
	n.Branches = []Branch{{nil, body}}
	if p.pos < len(p.segs) && word(p.src, p.segs[p.pos]) == "else" {
		p.pos++
		if body, err = p.body(depth + 1); err != nil {
			return err
		}
		n.Branches = append(n.Branches, Branch{nil, body})
	}
	return p.end(n, "endfor")
}

// set reads {% set a, b = x %} and {% set a %} … {% endset %}.
func (p *treeParser) set(n *Node, e exprParser, depth int) error {
	n.Kind = Set
	for {
		parts := []string{e.name()}
		for e.peek() == '.' { // a namespace's attribute
			e.pos++
			parts = append(parts, e.name())
		}
		n.Targets = append(n.Targets, strings.Join(parts, "."))
		if e.peek() != ',' {
			break
		}
		e.pos++
	}
	if e.peek() == '=' {
		n.Expr = Expression(p.src, e.pos+1, e.end)
		return nil
	}
	if e.peek() != 0 {
		n.Expr = &Expr{Start: e.pos, End: e.end}
	}
	body, err := p.body(depth + 1)
	if err != nil {
		return err
	}
	n.Body = body
	return p.end(n, "endset")
}

// block reads a macro and the like.
func (p *treeParser) block(n *Node, e exprParser, depth int) error {
	n.Kind = Block
	if e.peek() == '(' { // {% call(x) f() %}
		e.args()
	}
	head := e.pos
	n.Name = e.name()
	if !e.failed && e.peek() == '(' {
		n.Params = e.params()
	}
	if n.Word == "call" || n.Word == "filter" {
		n.Expr = Expression(p.src, head, e.end)
	}
	body, err := p.body(depth + 1)
	if err != nil {
		return err
	}
	n.Body = body
	if n.Word == "test" || n.Word == "data_test" {
		return p.end(n, "endtest", "enddata_test")
	}
	return p.end(n, "end"+n.Word)
}

// params reads a macro's parameters: a bare name has no default.
func (p *exprParser) params() []Arg {
	var out []Arg
	for _, a := range p.args() {
		if a.Name == "" {
			a.Name, a.Value = a.Value.Text, nil
		}
		out = append(out, a)
	}
	return out
}

// Walk visits nodes and those inside them, until visit says false.
func Walk(nodes []*Node, visit func(*Node) bool) {
	for _, n := range nodes {
		if !visit(n) {
			continue
		}
		for _, b := range n.Branches {
			Walk(b.Body, visit)
		}
		Walk(n.Body, visit)
	}
}

// Expressions visits every expression of the nodes and of those inside them.
func Expressions(nodes []*Node, visit func(*Expr) bool) {
	Walk(nodes, func(n *Node) bool {
		n.Expr.Walk(visit)
		for _, b := range n.Branches {
			b.Cond.Walk(visit)
		}
		for _, a := range n.Params {
			a.Value.Walk(visit)
		}
		return true
	})
}
