package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/rewrite"
)

// maxManifest is the largest manifest that is read, in bytes.
const maxManifest = 64 << 20

func isManifest(file string) bool { return path.Base(file) == "manifest.json" }

// manifest is what of dbt's file says who is built on what.
type manifest struct {
	Metadata struct {
		Schema string `json:"dbt_schema_version"`
	} `json:"metadata"`
	Nodes     map[string]node     `json:"nodes"`
	Sources   map[string]relation `json:"sources"`
	Exposures map[string]node     `json:"exposures"`
}

type node struct {
	Name      string `json:"name"`
	File      string `json:"original_file_path"`
	DependsOn struct {
		Nodes []string `json:"nodes"`
	} `json:"depends_on"`
	relation
}

type relation struct {
	Database   string `json:"database"`
	Schema     string `json:"schema"`
	Identifier string `json:"identifier"`
	Alias      string `json:"alias"`
	Source     string `json:"source_name"`
	Table      string `json:"name"`
	Full       string `json:"relation_name"`
}

// Manifest reads the claims of a dbt project's manifest: each model, test and exposure that is built on a source, or on
// a model that is a dataset elsewhere. Its place is the file that it was written in.
func Manifest(f rewrite.File) ([]Claim, error) {
	if len(f.Content) > maxManifest {
		return nil, fmt.Errorf("%s: larger than the %d bytes that are read of a manifest", f.Path, maxManifest)
	}
	var m manifest
	if err := json.Unmarshal(f.Content, &m); err != nil {
		return nil, fmt.Errorf("%s:%d: no manifest of dbt: %w", f.Path, lineOf(f.Content, err), err)
	}
	if m.Metadata.Schema == "" {
		return nil, fmt.Errorf("%s:1: no manifest of dbt: it has no metadata.dbt_schema_version", f.Path)
	}
	dir := path.Dir(path.Dir(f.Path)) // of target/manifest.json
	if path.Base(path.Dir(f.Path)) != "target" {
		dir = path.Dir(f.Path)
	}
	var out []Claim
	for _, all := range []map[string]node{m.Nodes, m.Exposures} {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			for _, on := range all[id].DependsOn.Nodes {
				names := m.names(on)
				if len(names) == 0 {
					continue
				}
				if out = append(out, Claim{Names: names, Who: id, How: consumer.Lineage, File: path.Join(dir, path.Clean("/"+all[id].File)), Line: 1}); len(out) == mostClaims {
					return out, nil
				}
			}
		}
	}
	return out, nil
}

// names are what a node that others depend on may be called as a dataset.
func (m manifest) names(id string) (out []string) {
	if s, ok := m.Sources[id]; ok {
		out = append(s.names(), fmt.Sprintf("source('%s','%s')", s.Source, s.Table))
	}
	if n, ok := m.Nodes[id]; ok {
		n.Table = n.relation.Table
		out = append(n.names(), fmt.Sprintf("ref('%s')", n.Name))
	}
	return slices.DeleteFunc(out, func(s string) bool { return plain(s) == "" })
}

func (r relation) names() []string {
	table := r.Identifier
	for _, t := range []string{r.Alias, r.Table} {
		if table == "" {
			table = t
		}
	}
	if r.Schema == "" || table == "" {
		return []string{r.Full}
	}
	return []string{r.Full, r.Database + "." + r.Schema + "." + table, r.Schema + "." + table}
}

// lineOf is the line of a fault in JSON; 1 when it has no place.
func lineOf(src []byte, err error) int {
	at := int64(0)
	switch fault := err.(type) { //nolint:errorlint // the library gives these as they are
	case *json.SyntaxError:
		at = fault.Offset
	case *json.UnmarshalTypeError:
		at = fault.Offset
	}
	return 1 + bytes.Count(src[:min(max(at, 0), int64(len(src)))], []byte{'\n'})
}
