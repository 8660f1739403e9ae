package config

import (
	"fmt"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
)

const (
	most     = 100_000 // pull requests and the like
	maxTimes = 100     // windows, freezes and waves: all are gone through at every step
)

func rolloutShape() shape[Rollout] {
	s := object(
		key("mode", "How far Skein may go; the lowest of org, dataset and consumer counts. Default: propose.", mode(), func(o *Rollout) **rollout.Mode { return &o.Mode }),
		key("strategy", "In which order dataset and consumers change. Default: after.", choice(nil, After, With, ExpandContract), func(o *Rollout) *Strategy { return &o.Strategy }),
		key("settle", "How long a schema commit has to stand before anything follows it; 0s for at once. Default: 10m.", said(duration(0)), func(o *Rollout) **time.Duration { return &o.Settle }),
		key("waves", "The groups that go together, in order; or {order: graph}.", waves(), func(o *Rollout) *WaveOrder { return &o.WaveOrder }),
		key("windows", "When merging is allowed. Default: any time.", windows(), func(o *Rollout) *[]calendar.Window { return &o.Windows }),
		key("freezes", "When merging is not allowed, whatever the windows say.", upTo(maxTimes, freeze()), func(o *Rollout) *[]calendar.Freeze { return &o.Freezes }),
		key("merge", "How to merge, and on which evidence.", mergeRules(), func(o *Rollout) *MergeRules { return &o.Merge }),
		key("watch", "How a merged change is watched.", watchRules(), func(o *Rollout) *WatchRules { return &o.Watch }),
		key("revert", "What may be taken back without a person.", revertRules(), func(o *Rollout) *RevertRules { return &o.Revert }),
		misplaced[Rollout]("order", `"order" stands instead of the list of waves; write "waves: {order: graph}"`),
	)
	return placed(checked(s, checkRollout), func(o *Rollout) *repo.Position { return &o.Pos })
}

func mode() shape[*rollout.Mode] {
	return said(into(choice[string](nil, "observe", "propose", "merge"), func(_ *reader, _ *node, s string, ok bool) (rollout.Mode, bool) {
		switch s {
		case "merge":
			return rollout.Merge, ok
		case "propose":
			return rollout.Propose, ok
		}
		return rollout.Observe, ok
	}))
}

func waves() shape[WaveOrder] {
	declared := upTo(maxTimes, waveShape())
	declared.schema["minItems"] = 1
	short := into(ifClean(declared, checkWaves), func(_ *reader, _ *node, ws []Wave, ok bool) (WaveOrder, bool) { return WaveOrder{Waves: ws}, ok })
	return byKind(list, "a list of waves, or {order: graph}", short, graph())
}

func waveShape() shape[Wave] {
	s := object(append(limits(),
		must("name", "What /skein start and the tracking issue call it.", waveName(), func(w *Wave) *string { return &w.Name }),
		key("repos", "OWNER/NAME, or patterns of it.", set(repoGlob()), func(w *Wave) *[]string { return &w.Repos }),
		key("topics", "Repositories with one of these GitHub topics.", set(topic()), func(w *Wave) *[]string { return &w.Topics }),
		key("owners", "Repositories of these owners.", set(owner()), func(w *Wave) *[]string { return &w.Owners }),
		key("percent", "A share of the repositories that no earlier wave took.", number(100), func(w *Wave) *int { return &w.Percent }),
		misplaced[Wave]("order", `"order" stands instead of the list of waves; write "waves: {order: graph}"`),
	)...)
	return finishedWave(s)
}

func graph() shape[WaveOrder] {
	type graph struct {
		Wave
		order string
	}
	var fields []field[graph]
	for _, f := range limits() {
		read := f.read
		fields = append(fields, field[graph]{name: f.name, schema: f.schema, read: func(r *reader, n *node, g *graph) bool { return read(r, n, &g.Wave) }})
	}
	s := object(append(fields,
		must("order", "graph: who reads from whom decides.", choice[string](nil, "graph"), func(g *graph) *string { return &g.order }),
	)...)
	each := finishedWave(into(s, func(_ *reader, _ *node, g graph, ok bool) (Wave, bool) { return g.Wave, ok }))
	return into(each, func(_ *reader, _ *node, w Wave, ok bool) (WaveOrder, bool) { return WaveOrder{Graph: &w}, ok })
}

// limits are the keys that waves of a list and waves of the graph share.
func limits() []field[Wave] {
	return []field[Wave]{
		key("soak", "How long the wave is watched before the next begins. Default: no longer than its watches.", duration(0), func(w *Wave) *time.Duration { return &w.Soak }),
		key("max_open", "How many of its pull requests may be open at once. Default: all.", number(most), func(w *Wave) *int { return &w.MaxOpen }),
		key("max_regressions", "The wave halts at this regression. Default: 1.", number(most), func(w *Wave) *int { return &w.MaxRegressions }),
		key("ahead", "Open pull requests before the gate does; only merging waits. Default: false.", yesNo(), func(w *Wave) *bool { return &w.Ahead }),
	}
}

func finishedWave(s shape[Wave]) shape[Wave] {
	s = checked(s, func(_ *reader, _ *node, w *Wave) { w.MaxRegressions = max(1, w.MaxRegressions) })
	return placed(s, func(w *Wave) *repo.Position { return &w.Pos })
}

// windows keeps what is no list at all as a window that never opens, for the reason that finishWindow has.
func windows() shape[[]calendar.Window] {
	return into(upTo(maxTimes, window()), func(_ *reader, n *node, ws []calendar.Window, ok bool) ([]calendar.Window, bool) {
		if !ok {
			ws = []calendar.Window{{Zone: time.UTC, Source: source(n.pos)}}
		}
		return ws, true
	})
}

func window() shape[calendar.Window] {
	s := object(
		must("cron", "When it opens: minute, hour, day of month, month, day of week.", cronExpression(), func(w *calendar.Window) *string { return &w.Cron }),
		must("for", "How long it stays open.", duration(time.Second), func(w *calendar.Window) *time.Duration { return &w.For }),
		key("timezone", "Default: UTC.", zone(), func(w *calendar.Window) **time.Location { return &w.Zone }),
		key("max_merges", "How many merges an opening may see. Default: no limit.", number(most), func(w *calendar.Window) *int { return &w.MaxMerges }),
	)
	return into(s, finishWindow)
}

// finishWindow keeps a window that cannot be read as one that never opens: leaving it out would allow merging
// at any time.
func finishWindow(_ *reader, n *node, w calendar.Window, ok bool) (calendar.Window, bool) {
	if !ok || zoneFailed(n, w) {
		w = calendar.Window{}
	}
	if w.Zone == nil {
		w.Zone = time.UTC
	}
	w.Source = source(n.pos)
	return w, true
}

func zoneFailed(n *node, w calendar.Window) bool { return n.at("timezone") != nil && w.Zone == nil }

func source(p repo.Position) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

func freeze() shape[calendar.Freeze] {
	s := object(
		must("from", "A date, or a time with its offset.", moments(), func(f *span) *moment { return &f.from }),
		key("to", "A date, itself included, or a time with its offset. Default: until the freeze is taken out.", moments(), func(f *span) *moment { return &f.to }),
		key("timezone", "Where the dates begin and end. Default: UTC.", zone(), func(f *span) **time.Location { return &f.zone }),
		key("reason", "Shown to whoever waits.", sentence(), func(f *span) *string { return &f.reason }),
	)
	return into(s, finishFreeze)
}

// span is a freeze as written.
type span struct {
	from, to moment
	zone     *time.Location
	reason   string
}

func finishFreeze(r *reader, n *node, s span, ok bool) (calendar.Freeze, bool) {
	if s.zone == nil {
		s.zone = time.UTC
	}
	f := calendar.Freeze{From: s.from.time, To: s.to.time, Reason: s.reason, Source: source(n.pos)}
	if s.from.day {
		f.From = calendar.Instant(s.from.time, s.zone)
	}
	if s.to.day {
		f.To = calendar.Instant(s.to.time.AddDate(0, 0, 1), s.zone)
	}
	if ok && !f.To.IsZero() && !f.To.After(f.From) {
		r.errorf(n.at("to").pos, Contradiction, "to: the freeze ends before it begins (from %s)", quoted(n.at("from").text))
	}
	return f, ok
}

func mergeRules() shape[MergeRules] {
	checks := checked(object(
		key("require", "Checks that must pass beside those that the branch's protection requires.", set(sentence()), func(m *MergeRules) *[]string { return &m.Require }),
		key("ignore", "Checks that count for nothing.", set(sentence()), func(m *MergeRules) *[]string { return &m.Ignore }),
		key("none", "true: the repository has no checks and may be merged without. Default: false.", said(yesNo()), func(m *MergeRules) **bool { return &m.None }),
	), checkChecks)
	return object(
		key("method", "Default: squash.", choice[string](nil, "squash", "merge", "rebase"), func(m *MergeRules) *string { return &m.Method }),
		field[MergeRules]{name: "checks", schema: merged(checks.schema, schema{"description": "What green means."}), read: func(r *reader, n *node, m *MergeRules) bool {
			c, ok := checks.read(r, n)
			m.Require, m.Ignore, m.None = c.Require, c.Ignore, c.None
			return ok
		}},
	)
}

func watchRules() shape[WatchRules] {
	return object(
		key("for", "How long a merged change is watched. Default: 6h.", said(duration(time.Minute)), func(w *WatchRules) **time.Duration { return &w.For }),
		key("reruns", "How often a red check is rerun before it counts. Default: 3.", said(number(5)), func(w *WatchRules) **int { return &w.Reruns }),
		key("signals", "Checks that may prove a regression. Default: the required ones, or all if none is required.", set(sentence()), func(w *WatchRules) *[]string { return &w.Signals }),
		key("unproven", "open: the next wave's gate opens on a watch without any result. Default: wait.", choice[string](nil, "wait", "open"), func(w *WatchRules) *string { return &w.Unproven }),
	)
}

func revertRules() shape[RevertRules] {
	return object(
		key("mode", "Default: auto.", choice[string](nil, "auto", "propose", "off"), func(v *RevertRules) *string { return &v.Mode }),
		key("max_per_day", "How many reverts may merge in a day without a person. Default: 5.", said(number(1000)), func(v *RevertRules) **int { return &v.MaxPerDay }),
		key("windows", "true: reverts wait for windows too. Default: false.", said(yesNo()), func(v *RevertRules) **bool { return &v.Windows }),
	)
}
