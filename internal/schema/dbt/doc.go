// Package dbt reads what dbt's property files say about tables: models with their versions, sources, seeds and
// snapshots, each with its columns.
//
// Parse reads each YAML file into a tree (internal/schema/tree). model.go makes a dataset of each resource, and
// of each version of a model one more: orders is what ref('orders') reads, the latest version, and orders.v1 is
// what a pinned reference reads. column.go reads columns; their types are SQL and are read as such. What tests
// and constraints promise is part of the schema (promise.go): not_null, unique, accepted_values and their like,
// as long as a failing test is an error. meta.renamed_from declares a rename.
package dbt
