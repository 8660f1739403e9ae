package dbt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// promised finishes a dataset: the columns with what constraints and tests promise of them, and the keys. The
// objects are those that speak of the whole table.
func (r *reader) promised(b resourceBase, columns []column, objects ...*tree.Node) (schema.Dataset, error) {
	p := &promises{d: b.Dataset, unheld: unheld(objects)}
	for _, c := range columns {
		p.d.Fields = append(p.d.Fields, c.Field)
		f := &p.d.Fields[len(p.d.Fields)-1]
		if err := p.of(c.node, f); err != nil {
			return p.d, err
		}
	}
	enforced := false
	for _, n := range objects {
		if err := p.of(n, nil); err != nil {
			return p.d, err
		}
		if at := setting(n, "contract").At("enforced"); at != nil {
			on, err := at.Flag("enforced")
			if err != nil {
				return p.d, err
			}
			enforced = on
		}
	}
	if enforced {
		p.d.Constraints = append(p.d.Constraints, schema.Constraint{Name: "contract", Expr: "contract enforced", Pos: p.d.Pos})
	}
	p.d.Open = len(columns) == 0 && !enforced
	p.d.Fields = nest(p.d.Fields)
	return p.d, nil
}

// unheld reports whether a model's constraints are words only: a view holds its rows to none.
func unheld(objects []*tree.Node) bool {
	how := ""
	for _, n := range objects {
		if at := setting(n, "materialized"); at.Is(tree.String) {
			how = at.Text
		}
	}
	return how == "view" || how == "materialized_view" || how == "ephemeral"
}

// promises collects what is promised about one table.
type promises struct {
	d      schema.Dataset
	unheld bool
}

// of reads the constraints and tests of a column, or of the table when f is nil.
func (p *promises) of(n *tree.Node, f *schema.Field) error {
	constraints, err := n.At("constraints").List("constraints")
	if err != nil {
		return err
	}
	for _, c := range constraints {
		if err := p.constraint(c, f); err != nil {
			return err
		}
	}
	for _, key := range []string{"tests", "data_tests"} {
		tests, err := n.At(key).List(key)
		if err != nil {
			return err
		}
		for _, t := range tests {
			if err := p.test(t, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *promises) constraint(n *tree.Node, f *schema.Field) error {
	kind, err := n.At("type").Str("the type of a constraint")
	if err != nil || p.unheld {
		return err
	}
	columns, err := n.At("columns").Strings("the columns of a constraint")
	if err != nil {
		return err
	}
	if f != nil {
		columns = []string{f.Name}
	}
	text := func(key string) string {
		if v := n.At(key); v.Is(tree.String) {
			return v.Text
		}
		return ""
	}
	switch kind {
	case "not_null":
		p.notNull(columns)
	case "unique":
		p.unique(columns)
	case "primary_key":
		p.d.PrimaryKey = append(p.d.PrimaryKey, columns...)
	case "check", "custom":
		p.condition(n, text("name"), strings.TrimSpace(kind+" "+text("expression")))
	case "foreign_key":
		to, err := n.At("to_columns").Strings("to_columns")
		if err != nil {
			return err
		}
		target := text("expression")
		if at := text("to"); at != "" {
			target = fmt.Sprintf("%s (%s)", at, strings.Join(to, ", "))
		}
		p.condition(n, text("name"), fmt.Sprintf("foreign key (%s) references %s", strings.Join(columns, ", "), target))
	default:
		return n.Errorf("a constraint of type %.40q; write not_null, unique, primary_key, foreign_key, check or custom", kind)
	}
	return nil
}

func (p *promises) condition(n *tree.Node, name, expr string) {
	p.d.Constraints = append(p.d.Constraints, schema.Constraint{Name: name, Expr: expr, Pos: n.Pos})
}

func (p *promises) notNull(columns []string) {
	for _, c := range columns {
		if f := p.field(c); f != nil {
			f.Nullable = false
		}
	}
}

func (p *promises) field(name string) *schema.Field {
	for i := range p.d.Fields {
		if strings.EqualFold(p.d.Fields[i].Name, name) {
			return &p.d.Fields[i]
		}
	}
	return nil
}

// unique takes a key once, however often it is promised.
func (p *promises) unique(columns []string) {
	same := func(u []string) bool { return slices.Equal(u, columns) }
	if len(columns) > 0 && !slices.ContainsFunc(p.d.Unique, same) {
		p.d.Unique = append(p.d.Unique, columns)
	}
}

// test reads a test by its name alone, or as an object with arguments. One that only warns, or that looks at
// some of the rows, promises nothing.
func (p *promises) test(n *tree.Node, f *schema.Field) error {
	name, args := n.Text, (*tree.Node)(nil)
	if n.Is(tree.Map) && len(n.Entries) > 0 {
		name, args = n.Entries[0].Key.Text, n.Entries[0].Value
		if t := n.At("test_name"); t.Is(tree.String) {
			name, args = t.Text, n
		}
	}
	if setting(args, "where") != nil || setting(args, "severity").Is(tree.String) && strings.EqualFold(setting(args, "severity").Text, "warn") ||
		disabled(args) {
		return nil
	}
	if inner := args.At("arguments"); inner != nil {
		args = inner
	}
	columns, err := tested(args, f)
	if err != nil {
		return err
	}
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "not_null":
		p.notNull(columns)
	case "unique":
		p.unique(columns)
	case "unique_combination_of_columns":
		all, err := args.At("combination_of_columns").Strings("combination_of_columns")
		p.unique(all)
		return err
	case "accepted_values":
		return p.accepted(args, columns)
	case "relationships":
		to, field := args.At("to"), args.At("field")
		if to.Is(tree.String) && field.Is(tree.String) {
			p.condition(n, "", fmt.Sprintf("foreign key (%s) references %s (%s)", strings.Join(columns, ", "), to.Text, field.Text))
		}
	}
	return nil
}

// tested returns the column that a test is about: the one below which it stands, else the one that it names.
func tested(args *tree.Node, f *schema.Field) ([]string, error) {
	if f != nil {
		return []string{f.Name}, nil
	}
	name, err := args.At("column_name").Str("column_name")
	if name == "" {
		return nil, err
	}
	return []string{name}, nil
}

func (p *promises) accepted(args *tree.Node, columns []string) error {
	values, err := args.At("values").List("the values of accepted_values")
	if err != nil {
		return err
	}
	for _, v := range values {
		if v.Kind == tree.List || v.Kind == tree.Map {
			return v.Errorf("accepted_values holds %s; write a value", v.Shown())
		}
	}
	for _, c := range columns {
		if f := p.field(c); f != nil {
			f.Enum, f.EnumPos = listed(values)
		}
	}
	return nil
}

// listed returns each value once, and where it stands.
func listed(values []*tree.Node) (enum []string, at map[string]repo.Position) {
	at = map[string]repo.Position{}
	for _, v := range values {
		if _, twice := at[v.Text]; !twice {
			enum = append(enum, v.Text)
			at[v.Text] = v.Pos
		}
	}
	return enum, at
}
