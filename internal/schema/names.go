package schema

import "strings"

// columnKey folds a column's name: two columns of one dialect are the same when their keys are equal.
func columnKey(dialect, name string, quoted bool) string {
	switch dialect {
	case "postgres":
		if quoted {
			return name
		}
		return strings.ToLower(name)
	case "snowflake":
		if quoted {
			return name
		}
		return strings.ToUpper(name)
	case "clickhouse", "":
		return name
	}
	return strings.ToLower(name)
}

// datasetKey folds a dataset's name. Only its last part is known to be quoted or not; the names before it count
// as bare.
func datasetKey(dialect, name string, quoted bool) string {
	if dialect == "bigquery" {
		return name // its tables are case-exact, its columns are not
	}
	last := lastPart(name)
	return columnKey(dialect, name[:len(name)-len(last)], false) + columnKey(dialect, last, quoted)
}

// FieldKey folds the field's name under the schema's dialect.
func (s Schema) FieldKey(f Field) string { return columnKey(s.Dialect, f.Name, f.Quoted) }

// DatasetKey folds the dataset's name under its dialect.
func (s Schema) DatasetKey(d Dataset) string { return datasetKey(s.dialectOf(d), d.Name, d.Quoted) }

// Exact reports whether the field's name, written without quotes, would mean another one in the dialect.
func (f Field) Exact(dialect string) bool {
	return f.Quoted && columnKey(dialect, f.Name, true) != columnKey(dialect, f.Name, false)
}

// dialectOf returns the dataset's own dialect: a schema put together from several files may hold several.
func (s Schema) dialectOf(d Dataset) string {
	if d.Dialect != "" {
		return d.Dialect
	}
	return s.Dialect
}

// Fold returns the key of a name that was written without quotes.
func (s Schema) Fold(name string) string { return columnKey(s.Dialect, name, false) }

// Stored returns a name as the dialect stores it where quotes make a difference, else as written. Former names
// are kept so, for it is no longer known whether they were quoted.
func (s Schema) Stored(name string, quoted bool) string {
	if s.Dialect == "postgres" || s.Dialect == "snowflake" {
		return columnKey(s.Dialect, name, quoted)
	}
	return name
}

// lastPart returns what stands after the last dot of a dataset's name.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// find returns the dataset that a person means by name: the one of exactly that name, else the only one whose
// qualified name ends with it, or that it ends with.
func (s Schema) find(name string) *Dataset {
	if d := exact(s, name); d != nil {
		return d
	}
	if hits := tails(s, name); len(hits) == 1 {
		return hits[0]
	}
	return nil
}

// sameTail reports whether one dotted name ends with the other, whatever their case.
func sameTail(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	return strings.EqualFold(a, b) || len(a) > len(b) &&
		a[len(a)-len(b)-1] == '.' && strings.EqualFold(a[len(a)-len(b):], b)
}

// Names strips the marks of elements and map values from a path: items[].sku is items.sku in a query.
func Names(path string) string {
	return strings.NewReplacer("[]", "", "{}", "").Replace(path)
}

// Find returns the field of a path, or nil: the one that is written so, else one whose name differs in case alone. Marks
// of elements in the path say nothing here.
func Find(fields []Field, path string) *Field {
	path = Names(path)
	if f := find(fields, path, func(a, b string) bool { return a == b }); f != nil {
		return f
	}
	return find(fields, path, strings.EqualFold)
}

func find(fields []Field, path string, same func(a, b string) bool) *Field {
	for i := range fields {
		f := &fields[i]
		if same(f.Name, path) {
			return f
		}
		if n := len(f.Name); len(path) > n && path[n] == '.' && same(path[:n], f.Name) {
			if found := find(f.Fields, path[n+1:], same); found != nil {
				return found
			}
		}
	}
	return nil
}

// Leads returns the marks that lead from a field of the type to the members of its struct.
func (t Type) Leads() string {
	var marks strings.Builder
	for e := &t; e.Elem != nil; e = e.Elem {
		if e.Kind == "map" {
			marks.WriteString("{}")
		} else {
			marks.WriteString("[]")
		}
	}
	return marks.String()
}

func join(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "." + name
}

// sameText compares two expressions as written: spaces and case count only inside quotes.
func sameText(a, b string) bool { return plainText(a) == plainText(b) }

func plainText(s string) string {
	var b strings.Builder
	var quote rune
	for _, r := range s {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"' || r == '`':
			quote = r
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			continue
		default:
			r = lower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// lowerNames is the key of a path in an index of fields.
func lowerNames(path string) string { return strings.ToLower(Names(path)) }

func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
