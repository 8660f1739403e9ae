// Package avro rewrites the Avro schemas that consumers keep for reading: .avsc files and .avpr protocols.
//
// A reader's schema is resolved against that of the data by names and aliases. So where the dataset renamed a field
// or a record, the copy gets the new name and keeps the old one as an alias: it reads new data and old data. json.go
// finds where each value stands, types.go which record is which, and rewrite.go makes the edits: single texts are
// replaced, and everything else stays byte for byte.
//
// What no alias can bridge is refused: a symbol of an enum, a field that moved, one record type that several fields
// share of which not all changed.
package avro
