// Package schema is one model for what every schema format says, and for what changed between two versions.
//
// A format's folder (sql, avro, bigquery, dbt and others) parses files into a Schema; Diff compares two of
// them into a list of typed Changes; a rule table gives each kind of change its meaning for readers. Nothing
// here does I/O, and a verdict is computed for a reader, never stored with the change.
package schema

import "github.com/skein-bot/skein/internal/repo"

// File is one file of a schema. Path is what positions show.
type File struct {
	Path    string
	Content []byte
}

// Schema is what one file, or one folder of migrations, declares.
type Schema struct {
	Format   string    `json:"format"`
	Dialect  string    `json:"dialect,omitempty"` // of SQL: it says when two spellings are one name
	Datasets []Dataset `json:"datasets"`
}

// Dataset is a table, message or record. Name is as written in the file, schema-qualified if written so and
// without its quotes.
type Dataset struct {
	Name        string       `json:"name"`
	Quoted      bool         `json:"quoted,omitempty"`   // the last part of Name was quoted: it may not be folded
	Nameless    bool         `json:"nameless,omitempty"` // the file gives it no name: Name is the file's own
	Format      string       `json:"format,omitempty"`   // when it is not the schema's
	Dialect     string       `json:"dialect,omitempty"`  // of its DDL, when it is not the schema's
	Fields      []Field      `json:"fields"`
	PrimaryKey  []string     `json:"primary_key,omitempty"`
	Unique      [][]string   `json:"unique,omitempty"`
	Constraints []Constraint `json:"constraints,omitempty"`
	Partition   []string     `json:"partition,omitempty"`
	Cluster     []string     `json:"cluster,omitempty"`
	Deprecated  *Deprecation `json:"deprecated,omitempty"`
	Renamed     string       `json:"renamed,omitempty"`   // the old name that the file declares
	Former      []string     `json:"former,omitempty"`    // the names before Renamed, latest first
	Open        bool         `json:"open,omitempty"`      // made by a query: the file does not list all fields
	Temporary   bool         `json:"temporary,omitempty"` // lives for a session: nobody else can read it
	Part        bool         `json:"part,omitempty"`      // a type that others are made of, such as an enum: nobody reads it alone
	Used        bool         `json:"used,omitempty"`      // of a part: fields hold it, and what changes in it is told of them
	Value       bool         `json:"value,omitempty"`     // no record but one value, which its only field stands for
	Inner       []Inner      `json:"inner,omitempty"`     // types declared inside it
	Content
	Doc string        `json:"doc,omitempty"`
	Pos repo.Position `json:"pos"`
}

// Content is what a record says about things beside its fields.
type Content struct {
	Closed   bool       `json:"closed,omitempty"`   // nothing else may stand in it
	Rest     *Field     `json:"rest,omitempty"`     // what anything else in it must be
	Reserved []Reserved `json:"reserved,omitempty"` // numbers and names that no field may take
}

// Reserved is a range of numbers, both ends in it, or a name.
type Reserved struct {
	From int           `json:"from,omitempty"`
	To   int           `json:"to,omitempty"`
	Name string        `json:"name,omitempty"`
	Pos  repo.Position `json:"pos"`
}

// Inner is a type declared inside a dataset: a field that nobody reads. What changes in it is told of the fields
// that hold it, where there are any.
type Inner struct {
	Field
	Used bool `json:"used,omitempty"`
}

// Constraint is a condition on rows or values, such as a CHECK or a foreign key.
type Constraint struct {
	Name string        `json:"name,omitempty"`
	Expr string        `json:"expr"` // as written
	Pos  repo.Position `json:"pos"`
	// Admits: what it speaks of is let through by that where it would be refused else, so that without the condition
	// some more is valid, and some less.
	Admits bool `json:"admits,omitempty"`
}

// Field is a column or member, in the order of the file. Fields holds the members of the struct that its type
// is, or leads to through elements of arrays and values of maps; of a union, one field for each alternative.
type Field struct {
	Name        string                   `json:"name"`
	Quoted      bool                     `json:"quoted,omitempty"` // the name was quoted: it may not be folded
	Type        Type                     `json:"type"`
	Nullable    bool                     `json:"nullable"`
	Default     *string                  `json:"default,omitempty"` // as written; what generates it, when generated
	Enum        []string                 `json:"enum,omitempty"`
	EnumRenamed map[string]string        `json:"enum_renamed,omitempty"` // value to the old value that the file declares
	EnumPos     map[string]repo.Position `json:"-"`                      // where each value stands
	EnumID      map[string]int           `json:"enum_id,omitempty"`      // each value's number, where the data has numbers
	EnumOpen    bool                     `json:"enum_open,omitempty"`    // readers keep numbers that they do not know
	Fallback    string                   `json:"fallback,omitempty"`     // the value that a reader takes for one that it does not know
	ID          int                      `json:"id,omitempty"`           // the number that stands for the field in the data
	Label       string                   `json:"label,omitempty"`        // what JSON calls it, where the file says so
	Oneof       string                   `json:"oneof,omitempty"`        // the group of which at most one is set
	Required    bool                     `json:"required,omitempty"`     // readers refuse data without it
	Constraints []Constraint             `json:"constraints,omitempty"`  // conditions on its values, of a name each that several may share
	Fields      []Field                  `json:"fields,omitempty"`
	Deprecated  *Deprecation             `json:"deprecated,omitempty"`
	Renamed     string                   `json:"renamed,omitempty"` // the old name that the file declares
	Former      []string                 `json:"former,omitempty"`  // the names before Renamed, latest first
	Moved       bool                     `json:"moved,omitempty"`   // renamed by a statement: whatever bears the old name now is another field
	Doc         string                   `json:"doc,omitempty"`
	Pos         repo.Position            `json:"pos"`
	Content
}

// Deprecation marks what still works but has a successor.
type Deprecation struct {
	Replacement string `json:"replacement,omitempty"` // a field of the same dataset, or a dataset
	Note        string `json:"note,omitempty"`
}

// Type is a normalised kind with the spelling of the file beside it.
type Type struct {
	Kind     string `json:"kind"`           // integer, decimal, float, string, bytes, boolean, date, time, timestamp, json, struct, array, map, enum, uuid, interval, union, unknown, other
	Bits     int    `json:"bits,omitempty"` // of integers and floats
	Unsigned bool   `json:"unsigned,omitempty"`
	Length   int    `json:"length,omitempty"`   // of strings and bytes
	Fixed    bool   `json:"fixed,omitempty"`    // padded to Length
	Digits   int    `json:"digits,omitempty"`   // a decimal's precision
	Scale    int    `json:"scale,omitempty"`    // of decimals; the digits of a second in times and timestamps
	Zone     bool   `json:"zone,omitempty"`     // a timestamp with a time zone
	Key      *Type  `json:"key,omitempty"`      // of maps
	Elem     *Type  `json:"elem,omitempty"`     // of arrays and maps
	Nullable bool   `json:"nullable,omitempty"` // of elements and map values; a field says it itself
	Of       []Type `json:"of,omitempty"`       // of unions: the alternatives, null left out
	Base     *Type  `json:"base,omitempty"`     // what carries a logical type on the wire, where the format says it
	Physical string `json:"physical"`           // as written, lower-cased for keywords

	// Wire is how values are encoded, where readers see no more than that: Protobuf's kinds of encoding, or json.
	Wire string `json:"wire,omitempty"`

	// Name and Aliases are set where readers compare the names of types, as those of Avro do.
	Name    string   `json:"name,omitempty"`
	Aliases []string `json:"aliases,omitempty"`
}

// Kind names what happened. The names are a stable contract of the command line.
type Kind string

// The kinds of change.
const (
	DatasetAdded        Kind = "dataset_added"
	DatasetRemoved      Kind = "dataset_removed"
	DatasetRenamed      Kind = "dataset_renamed"
	DatasetReplaced     Kind = "dataset_replaced"
	DatasetDeprecated   Kind = "dataset_deprecated"
	FieldAdded          Kind = "field_added"
	FieldRemoved        Kind = "field_removed"
	FieldRenamed        Kind = "field_renamed"
	FieldMoved          Kind = "field_moved"
	FieldReordered      Kind = "field_reordered"
	FieldIDChanged      Kind = "field_id_changed"
	FieldDeprecated     Kind = "field_deprecated"
	TypeWidened         Kind = "type_widened"
	TypeNarrowed        Kind = "type_narrowed"
	TypeChanged         Kind = "type_changed"
	PrecisionChanged    Kind = "precision_changed"
	NullableRelaxed     Kind = "nullable_relaxed"
	NullableTightened   Kind = "nullable_tightened"
	CardinalityChanged  Kind = "cardinality_changed"
	DefaultChanged      Kind = "default_changed"
	EnumValueAdded      Kind = "enum_value_added"
	EnumValueRemoved    Kind = "enum_value_removed"
	EnumValueRenamed    Kind = "enum_value_renamed"
	UnionChanged        Kind = "union_changed"
	KeyChanged          Kind = "key_changed"
	PartitionChanged    Kind = "partition_changed"
	ConstraintRelaxed   Kind = "constraint_relaxed"
	ConstraintTightened Kind = "constraint_tightened"
	DocChanged          Kind = "doc_changed"
)

// Verdict is what a change means for one side.
type Verdict string

// Silent reads without an error but means something else.
const (
	OK     Verdict = "ok"
	Breaks Verdict = "breaks"
	Silent Verdict = "silent"
)

// Evidence is how sure a rename is. Only declared ones are acted on.
type Evidence string

// Suggested renames come as removed and added, with Suggests naming the pair.
const (
	Declared      Evidence = "declared"
	SuggestedOnly Evidence = "suggested"
	NoEvidence    Evidence = "none"
)

// Change is one typed difference between two versions of a schema, in the words of contracts for `skein diff`.
type Change struct {
	Dataset  string            `json:"dataset"`
	Kind     Kind              `json:"kind"`
	Rule     string            `json:"rule"`               // the row of Rules that gave the verdicts
	Path     string            `json:"path,omitempty"`     // names joined by dots, [] for elements, {} for map values
	To       string            `json:"to,omitempty"`       // the new name of a rename; the replacement of what is deprecated or removed
	Exact    bool              `json:"to_exact,omitempty"` // To only means the field when it is quoted
	Before   string            `json:"before,omitempty"`
	After    string            `json:"after,omitempty"`
	Ordinal  int               `json:"ordinal,omitempty"` // the new place among its siblings, from 1, of a field added or reordered
	Evidence Evidence          `json:"evidence"`
	Suggests string            `json:"suggests,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`   // of a replaced dataset: old field to new field
	Deadline string            `json:"deadline,omitempty"` // of a replaced dataset
	Cast     string            `json:"cast,omitempty"`     // the declared way to read a changed type, {} for the reference
	Drop     bool              `json:"drop,omitempty"`     // declared: readers may lose the removed field
	Forward  Verdict           `json:"forward"`            // old readers on new data
	Backward Verdict           `json:"backward"`           // new readers on old data
	Side     string            `json:"side"`               // new, or old for something removed
	repo.Position
	Message string `json:"message"`
}
