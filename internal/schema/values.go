package schema

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// values compares what one field holds: its type, nullability, default, enum values and words.
func (t *table) values(l level, path, nextPath string, old, next Field) {
	switch {
	case t.instances():
		t.instance(path, nextPath, old, next)
	case t.numbered():
		t.compareType(path, old.Type, next.Type, next)
		t.presence(path, old, next)
		t.enum(path, old, next)
	default:
		t.compareType(path, old.Type, next.Type, next)
		t.nullability(path, old, next)
		t.enum(path, old, next)
		t.listed(path, old, next)
	}
	t.defaults(path, old, next)
	if news(old.Deprecated, next.Deprecated) {
		t.deprecated(l, path, next)
	}
	if wordsChanged(old.Doc, next.Doc, old.Deprecated, next.Deprecated) {
		t.report("doc_changed", Change{Path: path, Before: docs(old.Doc, old.Deprecated),
			After: docs(next.Doc, next.Deprecated), Position: next.Pos})
	}
}

func (t *table) defaults(path string, old, next Field) {
	before, after := text(old.Default), text(next.Default)
	if (old.Default == nil) == (next.Default == nil) && sameText(t.newWords(before), after) {
		return
	}
	rule := "default_changed"
	if t.instances() {
		rule = "default_changed_note"
	}
	t.report(rule, Change{Path: path, Before: before, After: after, Position: next.Pos})
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// compareType reports the outermost difference of two types; members of structs are fields of their own.
func (t *table) compareType(path string, old, next Type, f Field) {
	if rule := compareTypes(old, next); rule != "" {
		t.report(rule, Change{Path: path, Before: old.Physical, After: next.Physical,
			Cast: t.declared.cast(path, f.Name), Position: f.Pos})
		return
	}
	if old.Elem == nil || next.Elem == nil {
		return
	}
	mark := "[]"
	if next.Kind == "map" {
		mark = "{}"
	}
	t.compareType(path+mark, *old.Elem, *next.Elem, f)
	t.nullability(path+mark, Field{Nullable: old.Elem.Nullable}, Field{Nullable: next.Elem.Nullable, Pos: f.Pos})
}

func (t *table) nullability(path string, old, next Field) {
	switch {
	case next.Nullable && !old.Nullable:
		t.report("nullable_relaxed", Change{Path: path, Before: "not null", After: "null", Position: next.Pos})
	case old.Nullable && !next.Nullable:
		t.report("nullable_tightened", Change{Path: path, Before: "null", After: "not null", Position: next.Pos})
	}
}

func (t *table) deprecated(l level, path string, next Field) {
	c := Change{Path: path, After: next.Deprecated.Note, Position: next.Pos}
	if next.Deprecated.Replacement == "" {
		t.report("field_deprecated", c)
		return
	}
	c.To, c.Evidence = replacement(l.nextPath, l.next, next.Deprecated.Replacement), Declared
	t.report("field_deprecated_replaced", c)
}

// listed tells that a field which is no enum is held to a list of values, or no longer.
func (t *table) listed(path string, old, next Field) {
	switch {
	case old.Type.Kind == "enum" || next.Type.Kind == "enum":
	case len(old.Enum) == 0 && len(next.Enum) > 0:
		t.report("constraint_tightened", Change{Path: path, After: oneOf(next.Enum), Position: next.Pos})
	case len(old.Enum) > 0 && len(next.Enum) == 0:
		t.report("constraint_relaxed", Change{Path: path, Before: oneOf(old.Enum), Position: next.Pos})
	}
}

func oneOf(values []string) string { return "one of " + strings.Join(values, ", ") }

// enum compares the values of an enum. A declared rename of a value counts when the old one is gone.
func (t *table) enum(path string, old, next Field) {
	switch {
	case len(old.Enum) == 0 && len(next.Enum) == 0:
		t.unlisted(path, next)
		return
	case len(old.Enum) == 0 || len(next.Enum) == 0:
		return
	}
	if t.numbered() {
		t.numberedEnum(path, old, next)
		return
	}
	if old.Fallback != next.Fallback {
		t.report("default_changed", Change{Path: path, Before: fallback(old), After: fallback(next), Position: next.Pos})
	}
	added, removed := "enum_value_added", "enum_value_removed"
	if old.Fallback != "" {
		added = "enum_value_added_fallback"
	}
	if next.Fallback != "" {
		removed = "enum_value_removed_fallback"
	}
	taken := map[string]bool{}
	for _, v := range next.Enum {
		if slices.Contains(old.Enum, v) {
			continue
		}
		c := Change{Path: path, After: v, Position: enumPos(next, v)}
		if was := t.formerValue(path, old, next, v); was != "" && !taken[was] {
			taken[was] = true
			c.Before, c.Evidence = was, Declared
			t.report("enum_value_renamed", c)
			continue
		}
		t.report(added, c)
	}
	for _, v := range old.Enum {
		if !slices.Contains(next.Enum, v) && !taken[v] {
			t.report(removed, Change{Path: path, Before: v, Side: "old", Position: enumPos(old, v)})
		}
	}
}

// unlisted tells the renamed values of a field whose values no schema lists, such as a text column: only who writes
// them knows, and the config says it.
func (t *table) unlisted(path string, next Field) {
	for _, v := range t.declared.Values {
		if samePath(v.Field, path) || samePath(v.Field, next.Name) {
			t.report("enum_value_renamed", Change{Path: path, Before: v.From, After: v.To, Evidence: Declared, Position: next.Pos})
		}
	}
}

// fallback is how a change calls the value that stands for unknown ones.
func fallback(f Field) string {
	if f.Fallback == "" {
		return ""
	}
	return "unknown values read as " + f.Fallback
}

func enumPos(f Field, value string) repo.Position {
	if p, ok := f.EnumPos[value]; ok {
		return p
	}
	return f.Pos
}

// formerValue follows the file's and the config's renames of a value back to one that the old enum held.
func (t *table) formerValue(path string, old, next Field, v string) string {
	if from, ok := t.declared.value(v, path, next.Name); ok {
		v = from
	} else {
		v = next.EnumRenamed[v]
	}
	for steps := 0; v != "" && steps <= len(next.EnumRenamed); steps++ {
		if slices.Contains(old.Enum, v) {
			if slices.Contains(next.Enum, v) {
				return ""
			}
			return v
		}
		v = next.EnumRenamed[v]
	}
	return ""
}
