// Package jsonschema rewrites the JSON Schemas that consumers keep of the documents that they read.
//
// A schema has no aliases: a document's names are the schema's. So where the dataset renamed a property or a value of
// an enum, every mention of it becomes the new name: under properties, in required, in what depends on it, in
// conditions. All else stays byte for byte.
//
// document.go follows references within the file. walk.go goes through the schema as a document would, and notes at
// every spot of a document who mentions which name; a schema that several references lead to is noted on each way.
// match.go tells which mentions a change is about, follow.go decides about them, and account.go writes edits and
// refusals and says what the other places of a changed name are.
//
// Renaming is exact when all mentions at a spot follow and nothing else there tells the two names apart. What could
// is refused: a schema that another property shares, patterns of names, parts of the schema in other files.
package jsonschema
