package schema

// Remedy is what Skein does for readers by name when a rule applies.
type Remedy string

// The remedies, from nothing to a person's decision.
const (
	Nothing Remedy = "nothing" // readers by name notice nothing
	Notify  Remedy = "notify"  // say so; the readers' code may stay
	Rewrite Remedy = "rewrite" // a mechanical edit keeps the readers working
	Decide  Remedy = "decide"  // a person decides at every place that reads it
)

// Rule is one row of the table that gives changes their meaning. Documentation is generated from it.
type Rule struct {
	ID       string  // stable; a kind of change, or a kind and the circumstance that matters
	Kind     Kind    //
	Means    string  // one sentence for the owner of a reader
	Forward  Verdict // old readers on new data
	Backward Verdict // new readers on old data
	ByName   Verdict // queries that name the field, left as they are
	ByPlace  Verdict // readers by position, and SELECT *
	Remedy   Remedy
}

// Rules returns the table, in the order of the kinds. A kind with circumstances has several rows, the plain one
// first.
func Rules() []Rule {
	return append(append(datasetRules(), fieldRules()...), append(valueRules(), shapeRules()...)...)
}

// RuleFor returns the row with the id, and false when there is none.
func RuleFor(id string) (Rule, bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

func datasetRules() []Rule {
	return []Rule{
		{"dataset_added", DatasetAdded, "It is new; nobody reads it yet.", OK, OK, OK, OK, Nothing},
		{"dataset_removed", DatasetRemoved, "Every reader of it fails.", Breaks, Breaks, Breaks, Breaks, Decide},
		{"dataset_removed_part", DatasetRemoved, "No field held it, so data is read as before; code that names it fails.", OK, OK, Breaks, OK, Decide},
		{"dataset_renamed", DatasetRenamed, "Every reader by the old name fails until it is rewritten.", Breaks, Breaks, Breaks, Breaks, Rewrite},
		{"dataset_renamed_aliased", DatasetRenamed, "It keeps its old name as an alias: new readers know old data, old readers do not know new data.", Breaks, OK, Breaks, Breaks, Rewrite},
		{"dataset_renamed_namespace", DatasetRenamed, "Its namespace is another, which readers of data do not compare; generated classes have moved.", OK, OK, Breaks, Breaks, Rewrite},
		{"dataset_replaced", DatasetReplaced, "The old dataset is gone; its readers move to the new one.", Breaks, Breaks, Breaks, Breaks, Rewrite},
		{"dataset_replaced_coexisting", DatasetReplaced, "Both datasets work until the deadline; readers move to the new one.", OK, OK, OK, OK, Rewrite},
		{"dataset_deprecated", DatasetDeprecated, "It still works; readers should move before it goes.", OK, OK, OK, OK, Notify},
	}
}

func fieldRules() []Rule {
	return []Rule{
		{"field_added", FieldAdded, "Readers by name notice nothing; SELECT * and positional inserts see one more column.", OK, OK, OK, Silent, Nothing},
		{"field_added_required", FieldAdded, "It may not be null and has no default: data written before it does not fit, and writers must supply it.", OK, Breaks, OK, Silent, Nothing},
		{"field_added_open", FieldAdded, "The object took other values under its name before, so old documents may not be valid any more.", OK, Breaks, OK, Silent, Nothing},
		{"field_added_closed", FieldAdded, "The object took no other names before, so old readers refuse documents that hold it.", Breaks, OK, OK, Silent, Nothing},
		{"field_added_closed_required", FieldAdded, "Old readers refuse documents that hold it, and new readers those that do not, or that hold something else under its name.", Breaks, Breaks, OK, Silent, Nothing},
		{"field_added_oneof", FieldAdded, "Old readers find no member of its oneof set in new data that holds it.", Silent, OK, OK, Silent, Nothing},
		{"field_removed", FieldRemoved, "Every place that reads it fails.", Breaks, OK, Breaks, Silent, Decide},
		{"field_removed_replaced", FieldRemoved, "Every place that still reads it fails; its replacement stays.", Breaks, OK, Breaks, Silent, Rewrite},
		{"field_removed_default", FieldRemoved, "Old readers fill in their own default; queries that name it fail.", OK, OK, Breaks, Silent, Decide},
		{"field_removed_replaced_default", FieldRemoved, "Old readers fill in their own default; queries that still name it fail; its replacement stays.", OK, OK, Breaks, Silent, Rewrite},
		{"field_removed_number", FieldRemoved, "Old readers take the type's default for it; queries and code that name it fail. Its number is not reserved, so that a later field may take it by mistake.", Silent, OK, Breaks, Silent, Decide},
		{"field_removed_reserved", FieldRemoved, "Old readers take the type's default for it; queries and code that name it fail. Its number is reserved.", OK, OK, Breaks, Silent, Decide},
		{"field_removed_reused", FieldRemoved, "Another field has its number: encoded data is read as something else.", Breaks, Breaks, Breaks, Silent, Decide},
		{"field_removed_oneof", FieldRemoved, "New readers find no member of its oneof set in old data that holds it.", OK, Breaks, Breaks, Silent, Decide},
		{"field_removed_free", FieldRemoved, "The object takes the same under its name as before, so documents stay valid; queries that name it find nothing.", OK, OK, Breaks, Silent, Decide},
		{"field_removed_closed", FieldRemoved, "The object takes no such name any more, so new readers refuse old documents that hold it; queries that name it find nothing.", OK, Breaks, Breaks, Silent, Decide},
		{"field_removed_closed_required", FieldRemoved, "Old readers refuse documents without it, and new readers those with it; queries that name it find nothing.", Breaks, Breaks, Breaks, Silent, Decide},
		{"field_removed_replaced_free", FieldRemoved, "The object takes the same under its name as before; its replacement stays.", OK, OK, Breaks, Silent, Rewrite},
		{"field_removed_replaced_closed", FieldRemoved, "The object takes no such name any more, so new readers refuse old documents that hold it; its replacement stays.", OK, Breaks, Breaks, Silent, Rewrite},
		{"field_removed_replaced_closed_required", FieldRemoved, "Old readers refuse documents without it, and new readers those with it; its replacement stays.", Breaks, Breaks, Breaks, Silent, Rewrite},
		{"field_removed_message", FieldRemoved, "No field held this message; whatever holds its data has no schema for it any more, and code that names it fails.", Breaks, Breaks, Breaks, OK, Decide},
		{"field_removed_enum", FieldRemoved, "No field held this enum, so data is read as before; code that names it fails.", OK, OK, Breaks, OK, Decide},
		{"field_removed_replaced_number", FieldRemoved, "Old readers take the type's default for it; its replacement stays. Its number is not reserved, so that a later field may take it by mistake.", Silent, OK, Breaks, Silent, Rewrite},
		{"field_removed_replaced_reserved", FieldRemoved, "Old readers take the type's default for it; its replacement stays. Its number is reserved.", OK, OK, Breaks, Silent, Rewrite},
		{"field_removed_replaced_reused", FieldRemoved, "Another field has its number: encoded data is read as something else. Its replacement stays.", Breaks, Breaks, Breaks, Silent, Rewrite},
		{"field_removed_replaced_oneof", FieldRemoved, "New readers find no member of its oneof set in old data that holds it; its replacement stays.", OK, Breaks, Breaks, Silent, Rewrite},
		{"field_renamed", FieldRenamed, "Readers by the old name fail until they are rewritten; the values are the same.", Breaks, Breaks, Breaks, OK, Rewrite},
		{"field_renamed_aliased", FieldRenamed, "New readers find old data through the alias; old readers do not find the new name.", Breaks, OK, Breaks, OK, Rewrite},
		{"field_renamed_aliased_default", FieldRenamed, "New readers find old data through the alias; old readers get their own default instead of the value.", Silent, OK, Breaks, OK, Rewrite},
		{"field_renamed_number", FieldRenamed, "Its number stayed, so encoded data is read as before; generated code, JSON and queries by the old name fail until they are rewritten.", OK, OK, Breaks, OK, Rewrite},
		{"field_moved", FieldMoved, "Readers by the old path fail until they are rewritten.", Breaks, Breaks, Breaks, Silent, Rewrite},
		{"field_reordered", FieldReordered, "Readers by name notice nothing; readers by position get another column.", OK, OK, OK, Silent, Nothing},
		{"field_id_changed", FieldIDChanged, "Encoded data written under the old number is read as something else.", Breaks, Breaks, OK, OK, Decide},
		{"field_id_changed_value", FieldIDChanged, "Encoded data under the value's old number is read as another value.", Breaks, Breaks, OK, OK, Decide},
		{"field_id_changed_json", FieldIDChanged, "Its JSON has another key; encoded data is read as before.", Silent, Silent, OK, OK, Notify},
		{"field_deprecated", FieldDeprecated, "It still works; readers should move before it goes.", OK, OK, OK, OK, Notify},
		{"field_deprecated_replaced", FieldDeprecated, "Old and new name both work; readers can move now, one at a time.", OK, OK, OK, OK, Rewrite},
	}
}

func valueRules() []Rule {
	return []Rule{
		{"type_widened", TypeWidened, "All old values fit; typed readers and narrower targets may overflow.", Breaks, OK, Silent, Silent, Notify},
		{"type_widened_promoted", TypeWidened, "Readers of either type take the other's data; generated code sees another type.", OK, OK, Silent, Silent, Notify},
		{"type_widened_wire", TypeWidened, "Its encoding is the same; old readers cut off values that they have no room for, and generated code sees another type.", Silent, OK, Silent, Silent, Notify},
		{"type_narrowed", TypeNarrowed, "Old values may no longer fit.", OK, Breaks, Silent, Silent, Notify},
		{"type_narrowed_wire", TypeNarrowed, "Its encoding is the same; new readers cut off old values that they have no room for, and generated code sees another type.", OK, Silent, Silent, Silent, Notify},
		{"type_changed", TypeChanged, "It holds values of another kind; comparisons, joins and casts on it need a look.", Breaks, Breaks, Breaks, Breaks, Decide},
		{"type_changed_zone", TypeChanged, "The same digits mean another instant: with a time zone on one side only.", Silent, Silent, Silent, Silent, Notify},
		{"type_changed_logical", TypeChanged, "The same bytes are read as another kind of value.", Silent, Silent, Breaks, Breaks, Decide},
		{"type_changed_renamed", TypeChanged, "Its type has a new name and keeps the old one as an alias; readers without the alias do not know it.", Breaks, OK, OK, OK, Notify},
		{"type_changed_wire", TypeChanged, "Its encoding is the same, so each side reads the other's data; some values mean something else.", Silent, Silent, Silent, Silent, Notify},
		{"type_changed_message", TypeChanged, "Its type has another name; encoded data is read as before as far as the members agree, and generated code sees another type.", OK, OK, OK, OK, Notify},
		{"precision_changed", PrecisionChanged, "Its length, precision or scale is larger, so narrower targets may truncate or round.", Silent, Silent, OK, OK, Notify},
		{"precision_changed_narrower", PrecisionChanged, "Its length, precision or scale is smaller, so values may be truncated, rounded or refused.", Silent, Silent, Silent, Silent, Notify},
		{"nullable_relaxed", NullableRelaxed, "It may be null now; filters, joins and counts on it leave rows out.", Breaks, OK, Silent, Silent, Notify},
		{"nullable_relaxed_presence", NullableRelaxed, "Whether it was set can be told from now on; data is read as before.", OK, OK, Silent, Silent, Notify},
		{"nullable_tightened", NullableTightened, "It may no longer be null; readers are safe, writers of null fail.", OK, Breaks, OK, OK, Notify},
		{"nullable_tightened_presence", NullableTightened, "Whether it was set can no longer be told: what is not set holds the type's default.", OK, OK, OK, OK, Notify},
		{"cardinality_changed", CardinalityChanged, "One value became a list of values, or the reverse.", Breaks, Breaks, Breaks, Breaks, Decide},
		{"cardinality_changed_wire", CardinalityChanged, "One value became a list of values, or the reverse; readers of one value take the last of the list.", Silent, Silent, Breaks, Breaks, Decide},
		{"default_changed", DefaultChanged, "Rows written without it hold another value from now on.", Silent, Silent, OK, OK, Notify},
		{"default_changed_note", DefaultChanged, "Documents without it are as valid as before; whoever fills in the default fills in another value.", OK, OK, OK, OK, Notify},
		{"enum_value_added", EnumValueAdded, "CASE and IN that list all values miss the new one.", Breaks, OK, Silent, Silent, Notify},
		{"enum_value_added_fallback", EnumValueAdded, "Readers that do not know it take the enum's default for it.", Silent, OK, Silent, Silent, Notify},
		{"enum_value_added_open", EnumValueAdded, "Old readers keep the number of a value that they do not know; a switch over all values misses it.", OK, OK, Silent, Silent, Notify},
		{"enum_value_added_closed", EnumValueAdded, "Old readers put a value that they do not know aside, as if the field were not set.", Silent, OK, Silent, Silent, Notify},
		{"enum_value_added_alias", EnumValueAdded, "It is another name for a number that has one already.", OK, OK, OK, OK, Nothing},
		{"enum_value_removed", EnumValueRemoved, "Branches for it are dead; old data may still hold it.", OK, Breaks, OK, OK, Notify},
		{"enum_value_removed_fallback", EnumValueRemoved, "Branches for it are dead; in old data it is read as the enum's default.", OK, Silent, OK, OK, Notify},
		{"enum_value_removed_number", EnumValueRemoved, "Code that names it fails; new readers do not know it in old data. Its number is not reserved, so that a later value may take it by mistake.", OK, Silent, OK, OK, Decide},
		{"enum_value_removed_reserved", EnumValueRemoved, "Code that names it fails. Its number is reserved.", OK, OK, OK, OK, Decide},
		{"enum_value_removed_alias", EnumValueRemoved, "Code that names it fails; its number keeps another name.", OK, OK, OK, OK, Decide},
		{"enum_value_renamed", EnumValueRenamed, "Comparisons with the old value find nothing until they are rewritten.", Breaks, Breaks, Breaks, Breaks, Rewrite},
		{"enum_value_renamed_number", EnumValueRenamed, "Its number stayed, so encoded data is read as before; code, JSON and comparisons with the old name fail until they are rewritten.", OK, OK, Breaks, Breaks, Rewrite},
		{"union_changed", UnionChanged, "It holds one of another set of types.", Breaks, Breaks, Breaks, Breaks, Decide},
		{"union_changed_wider", UnionChanged, "It may hold values of a type that old readers do not know.", Breaks, OK, Breaks, Breaks, Decide},
		{"union_changed_narrower", UnionChanged, "Old data may hold values of a type that it no longer takes.", OK, Breaks, Breaks, Breaks, Decide},
		{"union_changed_covered", UnionChanged, "Each side's values are read as an alternative of the other side.", OK, OK, Silent, Silent, Notify},
		{"union_changed_oneof", UnionChanged, "It cannot be set together with the other members of its oneof; data that holds several keeps the last.", Breaks, Breaks, OK, OK, Decide},
		{"union_changed_oneof_alone", UnionChanged, "It is the only field that moved into a new oneof: data is read as before, and generated code sets it in another way.", OK, OK, OK, OK, Notify},
		{"union_changed_oneof_left", UnionChanged, "It may be set together with the fields that excluded it; old readers keep the last one that is set.", Silent, OK, OK, OK, Notify},
		{"union_changed_oneof_renamed", UnionChanged, "Its oneof has another name; data is read as before, and generated code that names it fails.", OK, OK, OK, OK, Notify},
	}
}

func shapeRules() []Rule {
	return []Rule{
		{"key_changed", KeyChanged, "What identifies a row is different; joins on it may multiply or lose rows.", Silent, Silent, Silent, Silent, Notify},
		{"partition_changed", PartitionChanged, "The same rows are laid out differently; filters that kept queries cheap may not.", OK, OK, OK, OK, Notify},
		{"constraint_relaxed", ConstraintRelaxed, "Rows that were impossible may appear.", Silent, OK, Silent, Silent, Notify},
		{"constraint_relaxed_instances", ConstraintRelaxed, "Documents that were not valid are now, and old readers refuse them.", Breaks, OK, Silent, Silent, Notify},
		{"constraint_relaxed_reserved", ConstraintRelaxed, "A new field may take what was kept for nobody; data that still holds it is then read as something else.", Silent, OK, OK, OK, Notify},
		{"constraint_tightened_other", ConstraintTightened, "Another condition holds: some documents that were valid may no longer be, and the reverse.", Breaks, Breaks, Silent, Silent, Notify},
		{"constraint_tightened", ConstraintTightened, "Readers are safe; old data and writers may violate it.", OK, Breaks, OK, OK, Notify},
		{"doc_changed", DocChanged, "Only words changed; check that the meaning did not.", OK, OK, OK, OK, Nothing},
	}
}
