package generate

import "github.com/skein-bot/skein/rewrite/oracle"

// Source is this package as the oracle asks for it.
type Source struct{}

// Schema implements oracle.Source.
func (Source) Schema(engine string, seed uint64) *oracle.Schema { return Schema(engine, seed) }

// Query implements oracle.Source.
func (Source) Query(engine string, s *oracle.Schema, choices []byte) *oracle.Query {
	return Query(engine, s, choices)
}

// Bytes implements oracle.Source.
func (Source) Bytes(seed uint64) []byte { return Bytes(seed) }
