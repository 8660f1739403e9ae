package handlers_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/handlers"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body string
		want []handlers.Command
	}{
		"alone":                {"/skein hold", []handlers.Command{{Verb: "hold"}}},
		"reason":               {"/skein HOLD  until the quarter closes ", []handlers.Command{{Verb: "hold", Args: "until the quarter closes"}}},
		"among text":           {"Looks good.\n/skein merge\nthanks", []handlers.Command{{Verb: "merge"}}},
		"two":                  {"/skein resume\r\n/skein merge\r\n", []handlers.Command{{Verb: "resume"}, {Verb: "merge"}}},
		"bare":                 {"/skein", []handlers.Command{{}}},
		"two words":            {"/skein revert all", []handlers.Command{{Verb: "revert all"}}},
		"revert with reason":   {"/skein revert all of it broke", []handlers.Command{{Verb: "revert", Args: "all of it broke"}}},
		"in the middle":        {"you can say /skein merge here", nil},
		"another word":         {"/skeins merge", nil},
		"quoted":               {"> /skein merge\n\nno", nil},
		"lazy quote":           {"> he said\n/skein merge", nil},
		"code span":            {"`/skein merge`", nil},
		"code span over lines": {"a `b\n/skein merge` c", nil},
		"fenced":               {"```\n/skein merge\n```", nil},
		"indented code":        {"text\n\n    /skein merge", nil},
		"hidden":               {"<!-- \n/skein merge\n-->", nil},
		"inline hidden":        {"x <!-- a\n/skein merge\n--> y", nil},
		"list":                 {"- /skein merge", nil},
		"heading":              {"# /skein merge", nil},
		"link":                 {"[/skein merge](http://x)", nil},
		"html":                 {"<details>\n/skein merge\n</details>", nil},
		"e-mail":               {"fine\n\nOn Mon, Ana wrote:\n/skein merge", nil},
		"signature":            {"/skein hold\n\n--\n/skein merge", []handlers.Command{{Verb: "hold"}}},
		"control characters":   {"/skein hold a\u0000b\u001bc", []handlers.Command{{Verb: "hold", Args: "abc"}}},
		"too many":             {strings.Repeat("/skein hold\n", 50), []handlers.Command{{Verb: "hold"}, {Verb: "hold"}, {Verb: "hold"}, {Verb: "hold"}, {Verb: "hold"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, handlers.Parse(tt.body)); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.body, diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("/skein hold\n> /skein merge\n```\n/skein x\n```")
	f.Fuzz(func(t *testing.T, body string) {
		for _, c := range handlers.Parse(body) {
			if strings.ContainsAny(c.Verb+c.Args, "\n\r\x00") || len(c.Args) > 500 {
				t.Errorf("Parse(%q) = %q", body, c)
			}
		}
	})
}
