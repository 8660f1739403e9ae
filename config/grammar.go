package config

import (
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// The grammar of .github/skein.yml and of the org's defaults. It drives the parser and the JSON Schema alike.

func repoShape() shape[Repo] {
	s := object(
		must("version", "The version of this grammar: 1.", number(1), func(c *Repo) *int { return &c.Version }),
		key("datasets", "The datasets whose schemas are files of this repository.", many(datasetShape()), func(c *Repo) *[]Dataset { return &c.Datasets }),
		key("consumes", "The datasets that files of this repository read.", many(consumesShape()), func(c *Repo) *[]Consumes { return &c.Consumes }),
		key("renames", "Renames that the schema file cannot say.", many(renameShape()), func(c *Repo) *[]Rename { return &c.Renames }),
		key("casts", "How readers get a field's old type back.", many(castShape()), func(c *Repo) *[]Cast { return &c.Casts }),
		key("drops", "Fields that readers may lose from their select lists.", many(dropShape()), func(c *Repo) *[]Drop { return &c.Drops }),
		key("impact", "What the check on a dataset's pull requests demands. Default: inform.", impact(), func(c *Repo) *Impact { return &c.Impact }),
		key("rollout", "How changes go out. A consumer may only narrow what the dataset's owner allows.", rolloutShape(), func(c *Repo) *Rollout { return &c.Rollout }),
		key("permissions", "Who may give which command.", permissions(), func(c *Repo) *map[string]Permission { return &c.Permissions }),
		key("visibility", "Who may see the names of this repository's datasets.", visibility(), func(c *Repo) *Visibility { return &c.Visibility }),
		key("ignore", "Files that Skein leaves alone.", set(glob()), func(c *Repo) *[]string { return &c.Ignore }),
		misplaced[Repo]("freeze", `"freeze" belongs in the org's defaults; here write freezes under "rollout"`),
	)
	return into(s, func(r *reader, n *node, c Repo, ok bool) (Repo, bool) {
		if n.kind == mapping {
			checkRepo(r, n, &c)
		}
		return c, ok
	})
}

func orgShape() shape[Org] {
	return object(
		must("version", "The version of this grammar: 1.", number(1), func(c *Org) *int { return &c.Version }),
		key("freeze", "all: stops every merge and every revert in the org.", freezeAll(), func(c *Org) *bool { return &c.Freeze }),
		key("impact", "What the check on a dataset's pull requests demands. Default: inform.", impact(), func(c *Org) *Impact { return &c.Impact }),
		key("rollout", "How changes go out where a repository says nothing else.", rolloutShape(), func(c *Org) *Rollout { return &c.Rollout }),
		key("permissions", "Who may give which command.", permissions(), func(c *Org) *map[string]Permission { return &c.Permissions }),
		key("visibility", "Who may see the names of the org's datasets.", visibility(), func(c *Org) *Visibility { return &c.Visibility }),
		key("ignore", "Files that Skein leaves alone.", set(glob()), func(c *Org) *[]string { return &c.Ignore }),
		misplaced[Org]("datasets", `"datasets" cannot be org defaults; declare them in the repository that holds the schema`),
		misplaced[Org]("consumes", `"consumes" is never inherited; declare it in the repository that reads`),
	)
}

func freezeAll() shape[bool] {
	return into(choice[string](nil, "all"), func(_ *reader, _ *node, _ string, ok bool) (bool, bool) { return ok, ok })
}

func impact() shape[Impact] { return choice(nil, Inform, Ask, Block) }

func datasetShape() shape[Dataset] {
	s := object(
		must("name", `What the dataset is called; "tpch.*" declares everything in the schema file.`, datasetName(), func(d *Dataset) *string { return &d.Name }),
		must("schema", "Where the schema stands.", schemaRef(), func(d *Dataset) *SchemaRef { return &d.Schema }),
		key("aliases", "Every further name that consumers know it by.", set(sentence()), func(d *Dataset) *[]string { return &d.Aliases }),
		key("consumers", "Who reads it: org, and repositories. Default: org.", many(consumerRef()), func(d *Dataset) *[]ConsumerRef { return &d.Consumers }),
		key("owners", "Whom to ask.", set(owner()), func(d *Dataset) *[]string { return &d.Owners }),
		key("replaces", "The dataset whose place this one takes.", said(replaces()), func(d *Dataset) **Replaces { return &d.Replaces }),
	)
	return placed(checked(s, checkDataset), func(d *Dataset) *repo.Position { return &d.Pos })
}

func schemaRef() shape[SchemaRef] {
	long := checked(object(
		must("path", "A file, or a folder of migrations.", filePath(), func(s *SchemaRef) *string { return &s.Path }),
		key("format", "Seen from the name and the content when left out.", format(), func(s *SchemaRef) *string { return &s.Format }),
		key("dialect", "Of SQL; default: ansi.", dialect(), func(s *SchemaRef) *string { return &s.Dialect }),
		key("table", "The table, message, record or model in the file.", sentence(), func(s *SchemaRef) *string { return &s.Table }),
	), checkSchemaRef)
	short := into(filePath(), func(_ *reader, _ *node, path string, ok bool) (SchemaRef, bool) { return SchemaRef{Path: path}, ok })
	return placed(byKind(text, "a path, or {path: …, table: …}", short, long), func(s *SchemaRef) *repo.Position { return &s.Pos })
}

func format() shape[string] {
	return choice[string](nil, "avro", "protobuf", "jsonschema", "sql", "dbt", "bigquery")
}

func dialect() shape[string] {
	return choice(map[string]string{"spark": "databricks", "presto": "trino"},
		"bigquery", "snowflake", "databricks", "redshift", "postgres", "duckdb", "trino", "mysql", "sqlite", "tsql", "clickhouse", "ansi")
}

func consumerRef() shape[ConsumerRef] {
	short := words(schema{"enum": []string{"org"}}, func(s string) (ConsumerRef, problem) {
		switch {
		case s == "org":
			return ConsumerRef{Org: true}, problem{}
		case strings.Contains(s, "/"):
			return ConsumerRef{}, problemf(BadValue, "a repository is written {repo: %s}", brief(s))
		}
		return ConsumerRef{}, problemf(BadValue, "%s is neither org nor {repo: OWNER/NAME}%s", quoted(s), didYouMean(s, []string{"org"}))
	})
	long := object(
		must("repo", "OWNER/NAME.", repoName(), func(c *ConsumerRef) *repo.Name { return &c.Repo }),
		key("paths", "Its files that read the dataset. Default: all.", set(glob()), func(c *ConsumerRef) *[]string { return &c.Paths }),
		key("dialect", "Of its SQL.", dialect(), func(c *ConsumerRef) *string { return &c.Dialect }),
		key("read_as", "Further names that the dataset goes by in its files.", set(sentence()), func(c *ConsumerRef) *[]string { return &c.ReadAs }),
		key("sql_keys", "Keys of its YAML files whose values are SQL, such as query.", set(sentence()), func(c *ConsumerRef) *[]string { return &c.SQLKeys }),
	)
	return placed(byKind(text, "org, or {repo: OWNER/NAME, …}", short, long), func(c *ConsumerRef) *repo.Position { return &c.Pos })
}

func replaces() shape[Replaces] {
	s := object(
		must("dataset", "The dataset that goes away.", datasetName(), func(r *Replaces) *string { return &r.Dataset }),
		key("fields", "Old field: new field. Fields of one name may be left out.", table(sentence(), sentence()), func(r *Replaces) *map[string]string { return &r.Fields }),
		key("deadline", "The day when it goes away.", day(), func(r *Replaces) *time.Time { return &r.Deadline }),
	)
	return placed(s, func(r *Replaces) *repo.Position { return &r.Pos })
}

func consumesShape() shape[Consumes] {
	s := object(
		must("dataset", "The dataset's name.", datasetName(), func(c *Consumes) *string { return &c.Dataset }),
		key("paths", "The files that read it. Default: all.", set(glob()), func(c *Consumes) *[]string { return &c.Paths }),
		key("dialect", "Of the SQL in them.", dialect(), func(c *Consumes) *string { return &c.Dialect }),
		key("read_as", "Further names that the dataset goes by in them.", set(sentence()), func(c *Consumes) *[]string { return &c.ReadAs }),
		key("sql_keys", "Keys of YAML files among them whose values are SQL, such as query.", set(sentence()), func(c *Consumes) *[]string { return &c.SQLKeys }),
	)
	return placed(s, func(c *Consumes) *repo.Position { return &c.Pos })
}

func renameShape() shape[Rename] {
	s := object(
		must("dataset", "The dataset's name.", datasetName(), func(r *Rename) *string { return &r.Dataset }),
		key("from", "The field's old name.", sentence(), func(r *Rename) *string { return &r.From }),
		key("to", "The field's new name.", sentence(), func(r *Rename) *string { return &r.To }),
		key("field", "The field whose values are renamed.", sentence(), func(r *Rename) *string { return &r.Field }),
		key("enum", "Old value: new value.", table(sentence(), sentence()), func(r *Rename) *map[string]string { return &r.Enum }),
	)
	s.schema["oneOf"] = []schema{{"required": []string{"from", "to"}}, {"required": []string{"field", "enum"}}}
	return placed(checked(s, checkRename), func(r *Rename) *repo.Position { return &r.Pos })
}

func castShape() shape[Cast] {
	s := object(
		must("dataset", "The dataset's name.", datasetName(), func(c *Cast) *string { return &c.Dataset }),
		must("field", "The field whose type changes.", sentence(), func(c *Cast) *string { return &c.Field }),
		must("read", "What readers write instead, with {} for the reference.", castExpression(), func(c *Cast) *string { return &c.Read }),
	)
	return placed(s, func(c *Cast) *repo.Position { return &c.Pos })
}

func dropShape() shape[Drop] {
	s := object(
		must("dataset", "The dataset's name.", datasetName(), func(d *Drop) *string { return &d.Dataset }),
		must("field", "The field that goes away.", sentence(), func(d *Drop) *string { return &d.Field }),
	)
	return placed(s, func(d *Drop) *repo.Position { return &d.Pos })
}

func visibility() shape[Visibility] {
	return object(
		key("allow", "Repositories that may see them although more people can read these.", set(repoName()), func(v *Visibility) *[]repo.Name { return &v.Allow }),
	)
}

func permissions() shape[map[string]Permission] {
	return table(choice[string](nil, Commands()...), permission())
}

func permission() shape[Permission] {
	level := into(choice[string](nil, levels()...), func(_ *reader, _ *node, l string, ok bool) (Permission, bool) { return Permission{Level: l}, ok })
	team := into(pattern(`^@[A-Za-z0-9-]+/[A-Za-z0-9._-]+$`, `a team; write "@org/team"`),
		func(_ *reader, _ *node, t string, ok bool) (Permission, bool) {
			if !ok {
				return Permission{}, false
			}
			return Permission{Team: t[1:]}, true
		})
	s := shape[Permission]{schema: schema{"anyOf": []schema{level.schema, team.schema}}}
	s.read = func(r *reader, n *node) (Permission, bool) {
		if n.kind == text && len(n.text) > 0 && n.text[0] == '@' {
			return team.read(r, n)
		}
		return level.read(r, n)
	}
	return s
}
