// Package draft writes a first configuration for a repository by looking at its files.
//
// Schema files become datasets, and tables that queries read without the repository declaring them become what it
// consumes. A draft is a proposal: it names what was found and where, and leaves what only people know (who reads a
// dataset, when merging is allowed) to them, as comments.
package draft

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/format"
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql"
)

// Draft is what was found.
type Draft struct {
	Dialect  string
	Datasets []Dataset
	Consumes []Consumed
	Left     []string // files that hold schemas and could not be read, and why
}

// Dataset is a table, message, record or model that a schema file holds.
type Dataset struct {
	Name, Path, Format string
	Table              string // in the file, where it does not follow from the name
}

// Consumed is a table that queries read and that the repository does not declare.
type Consumed struct {
	Name  string
	Paths []string // globs of the files that read it
	Files int
	As    string // how else they name it
}

// Wants reports which files Look needs.
func Wants(file string) bool {
	return !vendored(file) && ((format.Format{}).Wants(file) || path.Ext(file) == ".sql")
}

func vendored(file string) bool {
	return slices.ContainsFunc(strings.Split(file, "/"), func(part string) bool {
		return slices.Contains([]string{"node_modules", "vendor", "dbt_packages", "target", ".git", ".github", "testdata", "fixtures"}, part)
	})
}

// Look reads the files that Wants names. dialect is that of the SQL; "" has it guessed.
func Look(files []rewrite.File, dialect string) Draft {
	d := Draft{Dialect: cmp.Or(dialect, guess(files))}
	declared := map[string]bool{}
	d.datasets(files, declared)
	d.consumed(files, declared)
	return d
}

// mostDatasets is how many datasets and consumed tables a draft lists: more is for a person to choose from.
const mostDatasets = 500

// datasets parses every file of a format by itself. A folder of migrations is one schema, whatever its files hold, and
// so is a schema with the metadata beside it.
func (d *Draft) datasets(files []rewrite.File, declared map[string]bool) {
	for _, group := range grouped(files) {
		f, s, err := parse(group, d.Dialect)
		if err != nil {
			d.Left = append(d.Left, err.Error())
			continue
		}
		for _, t := range s.Datasets {
			if f.Name == "dbt" && named(t.Name) { // a source, which somebody else writes
				d.source(t.Name, group[0].Path)
				declared[fold(t.Name)] = true
				continue
			}
			if t.Temporary || t.Name == "" || len(t.Fields) == 0 || declared[fold(t.Name)] || len(d.Datasets) == mostDatasets {
				continue
			}
			declared[fold(t.Name)], declared[fold(last(t.Name))] = true, true
			where := group[0].Path
			if len(group) > 1 {
				where = path.Dir(where)
			}
			one := Dataset{Name: speakable(t.Name), Path: where, Format: f.Name}
			if key := "name " + fold(one.Name); declared[key] {
				continue
			} else {
				declared[key] = true
			}
			if _, err := schema.Match(*s, one.Name, ""); err != nil {
				one.Table = t.Name
			}
			d.Datasets = append(d.Datasets, one)
		}
	}
}

// speakable is a name that a config may hold: blanks, quotes and the like become underscores.
func speakable(name string) string {
	if bare.MatchString(name) {
		return name
	}
	name = strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	return "t_" + strings.Trim(name, ".")
}

// source is a table that a dbt project reads, in models somewhere below the project.
func (d *Draft) source(name, file string) {
	top, _, deep := strings.Cut(file, "/")
	if top += "/**"; !deep {
		top = "**"
	}
	schema, table, _ := strings.Cut(name, ".")
	d.Consumes = append(d.Consumes, Consumed{Name: name, Paths: []string{top}, As: fmt.Sprintf("source('%s', '%s')", schema, table)})
}

func parse(group []rewrite.File, dialect string) (format.Format, *schema.Schema, error) {
	files := make([]schema.File, len(group))
	for i, f := range group {
		files[i] = schema.File{Path: f.Path, Content: f.Content}
	}
	f, mine, err := format.Pick(files, "")
	if err != nil || f.Name == "" {
		return f, &schema.Schema{}, nil //nolint:nilerr // a file of no format, such as a package.json
	}
	if f.Name == "sql" && !defines(group) {
		return f, &schema.Schema{}, nil
	}
	s, err := f.Parse(mine, dialect)
	return f, &s, err
}

// defines reports whether SQL creates tables by their columns, rather than from queries.
func defines(group []rewrite.File) bool {
	return slices.ContainsFunc(group, func(f rewrite.File) bool { return table.Match(f.Content) })
}

// table is a table's definition; as a query's first words say only what a person would look for, this is no parser.
var table = regexp.MustCompile(`(?is)\bcreate\s+(or\s+replace\s+)?((external|transient|foreign)\s+)?table\s+(if\s+not\s+exists\s+)?[\w."` + "`" + `\[\]-]+\s*\(\s*["` + "`" + `\[\w]`)

// migration is a file name of the usual tools: V1__x.sql, 0001_x.up.sql, 20240131_x.sql.
var migration = regexp.MustCompile(`^(V\d+(\.\d+)*__|\d{3,}[_-]|\d{14})`)

// grouped puts the migrations of a folder together, and a table's schema with what is said beside it; every other file
// stands alone.
func grouped(files []rewrite.File) [][]rewrite.File {
	var out [][]rewrite.File
	folders := map[string]int{}
	for _, f := range files {
		if !(format.Format{}).Wants(f.Path) {
			continue
		}
		key := path.Dir(f.Path)
		switch base := path.Base(f.Path); {
		case base == "schema.yaml" || base == "metadata.yaml":
			key += " table"
		case path.Ext(base) != ".sql" || key == "." || !migration.MatchString(base):
			out = append(out, []rewrite.File{f})
			continue
		}
		if i, ok := folders[key]; ok {
			out[i] = append(out[i], f)
			continue
		}
		folders[key] = len(out)
		out = append(out, []rewrite.File{f})
	}
	return out
}

// consumed asks every query where its outputs come from.
func (d *Draft) consumed(files []rewrite.File, declared map[string]bool) {
	readers := map[string]map[string]bool{}
	for _, f := range files {
		if path.Ext(f.Path) != ".sql" {
			continue
		}
		for _, o := range sql.Lineage(f, rewrite.Catalog{}, d.Dialect) {
			for _, s := range o.Sources {
				if name := unquoted(s.Dataset); named(name) && !declared[fold(name)] && !declared[fold(last(name))] {
					if readers[name] == nil {
						readers[name] = map[string]bool{}
					}
					readers[name][f.Path] = true
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(readers)) {
		d.Consumes = append(d.Consumes, Consumed{Name: name, Paths: globs(readers[name]), Files: len(readers[name])})
	}
	slices.SortStableFunc(d.Consumes, func(a, b Consumed) int { return cmp.Compare(b.Files, a.Files) })
	d.Consumes = d.Consumes[:min(len(d.Consumes), mostDatasets)]
}

// unquoted is a table's name without a dialect's quotes.
func unquoted(name string) string {
	return strings.NewReplacer("`", "", `"`, "", "[", "", "]", "").Replace(name)
}

// named reports whether a name can stand in a config and says more than a table alone, which could be anybody's.
func named(name string) bool {
	return strings.Contains(strings.Trim(name, "."), ".") && bare.MatchString(name) && !strings.Contains(name, "..")
}

// globs names the top folders of files; those at the root are named one by one.
func globs(files map[string]bool) []string {
	set := map[string]bool{}
	for f := range files {
		if dir, _, deep := strings.Cut(f, "/"); deep {
			f = dir + "/**/*.sql"
		}
		set[f] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// guess tells the dialects apart that have words or quotes of their own; "" when nothing says so.
func guess(files []rewrite.File) string {
	votes := map[string]int{}
	for _, f := range files {
		if path.Ext(f.Path) != ".sql" {
			continue
		}
		text := strings.ToLower(string(f.Content[:min(len(f.Content), 64<<10)]))
		for dialect, signs := range signs() {
			if slices.ContainsFunc(signs, func(s string) bool { return strings.Contains(text, s) }) {
				votes[dialect]++
			}
		}
	}
	best := ""
	for _, dialect := range slices.Sorted(maps.Keys(votes)) {
		if best == "" || votes[dialect] > votes[best] {
			best = dialect
		}
	}
	return best
}

// signs are what hardly any other dialect writes.
func signs() map[string][]string {
	return map[string][]string{
		"bigquery":   {"safe_cast(", "struct<", "except distinct", "`.", "from `", "timestamp_trunc("},
		"snowflake":  {"variant", "lateral flatten", "transient table", "copy grants", "$$"},
		"databricks": {"using delta", "lateral view", "tblproperties"},
		"redshift":   {"distkey", "sortkey", "diststyle"},
		"postgres":   {"bigserial", "jsonb", "timestamptz", "on conflict"},
		"mysql":      {"engine=innodb", "auto_increment"},
		"tsql":       {"nvarchar", "identity(1,1)", "[dbo]", "dbo."},
		"clickhouse": {"mergetree", "lowcardinality("},
		"duckdb":     {"read_parquet(", "read_csv("},
	}
}

func fold(name string) string { return strings.ToLower(name) }

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// Config is the draft as a configuration file.
func (d Draft) Config() string {
	var b strings.Builder
	b.WriteString("# A first draft: keep what is right. `skein validate` checks it, docs/using.md explains it.\nversion: 1\n")
	if len(d.Datasets) > 0 {
		b.WriteString("datasets:\n")
		for _, s := range d.Datasets {
			d.dataset(&b, s)
		}
	}
	if len(d.Consumes) > 0 {
		b.WriteString("consumes: # the names must be those that the datasets' own repositories use\n")
		for _, c := range d.Consumes {
			fmt.Fprintf(&b, "  - dataset: %s%s\n    paths: [%s]\n", scalar(c.Name), files(c.Files), list(c.Paths))
			if c.As != "" {
				fmt.Fprintf(&b, "    read_as: [%s]\n", scalar(c.As))
			}
			if d.Dialect != "" {
				fmt.Fprintf(&b, "    dialect: %s\n", d.Dialect)
			}
		}
	}
	b.WriteString("rollout:\n  mode: propose # observe, propose, merge: begin low\n")
	b.WriteString("#  windows:\n#    - {cron: \"0 14 * * MON-THU\", for: 3h, timezone: Europe/Stockholm}\n")
	return b.String()
}

func (d Draft) dataset(b *strings.Builder, s Dataset) {
	fmt.Fprintf(b, "  - name: %s\n    schema: {path: %s, format: %s", scalar(s.Name), scalar(s.Path), s.Format)
	if s.Format == "sql" && d.Dialect != "" {
		fmt.Fprintf(b, ", dialect: %s", d.Dialect)
	}
	if s.Table != "" {
		fmt.Fprintf(b, ", table: %s", scalar(s.Table))
	}
	b.WriteString("}\n    consumers: [org] # every repository that declares it\n")
}

func files(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " # read by 1 file"
	}
	return fmt.Sprintf(" # read by %d files", n)
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = scalar(n)
	}
	return strings.Join(quoted, ", ")
}

// bare is a word that YAML takes for a string in flow style as well.
var bare = regexp.MustCompile(`^[A-Za-z_][\w./-]*$`)

// scalar writes a string as YAML does.
func scalar(s string) string {
	if bare.MatchString(s) && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"}, strings.ToLower(s)) {
		return s
	}
	out, err := yaml.MarshalWithOptions(s, yaml.JSON())
	if err != nil {
		return `""`
	}
	return strings.TrimSpace(string(out))
}
