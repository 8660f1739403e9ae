package schema

import (
	"fmt"
	"slices"
	"strings"
)

// AbsentError says that a file has no dataset of the name that a config means.
type AbsentError struct{ Msg string }

func (e *AbsentError) Error() string { return e.Msg }

// Match returns the dataset of a parsed file that a config means by its name and, when given, its table:
// without a table the file's only one, else the one named like the last part of name. One that has left the name for
// another is an error that says so: the readers of the old name would go unnoticed.
func Match(s Schema, name, table string) (*Dataset, error) {
	if table != "" {
		return named(s, table, fmt.Sprintf("no dataset of the file is named %q", table))
	}
	lasting := lasting(s)
	if len(lasting) == 0 {
		return nil, &AbsentError{fmt.Sprintf("the file declares no dataset, so %s has no schema: name another file in schema, or add its table", name)}
	}
	if d := exact(s, name); d != nil {
		return d, nil
	}
	if d := renamedFrom(s, lastPart(name)); d != nil && len(tails(s, lastPart(name))) == 0 {
		return nil, fmt.Errorf("%s is called %s now; write name: %s, and its readers follow, or table: %s, and they are left alone",
			lastPart(name), d.Name, name[:len(name)-len(lastPart(name))]+lastPart(d.Name), d.Name)
	}
	if len(lasting) == 1 {
		return lasting[0], nil
	}
	return named(s, lastPart(name), fmt.Sprintf("the file declares %d datasets and none is named like %s", len(lasting), name))
}

// renamedFrom returns the dataset that had a name before, and has a name at all.
func renamedFrom(s Schema, name string) *Dataset {
	for _, d := range lasting(s) {
		if !d.Nameless && slices.ContainsFunc(append([]string{d.Renamed}, d.Former...), func(old string) bool { return sameTail(old, name) }) {
			return d
		}
	}
	return nil
}

func lasting(s Schema) []*Dataset {
	var out []*Dataset
	for i := range s.Datasets {
		if !s.Datasets[i].Temporary && !s.Datasets[i].Part {
			out = append(out, &s.Datasets[i])
		}
	}
	return out
}

func exact(s Schema, name string) *Dataset {
	for i := range s.Datasets {
		if strings.EqualFold(s.Datasets[i].Name, name) {
			return &s.Datasets[i]
		}
	}
	return nil
}

func tails(s Schema, name string) []*Dataset {
	var hits []*Dataset
	for i := range s.Datasets {
		if sameTail(s.Datasets[i].Name, name) {
			hits = append(hits, &s.Datasets[i])
		}
	}
	return hits
}

// named finds a dataset by its whole name or by the last parts of it. Several of that name are an error too.
func named(s Schema, name, fault string) (*Dataset, error) {
	if d := exact(s, name); d != nil {
		return d, nil
	}
	hits := tails(s, name)
	switch len(hits) {
	case 1:
		return hits[0], nil
	case 0:
		return nil, &AbsentError{fmt.Sprintf("%s; write table: with one of %s", fault, listNames(lasting(s)))}
	}
	return nil, fmt.Errorf("%q may be any of %s; write table: with one of them in full", name, listNames(hits))
}

// listNames lists the first names of many, enough to choose from.
func listNames(ds []*Dataset) string {
	const most = 20
	var names []string
	for _, d := range ds[:min(most, len(ds))] {
		names = append(names, d.Name)
	}
	if len(ds) > most {
		names = append(names, fmt.Sprintf("and %d more", len(ds)-most))
	}
	if len(names) == 0 {
		return "none (the file declares no dataset)"
	}
	return strings.Join(names, ", ")
}
