package jinja

import "strings"

// ExprKind says what an expression is.
type ExprKind uint8

// The expressions.
const (
	Opaque ExprKind = iota // not understood
	Name                   // Text
	String                 // Text is its value, From to To its bytes in the source
	Number                 // Text
	Bool                   // Text is true or false
	None
	List
	Tuple
	Dict    // Kids are keys and values by turns
	Attr    // Kids[0].Text
	Index   // Kids[0][Kids[1]]
	Call    // Kids[0](Args)
	Filter  // Kids[0]|Text(Args)
	Test    // Kids[0] is Text
	Unary   // Text Kids[0]
	Binary  // Kids[0] Text Kids[1]
	Ternary // Kids[0] if Kids[1] else Kids[2]
)

// Expr is an expression, from Start to End in the source.
type Expr struct {
	Kind       ExprKind
	Start, End int
	From, To   int  // of a string: without its quotes
	Escaped    bool // of a string: its bytes are not its value
	Text       string
	Kids       []*Expr
	Args       []Arg
}

// Arg is an argument of a call; Name is empty for a positional one.
type Arg struct {
	Name  string
	Value *Expr
}

// Callee is the dotted name of what is called, such as dbt_utils.star; "" if it has none.
func (e *Expr) Callee() string {
	if e == nil || e.Kind != Call {
		return ""
	}
	return e.Kids[0].Dotted()
}

// Dotted is a.b.c for names and attributes; "" for anything else.
func (e *Expr) Dotted() string {
	switch e.Kind {
	case Name:
		return e.Text
	case Attr:
		if of := e.Kids[0].Dotted(); of != "" {
			return of + "." + e.Text
		}
	}
	return ""
}

// Arg finds an argument by its name or, if position is not negative, its place; nil if it is not given.
func (e *Expr) Arg(name string, position int) *Expr {
	for _, a := range e.Args {
		if a.Name == name && name != "" {
			return a.Value
		}
	}
	at := 0
	for _, a := range e.Args {
		if a.Name != "" {
			continue
		}
		if at == position {
			return a.Value
		}
		at++
	}
	return nil
}

// Walk visits an expression and all inside it, until visit says false.
func (e *Expr) Walk(visit func(*Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, k := range e.Kids {
		k.Walk(visit)
	}
	for _, a := range e.Args {
		a.Value.Walk(visit)
	}
}

// exprParser reads one expression of src[pos:end].
type exprParser struct {
	src      []byte
	pos, end int
	depth    int
	failed   bool
}

// Expression reads src[lo:hi]. What is not understood is Opaque as a whole.
func Expression(src []byte, lo, hi int) *Expr {
	p := exprParser{src: src, pos: lo, end: hi}
	e := p.tuple()
	p.skip()
	if p.failed || p.pos < p.end {
		return &Expr{Kind: Opaque, Start: lo, End: hi}
	}
	return e
}

func (p *exprParser) skip() {
	for p.pos < p.end && space(p.src[p.pos]) {
		p.pos++
	}
}

func (p *exprParser) peek() byte {
	p.skip()
	if p.pos >= p.end {
		return 0
	}
	return p.src[p.pos]
}

// operator takes op if it is next. Words must end there.
func (p *exprParser) operator(op string) bool {
	p.skip()
	if !strings.HasPrefix(string(p.src[p.pos:min(p.end, p.pos+len(op))]), op) {
		return false
	}
	after := p.pos + len(op)
	if nameByte(op[0]) && after < p.end && nameByte(p.src[after]) {
		return false
	}
	p.pos = after
	return true
}

func (p *exprParser) fail() *Expr {
	p.failed = true
	return &Expr{Start: p.pos, End: p.pos}
}

func (p *exprParser) node(kind ExprKind, start int, text string, kids ...*Expr) *Expr {
	return &Expr{Kind: kind, Start: start, End: p.pos, Text: text, Kids: kids}
}

func (p *exprParser) enter() bool {
	if p.depth++; p.depth > maxDepth {
		p.failed = true
	}
	return !p.failed
}

// tuple reads a, b, c without parentheses, or one expression.
func (p *exprParser) tuple() *Expr {
	first := p.ternary()
	if p.failed || p.peek() != ',' {
		return first
	}
	kids := []*Expr{first}
	for !p.failed && p.peek() == ',' {
		p.pos++
		if b := p.peek(); b == 0 || b == ')' || b == '=' {
			break
		}
		kids = append(kids, p.ternary())
	}
	return p.node(Tuple, first.Start, "", kids...)
}

func (p *exprParser) ternary() *Expr {
	defer func() { p.depth-- }()
	if !p.enter() {
		return p.fail()
	}
	e := p.binary(0)
	for !p.failed && p.operator("if") {
		cond := p.binary(0)
		other := &Expr{Kind: None, Start: p.pos, End: p.pos}
		if p.operator("else") {
			other = p.ternary()
		}
		e = p.node(Ternary, e.Start, "", e, cond, other)
	}
	return e
}

// levels are the binary operators, loosest first.
func levels(level int) []string {
	switch level {
	case 0:
		return []string{"or"}
	case 1:
		return []string{"and"}
	case 2:
		return []string{"==", "!=", "<=", ">=", "<", ">", "not in", "in"}
	case 3:
		return []string{"~"}
	case 4:
		return []string{"+", "-"}
	case 5:
		return []string{"**", "*", "//", "/", "%"}
	}
	return nil
}

func (p *exprParser) binary(level int) *Expr {
	ops := levels(level)
	if ops == nil {
		return p.unary()
	}
	if level == 2 {
		p.skip()
		if start := p.pos; p.operator("not") {
			if !p.enter() {
				return p.fail()
			}
			e := p.binary(level)
			p.depth--
			return p.node(Unary, start, "not", e)
		}
	}
	e := p.binary(level + 1)
	for !p.failed {
		op := p.anyOf(ops)
		if op == "" {
			return e
		}
		right := p.binary(level + 1)
		e = p.node(Binary, e.Start, op, e, right)
	}
	return e
}

func (p *exprParser) anyOf(ops []string) string {
	for _, op := range ops {
		if op == "not in" {
			at := p.pos
			if p.operator("not") && p.operator("in") {
				return op
			}
			p.pos = at
			continue
		}
		if p.operator(op) {
			return op
		}
	}
	return ""
}

func (p *exprParser) unary() *Expr {
	p.skip()
	start := p.pos
	if b := p.peek(); b == '-' || b == '+' {
		p.pos++
		if !p.enter() {
			return p.fail()
		}
		e := p.unary()
		p.depth--
		return p.node(Unary, start, string(b), e)
	}
	return p.postfix(p.operand())
}

// postfix reads .a, [i], (…), |f and is t.
func (p *exprParser) postfix(e *Expr) *Expr {
	for !p.failed {
		switch b := p.peek(); {
		case b == '.':
			p.pos++
			e = p.node(Attr, e.Start, p.name(), e)
		case b == '[':
			p.pos++
			at := p.ternary()
			if p.peek() != ']' { // a slice
				for p.peek() != ']' && p.peek() != 0 {
					p.pos++
				}
				at = &Expr{Kind: Opaque, Start: at.Start, End: p.pos}
			}
			p.want(']')
			e = p.node(Index, e.Start, "", e, at)
		case b == '(':
			args := p.args()
			e = p.node(Call, e.Start, "", e)
			e.Args = args
		case b == '|':
			p.pos++
			n, args := p.name(), []Arg(nil)
			if p.peek() == '(' {
				args = p.args()
			}
			e = p.node(Filter, e.Start, n, e)
			e.Args = args
		case b == 'i' && p.operator("is"):
			e = p.test(e)
		default:
			return e
		}
	}
	return e
}

func (p *exprParser) test(e *Expr) *Expr {
	not := p.operator("not")
	n, args := p.name(), []Arg(nil)
	if p.peek() == '(' {
		args = p.args()
	}
	e = p.node(Test, e.Start, n, e)
	e.Args = args
	if not {
		e = p.node(Unary, e.Start, "not", e)
	}
	return e
}

func (p *exprParser) name() string {
	p.skip()
	start := p.pos
	for p.pos < p.end && nameByte(p.src[p.pos]) {
		p.pos++
	}
	if p.pos == start {
		p.failed = true
	}
	return string(p.src[start:p.pos])
}

func (p *exprParser) want(b byte) {
	if p.peek() != b {
		p.failed = true
		return
	}
	p.pos++
}

// args reads (a, k=b, *c).
func (p *exprParser) args() (out []Arg) {
	p.want('(')
	for !p.failed && p.peek() != ')' {
		if p.peek() == '*' {
			p.failed = true
			return out
		}
		out = append(out, p.arg())
		if p.peek() != ',' {
			break
		}
		p.pos++
	}
	p.want(')')
	return out
}

func (p *exprParser) arg() Arg {
	p.skip()
	at := p.pos
	if p.pos < p.end && nameByte(p.src[p.pos]) {
		n := p.name()
		if p.peek() == '=' && (p.pos+1 >= p.end || p.src[p.pos+1] != '=') {
			p.pos++
			return Arg{n, p.ternary()}
		}
		p.pos = at
	}
	return Arg{"", p.ternary()}
}

// operand reads a literal, a name, a list, a dict or parentheses.
func (p *exprParser) operand() *Expr {
	switch b := p.peek(); {
	case b == '\'' || b == '"':
		return p.str()
	case b >= '0' && b <= '9':
		return p.number()
	case b == '[':
		return p.sequence(List, ']')
	case b == '(':
		return p.parens()
	case b == '{':
		return p.dict()
	case nameByte(b):
		return p.bare()
	}
	return p.fail()
}

func (p *exprParser) bare() *Expr {
	start := p.pos
	text := p.name()
	switch text {
	case "true", "True", "false", "False":
		return p.node(Bool, start, strings.ToLower(text))
	case "none", "None":
		return p.node(None, start, "")
	case "and", "or", "not", "if", "else", "in", "is":
		return p.fail()
	}
	return p.node(Name, start, text)
}

func (p *exprParser) number() *Expr {
	start := p.pos
	for p.pos < p.end && (nameByte(p.src[p.pos]) || p.src[p.pos] == '.' && p.pos+1 < p.end && p.src[p.pos+1] >= '0' && p.src[p.pos+1] <= '9') {
		p.pos++
	}
	return p.node(Number, start, string(p.src[start:p.pos]))
}

func (p *exprParser) str() *Expr {
	start := p.pos
	end := endString(p.src[:p.end], start)
	if end < 0 {
		return p.fail()
	}
	p.pos = end
	e := p.node(String, start, "")
	e.From, e.To = start+1, end-1
	raw := string(p.src[e.From:e.To])
	if e.Escaped = strings.IndexByte(raw, '\\') >= 0; e.Escaped {
		raw = unescape(raw)
	}
	e.Text = raw
	return e
}

// unescape reads the escapes that matter; others keep their backslash.
func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`, `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(s)
}

// sequence reads what stands between brackets.
func (p *exprParser) sequence(kind ExprKind, closer byte) *Expr {
	start := p.pos
	p.pos++
	var kids []*Expr
	for !p.failed && p.peek() != closer {
		kids = append(kids, p.ternary())
		if p.peek() != ',' {
			break
		}
		p.pos++
	}
	p.want(closer)
	return p.node(kind, start, "", kids...)
}

func (p *exprParser) parens() *Expr {
	e := p.sequence(Tuple, ')')
	if len(e.Kids) == 1 && !strings.HasSuffix(strings.TrimRight(string(p.src[e.Start:e.End-1]), " \t\r\n"), ",") {
		return e.Kids[0]
	}
	return e
}

func (p *exprParser) dict() *Expr {
	start := p.pos
	p.pos++
	var kids []*Expr
	for !p.failed && p.peek() != '}' {
		kids = append(kids, p.ternary())
		p.want(':')
		kids = append(kids, p.ternary())
		if p.peek() != ',' {
			break
		}
		p.pos++
	}
	p.want('}')
	return p.node(Dict, start, "", kids...)
}
