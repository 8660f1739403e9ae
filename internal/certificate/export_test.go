package certificate

import (
	"time"

	"github.com/skein-bot/skein/internal/rollout"
)

// Forge claims a rule over evidence, whatever follows from it.
func Forge(cs rollout.Changeset, obs rollout.Observation, p rollout.Policy, now time.Time, rule string) Certificate {
	c, _ := reduced(cs, obs, p, now, cs.Red, mostSuspect)
	c.Rule = rule
	return c.sealed()
}

// Reseal gives a certificate the hash that is right.
func Reseal(c Certificate) Certificate { return c.sealed() }
