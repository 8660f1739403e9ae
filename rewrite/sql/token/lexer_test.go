package token

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rules are a few dialects' worth: each flag is on in one of them.
func rules() []Rules {
	return []Rules{
		{},
		{DoubleQuoteString: true, Backtick: true, Backslash: true, RawPrefix: true, Triple: true, Hash: true, AtParam: true},
		{Backslash: true, DollarQuote: true, DoubleSlash: true, Ampersand: true},
		{EscapePrefix: true, Nested: true, DollarQuote: true, DollarTag: true},
		{DoubleQuoteString: true, Backtick: true, Backslash: true, Hash: true, DashSpace: true, Executable: true, AtParam: true},
		{Backtick: true, Bracket: true, OpenComment: true, AtParam: true},
		{Bracket: true, Nested: true, HashName: true, AtParam: true},
		{Backtick: true, Backslash: true, DollarQuote: true, Hash: true, BraceParam: true},
		{DoubleQuoteString: true, Backtick: true, Backslash: true, RawPrefix: true, RawEnds: true, Nested: true},
	}
}

// texts are the tokens that are no space.
func texts(src string, r Rules) []string {
	var out []string
	for _, t := range Scan(nil, []byte(src), &r) {
		if t.Kind != Space {
			out = append(out, t.In(src))
		}
	}
	return out
}

func TestScan(t *testing.T) {
	t.Parallel()
	all := rules()
	for _, tc := range []struct {
		src   string
		rules Rules
		want  []string
	}{
		{"a.b<=-1--x", all[0], []string{"a", ".", "b", "<=", "-", "1", "--x"}},
		{"1e-5+0x1e-5 .5", all[0], []string{"1e-5", "+", "0x1e", "-", "5", ".5"}},
		{"t.5", all[0], []string{"t", ".", "5"}},
		{`'a''b' "a""b"`, all[0], []string{`'a''b'`, `"a""b"`}},
		{`r'\n' rb"x" '''a'b''' "x"`, all[1], []string{`r'\n'`, `rb"x"`, `'''a'b'''`, `"x"`}},
		{"$$a'b$$ $1 a::b :c", all[2], []string{"$$a'b$$", "$1", "a", "::", "b", ":c"}},
		{"$t$ $$ $t$ E'\\'' /* /* */ */", all[3], []string{"$t$ $$ $t$", `E'\''`, "/* /* */ */"}},
		{"1--2 /*!40101 x */ -- y", all[4], []string{"1", "-", "-", "2", "/*!40101", "x", "*/", "-- y"}},
		{"[a b] x[1] /* open", all[5], []string{"[a b]", "x", "[", "1", "]", "/* open"}},
		{"#t # [x]", all[6], []string{"#t", "#", "[x]"}},
		{"{a:Int32} = %(x)s {{ y }}_t ${z}.t {% if %} {# c #}", all[7], []string{"{a:Int32}", "=", "%(x)s", "{{ y }}_t", "${z}", ".", "t", "{% if %}", "{# c #}"}},
		{"a->>'b' #>> x := y => z |> <=> !~*", all[0], []string{"a", "->>", "'b'", "#>>", "x", ":=", "y", "=>", "z", "|>", "<=>", "!~*"}},
		{"abc{{ x }}d abc${y}.e abc$f", all[0], []string{"abc{{ x }}d", "abc${y}", ".", "e", "abc$f"}},
		{"{{ config(hook='{{ f() }}', d={'a': {'b': 1}}) }} x", all[0], []string{"{{ config(hook='{{ f() }}', d={'a': {'b': 1}}) }}", "x"}},
		{"{{ it's }} x {% if a == '%}' %}", all[0], []string{"{{ it's }}", "x", "{% if a == '%}' %}"}},
		{"'{{ var('a') }}' '{{' || c || '}}' '{{a' || c || 'b}}'", all[0], []string{"'{{ var('a') }}'", "'{{'", "||", "c", "||", "'}}'", "'{{a'", "||", "c", "||", "'b}}'"}},
		{"x=-1 a[1:b]", all[0], []string{"x", "=", "-", "1", "a", "[", "1", ":", "b", "]"}},
	} {
		if diff := cmp.Diff(tc.want, texts(tc.src, tc.rules)); diff != "" {
			t.Errorf("%s: %s", tc.src, diff)
		}
	}
}

func TestUnterminated(t *testing.T) {
	t.Parallel()
	all := rules()
	for _, tc := range []struct {
		src   string
		rules Rules
	}{{"'x", all[0]}, {`"x`, all[0]}, {"`x", all[1]}, {"[x", all[6]}, {"/* x", all[0]}, {"$$x", all[2]}, {"{% x", all[0]}, {"'''x'", all[1]}} {
		toks := Scan(nil, []byte(tc.src), &tc.rules)
		if last := toks[len(toks)-1]; last.Kind != Bad || int(last.End) != len(tc.src) {
			t.Errorf("%s: %+v", tc.src, toks)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]Key{"select": Select, "SELECT": Select, "Over": Over, "selects": None, "x": None, "": None, "ſelect": None} {
		if got := Lookup([]byte(word)); got != want {
			t.Errorf("%s is %d, want %d", word, got, want)
		}
	}
	for key := Select; key < keys; key++ {
		word := strings.ReplaceAll(strings.TrimSpace(spellings[int(key-Select)*longest:][:longest]), "\x7f", "_")
		if Lookup([]byte(word)) != key || Lookup([]byte(strings.ToUpper(word))) != key || Lookup([]byte(word+"x")) != None {
			t.Errorf("%s is not found", word)
		}
	}
	if !From.Reserved() || Date.Reserved() || Comma.Reserved() {
		t.Error("From is reserved, Date and Comma are not")
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"SELECT 'a', \"b\" -- c", "/*!1 x */", "$a$ b $a$", "{{ x }}_y ${z}", "E'\\'", "'''", "[a", "\xff\xfe", "1e+", "%(x)s", "@@x &{y}", "{{ f('{{ x }}') }}", "'{{ f('x') }}'"} {
		f.Add([]byte(s))
	}
	all := rules()
	f.Fuzz(func(t *testing.T, src []byte) {
		for i := range all {
			var back []byte
			last := int32(0)
			for _, tok := range Scan(nil, src, &all[i]) {
				if tok.Start != last || tok.End <= tok.Start {
					t.Fatalf("token %+v after %d", tok, last)
				}
				last = tok.End
				back = append(back, src[tok.Start:tok.End]...)
			}
			if !bytes.Equal(back, src) {
				t.Fatalf("tokens are %q, input %q", back, src)
			}
			sameCode(t, src, &all[i])
		}
	})
}

// sameCode: what is cut for the parser are the same tokens, and between them stands nothing but blanks.
func sameCode(t *testing.T, src []byte, rules *Rules) {
	t.Helper()
	var side []Token
	code := Code(nil, &side, src, rules)
	for _, tok := range Scan(nil, src, rules) {
		switch {
		case tok.Kind == Space:
		case len(code) > 0 && code[0] == tok:
			code = code[1:]
		case len(side) > 0 && side[0] == tok:
			side = side[1:]
		default:
			t.Fatalf("%+v of %q is neither code nor beside it", tok, src)
		}
	}
	if len(code)+len(side) > 0 {
		t.Fatalf("%q has tokens that it does not: %+v %+v", src, code, side)
	}
}
