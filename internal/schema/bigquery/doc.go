// Package bigquery reads BigQuery table schemas in JSON or YAML: the array of fields that bq takes, the object around
// it that the API takes, or all that bq show prints of a table.
//
// Parse reads each file into a tree (internal/schema/tree), finds the fields in it and whatever is said about the
// table (table.go), and turns each field and its type into the model (field.go). A bare array does not name its
// table: the dataset is then called after the file and marked Nameless, so that old.json and new.json are two
// versions of one table. Where each table has a folder of its own, the folders name it, and metadata.yaml tells its
// layout (folder.go).
//
// BigQuery knows no renames, so a field may say renamed_from; tools that hand the file on to BigQuery leave that
// key out.
package bigquery
