package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// same says how the outputs of two sets of models differ; "" when they do not. The case of a column's name is the
// engine's affair.
func same(want, got map[string]result) string {
	for _, file := range slices.Sorted(maps.Keys(want)) {
		w, g := want[file], got[file]
		if !slices.EqualFunc(w.columns, g.columns, strings.EqualFold) {
			return fmt.Sprintf("%s has the columns %v, had %v", file, g.columns, w.columns)
		}
		if !slices.EqualFunc(w.values, g.values, slices.Equal) {
			return fmt.Sprintf("%s returns %v, returned %v", file, g.values, w.values)
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("there are %d models, there were %d", len(got), len(want))
	}
	return ""
}

// compare runs two versions of a repository's models, each on its tables.
func compare(ctx context.Context, before, was, now, is tree) error {
	want, err := outputsOn(ctx, before, was)
	if err != nil {
		return err
	}
	got, err := outputsOn(ctx, now, is)
	if err != nil {
		return err
	}
	if diff := same(want, got); diff != "" {
		return errors.New(diff)
	}
	return nil
}

func outputsOn(ctx context.Context, tables, files tree) (map[string]result, error) {
	db, err := openDatabase(ctx, tables, nil)
	if err != nil {
		return nil, err
	}
	defer db.close() //nolint:errcheck // a memory that is thrown away
	return db.outputs(ctx, files.models())
}
