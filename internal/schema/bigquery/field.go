package bigquery

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// maxFields is how many columns BigQuery lets a table have, times ten.
const maxFields = 100_000

// reader reads the fields of one table.
type reader struct {
	table *schema.Dataset
	read  int
}

// fields reads one list of siblings. BigQuery's names are one whatever their case.
func (r *reader) fields(list *tree.Node, parent string) ([]schema.Field, error) {
	var out []schema.Field
	seen := map[string]bool{}
	for _, n := range list.Items {
		if r.read++; r.read > maxFields {
			return nil, n.Errorf("more than %d fields; Skein reads no such schema", maxFields)
		}
		f, err := r.field(n, parent)
		if err != nil {
			return nil, err
		}
		key := strings.ToLower(f.Name)
		if seen[key] {
			return nil, n.At("name").Errorf("there is a second field %s beside this one, for case does not count; rename one", f.Name)
		}
		seen[key] = true
		out = append(out, f)
	}
	return out, nil
}

// field reads one field. It stands where its name does.
func (r *reader) field(n *tree.Node, parent string) (schema.Field, error) {
	if !n.Is(tree.Map) {
		return schema.Field{}, n.Errorf("a field is %s; write an object with name and type", n.Shown())
	}
	at := n.At("name")
	if !at.Absent() && !at.Is(tree.String) {
		return schema.Field{}, at.Errorf("the name of a field is %s; put it in quotes", at.Shown())
	}
	if at.Absent() && n.Tag != "" {
		return schema.Field{}, broughtIn(n)
	}
	if at.Absent() || at.Text == "" {
		return schema.Field{}, n.Errorf("this field has no name; write \"name\": \"…\"")
	}
	f := schema.Field{Name: at.Text, Pos: at.Pos}
	path := parent + f.Name
	members, err := r.typeOf(&f, n, path)
	if err != nil {
		return f, err
	}
	if err := mode(&f, n); err != nil {
		return f, err
	}
	if err := words(&f, n); err != nil {
		return f, err
	}
	if members != nil {
		if f.Fields, err = r.fields(members, path+"."); err != nil {
			return f, err
		}
	}
	return f, r.conditions(n, path)
}

// typeOf sets the type of the field, and returns the list of its members if it is a record.
func (r *reader) typeOf(f *schema.Field, n *tree.Node, path string) (members *tree.Node, err error) {
	at := n.At("type")
	if !at.Is(tree.String) || at.Text == "" {
		return nil, n.Errorf("%s has no type; write \"type\": \"STRING\" or another", path)
	}
	word := strings.ToLower(at.Text)
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return nil, at.Errorf("%s has the type %s, which is no word; parameters such as precision and mode are keys of their own", path, at.Shown())
	}
	f.Type = schema.Type{Kind: kind(word), Physical: word}
	switch f.Type.Kind {
	case "struct":
		if members = n.At("fields"); !members.Is(tree.List) || len(members.Items) == 0 {
			return nil, n.Errorf("%s is a record without fields; write \"fields\": […]", path)
		}
	case "integer", "float":
		f.Type.Bits = 64
	case "decimal":
		return nil, decimal(&f.Type, n, path)
	case "string", "bytes":
		f.Type.Length, err = n.At("maxLength").Int("maxLength")
		if f.Type.Length > 0 {
			f.Type.Physical += fmt.Sprintf("(%d)", f.Type.Length)
		}
	case "timestamp":
		f.Type.Zone = word == "timestamp"
		f.Type.Scale, err = n.At("timestampPrecision").Int("timestampPrecision")
		if f.Type.Scale > 0 {
			f.Type.Physical += fmt.Sprintf("(%d)", f.Type.Scale)
		}
	case "other":
		element, err := n.At("rangeElementType").At("type").Str("the type of rangeElementType")
		if element != "" {
			f.Type.Physical += "<" + strings.ToLower(element) + ">"
		}
		return nil, err
	}
	return members, err
}

// kind knows the names of the API and those of SQL. A type that is newer than Skein stays what it is.
func kind(word string) string {
	switch word {
	case "integer", "int64", "int", "smallint", "bigint", "tinyint", "byteint":
		return "integer"
	case "float", "float64":
		return "float"
	case "numeric", "bignumeric", "decimal", "bigdecimal":
		return "decimal"
	case "boolean", "bool":
		return "boolean"
	case "string", "bytes", "date", "time", "timestamp", "json", "interval":
		return word
	case "datetime":
		return "timestamp"
	case "record", "struct":
		return "struct"
	}
	return "other"
}

// decimal reads precision and scale, which default to those of the type.
func decimal(t *schema.Type, n *tree.Node, path string) error {
	big := strings.HasPrefix(t.Physical, "big")
	t.Digits, t.Scale = 38, 9
	if big {
		t.Digits, t.Scale = 76, 38
	}
	precision, err := n.At("precision").Int("precision")
	if err != nil {
		return err
	}
	scale, err := n.At("scale").Int("scale")
	if err != nil {
		return err
	}
	switch {
	case precision == 0 && scale > 0:
		return n.At("scale").Errorf("%s has a scale but no precision; write both", path)
	case scale > precision:
		return n.At("scale").Errorf("%s has the scale %d, more than its precision %d", path, scale, precision)
	case precision > 0:
		t.Digits, t.Scale = precision, scale
		t.Physical += fmt.Sprintf("(%d, %d)", precision, scale)
	}
	return nil
}

// mode tells nullable, required and repeated fields apart. A repeated field is never null but may be empty, which
// readers see as if it might be null.
func mode(f *schema.Field, n *tree.Node) error {
	at := n.At("mode")
	m, err := at.Str("mode")
	if err != nil {
		return err
	}
	switch strings.ToUpper(m) {
	case "", "NULLABLE":
		f.Nullable = true
	case "REQUIRED":
	case "REPEATED":
		elem := f.Type
		f.Nullable, f.Type = true, schema.Type{Kind: "array", Elem: &elem, Physical: "array<" + elem.Physical + ">"}
	default:
		return at.Errorf("%s has the mode %s; write NULLABLE, REQUIRED or REPEATED", f.Name, at.Shown())
	}
	return nil
}

// words reads what is said about a field: its default, description, tags and former name.
func words(f *schema.Field, n *tree.Node) error {
	if at := n.At("defaultValueExpression"); !at.Absent() {
		expr, err := at.Str("defaultValueExpression")
		if err != nil {
			return err
		}
		f.Default = &expr
	}
	var err error
	if f.Doc, err = doc(n.At("description")); err != nil {
		return err
	}
	tags, err := n.At("policyTags").At("names").Strings("the names of policyTags")
	if err != nil {
		return err
	}
	if len(tags) > 0 {
		f.Doc = strings.TrimSpace(f.Doc + " (policy tags: " + strings.Join(tags, ", ") + ")")
	}
	at := n.At("renamed_from")
	if f.Renamed, err = at.Str("renamed_from"); err == nil && f.Renamed != "" && strings.EqualFold(f.Renamed, f.Name) {
		return at.Errorf("renamed_from gives %s its own name; write the name that it had before", f.Name)
	}
	return err
}

// doc reads a description. Where it comes from another file, nothing is known of it, and nothing hangs on it.
func doc(n *tree.Node) (string, error) {
	if n != nil && n.Tag != "" {
		return "", nil
	}
	return n.Str("a description")
}

// broughtIn says that a program of the repository's own would put fields here.
func broughtIn(n *tree.Node) error {
	return n.Errorf("%.40s brings fields in from elsewhere, where Skein does not look; write them out", n.Tag)
}

// conditions keeps what shapes values without being part of the type.
func (r *reader) conditions(n *tree.Node, path string) error {
	for _, key := range []string{"collation", "roundingMode"} {
		at := n.At(key)
		value, err := at.Str(key)
		if err != nil {
			return err
		}
		if value != "" {
			r.table.Constraints = append(r.table.Constraints, schema.Constraint{Expr: path + " " + key + " " + value, Pos: at.Pos})
		}
	}
	return nil
}
