package oracle

import (
	"context"
	"errors"
	"hash/fnv"
	"strings"
	"sync"
)

// Source makes sessions' schemas and queries: the same for the same seed.
type Source interface {
	Schema(engine string, seed uint64) *Schema
	Query(engine string, s *Schema, choices []byte) *Query
	Bytes(seed uint64) []byte
}

// perSchema is how many queries share a schema, whose tables and renames cost as much as many of them.
const perSchema = 150

// share: one query in so many is tried with every change, and one trial in so many in another layout too.
const share = 12

// Hunt runs sessions of generated queries on several connections at once, until there is enough.
type Hunt struct {
	Source Source
	Seed   uint64                    // of the first session; the next ones follow
	Each   int                       // how many failures of a kind are kept; the tally counts all
	Enough func(*Tally, uint64) bool // given what there is, and how many sessions were begun
	Note   func(total *Tally)        // told after each session, one at a time; may be nil

	mu    sync.Mutex // guards what follows
	total *Tally
	kept  map[string][]Failure
	seen  map[uint64]bool
	err   error
	begun uint64
}

// Run hunts on all the courts, which judge for the same engine.
func (h *Hunt) Run(ctx context.Context, courts ...Court) (*Tally, []Failure, error) {
	h.total, h.kept, h.seen = NewTally(), map[string][]Failure{}, map[uint64]bool{}
	var workers sync.WaitGroup
	for _, c := range courts {
		workers.Go(func() { h.work(ctx, c) })
	}
	workers.Wait()
	var failures []Failure
	for _, some := range h.kept {
		failures = append(failures, some...)
	}
	return h.total, failures, h.err
}

func (h *Hunt) work(ctx context.Context, c Court) {
	for seed, ok := h.next(); ok; seed, ok = h.next() {
		s := h.session(c, seed)
		failures, err := s.Run(ctx)
		if gaveUp(err) { // whatever came after its fault proves nothing
			s.Tally, failures, err = NewTally(), nil, c.Engine.revive(ctx)
			s.Tally.Lost = 1
		}
		h.take(s.Tally, failures, err)
		if err != nil {
			return
		}
	}
}

// next is the seed of the next session, if there is to be one.
func (h *Hunt) next() (uint64, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil || h.Enough(h.total, h.begun) {
		return 0, false
	}
	h.begun++
	return h.Seed + h.begun - 1, true
}

func (h *Hunt) take(t *Tally, failures []Failure, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = errors.Join(h.err, err)
	t.Sessions = 1
	h.total.Add(t)
	for _, f := range failures {
		if key := f.Kind(); len(h.kept[key]) < h.Each {
			h.kept[key] = append(h.kept[key], f)
		}
	}
	if h.Note != nil {
		h.Note(h.total)
	}
}

// session is the session of a seed. Queries that were met in this hunt, under the same tables, are left out.
func (h *Hunt) session(c Court, seed uint64) *Session {
	schema := h.Source.Schema(c.Engine.Name, seed)
	s := &Session{Court: c, Schema: schema, Tally: NewTally(), Changes: Changes(schema, c.Engine.Name, fresh(seed), append(taken(schema), "x", "y")), Share: share}
	for i := range uint64(perSchema) {
		q := h.Source.Query(c.Engine.Name, schema, h.Source.Bytes(seed*1000+i))
		if h.fresh(schema, q) {
			s.Queries = append(s.Queries, q)
		} else {
			s.Tally.Duplicates++
		}
	}
	return s
}

// fresh: the query says something that no query before it said of such tables.
func (h *Hunt) fresh(s *Schema, q *Query) bool {
	key := fnv.New64a()
	for i := range s.Tables {
		_, _ = key.Write([]byte(s.Tables[i].ddl("duckdb")))
	}
	_, _ = key.Write([]byte(essence(q.SQL)))
	h.mu.Lock()
	defer h.mu.Unlock()
	met := h.seen[key.Sum64()]
	h.seen[key.Sum64()] = true
	return !met
}

// fresh is a name that stands nowhere; now and then one that needs quotes.
func fresh(seed uint64) string {
	return []string{"fresh", "fresh", "fresh", "order"}[seed%4]
}

// taken are the names of the schema's columns and tables.
func taken(s *Schema) (out []string) {
	seen := map[string]bool{}
	for i := range s.Tables {
		for _, name := range append([]string{s.Tables[i].Name}, columnNames(&s.Tables[i])...) {
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	return out
}

func columnNames(t *Table) (out []string) {
	for i := range t.Columns {
		out = append(out, t.Columns[i].Name)
	}
	return out
}

// Kind is what failures have in common: the class, the code of a needless refusal, and for which engine.
func (f Failure) Kind() string { return strings.TrimSpace(string(f.Class) + " " + f.Code) }
