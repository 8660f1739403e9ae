package oracle

import (
	"context"
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

	answers map[*Query]Answer
	tells   map[*Query]map[string]bool // which columns, as table.column, change the answer when shuffled
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
	for _, ch := range s.Changes {
		t := s.Schema.Table(ch.Table)
		if err := s.Engine.Do(ctx, ch.do(t, s.Engine.Name)...); err != nil {
			return failures, err
		}
		for _, q := range s.Queries {
			if f, failed := s.try(ctx, q, ch); failed {
				failures = append(failures, f)
			}
		}
		if err := s.Engine.Do(ctx, ch.undo(t, s.Engine.Name)...); err != nil {
			return failures, err
		}
	}
	return failures, s.Engine.Drop(ctx, s.Schema)
}

// settle keeps the queries that the engine accepts and answers alike twice.
func (s *Session) settle(ctx context.Context) {
	s.answers, s.tells = map[*Query]Answer{}, map[*Query]map[string]bool{}
	for _, q := range s.Queries {
		if !q.On(s.Engine.Name) {
			continue
		}
		answer, ok := s.baseline(ctx, q)
		s.Tally.query(q, ok, len(answer.Rows) > 0)
		if ok {
			s.answers[q] = answer
			s.tells[q] = map[string]bool{}
		}
	}
}

// shuffle finds out which columns tell.
func (s *Session) shuffle(ctx context.Context) error {
	for i := range s.Schema.Tables {
		t := &s.Schema.Tables[i]
		for k := range t.Columns {
			if err := s.Engine.Shuffle(ctx, t, t.Columns[k].Name); err != nil {
				return err
			}
			for q, before := range s.answers {
				if !q.mentions(t.Name) {
					continue
				}
				after, err := s.Engine.Ask(ctx, q, q.SQL)
				s.tells[q][t.Name+"."+t.Columns[k].Name] = err == nil && !before.Same(after)
			}
		}
		if err := s.Engine.Shuffle(ctx, t, ""); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) try(ctx context.Context, q *Query, ch Change) (Failure, bool) {
	before, ok := s.answers[q]
	if !ok {
		return Failure{}, false
	}
	v := s.judge(ctx, s.Schema, q, ch, before)
	if !v.Class.Failed() && q.Facts != nil && q.Facts.Again != nil {
		v = s.noisy(s.Schema, q, ch, v)
	}
	tells := s.tells[q][ch.Table+"."+ch.From] || ch.Mode == Swap && s.tells[q][ch.Table+"."+ch.To]
	s.Tally.trial(q, ch, v, tells)
	return Failure{s.Engine.Name, s.Schema, q, ch, v}, v.Class.Failed()
}

// Unusable are the queries that should run on this engine and gave no answer to compare.
func (s *Session) Unusable() (out []*Query) {
	for _, q := range s.Queries {
		if _, ok := s.answers[q]; !ok && q.On(s.Engine.Name) {
			out = append(out, q)
		}
	}
	return out
}
