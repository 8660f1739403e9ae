package sql_test

import (
	"strings"
	"testing"

	"github.com/skein-bot/skein/rewrite"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// piecesOf reads a file in which what a template makes is marked: ⟦template→text⟧, with ↓ before ⟧ for Closes.
func piecesOf(t *testing.T, marked string) (src string, pieces []skeinsql.Piece) {
	t.Helper()
	var file strings.Builder
	for marked != "" {
		plain, rest, found := strings.Cut(marked, "⟦")
		if plain != "" {
			pieces = append(pieces, skeinsql.Piece{Start: file.Len(), End: file.Len() + len(plain)})
			file.WriteString(plain)
		}
		if !found {
			break
		}
		inside, after, ok := strings.Cut(rest, "⟧")
		template, text, arrow := strings.Cut(inside, "→")
		if !ok || !arrow {
			t.Fatalf("marks of %q", marked)
		}
		text, closes := strings.CutSuffix(text, "↓")
		pieces = append(pieces, skeinsql.Piece{Start: file.Len(), End: file.Len() + len(template), Text: text, Made: true, Closes: closes})
		file.WriteString(template)
		marked = after
	}
	return file.String(), pieces
}

func TestRendered(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, marked, want, refused string }{
		{name: "a call of ref stays readable", marked: "SELECT c FROM ⟦{{ ref('t') }}→t⟧ WHERE c > 1",
			want: "SELECT n AS c FROM {{ ref('t') }} WHERE n > 1"},
		{name: "a macro that inserts its argument", marked: "SELECT ⟦{{ cents('→(⟧c⟦') }}→ / 100)⟧ AS x FROM t",
			want: "SELECT {{ cents('n') }} AS x FROM t"},
		{name: "an alias goes behind the template", marked: "SELECT ⟦{{ col('→⟧c⟦') }}→↓⟧ FROM t",
			want: "SELECT {{ col('n') }} AS c FROM t"},
		{name: "a branch that is not taken", marked: "SELECT c⟦{% if x %}, d{% endif %}→⟧ FROM t",
			want: "SELECT n AS c{% if x %}, d{% endif %} FROM t"},
		{name: "a template that writes the name", marked: "SELECT ⟦{{ var('k') }}→c⟧ AS x FROM t", refused: "template"},
		{name: "a made name elsewhere", marked: "SELECT ⟦{{ var('k') }}→c⟧ AS x, k FROM u", want: "SELECT {{ var('k') }} AS x, k FROM u"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			src, pieces := piecesOf(t, tc.marked)
			checkRendered(t, src, pieces, tc.want, tc.refused)
		})
	}
}

// A loop's body comes once for each turn; its source is one.
func TestRenderedLoop(t *testing.T) {
	t.Parallel()
	src := "SELECT {% for %}t.c + 1 AS x,{% end %} 1 AS y FROM t, u"
	loop := strings.Index(src, "{% for %}")
	body, end := loop+len("{% for %}"), strings.Index(src, "{% end %}")
	head := skeinsql.Piece{End: loop}
	turn := skeinsql.Piece{Start: body, End: end}
	tail := skeinsql.Piece{Start: end + len("{% end %}"), End: len(src)}
	made := skeinsql.Piece{Start: loop, End: body, Made: true}
	checkRendered(t, src, []skeinsql.Piece{head, made, turn, turn, tail}, strings.Replace(src, "t.c", "t.n", 1), "")

	src = "SELECT {% for %}x.c AS x FROM x UNION ALL SELECT {% end %}x.c FROM x"
	body, end = loop+len("{% for %}"), strings.Index(src, "{% end %}")
	from := func(word string) skeinsql.Piece { // FROM x, where x is a table of each turn
		i := strings.LastIndex(src[:end], "FROM x") + 5
		return skeinsql.Piece{Start: i, End: i + 1, Text: word + " x", Made: true}
	}
	turnOf := func(word string) []skeinsql.Piece {
		at := from(word)
		return []skeinsql.Piece{{Start: body, End: at.Start}, at, {Start: at.End, End: end}}
	}
	last := skeinsql.Piece{Start: end + len("{% end %}"), End: len(src) - 1}
	pieces := append(append([]skeinsql.Piece{head}, turnOf("t")...), turnOf("u")...)
	pieces = append(pieces, last, skeinsql.Piece{Start: len(src) - 1, End: len(src), Text: "u x", Made: true})
	checkRendered(t, src, pieces, src, "template_disagrees")
}

func checkRendered(t *testing.T, src string, pieces []skeinsql.Piece, want, refused string) {
	t.Helper()
	res := skeinsql.Rendered(skeinsql.New().For(plainRequest("postgres")), rewrite.File{Path: "m.sql", Content: []byte(src)}, pieces)
	if refused != "" {
		if len(res.Refusals) != 1 || res.Refusals[0].Code != refused || res.Verified {
			t.Errorf("%+v, want one refusal %s", res, refused)
		}
		return
	}
	out, err := rewrite.Apply([]byte(src), res.Edits)
	if err != nil || string(out) != want {
		t.Errorf("got %q, want %q (%v, %v)", out, want, res.Refusals, err)
	}
}

func TestRenderedOutside(t *testing.T) {
	t.Parallel()
	res := skeinsql.Rendered(skeinsql.New().For(plainRequest("ansi")), rewrite.File{Content: []byte("SELECT 1")}, []skeinsql.Piece{{Start: 3, End: 99}})
	if len(res.Refusals) != 1 || res.Refusals[0].Code != "bad_pieces" {
		t.Errorf("%+v", res)
	}
}
