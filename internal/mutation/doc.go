// Command mutation asks whether the tests of a package would notice a fault in it.
//
//	go run ./internal/mutation ./internal/rollout > docs/mutation.md
//
// It makes small faults, one at a time: a condition turned round, a bound moved by one, a statement left out. All of
// them are compiled into one test binary, each behind a switch in the environment, and the tests run once for each
// fault. A fault that no test notices survives; the report lists every survivor with the reason that a file of
// explanations gives for it, and the hash of the code that was measured.
package main
