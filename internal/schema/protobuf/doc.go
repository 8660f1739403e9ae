// Package protobuf reads .proto files: proto2, proto3 and editions up to 2024.
//
// guard.go looks at the text first and refuses what would make a parser sweat, and edition.go takes out of it what only
// edition 2024 has; protocompile then parses each file (read.go) and its options (options.go), and declare.go enters its
// messages and enums under their full names, with the features that hold for each. When every file is read, expand.go follows the names of types (resolve.go) and writes down each top-level
// message as a dataset, with the messages that its fields lead to inside it. A message that holds itself ends
// there. Nested messages and enums that no field holds are listed beside the fields, and enums at the top are
// parts, so that every declaration is compared.
//
// The number of a field or of an enum's value is its identity: a new name under the old number is a declared
// rename. Well-known types are what they stand for: a google.protobuf.Timestamp is a timestamp. Services are
// passed over, and so are comments and custom options. A type of an import that is not among the files is opaque.
package protobuf
