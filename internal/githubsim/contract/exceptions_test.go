package contract

import (
	"strings"
	"testing"
)

func TestExceptions(t *testing.T) {
	t.Parallel()
	e, err := parseExceptions("# words\n\npush webhook /commits/*/id GitHub says so\npulls/get response / odd\nissues/add request /[] bare\n")
	if err != nil {
		t.Fatal(err)
	}
	if !e.excuse("push", "webhook", []string{"commits", "3", "id"}, false) {
		t.Error("/commits/3/id is not excused")
	}
	for _, at := range [][]string{{"commits", "3"}, {"commits", "3", "url"}, nil} {
		if e.excuse("push", "webhook", at, true) {
			t.Errorf("%v is excused", at)
		}
	}
	if e.excuse("push", "response", []string{"commits", "3", "id"}, false) {
		t.Error("another direction is excused")
	}
	if e.excuse("issues/add", "request", nil, false) || !e.excuse("issues/add", "request", nil, true) {
		t.Error("[] must excuse a list, and only a list")
	}
	if got := e.unused(); len(got) != 1 || !strings.Contains(got[0], "pulls/get") {
		t.Errorf("unused: got %v, want pulls/get alone", got)
	}
}

func TestExceptionsNeedReasons(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"push webhook /commits", "push /commits webhook why", "push sideways /commits why", "push webhook commits why",
	} {
		if _, err := parseExceptions("\n" + line); err == nil || !strings.Contains(err.Error(), "exceptions.txt:2") {
			t.Errorf("%q: got %v, want an error at line 2", line, err)
		}
	}
}
