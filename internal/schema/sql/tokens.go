package sql

import "github.com/skein-bot/skein/internal/repo"

// Token is one word, name, string or sign of DDL, and the bytes from Start to End (exclusive) that it takes.
type Token struct {
	Text       string // without quotes
	Quoted     bool   // a name in quotes
	String     bool   // a text in quotes
	Start, End int
	Pos        repo.Position
}

// Tokens cuts a file up as Parse does, for whoever edits it as text. Comments are left out.
func Tokens(f File, dialect string) ([]Token, error) {
	canonical, _ := Dialect(dialect)
	if len(f.Content) > maxFile {
		return nil, fault(repo.Position{File: f.Path}, "too large for a schema")
	}
	s := scanner{path: f.Path, src: string(f.Content), t: traitsOf(canonical), dialect: canonical}
	if err := s.scan(); err != nil {
		return nil, err
	}
	out := make([]Token, 0, len(s.tokens))
	for _, t := range s.tokens[:len(s.tokens)-1] { // the last one is the end
		out = append(out, Token{Text: t.text, Quoted: t.kind == quoted, String: t.kind == str, Start: t.start, End: t.end,
			Pos: repo.Position{File: f.Path, Line: t.line, Column: t.col}})
	}
	return out, nil
}
