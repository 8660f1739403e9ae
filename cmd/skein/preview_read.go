package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/checkout"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/rewrite"
)

// plan reads both versions of the dataset repository and compares them.
func (o previewOptions) plan(ctx context.Context) (plan.Plan, error) {
	from, err := readVersion(ctx, o.from)
	if err != nil {
		return plan.Plan{}, err
	}
	to, err := readVersion(ctx, o.to)
	if err != nil {
		return plan.Plan{}, err
	}
	return plan.Compare(from, to), nil
}

// others are the datasets of the repositories that --catalog names.
func (o previewOptions) others(ctx context.Context) (out []consumer.Snapshot, err error) {
	for _, arg := range o.catalogs {
		v, err := readVersion(ctx, arg)
		if err != nil {
			return nil, err
		}
		out = append(out, v.Snapshots(0, v.Commit)...)
	}
	return out, nil
}

func readVersion(ctx context.Context, arg string) (plan.Version, error) {
	tree, err := checkout.Open(ctx, arg)
	if err != nil {
		return plan.Version{}, err
	}
	cfg, err := readConfig(ctx, tree)
	if errors.Is(err, fs.ErrNotExist) {
		return plan.Version{}, fmt.Errorf("%s: there is no %s, in which a dataset repository declares its datasets and their schemas", arg, config.RepoPath)
	}
	if err != nil {
		return plan.Version{}, err
	}
	files, skipped, err := tree.Files(ctx, checkout.Query{Want: plan.Wants(cfg), Ignored: true})
	if err != nil {
		return plan.Version{}, err
	}
	for _, s := range skipped {
		err = errors.Join(err, &plan.Error{Position: repo.Position{File: s.Path}, Message: s.Reason})
	}
	v, faults := plan.Read(cfg, repo.SHA(tree.Commit()), files)
	if err = errors.Join(err, faults); err != nil {
		return v, faultsIn(tree, findingsOf(err), files)
	}
	return v, nil
}

// readConfig reads a repository's config. One with errors is an error: what it would have said is unknown.
func readConfig(ctx context.Context, tree *checkout.Tree) (*config.Repo, error) {
	src, err := tree.File(ctx, config.RepoPath)
	if err != nil {
		return nil, err
	}
	cfg, findings := config.ParseRepo(config.RepoPath, src)
	var faults []config.Finding
	for _, f := range findings {
		if f.Severity == config.Error {
			faults = append(faults, f)
		}
	}
	if len(faults) > 0 {
		return nil, faultsIn(tree, faults, []rewrite.File{{Path: config.RepoPath, Content: src}})
	}
	return cfg, nil
}

// findingsOf takes the faults of a repository's files out of an error.
func findingsOf(err error) (out []config.Finding) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range many.Unwrap() {
			out = append(out, findingsOf(err)...)
		}
		return out
	}
	f := config.Finding{Severity: config.Error, Code: "schema", Message: err.Error()}
	if fault := (*plan.Error)(nil); errors.As(err, &fault) {
		f.Position, f.Message = fault.Position, fault.Message
	}
	return append(out, f)
}

// faultsIn shows each fault with its line, under a path that an editor can open.
func faultsIn(tree *checkout.Tree, faults []config.Finding, files []rewrite.File) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s cannot be read:", tree)
	for _, f := range faults {
		var src []byte
		for _, file := range files {
			if file.Path == f.File {
				src = file.Content
			}
		}
		if f.File != "" {
			f.File = tree.Show(f.File)
		}
		b.WriteByte('\n')
		if err := writeFindings(&b, []config.Finding{f}, src); err != nil {
			return err
		}
		b.Truncate(len(bytes.TrimRight(b.Bytes(), "\n")))
	}
	return errors.New(b.String())
}

// reader is a consumer's checkout with what it reads, and later what was found in its files.
type reader struct {
	arg      string
	tree     *checkout.Tree
	name     repo.Name // zero when nothing says it
	config   *config.Repo
	consumer consumer.Consumer
	note     string // why it reads nothing that changed
	files    []*fileReport
}

// title is how people know the consumer.
func (r reader) title() string {
	if r.name.IsZero() {
		return r.tree.String()
	}
	return r.name.String()
}

// readers opens the consumers and finds out what each of them reads.
func (o previewOptions) readers(ctx context.Context, p plan.Plan) ([]reader, error) {
	out := make([]reader, 0, len(o.consumers))
	seen := map[string]string{}
	for _, arg := range o.consumers {
		r, err := openReader(ctx, arg)
		if err != nil {
			return nil, err
		}
		if o.apply && !r.tree.OnDisk() {
			return nil, misused("--apply cannot write to %s; give a folder on disk", r.tree)
		}
		at, err := filepath.Abs(r.tree.String())
		if err != nil {
			return nil, err
		}
		if first, twice := seen[at]; twice {
			return nil, misused("--consumer %s and --consumer %s are one folder", first, arg)
		}
		seen[at] = arg
		r.resolve(p)
		out = append(out, r)
	}
	return out, nil
}

func openReader(ctx context.Context, arg string) (r reader, err error) {
	r.arg = arg
	at := arg
	if name, rest, ok := strings.Cut(arg, "="); ok {
		if n, err := repo.ParseName(name); err == nil {
			r.name, at = n, rest
		}
	}
	if r.tree, err = checkout.Open(ctx, at); err != nil {
		return r, err
	}
	if r.name.IsZero() {
		r.name, _ = r.tree.Origin(ctx)
	}
	r.config, err = readConfig(ctx, r.tree)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	return r, err
}

// resolve asks the listings and the repository's own config, as the app does.
func (r *reader) resolve(p plan.Plan) {
	listings := p.Listings()
	name := spelled(r.name, listings)
	if name.IsZero() {
		name = repo.Name{Name: "."} // nobody lists this one
	}
	var own []consumer.Declaration
	if r.config != nil {
		own = plan.Declarations(name, r.config)
	}
	r.consumer = consumer.Consumer{Repo: name}
	for _, c := range consumer.Resolve(listings, own) {
		if c.Repo == name {
			r.consumer = c
			return
		}
	}
	r.note = r.why(listings)
}

// spelled takes the spelling of a listing: GitHub's names differ by more than case.
func spelled(name repo.Name, listings []consumer.Listing) repo.Name {
	for _, l := range listings {
		for _, d := range l.Repos {
			if strings.EqualFold(d.Repo.String(), name.String()) {
				return d.Repo
			}
		}
	}
	return name
}

// why says what is missing for the repository to count as a consumer of something that changed.
func (r *reader) why(listings []consumer.Listing) string {
	if len(listings) == 0 {
		return "nothing changed that readers follow"
	}
	if r.config != nil {
		for _, l := range listings {
			for _, c := range r.config.Consumes {
				if c.Dataset == l.Dataset {
					return fmt.Sprintf("it declares %s, but that dataset's consumers name neither org nor %s", l.Dataset, r.title())
				}
			}
		}
		return "it declares none of the datasets that changed, and none of them lists it"
	}
	if r.name.IsZero() {
		return "it has no " + config.RepoPath + ", nor a remote \"origin\" to find it by in the datasets' lists; say --consumer OWNER/REPO=" + r.tree.String()
	}
	return "it has no " + config.RepoPath + ", and no dataset that changed lists " + r.name.String()
}
