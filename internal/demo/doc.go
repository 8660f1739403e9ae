// Package demo is an org to tell Skein's story in, and the story.
//
// # The org
//
// Below org/ stand acme's repositories as they begin (repos), what its people change in them (changes), and what
// Skein must make of its consumers (golden, written by hand). Build puts them on a simulated GitHub, with people,
// rules, and the app installed; it adds generated consumers up to the number asked for.
//
// CI is honest. A consumer's check builds an embedded SQL database from the schema files that are on the
// datasets' main branches at that moment, fills it with the rows of that moment, runs every query, and demands
// that every test returns no rows (warehouse.go, ci.go).
//
// # The story
//
// A story is a list of Steps: people do something, Skein gets time until something can be seen on GitHub, and
// what GitHub shows is verified. Tell plays them on a Driver, which owns the time: a virtual clock that jumps, or
// a real one that waits.
//
//	orders    a column is renamed by coexistence; canary, soak, the rest; one change is reverted, the wave halts
//	users     a dataset is replaced by another, with a mapping and a deadline, around a freeze
//	sessions  a column is renamed outright; the regression afterwards is left to people
//
// # The verification
//
// Sound and Verify (verify.go) look at the simulator alone: its history of writes, its pull requests, checks,
// comments and files. They know nothing of Skein's records and share no code with it; even the windows are
// worked out anew, minute by minute (timetable.go).
package demo
