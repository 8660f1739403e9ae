package bigquery

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
)

func TestHostile(t *testing.T) {
	t.Parallel()
	many := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`{"name":"f%d","type":"DATE"}`, i))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	for _, c := range []struct{ name, src, want string }{
		{"many fields", many(100_001), "more than 100000 fields"},
		{"deep object", strings.Repeat(`{"schema":`, 150), "found the end of the file"},
		{"long name", `[{"name": "` + strings.Repeat("x", 1000) + `", "type": "` + strings.Repeat("y ", 1000) + `"}]`, "which is no word"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]schema.File{{Path: "f.json", Content: []byte(c.src)}})
			var at *schema.ParseError
			if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 1300 {
				t.Errorf("error %.300v, want %q", err, c.want)
			}
		})
	}
}
