package chaos

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"os"
	"testing"
	"time"
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
		if os.Getenv("CI") != "" {
			*steps = 25_000
		}
	}
	began, *seed, failed, total, turns, counts, writes := time.Now(), 0, 0, map[string]int{}, map[string]int{}
	n, failed := 0, 0
	for ; *walks == 0 && total < *steps || n < *walks; n++ {
		w := &walk{t: t, seed: *seed + uint64(n), key: key, zone: zone}
		if broken := w.take(length); broken != "" {
			t.Error(broken)
			if failed++; failed == enough {
				t.Fatalf("%d of %d walks failed", failed, n+1)
			}
		}
		total, turns = total+w.steps, turns+w.turns
		for k, v := range w.counts {
			counts[k] += v
		}
		for k, v := range w.writes {
			writes[k] += v
		}
	}
	t.Logf("%d walks from seed %d, %d failed: %d steps, %d of them turns, in %s: %v; writes %v", n, *seed, failed, total, turns, time.Since(began).Round(time.Second), counts, writes)
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
