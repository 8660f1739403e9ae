package rollout

import (
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/wave"
)

// Mode is how far Skein may go, lowest first.
type Mode int

// The modes.
const (
	Observe Mode = iota // say what would be done, write nothing else
	Propose             // open pull requests, people merge
	Merge               // merge what is green inside the windows
)

// String returns the mode as it stands in config.
func (m Mode) String() string { return [...]string{"observe", "propose", "merge"}[m] }

// Policy is what the org, the dataset's owner and the consumer agreed on, already merged and valid.
type Policy struct {
	Mode Mode
	// Broken says why nothing may merge: a config that does not parse, a permission not granted. "" when all is well.
	Broken string
	Waves  []wave.Wave   // in order; repos that match none form a last wave, named "rest" unless taken
	Graph  *wave.Wave    // instead of Waves: who reads from whom decides, with these limits for each wave
	Settle time.Duration // how long the schema commit has to stand before anything follows it
	// Windows of each side; merging is allowed while one of every non-empty side is open.
	Windows  [][]calendar.Window
	Freezes  []calendar.Freeze
	Methods  []string // allowed merge methods, best first: squash, merge, rebase
	Checks   green.CheckRules
	Watch    time.Duration
	Reruns   int      // how often a red check is rerun before it counts, 1–5
	Signals  []string // check names that may prove a regression; empty: all required ones, or all if none is required
	Unproven bool     // a watch without any result opens the gate
	Revert   RevertRules
	without  string // a rule that a test switches off
}

// RevertRules says what may be taken back by itself.
type RevertRules struct {
	Mode      string // auto, propose, off
	MaxPerDay int
	Windows   bool // reverts are bound to windows too
}
