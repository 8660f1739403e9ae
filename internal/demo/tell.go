package demo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Driver is the story's time. With a virtual clock it moves time on and lets Skein work in between; with a real or
// a faster one it waits.
type Driver interface {
	// Until returns once cond holds, or an error that quotes what cond said last after limit of story time.
	Until(ctx context.Context, what string, limit time.Duration, cond func() (done bool, detail string)) error
	Now() time.Time
	Advance(ctx context.Context, d time.Duration) error
}

// Step is one step of the story: people do something, Skein gets time until something can be seen on GitHub, and
// what GitHub shows is verified.
type Step struct {
	Name   string
	At     func(now time.Time) time.Time // when it begins; nil: at once
	Do     func() error                  // nil: nobody does anything
	Limit  time.Duration                 // of story time, for Until
	Until  func() (done bool, detail string)
	Verify func() error // beside what must hold at any time
}

// Progress is what there is to show of a story under way.
type Progress struct {
	Step, Of int // from 1
	Name     string
	At       time.Time
	Done     bool   // the step is through, or failed with Err
	Detail   string // what was seen
	Err      error
}

// Report is told about progress: when a step begins, and when it is done.
type Report func(Progress)

// Tell tells the whole story. It ends at the first step that does not come true or cannot be verified.
func (o *Org) Tell(ctx context.Context, d Driver, report Report) error {
	steps := o.Steps() //nolint:contextcheck // what people do on the simulator needs no context
	for i, s := range steps {
		p := Progress{Step: i + 1, Of: len(steps), Name: s.Name, At: d.Now()}
		report(p)
		p.Detail, p.Err = o.play(ctx, d, s)
		p.Done, p.At = true, d.Now()
		report(p)
		if p.Err != nil {
			return fmt.Errorf("step %d of %d, %s: %w", p.Step, p.Of, s.Name, p.Err)
		}
	}
	return nil
}

func (o *Org) play(ctx context.Context, d Driver, s Step) (detail string, err error) {
	if s.At != nil {
		if wait := s.At(d.Now()).Sub(d.Now()); wait > 0 {
			if err := d.Advance(ctx, wait); err != nil {
				return "", err
			}
		}
	}
	if s.Do != nil {
		if err := s.Do(); err != nil {
			return "", err
		}
	}
	if s.Until != nil {
		err := d.Until(ctx, "it", s.Limit, func() (done bool, _ string) {
			done, detail = s.Until()
			return done, detail
		})
		if err != nil {
			return detail, errors.Join(err, o.Sound()) // why it did not come true may be seen already
		}
	}
	if s.Verify != nil {
		err = s.Verify()
	}
	return detail, errors.Join(err, o.Sound())
}
