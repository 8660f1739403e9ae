package config

import (
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/wave"
)

// RepoPath is where a repository keeps its configuration; OrgPath is where the org's .github repository does.
const (
	RepoPath = ".github/skein.yml"
	OrgPath  = "skein.yml"
)

// Repo is .github/skein.yml of a dataset repository, a consumer repository or both.
type Repo struct {
	File        string
	Version     int
	Datasets    []Dataset
	Consumes    []Consumes
	Renames     []Rename
	Casts       []Cast
	Drops       []Drop
	Impact      Impact // "" when not said
	Rollout     Rollout
	Permissions map[string]Permission // by command, without the slash: merge, "revert all"
	Visibility  Visibility
	Ignore      []string // doublestar patterns of files that Skein leaves alone
}

// Dataset is a named data product whose schema is a file of this repository.
type Dataset struct {
	Name   string // "tpch.*" declares every table of the schema file
	Schema SchemaRef
	// Aliases are the further names that consumers know it by.
	Aliases []string
	// Consumers is never nil after parsing without errors; not said means the org alone.
	Consumers []ConsumerRef
	Owners    []string // @user or @org/team
	Replaces  *Replaces
	Pos       repo.Position
}

// SchemaRef says where a dataset's schema stands. Format, Dialect and Table are empty when they are to be inferred.
type SchemaRef struct {
	Path    string // a file, or a folder of migrations, from the repository's root
	Format  string
	Dialect string
	Table   string // the table, message, record or model in the file
	Pos     repo.Position
}

// ConsumerRef is an entry of a dataset's consumers: Org, or one repository.
type ConsumerRef struct {
	Org     bool // every installed repository that declares the dataset
	Repo    repo.Name
	Paths   []string // doublestar patterns; none: every file
	Dialect string
	ReadAs  []string
	SQLKeys []string // keys of its YAML files whose values are SQL
	Pos     repo.Position
}

// Replaces says that a dataset takes the place of another one.
type Replaces struct {
	Dataset  string
	Fields   map[string]string // old to new; fields of one name may be left out
	Deadline time.Time         // the day, at 00:00 UTC; zero when none is given
	Pos      repo.Position
}

// Consumes declares that paths of this repository read a dataset.
type Consumes struct {
	Dataset string
	Paths   []string // doublestar patterns; none: every file
	Dialect string
	ReadAs  []string // further names that the dataset goes by in those files
	SQLKeys []string // keys of YAML files whose values are SQL
	Pos     repo.Position
}

// Rename declares a field's rename (From, To), or renames of a field's enum values (Field, Enum).
type Rename struct {
	Dataset  string
	From, To string
	Field    string
	Enum     map[string]string // old value to new
	Pos      repo.Position
}

// Cast says how readers get the old type back: Read is an expression with {} for the reference.
type Cast struct {
	Dataset string
	Field   string
	Read    string
	Pos     repo.Position
}

// Drop says that readers may lose a field from their select lists.
type Drop struct {
	Dataset string
	Field   string
	Pos     repo.Position
}

// Visibility names the repositories that may see, though more people read them, this repository's dataset names.
type Visibility struct {
	Allow []repo.Name
}

// Impact is what the check on a dataset's pull requests demands.
type Impact string

// The impacts. Nothing said means Inform.
const (
	Inform Impact = "inform"
	Ask    Impact = "ask"
	Block  Impact = "block"
)

// Strategy is the order in which a dataset and its consumers change.
type Strategy string

// The strategies. Nothing said means After.
const (
	After          Strategy = "after"
	With           Strategy = "with"
	ExpandContract Strategy = "expand-contract"
)

// Rollout is how changes go out. Nil, "" and a nil slice mean that nothing was said; an empty slice was written.
type Rollout struct {
	Mode     *rollout.Mode
	Strategy Strategy
	Settle   *time.Duration
	WaveOrder
	Windows []calendar.Window
	Freezes []calendar.Freeze
	Merge   MergeRules
	Watch   WatchRules
	Revert  RevertRules
	Pos     repo.Position // of the section; zero when there is none
}

// WaveOrder is either a list of waves, or the graph of who reads whom.
type WaveOrder struct {
	Waves []Wave
	Graph *Wave // waves: {order: graph}: each wave of the graph takes these limits
}

// Wave is a declared wave.
type Wave struct {
	wave.Wave
	Pos repo.Position
}

// MergeRules says how and on which evidence to merge.
type MergeRules struct {
	Method  string   // squash, merge or rebase; "" when not said
	Require []string // checks that must pass beside the protected ones
	Ignore  []string // checks that count for nothing
	None    *bool    // the repository has no checks and may be merged without
}

// WatchRules says how a merged change is watched.
type WatchRules struct {
	For      *time.Duration
	Reruns   *int
	Signals  []string
	Unproven string // wait or open; "" when not said
}

// RevertRules says what may be taken back without a person.
type RevertRules struct {
	Mode      string // auto, propose or off; "" when not said
	MaxPerDay *int
	Windows   *bool
}

// Permission is who may give a command: everyone with Level, or the members of Team. One of them is empty.
type Permission struct {
	Level string // read, triage, write, maintain, admin
	Team  string // ORG/TEAM
}

// Org is the org's defaults: skein.yml of its .github repository.
type Org struct {
	File        string
	Version     int
	Freeze      bool // freeze: all stops every merge and revert
	Impact      Impact
	Rollout     Rollout
	Permissions map[string]Permission
	Visibility  Visibility
	Ignore      []string
}
