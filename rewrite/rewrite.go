// Package rewrite is the contract between what changed in a dataset and the code that reads it.
//
// A Rewriter is given one file, a Mapping (what changed) and a Catalog (what every table looks like before and
// after) and answers with a Result: byte edits, refusals, and the occurrences that mean something else. It
// refuses rather than guesses; edits are minimal byte ranges; a consumer's outputs keep their names and order;
// rewriting what is rewritten changes nothing; and every occurrence of a changed name is accounted for.
//
// The package is a library of its own and imports nothing of Skein's internals:
//
//	follow := sql.New().For(rewrite.Request{
//		Mapping: rewrite.Mapping{Changes: []rewrite.Change{{
//			Kind: rewrite.RenameField, Dataset: "sales.orders", From: "cust_id", To: "customer_id"}}},
//		Catalog: catalog,
//		Dialect: "bigquery",
//	})
//	res := follow(rewrite.File{Path: "q.sql", Content: src})
//	out, err := rewrite.Apply(src, res.Edits)
package rewrite

// Kind is what a rewriter can follow.
type Kind string

// The kinds of change that a rewriter follows. Anything else that affects readers is given to it as Review:
// every place that refers to the field is refused with the change's reason.
const (
	RenameField    Kind = "rename_field"    // From and To are paths in the dataset, names joined by dots
	RenameDataset  Kind = "rename_dataset"  // From and To are datasets
	ReplaceDataset Kind = "replace_dataset" // readers of From move to To, with the field mapping in Fields
	Cast           Kind = "cast"            // reads of From become Expr with {} for the reference
	RenameEnum     Kind = "rename_enum"     // literals OldValue compared with From become NewValue
	DropField      Kind = "drop_field"      // From may be dropped from select lists
	Review         Kind = "review"          // a person decides: every reference to From is refused
	Reshape        Kind = "reshape"         // columns were added, removed or reordered: stars and positional inserts change their meaning
)

// Change is one thing that changed in one dataset.
type Change struct {
	Kind     Kind
	Dataset  string            // name in the Catalog
	From, To string            // see Kind
	Fields   map[string]string // ReplaceDataset: old field to new field; fields of one name may be left out
	Expr     string            // Cast
	OldValue string            // RenameEnum
	NewValue string            // RenameEnum
	Reason   string            // Review: what to tell the reader
	Coexists bool              // the old name still works under the new schema
	Index    int               // the caller's number for this change, copied into edits and refusals
}

// Mapping is everything that changed for a consumer at once.
type Mapping struct{ Changes []Change }

// Catalog is what is known about tables. An unknown table is an unknown, not an error: what cannot be decided
// without it is refused, and the refusal says which entry would decide.
type Catalog struct{ Tables []Table }

// Table is one dataset as SQL sees it, before and after the change. For a table that did not change, Before
// and After are the same.
type Table struct {
	Dataset string   // its name in Mapping
	Names   []string // every name that it is read by, as people write it: orders, acme.sales.orders, ref('orders')
	File    string   // what the file is called that declares it, since copies may be called so too
	Dialect string   // the dialect of its DDL, for folding its column names; "" folds nothing
	Before  []Column
	After   []Column // nil when the table is gone
}

// Column is one column, with the members of a struct and the element of an array in Fields.
type Column struct {
	Name   string
	Type   string // as written
	Array  bool
	Number int    // what stands for it in the data, where that is not its name; 0 if there is none
	Label  string // what JSON calls it, where its schema says so
	Fields []Column
}

// File is one file of a consumer. Path is relative to the repository's root, with slashes.
type File struct {
	Path    string
	Content []byte
}

// Request is the same for all files of a consumer that share a dialect.
type Request struct {
	Mapping Mapping
	Catalog Catalog
	Dialect string              // bigquery, snowflake, …; "" is ansi
	ReadAs  map[string][]string // dataset to further names that this consumer knows it by
	SQLKeys []string            // keys of YAML files whose values are SQL
}

// Rewriter rewrites the files it handles. It is safe for concurrent use.
type Rewriter interface {
	// Handles reports whether the file, by its path, is this rewriter's.
	Handles(path string) bool
	// For reads a request for any number of files; nobody may change it afterwards. It gives a pure function that is
	// safe for concurrent use and never panics, whatever a file holds, or nil if the request has nothing for this rewriter.
	For(Request) func(File) Result
}

// Project is a Rewriter that understands a file better when it has seen the files around it: where names are
// declared, and what macros write.
type Project interface {
	Rewriter
	// Helps reports whether Prepare may learn from a file, by its path, also when it is not to be rewritten.
	Helps(path string) bool
	// Prepare gives the rewriter for a repository, of the files that help. The result handles what the Project
	// handles, or less, and keeps to the contract of Rewriter.
	Prepare(files []File) Rewriter
}

// Recognizer is a Rewriter that knows its files by what they hold, where a path says too little.
type Recognizer interface {
	Rewriter
	// Recognizes reports whether a file that Handles names is this rewriter's.
	Recognizes(File) bool
}

// Edit replaces the bytes from Start to End (exclusive) of the original file.
type Edit struct {
	Start   int    `json:"start"`
	End     int    `json:"end"`
	New     string `json:"new"`
	Line    int    `json:"line"`
	Column  int    `json:"column"` // in bytes, from 1
	Dataset string `json:"dataset"`
	Change  int    `json:"change"`
	Reason  string `json:"reason"`
}

// Refusal is a place that refers, or may refer, to what changed and that is not edited. For a whole file Start
// and End are 0, Line and Column 1.
type Refusal struct {
	Start      int    `json:"start"`
	End        int    `json:"end"`
	Line       int    `json:"line"`
	Column     int    `json:"column"`
	Code       string `json:"code"`
	Dataset    string `json:"dataset"`
	Change     int    `json:"change"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion"`
	Snippet    string `json:"snippet,omitempty"` // the line, and marks below the place
}

// Unrelated is an occurrence of a changed name that means something else.
type Unrelated struct {
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Reason string `json:"reason"`
}

// Result is what a rewriter found in one file. Edits are sorted and never overlap.
type Result struct {
	Path      string      `json:"path"`
	Edits     []Edit      `json:"edits"`
	Refusals  []Refusal   `json:"refusals"`
	Unrelated []Unrelated `json:"unrelated"`
	// Verified: the edited file parses again, every reference resolves against the new schema, and its outputs
	// kept their names and order. False without edits.
	Verified bool `json:"verified"`
}
