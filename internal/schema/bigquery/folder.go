package bigquery

import (
	"path"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// Repositories of queries keep a folder for each table, as bigquery-etl does: sql/project/dataset/table holds
// query.sql, the schema.yaml of what it makes, and metadata.yaml, which tells partitions and words about the table.

// folders is the name of the table whose folder a file is in; "" where the folders do not tell one.
func folders(file string) string {
	parts := strings.Split(file, "/")
	at := len(parts) - 5 // of sql, above project, dataset, table and the file
	if at < 0 || parts[at] != "sql" || stem(file) != "schema" {
		return ""
	}
	return strings.Join(parts[at+1:at+4], ".")
}

func stem(file string) string { return strings.TrimSuffix(path.Base(file), path.Ext(file)) }

// beside reports whether a file holds what is said beside a schema.
func beside(file string) bool { return stem(file) == "metadata" && path.Ext(file) != ".json" }

// metadata reads what is said about the tables, by folder.
func metadata(files []schema.File) (map[string]*tree.Node, error) {
	out := map[string]*tree.Node{}
	for _, f := range files {
		if !beside(f.Path) {
			continue
		}
		root, err := tree.Read(f)
		if err != nil {
			return nil, err
		}
		out[path.Dir(f.Path)] = root
	}
	return out, nil
}

// describe adds what a table's metadata says, in so far as the schema does not say it.
func describe(d *schema.Dataset, root *tree.Node) error {
	text, err := doc(root.At("description"))
	if err != nil {
		return err
	}
	if d.Doc == "" {
		d.Doc = strings.TrimSpace(text)
	}
	if err := departure(d, root); err != nil || len(d.Partition)+len(d.Cluster) > 0 {
		return err
	}
	at := root.At("bigquery")
	if err := byTime(d, at.At("time_partitioning")); err != nil {
		return err
	}
	if err := byRange(d, at.At("range_partitioning")); err != nil {
		return err
	}
	if err := filtered(d, at.At("time_partitioning").At("require_partition_filter")); err != nil {
		return err
	}
	d.Cluster, err = at.At("clustering").At("fields").Strings("the fields of clustering")
	return err
}

// departure reads that a table is deprecated, and when it goes.
func departure(d *schema.Dataset, root *tree.Node) error {
	gone, err := root.At("deprecated").Flag("deprecated")
	if err != nil || !gone {
		return err
	}
	d.Deprecated = &schema.Deprecation{}
	if day, err := root.At("deletion_date").Str("deletion_date"); err != nil {
		return err
	} else if day != "" {
		d.Deprecated.Note = "it goes on " + day
	}
	return nil
}
