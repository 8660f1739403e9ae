// Package jsonschema reads JSON Schema, from draft-04 to 2020-12.
//
// Each file is a document (document.go), in which ids, anchors and references are found; resolve.go follows a
// reference to another place of the file or to another file of the set. merge.go puts together all that holds
// for one value at once: a schema, what it refers to, and what its allOf lists. shape.go then turns that into
// the model: objects are records, alternatives are unions, null is nullability, and what the model has no word
// for is a condition on the value, written down in one spelling.
//
// A schema that refers to itself ends there. What grows beyond any honest schema is refused.
package jsonschema
