package bigquery

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// Parse reads files of which each holds the schema of one table, or what is said beside it. Errors are
// *schema.ParseError.
func Parse(files []schema.File) (schema.Schema, error) {
	out := schema.Schema{Format: "bigquery", Dialect: "bigquery"}
	seen := map[string]schema.Dataset{}
	said, err := metadata(files)
	if err != nil {
		return schema.Schema{}, err
	}
	for _, f := range slices.SortedStableFunc(slices.Values(files), func(a, b schema.File) int { return strings.Compare(a.Path, b.Path) }) {
		if beside(f.Path) {
			continue
		}
		root, err := tree.Read(f)
		if err != nil {
			return schema.Schema{}, err
		}
		d, err := table(root)
		if err != nil {
			return schema.Schema{}, err
		}
		if before, double := seen[d.Name]; double {
			return schema.Schema{}, root.Errorf("the table %s was declared at %s already; keep one of the two", d.Name, before.Pos)
		}
		if err := describe(&d, said[path.Dir(f.Path)]); err != nil {
			return schema.Schema{}, err
		}
		seen[d.Name] = d
		out.Datasets = append(out.Datasets, d)
	}
	return out, nil
}

// table reads a whole file.
func table(root *tree.Node) (schema.Dataset, error) {
	d := schema.Dataset{Format: "bigquery", Dialect: "bigquery", Pos: root.Pos}
	list, err := fieldList(root)
	if err != nil {
		return d, err
	}
	r := reader{table: &d}
	if d.Fields, err = r.fields(list, ""); err != nil {
		return d, err
	}
	if d.Doc, err = doc(root.At("description")); err != nil {
		return d, err
	}
	if err := name(&d, root); err != nil {
		return d, err
	}
	if err := layout(&d, root); err != nil {
		return d, err
	}
	return d, keys(&d, root.At("tableConstraints"))
}

// fieldList finds the fields in any of the forms that a schema comes in.
func fieldList(root *tree.Node) (*tree.Node, error) {
	at := root
	if s := root.At("schema"); s != nil {
		at = s
	}
	if at.Is(tree.Map) {
		at = at.At("fields")
	}
	if at.Is(tree.Map) && at.Tag != "" {
		return nil, broughtIn(at)
	}
	if !at.Is(tree.List) {
		return nil, root.Errorf("this is no table schema: write a list of fields, or an object with schema.fields")
	}
	return at, nil
}

// name takes the table's name from what bq show prints, else from its folders, else from the file's.
func name(d *schema.Dataset, root *tree.Node) error {
	ref := root.At("tableReference")
	var parts []string
	for _, key := range []string{"projectId", "datasetId", "tableId"} {
		part, err := ref.At(key).Str(key)
		if err != nil {
			return err
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	if ref.At("tableId") != nil {
		d.Name = strings.Join(parts, ".")
		return nil
	}
	if d.Name = folders(d.Pos.File); d.Name != "" {
		return nil
	}
	base := path.Base(d.Pos.File)
	d.Name, d.Nameless = strings.TrimSuffix(strings.TrimSuffix(base, path.Ext(base)), ".schema"), true
	if dir := path.Base(path.Dir(d.Pos.File)); d.Name == "schema" && dir != "." {
		d.Name = dir
	}
	return nil
}

// layout reads partitions and clusters.
func layout(d *schema.Dataset, root *tree.Node) error {
	if err := byTime(d, root.At("timePartitioning")); err != nil {
		return err
	}
	if err := byRange(d, root.At("rangePartitioning")); err != nil {
		return err
	}
	if err := filtered(d, root.At("requirePartitionFilter"), root.At("timePartitioning").At("requirePartitionFilter")); err != nil {
		return err
	}
	var err error
	d.Cluster, err = root.At("clustering").At("fields").Strings("the fields of clustering")
	return err
}

func byTime(d *schema.Dataset, p *tree.Node) error {
	if p.Absent() {
		return nil
	}
	field, err := orText(p.At("field"), "_PARTITIONTIME", "the field of a partition")
	if err != nil {
		return err
	}
	unit, err := orText(p.At("type"), "DAY", "the type of a partition")
	d.Partition = append(d.Partition, fmt.Sprintf("TIMESTAMP_TRUNC(%s, %s)", field, strings.ToUpper(unit)))
	return err
}

func byRange(d *schema.Dataset, p *tree.Node) error {
	if p.Absent() {
		return nil
	}
	field, err := orText(p.At("field"), "", "the field of a partition")
	d.Partition = append(d.Partition, fmt.Sprintf("RANGE_BUCKET(%s, %s)", field, span(p.At("range"))))
	return err
}

// filtered notes that queries must choose partitions, where one of the places says so.
func filtered(d *schema.Dataset, places ...*tree.Node) error {
	for _, n := range places {
		must, err := n.Flag("whether a filter is required")
		if err != nil {
			return err
		}
		if must {
			d.Partition = append(d.Partition, "a filter is required")
			return nil
		}
	}
	return nil
}

// span writes the range of a partition: start, end and interval.
func span(n *tree.Node) string {
	var parts []string
	for _, key := range []string{"start", "end", "interval"} {
		if v := n.At(key); v != nil {
			parts = append(parts, v.Text)
		}
	}
	return strings.Join(parts, ":")
}

func orText(n *tree.Node, unset, what string) (string, error) {
	s, err := n.Str(what)
	if s == "" {
		s = unset
	}
	return s, err
}

// keys reads the constraints that BigQuery keeps without enforcing them.
func keys(d *schema.Dataset, n *tree.Node) error {
	var err error
	if d.PrimaryKey, err = n.At("primaryKey").At("columns").Strings("the columns of a primary key"); err != nil {
		return err
	}
	foreign, err := n.At("foreignKeys").List("foreignKeys")
	if err != nil {
		return err
	}
	for _, f := range foreign {
		c, err := foreignKey(f)
		if err != nil {
			return err
		}
		d.Constraints = append(d.Constraints, c)
	}
	return nil
}

func foreignKey(n *tree.Node) (schema.Constraint, error) {
	c := schema.Constraint{Pos: n.Pos}
	var err error
	if c.Name, err = n.At("name").Str("the name of a foreign key"); err != nil {
		return c, err
	}
	table, err := n.At("referencedTable").At("tableId").Str("tableId")
	if err != nil {
		return c, err
	}
	columns, err := n.At("columnReferences").List("columnReferences")
	if err != nil {
		return c, err
	}
	var from, to []string
	for _, r := range columns {
		here, err := r.At("referencingColumn").Str("referencingColumn")
		if err != nil {
			return c, err
		}
		there, err := r.At("referencedColumn").Str("referencedColumn")
		if err != nil {
			return c, err
		}
		from, to = append(from, here), append(to, there)
	}
	c.Expr = fmt.Sprintf("FOREIGN KEY (%s) REFERENCES %s (%s)", strings.Join(from, ", "), table, strings.Join(to, ", "))
	return c, nil
}
