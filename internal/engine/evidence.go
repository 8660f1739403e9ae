package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/store"
	"github.com/skein-bot/skein/rewrite"
)

// HintEvidence says that somebody wants to know what a repository's code reads: its key is the repository's id.
const HintEvidence = "evidence"

type evidence interface {
	SaveEvidence(ctx context.Context, e consumer.Evidence) error
	DropEvidence(ctx context.Context, id repo.ID) error
	EvidenceOf(ctx context.Context, id repo.ID) (consumer.Evidence, error)
	Seen(ctx context.Context, dataset string) ([]consumer.Evidence, error)
	SeenOf(ctx context.Context, dataset, field string) ([]consumer.Evidence, error)
	SightsIn(ctx context.Context, id repo.ID, dataset string) ([]consumer.Sight, error)
}

// lookInto reads what a repository's code uses of the datasets that it declares, unless that is known.
func (e *Engine) lookInto(ctx context.Context, key string) error {
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return err
	}
	s, err := view(ctx, e.Store, func(tx Tx) (suspect, error) { return e.suspect(ctx, tx, repo.ID(id)) })
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil || s.member.Gone != "":
		return err
	case len(s.Reads) == 0:
		return e.Store.Update(ctx, func(tx Tx) error { return tx.DropEvidence(ctx, repo.ID(id)) })
	}
	head, err := e.GitHub.Head(ctx, s.member.Repo)
	if err == nil && head != "" && !s.answered(head) {
		_, _, err = e.see(ctx, s, consumer.Consumer{}, head)
	}
	switch {
	case errors.Is(err, forge.ErrGone), errors.Is(err, forge.ErrNotFound):
		return nil
	case errors.Is(err, forge.ErrTooLarge): // it is no smaller the next time
		unread := consumer.Evidence{Repo: s.member.Repo.ID, At: head, Asked: plan.Asked(s.Consumer, s.known), Unread: 1}
		return e.Store.Update(ctx, func(tx Tx) error { return tx.SaveEvidence(ctx, unread) })
	}
	return err
}

// suspect is a repository that is said to read datasets, with all that is said of it.
type suspect struct {
	consumer.Consumer
	member consumer.Member
	known  []consumer.Snapshot
	before consumer.Evidence
}

// answered reports whether what is known is what would be seen at a commit.
func (s suspect) answered(at repo.SHA) bool {
	return s.before.At == at && s.before.Asked == plan.Asked(s.Consumer, s.known)
}

func (e *Engine) suspect(ctx context.Context, tx Tx, id repo.ID) (suspect, error) {
	known, err := tx.Snapshots(ctx)
	if err != nil {
		return suspect{}, err
	}
	listings, err := e.listings(ctx, tx, known)
	if err != nil {
		return suspect{}, err
	}
	return suspected(ctx, tx, id, known, listings)
}

// suspected is a repository with what itself, or one of the listings, says of it.
func suspected(ctx context.Context, tx Tx, id repo.ID, known []consumer.Snapshot, listings []consumer.Listing) (s suspect, err error) {
	if s.member, err = tx.Member(ctx, id); err != nil {
		return s, err
	}
	s.known, s.Repo = known, s.member.Repo.Name
	own, err := tx.DeclarationsOf(ctx, s.Repo)
	if err != nil {
		return s, err
	}
	for _, c := range consumer.Resolve(listings, own) {
		if c.Repo.Same(s.Repo) {
			s.Consumer = c
		}
	}
	s.before, err = tx.EvidenceOf(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return s, err
}

// listings are what the repositories of datasets say about who reads them.
func (e *Engine) listings(ctx context.Context, tx Tx, known []consumer.Snapshot) ([]consumer.Listing, error) {
	owners := map[repo.ID]*consumer.Member{}
	var out []consumer.Listing
	for _, s := range known {
		m, seen := owners[s.Repo]
		if !seen {
			var err error
			if m, err = memberOf(ctx, tx, s.Repo); err != nil {
				return nil, err
			}
			owners[s.Repo] = m
		}
		if l, ok := plan.ListingOf(e.configs.repo(m), s.Dataset); ok {
			out = append(out, l)
		}
	}
	return out, nil
}

// largeWitness bounds one file that only tells of others, such as dbt's manifest, in bytes.
const largeWitness = 32 << 20

// see reads a suspect's files at a commit, once for all that is asked of them, and keeps what they read. also is a
// consumer whose files are wanted too.
func (e *Engine) see(ctx context.Context, s suspect, also consumer.Consumer, at repo.SHA) (files seen, found consumer.Evidence, err error) {
	said, more := plan.Selects(s.Consumer), plan.Selects(also)
	want := func(file string) bool { return said(file) || more(file) }
	files.files, files.skipped, err = e.GitHub.Archive(ctx, s.member.Repo, at, want, forge.Limits{Also: plan.Witnesses(e.Rewriters), Large: largeWitness})
	if err != nil {
		return files, found, fmt.Errorf("read the files of %s: %w", s.Repo, err)
	}
	found = plan.Evidence(s.Consumer, s.known, files.files, e.Rewriters)
	found.Repo, found.At, found.Unread = s.member.Repo.ID, at, len(files.skipped)
	return files, found, e.Store.Update(ctx, func(tx Tx) error { return tx.SaveEvidence(ctx, found) })
}

// seen are the files of one commit, and those that could not be read.
type seen struct {
	files   []rewrite.File
	skipped []forge.Skipped
}

// of are those that a consumer declares, and those that help.
func (s seen) of(c consumer.Consumer, rewriters []rewrite.Rewriter) seen {
	want, also := plan.Selects(c), plan.Helps(rewriters)
	s.files = slices.DeleteFunc(slices.Clone(s.files), func(f rewrite.File) bool { return !want(f.Path) && !also(f.Path) })
	s.skipped = slices.DeleteFunc(slices.Clone(s.skipped), func(f forge.Skipped) bool { return !want(f.Path) })
	return s
}

// Readership is who reads a field of a dataset, or the dataset as field "".
type Readership struct {
	Dataset string            `json:"dataset"`
	Field   string            `json:"field,omitempty"`
	Fields  []string          `json:"fields"` // that the dataset has now
	Readers []consumer.Reader `json:"readers"`
}

// Readers says by what is known now who reads what a name such as sales.orders.cust_id means: a dataset, or a field of one.
func (e *Engine) Readers(ctx context.Context, name string) (Readership, error) {
	return view(ctx, e.Store, func(tx Tx) (Readership, error) { return e.readership(ctx, tx, name) })
}

// Ask is Readers, and has the code looked at that nobody has looked at, or not since it changed. Whoever asks again later
// gets to know more.
func (e *Engine) Ask(ctx context.Context, name string) (Readership, error) {
	return view(ctx, e.Store, func(tx Tx) (Readership, error) {
		out, err := e.readership(ctx, tx, name)
		for i, r := range out.Readers {
			if err == nil && r.ID != 0 && (r.At == "" || r.Behind) && i < mostReaders {
				err = tx.Hint(ctx, HintEvidence, repoKey(r.ID))
			}
		}
		return out, err
	})
}

// Datasets lists all datasets that are known, by name.
func (e *Engine) Datasets(ctx context.Context) (out []string, err error) {
	all, err := view(ctx, e.Store, func(tx Tx) ([]consumer.Snapshot, error) { return tx.Snapshots(ctx) })
	for _, s := range all {
		out = append(out, s.Dataset)
	}
	return out, err
}

// ErrUnknownDataset is a name that no known dataset bears, nor begins with.
var ErrUnknownDataset = errors.New("no repository that Skein knows declares it")

func (e *Engine) readership(ctx context.Context, tx Tx, name string) (out Readership, err error) {
	out.Dataset = name
	for {
		s, err := tx.Snapshot(ctx, out.Dataset)
		if err == nil {
			out.Fields = plan.Fields(s)
			out.Readers, err = e.readersOf(ctx, tx, out.Dataset, out.Field)
			return out, err
		}
		at := strings.LastIndexByte(out.Dataset, '.')
		if !errors.Is(err, store.ErrNotFound) || at < 0 {
			return out, fmt.Errorf("%s: %w", name, orUnknown(err))
		}
		out.Dataset, out.Field = name[:at], name[at+1:]
	}
}

func orUnknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrUnknownDataset
	}
	return err
}

func (e *Engine) readersOf(ctx context.Context, tx Tx, dataset, field string) ([]consumer.Reader, error) {
	s, err := tx.Snapshot(ctx, dataset)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dataset, orUnknown(err))
	}
	owner, err := memberOf(ctx, tx, s.Repo)
	if err != nil {
		return nil, err
	}
	listing, _ := plan.ListingOf(e.configs.repo(owner), dataset)
	own, err := declaredFor(ctx, tx, []consumer.Listing{listing})
	if err != nil {
		return nil, err
	}
	consumers := consumer.Resolve([]consumer.Listing{listing}, own)
	evidence, err := tx.SeenOf(ctx, dataset, field)
	if err != nil {
		return nil, err
	}
	members, err := tx.MembersNear(ctx, dataset)
	if err != nil {
		return nil, err
	}
	if members, err = withListed(ctx, tx, members, consumers); err != nil {
		return nil, err
	}
	return consumer.Readers(field, consumers, evidence, members), nil
}

// withListed adds those that only a listing names, as far as they are known.
func withListed(ctx context.Context, tx Tx, members []consumer.Member, consumers []consumer.Consumer) ([]consumer.Member, error) {
	met := make(map[repo.Name]bool, len(members))
	for _, m := range members {
		met[m.Repo.Name.Fold()] = true
	}
	for _, c := range consumers {
		if met[c.Repo.Fold()] {
			continue
		}
		m, err := tx.MemberNamed(ctx, c.Repo)
		switch {
		case err == nil:
			members = append(members, m)
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	return members, nil
}
