package jinja_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite/dbt/jinja"
)

func parse(t *testing.T, src string) []*jinja.Node {
	t.Helper()
	nodes, err := jinja.Parse([]byte(src), 0, len(src))
	if err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	return nodes
}

// show writes an expression in a form that has no doubt about what binds what.
func show(e *jinja.Expr) string {
	if e == nil {
		return "nil"
	}
	var parts []string
	for _, k := range e.Kids {
		parts = append(parts, show(k))
	}
	for _, a := range e.Args {
		parts = append(parts, a.Name+"="+show(a.Value))
	}
	names := [...]string{"opaque", "name", "str", "num", "bool", "none", "list", "tuple", "dict", "attr", "index", "call", "filter", "test", "unary", "binary", "ternary"}
	out := names[e.Kind]
	if e.Text != "" {
		out += ":" + e.Text
	}
	if len(parts) > 0 {
		out += "(" + strings.Join(parts, " ") + ")"
	}
	return out
}

func TestExpression(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`ref('a', v=2)`:               "call(name:ref =str:a v=num:2)",
		`dbt_utils.star(ref("a"))`:    "call(attr:star(name:dbt_utils) =call(name:ref =str:a))",
		`a.b[0]|upper|join(', ')`:     "filter:join(filter:upper(index(attr:b(name:a) num:0)) =str:, )",
		`not a and b or c`:            "binary:or(binary:and(unary:not(name:a) name:b) name:c)",
		`x is not none`:               "unary:not(test:none(name:x))",
		`x not in ['a', 'b',]`:        "binary:not in(name:x list(str:a str:b))",
		`'a' if b else "c"`:           "ternary(str:a name:b str:c)",
		`{'field': 'c', "t": (1, 2)}`: "dict(str:field str:c str:t tuple(num:1 num:2))",
		`(a)`:                         "name:a",
		`(a,)`:                        "tuple(name:a)",
		`a ~ '_x' ~ 1.5`:              "binary:~(binary:~(name:a str:_x) num:1.5)",
		`-1 + 2 * 3`:                  "binary:+(unary:-(num:1) binary:*(num:2 num:3))",
		`a[1:]`:                       "index(name:a opaque)",
		`f(*args)`:                    "opaque",
		`'it\'s'`:                     "str:it's",
		``:                            "opaque",
		`a b`:                         "opaque",
		`ifx`:                         "name:ifx",
		`none or None`:                "binary:or(none none)",
	}
	for src, want := range tests {
		if diff := cmp.Diff(want, show(jinja.Expression([]byte(src), 0, len(src)))); diff != "" {
			t.Errorf("%s: -want +got\n%s", src, diff)
		}
	}
}

func TestStringsKeepTheirPlace(t *testing.T) {
	t.Parallel()
	src := `{{ f( 'abc' ) }}`
	s := parse(t, src)[0].Expr.Args[0].Value
	if got := src[s.From:s.To]; got != "abc" {
		t.Errorf("the string's bytes are %q", got)
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	src := `a{%- if x -%}b{% elif y %}c{% else %}d{% endif %}{% for k, v in d.items() %}e{% endfor %}{% set q %}f{% endset %}` +
		`{% raw %}{{ g }}{% endraw %}{# h }} #}{% macro m(a, b='x') %}i{% endmacro %}{{ "}}" }}{% call(z) f() %}{% endcall %}`
	var kinds []jinja.NodeKind
	nodes := parse(t, src)
	for _, n := range nodes {
		kinds = append(kinds, n.Kind)
	}
	want := []jinja.NodeKind{jinja.Text, jinja.If, jinja.For, jinja.Set, jinja.Block, jinja.Comment, jinja.Block, jinja.Output, jinja.Block}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if n := len(nodes[1].Branches); n != 3 {
		t.Errorf("the if has %d branches", n)
	}
	if got := src[nodes[4].Body[0].Start:nodes[4].Body[0].End]; got != "{{ g }}" {
		t.Errorf("raw holds %q", got)
	}
	if m := nodes[6]; m.Name != "m" || len(m.Params) != 2 || m.Params[1].Value.Text != "x" {
		t.Errorf("macro %s with %d parameters", m.Name, len(m.Params))
	}
}

func TestErrorsHaveAPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"ab{{ c":                      "byte 2: this template tag is not closed",
		"{% if a %}x":                 "byte 0: {% if %} is not closed",
		"x{% endif %}":                "byte 1: nothing is open that this could close",
		"{% for a in b %}{% endif %}": "byte 16: {% endif %} does not close {% for %}",
		"{% macro a() %}":             "byte 0: {% macro %} is not closed",
		"{% if a %}{% else %}{% else %}{% endif %}": "byte 20: {% else %} does not close {% if %}",
	}
	for src, want := range tests {
		_, err := jinja.Parse([]byte(src), 0, len(src))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", src, err, want)
		}
	}
}

func TestDeepNestingEnds(t *testing.T) {
	t.Parallel()
	const n = 50_000
	for _, src := range []string{
		strings.Repeat("{% if a %}", n), "{{ " + strings.Repeat("(", n) + strings.Repeat(")", n) + " }}",
		"{{ " + strings.Repeat("not ", n) + "a }}", "{{ " + strings.Repeat("-", n) + "1 }}", "{{ " + strings.Repeat("a[", n) + " }}",
		"{{ a" + strings.Repeat(" if a else b", n) + " }}",
	} {
		nodes, err := jinja.Parse([]byte(src), 0, len(src))
		if err == nil && nodes[0].Expr.Kind != jinja.Opaque {
			t.Errorf("%.20s…: read without a limit", src)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("select {{ f('a', b=[1, {'c': none}])|upper }} {% if a is not none %}x{% elif b %}{% else %}y{% endif %}{# c #}")
	f.Add("{% for a, b in c.items() %}{{- a ~ '\\'' -}}{% endfor %}{% raw %}{{ x }}{% endraw %}{% set q %}{% endset %}")
	f.Fuzz(func(t *testing.T, src string) {
		segs, err := jinja.Scan([]byte(src), 0, len(src))
		if err != nil {
			return
		}
		at := 0
		for _, s := range segs {
			if s.Start != at || s.End <= s.Start || s.From < s.Start || s.To > s.End {
				t.Fatalf("segment %+v after byte %d", s, at)
			}
			at = s.End
		}
		if at != len(src) {
			t.Fatalf("%d of %d bytes", at, len(src))
		}
		nodes, err := jinja.Parse([]byte(src), 0, len(src))
		if err != nil {
			return
		}
		jinja.Expressions(nodes, func(e *jinja.Expr) bool {
			if e.Start < 0 || e.End < e.Start || e.End > len(src) || e.To > len(src) {
				t.Fatalf("expression %+v", e)
			}
			return true
		})
	})
}
