// Package chaos walks at random through the life of an org on the simulated GitHub, with Skein installed and
// everything going wrong that can, and judges what Skein did by the simulator's own history.
//
// A walk is drawn from a seed: the org, its windows, waves and checks, which changes really break something, and
// then one step after the other. A step is a job of Skein's, something that somebody else does (a person pushes,
// closes, renames or commands, a schema changes), something that happens in time (a check ends, a late delivery
// arrives), or a request, whose fate is drawn: there the process may die, and others may act meanwhile. And deliveries are
// lost, doubled and delayed, reads are stale, GitHub limits and fails, before or after the effect. Skein is the
// real one: engine, forge, handlers and store over SQLite in memory; only the queue is one that draws lots, so that
// a seed always takes the same walk.
//
// The judge knows what people wrote into the configs and what really broke, reads GitHub's history and the bytes
// of every request, and never asks Skein. At last the faults stop, people do what only people can, and everything
// has to reach an end.
//
//	go test ./internal/chaos -run TestWalks -steps 1000000 -seed 1 -timeout 0
//
// takes a long walk. A failure names its seed and shows the last steps; -seed N -walks 1 takes that walk again.
package chaos
