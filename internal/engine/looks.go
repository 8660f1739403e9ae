package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/status"
)

// looks keep what a check has found of each consumer until it has found all. round tells one state of a pull request
// from the next: what was found in an earlier one is forgotten.
type looks interface {
	Looks(ctx context.Context, pull, round string) (map[string]string, error)
	SaveLook(ctx context.Context, pull, round, name, doc string) error
	DropLooks(ctx context.Context, pull string) error
}

// look is what readers of one check share.
type look struct {
	dataset    repo.Repo
	plan       plan.Plan
	known      []consumer.Snapshot
	listings   []consumer.Listing
	consumers  []consumer.Consumer
	done       map[string]string
	heads      map[string]string // of the consumers; nil where what was found is not asked for again
	key, round string
}

// readers follows a plan into the consumers that nobody has looked at yet, as many as one job does, and tells of all
// that were.
func (e *Engine) readers(ctx context.Context, m consumer.Member, p plan.Plan, key string, in *status.Impact) error {
	l, err := view(ctx, e.Store, func(tx Tx) (look, error) { return e.look(ctx, tx, m, p, key, *in) })
	if err != nil {
		return err
	}
	in.Unread = max(0, len(l.consumers)-mostReaders)
	left := atOnce
	for _, c := range l.consumers[:len(l.consumers)-in.Unread] {
		r, seen, err := l.kept(c)
		if !seen && left > 0 {
			left, seen = left-1, true
			r, err = e.lookAtReader(ctx, l, c)
		}
		switch {
		case err != nil:
			return err
		case seen:
			in.Readers = append(in.Readers, r)
		default:
			in.Waiting++
		}
	}
	if in.Waiting > 0 {
		return nil
	}
	return e.Store.Update(ctx, func(tx Tx) (err error) {
		if in.Strays, err = strays(ctx, tx, l); err != nil {
			return err
		}
		in.Onward, in.Beyond, err = e.onward(ctx, tx, l.known, changed(l.plan))
		return err
	})
}

func (e *Engine) look(ctx context.Context, tx Tx, m consumer.Member, p plan.Plan, key string, in status.Impact) (l look, err error) {
	l = look{dataset: m.Repo, plan: p, key: key}
	if l.consumers, err = consumersOf(ctx, tx, p); err != nil {
		return l, err
	}
	if l.known, err = tx.Snapshots(ctx); err != nil {
		return l, err
	}
	if l.listings, err = e.listings(ctx, tx, l.known); err != nil {
		return l, err
	}
	round, err := json.Marshal([]any{in.Head, p.From.Commit, p.Mapping, l.consumers})
	if err != nil {
		return l, err
	}
	l.round = digest(string(round))
	if l.done, err = tx.Looks(ctx, l.key, l.round); err == nil && in.Number == 0 {
		l.heads, err = headsOf(ctx, tx, l.consumers)
	}
	return l, err
}

// kept is what an earlier job of this round found, unless the consumer's code has changed since.
func (l look) kept(c consumer.Consumer) (r status.Reader, seen bool, err error) {
	doc, seen := l.done[c.Repo.Fold().String()]
	if seen {
		err = json.Unmarshal([]byte(doc), &r)
	}
	return r, seen && (l.heads == nil || l.heads[c.Repo.Fold().String()] == string(r.At)), err
}

func (e *Engine) lookAtReader(ctx context.Context, l look, c consumer.Consumer) (status.Reader, error) {
	r, err := view(ctx, e.Store, func(tx Tx) (r status.Reader, err error) {
		r.Reads = c.Reads
		r.Repo, r.Note, err = e.reach(ctx, tx, l.dataset, c.Repo)
		return r, err
	})
	if err == nil && r.Note == "" {
		err = e.follow(ctx, l, c, &r)
	}
	if err != nil {
		return r, err
	}
	doc, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	return r, e.Store.Update(ctx, func(tx Tx) error {
		return tx.SaveLook(ctx, l.key, l.round, c.Repo.Fold().String(), string(doc))
	})
}

// follow rewrites one consumer as it is at its head, and sees what else it reads of what changes.
func (e *Engine) follow(ctx context.Context, l look, c consumer.Consumer, r *status.Reader) error {
	s, err := view(ctx, e.Store, func(tx Tx) (suspect, error) { return suspected(ctx, tx, r.Repo.ID, l.known, l.listings) })
	if err != nil {
		return err
	}
	head, err := e.GitHub.Head(ctx, r.Repo)
	if r.At = head; err == nil && head != "" {
		err = e.followAt(ctx, l, c, s, head, r)
	}
	switch {
	case errors.Is(err, forge.ErrGone), errors.Is(err, forge.ErrNotFound):
		r.Note = "its files cannot be read"
		return nil
	case errors.Is(err, forge.ErrTooLarge):
		r.Note = "its archive is larger than Skein reads"
		return nil
	case err != nil:
		return fmt.Errorf("follow the change into %s: %w", r.Repo.Name, err)
	}
	return nil
}

func (e *Engine) followAt(ctx context.Context, l look, c consumer.Consumer, s suspect, head repo.SHA, r *status.Reader) error {
	all, evidence, err := e.see(ctx, s, c, head)
	if err != nil {
		return err
	}
	in := all.of(c, e.Rewriters)
	r.Results = append(l.plan.Rewrite(c, l.known, in.files, e.Rewriters), unread(in.skipped)...)
	r.Patch = patch(in.files, r.Results)
	r.Seen, r.Owners = evidence.Unread+evidence.Left == 0, evidence.Owners
	r.Sights = l.concerning(evidence.Sights)
	return nil
}

// concerning keeps what was seen of the datasets that change.
func (l look) concerning(all []consumer.Sight) []consumer.Sight {
	changed := l.plan.Listings()
	return slices.DeleteFunc(slices.Clone(all), func(s consumer.Sight) bool {
		return !slices.ContainsFunc(changed, func(c consumer.Listing) bool { return c.Dataset == s.Dataset })
	})
}

// strays are the repositories that were seen to read what changes, and that nobody declared.
func strays(ctx context.Context, tx Tx, l look) (out []status.Reader, err error) {
	for _, listing := range l.plan.Listings() {
		all, err := tx.Seen(ctx, listing.Dataset)
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			m, err := memberOf(ctx, tx, s.Repo)
			if err != nil {
				return nil, err
			}
			known := func(c consumer.Consumer) bool { return c.Repo.Same(m.Repo.Name) }
			if len(s.Sights) == 0 || m == nil || m.Gone != "" || s.Repo == l.dataset.ID || slices.ContainsFunc(l.consumers, known) {
				continue
			}
			i := slices.IndexFunc(out, func(r status.Reader) bool { return r.Repo.ID == s.Repo })
			if i < 0 {
				i, out = len(out), append(out, status.Reader{Repo: m.Repo, At: s.At, Seen: true})
			}
			out[i].Sights = append(out[i].Sights, s.Sights...)
		}
	}
	return out, nil
}
