// Package bench compares what rewriting takes with what PostgreSQL's own parser takes to read the same text. It is a
// module of its own, so that nobody who uses Skein compiles that parser.
//
//	go test -bench .
//
// Each sample of rewrite/sql/testdata/bench is rewritten by Skein (lexed, parsed, resolved, edited and proven) and
// parsed by pg_query_go, in turns of a few milliseconds, so that both see the same load of the machine. What counts
// is the processor's time; "x/pg_query" is how often Skein rewrites a file while pg_query_go parses it once. The best run
// of each side, by the clock, is one that nothing disturbed: on a machine that others use, those figures hardly move.
package bench
