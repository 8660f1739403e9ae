package config

import (
	"cmp"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/wave"
)

// What holds where nobody says anything.
const (
	defaultSettle    = 10 * time.Minute
	defaultWatch     = 6 * time.Hour
	defaultReruns    = 3
	defaultMaxPerDay = 5
)

// Policy joins what the org, the dataset's owner and the consumer want. The dataset repo's own words replace the
// org's, key by key, but for the org's freezes, which always count; the consumer's own words may then only narrow the
// result:
//
//	mode, revert.mode                the lowest of all that were said
//	windows                          both sides must be open
//	freezes, checks.require, signals both lists together
//	checks.ignore                    what both ignore
//	watch.for, watch.reruns          the longer, the more
//	checks.none, unproven: open      only if nobody says otherwise
//	revert.max_per_day, .windows     the fewer; true if one says so
//	merge.method                     the consumer's: it is its own history
//
// Waves and the settle time are the dataset owner's alone. A consumer without a configuration of its own gets at most propose, unless
// the org's defaults say merge. Any argument may be nil.
func Policy(org *Org, dataset, consumer *Repo) rollout.Policy {
	var defaults, owner, own Rollout
	if org != nil {
		defaults = org.Rollout
	}
	if dataset != nil {
		owner = dataset.Rollout
	}
	if consumer != nil {
		own = consumer.Rollout
	}
	allowed := owner.over(defaults)
	p := allowed.policy()
	p.Mode = agreedMode(defaults.Mode, owner.Mode, own.Mode, consumer != nil)
	return own.narrow(p, allowed)
}

// ImpactOf is what the check on a dataset's pull requests demands: the dataset repo's word, else the org's. Both
// arguments may be nil.
func ImpactOf(org *Org, dataset *Repo) Impact {
	said := Impact("")
	if dataset != nil {
		said = dataset.Impact
	}
	if org != nil {
		said = cmp.Or(said, org.Impact)
	}
	return cmp.Or(said, Inform)
}

// StrategyOf is the order in which a dataset and its consumers change: the dataset repo's word, else the org's. Both
// arguments may be nil.
func StrategyOf(org *Org, dataset *Repo) Strategy {
	said := Strategy("")
	if dataset != nil {
		said = dataset.Rollout.Strategy
	}
	if org != nil {
		said = cmp.Or(said, org.Rollout.Strategy)
	}
	return cmp.Or(said, After)
}

// agreedMode is the lowest that was said.
func agreedMode(org, dataset, consumer *rollout.Mode, hasConfig bool) rollout.Mode {
	agreed := rollout.Propose
	switch {
	case org != nil && dataset != nil:
		agreed = min(*org, *dataset)
	case org != nil || dataset != nil:
		agreed = *cmp.Or(org, dataset)
	}
	switch {
	case consumer != nil:
		return min(agreed, *consumer)
	case !hasConfig && (org == nil || *org < rollout.Merge):
		return min(agreed, rollout.Propose)
	}
	return agreed
}

// over returns o with what it does not say taken from below. Scalars override, lists replace.
func (o Rollout) over(below Rollout) Rollout {
	o.Strategy = cmp.Or(o.Strategy, below.Strategy)
	o.Settle = cmp.Or(o.Settle, below.Settle)
	if o.Waves == nil && o.Graph == nil {
		o.WaveOrder = below.WaveOrder
	}
	o.Windows = written(o.Windows, below.Windows)
	o.Freezes = slices.Concat(below.Freezes, o.Freezes) // the org's always count
	o.Merge = MergeRules{
		Method:  cmp.Or(o.Merge.Method, below.Merge.Method),
		Require: written(o.Merge.Require, below.Merge.Require),
		Ignore:  written(o.Merge.Ignore, below.Merge.Ignore),
		None:    cmp.Or(o.Merge.None, below.Merge.None),
	}
	o.Watch = WatchRules{
		For:      cmp.Or(o.Watch.For, below.Watch.For),
		Reruns:   cmp.Or(o.Watch.Reruns, below.Watch.Reruns),
		Signals:  written(o.Watch.Signals, below.Watch.Signals),
		Unproven: cmp.Or(o.Watch.Unproven, below.Watch.Unproven),
	}
	o.Revert = RevertRules{
		Mode:      cmp.Or(o.Revert.Mode, below.Revert.Mode),
		MaxPerDay: cmp.Or(o.Revert.MaxPerDay, below.Revert.MaxPerDay),
		Windows:   cmp.Or(o.Revert.Windows, below.Revert.Windows),
	}
	return o
}

// written returns the list that was written, even an empty one, else the other.
func written[T any](own, below []T) []T {
	if own != nil {
		return own
	}
	return below
}

// policy fills in the defaults.
func (o Rollout) policy() rollout.Policy {
	return rollout.Policy{
		Waves:   o.declaredWaves(),
		Graph:   o.graph(),
		Settle:  value(o.Settle, defaultSettle),
		Windows: sides(o.Windows),
		Freezes: slices.Clone(o.Freezes),
		Methods: methods(o.Merge.Method),
		Checks: green.CheckRules{
			Require: slices.Clone(o.Merge.Require),
			Ignore:  slices.Clone(o.Merge.Ignore),
			None:    value(o.Merge.None, false),
		},
		Watch:    value(o.Watch.For, defaultWatch),
		Reruns:   value(o.Watch.Reruns, defaultReruns),
		Signals:  slices.Clone(o.Watch.Signals),
		Unproven: o.Watch.Unproven == "open",
		Revert: rollout.RevertRules{
			Mode:      cmp.Or(o.Revert.Mode, "auto"),
			MaxPerDay: value(o.Revert.MaxPerDay, defaultMaxPerDay),
			Windows:   value(o.Revert.Windows, false),
		},
	}
}

// narrow applies a consumer's words to what the dataset's owner allows.
func (o Rollout) narrow(p rollout.Policy, allowed Rollout) rollout.Policy {
	p.Windows = append(p.Windows, sides(o.Windows)...)
	p.Freezes = append(p.Freezes, o.Freezes...)
	if o.Merge.Method != "" {
		p.Methods = methods(o.Merge.Method)
	}
	p.Checks = o.Merge.narrow(p.Checks, allowed.Merge)
	p.Watch = max(p.Watch, value(o.Watch.For, 0))
	p.Reruns = max(p.Reruns, value(o.Watch.Reruns, 0))
	p.Signals = union(p.Signals, o.Watch.Signals)
	p.Unproven = agree(allowed.Watch.unproven(), o.Watch.unproven())
	p.Revert.Mode = lowest(p.Revert.Mode, o.Revert.Mode)
	p.Revert.MaxPerDay = min(p.Revert.MaxPerDay, value(o.Revert.MaxPerDay, p.Revert.MaxPerDay))
	p.Revert.Windows = p.Revert.Windows || value(o.Revert.Windows, false)
	return p
}

// narrow applies a consumer's rules: more may be required of it, and only what both ignore is ignored. Where the
// owner says nothing about checks that may be left out, the consumer, whose checks they are, decides.
func (m MergeRules) narrow(c green.CheckRules, allowed MergeRules) green.CheckRules {
	c.Require = union(c.Require, m.Require)
	switch {
	case m.Ignore == nil:
	case allowed.Ignore == nil:
		c.Ignore = slices.Clone(m.Ignore)
	default:
		c.Ignore = slices.DeleteFunc(c.Ignore, func(name string) bool { return !slices.Contains(m.Ignore, name) })
	}
	c.Ignore = slices.DeleteFunc(c.Ignore, func(name string) bool { return slices.Contains(c.Require, name) })
	c.None = agree(allowed.None, m.None)
	return c
}

// agree is true when someone says so and nobody says otherwise.
func agree(a, b *bool) bool {
	return (a != nil || b != nil) && value(a, true) && value(b, true)
}

func (w WatchRules) unproven() *bool {
	if w.Unproven == "" {
		return nil
	}
	open := w.Unproven == "open"
	return &open
}

// lowest is the revert mode that leaves more to people.
func lowest(a, b string) string {
	order := []string{"", "auto", "propose", "off"}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// methods puts the wanted merge method first; the others stay for repositories that do not allow it.
func methods(first string) []string {
	out := []string{cmp.Or(first, "squash")}
	for _, m := range []string{"squash", "merge", "rebase"} {
		if m != out[0] {
			out = append(out, m)
		}
	}
	return out
}

func (o Rollout) declaredWaves() []wave.Wave {
	var out []wave.Wave
	for _, w := range o.Waves {
		out = append(out, w.Wave)
	}
	return out
}

func (o Rollout) graph() *wave.Wave {
	if o.Graph == nil {
		return nil
	}
	limits := o.Graph.Wave
	return &limits
}

// sides is one side's windows, or none when it has no windows.
func sides(ws []calendar.Window) [][]calendar.Window {
	if len(ws) == 0 {
		return nil
	}
	return [][]calendar.Window{slices.Clone(ws)}
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
