package jsontext

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParse holds that every value knows its bytes.
func TestParse(t *testing.T) {
	t.Parallel()
	src := "\ufeff {\"a\\u0062\": [1, true , null,\"x\\\"y\"],\r\n\t\"é\":{}, \"n\": -1.5e3}\n"
	root, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var walk func(n Node)
	walk = func(n Node) {
		got = append(got, src[n.Start:n.End]+" "+n.Text)
		for _, k := range n.Keys {
			got = append(got, src[k.Start:k.End]+" "+k.Text)
		}
		for _, i := range n.Items {
			walk(i)
		}
	}
	walk(root)
	whole := strings.TrimSpace(strings.TrimPrefix(src, "\ufeff"))
	want := []string{whole + " ", `"a\u0062" ab`, `"é" é`, `"n" n`, `[1, true , null,"x\"y"] `, "1 ", "true ", "null ", `"x\"y" x"y`, "{} ", "-1.5e3 "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if root.At("é") == nil || root.At("no") != nil || len(root.At("ab").List()) != 4 || root.At("n").Word() != "" || root.At("é").List() != nil {
		t.Error("a key leads elsewhere")
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"":                            "line 1 is no JSON",
		"{\n\"a\" 1}":                 "line 2 is no JSON",
		"{} {}":                       "line 1 is no JSON",
		"{\"a\": 1,\n \"\\u0061\":2}": `line 2 has the key "a" twice in one object`,
		strings.Repeat("[", 300):      "line 1 nests values more than 200 deep",
		strings.Repeat(" ", 9<<20):    "the file is larger than 8 MiB",
	} {
		if _, err := Parse([]byte(src)); err == nil || err.Error() != want {
			t.Errorf("%.20q: got %v, want %s", src, err, want)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"a": `"a"`, `a"b\`: `"a\"b\\"`, "<é>\n": `"<é>\n"`, "\xff": `"\ufffd"`} {
		if got := Quote(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// FuzzParse holds that what is read is JSON, and that places stand in each other and one behind the other.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"b": "c\u0064"}], "e": null}`))
	f.Add([]byte("\ufeff[]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		root, err := Parse(src)
		if err != nil {
			return
		}
		if !json.Valid(src[root.Start:root.End]) {
			t.Fatalf("no JSON: %q", src[root.Start:root.End])
		}
		ordered(t, root)
	})
}

func ordered(t *testing.T, n Node) {
	t.Helper()
	at := n.Start
	for i := range n.Items {
		if n.Keys != nil {
			if n.Keys[i].Start < at {
				t.Fatalf("a key at %d before %d", n.Keys[i].Start, at)
			}
			at = n.Keys[i].End
		}
		if n.Items[i].Start < at || n.Items[i].End > n.End {
			t.Fatalf("a value at %d, not between %d and %d", n.Items[i].Start, at, n.End)
		}
		at = n.Items[i].End
		ordered(t, n.Items[i])
	}
}
