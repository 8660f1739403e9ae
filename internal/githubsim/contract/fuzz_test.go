package contract

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func FuzzExceptions(f *testing.F) {
	f.Add(exceptionList)
	f.Add("push webhook /a/* why\n#\n x y z")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExceptions(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "exceptions.txt:") {
				t.Errorf("an error without a position: %v", err)
			}
			return
		}
		for _, x := range e.list {
			if x.reason == "" {
				t.Errorf("an exception without a reason: %+v", x)
			}
		}
	})
}

// FuzzChecks holds anything to the descriptions: it is refused or not, but it never panics.
func FuzzChecks(f *testing.F) {
	dir := Dir(filepath.Join("..", "..", ".."))
	if _, err := os.Stat(filepath.Join(dir, stampFile)); err != nil {
		f.Skip(err)
	}
	v, err := Load(dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("push", `{"ref":"refs/heads/main","commits":[{}]}`)
	f.Add("check_run", `{"action":"completed","check_run":{"output":null}}`)
	f.Add("issues", `{"action":["opened"]}`)
	f.Fuzz(func(t *testing.T, event, body string) {
		if v.Webhook(event, []byte(body)) == nil && body == "" {
			t.Errorf("%s: an empty body is valid", event)
		}
		if v.graphqlExchange([]byte(body), 200, []byte(body)) == nil && body == "" {
			t.Error("an empty query is valid")
		}
	})
}
