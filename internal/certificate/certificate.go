// Package certificate keeps the proof of a revert, so that anybody can check it without Skein's database and without
// GitHub.
//
// A revert by rule follows from one rollout.Step. What that step read is small: the suspicious checks on the commit
// before the merge, on the change's head and on the merge commit with all its reruns, and the few settings that say
// what counts. Of keeps just that, with the rule that decided and a hash over all of it; the revert's pull request
// carries it as JSON. Replay finds it there again, takes the same step with it and says whether the same decision
// follows. A revert that a person asked for has a certificate too: it says who, and claims no proof.
package certificate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
)

const (
	version     = 1
	mostBytes   = 24 << 10 // of a certificate: a pull request's description has room for 64 KiB
	mostSuspect = 8
)

// Certificate is why a merge was taken back. Its form is a contract: fields may be added with a new version.
type Certificate struct {
	Version   int                 `json:"skein_certificate"`
	Changeset rollout.ChangesetID `json:"changeset"`
	Repo      string              `json:"repo"`
	Pull      int                 `json:"pull"`
	Merge     repo.SHA            `json:"merge"`
	Parent    repo.SHA            `json:"parent"` // what the base branch held just before
	Head      repo.SHA            `json:"head"`   // the change's, as it was judged
	At        time.Time           `json:"at"`     // of the decision
	Rule      string              `json:"rule"`
	Text      string              `json:"text"`
	Suspects  []string            `json:"suspects"` // the checks that regressed
	LeftOut   int                 `json:"suspects_left_out,omitempty"`
	By        *rollout.Hold       `json:"by,omitempty"` // the person who asked for it
	State     State               `json:"state"`
	Rules     Rules               `json:"rules"`
	Results   Results             `json:"results"`
	SHA256    string              `json:"sha256"` // of the certificate without this line's value
}

// State is what the changeset itself says.
type State struct {
	Phase    rollout.Phase      `json:"phase"`
	Since    time.Time          `json:"since"`
	Coexists bool               `json:"coexists"`
	Foreign  []string           `json:"foreign,omitempty"`
	Reruns   int                `json:"rerun_rounds"`
	RerunAt  time.Time          `json:"rerun_at,omitzero"`
	Reverts  []time.Time        `json:"reverts_within_a_day,omitempty"`
	Evidence []rollout.Evidence `json:"evidence,omitempty"` // from before the decision
}

// Rules are the settings that the decision depends on, as far as they concern the suspects.
type Rules struct {
	Mode      string                `json:"mode"`
	Reruns    int                   `json:"reruns"`
	Signals   []string              `json:"signals,omitempty"`
	Require   []string              `json:"require,omitempty"`
	Ignore    []string              `json:"ignore,omitempty"`
	Branch    []green.RequiredCheck `json:"branch_requires,omitempty"`
	Revert    string                `json:"revert"`
	MaxPerDay int                   `json:"max_per_day"`
}

// Results are every attempt of the suspects where it matters.
type Results struct {
	Parent []green.Check `json:"parent"`
	Head   []green.Check `json:"head"`
	After  []green.Check `json:"after"` // on the merge commit, and on later ones
}

// Of certifies the revert that a step on these values decided on; ok is false when it decided on none.
func Of(cs rollout.Changeset, obs rollout.Observation, p rollout.Policy, now time.Time) (c Certificate, ok bool) {
	if cs.Phase != rollout.Suspect {
		return c, false
	}
	d := rollout.Step(cs, obs, p, now)
	if d.Changeset.Phase != rollout.Reverting {
		return c, false
	}
	for most := mostSuspect; ; most /= 2 {
		if c, ok = reduced(cs, obs, p, now, d.Changeset.Red, most); most <= 1 || len(c.JSON()) <= mostBytes {
			return c, ok
		}
	}
}

// reduced keeps what concerns the first suspects. Each of them is proven by itself, so fewer prove no less.
func reduced(cs rollout.Changeset, obs rollout.Observation, p rollout.Policy, now time.Time, red []string, most int) (Certificate, bool) {
	some := slices.Clone(red[:min(most, len(red))])
	c := about(cs, now)
	c.Suspects, c.LeftOut = some, len(red)-len(some)
	c.State.Reverts = slices.Clone(obs.Reverts)
	c.State.Evidence = keep(cs.Evidence, some, func(e rollout.Evidence) string { return e.Check })
	for i := range c.State.Evidence {
		c.State.Evidence[i].URL = ""
	}
	c.Rules = Rules{
		Mode: p.Mode.String(), Reruns: p.Reruns, Revert: p.Revert.Mode, MaxPerDay: p.Revert.MaxPerDay,
		Signals: keep(p.Signals, some, itself), Require: keep(p.Checks.Require, some, itself), Ignore: keep(p.Checks.Ignore, some, itself),
		Branch: keep(obs.Required.Checks, some, func(r green.RequiredCheck) string { return r.Name }),
	}
	c.Results = Results{Parent: results(obs.Parent, some), Head: results(obs.Head, some), After: results(obs.After, some)}
	d := c.step()
	for _, e := range d.Events {
		c.Rule, c.Text = e.Rule, e.Text
	}
	return c.sealed(), d.Changeset.Phase == rollout.Reverting
}

// Said certifies that a person asked for the revert.
func Said(cs rollout.Changeset, by rollout.Hold, now time.Time) Certificate {
	c := about(cs, now)
	c.Suspects = slices.Clone(cs.Red[:min(mostSuspect, len(cs.Red))])
	c.LeftOut = len(cs.Red) - len(c.Suspects)
	c.By, c.Rule, c.Text = &by, said, "A person with the right decided; no proof is claimed."
	return c.sealed()
}

// said is the rule of what a person asks for.
const said = "revert_said"

func about(cs rollout.Changeset, now time.Time) Certificate {
	return Certificate{
		Version: version, Changeset: cs.ID, Repo: cs.Repo.Name.String(), Pull: cs.Pull, Merge: cs.Merge, Parent: cs.Parent,
		Head: cs.Judged, At: now.UTC(), Suspects: []string{},
		State:   State{Phase: cs.Phase, Since: cs.Since, Coexists: cs.Coexists, Foreign: slices.Clone(cs.Foreign), Reruns: cs.Reruns, RerunAt: cs.RerunAt},
		Results: Results{Parent: []green.Check{}, Head: []green.Check{}, After: []green.Check{}},
	}
}

func keep[T any](all []T, names []string, name func(T) string) (out []T) {
	for _, x := range all {
		if slices.Contains(names, name(x)) {
			out = append(out, x)
		}
	}
	return out
}

func itself(s string) string { return s }

func results(checks []green.Check, names []string) []green.Check {
	out := append([]green.Check{}, keep(checks, names, func(c green.Check) string { return c.Name })...)
	for i := range out {
		out[i].URL = ""
	}
	return out
}

// step takes the step again that the certificate is about.
func (c Certificate) step() rollout.Decision {
	cs := rollout.Changeset{
		ID: c.Changeset, Pull: c.Pull, Phase: c.State.Phase, Since: c.State.Since, Coexists: c.State.Coexists, Foreign: c.State.Foreign,
		Merge: c.Merge, Parent: c.Parent, Judged: c.Head, Reruns: c.State.Reruns, RerunAt: c.State.RerunAt, Red: c.Suspects, Evidence: c.State.Evidence,
	}
	obs := rollout.Observation{
		Parent: c.Results.Parent, Head: c.Results.Head, After: c.Results.After, Reverts: c.State.Reverts,
		Required: green.Required{Checks: c.Rules.Branch},
	}
	p := rollout.Policy{
		Mode: modeOf(c.Rules.Mode), Reruns: c.Rules.Reruns, Signals: c.Rules.Signals,
		Checks: green.CheckRules{Require: c.Rules.Require, Ignore: c.Rules.Ignore},
		Revert: rollout.RevertRules{Mode: c.Rules.Revert, MaxPerDay: c.Rules.MaxPerDay},
	}
	return rollout.Step(cs, obs, p, c.At)
}

func modeOf(name string) rollout.Mode {
	for _, m := range []rollout.Mode{rollout.Merge, rollout.Propose} {
		if m.String() == name {
			return m
		}
	}
	return rollout.Observe
}

// JSON is the certificate as it stands in a pull request.
func (c Certificate) JSON() string {
	text, err := json.MarshalIndent(c, "", " ")
	if err != nil { // every field has a form in JSON
		panic(fmt.Sprintf("certificate: %v", err))
	}
	return string(text)
}

func (c Certificate) sealed() Certificate {
	c.SHA256 = c.hash()
	return c
}

func (c Certificate) hash() string {
	c.SHA256 = ""
	sum := sha256.Sum256([]byte(c.JSON()))
	return hex.EncodeToString(sum[:])
}
