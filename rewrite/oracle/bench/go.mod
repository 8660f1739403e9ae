module github.com/skein-bot/skein/rewrite/oracle/bench

go 1.26.0

replace github.com/skein-bot/skein => ../../..

require (
	github.com/pganalyze/pg_query_go/v6 v6.2.5
	github.com/skein-bot/skein v0.0.0
)

require google.golang.org/protobuf v1.36.12 // indirect
