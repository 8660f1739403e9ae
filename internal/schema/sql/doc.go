// Package sql reads schemas from SQL DDL: the CREATE TABLE of a file, or the sum of a folder of migrations.
//
// Parse puts the files into the order in which a migration tool would run them (order.go) and blanks what it
// would run only to go back (migrations.go). Each file is scanned into tokens (scan.go), with the comments that
// carry meaning, -- @renamed and -- @deprecated, kept aside as notes (notes.go). The parser walks over the
// statements: CREATE TABLE (create.go, column.go, types.go), ALTER TABLE (alter.go), types (enum.go) and a few
// others change the catalog, a small model of the database (catalog.go); every other statement is skipped. At
// the end the catalog is written down as a schema.Schema.
//
// The parser is tolerant of what it need not know, such as storage options, and strict about what it must: a
// statement that it cannot follow but that shapes a table is an error with its place, never a guess.
package sql
