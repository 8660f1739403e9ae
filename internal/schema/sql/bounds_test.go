package sql

import (
	"errors"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
)

// TestBounds feeds what is too deep, too wide or too large: an error with a place, soon.
func TestBounds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, says string }{
		"deep parentheses":  {"CREATE TABLE t (a int DEFAULT " + strings.Repeat("(", 1<<17), "never closed"},
		"many signs":        {"SELECT " + strings.Repeat("(", maxTokens), "words and signs"},
		"many columns":      {"CREATE TABLE t (" + columns(maxColumns+2) + ")", "more than"},
		"many uses":         {"CREATE TYPE e AS ENUM ('a'" + values(1000) + ");" + "CREATE TABLE u (" + strings.ReplaceAll(columns(600), " int", " e") + ")", "more than 500000 columns"},
		"many tables":       {strings.Repeat("CREATE TABLE IF NOT EXISTS t (a int); DROP TABLE t;", maxTables+1), "more than"},
		"a nested comment":  {strings.Repeat("/*", 1<<17), "never closed"},
		"an endless quote":  {"CREATE TABLE t (a int DEFAULT '" + strings.Repeat("''", 1<<20), "never closed"},
		"a key of millions": {"CREATE TABLE t (" + columns(5000) + ", UNIQUE (" + strings.Repeat("c1,", 1<<17) + "c2)", "closing )"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]File{{Path: "t.sql", Content: []byte(c.src)}}, "postgres")
			var at *schema.ParseError
			if !errors.As(err, &at) || !strings.Contains(at.Msg, c.says) || len(at.Msg) > 400 {
				t.Errorf("error %.400v, want %q", err, c.says)
			}
		})
	}
}

func columns(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("c" + strings.Repeat("x", i%7) + itoa(i) + " int")
	}
	return b.String()
}

func values(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(",'" + itoa(i) + "'")
	}
	return b.String()
}

func itoa(i int) string {
	if i < 10 {
		return string(rune('0' + i))
	}
	return itoa(i/10) + itoa(i%10)
}

func TestUnknownDialect(t *testing.T) {
	t.Parallel()
	if _, err := Parse(nil, "klingon"); err == nil || !strings.Contains(err.Error(), "write one of bigquery, snowflake") {
		t.Errorf("error %v", err)
	}
}

// TestRawBytes holds what a case file cannot show: a byte order mark, CRLF, no end of line, bad UTF-8.
func TestRawBytes(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"\ufeffCREATE TABLE t (\r\n  \xff int, -- @renamed from=old\r\n  b text\r\n)"} {
		s, err := Parse([]File{{Path: "t.sql", Content: []byte(src)}}, "")
		if err != nil || len(s.Datasets) != 1 || len(s.Datasets[0].Fields) != 2 {
			t.Fatalf("%+v, %v", s, err)
		}
		f := s.Datasets[0].Fields[0]
		if f.Name != "\xff" || f.Renamed != "old" || f.Pos.Line != 2 || f.Pos.Column != 3 {
			t.Errorf("field %+v", f)
		}
	}
}
