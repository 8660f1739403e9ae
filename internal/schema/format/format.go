// Package format is the one list of the schema formats that Skein reads, and tells which of them a file is in.
//
// A format is a line of All: its name, the endings of its files, a look at the content where an ending says too
// little, and its parser. Whoever needs a schema of any format calls Pick and then Parse.
package format

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/avro"
	"github.com/skein-bot/skein/internal/schema/bigquery"
	"github.com/skein-bot/skein/internal/schema/dbt"
	"github.com/skein-bot/skein/internal/schema/jsonschema"
	"github.com/skein-bot/skein/internal/schema/protobuf"
	"github.com/skein-bot/skein/internal/schema/sql"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// Format is one way to write a schema down.
type Format struct {
	Name    string
	Endings string                     // of its files' names, set apart by blanks
	Looks   func(root *tree.Node) bool // whether the content is of the format; nil: the ending says it
	Parse   func(files []schema.File, dialect string) (schema.Schema, error)
}

// All returns the formats, in the order in which they are listed for people.
func All() []Format {
	return []Format{
		{"avro", ".avsc .avpr .avdl .json", avro.Looks, plain(avro.Parse)},
		{"bigquery", ".json .yml .yaml", bigquery.Looks, plain(bigquery.Parse)},
		{"protobuf", ".proto", nil, plain(protobuf.Parse)},
		{"jsonschema", ".json .jsonschema", jsonschema.Looks, plain(jsonschema.Parse)},
		{"dbt", ".yml .yaml", dbt.Looks, dbt.Parse},
		{"sql", ".sql", nil, sql.Parse},
	}
}

// plain is the parser of a format without dialects.
func plain(parse func([]schema.File) (schema.Schema, error)) func([]schema.File, string) (schema.Schema, error) {
	return func(files []schema.File, _ string) (schema.Schema, error) { return parse(files) }
}

// Named returns the format of a name, and false when there is none.
func Named(name string) (Format, bool) {
	i := slices.IndexFunc(All(), func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return All()[i], true
}

// Names lists the formats, for messages.
func Names() string {
	var names []string
	for _, f := range All() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// Wants reports whether a file's name ends like one of the format; of the zero Format, like one of any.
func (f Format) Wants(file string) bool {
	if f.Name == "" {
		return slices.ContainsFunc(All(), func(f Format) bool { return f.Wants(file) })
	}
	return slices.Contains(strings.Fields(f.Endings), strings.ToLower(path.Ext(file)))
}

// Telling reports whether the ending alone says the format: no other format has it, nor do other things. For the
// zero Format, that of any will do.
func (f Format) Telling(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".json", ".yml", ".yaml":
		return false
	}
	return f.Wants(file)
}

// Pick returns the format of a folder's files and those of them that are in it. A name given by a person settles
// the format. Files of no format, such as a package.json, are left out.
func Pick(files []schema.File, name string) (Format, []schema.File, error) {
	if name != "" {
		f, ok := Named(name)
		if !ok {
			return f, nil, fmt.Errorf("the format %q is unknown; choose one of %s", name, Names())
		}
		if len(files) == 1 {
			return f, files, nil
		}
		return f, f.among(files, true), nil
	}
	var found Format
	var picked []schema.File
	for _, f := range All() {
		mine := f.among(files, false)
		if len(mine) == 0 {
			continue
		}
		if found.Name != "" {
			return found, nil, fmt.Errorf("%s is %s and %s is %s; say which format is meant", picked[0].Path, found.Name, mine[0].Path, f.Name)
		}
		found, picked = f, mine
	}
	if found.Name == "" {
		return guess(files)
	}
	return found, picked, nil
}

// guess judges a single file whose name says nothing. What begins like JSON is judged by its content, and any
// other text is taken for SQL.
func guess(files []schema.File) (Format, []schema.File, error) {
	if len(files) != 1 {
		return Format{}, nil, nil
	}
	for _, f := range All() {
		if f.Looks != nil && f.looks(files[0]) {
			return f, files, nil
		}
	}
	if ext := path.Ext(files[0].Path); (Format{}).Wants(files[0].Path) || strings.ContainsAny(first(files[0]), "{[") {
		return Format{}, nil, fmt.Errorf("%s looks like no schema that Skein reads; if it is one, say its format: %s", strings.TrimSpace("this "+ext+" file"), Names())
	}
	f, _ := Named("sql")
	return f, files, nil
}

// first returns the first character that says something.
func first(f schema.File) string {
	text := strings.TrimLeft(string(f.Content[:min(len(f.Content), 1024)]), "\ufeff \t\r\n")
	return text[:min(len(text), 1)]
}

// among returns the files of the format. When a person named it, one that cannot be read counts, for its fault
// is to be shown.
func (f Format) among(files []schema.File, named bool) []schema.File {
	var out []schema.File
	for _, file := range files {
		if f.Telling(file.Path) || f.Wants(file.Path) && (f.looks(file) || named && !readable(file)) {
			out = append(out, file)
		}
	}
	return out
}

func (f Format) looks(file schema.File) bool {
	root, err := tree.Read(file)
	return err == nil && f.Looks(root)
}

func readable(file schema.File) bool {
	_, err := tree.Read(file)
	return err == nil
}
