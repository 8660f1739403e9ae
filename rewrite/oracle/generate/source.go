package generate

// Source is this package as the oracle asks for it.
type Source struct {
	Upserts bool // every query is an INSERT … ON CONFLICT
}

// Bytes implements oracle.Source.
func (Source) Bytes(seed uint64) []byte { return Bytes(seed) }
