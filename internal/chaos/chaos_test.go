package chaos

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/testenv"
)

var (
	steps = flag.Int("steps", 0, "how many steps to walk in all; 0: 25,000 where CI is set, else 5,000")
	seed  = flag.Uint64("seed", 1, "the first walk's seed; the next ones follow")
	walks = flag.Int("walks", 0, "how many walks to take, whatever the steps")
)

// length is how many turns a walk has before all becomes calm.
const length = 700

// enough failures are as good as more.
const enough = 20

// TestWalks takes one walk after the other until there are enough steps.
func TestWalks(t *testing.T) {
	t.Parallel()
	key, zone := appKey(t), stockholm(t)
	if *steps == 0 {
		*steps = 5_000
		if testenv.CI() {
			*steps = 25_000
		}
	}
	sum := tally{began: time.Now(), counts: map[string]int{}, writes: map[string]int{}}
	for ; *walks == 0 && sum.steps < *steps || sum.walks < *walks; sum.walks++ {
		w := &walk{t: t, seed: *seed + uint64(sum.walks), key: key, zone: zone}
		if broken := w.take(length); broken != "" {
			t.Error(broken)
			if sum.failed++; sum.failed == enough {
				t.Fatal("that is enough")
			}
		}
		if before := sum.steps; before/50_000 != (before+w.steps)/50_000 {
			t.Log(sum)
		}
		sum.add(w)
	}
	t.Log(sum)
}

// tally is what walks came to.
type tally struct {
	began                       time.Time
	walks, failed, steps, turns int
	counts, writes              map[string]int
}

func (s *tally) add(w *walk) {
	s.steps, s.turns = s.steps+w.steps, s.turns+w.turns
	for k, v := range w.counts {
		s.counts[k] += v
	}
	for k, v := range w.writes {
		s.writes[k] += v
	}
}

// String is one line for the log.
func (s tally) String() string {
	return fmt.Sprintf("%d walks from seed %d, %d failed: %d steps, %d of them turns, in %s: %v; writes %v",
		s.walks, *seed, s.failed, s.steps, s.turns, time.Since(s.began).Round(time.Second), s.counts, s.writes)
}

func stockholm(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// appKey is a key as small as Go lets one be: signing is most of what a short life would do.
func appKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}
