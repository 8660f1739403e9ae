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

// formatAt is the format that a dataset is declared in, or was.
func (d *differ) formatAt(name string) string {
	for _, s := range [...]Schema{d.after, d.before} {
		for i := range s.Datasets {
			if s.Datasets[i].Name == name {
				return d.formatOf(s, s.Datasets[i])
			}
		}
	}
	return d.after.Format
}

// pairNamespaces pairs what is left over by names without their namespaces, where readers compare no more, and
// where one name is left over once on each side.
func (d *differ) pairNamespaces(match []int) []int {
	if d.after.Format != d.before.Format || d.after.Format != "avro" && d.after.Format != "protobuf" {
		return match
	}
	gone, fresh := map[string][]int{}, map[string][]int{}
	for _, o := range unmatched(len(d.before.Datasets), match) {
		name := lastPart(d.before.Datasets[o].Name)
		gone[name] = append(gone[name], o)
	}
	for _, n := range freshOf(match) {
		name := lastPart(d.after.Datasets[n].Name)
		fresh[name] = append(fresh[name], n)
	}
	for name, n := range fresh {
		if o := gone[name]; len(n) == 1 && len(o) == 1 {
			match[n[0]] = o[0]
		}
	}
	return match
}

// datasetRenameRule knows namespaces, which readers do not compare, and names that the new file keeps as aliases.
func (d *differ) datasetRenameRule(old, next Dataset) string {
	switch format := d.formatOf(d.after, next); {
	case format != "avro" && format != "protobuf":
		return "dataset_renamed"
	case lastPart(old.Name) == lastPart(next.Name):
		return "dataset_renamed_namespace"
	case slices.Contains(formerNames(next.Renamed, next.Former), old.Name):
		return "dataset_renamed_aliased"
	}
	return "dataset_renamed"
}

func (t *table) renameRule(old, next Field) string {
	switch {
	case t.numbered() && old.ID == next.ID:
		return "field_renamed_number"
	case !t.resolves() || !slices.Contains(formerNames(next.Renamed, next.Former), old.Name):
		return "field_renamed"
	case old.Default != nil:
		return "field_renamed_aliased_default"
	}
	return "field_renamed_aliased"
}

// additionRule tells what must be in the data from what may be.
func (t *table) additionRule(l level, next Field) string {
	switch {
	case t.numbered():
		return numberedAddition(l, next)
	case t.instances():
		return instanceAddition(l, next)
	case next.Default == nil && (!next.Nullable || t.resolves()):
		return "field_added_required"
	}
	return "field_added"
}

func (t *table) removalRule(rule string, l level, old Field) string {
	switch {
	case t.numbered():
		return rule + numberedRemoval(l, old)
	case t.instances():
		return rule + instanceRemoval(l, old)
	case t.resolves() && old.Default != nil:
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
