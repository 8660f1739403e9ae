package oracle

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"
)

// Failure is a trial that went against the rewriter.
type Failure struct {
	Engine string
	Schema *Schema
	Query  *Query
	Change Change
	Verdict
}

// Session tries queries against changes of one schema. Tables are loaded once, and each change is made once for all
// queries: that is what makes a million trials affordable.
type Session struct {
	Court
	Schema  *Schema
	Queries []*Query
	Changes []Change
	Tally   *Tally
	Share   uint64 // one query in so many is tried with every change, the others where it can become evidence; 0 and 1 mean all

	exhibits []*exhibit
}

// exhibit is a query that the engine accepts, and what is found out about it once for all its trials.
type exhibit struct {
	*Query
	whole  bool // tried with every change
	before Answer
	words  map[string]bool // the names in its text, in lower case
	tells  map[string]bool // the columns, as table.column, whose shuffled values change the answer
}

// Run tries everything and returns what failed. An error means that the engine itself gave up.
func (s *Session) Run(ctx context.Context) (failures []Failure, err error) {
	if err := s.Engine.Load(ctx, s.Schema); err != nil {
		return nil, err
	}
	s.settle(ctx)
	if err := s.shuffle(ctx); err != nil {
		return nil, err
	}
	s.confirm(ctx)
	for _, ch := range s.Changes {
		if failures, err = s.change(ctx, ch, failures); err != nil {
			return failures, err
		}
	}
	return failures, s.Engine.Drop(ctx, s.Schema)
}

// change makes a change, tries the queries that it may concern, and takes it back.
func (s *Session) change(ctx context.Context, ch Change, failures []Failure) ([]Failure, error) {
	docket := s.docket(ch)
	if len(docket) == 0 {
		return failures, nil
	}
	t := s.Schema.Table(ch.Table)
	if err := s.Engine.Do(ctx, ch.do(t, s.Engine.Name)...); err != nil {
		return failures, err
	}
	req := s.request(s.Schema, ch)
	for _, e := range docket {
		v, err := s.doubt(ctx, s.Schema, e.Query, ch, e.before, s.judge(ctx, req, e.Query, ch, e.before))
		if err != nil {
			return failures, err
		}
		if again := e.Facts != nil && e.Facts.Again != nil; again && !v.Class.Failed() && s.sampled(e.SQL, ch.String()) {
			v = s.noisy(req, e.Query, v)
		}
		tells := e.evidence(ch)
		if tells && v.Class == Right && (ch.Mode == Value || ch.Mode == Type) {
			tells = s.matters(ctx, e.Query, ch, e.before)
		}
		s.Tally.trial(e.Query, ch, v, tells)
		if v.Class.Failed() {
			failures = append(failures, Failure{s.Engine.Name, s.Schema, e.Query, ch, v})
		}
	}
	return failures, s.Engine.Do(ctx, ch.undo(t, s.Engine.Name)...)
}

// docket is the queries that are tried under a change. Those that name neither the column nor its new name nor the
// table cannot be concerned.
func (s *Session) docket(ch Change) (out []*exhibit) {
	for _, e := range s.exhibits {
		switch {
		case !slices.ContainsFunc(ch.words(), e.names), !e.whole && !s.promising(e, ch):
			s.Tally.Skipped++
		default:
			out = append(out, e)
		}
	}
	return out
}

// promising trials may become evidence: the column tells, and the new name means something to the query.
func (s *Session) promising(e *exhibit, ch Change) bool {
	switch ch.Mode {
	case Taken:
		return e.evidence(ch) && (e.names(ch.To) || s.inherits(e, ch))
	case Value:
		return e.evidence(ch) && strings.Contains(e.SQL, "'"+ch.To+"'")
	case Moved:
		return e.evidence(ch) && (e.names(ch.To) || len(ch.To) > 1)
	}
	return e.evidence(ch)
}

// inherits: a table that the query names has a column of the new name, so that the two may meet.
func (s *Session) inherits(e *exhibit, ch Change) bool {
	for i := range s.Schema.Tables {
		if t := &s.Schema.Tables[i]; t.Column(ch.To) != nil && e.names(t.Name) {
			return true
		}
	}
	return false
}

// sampled picks one in Share, always the same ones.
func (s *Session) sampled(parts ...string) bool {
	h := fnv.New64a()
	for _, part := range parts {
		_, _ = h.Write([]byte(part))
	}
	v := h.Sum64()
	return s.Share <= 1 || (v^v>>32)%s.Share == 0
}

func (e *exhibit) names(word string) bool { return e.words[strings.ToLower(word)] }

// evidence: a reference that went to another column would show in the answer.
func (e *exhibit) evidence(ch Change) bool {
	if ch.Mode == Moved {
		for column := range e.tells {
			if strings.HasPrefix(column, ch.Table+".") {
				return true
			}
		}
		return false
	}
	return e.tells[ch.Table+"."+ch.Column()] || ch.Mode == Swap && e.tells[ch.Table+"."+ch.To]
}

// settle keeps the queries that the engine accepts.
func (s *Session) settle(ctx context.Context) {
	for _, q := range s.Queries {
		if !q.On(s.Engine.Name) {
			continue
		}
		limit := patience
		if q.Facts != nil { // there are others
			limit = brief
		}
		answer, ok := s.baseline(ctx, q, limit)
		s.Tally.query(q, ok, len(answer.Rows) > 0)
		if ok {
			e := &exhibit{Query: q, whole: s.sampled(q.SQL), before: answer, words: words(q.SQL), tells: map[string]bool{}}
			s.exhibits = append(s.exhibits, e)
		}
	}
}

// confirm drops the queries that will not be tried, and those that answer otherwise the second time.
func (s *Session) confirm(ctx context.Context) {
	s.exhibits = slices.DeleteFunc(s.exhibits, func(e *exhibit) bool {
		return !e.whole && len(e.tells) == 0 || !s.steady(ctx, e.Query, e.before)
	})
}

// shuffle finds out which columns tell, for the queries that may read them.
func (s *Session) shuffle(ctx context.Context) error {
	for i := range s.Schema.Tables {
		t := &s.Schema.Tables[i]
		for k := range t.Columns {
			if err := s.Engine.Shuffle(ctx, t, t.Columns[k].Name); err != nil {
				return err
			}
			for _, e := range s.exhibits {
				if !e.reads(t.Name, t.Columns[k].Name) {
					continue
				}
				if after, err := s.Engine.Ask(ctx, e.Query, e.SQL); err == nil && !e.before.Same(after) {
					e.tells[t.Name+"."+t.Columns[k].Name] = true
				}
			}
		}
		if err := s.Engine.Shuffle(ctx, t, ""); err != nil {
			return err
		}
	}
	return nil
}

// Unusable are the queries that should run on this engine and gave no answer to compare.
func (s *Session) Unusable() (out []*Query) {
	usable := map[*Query]bool{}
	for _, e := range s.exhibits {
		usable[e.Query] = true
	}
	for _, q := range s.Queries {
		if !usable[q] && q.On(s.Engine.Name) {
			out = append(out, q)
		}
	}
	return out
}
