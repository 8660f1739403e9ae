package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/store"
)

// Verdict is what something outside of GitHub, such as a data-quality monitor, says of a commit.
type Verdict struct {
	Repo   repo.Name
	SHA    repo.SHA
	Name   string
	Result green.Result // success, failure or pending
	At     time.Time    // when it was signed
	URL    string
}

var (
	// ErrUnknownRepo says that Skein does not serve the repository of a verdict.
	ErrUnknownRepo = errors.New("no such repository here")
	// ErrReplayed says that a verdict is not newer than the last one of its name.
	ErrReplayed = errors.New("a verdict of this name on this commit, as new or newer, was given before")
	// ErrManyVerdicts says that a commit has as many verdicts as are kept.
	ErrManyVerdicts = fmt.Errorf("a commit has verdicts of at most %d names", mostVerdicts)
)

// mostVerdicts is how many names one commit may have verdicts of.
const mostVerdicts = 20

// told is a verdict as it is kept; the app keeps it apart from a status of the same name.
type told struct {
	Name   string       `json:"name"`
	Result green.Result `json:"result"`
	At     time.Time    `json:"at"`
	URL    string       `json:"url,omitempty"`
}

// outside is the app of all verdicts: no app on GitHub has this number.
const outside = -1

// Judge keeps a verdict and has looked at what it is about. Of each name the newest counts, and none is taken twice.
func (e *Engine) Judge(ctx context.Context, v Verdict) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		m, err := tx.MemberNamed(ctx, v.Repo)
		if errors.Is(err, store.ErrNotFound) || err == nil && m.Gone != "" {
			return ErrUnknownRepo
		}
		if err != nil {
			return err
		}
		all, err := toldOn(ctx, tx, m.Repo.ID, v.SHA)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(t told) bool { return t.Name == v.Name })
		switch {
		case i >= 0 && !v.At.After(all[i].At):
			return ErrReplayed
		case i >= 0:
			all = slices.Delete(all, i, i+1)
		case len(all) == mostVerdicts:
			return ErrManyVerdicts
		}
		text, err := json.Marshal(append(all, told{v.Name, v.Result, v.At, v.URL}))
		return errors.Join(err, tx.SetMark(ctx, verdictMark(m.Repo.ID, v.SHA), string(text)), e.hintChangesets(ctx, tx, m.Repo.ID))
	})
}

func verdictMark(id repo.ID, sha repo.SHA) string {
	return "verdicts " + repoKey(id) + " " + string(sha)
}

func toldOn(ctx context.Context, tx Tx, id repo.ID, sha repo.SHA) (all []told, err error) {
	text, err := tx.Mark(ctx, verdictMark(id, sha))
	if err != nil || text == "" {
		return nil, err
	}
	return all, json.Unmarshal([]byte(text), &all)
}

// verdictsOn are the verdicts on a commit, as statuses: nobody can ask for them again.
func verdictsOn(ctx context.Context, tx Tx, id repo.ID, sha repo.SHA) (out []green.Check, err error) {
	all, err := toldOn(ctx, tx, id, sha)
	for _, t := range all {
		out = append(out, green.Check{
			Name: t.Name, App: outside, Status: true, Result: t.Result, Attempt: 1, ID: t.At.UnixMilli(), At: t.At, URL: t.URL, SHA: sha,
		})
	}
	return out, err
}
