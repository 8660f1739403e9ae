package forge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// Config is a file at the head of a repository's default branch.
type Config struct {
	Repo repo.Repo // name, branch and visibility as they are now; topics as they were given
	Head repo.SHA  // empty: the repository is empty
	OID  repo.SHA  // the blob; empty: there is no such file
	Text string
	Err  error // this repository could not be read; others could
}

// batch is how many repositories one query asks for: far below GitHub's limit of 500,000 nodes, and small enough to be
// answered within its ten seconds.
const batch = 250

// Configs reads the file at path at the head of each repository's default branch, many repositories per query. Its
// token reads all repositories of the installation: one for each would cost more than it protects, since nothing
// but this query is sent with it.
func (f *Forge) Configs(ctx context.Context, installation int64, repos []repo.Repo, path string) (map[repo.ID]Config, error) {
	out := make(map[repo.ID]Config, len(repos))
	for chunk := range slices.Chunk(repos, batch) {
		if err := f.halve(ctx, installation, chunk, path, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// halve asks for a batch. One that GitHub could not answer, as happens to what takes it too long, is asked for in
// halves, until one repository stands alone.
func (f *Forge) halve(ctx context.Context, installation int64, repos []repo.Repo, path string, out map[repo.ID]Config) error {
	err := f.configs(ctx, installation, repos, path, out)
	if !errors.Is(err, ErrUnavailable) {
		return err
	}
	if len(repos) == 1 {
		out[repos[0].ID] = Config{Repo: repos[0], Err: err}
		return nil
	}
	half := len(repos) / 2
	if err := f.halve(ctx, installation, repos[:half], path, out); err != nil {
		return err
	}
	return f.halve(ctx, installation, repos[half:], path, out)
}

type configAnswer struct {
	DatabaseID int64 `json:"databaseId"`
	Name       string
	Owner      struct{ Login string }
	Visibility string
	IsArchived bool
	Branch     *struct {
		Name   string
		Target struct{ OID string }
	} `json:"defaultBranchRef"`
	Object *struct {
		OID         string
		IsBinary    *bool
		IsTruncated bool
		Text        *string
	}
}

func (f *Forge) configs(ctx context.Context, installation int64, repos []repo.Repo, path string, out map[repo.ID]Config) error {
	text, vars := configsQuery(repos, path)
	got := map[string]*configAnswer{}
	faults, err := f.query(ctx, installation, nil, "contents:read", text, vars, &got)
	if err != nil {
		return fmt.Errorf("configs: %w", err)
	}
	why := map[string]string{}
	for _, e := range faults {
		if len(e.Path) > 0 {
			why[fmt.Sprint(e.Path[0])] = e.Type + ": " + e.Message
		}
	}
	for i, r := range repos {
		alias := fmt.Sprintf("r%d", i)
		out[r.ID] = f.configOf(ctx, r, got[alias], why[alias], path)
	}
	return nil
}

func configsQuery(repos []repo.Repo, path string) (string, map[string]any) {
	var params, fields strings.Builder
	vars := map[string]any{"file": "HEAD:" + path}
	for i, r := range repos {
		fmt.Fprintf(&params, ", $o%d: String!, $n%d: String!", i, i)
		fmt.Fprintf(&fields, "  r%d: repository(owner: $o%d, name: $n%d) { ...config }\n", i, i, i)
		vars[fmt.Sprintf("o%d", i)], vars[fmt.Sprintf("n%d", i)] = r.Name.Owner, r.Name.Name
	}
	return "query($file: String!" + params.String() + ") {\n" + fields.String() + `}
fragment config on Repository {
  databaseId name owner { login } visibility isArchived
  defaultBranchRef { name target { oid } }
  object(expression: $file) { oid ... on Blob { isBinary isTruncated text } }
}`, vars
}

// configOf reads one repository's part of the answer. One that is missing from it, or that another has taken
// the name of, is looked up by itself.
func (f *Forge) configOf(ctx context.Context, r repo.Repo, got *configAnswer, why, path string) Config {
	switch {
	case got == nil && why == "":
		return Config{Repo: r, Err: fmt.Errorf("config of repository %d: %w", r.ID, ErrUnavailable)}
	case got == nil, got.DatabaseID != int64(r.ID):
		return f.configAlone(ctx, r, path)
	}
	c := Config{Repo: r}
	c.Repo.Name = repo.Name{Owner: got.Owner.Login, Name: got.Name}
	c.Repo.Visibility, c.Repo.Archived = repo.Visibility(strings.ToLower(got.Visibility)), got.IsArchived
	if got.Branch == nil {
		return c
	}
	c.Repo.DefaultBranch, c.Head = got.Branch.Name, repo.SHA(got.Branch.Target.OID)
	if got.Object == nil {
		return c
	}
	c.OID = repo.SHA(got.Object.OID)
	if got.Object.Text == nil || got.Object.IsTruncated {
		c.Text, c.Err = f.configText(ctx, c, path)
		return c
	}
	c.Text = *got.Object.Text
	return c
}

// configAlone reads one repository over REST: renamed, gone, or otherwise not what the batch expected.
func (f *Forge) configAlone(ctx context.Context, r repo.Repo, path string) Config {
	now, err := f.Refresh(ctx, r)
	if err != nil {
		return Config{Repo: r, Err: err}
	}
	c := Config{Repo: now}
	if c.Head, err = f.Head(ctx, now); err != nil || c.Head == "" {
		c.Err = err
		return c
	}
	root, _, err := f.treeOf(ctx, now, c.Head)
	if err != nil {
		c.Err = err
		return c
	}
	found, err := f.trees(now).at(ctx, root, path)
	if err != nil || found.kind != "blob" {
		c.Err = err
		return c
	}
	c.OID = repo.SHA(found.sha)
	c.Text, c.Err = f.configText(ctx, c, path)
	return c
}

func (f *Forge) configText(ctx context.Context, c Config, path string) (string, error) {
	b, err := f.File(ctx, c.Repo, path, c.Head)
	return string(b), err
}
