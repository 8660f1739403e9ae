package oracle

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
)

// Class is how a trial ends.
type Class string

// How a trial ends. Right, Untouched and Refused are allowed; the others are failures.
const (
	Right      Class = "right"
	Untouched  Class = "untouched"  // nothing was edited, and nothing had to be
	Refused    Class = "refused"    // for a reason that a person would accept
	Needless   Class = "needless"   // refused, though it could be decided
	Loud       Class = "bind error" // the rewritten query does not run
	Renamed    Class = "renamed output"
	Wrong      Class = "wrong rows"
	Stray      Class = "edit on something else"
	Missed     Class = "missed edit" // a name that means the column was neither edited nor refused
	Again      Class = "not idempotent"
	Unlisted   Class = "unaccounted" // an occurrence of the old name is not in the result
	Broken     Class = "broken result"
	Noise      Class = "noise" // comments, case or blanks changed what was decided
	Unreliable Class = "unreliable"
)

// Failed reports whether the trial went against the rewriter.
func (c Class) Failed() bool {
	return !slices.Contains([]Class{Right, Untouched, Refused, Unreliable}, c)
}

// Verdict is the end of one trial.
type Verdict struct {
	Class  Class
	Code   string // of the first refusal
	Out    string // the rewritten query
	Detail string
}

// Court tries queries on one engine.
type Court struct {
	Engine   *Engine
	Rewriter rewrite.Rewriter
}

// Trial is one trial from beginning to end, on tables that are loaded. It leaves them as they were.
func (c *Court) Trial(ctx context.Context, s *Schema, q *Query, ch Change) (v Verdict, err error) {
	before, ok := c.baseline(ctx, q, patience)
	if !ok || !c.steady(ctx, q, before) {
		return Verdict{Class: Unreliable}, nil
	}
	t := s.Table(ch.Table)
	if err := c.Engine.Do(ctx, ch.do(t, c.Engine.Name)...); err != nil {
		return Verdict{}, err
	}
	defer func() { err = errors.Join(err, c.Engine.Do(ctx, ch.undo(t, c.Engine.Name)...)) }()
	return c.doubt(ctx, s, q, ch, before, c.judge(ctx, c.request(s, ch), q, ch, before))
}

// doubt asks the engine once more where it gives other rows, or none after a cast: the query as it was, on the old schema.
// An engine that answers that otherwise too contradicts itself, and proves nothing: DuckDB plans anew after some changes,
// though they were taken back, and in some plans it keeps rows that it had lost, or compares values in another order and
// finds one that is no number.
func (c *Court) doubt(ctx context.Context, s *Schema, q *Query, ch Change, before Answer, v Verdict) (Verdict, error) {
	if v.Class != Wrong && (v.Class != Loud || ch.Mode != Type) {
		return v, nil
	}
	t := s.Table(ch.Table)
	if err := c.Engine.Do(ctx, ch.undo(t, c.Engine.Name)...); err != nil {
		return v, err
	}
	again, err := c.recast(s, q, ch)
	if err != nil {
		return v, err
	}
	for _, text := range []string{q.SQL, again} {
		if now, err := c.Engine.Ask(ctx, q, text); err != nil || !ch.alike(before, now, q.Ordered()) {
			v.Class = Unreliable
		}
	}
	return v, c.Engine.Do(ctx, ch.do(t, c.Engine.Name)...)
}

// recast is the query with a cast to a text and back, which changes nothing; as it is after a change that is no cast.
func (c *Court) recast(s *Schema, q *Query, ch Change) (string, error) {
	if ch.Mode != Type {
		return q.SQL, nil
	}
	req := c.request(s, ch)
	req.Mapping.Changes[0].Expr = "CAST(CAST({} AS " + varchar + ") AS " + ch.To + ")"
	out, err := rewrite.Apply([]byte(q.SQL), c.rewrite(q.SQL, req).Edits)
	if err != nil {
		return "", fmt.Errorf("a cast to a text and back: %w", err)
	}
	return string(out), nil
}

// request asks for a change of a schema.
func (c *Court) request(s *Schema, ch Change) rewrite.Request {
	return rewrite.Request{Mapping: ch.mapping(), Catalog: s.catalog(c.Engine.Name, ch), Dialect: c.Engine.Name}
}

// baseline is the answer on the old schema; false if the engine does not accept the query or takes too long.
func (c *Court) baseline(ctx context.Context, q *Query, limit time.Duration) (Answer, bool) {
	began := time.Now()
	first, err := c.Engine.Ask(ctx, q, q.SQL)
	return first, err == nil && time.Since(began) <= limit
}

// steady: the engine gives the same answer again.
func (c *Court) steady(ctx context.Context, q *Query, first Answer) bool {
	second, err := c.Engine.Ask(ctx, q, q.SQL)
	return err == nil && first.Same(second) && slices.Equal(first.Names, second.Names)
}

// judge rewrites the query and asks the engine, whose schema has changed already.
func (c *Court) judge(ctx context.Context, req rewrite.Request, q *Query, ch Change, before Answer) Verdict {
	res := c.rewrite(q.SQL, req)
	out, err := rewrite.Apply([]byte(q.SQL), res.Edits)
	if err != nil {
		return Verdict{Class: Broken, Detail: err.Error() + "; " + res.Edits[0].Reason}
	}
	v := Verdict{Class: Right, Out: string(out)}
	if class, detail := q.inspect(ch, res); class != "" {
		v.Class, v.Detail = class, detail
		return v
	}
	if len(res.Refusals) > 0 {
		return q.refused(ch, res, v)
	}
	if len(res.Edits) == 0 {
		if v.Class = Untouched; !q.mentions(ch.words()...) {
			return v
		}
	}
	if ch.Mode != Swap && len(res.Edits) > 0 {
		if again := c.rewrite(v.Out, req); len(again.Edits) > 0 {
			v.Class, v.Detail = Again, fmt.Sprintf("a second run edits %+v", again.Edits[0])
			return v
		}
	}
	return c.compare(ctx, q.after(v.Out, ch), ch, v, before)
}

// rewrite asks the rewriter. One that panics has given a result that cannot be applied.
func (c *Court) rewrite(text string, req rewrite.Request) (res rewrite.Result) {
	defer func() {
		if p := recover(); p != nil {
			_, file, line, _ := runtime.Caller(4) // behind this function and those that panic
			res = rewrite.Result{Edits: []rewrite.Edit{{Start: -1, Reason: fmt.Sprintf("panic: %v at %s:%d", p, filepath.Base(file), line)}}}
		}
	}()
	return c.Rewriter.For(req)(rewrite.File{Path: "query.sql", Content: []byte(text)})
}

func (q *Query) refused(ch Change, res rewrite.Result, v Verdict) Verdict {
	v.Class, v.Code = Refused, res.Refusals[0].Code
	v.Detail = fmt.Sprintf("%d:%d: %s: %s", res.Refusals[0].Line, res.Refusals[0].Column, v.Code, res.Refusals[0].Message)
	if q.Facts != nil && q.excuse(ch) == "" {
		v.Class = Needless
	}
	return v
}

// compare runs the rewritten query on the new schema.
func (c *Court) compare(ctx context.Context, q *Query, ch Change, v Verdict, before Answer) Verdict {
	after, err := c.Engine.Ask(ctx, q, v.Out)
	switch {
	case timedOut(err):
		v.Class = Unreliable
	case err != nil:
		v.Class, v.Detail = Loud, err.Error()
	case !slices.Equal(before.Names, after.Names):
		v.Class, v.Detail = Renamed, cmp.Diff(before.Names, after.Names)
	case !ch.alike(before, after, q.Ordered()):
		v.Class, v.Detail = Wrong, clip(cmp.Diff(before.Rows, after.Rows))
	}
	return v
}

// matters: the query that nobody rewrites does not answer as before.
func (c *Court) matters(ctx context.Context, q *Query, ch Change, before Answer) bool {
	after, err := c.Engine.Ask(ctx, q, q.SQL)
	return err != nil || !ch.alike(before, after, q.Ordered())
}

func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || err != nil && strings.Contains(err.Error(), "statement timeout")
}

func clip(text string) string {
	if len(text) > 600 {
		return strings.ToValidUTF8(text[:600], "") + " …"
	}
	return text
}
