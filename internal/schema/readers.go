package schema

// Reader is a way to read a dataset. What a change means depends on it as much as on the change.
type Reader string

// The ways to read, from the one that names what it reads to the one that was made from the schema.
const (
	ByName     Reader = "by name"        // a query that names the field, a key of a document
	ByPosition Reader = "by position"    // INSERT … SELECT *, UNION, the third column
	ByStar     Reader = "star"           // SELECT *, a whole row handed on
	Generated  Reader = "generated code" // classes and getters made from the schema
)

// Readers lists them all.
func Readers() []Reader { return []Reader{ByName, ByPosition, ByStar, Generated} }

// For returns what the rule means for readers of a kind that are left as they are.
func (r Rule) For(reader Reader) Verdict {
	switch reader {
	case ByName:
		return r.ByName
	case ByStar:
		return r.star()
	case Generated:
		return r.generated()
	case ByPosition:
	}
	return r.ByPlace
}

// star tells whole rows from single positions: a name or a type that changed shows where the row is used.
func (r Rule) star() Verdict {
	switch r.Kind {
	case FieldRenamed:
		return r.ByName
	case TypeWidened, NullableRelaxed:
		return OK
	}
	return r.ByPlace
}

// generated is about code that compiles against the schema: what it names must be there, of the type that it was.
func (r Rule) generated() Verdict {
	switch r.Kind {
	case DatasetRemoved, DatasetRenamed, FieldRemoved, FieldRenamed, FieldMoved, CardinalityChanged, EnumValueRemoved, EnumValueRenamed, UnionChanged,
		TypeWidened, TypeNarrowed, TypeChanged:
		return Breaks
	case DatasetReplaced:
		return r.ByName
	case NullableRelaxed, EnumValueAdded, KeyChanged:
		return r.weighed()
	}
	return OK
}

// weighed is silent where readers by name are not safe either.
func (r Rule) weighed() Verdict {
	if r.ByName == OK {
		return OK
	}
	return Silent
}
