package oracle

import "strings"

// between is the name of what is on its way from one name to another.
const between = "between two names"

// copied is the index that says that a copy's values are unique, as those that it copies are.
const copied = "unique copy"

// varchar is the type of texts, and of columns that become one.
const varchar = "VARCHAR(40)"

// do is the SQL that makes the change; undo takes it back.
func (c Change) do(t *Table, engine string) []string {
	switch c.Mode {
	case Swap:
		return []string{c.rename(c.From, between), c.rename(c.To, c.From), c.rename(between, c.To)}
	case Coexist:
		out := []string{
			"ALTER TABLE " + quote(c.Table) + " ADD COLUMN " + quote(c.To) + " " + t.Column(c.From).sqlType(engine),
			"UPDATE " + quote(c.Table) + " SET " + quote(c.To) + " = " + quote(c.From),
		}
		if t.Column(c.From).Type == "unique" {
			out = append(out, "CREATE UNIQUE INDEX "+quote(copied)+" ON "+quote(c.Table)+" ("+quote(c.To)+")")
		}
		return out
	case Moved:
		return []string{"ALTER TABLE " + quote(c.From) + " RENAME TO " + quote(c.To)}
	case Value:
		return []string{c.put(c.To, c.To+"!")}
	case Type:
		return c.retype(t, engine, varchar)
	}
	return []string{c.rename(c.From, last(c.To))}
}

func (c Change) undo(t *Table, engine string) []string {
	switch c.Mode {
	case Swap:
		return c.do(t, engine)
	case Coexist:
		drop := "ALTER TABLE " + quote(c.Table) + " DROP COLUMN " + quote(c.To)
		if t.Column(c.From).Type == "unique" {
			return []string{"DROP INDEX " + quote(copied), drop}
		}
		return []string{drop}
	case Moved:
		return []string{"ALTER TABLE " + quote(c.To) + " RENAME TO " + quote(c.From)}
	case Value:
		return []string{c.put(c.To+"!", c.To)}
	case Type:
		return c.retype(t, engine, c.To)
	case Member:
		return []string{c.rename(c.To, last(c.From))}
	}
	return []string{c.rename(c.To, c.From)}
}

// rename renames a column, or a field of a struct.
func (c Change) rename(from, to string) string {
	path := strings.Split(from, ".")
	for i := range path {
		path[i] = quote(path[i])
	}
	return "ALTER TABLE " + quote(c.Table) + " RENAME COLUMN " + strings.Join(path, ".") + " TO " + quote(to)
}

func (c Change) put(from, to string) string {
	column := quote(c.From)
	return "UPDATE " + quote(c.Table) + " SET " + column + " = '" + to + "' WHERE " + column + " = '" + from + "'"
}

// retype gives a column another type. SQLite has no statement for it: the table is made anew.
func (c Change) retype(t *Table, engine, kind string) []string {
	column := quote(c.From)
	if engine != "sqlite" {
		return []string{"ALTER TABLE " + quote(c.Table) + " ALTER COLUMN " + column + " TYPE " + kind + " USING CAST(" + column + " AS " + kind + ")"}
	}
	ddl := strings.Replace(t.ddl(engine), column+" "+t.Column(c.From).sqlType(engine), column+" "+kind, 1)
	return []string{
		strings.Replace(ddl, quote(c.Table), quote(between), 1),
		"INSERT INTO " + quote(between) + " SELECT * FROM " + quote(c.Table),
		"DROP TABLE " + quote(c.Table),
		"ALTER TABLE " + quote(between) + " RENAME TO " + quote(c.Table),
	}
}
