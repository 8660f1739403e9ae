// Package removal takes fields out of schema files.
//
// Write is given the files of a schema and the fields that go, and returns the files that change and how they read
// then: the fewest bytes are cut out (cut.go), as a person would do it in each format.
//
//	sql.go        a column's line, or its place in a list
//	migration.go  a folder of migrations gets one more, named like those before it
//	json.go       Avro, BigQuery and JSON Schema
//	proto.go      the field's line becomes the reservation of its number and its name
//	yaml.go       a column's lines in dbt's YAML, or BigQuery's
//
// Nothing is taken on trust: what was written is parsed again, and has to be the schema that was there without those
// fields, and nothing else. Where that cannot be had the answer is an error that says why, and people do it.
package removal
