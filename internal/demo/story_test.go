package demo

import (
	"strings"
	"testing"
)

func TestTheStoryComesTrue(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Consumers: 13}, {Fast: true}} {
		p := newPuppet(t, o, "")
		done := 0
		err := p.Tell(t.Context(), p, func(x Progress) {
			if x.Done {
				done++
				t.Logf("%s  %2d/%d %s: %s", x.At.In(p.timetable.zone).Format("Mon 02 Jan 15:04"), x.Step, x.Of, x.Name, x.Detail)
			}
		})
		if err != nil || done != len(p.Steps()) {
			t.Errorf("fast %t, %d of %d steps: %v", o.Fast, done, len(p.Steps()), err)
		}
	}
}

// A verification that nothing fails proves nothing: every mistake must be found, by the check that is for it.
func TestMistakesAreFound(t *testing.T) {
	t.Parallel()
	for mistake, found := range mistakes() {
		t.Run(strings.ReplaceAll(mistake, " ", "_"), func(t *testing.T) {
			t.Parallel()
			p := newPuppet(t, Options{Fast: mistake != "merge in the freeze"}, mistake)
			err := p.Tell(t.Context(), p, func(Progress) {})
			if err == nil || !strings.Contains(err.Error(), found) {
				t.Errorf("want an error with %q, got: %v", found, err)
			}
		})
	}
}
