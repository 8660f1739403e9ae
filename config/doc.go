// Package config reads what people write: .github/skein.yml of dataset and consumer repos, the org's defaults,
// and the server's own configuration.
//
// The way of a file is raw → valid:
//
//	bytes ──tree──► nodes with byte positions ──shape──► Repo, Org, Server
//
// tree.go alone knows the YAML library; it refuses what no honest file holds (several documents, bombs, bytes
// that are not UTF-8) and gives every node its line and its column in bytes. A shape (shape.go) says at once how
// a value is read, which values are right, and what the published JSON Schema says about it, so grammar.go is
// the one place where the grammar of the files is written down. What no single value shows (a name used twice,
// a wave that can never get a repository) is looked for in check.go.
//
// All findings are reported, not only the first. A value with findings of severity error is still returned as
// far as it could be read: good enough to find consumers and to show windows, never to merge under.
//
// Policy joins the org's, the dataset owner's and the consumer's wishes into one rollout.Policy.
//
// The library is goccy/go-yaml, of which only the parser is used: its syntax errors name the token at fault where
// go.yaml.in/yaml/v4 names the beginning of the block around it, often lines before. Its positions count code
// points, its decoder expands aliases unasked, its recursion has no bound and some of its loops are quadratic, so
// tree.go converts, counts and bounds by itself before and after.
package config
