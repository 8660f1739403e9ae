package oracle

import (
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
)

// noisy decides the query again in another layout. Only offsets may differ.
func (c *Court) noisy(req rewrite.Request, q *Query, v Verdict) Verdict {
	other := q.Facts.Again()
	res := c.rewrite(other.SQL, req)
	code := ""
	if len(res.Refusals) > 0 {
		code = res.Refusals[0].Code
	}
	if (code == "") != (v.Code == "") { // which of two reasons comes first does not matter
		v.Class, v.Detail = Noise, fmt.Sprintf("refused with %q, and with %q as %s", v.Code, code, other.SQL)
		return v
	}
	out, err := rewrite.Apply([]byte(other.SQL), res.Edits)
	if err != nil {
		v.Class, v.Detail = Broken, err.Error()
		return v
	}
	if diff := cmp.Diff(essence(v.Out), essence(string(out))); diff != "" {
		v.Class, v.Detail = Noise, fmt.Sprintf("%s\nbecame\n%s\n%s", other.SQL, out, clip(diff))
	}
	return v
}

// essence is what a query says, whatever it looks like.
func essence(text string) string {
	var words []string
	for _, p := range pieces(text) {
		w := strings.ToLower(p.text)
		if w[0] == '"' {
			w = strings.Trim(w, `"`)
		}
		if n := len(words); n > 1 && words[n-1] == "as" && words[n-2] == w {
			words = words[:n-1] // an alias that says what is there anyway
			continue
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}
