package chaos

import (
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/testenv"
)

// TestPlanted leaves a rule out, one at a time, and demands that the judge misses it: a judge that finds nothing may
// be one that sees nothing.
func TestPlanted(t *testing.T) {
	t.Parallel()
	if !testenv.CI() {
		t.Skip("CI runs it: it takes a minute or two; set CI to have it run here")
	}
	key, zone := appKey(t), stockholm(t)
	for name, want := range map[string]string{
		"windows":    "outside the windows",
		"freezes":    "inside the freeze",
		"waves":      "canary",
		"gates":      "canary's watch and soak",
		"settling":   "before that has settled",
		"visibility": "in public",
		"sweeps":     "still reads quokka",
		"reverts":    "pull.merge",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var found []string
			for seed := range uint64(8) {
				w := &walk{t: t, seed: 5000 + seed, key: key, zone: zone, planted: name}
				if name == "reverts" {
					w.mistakes = engine.Faults{RevertWrong: true}
				}
				broken := w.take(length / 2)
				broken = broken[strings.LastIndex(broken, "\n")+1:]
				if strings.Contains(broken, want) {
					t.Logf("found after %d walks: %s", seed+1, broken[:min(len(broken), 300)])
					return
				}
				found = append(found, broken)
			}
			t.Errorf("nobody noticed in 8 walks; found instead: %q", found)
		})
	}
}
