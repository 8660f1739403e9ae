package main

import (
	"bytes"
	"strings"
	"testing"
)

// The whole story comes true, and its verification finds each mistake that is planted.
func TestDemo(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		"":                "Every step was verified",
		"outside-window":  "outside the windows",
		"missed-consumer": "legacy-dashboards",
		"wrong-revert":    "reverts what was healthy",
	} {
		t.Run("fault "+fault, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			err := runDemo(t.Context(), demoOptions{
				io: streams{Out: &out, Err: &errs}, once: true, consumers: 10, fault: fault, watch: watched(t),
			})
			if (err == nil) != (fault == "") {
				t.Errorf("%v\n%s", err, out.String())
			}
			if err != nil {
				errs.WriteString(err.Error())
			}
			if !strings.Contains(out.String()+errs.String(), want) {
				t.Errorf("nothing says %q:\n%s%s", want, out.String(), errs.String())
			}
		})
	}
}
