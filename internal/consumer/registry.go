package consumer

import (
	"time"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// Member is an installed repository as it was last seen.
type Member struct {
	Repo     repo.Repo `json:"repo"`
	Head     repo.SHA  `json:"head,omitempty"`     // of the default branch
	Config   Config    `json:"config"`             // .github/skein.yml at Head
	Ingested repo.SHA  `json:"ingested,omitempty"` // the commit whose schemas were handled last
	Gone     string    `json:"gone,omitempty"`     // why it cannot be worked on: archived, removed, suspended
	Seen     time.Time `json:"seen"`
}

// Config is a configuration file as found, beside the last one that parsed.
type Config struct {
	Text  string   `json:"text,omitempty"` // as found; "" when there is none
	Good  string   `json:"good,omitempty"` // the last text without errors
	At    repo.SHA `json:"at,omitempty"`   // the commit that Good was read at
	Error string   `json:"error,omitempty"`
}

// Snapshot is a dataset's schema at the commit that was ingested last. Together they are the catalog that
// helps to decide which column a name means.
type Snapshot struct {
	Dataset string         `json:"dataset"`
	Names   []string       `json:"names"`
	Dialect string         `json:"dialect,omitempty"`
	Repo    repo.ID        `json:"repo"`
	Commit  repo.SHA       `json:"commit"`
	Schema  schema.Dataset `json:"schema"`
}
