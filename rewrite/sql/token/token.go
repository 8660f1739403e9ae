// Package token cuts SQL into tokens that, put end to end, are the input again, byte for byte.
//
// Dialects differ in what quotes a name, what escapes a quote, what begins a comment; all of that is data in
// Rules. Templates (Jinja's {{ }}, ${ }) are tokens too: one that touches a word belongs to that word, so that
// ${env}_orders is one name with a hole. What is unterminated or fits nowhere becomes a Bad token; nothing is
// skipped, nothing is normalised, nothing fails.
package token

// Kind is what a token is.
type Kind uint8

// The kinds of token.
const (
	Space    Kind = iota
	Comment       // also {# #}, and the marks of MySQL's executable comments, whose inside is code
	Word          // a bare name or a keyword
	Quoted        // a quoted name, quotes included
	String        // a literal, prefix and quotes included
	Number        //
	Param         // @x, :x, $1, %(x)s, {x:Int32}
	Template      // a name with a hole in it: {{ x }}, ${x}_t
	Block         // {% … %}
	Op            // an operator or a mark
	Bad           // unterminated, or a byte that fits nowhere
)

// Token is the bytes from Start to End (exclusive). Key is set for keywords and operators.
type Token struct {
	Start, End int32
	Kind       Kind
	Key        Key
}

// In is the token in the text that it was cut from.
func (t Token) In(text string) string { return text[t.Start:t.End] }

// Rules is how a dialect writes things.
type Rules struct {
	DoubleQuoteString bool // "x" is a string, not a name
	Backtick          bool // `x` is a name
	Bracket           bool // [x] is a name
	Backslash         bool // \ escapes in '…' (and in "…" when that is a string)
	EscapePrefix      bool // E'…' has backslash escapes
	UnicodePrefix     bool // U&"…" is a name
	RawPrefix         bool // r'…' has none, b'…' is bytes
	RawEnds           bool // a backslash before the quote of r'…' does not keep it from ending the string
	Triple            bool // '''…''' and """…"""
	DollarQuote       bool // $$…$$
	DollarTag         bool // $tag$…$tag$
	Hash              bool // # begins a comment
	HashName          bool // #x is a name
	DoubleSlash       bool // // begins a comment
	DashSpace         bool // -- begins a comment only before a space
	Nested            bool // /* /* */ */
	OpenComment       bool // /* without an end runs to the end of the file
	Executable        bool // /*! … */ is code
	AtParam           bool // @x
	Ampersand         bool // &x is a variable
	BraceParam        bool // {x:Type}
}
