// Package proto rewrites the .proto files that consumers keep.
//
// On the wire a field is its number, so a copy of the old file goes on working there. But its readers are generated
// from it, and names in it are names in their code and in JSON. So where the dataset renamed a field or an enum's
// value under its old number, the copy gets the new name: the declaration, the defaults that name a value, and the
// json_name that the dataset keeps for the old one. Everything else stays byte for byte.
//
// guard.go refuses what would make a parser sweat, file.go lists what a file declares, rewrite.go follows the
// changes, and account.go says what the other places of a changed name are. What the file does not decide is
// refused: a field of another number, a name that is taken, options that name the field in their own language, types
// from other files, and services whose JSON would change.
package proto
