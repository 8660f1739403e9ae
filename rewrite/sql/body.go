package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// bodies opens the strings between dollar signs that are SQL: the bodies of functions. Their tokens take the place
// of the string's, between a BodyOpen and a BodyClose. What stands there is verbatim, so positions stay true.
func (s *source) bodies() {
	if !s.d.lex.DollarQuote && !s.d.lex.DollarTag || strings.Count(s.src, "$") < 4 {
		return
	}
	var out []token.Token // once a body was found
	begins, asked, sql := true, false, false
	for i, t := range s.list.toks {
		if begins {
			asked, sql = false, false
		}
		begins = t.Key == token.Semicolon
		if t.Kind == token.String && s.src[t.Start] == '$' && !asked {
			sql, asked = s.isSQL(i), true
		}
		switch {
		case t.Kind == token.String && s.src[t.Start] == '$' && sql:
			if out == nil {
				out = append(make([]token.Token, 0, 2*len(s.list.toks)), s.list.toks[:i]...)
			}
			out = s.open(out, t)
			sql = false // a statement has one body
		case out != nil:
			out = append(out, t)
		}
	}
	if out != nil {
		s.list.toks = out
		slices.SortStableFunc(s.list.side, func(a, b token.Token) int { return int(a.Start - b.Start) })
	}
}

// open appends a body's tokens.
func (s *source) open(out []token.Token, t token.Token) []token.Token {
	tag := int32(strings.IndexByte(s.src[t.Start+1:], '$') + 2) //nolint:gosec // the file is under 8 MB
	inner, side := s.within(t.Start+tag, t.End-tag)
	out = append(out, token.Token{Start: t.Start, End: t.Start + tag, Kind: token.Op, Key: token.BodyOpen})
	out = append(out, inner...)
	s.list.side = append(s.list.side, side...)
	return append(out, token.Token{Start: t.End - tag, End: t.End, Kind: token.Op, Key: token.BodyClose})
}

// within lexes a stretch of the file.
func (s *source) within(from, to int32) (toks, side []token.Token) {
	toks = token.Code(nil, &side, []byte(s.src[from:to]), &s.d.lex)
	for _, list := range [...][]token.Token{toks, side} {
		for i := range list {
			list[i].Start += from
			list[i].End += from
		}
	}
	return toks, side
}

// isSQL: the string is the body of a statement DO or CREATE FUNCTION whose language is SQL.
func (s *source) isSQL(at int) bool {
	first := at
	for first > 0 && s.list.toks[first-1].Key != token.Semicolon {
		first--
	}
	language, creates := "", false
	for i := first; i < len(s.list.toks) && s.list.toks[i].Key != token.Semicolon; i++ {
		switch t := s.list.toks[i]; {
		case t.Key == token.Create && i == first, t.Key == token.Do && i == first:
			creates = true
		case t.Kind == token.Word && equalFold(t.In(s.src), "LANGUAGE") && i+1 < len(s.list.toks):
			language = strings.Trim(s.list.toks[i+1].In(s.src), "'\"")
		}
	}
	switch strings.ToLower(language) {
	case "sql", "plpgsql":
		return creates
	case "":
		return creates && (s.d.sqlBodies || s.list.toks[first].Key == token.Do)
	}
	return false
}
