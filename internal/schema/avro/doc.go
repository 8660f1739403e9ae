// Package avro reads Avro schemas: .avsc files, .avpr protocols and .avdl, the interface description language.
//
// Each file becomes a unit: the named types that it declares, in the words of declare.go. JSON (json.go) is read
// from a tree with places; IDL has a scanner (scan.go) and a recursive descent of its own (idl.go, idltype.go).
// When every file is read, expand.go follows names from the file itself to its imports and to the other files,
// and writes down each top-level record as a dataset, with the records that its fields lead to inside it. A
// record that holds itself ends there, and what grows beyond any honest schema is refused.
//
// A union of null and one type is a nullable field; any other union has one member for each alternative. Aliases
// are declared renames. A logical type keeps what carries it, for that is what readers resolve.
package avro
