package schema

import "slices"

// Readers of some formats resolve data against their own schema: by name, through aliases, with defaults for
// what the data lacks. For them the same change has other verdicts, and this file says which.

// resolves reports whether readers of the dataset do so.
func (t *table) resolves() bool { return t.formatOf(t.after, t.next) == "avro" }

// formatOf returns the dataset's own format: a schema put together from several files may hold several.
func (d *differ) formatOf(s Schema, data Dataset) string {
	if data.Format != "" {
		return data.Format
	}
	return s.Format
}

// datasetRenameRule knows names that the new file keeps as aliases.
func (d *differ) datasetRenameRule(old, next Dataset) string {
	if d.formatOf(d.after, next) == "avro" && slices.Contains(formerNames(next.Renamed, next.Former), old.Name) {
		return "dataset_renamed_aliased"
	}
	return "dataset_renamed"
}

func (t *table) renameRule(old, next Field) string {
	switch {
	case !t.resolves() || !slices.Contains(formerNames(next.Renamed, next.Former), old.Name):
		return "field_renamed"
	case old.Default != nil:
		return "field_renamed_aliased_default"
	}
	return "field_renamed_aliased"
}

func (t *table) removalRule(rule string, old Field) string {
	if t.resolves() && old.Default != nil {
		return rule + "_default"
	}
	return rule
}

// compareNamed compares types of which readers know the names: records, enums and fixed sizes.
func compareNamed(old, next Type) string {
	switch {
	case old.Kind != next.Kind || (old.Name == "") != (next.Name == "") || old.Length != next.Length:
		return "type_changed"
	case lastPart(old.Name) == lastPart(next.Name):
		return ""
	case slices.Contains(next.Aliases, old.Name):
		return "type_changed_renamed"
	}
	return "type_changed"
}

// compareCarried compares types of which at least one is a logical type: what the bytes are, and what they mean.
func compareCarried(old, next Type) string {
	carrier := compareTypes(old.carrier(), next.carrier())
	old.Base, next.Base = nil, nil
	meaning := compareTypes(old, next)
	switch {
	case carrier == "" && textOrBytes(old) && textOrBytes(next) && old.Kind != next.Kind:
		return "type_widened_promoted"
	case carrier == "" && old.Kind == next.Kind:
		return meaning
	case carrier == "" || carrier == "type_widened_promoted":
		return "type_changed_logical"
	case meaning == "":
		return carrier
	case meaning == "cardinality_changed":
		return meaning
	}
	return "type_changed"
}

// carrier returns the type on the wire.
func (t Type) carrier() Type {
	if t.Base != nil {
		return *t.Base
	}
	return t
}

func textOrBytes(t Type) bool { return t.Kind == "string" || t.Kind == "bytes" }
