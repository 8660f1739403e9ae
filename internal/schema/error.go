package schema

import "github.com/skein-bot/skein/internal/repo"

// ParseError is a fault in a schema file: where it is, and what to write instead.
type ParseError struct {
	repo.Position
	Msg string
}

// Error returns file:line:column: message.
func (e *ParseError) Error() string { return e.Position.String() + ": " + e.Msg }
