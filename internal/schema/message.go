package schema

import (
	"fmt"
	"strings"
)

// message says what happened and what that means, in one or two sentences.
func message(c Change, r Rule, format string) string {
	parts := []string{happened(c) + ".", r.Means}
	switch {
	case c.Suggests != "" && c.Side == "old":
		parts = append(parts, fmt.Sprintf("If it was renamed to %s, declare that: %s, or add it to renames in the config.", c.Suggests, declaring(format, lastName(c))))
	case c.Suggests != "":
		parts = append(parts, fmt.Sprintf("It may be %s under a new name; nothing is rewritten until that is declared.", c.Suggests))
	case c.Cast != "":
		parts = append(parts, fmt.Sprintf("Declared: read it as %s.", strings.ReplaceAll(c.Cast, "{}", lastName(c))))
	case c.Drop:
		parts = append(parts, "Declared: readers may lose it from their select lists.")
	case c.Deadline != "":
		parts = append(parts, fmt.Sprintf("Deadline: %s.", c.Deadline))
	}
	return strings.Join(parts, " ")
}

// declaring says how a file of the format declares a rename.
func declaring(format, old string) string {
	switch format {
	case "avro":
		return fmt.Sprintf("write \"aliases\": [%q] at the new one", old)
	case "bigquery":
		return fmt.Sprintf("write \"renamed_from\": %q at the new one", old)
	case "protobuf":
		return "keep its number under the new name"
	case "jsonschema":
		return fmt.Sprintf("write \"x-renamed-from\": %q at the new one", old)
	case "dbt":
		return fmt.Sprintf("write meta: {renamed_from: %s} at the new one", old)
	}
	return fmt.Sprintf("write -- @renamed from=%s beside the new one", old)
}

func lastName(c Change) string {
	if c.Path == "" {
		return lastPart(c.Dataset)
	}
	return lastPart(Names(c.Path))
}

// happened names the subject and what became of it.
func happened(c Change) string {
	switch c.Kind {
	case DatasetAdded:
		return c.Dataset + " is a new dataset"
	case DatasetRemoved:
		return c.Dataset + " is gone"
	case DatasetRenamed:
		return fmt.Sprintf("%s is now called %s", c.Dataset, c.To)
	case DatasetReplaced:
		return fmt.Sprintf("%s is replaced by %s", c.Dataset, c.To)
	case DatasetDeprecated:
		return deprecated(c.Dataset, c)
	}
	return fieldHappened(c, c.Dataset+"."+c.Path)
}

func fieldHappened(c Change, subject string) string {
	switch c.Kind {
	case FieldAdded:
		return fmt.Sprintf("%s is new (%s)", subject, c.After)
	case FieldRemoved:
		if c.To != "" {
			return fmt.Sprintf("%s is gone; %s takes its place", subject, c.To)
		}
		return subject + " is gone"
	case FieldRenamed:
		return fmt.Sprintf("%s is now called %s", subject, lastPart(c.To))
	case FieldMoved:
		return fmt.Sprintf("%s is now at %s", subject, c.To)
	case FieldReordered:
		return fmt.Sprintf("%s stands elsewhere among its siblings (place %s, now %s)", subject, c.Before, c.After)
	case FieldDeprecated:
		return deprecated(subject, c)
	case EnumValueAdded:
		return fmt.Sprintf("%s has a new value %q", subject, c.After)
	case EnumValueRemoved:
		return fmt.Sprintf("%s lost the value %q", subject, c.Before)
	case EnumValueRenamed:
		return fmt.Sprintf("%s: the value %q is now %q", subject, c.Before, c.After)
	}
	if c.Path == "" {
		subject = c.Dataset
	}
	return fmt.Sprintf("%s: %s", subject, valueHappened(c))
}

func deprecated(subject string, c Change) string {
	s := subject + " is deprecated"
	if c.To != "" {
		s += fmt.Sprintf(" in favour of %s", c.To)
	}
	if c.After != "" {
		s += " (" + c.After + ")"
	}
	return s
}

func valueHappened(c Change) string {
	what := strings.ReplaceAll(string(c.Kind), "_", " ")
	switch {
	case c.Before == "":
		return fmt.Sprintf("%s, now %s", what, c.After)
	case c.After == "":
		return fmt.Sprintf("%s, no longer %s", what, c.Before)
	}
	return fmt.Sprintf("%s from %s to %s", what, c.Before, c.After)
}
