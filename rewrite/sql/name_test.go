package sql

import (
	"strings"
	"testing"
)

// Names of every length: one hash in both cases, another for any other name, and the letters that folding changes are
// seen wherever they stand.
func TestNamesAreScanned(t *testing.T) {
	t.Parallel()
	const all = "customer_key_of_the_first_sale_2026"
	seen := map[uint32]string{}
	for n := 1; n <= len(all); n++ {
		text := all[:n]
		hash, capital := scan(text, fromA, afterZ)
		if before, ok := seen[hash]; ok || hash == 0 || capital {
			t.Errorf("%s: hash %d, that of %q; capital letters: %t", text, hash, before, capital)
		}
		seen[hash] = text
		if hash != hashOf(strings.ToUpper(text)) {
			t.Errorf("%s has another hash in capital letters", text)
		}
		for i := range n {
			changed := text[:i] + "Z" + text[i+1:]
			if other, capital := scan(changed, fromA, afterZ); other == hash || !capital {
				t.Errorf("%s and %s: one hash: %t; capital letters: %t", text, changed, other == hash, capital)
			}
			if _, small := scan(strings.ToUpper(text[:i])+"a"+strings.ToUpper(text[i+1:]), fromSmallA, afterSmallZ); !small {
				t.Errorf("%s: the small letter at %d is not seen", text, i)
			}
			if foreign := text[:i] + "é" + text[i+1:]; hashOf(foreign) != 0 || isASCII(foreign) || !isASCII(text) {
				t.Errorf("%s: hash %d, ASCII: %t; %s: ASCII: %t", foreign, hashOf(foreign), isASCII(foreign), text, isASCII(text))
			}
		}
	}
}

// The bytes beside the letters are none.
func TestOnlyLettersFold(t *testing.T) {
	t.Parallel()
	for b := range byte(0x80) {
		text := "x" + string(rune(b))
		if _, capital := scan(text, fromA, afterZ); capital != (b >= 'A' && b <= 'Z') {
			t.Errorf("%q: capital letters: %t", text, capital)
		}
		if _, small := scan(string(rune(b))+"X", fromSmallA, afterSmallZ); small != (b >= 'a' && b <= 'z') {
			t.Errorf("%q: small letters: %t", text, small)
		}
	}
}

// What a dialect stores in another case is remembered, for that dialect only.
func TestBareNames(t *testing.T) {
	t.Parallel()
	m := newMemory()
	for range 2 {
		for dialect, want := range map[string]string{"postgres": "net_paid", "snowflake": "NET_PAID", "bigquery": "Net_Paid"} {
			d := dialectOf(dialect)
			if got := m.bare(&d, "Net_Paid"); got != d.bare("Net_Paid") || got.text != want {
				t.Errorf("%s: %+v instead of %s", dialect, got, want)
			}
		}
	}
}
