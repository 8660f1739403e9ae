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
			code := run(t.Context(), streams{Out: &out, Err: &errs}, []string{"demo", "--once", "--fault", fault})
			if wantCode := map[bool]int{true: exitDone, false: exitFailed}[fault == ""]; code != wantCode {
				t.Errorf("exit %d, want %d\n%s%s", code, wantCode, out.String(), errs.String())
			}
			if !strings.Contains(out.String()+errs.String(), want) {
				t.Errorf("nothing says %q:\n%s%s", want, out.String(), errs.String())
			}
		})
	}
}
