package main

import (
	"io"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// The document of --output json: a stable contract.
type (
	previewJSON struct {
		Changes   []schema.Change `json:"changes"`
		Consumers []consumerJSON  `json:"consumers"`
		Summary   summaryJSON     `json:"summary"`
	}
	consumerJSON struct {
		Path  string           `json:"path"` // the --consumer argument
		Repo  string           `json:"repo,omitempty"`
		Note  string           `json:"note,omitempty"` // why it reads nothing that changed
		Files []rewrite.Result `json:"files"`
	}
	summaryJSON struct {
		Consumers int `json:"consumers"`
		Files     int `json:"files"` // with edits or refusals
		Edits     int `json:"edits"`
		Refusals  int `json:"refusals"`
	}
)

func (v preview) writeJSON(out io.Writer) error {
	s := v.sum()
	doc := previewJSON{
		Changes: listed(v.plan.Changes), Consumers: []consumerJSON{},
		Summary: summaryJSON{len(v.readers), s.files, s.edits, s.refusals},
	}
	for _, r := range v.readers {
		c := consumerJSON{Path: r.arg, Note: r.note, Files: []rewrite.Result{}}
		if !r.name.IsZero() {
			c.Repo = r.name.String()
		}
		for _, f := range r.files {
			if v.all || len(f.Edits)+len(f.Refusals) > 0 {
				res := f.Result
				res.Edits, res.Refusals, res.Unrelated = listed(res.Edits), listed(res.Refusals), listed(res.Unrelated)
				c.Files = append(c.Files, res)
			}
		}
		doc.Consumers = append(doc.Consumers, c)
	}
	return writeJSON(out, doc)
}

// listed writes no elements as [], not as null.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
