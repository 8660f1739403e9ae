package sql

import (
	"strings"
	"testing"
)

// A search that leaps finds what one that looks at every word does.
func TestOccur(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		words, text string
		want        bool
	}{
		{"net_paid", "select NET_Paid from t", true},
		{"net_paid", "net_paid", true},
		{"net_paid", "net_paids, xnet_paid, net_pai", false},
		{"net_paid", "", false},
		{"net_paid", "é_net_paid net_paid", true},
		{"abc abcd xyzzy", "abcde xyzz xyzzyx (abcd)", true},
		{"abc abcd xyzzy", "abcde xyzz xyzzyx abcde", false},
		{"aaa", "aaaa aaaaa aa aaa", true},
		{"id net_paid", "a.id", true},
		{"id net_paid", "a.idx", false},
		{"größe", "GRÖSSE, Größe", true},
		{"ref('x') net_paid", "{{ ref('x') }}", true},
		{"ref('x') net_paid", "{{ ref('y') }}", false},
		{"kelvin", "\u212aelvin", false},
	} {
		var n needles
		for word := range strings.FieldsSeq(tc.words) {
			n.add(word, nil, true)
		}
		n.prepare()
		if got := n.occur([]byte(tc.text)); got != tc.want {
			t.Errorf("%s in %q: %v", tc.words, tc.text, got)
		}
	}
}

func FuzzOccur(f *testing.F) {
	f.Add("net_paid tax", "select net_paid")
	f.Add("abc abca", "abcabca abca")
	f.Fuzz(func(t *testing.T, words, text string) {
		var n needles
		for word := range strings.FieldsSeq(words) {
			if plainWord(word) {
				n.add(word, nil, true)
			}
		}
		n.prepare()
		if got, want := n.occur([]byte(text)), n.anyWord([]byte(text)); got != want {
			t.Fatalf("leaping %v, looking at every word %v", got, want)
		}
	})
}
